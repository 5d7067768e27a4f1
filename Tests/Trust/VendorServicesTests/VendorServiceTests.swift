import Attestation
import Foundation
import NIOHTTP1
import NIOSSL
import Synchronization
import TestSupport
import Testing
import VendorServices

/// What vendors publish, fetched from a service on this machine that replays it.
@Suite(
    "Vendors' services",
    .enabled(if: PublicEvidence.isReady(PublicEvidence.index), "\(PublicEvidence.absence)")
)
struct VendorServiceTests {
    /// Notes how long it was told to wait, and does not.
    private final class Patience: Sendable {
        let waits = Mutex<[Duration]>([])

        func wait(_ duration: Duration) { waits.withLock { $0.append(duration) } }
    }

    private func service(
        _ vendor: LocalVendor,
        for evidence: PublishedEvidence = .turin,
        scheme: String = "http",
        patience: Patience = Patience(),
        timeout: Duration = .seconds(60)
    ) throws -> VendorService {
        let mirror = try #require(Origin("\(scheme)://127.0.0.1:\(vendor.port)"))
        let mirrors = try evidence.origins.map { (try #require(Origin($0)), mirror) }
        return VendorService(mirrors: Dictionary(uniqueKeysWithValues: mirrors), timeout: timeout) {
            patience.wait($0)
        }
    }

    private static let chain = EndorsementRequest(
        name: "chain",
        url: "https://kdsintf.amd.com/vcek/v1/Turin/cert_chain",
        maximumAgeInDays: nil
    )

    private func failure(_ service: VendorService) async -> VendorServiceError? {
        await #expect(throws: VendorServiceError.self) { _ = try await service.document(for: Self.chain) }
    }

    @Test(arguments: PublishedEvidence.all)
    func `evidence alone is verified by what its vendor publishes`(evidence: PublishedEvidence) async throws {
        let vendor = try await LocalVendor(evidence.answers())
        let now = Date(timeIntervalSince1970: evidence.time)
        let bundle = try evidence.bundle()
        // Without it a report has no signer, and a quote no status.
        if let evidence = try? bundle.evidence(), case .verified(let verified) = Verifier().verify(evidence, at: now) {
            #expect(verified.claims.status == .notAppraised)
        }
        let completed = try await bundle.completed(from: service(vendor, for: evidence))
        guard case .verified(let verified) = Verifier().verify(try completed.evidence(), at: now) else {
            Issue.record("what was fetched does not vouch")
            return
        }
        #expect(verified.claims.status != .notAppraised)
        #expect(!verified.claims.endorsements.isEmpty)
    }

    @Test(arguments: PublishedEvidence.all)
    func `10. a second look asks nobody, and needs no network`(evidence: PublishedEvidence) async throws {
        let vendor = try await LocalVendor(evidence.answers())
        let folder = try TemporaryFolder()
        let cache = EndorsementCache(folder: folder.url, upstream: try service(vendor, for: evidence))
        let first = try await evidence.bundle().completed(from: cache)
        let asked = vendor.asked
        #expect(Set(asked).count == asked.count, "one request for each document")
        let again = try await evidence.bundle().completed(from: cache)
        let offline = try await evidence.bundle()
            .completed(from: EndorsementCache(folder: folder.url, upstream: nil))
        #expect(again.parts == first.parts)
        #expect(offline.parts == first.parts)
        let listIsMissing = try evidence.bundle().kind == .snp
        // The vectors bring no list of AMD's, so that it is asked for again; a key's certificate never is.
        #expect(vendor.asked.dropFirst(asked.count).allSatisfy { listIsMissing && $0.hasSuffix("/crl") })
    }

    @Test(arguments: PublishedEvidence.all)
    func `a service that lies is found out`(evidence: PublishedEvidence) async throws {
        for address in try evidence.answers().keys.sorted() {
            var answers = try evidence.answers()
            let body = try #require(answers[address]?.first?.body)
            answers[address]?[0].body[body.count * 2 / 3] ^= 1
            let vendor = try await LocalVendor(answers)
            let now = Date(timeIntervalSince1970: evidence.time)
            do {
                let completed = try await evidence.bundle().completed(from: service(vendor, for: evidence))
                let isAsked = vendor.asked.contains(address)
                if case .verified = Verifier().verify(try completed.evidence(), at: now), isAsked {
                    Issue.record("\(address) was changed, and is believed")
                }
            } catch {
                // It was no certificate or no statement any more.
                #expect(error is AttestationError)
            }
        }
    }

    @Test func `a busy service is asked again after as long as it says`() async throws {
        let busy = LocalVendor.Answer(status: .tooManyRequests, headers: [("Retry-After", "7")])
        let silent = LocalVendor.Answer(status: .serviceUnavailable)
        let vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [busy, silent, .init(body: [1, 2])]])
        let patience = Patience()
        let document = try await service(vendor, patience: patience).document(for: Self.chain)
        #expect(document == [1, 2])
        #expect(patience.waits.withLock(\.self) == [.seconds(7), .seconds(5)])
    }

    @Test func `a busy service is given up after four attempts`() async throws {
        let busy = LocalVendor.Answer(status: .tooManyRequests, headers: [("Retry-After", "1")])
        let vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [busy]])
        #expect(await failure(try service(vendor))?.code == .busy)
        #expect(vendor.asked.count == VendorService.maximumAttempts)
    }

    @Test func `a service that asks for an hour is given up at once`() async throws {
        let busy = LocalVendor.Answer(status: .tooManyRequests, headers: [("Retry-After", "3600")])
        let vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [busy]])
        let patience = Patience()
        #expect(await failure(try service(vendor, patience: patience))?.code == .busy)
        #expect(patience.waits.withLock(\.self).isEmpty)
        #expect(vendor.asked.count == 1)
    }

    @Test func `what the service does not have is nothing`() async throws {
        let vendor = try await LocalVendor([:])
        let document = try await service(vendor).document(for: Self.chain)
        #expect(document == nil)
    }

    @Test(
        arguments: [
            LocalVendor.Answer(status: .internalServerError), LocalVendor.Answer(status: .found),
            LocalVendor.Answer(body: [UInt8](repeating: 0, count: 1000), isCut: true),
            LocalVendor.Answer(body: [UInt8](repeating: 0, count: EndorsementCache.maximumSize + 1)),
        ]
    )
    func `an answer that is none is refused`(answer: LocalVendor.Answer) async throws {
        let vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [answer]])
        let code = await failure(try service(vendor))?.code
        #expect([.answerInvalid, .connectionFailed].contains(code))
    }

    @Test func `a statement without its signer's chain is refused`() async throws {
        var answers = try PublishedEvidence.trustDomain.answers()
        for address in answers.keys { answers[address]?[0].headers = [] }
        let vendor = try await LocalVendor(answers)
        let service = try service(vendor, for: .trustDomain)
        let error = await #expect(throws: VendorServiceError.self) {
            _ = try await PublishedEvidence.trustDomain.bundle().completed(from: service)
        }
        #expect(error?.code == .answerInvalid)
    }

    @Test func `a service that does not answer is not waited for`() async throws {
        let vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [.init(isSilent: true)]])
        #expect(await failure(try service(vendor, timeout: .milliseconds(300)))?.code == .timedOut)
    }

    @Test func `nobody there is a failed connection`() async throws {
        // The port of a service that nobody runs any more (RFC 1078).
        let mirror = try #require(Origin("http://127.0.0.1:1"))
        let mirrors = [try #require(Origin("https://kdsintf.amd.com")): mirror]
        // An hour: the refusal comes at once, but this process may be busy when it comes.
        let service = VendorService(mirrors: mirrors, timeout: .seconds(3600))
        #expect(await failure(service)?.code == .connectionFailed)
    }

    private static let openssl = OutsideTool(named: "openssl")

    @Test(.enabled(if: openssl != nil || OutsideTool.isRequired, "openssl is not installed"))
    func `a service under a certificate that nobody knows is not believed`() async throws {
        let folder = try TemporaryFolder()
        let (key, certificate) = (folder.url.appending(path: "k").path, folder.url.appending(path: "c").path)
        let made = try await #require(Self.openssl).run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", certificate, "-days", "2", "-subj", "/CN=kdsintf.amd.com",
        ])
        #expect(made.status == 0)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        let vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [.init(body: [1])]], tls: configuration)
        #expect(await failure(try service(vendor, scheme: "https"))?.code == .connectionFailed)
        #expect(vendor.asked.isEmpty, "not even the address reaches it")
    }

    @Test(arguments: ["https://a.example/path", "ftp://a.example", "a.example", "https://u@a.example", "https://"])
    func `an origin is a scheme, a host and a port`(text: String) {
        #expect(Origin(text) == nil)
    }
}
