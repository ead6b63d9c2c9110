-- The ledger's state machine on one object, as `ledger::step` defines it. A script is this file, the text of one
-- command, and `finish.lua`. The first two only read and decide; `finish.lua` has every write.
local function table_of(key)
  local list, found = redis.call('HGETALL', key), {}
  for i = 1, #list, 2 do
    found[list[i]] = list[i + 1]
  end
  return found
end

-- life: l(ive), d(oomed), g(one)   owner: s(ession) t(ransit) o(rphan) d(etached) p(ublished), or none
-- loan: s(hared) c(losing) o(ffered) t(aken), or none   writer: p(ending) a(ctive), or none
local o, held = table_of(OBJECT), table_of(HOLDERS)
local was, was_held = {}, {}
for field, value in pairs(o) do was[field] = value end
for field, value in pairs(held) do was_held[field] = value end
o.life = o.life or 'g'

-- The version that this command makes. The keys of large versions that it makes superfluous: those that are removed,
-- and those that expire later, since a lost reader may still read them.
local installed = nil
local superfluous, owed = {}, {}

local function text(number)
  return string.format('%.0f', number)
end

-- Returns the counter's next value. Call it after every check, so that a refused command uses up no number.
local function count()
  local last = tonumber(o.last or 0)
  if last >= LAST_EPOCH then return nil end
  o.last = text(last + 1)
  return o.last
end

local function holders(kind)
  local found = {}
  for field in pairs(held) do
    if field:sub(1, 2) == kind then found[#found + 1] = field:sub(3) end
  end
  return found
end

local function is_unheld()
  return not o.writer and #holders('h:') == 0
end

local function disown()
  o.owner, o.owner_session, o.owner_right, o.owner_due, held.owner = nil, nil, nil, nil, nil
end

local function doom()
  disown()
  o.life = 'd'
end

local function end_writer()
  o.writer, o.writer_session, o.writer_token, held.writer = nil, nil, nil, nil
end

local function set_loan(kind, epoch, right)
  o.loan, o.loan_epoch, o.loan_right, o.opened = kind, epoch, right, kind and ARGV[2]
end

-- Every departure has a number of its own, or a ticket of an earlier departure would fit again.
local function depart(kind, due)
  o.seq = text(math.min(tonumber(o.seq or 0) + 1, LAST_SEQ))
  disown()
  o.owner, o.owner_due, decided = kind, text(due), true
end

-- Ends the borrows of dead readers. A reader that was lost may still read a large version that it had not read before
-- its loss: then the object's versions are owed to it for a while.
local function take_from_dead(kind)
  for _, session in ipairs(holders(kind)) do
    if is_dead(session) then
      held[kind .. session] = nil
      if (redis.call('HGET', DEAD, session) or ''):sub(1, 6) ~= 'closed' then o.owed = '1' end
    end
  end
end

-- Undoes an adoption or a claim. The object's old ticket fits again.
local function put_back()
  local kind, right, due = o.from, o.from_right, o.from_due
  if kind == 'o' then return depart('o', now + tonumber(o.orphan)) end
  disown()
  o.owner, o.owner_right, o.owner_due = kind, right, due
end

-- The owner is dead. If its session was closed, the object is dropped, unless the session had no reply to the request
-- by which it took the object. If the session was lost, the object waits as an orphan.
local function orphan()
  local answered = (redis.call('HGET', DEAD, o.owner_session) or ''):match('^closed ?(%d*)$')
  if answered then
    if o.taken and tonumber(o.taken) > (tonumber(answered) or LAST_SEQ) then
      put_back()
      set_loan(nil)
    else
      doom()
    end
  else
    depart('o', now + tonumber(o.orphan))
    set_loan(nil)
  end
end

-- Takes from dead sessions what they held, dooms the object if its deadline has passed, and removes it if it is doomed
-- and has no borrower. Idempotent.
local function reclaim()
  if o.life == 'g' then return end
  take_from_dead('h:')
  take_from_dead('x:')
  if o.writer and is_dead(o.writer_session) then
    if o.writer == 'a' then
      o.died = (redis.call('HGET', NAMES, o.writer_session) or '0\t\t') .. '\t' .. (held.writer or '0\t')
    end
    end_writer()
  end
  if o.owner == 's' and is_dead(o.owner_session) then orphan() end
  if (o.owner == 't' or o.owner == 'o') and tonumber(o.owner_due) <= now then
    decided = true
    doom()
  end
  if o.life == 'd' then
    set_loan(nil)
    if is_unheld() and #holders('x:') == 0 then o.life = 'g' end
  end
end

-- Results. `finish.lua` adds the holders to a refusal, after it has reclaimed what dead sessions held.
local refusal, held_as
local function no(why, way)
  refusal, held_as = why, way
  return nil
end

local function done() return 'done' end

local function conflict(way)
  return no('conflict', way)
end

local function owned_otherwise()
  if not o.owner then return no('gone') end
  local ways = { s = 'owned', t = 'in_transit', o = 'orphan', d = 'detached', p = 'published' }
  return conflict(ways[o.owner])
end

local function over()
  return no(o.life == 'l' and 'expired' or 'gone')
end

-- Conditions of the rules. Each returns true, or notes the refusal and returns false.
local function mine()
  if o.owner == 's' and o.owner_session == me then return true end
  owned_otherwise()
  return false
end

local function unheld()
  if o.writer then
    conflict('exclusive')
  elseif #holders('h:') > 0 then
    conflict('shared')
  else
    return true
  end
  return false
end

local function at_rest()
  if not unheld() then return false end
  if o.loan == 's' or o.loan == 'c' then
    conflict('shared')
  elseif o.loan then
    conflict('exclusive')
  else
    return true
  end
  return false
end

local function open()
  if o.owner == 'd' or o.owner == 'p' then return true end
  owned_otherwise()
  return false
end

local function unwritten()
  if not o.writer then return true end
  conflict('exclusive')
  return false
end

local function since()
  return text(now) .. '\t' .. caller
end

-- Returns epoch, name and length of the current version. Adds its bytes to the reply if they are few and the process
-- has not got them.
local bytes = nil
local function version()
  if has ~= o.name and tonumber(o.length) <= INLINE then bytes = redis.call('GET', BYTES) end
  return o.version .. '\n' .. o.name .. '\n' .. o.length
end

-- The session borrows the object. If it does already, there is nothing that would undo this request alone.
local function share()
  local kind = held['h:' .. me] and 'joined\n' or 'shared\n'
  held['h:' .. me] = held['h:' .. me] or since()
  return kind .. version()
end

local function activate(token)
  o.writer, o.writer_session, o.writer_token, held.writer = 'a', me, token, since()
  o.died = nil
  return 'exclusive\n' .. token .. '\n' .. version()
end

local function own()
  disown()
  o.owner, o.owner_session, held.owner, o.orphan = 's', me, since(), ARGV[7]
end

-- Becomes the owner of an object that had another kind of owner, and notes what undoes it, and the request's number.
local function take()
  o.from, o.from_right, o.from_due, o.taken = o.owner, o.owner_right, o.owner_due, ARGV[2]
  own()
  return 'version\n' .. version()
end

-- ARGV 8 name of the new version   9 its length   10 its digest   11 its bytes, or nothing if they were staged
local function is_staged()
  local length = ARGV[11] and #ARGV[11] or redis.call('STRLEN', large .. ARGV[8])
  return length == tonumber(ARGV[9])
end

local function install(token)
  installed = { before = o.name, length = o.length }
  o.version, o.name, o.length = token, ARGV[8], ARGV[9]
end

reclaim()

local function command()
