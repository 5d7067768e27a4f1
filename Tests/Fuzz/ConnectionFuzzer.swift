// libFuzzer's entry point over what comes in on an attested connection and at process 1's socket and channel;
// Scripts/fuzz-attestation.sh links it with the libraries.
//
// `document`: the first byte says whether the rest is an answer to a challenge, a package's manifest, or its signature.
// `broker`: whether it is requests or answers at the socket, messages or events of the channel, or a launch plan.

import Attestation
import AttestedTransport
import Crypto
import CryptoExtras
import Foundation
import GuestInterface
import PackageManifest
import PeerVerification

/// A connection whose every value is fixed, and a genuine answer on it.
private struct Sample {
    let challenge: Challenge
    let tlsPublicKey = [UInt8](0..<91)
    let verifier: PeerVerifier
    let now = Date(timeIntervalSince1970: 1_767_225_600)
    let document: EvidenceDocument

    init() throws {
        // One key for ever, so that an input that was found means the same in every run.
        let key = try P256.Signing.PrivateKey(rawRepresentation: Data(repeating: 7, count: 32))
        guard let challenge = Challenge([UInt8](0..<32)) else { preconditionFailure("no sample") }
        let root = TrustAnchor(insecureDeveloperProcessKey: Array(key.publicKey.derRepresentation))
        self.challenge = challenge
        var policy = AppraisalPolicy()
        var rule = AppraisalPolicy.PlatformRule()
        rule.roots = [root.fingerprint]
        policy.platforms[.developerProcess] = rule
        verifier = PeerVerifier(policy: policy, developerRoots: [root])
        let package = try Self.package()
        let hpkeKey = HpkeKeyConfiguration(publicKey: [UInt8](repeating: 9, count: 32))
        let binding = ReportData(
            challenge: challenge,
            tlsPublicKey: tlsPublicKey,
            hpkePublicKey: hpkeKey.publicKey,
            manifestDigest: package.digest
        )
        let evidence = try InsecureProcessEvidence(signedBy: key, reportData: binding.bytes, now: now).bundle
        document = EvidenceDocument(evidence: evidence, hpkeKey: hpkeKey, package: package)
        precondition(verify(document.json).peer != nil, "the genuine answer is refused")
    }

    func verify(_ json: [UInt8]) -> PeerVerificationResult {
        verifier.verify(json, challenge: challenge, tlsPublicKey: tlsPublicKey, at: now)
    }

    private static func package() throws -> PackageDocuments {
        let digest = String(repeating: "ab", count: 32)
        let volume = VerityVolume(
            dataSize: 8192,
            rootHash: [UInt8](repeating: 1, count: 32),
            salt: [UInt8](repeating: 2, count: 32)
        )
        var machine = MachineRequirements(memoryInBytes: 1 << 30)
        machine.ports = [8443]
        machine.hostEnvironment = ["LANG"]
        machine.timeLimitInSeconds = 60
        var manifest = Manifest(
            name: "sample",
            commandLine: KernelCommandLine(root: volume, isDebug: false).text,
            machine: machine
        )
        manifest.modelPacks = [.init(path: "/models/a", digest: digest, name: "a", version: "1")]
        for name in ["kernel", "initramfs", "config.json", "root.img"] {
            manifest.parts.append(.init(name: name, size: 1, sha256: digest))
        }
        manifest.referenceValues = ["vtpm": ["pcr4": digest]]
        let bytes = Array(manifest.text.utf8)
        let signer = Curve25519.Signing.PrivateKey()
        let signature = PackageSignature(
            publicKey: try PublisherKey(der: Array(signer.publicKey.derRepresentation), name: "the signer"),
            signature: Array(try signer.signature(for: PackageSignature.message(for: bytes)))
        )
        return PackageDocuments(manifest: bytes, signature: Array(signature.text.utf8))
    }
}

private let isBroker = ProcessInfo.processInfo.environment["ADYTON_FUZZ_KIND"] == "broker"
private let sample: Sample = {
    guard let sample = try? Sample() else { preconditionFailure("no sample") }
    return sample
}()

/// Writes seeds where that is asked for, as no shell can sign one.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeRawPointer?, _: UnsafeRawPointer?) -> Int32 {
    guard let folder = ProcessInfo.processInfo.environment["ADYTON_FUZZ_SEEDS"] else { return 0 }
    for (index, seed) in seeds.enumerated() {
        guard (try? Data(seed).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))) != nil else {
            return 1
        }
    }
    return 0
}

private var seeds: [[UInt8]] {
    let package = sample.document.package
    guard isBroker else {
        return [[0] + sample.document.json, [1] + (package.manifest ?? []), [2] + (package.signature ?? [])]
    }
    let requests: [EvidenceRequest] = [
        .evidence(reportData: [UInt8](0..<64)), .sealingKey(label: "disk", binding: .signer), .platform,
        .activateCredential(blob: [1, 2, 3], secret: [4, 5]),
    ]
    let answers: [EvidenceResponse] = [
        .evidence(kind: "vtpm", parts: [.init(name: "attest", bytes: [1, 2]), .init(name: "signature", bytes: [3])]),
        .sealingKey([UInt8](repeating: 5, count: EvidenceResponse.sealingKeyLength)), .platform("vtpm"),
        .secret([1, 2, 3]), .failure(.busy),
    ]
    let messages: [HostMessage] =
        [.clock(1_767_225_600), .argument("--port=1"), .environment("LANG=C"), .start, .stop]
        + HostMessage.pieces(manifest: package.manifest ?? [], signature: package.signature ?? [])
    var plan = LaunchPlan(application: .init(path: "/usr/bin/app"))
    plan.application.arguments = ["--listen", "0.0.0.0"]
    plan.network = .init()
    var seeds: [[UInt8]] = answers.map { [1] + $0.bytes }
    seeds.append([0] + requests.flatMap(\.bytes))
    seeds.append([2] + messages.flatMap { $0.bytes ?? [] })
    seeds.append([3] + ControlEvent.exited(1).bytes)
    seeds.append([4] + Array(plan.text.utf8))
    return seeds
}

/// Reads, and checks what must hold of all that is taken.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    if isBroker {
        checkBroker(first % 5, rest)
    } else {
        switch first % 4 {
        case 1: checkManifest(rest)
        case 2: checkSignature(rest)
        default: checkAnswer(rest)
        }
    }
    return 0
}

/// Whoever is let in has said the very same as the genuine server; whatever is read survives being written.
private func checkAnswer(_ json: [UInt8]) {
    let result = sample.verify(json)
    if result.peer != nil {
        precondition(result.document?.hpkeKey == sample.document.hpkeKey, "another key is let in")
        precondition(
            result.document?.package.manifest == sample.document.package.manifest,
            "another package is let in"
        )
    }
    guard let document = result.document else { return }
    guard let again = try? EvidenceDocument(json: document.json) else {
        preconditionFailure("what was written is not read")
    }
    precondition(again.hpkeKey == document.hpkeKey && again.package == document.package)
    precondition(again.evidence.kind == document.evidence.kind && again.evidence.parts == document.evidence.parts)
}

private func checkManifest(_ bytes: [UInt8]) {
    guard let manifest = try? Manifest(bytes) else { return }
    precondition(Array(manifest.text.utf8) == bytes, "a manifest has another spelling")
}

private func checkSignature(_ bytes: [UInt8]) {
    guard let signature = try? PackageSignature(bytes) else { return }
    precondition(Array(signature.text.utf8) == bytes, "a signature has another spelling")
    // Whatever somebody says about somebody else's manifest is false, unless it is that signer's own signature.
    if let manifest = sample.document.package.manifest,
        let stated = try? ClaimedPackage(manifest: manifest, signature: bytes)
    {
        precondition(stated.manifest.name == "sample")
    }
}

private func checkBroker(_ what: UInt8, _ bytes: [UInt8]) {
    switch what {
    case 0:
        for frame in frames(bytes, maximum: BrokerFrame.maximumRequestLength) {
            guard let request = try? EvidenceRequest(frame) else { continue }
            precondition(request.bytes == frame.bytes, "a request has two forms")
        }
    case 1:
        for frame in frames(bytes, maximum: BrokerFrame.maximumResponseLength) { checkAnswers(frame) }
    case 2:
        var received = bytes
        while let message = try? HostMessage.next(from: &received) {
            var again = message.bytes ?? []
            precondition((try? HostMessage.next(from: &again)) == message && again.isEmpty, "a message has two forms")
        }
    case 3:
        guard let event = ControlEvent(bytes) else { return }
        precondition(event.bytes == bytes, "an event has two forms")
    default:
        guard let plan = LaunchPlan.read(String(decoding: bytes, as: UTF8.self)) else { return }
        precondition(LaunchPlan.read(plan.text) == plan, "what was written is not read")
    }
}

/// The frames in front, however the bytes came.
private func frames(_ bytes: [UInt8], maximum: Int) -> [BrokerFrame] {
    var whole = bytes
    var frames: [BrokerFrame] = []
    while let frame = try? BrokerFrame.next(from: &whole, maximum: maximum) { frames.append(frame) }
    var received: [UInt8] = []
    var inPieces: [BrokerFrame] = []
    for byte in bytes.prefix(4096) {
        received.append(byte)
        do throws(BrokerFailure) {
            if let frame = try BrokerFrame.next(from: &received, maximum: maximum) { inPieces.append(frame) }
        } catch {
            break
        }
    }
    precondition(frames.starts(with: inPieces), "frames depend on how they come")
    precondition(bytes.count > 4096 || frames == inPieces, "frames depend on how they come")
    return frames
}

private func checkAnswers(_ frame: BrokerFrame) {
    let requests: [EvidenceRequest] = [
        .evidence(reportData: [UInt8](0..<64)), .sealingKey(label: "a", binding: .package), .platform,
        .activateCredential(blob: [], secret: []),
    ]
    for request in requests {
        guard let answer = try? EvidenceResponse(frame, to: request) else { continue }
        guard let again = try? BrokerFrame.next(from: answer.bytes, maximum: BrokerFrame.maximumResponseLength) else {
            preconditionFailure("what was written is not read")
        }
        precondition((try? EvidenceResponse(again, to: request)) == answer, "what was written is not read")
    }
}

extension BrokerFrame {
    fileprivate static func next(from bytes: [UInt8], maximum: Int) throws -> BrokerFrame? {
        var bytes = bytes
        return try next(from: &bytes, maximum: maximum)
    }
}
