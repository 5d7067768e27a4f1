import Crypto
import Foundation
import Glibc
import GuestInterface
import Synchronization
import TestSupport
import Testing

@testable import GuestInit

@Suite("The evidence broker")
struct BrokerTests {
    /// An attester that answers at once and counts its calls.
    final class Echo: Attester, Sendable {
        let platform = "vtpm"
        let count = Mutex(0)

        func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceResponse.Part] {
            count.withLock { $0 += 1 }
            // Larger than a socket's send buffer.
            return [
                EvidenceResponse.Part(name: "attest", bytes: reportData),
                EvidenceResponse.Part(name: "event_log", bytes: [UInt8](repeating: 9, count: 1 << 20)),
            ]
        }

        func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8] {
            [UInt8](repeating: 1, count: 32)
        }

        func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8] { throw .requestUnsupported }
    }

    /// A broker at the test's own socket, on its own thread, which runs until the tests end.
    private final class Place {
        let folder: TemporaryFolder
        let echo = Echo()
        var path: String { folder.url.appending(path: "socket").path }

        init() throws {
            folder = try TemporaryFolder()
            try EvidenceBroker(at: path, user: geteuid(), group: getegid(), attester: echo).start()
        }

        func connect() throws -> Client { try Client(path) }
    }

    /// A client with blocking reads and a timeout.
    private final class Client {
        let number: Int32

        init(_ path: String) throws {
            number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            // Safe: the path is shorter than the field, and the rest of the field is zero.
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            // Safe: the structure is ours, and its own size is passed.
            let code = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.connect(number, $0, size)
                }
            }
            try #require(code == 0)
            var limit = timeval(tv_sec: 30, tv_usec: 0)
            // Safe: the structure is ours, and its own size is passed.
            unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(number) }

        func send(_ bytes: [UInt8]) {
            // Safe: the bytes are ours, and their own count is passed.
            _ = unsafe Glibc.send(number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// The next frame; nil where the broker disconnects first.
        func receive() throws -> BrokerFrame? {
            var received: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let maximum = BrokerFrame.maximumResponseLength
                if let frame = try BrokerFrame.next(from: &received, maximum: maximum) { return frame }
                // Safe: the buffer is ours, and its own size is passed.
                let count = unsafe recv(number, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                received += buffer[..<count]
            }
        }

        func ask(_ request: EvidenceRequest) throws -> EvidenceResponse? {
            send(request.bytes)
            return try receive().map { try EvidenceResponse($0, to: request) }
        }
    }

    @Test func `answers one request after the other on one connection`() async throws {
        try await runBlocking {
            let place = try Place()
            let client = try place.connect()
            #expect(try client.ask(.platform) == .platform("vtpm"))
            for byte in 0..<4 {
                let data = [UInt8](repeating: UInt8(byte), count: 64)
                guard case .evidence("vtpm", let parts) = try client.ask(.evidence(reportData: data)) else {
                    Issue.record("no evidence")
                    return
                }
                #expect(parts.first?.bytes == data && parts.last?.bytes.count == 1 << 20)
            }
            let key = try client.ask(.sealingKey(label: "a", binding: .package))
            #expect(key == .sealingKey([UInt8](repeating: 1, count: 32)))
        }
    }

    @Test func `only its user may open the socket`() throws {
        let place = try Place()
        let attributes = try FileManager.default.attributesOfItem(atPath: place.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `many connections are served side by side, and one too many is told that it is busy`() async throws {
        try await runBlocking {
            let place = try Place()
            let clients = try (0..<EvidenceBroker.maximumConnections).map { _ in try place.connect() }
            for client in clients { client.send(EvidenceRequest.platform.bytes) }
            for client in clients { #expect(try client.receive()?.code == 0) }
            let further = try place.connect()
            #expect(try further.receive()?.code == BrokerFailure.busy.rawValue)
            #expect(try further.receive() == nil)
            #expect(try clients[0].ask(.platform) == .platform("vtpm"))
        }
    }

    @Test func `a peer that sends nonsense, two requests at once or half of one stops nobody else`() async throws {
        try await runBlocking {
            let place = try Place()
            for bytes in [
                Array("GET / HTTP/1.1\r\n\r\n".utf8), EvidenceRequest.platform.bytes + EvidenceRequest.platform.bytes,
                BrokerFrame(code: 1, payload: [1, 2, 3]).bytes,
            ] {
                let client = try place.connect()
                client.send(bytes)
                #expect(try client.receive()?.code == BrokerFailure.malformed.rawValue)
                #expect(try client.receive() == nil)
            }
            let half = try place.connect()
            half.send(Array(EvidenceRequest.platform.bytes.prefix(7)))
            var gone: Client? = try place.connect()
            gone?.send(EvidenceRequest.evidence(reportData: Array(0..<64)).bytes)
            gone = nil
            #expect(try place.connect().ask(.platform) == .platform("vtpm"))
            half.send(Array(EvidenceRequest.platform.bytes.dropFirst(7)))
            #expect(try half.receive()?.code == 0)
        }
    }

    @Test func `a connection ends where a request or an answer takes too long, and not while it is idle`() {
        let limit = BrokerConnection.limit
        var idle = BrokerConnection()
        idle.passTime(now: 1_000_000)
        #expect(!idle.isEnded)
        idle.take([0x41], now: 1_000_000)
        idle.passTime(now: 1_000_000 + limit - 1)
        #expect(!idle.isEnded)
        // A further byte does not extend the timeout.
        idle.take([0x44], now: 1_000_000 + limit - 1)
        idle.passTime(now: 1_000_000 + limit)
        #expect(idle.isEnded)
        var slow = BrokerConnection()
        slow.take(EvidenceRequest.platform.bytes, now: 5)
        #expect(slow.request == .platform && !slow.wantsBytes)
        slow.answer(.platform("vtpm"), now: 5)
        slow.sent(1, now: 6)
        slow.passTime(now: 6 + limit)
        #expect(slow.isEnded)
    }

    @Test func `digests agree with another's, at every length around a block`() {
        for length in 0..<200 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            #expect(Sha256.digest(of: bytes) == Array(SHA256.hash(data: bytes)))
            let code = HMAC<SHA256>.authenticationCode(for: Array("message".utf8), using: SymmetricKey(data: bytes))
            if length > 0 { #expect(Sha256.authentication(of: Array("message".utf8), key: bytes) == Array(code)) }
        }
    }

    @Test func `documents of a host are bounded, whole and in order`() throws {
        let application = LaunchPlan.Application(path: "/a")
        var offer = UntrustedHostInput()
        try offer.take(.clock(1_800_000_000), for: application)
        #expect(throws: GuestError.self) { try offer.take(.manifestSignature([1]), for: application) }
        try offer.take(.manifest([1, 2]), for: application)
        try offer.take(.manifest([3]), for: application)
        #expect(throws: GuestError.self) { try offer.take(.start, for: application) }
        try offer.take(.manifestSignature([4]), for: application)
        #expect(throws: GuestError.self) { try offer.take(.manifest([5]), for: application) }
        try offer.take(.start, for: application)
        #expect(offer.documents.manifest == [1, 2, 3] && offer.documents.signature == [4])
        var long = UntrustedHostInput()
        let piece = [UInt8](repeating: 0, count: HostMessage.maximumPayload)
        for _ in 0..<HostMessage.maximumManifestLength / piece.count {
            try long.take(.manifest(piece), for: application)
        }
        #expect(throws: GuestError.self) { try long.take(.manifest([0]), for: application) }
        for _ in 0..<HostMessage.maximumSignatureLength / piece.count {
            try long.take(.manifestSignature(piece), for: application)
        }
        #expect(throws: GuestError.self) { try long.take(.manifestSignature([0]), for: application) }
    }

    @Test func `a manifest has to name the kernel that runs, by kind, release and version`() throws {
        let text = ##"{"kernel":{"kind":"sealed","release":"6.1-adyton","version":"#1 SMP"},"name":"a"}"##
        let running = RunningKernel(kind: .sealed, release: "6.1-adyton", version: "#1 SMP")
        func check(_ manifest: String, _ kernel: RunningKernel) throws {
            var documents = HostDocuments()
            if !manifest.isEmpty { try documents.takeManifest(Array(manifest.utf8)) }
            try documents.check(kernel)
        }
        try check(text, running)
        try check("", running)
        let others = [
            RunningKernel(kind: .distribution, release: "6.1-adyton", version: "#1 SMP"),
            RunningKernel(kind: .unsealed, release: "6.1-adyton", version: "#1 SMP"),
            RunningKernel(kind: .sealed, release: "6.2-adyton", version: "#1 SMP"),
            RunningKernel(kind: .sealed, release: "6.1-adyton", version: "#2 SMP"),
        ]
        for other in others { #expect(throws: GuestError.self) { try check(text, other) } }
        // Without the member, and with its text in a string.
        #expect(throws: GuestError.self) { try check(#"{"name":"a"}"#, running) }
        let quoted = text.replacing("\"", with: "\\\"")
        #expect(throws: GuestError.self) { try check(#"{"name":"\#(quoted)"}"#, running) }
    }

    @Test func `the platform's name comes from process 1, and from nobody else`() throws {
        var application = LaunchPlan.Application(path: "/a")
        application.environment = ["MYST_TARGET=sgx", "ADYTON_PLATFORM=snp", "A=1"]
        let environment = UntrustedHostInput().environment(for: application, platform: "vtpm")
        #expect(environment == ["A=1", "MYST_TARGET=vtpm", "ADYTON_PLATFORM=vtpm"])
    }
}
