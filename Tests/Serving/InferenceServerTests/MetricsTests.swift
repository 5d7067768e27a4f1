import Testing

@testable import InferenceServer

@Suite struct MetricsTests {
    @Test func `writes Prometheus's text form, whatever a label holds`() {
        var metrics = MetricsText()
        metrics.begin("a_total", .counter, "Help.")
        metrics.value("a_total", [("model", "a\"b\\c\nd"), ("version", "1")], "3")
        metrics.value("b", [], "0.5")
        #expect(
            metrics.text == "# HELP a_total Help.\n# TYPE a_total counter\n"
                + "a_total{model=\"a\\\"b\\\\c\\nd\",version=\"1\"} 3\nb 0.5\n"
        )
    }

    @Test func `counts each time in its bucket`() {
        let counters = RequestCounters()
        let kind = RequestCounters.Kind(route: "/a", method: "GET", status: 200)
        for time in [Duration.zero, .milliseconds(1), .microseconds(1001), .seconds(10), .seconds(11)] {
            counters.note(kind, after: time)
        }
        let times = counters.times
        #expect(times.map(\.route) == ["/a"])
        #expect(times[0].times.counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
        #expect(counters.requests.map(\.count) == [5])
    }

    @Test func `knows what the process takes`() throws {
        let usage = try #require(ProcessUsage.current)
        #expect(usage.residentBytes > 1 << 20)
        #expect(usage.processorSeconds > 0)
    }
}
