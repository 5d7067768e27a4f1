import ArgumentParser
import Foundation
import Machine

/// `adyton logs`: what a machine went through, and what a debug machine's console showed.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show a machine's events, and a DEBUG machine's console.",
        discussion: """
            Only a DEBUG machine has a console; of any other the host learns its stages
            and its end, and nothing else.

            EXAMPLE
              adyton logs oracle
              adyton logs --follow --console oracle
            """
    )

    @Flag(name: .shortAndLong, help: "Go on until the machine has ended.")
    var follow = false

    @Flag(help: "Show the console alone, byte for byte.")
    var console = false

    @Argument(help: "The machine, as adyton ps shows it.")
    var name: String

    func run() throws {
        let machine = try RuntimeFolder().machine(named: name)
        if console { try printFile(machine.console + ".1", from: 0) }
        var offset = 0
        repeat {
            let isAlive = machine.supervisor != nil
            offset = try printFile(console ? machine.console : machine.events, from: offset)
            // What was written before the end was seen has been printed.
            guard follow, isAlive else { break }
            usleep(200_000)
        } while true
        if !console, let record = machine.record, record.isDebug, !follow {
            try printFile(machine.console + ".1", from: 0)
            try printFile(machine.console, from: 0)
        }
    }

    /// Prints a file from a place on; one that began anew is printed from its start.
    @discardableResult
    private func printFile(_ path: String, from offset: Int) throws -> Int {
        guard let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd() else { return offset }
        let start = Int(size) < offset ? 0 : offset
        try handle.seek(toOffset: UInt64(start))
        let data = try handle.readToEnd() ?? Data()
        try printResult(String(decoding: data, as: UTF8.self))
        return start + data.count
    }
}
