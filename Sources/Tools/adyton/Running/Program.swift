import ArgumentParser
import Foundation
import Sandbox

/// The program: the command line tool, or process 1 of a sandbox that the tool has made out of itself.
@main
enum Program {
    static func main() async {
        if SandboxInit.isWanted { exit(SandboxInit.run()) }
        let command: any ParsableCommand
        do {
            command = try await Adyton.asyncParseAsRoot()
        } catch {
            Adyton.exit(withError: error)
        }
        exit(await CommandRunner(command).run())
    }
}
