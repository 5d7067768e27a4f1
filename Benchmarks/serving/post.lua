-- Posts one image as the form field "image", again and again. Arguments: the image's path.
local post_form = dofile((debug.getinfo(1, "S").source:match("@?(.*/)") or "") .. "form.lua")

function init(args)
    post_form(args[1])
end

-- One line that a program reads: requests, microseconds, failures, then latency percentiles in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d\n",
        summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
