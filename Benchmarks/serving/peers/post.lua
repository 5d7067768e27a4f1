-- Posts one prepared request again and again. Arguments: path, body's file, then header names and values in turn.
function init(args)
    local file = assert(io.open(args[2], "rb"))
    wrk.method = "POST"
    wrk.path = args[1]
    wrk.body = file:read("*a")
    file:close()
    for index = 3, #args - 1, 2 do
        wrk.headers[args[index]] = args[index + 1]
    end
end

-- One line that a program reads: requests, microseconds, failures, then latency percentiles in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d\n",
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
