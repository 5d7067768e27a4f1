import Diagnostics
import EnclavePackage
import Foundation
import PackageManifest
import TestSupport
import Testing

/// What programs that know nothing of us make of a package.
@Suite struct ForeignToolTests {
    private static func shell(_ folder: URL, _ script: String) async throws -> String {
        let shell = try #require(OutsideTool(named: "sh"))
        let output = try await shell.run(["-ec", "cd \(folder.path)\n\(script)"])
        #expect(output.status == 0, "\(output.standardError)")
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    @Test(.enabled(if: OutsideTool(named: "tar")?.isReady ?? OutsideTool.isRequired, "tar is missing"))
    func `tar lists and extracts every part, and sha256sum agrees with the manifest`() async throws {
        let sample = try await SamplePackage()
        let script = "tar tf sample.adyton && mkdir out && tar xf sample.adyton -C out && cd out && sha256sum *"
        let lines = try await Self.shell(sample.folder.url, script).split(separator: "\n").map(String.init)
        let names = ["manifest.json", "signature.json"] + SamplePackage.contents.map(\.name)
        #expect(Array(lines.prefix(names.count)) == names)
        let package = try SealedPackage(opening: sample.path, trusting: .anyone)
        for part in package.parts {
            #expect(lines.contains("\(part.sha256)  \(part.name)"))
        }
        #expect(lines.count == 2 * names.count)
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `Python finds each part where the package says, and reads the manifest`() async throws {
        let sample = try await SamplePackage()
        let package = try SealedPackage(opening: sample.path, trusting: .anyone)
        let program = """
            import hashlib, json, sys, tarfile
            with tarfile.open(sys.argv[1]) as archive:
                members = archive.getmembers()
                manifest = archive.extractfile("manifest.json").read()
            document = json.loads(manifest)
            canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert canonical.encode() == manifest
            print(hashlib.sha256(manifest).hexdigest())
            for member in members[2:]:
                print(member.name, member.offset_data, member.size)
            """
        let output = try await OutsideTool.python.run(["-c", program, sample.path])
        var expected = "\(Hexadecimal.text(package.manifest.digest))\n"
        for part in package.parts { expected += "\(part.name) \(part.offset) \(part.size)\n" }
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == expected, "\(output.standardError)")
    }

    private static let verify: [SigningAlgorithm: String] = [
        .ed25519: "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -sigfile signature -in message",
        .ecdsaP384: "openssl dgst -sha384 -verify key.pem -signature signature message",
        .rsaPSS: """
        openssl dgst -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -verify key.pem \
        -signature signature message
        """,
    ]

    @Test(
        .enabled(if: OutsideTool(named: "openssl")?.isReady ?? OutsideTool.isRequired, "openssl is missing"),
        arguments: Keys.all.indices
    )
    func `openssl verifies the signature over what sha256sum says of the manifest`(key: Int) async throws {
        let sample = try await SamplePackage(signer: Keys.all[key])
        let command = try #require(Self.verify[Keys.all[key].publicKey.algorithm])
        let script = """
            tar xf sample.adyton manifest.json signature.json
            printf 'adyton.package-signature/1\\n%s\\n' "$(sha256sum manifest.json | cut -d' ' -f1)" > message
            field() { sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/" signature.json | base64 -d; }
            field signature > signature
            field publicKey > key.der
            sha256sum key.der | cut -d' ' -f1
            openssl pkey -pubin -inform DER -in key.der -out key.pem
            \(command)
            """
        let identity = Hexadecimal.text(Keys.all[key].publicKey.identity)
        let output = try await Self.shell(sample.folder.url, script)
        #expect(output.hasPrefix(identity + "\n"))
        #expect(output.contains("Verified OK") || output.contains("Signature Verified Successfully"), "\(output)")
    }

    @Test(
        .enabled(if: OutsideTool(named: "openssl")?.isReady ?? OutsideTool.isRequired, "openssl is missing"),
        arguments: [
            ("openssl genpkey -algorithm ed25519", SigningAlgorithm.ed25519),
            ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384", .ecdsaP384),
            ("openssl ecparam -name secp384r1 -genkey", .ecdsaP384),
            ("openssl genrsa -3 3072", .rsaPSS), ("openssl genrsa -traditional 4096", .rsaPSS),
        ]
    )
    func `takes the keys that openssl makes`(command: String, algorithm: SigningAlgorithm) async throws {
        let folder = try TemporaryFolder()
        _ = try await Self.shell(
            folder.url,
            "\(command) > key.pem 2>/dev/null; openssl pkey -in key.pem -pubout -out pub.pem"
        )
        let key = try PrivateKey(reading: folder.url.appending(path: "key.pem").path)
        let publicKey = try PublisherKey(reading: folder.url.appending(path: "pub.pem").path)
        #expect(key.publicKey == publicKey && publicKey.algorithm == algorithm)
        let bytes = try await SamplePackage(signer: key).bytes
        #expect(try SamplePackage.failure(bytes, trust: .only([publicKey.identity])) == nil)
    }

    @Test(
        .enabled(if: OutsideTool(named: "openssl")?.isReady ?? OutsideTool.isRequired, "openssl is missing"),
        arguments: [
            "openssl genrsa 2048", "openssl ecparam -name prime256v1 -genkey", "echo nothing",
            "openssl genrsa -aes128 -passout pass:secret 3072", "openssl genpkey -algorithm x25519",
        ]
    )
    func `refuses other keys`(command: String) async throws {
        let folder = try TemporaryFolder()
        _ = try await Self.shell(folder.url, "\(command) > key.pem 2>/dev/null")
        let failure = #expect(throws: PackageError.self) {
            try PrivateKey(reading: folder.url.appending(path: "key.pem").path)
        }
        #expect(failure?.code == .keyInvalid)
    }

    @Test(
        .enabled(if: OutsideTool(named: "openssl")?.isReady ?? OutsideTool.isRequired, "openssl is missing"),
        arguments: Keys.all.indices
    )
    func `lets another program sign`(key: Int) async throws {
        let folder = try TemporaryFolder()
        let place = folder.url.appending(path: "key.pem")
        try Data(Keys.all[key].pemRepresentation.utf8).write(to: place)
        let publicKey = Keys.all[key].publicKey
        let command: String =
            switch publicKey.algorithm {
            case .ed25519:
                "openssl pkeyutl -sign -rawin -inkey \(place.path) -in /dev/stdin"
            case .ecdsaP384: "openssl dgst -sha384 -sign \(place.path)"
            case .rsaPSS:
                """
                openssl dgst -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -sign \(place.path)
                """
            }
        let signer = CommandSigner(command: command, publicKey: publicKey)
        let bytes = try await SamplePackage(signer: signer).bytes
        #expect(try SamplePackage.failure(bytes, trust: .only([publicKey.identity])) == nil)
    }

    @Test(
        arguments: [
            "exit 3", "kill -9 $$", "/no/such/program", "true", "head -c 64 /dev/zero", "head -c 100000 /dev/zero",
            "cat",
        ]
    )
    func `refuses what a program gives that did not sign`(command: String) async throws {
        let signer = CommandSigner(command: command, publicKey: Keys.ed25519.publicKey)
        let failure = await #expect(throws: PackageError.self) { try await SamplePackage(signer: signer) }
        #expect(failure?.code == .signerCommandFailed)
    }
}
