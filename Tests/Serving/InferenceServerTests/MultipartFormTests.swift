import HTTPTypes
import NIOCore
import Testing

@testable import InferenceServer

@Suite struct MultipartFormTests {
    private static let contentType = "multipart/form-data; boundary=XX"
    private static let body =
        "--XX\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
        + "pixels\r\n--X not the end\r\n--XX\r\ncontent-disposition: form-data; name=note\r\n\r\n\r\n--XX--\r\n"

    @Test func `finds the parts with their names, types and contents`() throws {
        let form = try MultipartForm(ByteBuffer(string: Self.body), contentType: Self.contentType)
        let image = try form.part(named: "image")
        #expect(image.fileName == "a.jpg")
        #expect(image.mediaType == "image/jpeg")
        #expect(String(buffer: image.content) == "pixels\r\n--X not the end")
        #expect(try form.part(named: "note").content.readableBytes == 0)
    }

    @Test(arguments: ["multipart/form-data; boundary=\"XX\"", "Multipart/Form-Data; charset=utf-8; BOUNDARY=XX"])
    func `reads the boundary in every spelling`(contentType: String) throws {
        #expect(try MultipartForm(ByteBuffer(string: Self.body), contentType: contentType).parts.count == 2)
    }

    @Test func `passes over what stands before the first boundary`() throws {
        let body = "a preamble\r\n" + Self.body + "an epilogue"
        #expect(try MultipartForm(ByteBuffer(string: body), contentType: Self.contentType).parts.count == 2)
    }

    @Test(arguments: [nil, "text/plain", "multipart/mixed; boundary=XX"])
    func `refuses another content type`(contentType: String?) {
        expect(.notMultipart, "--XX--", contentType)
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\(String(repeating: "x", count: 71))", "multipart/form-data; boundary=ä",
    ])
    func `refuses a boundary that cannot be one`(contentType: String) {
        expect(.boundaryInvalid, "--XX--", contentType)
    }

    @Test(arguments: [
        "", "no boundary at all", "--XX", "--XXgarbage\r\n", "--XX\r\n",
        "--XX\r\nContent-Disposition: form-data\r\n\r\nx",
        "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--", "--XX\r\nno colon\r\n\r\nx\r\n--XX--",
        "--XX\r\n\r\nno name\r\n--XX--", "--XX\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\nx\r\n--XX--",
    ])
    func `refuses a body whose parts cannot be told apart`(body: String) {
        expect(.formMalformed, body, Self.contentType)
    }

    @Test func `refuses more parts than any form has`() {
        let part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        expect(.formMalformed, String(repeating: part, count: 65) + "--XX--", Self.contentType)
    }

    @Test func `wants the field once`() throws {
        let part = "--XX\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nx\r\n"
        let twice = try MultipartForm(ByteBuffer(string: part + part + "--XX--"), contentType: Self.contentType)
        #expect(throws: ServiceError(.fieldRepeated)) { try twice.part(named: "image") }
        #expect(throws: ServiceError(.fieldMissing)) { try twice.part(named: "other") }
    }

    @Test func `survives a cut and a flipped byte at every place`() {
        let body = Array(Self.body.utf8)
        for index in body.indices {
            var changed = body
            changed[index] ^= 0x0d
            for candidate in [Array(body[..<index]), changed] {
                do {
                    _ = try MultipartForm(ByteBuffer(bytes: candidate), contentType: Self.contentType)
                } catch {
                    #expect(error.status == .badRequest)
                }
            }
        }
    }

    private func expect(_ code: ServiceError.Code, _ body: String, _ contentType: String?) {
        let error = #expect(throws: ServiceError.self) {
            try MultipartForm(ByteBuffer(string: body), contentType: contentType)
        }
        #expect(error?.code == code)
    }
}

@Suite struct ParameterisedHeaderTests {
    @Test func `keeps semicolons, quotes and backslashes inside quotes`() {
        let header = ParameterisedHeader(#"form-data; name="a;b"; filename="C:\dir\"x\\y.jpg" ; Name=late"#)
        #expect(header.value == "form-data")
        #expect(header.parameters == ["name": "a;b", "filename": #"C:\dir"x\y.jpg"#])
    }

    @Test(arguments: ["", ";", ";;=", "=x", "\"", "a; b", "a; \"=\"\u{301}x"])
    func `takes anything without a crash`(text: String) {
        #expect(ParameterisedHeader(text).parameters.count <= 1)
    }
}
