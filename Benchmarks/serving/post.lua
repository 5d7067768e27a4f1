-- Posts one image as the form field "image", again and again. Arguments: the image's path.
function init(args)
    local file = assert(io.open(args[1], "rb"))
    local image = file:read("*a")
    file:close()
    local boundary = "adyton-benchmark-boundary-7f3a"
    wrk.method = "POST"
    wrk.path = "/evaluate"
    wrk.headers["Content-Type"] = "multipart/form-data; boundary=" .. boundary
    wrk.body = "--" .. boundary .. "\r\n"
        .. "Content-Disposition: form-data; name=\"image\"; filename=\"image.jpg\"\r\n"
        .. "Content-Type: image/jpeg\r\n\r\n" .. image .. "\r\n--" .. boundary .. "--\r\n"
end

-- One line that a program reads: requests, microseconds, failures, then latency percentiles in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d\n",
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
