import Foundation
import TestSupport
import Testing

/// An application that speaks plain HTTP behind the gateway of a sealed machine, by configuration alone.
@Suite(
    .serialized,
    .enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing")
)
struct GatewayMachineTests {
    /// Says what it sees, and serves a folder to everybody who finds a way.
    private static let script = """
        echo interfaces $(ls /sys/class/net); echo folder $(ls -ln /run/adyton/gateway | wc -l)
        while [ ! -S /run/adyton/gateway/local.sock ]; do sleep 0.1; done
        for process in /proc/[0-9]*; do
            read -r name < $process/comm; [ "$name" = adyton-gateway ] || continue
            while read -r line; do
                case $line in CapEff:*|CapBnd:*|NoNewPrivs:*|Seccomp:*) echo gateway $line;; esac
            done < $process/status
        done
        ls -ln /run/adyton/gateway; ls /run/adyton/gateway-root/bin || echo no-shell-in-the-gateway
        exec httpd -f -p 0.0.0.0:8000 -h /www
        """

    private static func package(_ gateway: [String: Any], in place: MachinePlace) async throws -> String {
        let configuration: [String: Any] = [
            "ApplicationPath": "/bin/sh", "ApplicationParameters": ["-c", script], "MemorySize": "256m", "Debug": true,
            "User": "1000:1000", "Gateway": gateway,
        ]
        try JSONSerialization.data(withJSONObject: configuration).write(to: URL(filePath: place.path("config.json")))
        let tree = try place.makeTree()
        for name in ["sh", "ls", "wc", "sleep", "httpd", "echo"] {
            try FileManager.default.createSymbolicLink(atPath: tree + "/bin/" + name, withDestinationPath: "busybox")
        }
        _ = try await place.run(["keygen", "-o", place.path("key.pem")])
        let made = try await place.run(
            ["package", "--owner", "0:0", "-o", place.path("app.adyton")] + MachinePlace.guestOptions
                + MachinePlace.gatewayOptions + [tree, place.path("key.pem"), place.path("config.json")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return place.path("app.adyton")
    }

    @Test(.timeLimit(.minutes(10)))
    func `an application that speaks plain HTTP is reached through attested TLS and in no other way`() async throws {
        let place = try MachinePlace()
        let package = try await Self.package(["ApplicationPort": 8000, "Files": true], in: place)
        let machine = try await MachineProcess(place, ["run", "--name", "gateway", package])
        try #require(try await machine.isReady(), "\(machine.messages) \(machine.text.suffix(3000))")
        #expect(machine.port(of: 8000) == nil)
        let address = "https://127.0.0.1:\(try #require(machine.port(of: 8443)))"

        let trust = try await place.trust(package)
        let report = try await place.run(["verify", address, "--json", "--timeout", "120"] + trust)
        // A client that knows nothing of evidence, and holds the connection to the key that the evidence named.
        let server = try VerifiedServer(report, of: address)
        let page = try await server.curl("/index.html")
        let otherKey = "sha256//" + Data(repeating: 7, count: 32).base64EncodedString()
        let other = try await server.curl("/index.html", key: otherKey)
        #expect(page.status == 200 && page.body == "from inside\n")
        #expect(other.status == 0 && other.body.isEmpty)
        #expect(try await place.body(of: address.replacing("https", with: "http")).contains("curl:"))

        // A loopback interface, and nothing else; a socket and a key for its own user alone.
        #expect(machine.text.contains("interfaces lo\r\n") || machine.text.contains("interfaces lo\n"))
        #expect(
            machine.text.contains("srwx") && machine.text.contains("-r--------    1 1000     1000"),
            "\(machine.text)"
        )
        #expect(machine.text.contains("no-shell-in-the-gateway"))
        for line in ["CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2"] {
            #expect(machine.text.contains("gateway \(line)"), "\(machine.text)")
        }
        machine.signal(SIGTERM)
        #expect(await machine.status() == 0, "\(machine.messages)")
        #expect(try await place.isClean(of: "gateway"))
    }

    @Test func `a gateway takes a package`() async throws {
        let place = try MachinePlace()
        let configuration = #"{"ApplicationPath": "/bin/sh", "Gateway": {"ApplicationPort": 8000}}"#
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        let output = try await place.run(
            ["exec-vm", "--owner", "0:0", "--app-config-path", place.path("config.json")] + MachinePlace.guestOptions
                + [place.makeTree(), "/bin/sh"]
        )
        #expect(output.status == 65, "\(output.standardError)")
        #expect(output.standardError.contains("no gateway, which only a package can carry"))
    }
}
