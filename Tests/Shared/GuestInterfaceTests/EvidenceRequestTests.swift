import GuestInterface
import Testing

@Suite("Requests for evidence, and their answers")
struct EvidenceRequestTests {
    private static let requests: [EvidenceRequest] = [
        .evidence(reportData: Array(0..<64)),
        .sealingKey(label: "disk", binding: .package), .sealingKey(label: "schlüssel", binding: .signer),
        .platform,
        .activateCredential(blob: [1, 2, 3], secret: [UInt8](repeating: 7, count: 300)),
    ]

    private func frame(_ bytes: [UInt8], maximum: Int = BrokerFrame.maximumRequestLength) throws -> BrokerFrame {
        var received = bytes
        let frame = try #require(try BrokerFrame.next(from: &received, maximum: maximum))
        #expect(received.isEmpty)
        return frame
    }

    @Test(arguments: requests)
    func `a request is read as it was written, and cut anywhere it is not whole`(request: EvidenceRequest) throws {
        let bytes = request.bytes
        #expect(try EvidenceRequest(frame(bytes)) == request)
        for length in bytes.indices {
            var received = Array(bytes[..<length])
            #expect(try BrokerFrame.next(from: &received, maximum: BrokerFrame.maximumRequestLength) == nil)
            #expect(received.count == length)
        }
    }

    @Test(arguments: requests)
    func `a payload that lacks a byte or has one more is refused`(request: EvidenceRequest) throws {
        let whole = try frame(request.bytes)
        #expect(throws: BrokerFailure.malformed) {
            try EvidenceRequest(BrokerFrame(code: whole.code, payload: whole.payload + [0]))
        }
        for length in whole.payload.indices {
            #expect(throws: BrokerFailure.malformed) {
                try EvidenceRequest(BrokerFrame(code: whole.code, payload: Array(whole.payload[..<length])))
            }
        }
    }

    @Test func `a frame's first bytes tell what is none`() throws {
        let bytes = EvidenceRequest.platform.bytes
        for index in 0..<6 {
            var changed = Array(bytes[...index])
            changed[index] ^= 0x20
            #expect(throws: BrokerFailure.malformed) {
                try BrokerFrame.next(from: &changed, maximum: BrokerFrame.maximumRequestLength)
            }
        }
    }

    @Test func `a length above the bound is refused before anything of it came`() throws {
        for maximum in [BrokerFrame.maximumRequestLength, BrokerFrame.maximumResponseLength] {
            var head = EvidenceRequest.platform.bytes
            head.replaceSubrange(8..., with: [0xff, 0xff, 0xff, 0xff])
            #expect(throws: BrokerFailure.malformed) { try BrokerFrame.next(from: &head, maximum: maximum) }
            let longer = UInt32(maximum + 1)
            head.replaceSubrange(8..., with: (0..<4).map { UInt8(truncatingIfNeeded: longer >> (8 * $0)) })
            #expect(throws: BrokerFailure.malformed) { try BrokerFrame.next(from: &head, maximum: maximum) }
        }
    }

    @Test func `a request that nobody knows, an empty label or one too long, a binding that is none are refused`() {
        #expect(throws: BrokerFailure.requestUnknown) { try EvidenceRequest(BrokerFrame(code: 9, payload: [])) }
        for payload in [
            [1, 0], [3, 1, 65], [1, 1, 0], [1, 129] + [UInt8](repeating: 65, count: 129), [1, 1, 0xff],
        ] {
            #expect(throws: BrokerFailure.malformed) { try EvidenceRequest(BrokerFrame(code: 2, payload: payload)) }
        }
    }

    @Test func `answers are read as they were written`() throws {
        let evidence = EvidenceRequest.evidence(reportData: Array(0..<64))
        let parts = [
            EvidenceResponse.Part(name: "attest", bytes: [1, 2, 3]),
            EvidenceResponse.Part(name: "event_log", bytes: []),
        ]
        for (answer, request) in [
            (EvidenceResponse.evidence(kind: "vtpm", parts: parts), evidence),
            (.sealingKey([UInt8](repeating: 9, count: 32)), .sealingKey(label: "a", binding: .package)),
            (.platform("snp"), .platform), (.secret([5, 6]), .activateCredential(blob: [], secret: [])),
            (.failure(.busy), .platform),
        ] {
            let whole = try frame(answer.bytes, maximum: BrokerFrame.maximumResponseLength)
            #expect(try EvidenceResponse(whole, to: request) == answer)
        }
    }

    @Test func `an answer that is cut, names a part twice, or has an unknown code is refused`() throws {
        let request = EvidenceRequest.evidence(reportData: Array(0..<64))
        let part = EvidenceResponse.Part(name: "report", bytes: [1, 2])
        let whole = try frame(EvidenceResponse.evidence(kind: "snp", parts: [part]).bytes)
        for length in whole.payload.indices {
            #expect(throws: BrokerFailure.malformed) {
                try EvidenceResponse(BrokerFrame(code: 0, payload: Array(whole.payload[..<length])), to: request)
            }
        }
        let twice = try frame(EvidenceResponse.evidence(kind: "snp", parts: [part, part]).bytes)
        #expect(throws: BrokerFailure.malformed) { try EvidenceResponse(twice, to: request) }
        #expect(throws: BrokerFailure.malformed) {
            try EvidenceResponse(BrokerFrame(code: 999, payload: []), to: request)
        }
        #expect(throws: BrokerFailure.malformed) {
            try EvidenceResponse(BrokerFrame(code: 0, payload: [1, 2]), to: .sealingKey(label: "a", binding: .package))
        }
    }

    @Test func `an answer that is longer than any is a refusal`() throws {
        let part = EvidenceResponse.Part(
            name: "event_log",
            bytes: [UInt8](repeating: 0, count: BrokerFrame.maximumResponseLength)
        )
        let response = EvidenceResponse.evidence(kind: "vtpm", parts: [part])
        #expect(response.bytes == EvidenceResponse.failure(.tooLarge).bytes)
    }

    @Test func `failures have names and sentences of their own`() {
        let all = BrokerFailure.allCases
        #expect(Set(all.map(\.code)).count == all.count)
        #expect(Set(all.map(\.meaning)).count == all.count)
        #expect(all.allSatisfy { $0.code.hasPrefix("broker.") && $0.meaning.hasSuffix(".") })
    }
}
