-- Who asks, when, and whether this very request was obeyed before. Comes first in every script of the ledger.
--
-- KEYS 1 sessions (zset: session, end of its lease)   2 requests (hash: session, its last request and answer)
--      3 names (hash: session, process)               4 the dead (hash: session, `closed` or `lost`)
--      5 clock (the latest time that something was decided by)        6 what this session has a claim on (set)
--      7 all objects (set)   8 deadlines of what nobody owns (zset)   9 the object (hash)   10 its holders (hash)
--      11 its current bytes, where they are few (string)              12.. the larger versions that may have to go
-- ARGV 1 session, or nothing   2 number of the request   3 object   4 where in the user's program
--      5 prefix of the keys of larger versions   6 version that the caller has already   7.. of the command
local SESSIONS, REQUESTS, NAMES, DEAD, CLOCK, MINE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local ALL, DUE, OBJECT, HOLDERS, BYTES = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local me, id, place, large, has = ARGV[1], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local whose = me -- whose list of claims KEYS[6] is
local INLINE = 16384 -- bytes that ride along with an answer
local LAST_EPOCH, LAST_SEQ = 140737488355327, 1125899906842623 -- 2^47 - 1, 2^50 - 1

-- The server's time in milliseconds, which never runs backwards for a decision.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
now = math.max(now, tonumber(redis.call('GET', CLOCK) or 0))
local decided = false

-- Whether a session is over. Who is found to have let its lease run out is dead from then on, whatever it says later.
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

-- A request is obeyed once: the last one's answer is given again, and an older one is a straggler.
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
