import Diagnostics
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import TestSupport
import Testing

@Suite struct ConfigurationTests {
    private static func read(_ text: String) throws(PackageError) -> PackageConfiguration {
        try PackageConfiguration(Array(text.utf8), file: "config.json")
    }

    @Test func `takes the sample's own file as it is`() throws {
        let configuration = try Self.read(ConfigurationCases.sample)
        #expect(configuration.isDebug && configuration.productID == 1 && configuration.securityVersion == 1)
        #expect(configuration.memoryInBytes == 2048 << 20)
        #expect(configuration.workingDirectory == "/app")
        #expect(configuration.applicationPath == "/home/user/miniconda/bin/python3")
        #expect(configuration.applicationParameters == ["/app/service_app.py"])
        #expect(configuration.keys.count == 7)
    }

    @Test func `takes every key`() throws {
        let configuration = try Self.read(ConfigurationCases.everyKey)
        // UserMemSize is the older name of MemorySize.
        #expect(Set(configuration.keys) == Set(ConfigurationKey.allCases).subtracting([.userMemSize]))
        #expect(configuration.mounts.map(\.kind) == [.ext2, .ramfs])
        #expect(configuration.writable?.map(\.keepsContent) == [false, false, true])
        #expect(configuration.writable?[1].mode == 0o755)
        #expect(configuration.platforms == [.snp, .vtpm])
        #expect(configuration.user?.user == 1000 && configuration.user?.group == 100)
    }

    @Test func `takes comments of both kinds, but none in a string`() throws {
        let text = """
            // a comment with a " quote
            { /* and
               another */ "Hostname": "a//b/*c*/", // the last
              "Debug": 0 }
            """
        #expect(try Self.read(text).hostname == "a//b/*c*/")
    }

    @Test(arguments: ConfigurationCases.good)
    func `takes what is right`(_ text: String) throws {
        _ = try Self.read(text)
    }

    @Test(arguments: ConfigurationCases.bad + ConfigurationCases.badForUsAlone)
    func `refuses what is wrong`(_ text: String) throws {
        let failure = #expect(throws: PackageError.self) { try Self.read(text) }
        #expect(failure?.stableCode.hasPrefix("config.") == true)
    }

    @Test func `names line, column and key, and suggests the right one`() throws {
        let text = "{\n  // nothing\n  /* two\n lines */ \"Debug\": 1,\n  \"SecurityVersoin\": 1\n}"
        let failure = #expect(throws: PackageError.self) { try Self.read(text) }
        #expect(failure?.code == .configurationKeyUnknown)
        #expect(failure?.subject == "config.json:5:3: SecurityVersoin")
        #expect(failure?.expected == "SecurityVersion (did you mean that?)")
        let value = #expect(throws: PackageError.self) {
            try Self.read("{\n \"Mount\": [{\"Target\": 1,\n\"Type\": \"ramfs\"}]}")
        }
        #expect(value?.subject == "config.json:2:23: Mount[0].Target")
    }

    @Test func `suggests nothing that is far off, and has patience with a long key`() throws {
        for key in ["Xyzzy", String(repeating: "x", count: 100_000)] {
            let failure = #expect(throws: PackageError.self) { try Self.read("{\"\(key)\": 1}") }
            #expect(failure?.expected?.hasPrefix("one of version, Debug") == true)
        }
    }

    @Test func `a host's sockets are not turned round by a number, as Mystikos did`() throws {
        #expect(try Self.read(#"{"HostUDS": 0}"#).keys == [.hostUDS])
        #expect(throws: PackageError.self) { try Self.read(#"{"HostUDS": 2}"#) }
    }

    @Test func `explains every key in its own words`() {
        let texts = ConfigurationKey.allCases.map(\.explanation)
        #expect(texts.allSatisfy { $0.count > 10 && $0.hasSuffix(".") && !$0.contains("\n") })
        for key in ConfigurationKey.allCases {
            let begins = ["effective": "", "none": "Nothing: ", "refused": "Refused: "][key.effect.rawValue]
            #expect(key.explanation.hasPrefix(begins ?? "?"), "\(key)")
            #expect(key.effect == .effective ? !key.explanation.hasPrefix("Nothing") : true, "\(key)")
        }
    }

    @Test func `root gets a container's capabilities where one word says so, another user only named ones`() throws {
        let container = try Self.read(#"{"Capabilities": ["container", "CAP_IPC_LOCK"]}"#).capabilities
        #expect(container.granted(to: 0) == (Capability.container + [.ipcLock]).sorted())
        #expect(container.granted(to: 1000) == [.ipcLock])
        #expect(try Self.read("{}").capabilities.granted(to: 0).isEmpty)
        #expect(Capability.bits(Capability.container) == 0x405fb)
    }

    @Test(arguments: ["SYS_ADMIN", "CAP_SYS_MODULE", "NET_ADMIN", "MKNOD", "BPF", "SYSLOG", "DAC_READ_SEARCH"])
    func `a capability that would let an application out is refused, and the reason told`(name: String) throws {
        let failure = #expect(throws: PackageError.self) {
            try Self.read(#"{"Capabilities": ["CHOWN", "\#(name)"]}"#)
        }
        #expect(failure?.code == .configurationUnsupported)
        #expect(failure?.subject.hasSuffix("Capabilities[1]") == true)
        #expect(failure?.expected?.contains("leave its confinement") == true)
    }

    private static let python = OutsideTool(named: "python3")

    @Test(.enabled(if: Self.python?.isReady ?? OutsideTool.isRequired, "python3 is missing"))
    func `agrees with the published schema on every file`() async throws {
        let program = """
            import json, jsonschema, sys
            document = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(document)
            validator = jsonschema.Draft202012Validator(document)
            for text in json.load(sys.stdin):
                print(int(validator.is_valid(json.loads(text))))
            """
        let python = try #require(Self.python)
        let schema = ProjectFolder.root.appending(path: "Docs/schemas/config.schema.json").path
        let cases = ConfigurationCases.good + ConfigurationCases.bad
        let output = try await python.run(["-c", program, schema], input: JSONEncoder().encode(cases))
        let answers = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        try #require(answers.count == cases.count, "\(output.standardError)")
        for (text, answer) in zip(cases, answers) {
            #expect((answer == "1") == ConfigurationCases.good.contains(text), "\(text)")
        }
    }

    @Test func `the published schema has every key and no other`() throws {
        let url = ProjectFolder.root.appending(path: "Docs/schemas/config.schema.json")
        let document = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        let properties = try #require(document?["properties"] as? [String: Any])
        #expect(Set(properties.keys) == Set(ConfigurationKey.allCases.map(\.rawValue)))
    }
}
