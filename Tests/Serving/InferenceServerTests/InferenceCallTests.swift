import Diagnostics
import Foundation
import Inference
import InferenceProtocol
import ModelRuntime
import NIOCore
import Testing

@testable import InferenceServer

@Suite struct InferenceCallTests {
    private static let input = TensorDescription(name: "input", dataType: .float32, shape: [-1, 2])

    @Test(
        arguments: [
            (nil, false, 100, true), (0, false, 100, false), (0, false, 2 << 20, true), (200, false, 1 << 20, false),
            (1 << 20, false, 1 << 20, true), (nil, true, 8 << 20, false),
        ] as [(Int?, Bool, Int, Bool)]
    )
    func `knows from the head what takes long`(headerLength: Int?, isImage: Bool, size: Int, isLong: Bool) {
        #expect(RequestBodyKind(headerLength: headerLength, isImage: isImage).isLong(of: size) == isLong)
    }

    @Test func `takes a raw body as rows of the one input`() throws {
        let body = ByteBuffer(bytes: [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64])
        let call = try Self.call(body, RequestBodyKind(headerLength: 0, isImage: false))
        #expect(call.inputs[0].name == "input" && call.inputs[0].shape.sizes == [2, 2])
        guard case .floats(let numbers) = call.inputs[0].content else {
            Issue.record("no numbers")
            return
        }
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test(arguments: [0, 1, 7, 9, 12])
    func `refuses a raw body that is no whole number of rows`(size: Int) {
        let error = #expect(throws: OpenInferenceError.self) {
            try Self.call(ByteBuffer(repeating: 0, count: size), RequestBodyKind(headerLength: 0, isImage: false))
        }
        #expect(error?.code == .binarySizeDiffers)
    }

    @Test func `takes a raw image with or without the header`() throws {
        for length in [0, nil] {
            let call = try Self.call(ByteBuffer(string: "pixels"), RequestBodyKind(headerLength: length, isImage: true))
            #expect(try Self.images(call).map { String(decoding: $0, as: UTF8.self) } == ["pixels"])
        }
    }

    @Test func `finds binary images in the body, also behind a moved reader`() throws {
        let json = #"""
            {"inputs":[{"name":"input","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}
            """#
        var body = ByteBuffer(string: "xx" + json)
        body.writeBytes([2, 0, 0, 0, 65, 66, 1, 0, 0, 0, 67])
        body.moveReaderIndex(forwardBy: 2)
        let call = try Self.call(body, RequestBodyKind(headerLength: json.utf8.count, isImage: false))
        #expect(try Self.images(call) == [[65, 66], [67]])
    }

    @Test func `resolves base64 where the parameter says so, and refuses what is none`() throws {
        let json = { (data: String) in
            #"""
            {"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","parameters":{"content_type":"base64"},
            "data":["\#(data)"]}]}
            """#
        }
        let head = RequestBodyKind(headerLength: nil, isImage: false)
        #expect(try Self.images(try Self.call(ByteBuffer(string: json("QUI=")), head)) == [[65, 66]])
        let error = #expect(throws: OpenInferenceError.self) {
            try Self.call(ByteBuffer(string: json("QU!")), head)
        }
        #expect(error?.code == .dataInvalid)
    }

    @Test(arguments: [
        ("/9j/4AAQSkZJRg", "JPEG"), ("iVBORw0KGgoAAAAN", "PNG"), (" \n/9j/4AAQ", "JPEG"),
        ("data:image/png;base64,iVBORw0KGgoAAAAN", "PNG"), ("data:text/plain,hello", nil), ("/9k", nil), ("", nil),
    ])
    func `recognises an image in base64`(text: String, format: String?) {
        #expect(EncodedText.imageFormat(of: Data(text.utf8)) == format)
    }

    @Test func `reads priority, timeout and engines`() throws {
        let options = try Self.options([
            "priority": .integer(1), "timeout": .integer(1000), "adyton_engines": .text("torch,onnx"),
        ])
        #expect(options.priority == 1)
        #expect(options.engines == [.onnx, .torch])
        #expect(options.deadline?.limit == .milliseconds(1))
        let usual = try Self.options(["priority": .integer(0), "timeout": .integer(0)])
        #expect(usual.priority == InferenceOptions.usualPriority)
        #expect(usual.deadline?.limit == .seconds(60))
        #expect(try Self.options(["priority": .integer(4_000_000_000)]).priority == 8)
    }

    @Test(arguments: [
        ["priority": ParameterValue.integer(-1)], ["priority": .text("1")], ["timeout": .integer(-1)],
        ["timeout": .number(0.5)], ["adyton_engines": .text("")], ["adyton_engines": .text("onnx,none")],
        ["adyton_engines": .bool(true)],
    ])
    func `refuses parameters that make no sense`(parameters: [String: ParameterValue]) {
        let error = #expect(throws: OpenInferenceError.self) { try Self.options(parameters) }
        #expect(error?.code == .parameterInvalid)
    }

    private static func call(_ body: ByteBuffer, _ head: RequestBodyKind) throws(OpenInferenceError) -> InferenceCall {
        try InferenceCall(body, head: head, modelName: "m", modelVersion: nil, input: input)
    }

    private static func images(_ call: InferenceCall) throws -> [[UInt8]] {
        guard case .strings(let images) = call.inputs[0].content else { return [] }
        // The bytes are copied within the call.
        return images.map { image in unsafe image.withUnsafeBytes { unsafe Array($0) } }
    }

    private static func options(_ parameters: [String: ParameterValue]) throws -> InferenceOptions {
        let call = InferenceCall(
            modelName: "m",
            modelVersion: nil,
            id: nil,
            parameters: parameters,
            inputs: [],
            outputs: []
        )
        return try call.options(by: Deadline(in: .seconds(60)))
    }
}
