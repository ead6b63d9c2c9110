-- The calling session, the time, and whether this request was obeyed before. Every script of the ledger begins with
-- this.
--
-- KEYS 1 sessions (zset: session, end of its lease)   2 requests (hash: session, its last request and the reply)
--      3 names (hash: session, process)               4 the dead (hash: session, how `close.lua` ended it)
--      5 clock (the latest time by which a script decided)             6 objects that the session has a claim on (set)
--      7 all objects (set)   8 deadlines of objects in transit and orphans (zset)   9 the object (hash)   10 its holders (hash)
--      11 its current bytes if they are few (string)                  12.. large versions that the script may remove
-- ARGV 1 session, or nothing   2 number of the request   3 object   4 the caller's source line
--      5 prefix of the keys of large versions   6 version that the process has already   7.. of the command
local SESSIONS, REQUESTS, NAMES, DEAD, CLOCK, MINE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local ALL, DUE, OBJECT, HOLDERS, BYTES = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local me, id, caller, large, has = ARGV[1], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local claims_of = me -- the session whose claims KEYS[6] are
local INLINE = 16384 -- the longest version that a reply has in it
local LAST_EPOCH, LAST_SEQ = 140737488355327, 1125899906842623 -- 2^47 - 1, 2^50 - 1

-- The server's time in milliseconds. It is never before the time of an earlier decision, so that a clock which was set
-- back revives no session.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
now = math.max(now, tonumber(redis.call('GET', CLOCK) or 0))
local decided = false

-- Returns whether a session is dead. A session that is found with a lease that has run out is dead for ever: `lost` has
-- it, and the script declares it dead at its end.
local lives, lost = {}, {}
local function is_dead(session)
  if lives[session] == nil then
    local ends = redis.call('ZSCORE', SESSIONS, session)
    lives[session] = ends and tonumber(ends) > now or false
    if ends and not lives[session] then
      lost[#lost + 1] = session
    end
  end
  return not lives[session]
end

-- Each request is obeyed once (idempotent retry). The last one gets its reply again. An older one is a duplicate that
-- was delayed, and gets `old`.
if me ~= '' then
  if is_dead(me) then
    for _, session in ipairs(lost) do
      redis.call('ZREM', SESSIONS, session)
      redis.call('HSET', DEAD, session, 'lost')
      redis.call('SET', CLOCK, string.format('%.0f', now))
    end
    return { 'lost' }
  end
  if ARGV[2] ~= '' then
    local before = redis.call('HGET', REQUESTS, me) or '0\n'
    local last, answer = before:match('^(%d+)\n(.*)$')
    local request = tonumber(ARGV[2])
    last = tonumber(last)
    if request == last then return { answer } end
    if request < last then return { 'old' } end
    if request > last + 1 then return { string.format('gap\n%.0f', last) } end
  end
end
