import Foundation
import TestSupport
import Testing

@testable import InferenceProtocol

@Suite struct InferenceRequestTests {
    private static let whole = """
        {"id": "42", "parameters": {"priority": 1, "half": 0.5, "binary_data_output": true, "note": "x"},
         "unknown": {"a": [1, {"b": null}]},
         "inputs": [{"name": "input", "shape": [2, 3], "datatype": "FP32", "data": [[1, 2.5, -3], [4e0, 5, 6]]}],
         "outputs": [{"name": "output", "parameters": {"classification": 5}}, {"name": "other"}]}
        """

    @Test func `reads a whole request`() throws {
        let request = try InferenceRequest(Array(Self.whole.utf8).span)
        #expect(request.id == "42")
        let parameters: [String: ParameterValue] = [
            "priority": .integer(1), "half": .number(0.5), "binary_data_output": .bool(true), "note": .text("x"),
        ]
        #expect(request.parameters == parameters)
        let input = try #require(request.inputs.first)
        #expect(input.name == "input" && input.datatype == .float32 && input.shape.sizes == [2, 3])
        #expect(input.data == .floats([1, 2.5, -3, 4, 5, 6]))
        #expect(request.outputs.map(\.name) == ["output", "other"])
        #expect(request.outputs[0].parameters == ["classification": .integer(5)])
    }

    @Test(arguments: [
        ("BOOL", "[true, false]", TensorData.booleans([true, false])),
        ("UINT8", "[0, 255]", .unsigned([0, 255])), ("UINT16", "[0, 1]", .unsigned([0, 1])),
        ("UINT32", "[0, 1]", .unsigned([0, 1])), ("UINT64", "[0, 18446744073709551615]", .unsigned([0, .max])),
        ("INT8", "[-128, 127]", .signed([-128, 127])), ("INT16", "[-1, 1]", .signed([-1, 1])),
        ("INT32", "[-1, 1]", .signed([-1, 1])), ("INT64", "[-9223372036854775808, 1]", .signed([.min, 1])),
        ("FP32", "[0.5, 1]", .floats([0.5, 1])), ("FP64", "[0.1, 1]", .doubles([0.1, 1])),
        ("BYTES", "[\"a\", \"\"]", .texts([[97], []])),
    ])
    func `reads every datatype, before or behind its shape`(name: String, data: String, expected: TensorData) throws {
        let fields = ["\"name\":\"x\"", "\"shape\":[2]", "\"datatype\":\"\(name)\"", "\"data\":\(data)"]
        for order in [fields, fields.reversed()] {
            let text = "{\"inputs\":[{\(order.joined(separator: ","))}]}"
            #expect(try InferenceRequest(Array(text.utf8).span).inputs.first?.data == expected)
        }
    }

    @Test(arguments: ["FP16", "BF16"])
    func `takes halves as bytes only`(name: String) throws {
        expect(.datatypeUnsupported, input("[1]", name, "\"data\":[1]"))
        let json = input("[1]", name, "\"parameters\":{\"binary_data_size\":2}")
        let request = try InferenceRequest(Array((json + "ab").utf8).span, headerLength: json.utf8.count)
        #expect(request.inputs.first?.data == .binary(json.utf8.count..<json.utf8.count + 2))
    }

    @Test(arguments: [
        ("[2,2]", "[1,2,3,4]"), ("[2,2]", "[[1,2],[3,4]]"), ("[1,2,2]", "[[[1,2],[3,4]]]"), ("[4]", "[1,2,3,4]"),
    ])
    func `takes nested and flat data`(shape: String, data: String) throws {
        let text = input(shape, "FP32", "\"data\":\(data)")
        #expect(try InferenceRequest(Array(text.utf8).span).inputs.first?.data == .floats([1, 2, 3, 4]))
    }

    @Test(arguments: [
        ("[2,2]", "[1,2,3]"), ("[2,2]", "[1,2,3,4,5]"), ("[2,2]", "[[1,2],[3]]"), ("[2,2]", "[[1,2,3],[4]]"),
        ("[2,2]", "[[1,2]]"), ("[2,2]", "[[1,2],[3,4],[5,6]]"), ("[2,2]", "[[1,2],3,4]"), ("[2,2]", "[1,[2,3],4]"),
        ("[2,2]", "[[[1],[2]],[[3],[4]]]"), ("[2,2,1]", "[[1,2],[3,4]]"), ("[4]", "[]"), ("[4]", "[[1,2,3,4]]"),
        ("[1]", "[1,[]]"), ("[2,2]", "[[],[]]"),
    ])
    func `refuses data that does not fill the shape`(shape: String, data: String) {
        expect(.dataCountDiffers, input(shape, "FP32", "\"data\":\(data)"))
    }

    @Test(arguments: [
        "[0]", "[-1]", "[9223372036854775807,9223372036854775807]", "[4294967296,4294967296]",
        "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[1099511627777]",
    ])
    func `refuses shapes that none has`(shape: String) {
        expect(.shapeInvalid, input(shape, "FP32", "\"data\":[1]"))
    }

    @Test func `does not make room for what a shape only claims`() throws {
        let before = try ResidentMemory.kilobytes()
        for _ in 0..<100 { expect(.dataCountDiffers, input("[1099511627776]", "FP64", "\"data\":[1]")) }
        #expect(try ResidentMemory.kilobytes() - before < 64 << 10)
    }

    @Test(arguments: [
        ("", OpenInferenceError.Code.headerLengthInvalid), ("[]", .jsonMalformed), ("{}", .fieldMissing),
        ("{\"inputs\":[]}", .fieldMissing), ("{\"inputs\":[{}]}", .fieldMissing), ("{\"inputs\":{}}", .jsonMalformed),
        ("{\"inputs\":[],\"inputs\":[]}", .fieldInvalid), ("{\"id\":7,\"inputs\":[]}", .jsonMalformed),
        ("{\"parameters\":{\"a\":[1]},\"inputs\":[]}", .parameterInvalid),
        ("{\"parameters\":{\"a\":null},\"inputs\":[]}", .parameterInvalid),
        ("{\"outputs\":[{}],\"inputs\":[]}", .fieldMissing), ("{\"inputs\":[]} x", .jsonMalformed),
    ])
    func `refuses what is no request`(text: String, code: OpenInferenceError.Code) {
        expect(code, text)
    }

    @Test func `refuses fields that are missing, doubled or of another kind`() {
        let data = "\"data\":[1]"
        expect(.datatypeUnknown, input("[1]", "FP31", data))
        expect(.dataMissing, input("[1]", "FP32", "\"x\":1"))
        expect(.fieldInvalid, input("[1]", "FP32", "\(data),\"data\":[1]"))
        expect(.fieldInvalid, input("[1]", "FP32", "\(data),\"shape\":[1]"))
        expect(.dataInvalid, input("[1]", "FP32", "\(data),\"parameters\":{\"binary_data_size\":4}"))
        expect(.shapeInvalid, input("[5000]", "BYTES", "\"data\":[\"a\"]"))
        let many = Array(repeating: "{\"name\":\"o\"}", count: 65).joined(separator: ",")
        expect(.tooManyTensors, "{\"outputs\":[\(many)]}")
        let names = (0..<65).map { "\"\($0)\":1" }.joined(separator: ",")
        expect(.parameterInvalid, "{\"parameters\":{\(names)}}")
    }

    @Test func `finds binary tensors in their order`() throws {
        let json = """
            {"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},
            {"name":"j","shape":[1],"datatype":"INT8","data":[1]},
            {"name":"b","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":9}}]}
            """
        var body = Array(json.utf8)
        BinaryTensor.append([1.5, -2], to: &body)
        BinaryTensor.append(strings: ["a", ""].map { Array(String($0).utf8) }, to: &body)
        let request = try InferenceRequest(body.span, headerLength: json.utf8.count)
        guard case .binary(let first) = request.inputs[0].data, case .binary(let second) = request.inputs[2].data else {
            Issue.record("not binary")
            return
        }
        #expect(BinaryTensor.floats(body.span.extracting(first)) == [1.5, -2])
        let elements = try BinaryTensor.elements(body.span.extracting(second), count: 2, subject: "b")
        #expect(elements == [4..<5, 9..<9])
        #expect(request.inputs[1].data == .signed([1]))
    }

    @Test(arguments: [3, 5, -1, 1 << 40, Int.max])
    func `refuses binary sizes that are not the shape's`(size: Int) {
        let json = input("[1]", "FP32", "\"parameters\":{\"binary_data_size\":\(size)}")
        expect(.binarySizeDiffers, json + "abcd", headerLength: json.utf8.count)
    }

    @Test func `refuses a body that is longer or shorter than it says`() {
        let json = input("[1]", "FP32", "\"parameters\":{\"binary_data_size\":4}")
        expect(.binarySizeDiffers, json + "abcde", headerLength: json.utf8.count)
        expect(.binarySizeDiffers, json + "abc", headerLength: json.utf8.count)
        for length in [-1, 0, json.utf8.count + 5, .max] {
            expect(.headerLengthInvalid, json + "abcd", headerLength: length)
        }
        expect(.jsonMalformed, json + "abcd", headerLength: json.utf8.count - 1)
    }

    @Test(arguments: [
        [UInt8](), [1, 0, 0], [1, 0, 0, 0], [255, 255, 255, 255, 1], [0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 65, 0],
    ])
    func `refuses elements that do not fill their bytes`(bytes: [UInt8]) {
        let error = #expect(throws: OpenInferenceError.self) {
            try BinaryTensor.elements(bytes.span, count: 1, subject: "x")
        }
        #expect(error?.code == .dataCountDiffers)
    }

    @Test func `survives a cut and a flipped byte at every place`() {
        let body = Array(Self.whole.utf8)
        for index in body.indices {
            var changed = body
            changed[index] ^= 0x15
            for candidate in [Array(body[..<index]), changed] {
                do {
                    _ = try InferenceRequest(candidate.span)
                } catch {
                    #expect(error.code.rawValue.hasPrefix("oip."))
                }
            }
        }
    }

    @Test func `takes a scalar, which is a list of one in JSON`() throws {
        let text = input("[]", "INT64", "\"data\":[16000]")
        let request = try InferenceRequest(Array(text.utf8).span)
        #expect(request.inputs[0].shape.sizes.isEmpty && request.inputs[0].shape.elementCount == 1)
        #expect(request.inputs[0].data == .signed([16000]))
        for data in ["[]", "[1,2]", "[[1]]", "[[]]"] {
            expect(.dataCountDiffers, input("[]", "INT64", "\"data\":\(data)"))
        }
    }

    @Test func `writes and reads back every type of a fixed width`() throws {
        let response = InferenceResponse(
            modelName: "m",
            modelVersion: "1",
            id: nil,
            outputs: [
                .init(name: "a", shape: [2], values: .raw([0xff, 0x7f], .int8)),
                .init(name: "b", shape: [1], values: .raw([0xfe, 0xff, 0xff, 0xff], .int32)),
                .init(name: "c", shape: [1], values: .raw([UInt8](repeating: 0xff, count: 8), .uint64)),
                .init(name: "d", shape: [1], values: .raw([0, 0, 0, 0, 0, 0, 0, 0x80], .int64)),
                .init(name: "e", shape: [2], values: .raw([1, 0], .bool)),
                .init(name: "f", shape: [1], values: .raw([0, 0, 0, 0, 0, 0, 0xf8, 0x3f], .float64)),
            ]
        )
        let text = String(decoding: try response.encoded().bytes, as: UTF8.self)
        for data in [
            "[-1,127]", "[-2]", "[18446744073709551615]", "[-9223372036854775808]", "[true,false]", "[1.5]",
        ] { #expect(text.contains("\"data\":\(data)"), "\(text)") }
    }

    @Test(arguments: [
        (InferenceResponse.Output.Values.raw([0, 0x3c], .float16), OpenInferenceError.Code.datatypeUnsupported),
        (.raw([0x80, 0x3f], .bfloat16), .datatypeUnsupported), (.strings([[0xff]]), .dataInvalid),
        (.raw([0, 0, 0, 0, 0, 0, 0xf8, 0x7f], .float64), .dataInvalid),
    ])
    func `writes as bytes alone what has no form in JSON`(
        values: InferenceResponse.Output.Values,
        code: OpenInferenceError.Code
    ) throws {
        let response = { (isBinary: Bool) in
            InferenceResponse(
                modelName: "m",
                modelVersion: "1",
                id: nil,
                outputs: [.init(name: "a", shape: [1], values: values, isBinary: isBinary)]
            )
        }
        #expect(#expect(throws: OpenInferenceError.self) { try response(false).encoded() }?.code == code)
        #expect(try response(true).encoded().headerLength != nil)
    }

    private func input(_ shape: String, _ datatype: String, _ rest: String) -> String {
        "{\"inputs\":[{\"name\":\"x\",\"shape\":\(shape),\"datatype\":\"\(datatype)\",\(rest)}]}"
    }

    private func expect(_ code: OpenInferenceError.Code, _ text: String, headerLength: Int? = nil) {
        let bytes = Array(text.utf8)
        let error = #expect(throws: OpenInferenceError.self) {
            try InferenceRequest(bytes.span, headerLength: headerLength)
        }
        #expect(error?.code == code, "\(text.prefix(80)): \(error?.subject ?? "")")
    }
}

@Suite struct InferenceResponseTests {
    private static let response = InferenceResponse(
        modelName: "m\"1\u{1}",
        modelVersion: "1",
        id: "é",
        parameters: ["agreed": .bool(true), "difference": .number(1e-7), "count": .integer(-3), "engine": .text("a")],
        outputs: [
            .init(name: "output", shape: [1, 3], values: .floats([0.1, -1e-7, 3])),
            .init(name: "classes", shape: [1, 1], values: .texts(["0.5:1:a/b"])),
        ]
    )

    @Test func `writes what Foundation reads`() throws {
        let (bytes, length) = try Self.response.encoded()
        #expect(length == nil)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(object["model_name"] as? String == "m\"1\u{1}")
        #expect(object["id"] as? String == "é")
        let parameters = try #require(object["parameters"] as? [String: Any])
        #expect(parameters["difference"] as? Double == 1e-7 && parameters["agreed"] as? Bool == true)
        let outputs = try #require(object["outputs"] as? [[String: Any]])
        #expect(outputs[0]["datatype"] as? String == "FP32")
        #expect((outputs[0]["data"] as? [Double])?.map { Float($0) } == [0.1, -1e-7, 3])
        #expect(outputs[1]["data"] as? [String] == ["0.5:1:a/b"])
    }

    @Test func `puts binary outputs behind the document in their order`() throws {
        let response = InferenceResponse(
            modelName: "m",
            modelVersion: "1",
            id: nil,
            outputs: [
                .init(name: "a", shape: [2], values: .floats([1, .infinity]), isBinary: true),
                .init(name: "b", shape: [1], values: .texts(["xy"]), isBinary: true),
            ]
        )
        let (bytes, length) = try response.encoded()
        let size = try #require(length)
        let text = String(decoding: bytes[..<size], as: UTF8.self)
        #expect(text.contains("\"parameters\":{\"binary_data_size\":8}"))
        #expect(Array(bytes[size...]) == [0, 0, 128, 63, 0, 0, 128, 127, 2, 0, 0, 0, 120, 121])
    }

    @Test func `refuses to write what JSON has no form for`() {
        let response = InferenceResponse(
            modelName: "m",
            modelVersion: "1",
            id: nil,
            outputs: [.init(name: "a", shape: [1], values: .floats([.nan]))]
        )
        let error = #expect(throws: OpenInferenceError.self) { try response.encoded() }
        #expect(error?.code == .dataInvalid)
    }
}
