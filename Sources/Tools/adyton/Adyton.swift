import ArgumentParser
import Diagnostics
import ServerTool

/// The command line tool.
struct Adyton: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adyton",
        abstract: "Serve machine-learning models, and ask them.",
        discussion: """
            EXAMPLE
              adyton serve Models/signal-flags
              adyton infer --insecure-plaintext Examples/images

            EXIT STATUS
              0   all went well
              1   an image got no answer, or another than --expect says; two trees
                  differ; a server or evidence is refused, or answered otherwise than a
                  vector says
              64  the command line was wrong
              65  a file's content was wrong, a tree cannot be packed, or a package is
                  not to be trusted
              66  a file was missing
              69  the server could not be reached or is not ready
              71  the system refused, such as a port that is taken
              74  the result could not be written

            Shell completions: adyton --generate-completion-script bash|zsh|fish
            """,
        version: ProductVersion.text,
        subcommands: [
            ServeCommand.self, InferCommand.self, ModelCommand.self, BenchCommand.self, DoctorCommand.self,
            SuperviseCommand.self,
        ],
        groupedSubcommands: [
            CommandGroup(name: "Container images", subcommands: [AppBuilderCommand.self]),
            CommandGroup(
                name: "Machines",
                subcommands: [
                    RunCommand.self, ExecCommand.self, ExecVirtualMachineCommand.self, ExecSnpCommand.self,
                    ExecTdxCommand.self, ExecSgxCommand.self, ExecLinuxCommand.self, PsCommand.self, StopCommand.self,
                    LogsCommand.self,
                    MeasureCommand.self,
                ]
            ),
            CommandGroup(
                name: "Packages",
                subcommands: [
                    InitCommand.self, PackageCommand.self, SignCommand.self, DumpCommand.self, KeygenCommand.self,
                    ConfigCommand.self,
                ]
            ),
            CommandGroup(
                name: "Root file systems",
                subcommands: [
                    MakeCpioCommand.self, ExtractCpioCommand.self,
                    MakeExt2Command.self, ExtractExt2Command.self, ListExt2Command.self,
                    SignatureCommand.self, DiffCommand.self, BundleCommand.self,
                ]
            ),
            CommandGroup(
                name: "Evidence",
                subcommands: [
                    VerifyCommand.self, EvidenceCommand.self, ConformanceCommand.self, ExplainCommand.self,
                    PolicyCommand.self, EndorsementsCommand.self,
                    DeveloperRootCommand.self,
                ]
            ),
        ]
    )
}
