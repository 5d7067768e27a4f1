-- Posts one image as the form field "image", again and again, after a challenge on each connection. Arguments: the image's
-- path and the number of connections.
local challenges = 0
function init(args)
    local file = assert(io.open(args[1], "rb"))
    local image = file:read("*a")
    file:close()
    challenges = tonumber(args[2] or "0")
    local boundary = "adyton-benchmark-boundary-7f3a"
    wrk.method = "POST"
    wrk.path = "/evaluate"
    wrk.headers["Content-Type"] = "multipart/form-data; boundary=" .. boundary
    wrk.body = "--" .. boundary .. "\r\n"
        .. "Content-Disposition: form-data; name=\"image\"; filename=\"image.jpg\"\r\n"
        .. "Content-Type: image/jpeg\r\n\r\n" .. image .. "\r\n--" .. boundary .. "--\r\n"
end

function request()
    if challenges == 0 then return wrk.format() end
    challenges = challenges - 1
    return wrk.format("GET", "/.well-known/adyton/evidence?nonce=" .. string.rep("5a", 32), {}, "")
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50)))
end
