import Foundation
import TestSupport
import Testing

/// Applications in the shapes of Mystikos's samples, built by buildah where the sample has a Dockerfile, and run.
///
/// `MystikosSampleTests` packs the shapes of all samples; here run those whose language is at hand. The rows of
/// Docs/how-to/come-from-mystikos.md say which.
@Suite(
    .enabled(
        if: OutsideTool.isRequired || ["buildah", "cc"].allSatisfy { OutsideTool(named: $0) != nil },
        "buildah or a C compiler is missing"
    )
)
struct MystikosSampleRunTests {
    /// A sample's shape.
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        /// The program in C; nil for a sample in Python.
        var program: String?
        /// Its Dockerfile; without one the program alone is bundled.
        var dockerfile: String?
        let configuration: String
        /// What follows the program on the command line.
        var words: [String] = []
        let answer: String

        var testDescription: String { name }
    }

    private static let hello = #"""
        #include <stdio.h>
        int main(int count, char **words) {
            printf("Hello from");
            for (int word = 0; word < count; ++word) printf(" %s", words[word]);
            return puts("") < 0;
        }
        """#

    /// Two of the calls that Mystikos adds to Linux's.
    private static let calls = #"""
        #include <errno.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
            for (int call = 1008; call < 1010; ++call) {
                int result = syscall(call, 0, 0);
                printf("%d %d\n", result, errno == ENOSYS);
            }
            return 0;
        }
        """#

    private static func small(_ program: String, _ more: String = #""HostApplicationParameters": true"#) -> String {
        #"{"version": "0.1", "Debug": 1, "ProductID": 1, "MemorySize": "40m", "ApplicationPath": "\#(program)", \#(more)}"#
    }

    private static let samples = [
        Sample(
            name: "helloworld",
            program: hello,
            configuration: small("/bin/hello"),
            words: ["/bin/hello", "red", "green"],
            answer: "Hello from /bin/hello red green\n"
        ),
        Sample(
            name: "docker_aks",
            program: hello,
            dockerfile: """
                FROM scratch AS build
                COPY program /src/hello
                FROM scratch
                COPY --from=build /src/hello /bin/hello
                CMD ["./start", "red"]
                """,
            configuration: small("/bin/hello"),
            words: ["/bin/hello", "green"],
            answer: "Hello from /bin/hello green\n"
        ),
        Sample(
            name: "rust",
            program: hello,
            dockerfile: """
                FROM scratch AS builder
                COPY program /app/target/release/hello
                FROM scratch
                COPY --from=builder /app/target/release/hello /app/
                CMD ["/app/hello"]
                """,
            configuration: small("/app/hello"),
            answer: "Hello from /app/hello\n"
        ),
        Sample(
            name: "pytorch_onnx_inference",
            dockerfile: """
                FROM scratch
                COPY root/ /
                COPY passwd /etc/passwd
                COPY app.py /app/
                ENV PATH="/home/user/bin:/bin"
                USER user
                WORKDIR /app
                CMD ["/bin/bash"]
                """,
            configuration: """
                {"Debug": 1, "ProductID": 1, "UserMemSize": "2048m", "CurrentWorkingDirectory": "/app",
                 "ApplicationPath": "/home/user/bin/python3", "ApplicationParameters": ["/app/app.py"]}
                """,
            answer: "['/app/app.py'] in /app, PATH=/home/user/bin:/bin, files in /tmp: []\n"
        ),
        Sample(
            name: "tensorflow_lite",
            dockerfile: """
                FROM scratch
                COPY root/ /
                COPY app.py /app/label.py
                COPY app.py /tmp/m
                WORKDIR /app
                CMD ["/bin/bash"]
                """,
            configuration: """
                {"Debug": 1, "UserMemSize": "2048m", "ApplicationPath": "/usr/local/bin/python3", "Writable": [],
                 "ApplicationParameters": ["/app/label.py", "--model", "/tmp/m"]}
                """,
            answer: "['/app/label.py', '--model', '/tmp/m'] in /app, PATH=\(path), files in /tmp: ['m']\n"
        ),
        Sample(
            name: "TEE_aware/gencreds",
            program: calls,
            configuration: small("/bin/gencreds", #""HostApplicationParameters": false"#),
            answer: "-1 1\n-1 1\n"
        ),
    ]
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private static let script = """
        import os, sys
        print(sys.argv, "in", os.getcwd() + ", PATH=" + os.environ["PATH"] + ", files in /tmp:", os.listdir("/tmp"))
        """

    /// Where the configuration has the program.
    private static func program(of sample: Sample) throws -> String {
        let document = try JSONSerialization.jsonObject(with: Data(sample.configuration.utf8)) as? [String: Any]
        return try #require(document?["ApplicationPath"] as? String)
    }

    /// Makes a sample's app directory, as its reader would.
    private static func makeDirectory(_ sample: Sample, in place: MachinePlace) async throws -> String {
        let folder = place.folder.url.path
        let target = try program(of: sample)
        if let program = sample.program {
            try Data(program.utf8).write(to: URL(filePath: place.path("program.c")))
            try await Shell.run("cd \(folder); cc -static -O1 -o program program.c")
        } else {
            // This host's Python stands for the image's: its libraries, and what its standard library imports first.
            try await Shell.run(
                """
                cd \(folder); python=$(readlink -f /usr/bin/python3); version=${python##*/}
                mkdir -p library/encodings
                cp /usr/lib/$version/*.py library; cp -r /usr/lib/$version/encodings/*.py library/encodings
                echo 'user:x:1000:1000::/home/user:/bin/sh' >passwd
                \(Tool.adyton.executable.path) bundle --add "$PWD/library:/usr/lib/$version" "$python:\(target)" root
                """
            )
            try Data(script.utf8).write(to: URL(filePath: place.path("app.py")))
        }
        guard let dockerfile = sample.dockerfile else {
            let made = try await place.run(["bundle", "\(place.path("program")):\(target)", place.path("appdir")])
            try #require(made.status == 0, "\(made.standardError)")
            return place.path("appdir")
        }
        try Data(dockerfile.utf8).write(to: URL(filePath: place.path("Dockerfile")))
        let made = try await place.run(
            ["appbuilder", "--builder", "buildah", "-o", place.path("appdir"), place.path("Dockerfile")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return place.path("appdir")
    }

    @Test(arguments: samples)
    func `runs from its configuration, and the page says so`(sample: Sample) async throws {
        let page = try String(
            contentsOf: ProjectFolder.root.appending(path: "Docs/how-to/come-from-mystikos.md"),
            encoding: .utf8
        )
        let row = page.split(separator: "\n").first { $0.hasPrefix("| `\(sample.name)` |") }
        #expect(row?.contains("| packs, runs") == true)
        let place = try MachinePlace()
        let directory = try await Self.makeDirectory(sample, in: place)
        try Data(sample.configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        let output = try await place.run(
            ["exec-linux", "--app-config-path", place.path("config.json"), directory] + sample.words
        )
        #expect(output.status == 0, "\(output.standardError)")
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == sample.answer, "\(output.standardError)")
    }

    @Test(
        .enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"),
        .enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing"),
        .timeLimit(.minutes(10)),
        arguments: samples
    )
    func `runs from a package in a machine`(sample: Sample) async throws {
        let place = try MachinePlace()
        let directory = try await Self.makeDirectory(sample, in: place)
        try Data(sample.configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        _ = try await place.run(["keygen", "-o", place.path("key.pem")])
        let made = try await place.run(
            ["package", "--owner", "0:0", "-o", place.path("app.adyton")] + MachinePlace.guestOptions
                + [directory, place.path("key.pem"), place.path("config.json")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        let output = try await place.run(
            ["run", "--name", "sample", place.path("app.adyton")] + sample.words.dropFirst()
        )
        let text = String(decoding: output.standardOutput, as: UTF8.self).replacing("\r\n", with: "\n")
        #expect(output.status == 0 && text.contains(sample.answer), "\(text) \(output.standardError)")
    }
}
