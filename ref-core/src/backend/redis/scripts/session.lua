-- The call that runs: its session, the time, and whether its request was obeyed before. The commands of the ledger
-- share these variables. A server runs one function at a time, and each command begins with `enter`, which sets them.
--
-- KEYS 1 sessions (zset: session, end of its lease)   2 requests (hash: session, its last request and the reply)
--      3 names (hash: session, process)               4 the dead (hash: session, how `close.lua` ended it)
--      5 clock (the latest time by which a function decided)
--      6 claims of the session (hash: object, its readings; see `claim`)
--      7 objects without an owner's session (set)     8 deadlines of objects in transit and orphans (zset)
--      9 the object (hash)   10 its readers (zset)    11 its older versions that are still read (hash)
--      12 its current bytes if they are few, but too many for the hash (string)
--      13.. large versions that the function may remove
-- ARGV 1 session, or nothing   2 number of the request   3 object   4 the caller's source line
--      5 prefix of the keys of large versions   6 version that the process has already   7.. of the command
local KEYS, ARGV, call
local SESSIONS, REQUESTS, NAMES, DEAD, CLOCK, MINE, UNOWNED, DUE, OBJECT, READERS, KEPT, BYTES
local me, id, caller, large, has
local claims_of -- the session whose claims MINE has
local INLINE = 16384 -- the longest version that a reply has in it
local LAST_EPOCH, LAST_SEQ = 140737488355327, 1125899906842623 -- 2^47 - 1, 2^50 - 1

-- The server's time in milliseconds. It is never before the time of an earlier decision, so that a clock which was set
-- back revives no session.
local now, decided

-- Which sessions are alive, as far as the call has asked. `lost` has those whose lease was found to have run out.
local lives, lost

local function text(number)
  return string.format('%.0f', number)
end

-- Returns whether a session is dead. A session that is found with a lease that has run out is dead for ever: `lost` has
-- it, and the call declares it dead at its end.
local function is_dead(session)
  local alive = lives[session]
  if alive == nil then
    local ends = call('ZSCORE', SESSIONS, session)
    alive = ends and tonumber(ends) > now or false
    lives[session] = alive
    if ends and not alive then
      lost[#lost + 1] = session
    end
  end
  return not alive
end

local function declare_lost()
  for _, session in ipairs(lost) do
    call('ZREM', SESSIONS, session)
    call('HSET', DEAD, session, 'lost')
    decided = true
  end
  if decided then call('SET', CLOCK, text(now)) end
end

-- Begins a call. Returns the reply if there is nothing to run. Each request is obeyed once (idempotent retry): the last
-- one gets its reply again. An older one is a duplicate that was delayed, and gets `old`.
local function enter(keys, argv)
  KEYS, ARGV, call = keys, argv, redis.call
  SESSIONS, REQUESTS, NAMES, DEAD, CLOCK, MINE, UNOWNED, DUE, OBJECT, READERS, KEPT, BYTES = unpack(keys, 1, 12)
  local number
  me, number, id, caller, large, has = unpack(argv, 1, 6)
  claims_of, lives, lost, decided = me, {}, {}, false
  local time = call('TIME')
  now = math.max(time[1] * 1000 + math.floor(time[2] / 1000), tonumber(call('GET', CLOCK) or 0))
  if me == '' then return nil end
  if is_dead(me) then
    declare_lost()
    return { 'lost' }
  end
  if number == '' then return nil end
  local before = call('HGET', REQUESTS, me)
  local last, request = before and tonumber(before:match('^%d+')) or 0, tonumber(number)
  if request == last + 1 then return nil end
  if request == last then return { before and before:match('^%d+\n(.*)$') } end
  if request < last then return { 'old' } end
  return { 'gap\n' .. text(last) }
end
