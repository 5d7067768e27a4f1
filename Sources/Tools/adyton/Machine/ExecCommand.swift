import ArgumentParser
import Machine
import PackageManifest

/// `adyton exec`: the best platform that this host has.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run an application of a root file system on the best platform of this host.",
        discussion: """
            Takes SEV-SNP or TDX where the host has it, else a measured virtual machine,
            and never exec-linux's sandbox, which keeps nothing from the host.
            \(ExecArguments.help)
            """
    )

    @OptionGroup var arguments: ExecArguments

    func run() throws {
        try MachineExecution(arguments: arguments).run(on: nil)
    }
}

/// `adyton exec-vm`: a measured virtual machine.
struct ExecVirtualMachineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-vm",
        abstract: "Run an application of a root file system in a measured virtual machine.",
        discussion: """
            The machine has a TPM of this host's: nothing in it is secret from the host.
            \(ExecArguments.help)
            """
    )

    @OptionGroup var arguments: ExecArguments

    func run() throws {
        try MachineExecution(arguments: arguments).run(on: .vtpm)
    }
}

/// `adyton exec-snp`: an AMD SEV-SNP machine.
struct ExecSnpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-snp",
        abstract: "Run an application of a root file system in an AMD SEV-SNP machine.",
        discussion: """
            Says what is missing where the host has none.
            \(ExecArguments.help)
            """
    )

    @OptionGroup var arguments: ExecArguments

    func run() throws {
        try MachineExecution(arguments: arguments).run(on: .snp)
    }
}

/// `adyton exec-tdx`: an Intel TDX machine.
struct ExecTdxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-tdx",
        abstract: "Run an application of a root file system in an Intel TDX machine.",
        discussion: """
            Says what is missing where the host has none.
            \(ExecArguments.help)
            """
    )

    @OptionGroup var arguments: ExecArguments

    func run() throws {
        try MachineExecution(arguments: arguments).run(on: .tdx)
    }
}
