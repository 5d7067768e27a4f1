import AsyncHTTPClient
import Attestation
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

@testable import VendorServices

/// Services behind an HTTP proxy, as in many networks of companies.
@Suite struct ProxyTests {
    private static let request = EndorsementRequest(
        name: "chain",
        url: "https://kdsintf.amd.com/vcek/v1/Turin/cert_chain",
        maximumAgeInDays: nil
    )
    private static let openssl = OutsideTool(named: "openssl")

    /// A vendor's service under a certificate of the test's own, and the proxy before it.
    private struct Network {
        let vendor: LocalVendor
        let proxy: LocalProxy
        let roots: NIOSSLTrustRoots

        init(refusing: Bool = false) async throws {
            let folder = try TemporaryFolder()
            let (key, certificate) = (folder.url.appending(path: "k").path, folder.url.appending(path: "c").path)
            let made = try await #require(ProxyTests.openssl).run([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", certificate, "-days", "2", "-subj", "/CN=kdsintf.amd.com",
                "-addext", "subjectAltName=DNS:kdsintf.amd.com",
            ])
            try #require(made.status == 0)
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            )
            vendor = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [.init(body: [1, 2, 3])]], tls: tls)
            proxy = try await LocalProxy(to: refusing ? nil : vendor.port)
            roots = .certificates(chain)
        }

        func service(roots: NIOSSLTrustRoots? = nil) -> VendorService {
            VendorService(
                timeout: .seconds(60),
                environment: ["HTTPS_PROXY": "http://user:pass%20word@127.0.0.1:\(proxy.port)"],
                trustRoots: roots ?? self.roots
            )
        }
    }

    @Test(.enabled(if: openssl != nil || OutsideTool.isRequired, "openssl is not installed"))
    func `fetches a document through a tunnel of the proxy`() async throws {
        let network = try await Network()
        #expect(try await network.service().document(for: Self.request) == [1, 2, 3])
        let head = try #require(network.proxy.heads.first)
        #expect(head.uri == "kdsintf.amd.com:443" && head.method == .CONNECT)
        let credentials = Data("user:pass word".utf8).base64EncodedString()
        #expect(head.headers["proxy-authorization"] == ["Basic \(credentials)"])
        #expect(network.vendor.asked == ["/vcek/v1/Turin/cert_chain"])
    }

    @Test(.enabled(if: openssl != nil || OutsideTool.isRequired, "openssl is not installed"))
    func `refuses a certificate behind the proxy that the system does not trust`() async throws {
        let network = try await Network()
        let service = network.service(roots: .default)
        let error = await #expect(throws: VendorServiceError.self) { _ = try await service.document(for: Self.request) }
        #expect(error?.code == .connectionFailed)
        #expect(network.proxy.heads.count == 1)
        #expect(network.vendor.asked.isEmpty)
    }

    @Test(.enabled(if: openssl != nil || OutsideTool.isRequired, "openssl is not installed"))
    func `calls a proxy that refuses a failed connection`() async throws {
        let network = try await Network(refusing: true)
        let service = network.service()
        let error = await #expect(throws: VendorServiceError.self) { _ = try await service.document(for: Self.request) }
        #expect(error?.code == .connectionFailed)
        #expect(network.vendor.asked.isEmpty)
    }

    @Test(.enabled(if: openssl != nil || OutsideTool.isRequired, "openssl is not installed"))
    func `connects to a mirror without TLS directly`() async throws {
        let network = try await Network()
        let mirror = try await LocalVendor(["/vcek/v1/Turin/cert_chain": [.init(body: [4])]])
        let service = VendorService(
            mirrors: [
                try #require(Origin("https://kdsintf.amd.com")): try #require(Origin("http://127.0.0.1:\(mirror.port)"))
            ],
            environment: ["https_proxy": "127.0.0.1:\(network.proxy.port)"]
        )
        #expect(try await service.document(for: Self.request) == [4])
        #expect(network.proxy.heads.isEmpty)
    }

    @Test(
        arguments: [
            ("", true), ("kdsintf.amd.com", false), ("amd.com", false), (".amd.com", false), ("AMD.com", false),
            ("md.com", true), ("kdsintf.amd.com:443", false), ("kdsintf.amd.com:8443", true),
            ("a.example, amd.com", false),
            ("*", false), ("other.example,127.0.0.1", true), (",", true),
        ]
    )
    func `takes no proxy for the hosts of NO_PROXY`(list: String, hasProxy: Bool) throws {
        let settings = try ProxySettings(environment: ["HTTPS_PROXY": "proxy.example:3128", "NO_PROXY": list])
        let proxy = settings.proxy(for: try #require(Origin("https://kdsintf.amd.com")))
        #expect((proxy != nil) == hasProxy)
        #expect(proxy.map { "\($0.host):\($0.port)" } ?? "proxy.example:3128" == "proxy.example:3128")
    }

    @Test func `takes the lower-case name first, and no proxy without a name`() throws {
        let origin = try #require(Origin("https://kdsintf.amd.com"))
        let both = try ProxySettings(environment: ["HTTPS_PROXY": "a.example", "https_proxy": "http://b.example:8080/"])
        #expect(both.proxy(for: origin)?.host == "b.example")
        #expect(both.proxy(for: origin)?.port == 8080)
        #expect(try ProxySettings(environment: ["HTTPS_PROXY": "", "http_proxy": "c"]).proxy(for: origin) == nil)
        for text in ["https://localhost", "https://127.0.0.1:8443", "https://[::1]", "http://kdsintf.amd.com"] {
            #expect(both.proxy(for: try #require(Origin(text))) == nil, "\(text)")
        }
    }

    @Test(arguments: ["socks5://a", "https://a:1", "http://", "http://a:0", "http://a:99999", "http://a/path", "a b"])
    func `refuses a proxy of another kind, without repeating it`(text: String) {
        let error = #expect(throws: VendorServiceError.self) { try ProxySettings(environment: ["HTTPS_PROXY": text]) }
        #expect(error?.code == .addressInvalid && error?.subject == "HTTPS_PROXY" && error?.found == nil)
    }
}
