-- Sends the load that a file describes, and counts the answers that are right.
--
--   wrk ... --script load.lua URL -- FILE
--
-- FILE returns a table; `bench/wrk.py` writes it. Unless the load is chained, one thread sends
-- requests that were written beforehand. In a chained load a thread is a client: it has one
-- connection and sessions of its own, and each answer gives the session's next request its values.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } instant;
  int clock_gettime(int, instant *);
]]
local instant = ffi.new("instant")
local MONOTONIC = 1

local function now()
  ffi.C.clock_gettime(MONOTONIC, instant)
  return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

local find, sub, gsub = string.find, string.sub, string.gsub

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
end

local function fill(text, session)
  return (gsub(text, "<<([%w_]+)>>", session))
end

local function write(request, session)
  local headers = {}
  for name, value in pairs(request.headers) do
    headers[name] = fill(value, session)
  end
  local body = request.body and fill(request.body, session) or nil
  return wrk.format(request.method, fill(request.path, session), headers, body)
end

-- Every thread beyond the first begins elsewhere in the schedule: not all log in at once.
local function my_sessions(all)
  local mine = {}
  for place = number, #all, load.clients do
    mine[#mine + 1] = all[place]
  end
  return mine
end

function init(arguments)
  load = dofile(arguments[1])
  right, wrong, refused, first_wrong, began, ended = 0, 0, 0, "", 0, 0
  step, waiting = (number - 1) * 7, 0
  if load.chained then
    sessions = my_sessions(load.sessions)
  else
    written = {}
    for place, session in ipairs(load.sessions) do
      written[place] = write(load.schedule[1], session)
    end
  end
  if load.patient then
    function delay()
      if waiting == 0 then return 0 end
      waiting = waiting - 1
      return 1000
    end
  end
end

function request()
  if began == 0 then began = now() end
  step = step + 1
  if written then
    return written[(step - 1) % #written + 1]
  end
  asking = load.schedule[(step - 1) % #load.schedule + 1]
  session = sessions[(step - 1) % #sessions + 1]
  return write(asking, session)
end

local function is_right(request, status, body)
  if status ~= 200 then return false end
  for _, text in ipairs(request.expect) do
    if not find(body, text, 1, true) then return false end
  end
  if load.chained then
    for _, text in ipairs(request.own) do
      if not find(body, fill(text, session), 1, true) then return false end
    end
    for _, wanted in ipairs(request.extract) do
      local _, before = find(body, wanted.after, 1, true)
      local after = before and find(body, wanted.till, before + 1, true)
      if not after then return false end
      local value = sub(body, before + 1, after - 1)
      if wanted.changes and value == session[wanted.name] then return false end
      session[wanted.name] = value
    end
  end
  return true
end

function response(status, _, body)
  if load.patient and find(body, load.later, 1, true) then
    refused, waiting = refused + 1, waiting + 1
  elseif is_right(load.chained and asking or load.schedule[1], status, body) then
    right, ended = right + 1, now()
  else
    wrong = wrong + 1
    if first_wrong == "" then first_wrong = status .. " " .. sub(body or "", 1, 300) end
  end
  if load.once and step >= #written - load.clients then wrk.thread:stop() end
end

local function sum(name)
  local total = 0
  for _, thread in ipairs(threads) do total = total + thread:get(name) end
  return total
end

local function printable(text)
  return (gsub(gsub(text, "%c", " "), '["\\]', "'"))
end

function done(summary, latency, _)
  local began, ended, first_wrong = math.huge, 0, ""
  for _, thread in ipairs(threads) do
    local b = thread:get("began")
    if b > 0 then began = math.min(began, b) end
    ended = math.max(ended, thread:get("ended"))
    if first_wrong == "" then first_wrong = thread:get("first_wrong") end
  end
  local errors = summary.errors
  io.write(string.format(
    '{"right":%d,"wrong":%d,"refused":%d,"broken":%d,"timed_out":%d,"seconds":%.6f,' ..
    '"p50_us":%d,"p99_us":%d,"first_wrong":"%s"}\n',
    sum("right"), sum("wrong"), sum("refused"), errors.connect + errors.read + errors.write,
    errors.timeout, math.max(ended - began, 0), latency:percentile(50), latency:percentile(99),
    printable(first_wrong)))
end
