import Foundation
import InferenceClient
import InferenceProtocol
import Testing

@Suite struct InferenceClientTests {
    private static let answer = """
        {"model":{"name":"m","version":"1","digest":"00"},"engines":[{"name":"E","version":"2","top":[{"label":"cat",\
        "index":0,"probability":0.5}]}],"timings":{"preparation":1,"inference":2,"engines":{"E":2},"batchSize":1}}
        """

    @Test func `reads an answer, and uses the connection again`() async throws {
        let server = try ScriptedServer(response(200, Self.answer))
        let client = try server.client()
        for _ in 0..<3 {
            let evaluation = try await client.evaluate(.init(bytes: [1, 2, 3], name: "private name.JPG"))
            #expect(evaluation.engines.first?.top.first?.label == "cat")
        }
        #expect(server.connectionCount == 1)
        await client.close()
    }

    @Test func `tells the server no file name but its ending`() async throws {
        let server = try ScriptedServer(response(200, Self.answer))
        let client = try server.client()
        _ = try await client.evaluate(.init(bytes: Array("content".utf8), name: "my secret \"holiday\".JPG"))
        let seen = server.received
        #expect(seen.contains("filename=\"image.jpg\""))
        #expect(seen.contains("content"))
        #expect(!seen.contains("secret"))
        await client.close()
    }

    @Test func `gives the server's own code and sentence`() async throws {
        let server = try ScriptedServer(response(400, #"{"code":"image.empty","error":"The image has no bytes."}"#))
        let client = try server.client()
        let error = await #expect(throws: ClientError.self) { try await client.evaluate(.init(bytes: [], name: "a")) }
        #expect(error?.code == .refused)
        #expect(error?.serverCode == "image.empty")
        await client.close()
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nnot json!", "HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\n{}",
        "SSH-2.0-OpenSSH_9\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + String(repeating: "x", count: 5 << 20),
    ])
    func `refuses an answer that is not one`(response: String) async throws {
        let server = try ScriptedServer(response)
        let client = try server.client()
        let error = await #expect(throws: ClientError.self) { try await client.evaluate(.init(bytes: [1], name: "a")) }
        #expect(error?.code == .answerInvalid)
        await client.close()
    }

    @Test func `fails where the server closes in the middle of an answer`() async throws {
        let server = try ScriptedServer("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", closesAfterResponse: true)
        let client = try server.client()
        let error = await #expect(throws: ClientError.self) { try await client.evaluate(.init(bytes: [1], name: "a")) }
        #expect([.connectionFailed, .answerInvalid].contains(error?.code))
        await client.close()
    }

    @Test func `opens another connection where the server closed the kept one`() async throws {
        let server = try ScriptedServer(response(200, Self.answer), closesAfterResponse: true)
        let client = try server.client()
        for _ in 0..<3 {
            _ = try await client.evaluate(.init(bytes: [1], name: "a"))
        }
        #expect(server.connectionCount == 3)
        await client.close()
    }

    @Test func `does not wait for ever`() async throws {
        let server = try ScriptedServer("")
        let client = try server.client(answerWithin: .milliseconds(100))
        let error = await #expect(throws: ClientError.self) { try await client.evaluate(.init(bytes: [1], name: "a")) }
        #expect(error?.code == .timedOut)
        await client.close()
    }

    @Test func `says that nobody listens`() async throws {
        // Port 1 of the loopback interface: nothing that listens for users is there.
        let client = try InferenceClient(insecurePlaintext: ServerAddress("http://127.0.0.1:1"))
        let error = await #expect(throws: ClientError.self) { try await client.readiness() }
        #expect(error?.code == .connectionFailed)
        await #expect(throws: ClientError.self) { try await client.waitUntilReady(atMost: .milliseconds(10)) }
    }

    @Test func `stops waiting for a server that cannot become ready`() async throws {
        let server = try ScriptedServer(response(503, #"{"ready":false,"code":"pack.file-changed"}"#))
        let client = try server.client()
        let error = await #expect(throws: ClientError.self) { try await client.waitUntilReady(atMost: .seconds(60)) }
        #expect(error?.code == .notReady)
        #expect(error?.found == "pack.file-changed")
        await client.close()
    }

    private func response(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) X\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
