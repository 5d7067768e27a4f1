-- Posts one image as the form field "image", again and again, after a challenge on each connection. Arguments: the image's
-- path and the number of connections.
local post_form = dofile((debug.getinfo(1, "S").source:match("@?(.*/)") or "") .. "../serving/form.lua")
local challenges = 0
function init(args)
    post_form(args[1])
    challenges = tonumber(args[2] or "0")
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
