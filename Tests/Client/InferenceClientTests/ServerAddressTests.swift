import InferenceClient
import Testing

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("http://localhost", "localhost", 80), ("http://127.0.0.1:8000/", "127.0.0.1", 8000),
        ("http://[::1]:9", "::1", 9), ("http://[::1]", "::1", 80), ("https://a", "a", 443),
        ("https://[::1]:9/", "::1", 9),
    ])
    func `reads a host and a port`(text: String, host: String, port: Int) throws {
        let address = try ServerAddress(text)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(try ServerAddress("\(address)") == address)
    }

    @Test(arguments: [
        "", "localhost", "ftp://localhost", "https://", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:b",
        "http://a/path", "http://user@a", "http://[::1", "http://[::1]x", "http://a b", "http://a?b",
    ])
    func `refuses anything else`(text: String) {
        let error = #expect(throws: ClientError.self) { try ServerAddress(text) }
        #expect(error?.code == .addressInvalid)
    }
}
