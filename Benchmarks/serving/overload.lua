-- Posts one image again and again, each connection after a pause, whatever it was answered.
-- Arguments: the image's path, the pause in milliseconds.
local post_form = dofile((debug.getinfo(1, "S").source:match("@?(.*/)") or "") .. "form.lua")
local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    post_form(args[1])
    pause = tonumber(args[2])
    served, refused, other, advised = 0, 0, 0, 0
    math.randomseed(7)
end

-- Spread, so that connections that began together do not stay together.
function delay()
    return math.floor(pause * (0.5 + math.random()))
end

function response(status, headers)
    if status == 200 then
        served = served + 1
    elseif status == 429 or status == 503 then
        refused = refused + 1
        if headers["Retry-After"] then advised = advised + 1 end
    else
        other = other + 1
    end
end

-- One line that a program reads: microseconds, served, refused, other statuses, refusals with Retry-After, failures, then
-- latencies in microseconds of refusals (median, 99th percentile) and of served ones. Every refusal is faster than they.
function done(summary, latency)
    local counts = { served = 0, refused = 0, other = 0, advised = 0 }
    for _, thread in ipairs(threads) do
        for name in pairs(counts) do counts[name] = counts[name] + thread:get(name) end
    end
    local errors, all = summary.errors, math.max(counts.served + counts.refused + counts.other, 1)
    local share = counts.refused / all * 100
    local function at(percentile) return latency:percentile(math.min(math.max(percentile, 0.001), 99.999)) end
    io.write(string.format("RESULT %d %d %d %d %d %d %d %d %d %d\n", summary.duration, counts.served, counts.refused,
        counts.other, counts.advised, errors.connect + errors.read + errors.write + errors.timeout,
        at(share * 0.5), at(share * 0.99), at(share + (100 - share) * 0.5), at(share + (100 - share) * 0.99)))
end
