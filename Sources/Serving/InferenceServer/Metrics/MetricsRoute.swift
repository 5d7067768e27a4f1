import AttestedTransport
import Hummingbird
import ModelRuntime

/// `GET /metrics`: the metrics for Prometheus, under Triton's names where the meaning is the same.
struct MetricsRoute {
    let service: InferenceService
    let counters: RequestCounters
    let connections: ConnectionPlaces

    func add(to router: Router<ServerContext>) {
        router.get("/metrics") { _, _ in
            Response.text(text(), mediaType: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    private func text() -> String {
        var metrics = MetricsText()
        addModels(to: &metrics)
        addRequests(to: &metrics)
        addProcess(to: &metrics)
        return metrics.text
    }

    private func addModels(to metrics: inout MetricsText) {
        let models = service.host.repository.readyModels.map { model in
            (labels: [("model", model.name), ("version", model.version)], counts: model.statistics.snapshot)
        }
        let add = {
            (metrics: inout MetricsText, name: String, help: String, value: (ModelStatistics.Snapshot) -> UInt64) in
            metrics.begin(name, .counter, help)
            for model in models { metrics.value(name, model.labels, "\(value(model.counts))") }
        }
        add(&metrics, "nv_inference_request_success", "Requests that were answered.") { $0.success.count }
        metrics.begin("nv_inference_request_failure", .counter, "Requests that were not, by the reason.")
        for model in models {
            for (reason, count) in model.counts.failures {
                metrics.value("nv_inference_request_failure", model.labels + [("reason", reason)], "\(count)")
            }
        }
        add(&metrics, "nv_inference_count", "Images or rows that were computed.") { $0.inferenceCount }
        add(&metrics, "nv_inference_exec_count", "Runs of the engines; a batch counts once.") { $0.executionCount }
        let times: [(String, String, (ModelStatistics.Snapshot) -> ModelStatistics.Total)] = [
            ("request", "Time of answered requests", \.success), ("queue", "Time that they waited", \.queue),
            ("compute_input", "Time of decoding and gathering", \.computeInput),
            ("compute_infer", "Time of the engines", \.computeInfer),
            ("compute_output", "Time of comparing and handing out", \.computeOutput),
        ]
        for (name, help, total) in times {
            add(&metrics, "nv_inference_\(name)_duration_us", "\(help), in microseconds.") {
                total($0).nanoseconds / 1000
            }
        }
        metrics.begin("nv_inference_pending_request_count", .gauge, "Requests that are under way.")
        for model in models {
            metrics.value("nv_inference_pending_request_count", model.labels, "\(model.counts.pending)")
        }
        metrics.begin("adyton_model_ready", .gauge, "Whether a version may be asked.")
        for state in service.host.repository.index() {
            let labels = [("model", state.name), ("version", state.version)]
            metrics.value("adyton_model_ready", labels, state.readiness == .ready ? "1" : "0")
        }
    }

    private func addRequests(to metrics: inout MetricsText) {
        metrics.begin("adyton_http_requests_total", .counter, "HTTP requests that were answered.")
        for (kind, count) in counters.requests {
            let labels = [("route", kind.route), ("method", kind.method), ("status", "\(kind.status)")]
            metrics.value("adyton_http_requests_total", labels, "\(count)")
        }
        let name = "adyton_http_request_duration_seconds"
        metrics.begin(name, .histogram, "Time from a request's head to its answer.")
        for (route, times) in counters.times {
            var sum: UInt64 = 0
            let bounds = RequestCounters.Times.bounds.map { "\($0)" } + ["+Inf"]
            for (bound, count) in zip(bounds, times.counts) {
                sum += count
                metrics.value("\(name)_bucket", [("route", route), ("le", bound)], "\(sum)")
            }
            metrics.value("\(name)_sum", [("route", route)], "\(times.seconds)")
            metrics.value("\(name)_count", [("route", route)], "\(sum)")
        }
        metrics.begin("adyton_body_bytes", .gauge, "Bytes of requests' bodies that are held.")
        metrics.value("adyton_body_bytes", [], "\(service.bodies.count)")
        metrics.begin("adyton_requests_under_way", .gauge, "Requests to models that hold a place.")
        metrics.value("adyton_requests_under_way", [], "\(service.limiter.count)")
        metrics.begin("adyton_connections", .gauge, "Open HTTP connections.")
        metrics.value("adyton_connections", [], "\(connections.count)")
    }

    private func addProcess(to metrics: inout MetricsText) {
        guard let process = ProcessUsage.current else { return }
        metrics.begin("process_resident_memory_bytes", .gauge, "Memory of the process.")
        metrics.value("process_resident_memory_bytes", [], "\(process.residentBytes)")
        metrics.begin("process_cpu_seconds_total", .counter, "Processor time of the process.")
        metrics.value("process_cpu_seconds_total", [], "\(process.processorSeconds)")
    }
}

extension ModelStatistics.Snapshot {
    /// The failures by Triton's reasons.
    fileprivate var failures: [(reason: String, count: UInt64)] {
        let known = rejected + cancelled + engineFailures
        return [
            ("REJECTED", rejected), ("CANCELED", cancelled), ("BACKEND", engineFailures),
            ("OTHER", fail.count > known ? fail.count - known : 0),
        ]
    }
}
