/// Spans in OpenTelemetry's JSON (OTLP 1.x, `ExportTraceServiceRequest`).
struct TraceDocument: Encodable {
    struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    struct Resource: Encodable {
        let attributes: [Attribute]
    }

    struct ScopeSpans: Encodable {
        let scope = ["name": "adyton"]
        let spans: [OneSpan]
    }

    struct Attribute: Encodable {
        let key: String
        let value: [String: String]
    }

    struct OneSpan: Encodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let status: [String: Int]
    }

    let resourceSpans: [ResourceSpans]

    init(_ spans: [TraceSpan]) {
        let resource = Resource(attributes: Self.attributes(["service.name": "adyton"]))
        let spans = spans.map { span in
            OneSpan(
                traceId: span.traceID,
                spanId: span.spanID,
                parentSpanId: span.parentID,
                name: span.name,
                // SPAN_KIND_SERVER and SPAN_KIND_INTERNAL.
                kind: span.isServer ? 2 : 1,
                startTimeUnixNano: Self.nanoseconds(span.start),
                endTimeUnixNano: Self.nanoseconds(span.end),
                attributes: Self.attributes(span.attributes),
                status: span.failed ? ["code": 2] : [:]
            )
        }
        resourceSpans = [ResourceSpans(resource: resource, scopeSpans: [ScopeSpans(spans: spans)])]
    }

    private static func attributes(_ values: [String: String]) -> [Attribute] {
        values.sorted { $0.key < $1.key }.map { key, value in
            Int(value) == nil || key != "http.response.status_code"
                ? Attribute(key: key, value: ["stringValue": value]) : Attribute(key: key, value: ["intValue": value])
        }
    }

    private static func nanoseconds(_ seconds: Double) -> String {
        "\(UInt64(max(0, seconds) * 1e6) * 1000)"
    }
}
