import ArgumentParser
import Foundation
import Machine
import Testing

@testable import adyton

/// What options take, and what they refuse.
@Suite struct OptionTests {
    @Test(
        arguments: [
            ("64m", 64 << 20), ("1G", 1 << 30), ("5k", 5120), ("123", 123), ("0", nil), ("-1m", nil), ("m", nil),
            ("", nil),
            ("1t", nil), ("9223372036854775807g", nil), ("1.5g", nil),
        ] as [(String, Int?)]
    )
    func `reads sizes as Mystikos does`(text: String, bytes: Int?) {
        #expect(ByteSize(argument: text)?.bytes == bytes)
    }

    @Test(
        arguments: [
            ("512", 512 << 20), ("512m", 512 << 20), ("2G", 2 << 30), ("1t", 1 << 40), ("10b", 10), ("+1", nil),
            ("1 g", nil),
            ("9999999999999999999", nil), ("9007199254740992t", nil),
        ] as [(String, Int?)]
    )
    func `reads memory as QEMU does`(text: String, bytes: Int?) {
        #expect(MemorySize(argument: text)?.bytes == bytes)
    }

    @Test(
        arguments: [
            ("8080:80", "127.0.0.1", 8080, 80), ("0:80", "127.0.0.1", 0, 80), ("0.0.0.0:8080:80", "0.0.0.0", 8080, 80),
        ] as [(String, String, UInt16, UInt16)]
    )
    func `reads published ports`(text: String, address: String, host: UInt16, guest: UInt16) throws {
        let port = try #require(PublishedPort(argument: text)).port
        #expect(port.hostAddress == address && port.hostPort == host && port.guestPort == guest)
    }

    @Test(arguments: ["80", "80:0", "x:80", ":80:80", "1:2:3:4", "65536:80", "80:", ""])
    func `refuses ports that are none`(text: String) {
        #expect(PublishedPort(argument: text) == nil)
    }

    @Test(arguments: [("8000", 8000, 8000), ("0:80", 0, 80), ("9000:80", 9000, 80)])
    func `reads a sandbox's ports`(text: String, outside: Int, inside: Int) throws {
        let port = try #require(PortArgument(argument: text))
        #expect(Int(port.outside) == outside && Int(port.inside) == inside)
    }

    @Test(arguments: ["0", "80:0", "a:80", "1:2:3", "", ":"])
    func `refuses a sandbox's ports that are none`(text: String) {
        #expect(PortArgument(argument: text) == nil)
    }

    @Test(
        arguments: [
            ("0x1", 1), ("0XFF", 255), ("17", 17), ("0x", nil), ("f", nil), ("0x1ffffffffffffffff", nil),
        ] as [(String, UInt64?)]
    )
    func `reads numbers with and without 0x`(text: String, value: UInt64?) {
        #expect(HexadecimalNumber(argument: text)?.value == value)
    }

    @Test func `reads owners, times, digests and mirrors`() {
        #expect(Owner(argument: "0:1000")?.group == 1000)
        #expect(["root:root", "0", "0:0:0", ":", "-1:0"].allSatisfy { Owner(argument: $0) == nil })
        #expect(ClockArgument(argument: "2026-01-31T12:00:00Z")?.date.timeIntervalSince1970 == 1_769_860_800)
        #expect(ClockArgument(argument: "yesterday") == nil)
        #expect(SignerIdentity(argument: String(repeating: "ab", count: 32))?.bytes.count == 32)
        #expect(SignerIdentity(argument: "abcd") == nil)
        #expect(HexadecimalBytes(argument: "0g") == nil)
        #expect(MirrorOption(argument: "https://a.example=http://b.example:8080") != nil)
        #expect(MirrorOption(argument: "https://a.example") == nil)
        #expect(DeveloperRoot(argument: String(repeating: "AB", count: 32))?.fingerprint.hasPrefix("abab") == true)
        #expect(DeveloperRoot(argument: "/no/such/root") == nil)
    }

    /// Command lines that are refused before anything is done, with a part of the refusal.
    static let refusals: [(line: [String], words: String)] = [
        (["infer", "dog.jpg"], "Name the server"),
        (["infer", "https://a.example", "dog.jpg"], "--policy FILE is missing"),
        (["infer", "http://a.example", "dog.jpg"], "plain HTTP proves nothing"),
        (["infer", "--insecure-plaintext", "--policy", "p", "http://a.example", "dog.jpg"], "exclude each other"),
        (["infer", "--insecure-plaintext", "--concurrency", "0", "http://a.example", "dog.jpg"], "1 to 256"),
        (["verify", "http://a.example"], "plain HTTP proves nothing"),
        (["verify", "--save", "x", "machine.json"], "--save goes with"),
        (["verify", "--certificate", "x", "https://a.example"], "--certificate goes with"),
        (["verify", "--timeout", "0", "machine.json"], "--timeout takes"),
        (["run", "--name", "a b", "app.adyton"], "--name takes"),
        (["run", "--env", "A", "app.adyton"], "NAME=VALUE"),
        (["run", "--detach", "--dry-run", "app.adyton"], "--dry-run starts nothing"),
        (["run", "--time-limit", "0", "app.adyton"], "more than 0 seconds"),
        (["exec-vm", "root", "bin/app"], "APP is an absolute path"),
        (["exec-vm", "root"], "ROOTFS and APP are missing"),
        (["exec-vm", "--memory-size", "1m", "root", "/bin/app"], "at least 64m"),
        (["exec-vm", "--cpus", "256", "root", "/bin/app"], "1 to 255"),
        (["exec-vm", "--set", "=x", "root", "/bin/app"], "--set takes NAME=VALUE"),
        (
            ["exec-linux", "--host-network", "--publish", "1:2", "root", "/bin/app"],
            "--host-network takes no other port"
        ),
        (["measure"], "needs --kernel"), (["measure", "--from-directory", "x"], "needs a package"),
        (["measure", "--from-source", "x", "--kernel", "k"], "give it a package"),
        (["measure", "app.adyton", "--kernel", "k"], "brings its own kernel"),
        (["measure", "--platform", "snp"], "needs --firmware"),
        (["measure", "--kernel", "k", "--firmware", "f"], "--firmware is for snp and tdx"),
        (["package", "key", "config"], "<appdir> <key> <config>"), (["sign", "package"], "<package> <key>"),
        (["appbuilder"], "Exactly one"), (["appbuilder", "-i", "x", "-e", "y"], "--extra goes with"),
        (["appbuilder", "-f", "ext2", "Dockerfile"], "adyton mkext2"),
        (["policy", "check", "p", "--evidence", "e", "--pubkey", "k"], "need --package"),
        (
            ["policy", "check", "p", "--evidence", "e", "--mirror", "https://a.example=http://b.example"],
            "needs --fetch"
        ),
        (["bundle", "program", "folder"], "SOURCE:PATH"), (["stop", "--within=-1", "m"], "0 to 86400"),
        (["bench", "--batch", "0", "pack"], "1 to 1024"), (["developer-root", "--pem", "--json"], "leave --pem out"),
        (["fssig", "--json", "--roothash", "image"], "exclude each other"),
    ]

    @Test(arguments: refusals)
    func `refuses with words that say what is wrong`(line: [String], words: String) throws {
        do {
            _ = try Adyton.parseAsRoot(line)
            Issue.record("\(line) was taken")
        } catch {
            let message = Adyton.message(for: error)
            #expect(message.contains(words), "\(message)")
            #expect(Adyton.exitCode(for: error) == .validationFailure)
        }
    }

    @Test func `an option of Mystikos's is answered with one that the command has`() throws {
        let lines = [
            "--thread-stack-size=1", "--host-to-enc-uid-map=1:1", "--host-to-enc-gid-map=1:1", "--perf",
            "--unhandled-syscall-enosys=1", "--memcheck", "--nobrk", "--exec-stack", "--report-native-tids",
            "--host-uds",
            "--fork-mode=1", "--syslog-level=1", "--mount=x", "--etrace",
        ]
        // The sandbox traces; a machine cannot be traced.
        let tracing = ["--strace", "--ttrace", "--strace-failing", "--strace-filter=x", "--debug"]
        for command in ["exec-vm", "exec-linux"] {
            let type: any ParsableCommand.Type =
                command == "exec-vm" ? ExecVirtualMachineCommand.self : ExecLinuxCommand.self
            let help = Adyton.helpMessage(for: type)
            for line in lines + (command == "exec-vm" ? tracing : []) {
                do {
                    _ = try Adyton.parseAsRoot([command, line, "root", "/bin/app"])
                    Issue.record("\(command) takes \(line)")
                } catch {
                    let message = Adyton.message(for: error)
                    let answer = message.split(separator: ": ", maxSplits: 1).last ?? ""
                    // An option of another command is named with that command.
                    for match in answer.matches(of: /(exec-vm |exec-linux )?(--[a-z-]+)/) where match.1 == nil {
                        #expect(help.contains(match.2), "\(command): \(message)")
                    }
                }
            }
        }
    }
}
