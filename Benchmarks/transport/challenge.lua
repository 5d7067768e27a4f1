-- Asks for evidence with a fresh nonce, again and again. Arguments: milliseconds that a connection waits between two
-- requests, and another path for requests that cost as little but are no challenges.
local pause, path = 0, nil
function init(args)
    pause, path = tonumber(args[1] or "0"), args[2]
    math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000)
end

function delay()
    return pause
end

function request()
    if path then return wrk.format("GET", path) end
    local nonce = {}
    for index = 1, 16 do nonce[index] = string.format("%04x", math.random(0, 65535)) end
    return wrk.format("GET", "/.well-known/adyton/evidence?nonce=" .. table.concat(nonce))
end

-- One line that a program reads: requests, microseconds, answers with another status than 200, broken connections, then the
-- median in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50)))
end
