-- The ledger's state machine on one object, as `ledger::step` defines it.

local function disown()
  o.owner, o.owner_session, o.owner_right, o.owner_due, o.owner_since, o.owner_at = nil, nil, nil, nil, nil, nil
end

local function doom()
  disown()
  o.life = 'd'
end

-- Leaves the object without an owner. It is lasting from then on.
local function leave(kind)
  disown()
  o.owner, o.lasting = kind, '1'
end

-- Ends a departure, the wait of an orphan, or the time of a detached object: what was sent and is lasting is detached,
-- every other object is dropped.
local function give_up()
  if o.owner == 't' then o.seq = text(tonumber(o.seq) + 1) end
  if o.lasting and o.owner ~= 'd' then leave('d') else doom() end
end

local function end_writer()
  o.writer, o.writer_session, o.writer_token, o.writer_since, o.writer_at = nil, nil, nil, nil, nil
  o.writer_began = nil
end

-- Returns whether the session has the exclusive borrow since a checkpoint of that token. The tokens from `writer_began` to
-- the one before `writer_token` are those of this borrow's checkpoints.
local function checkpointed(token)
  return o.writer == 'a' and o.writer_session == me and tonumber(o.writer_began) <= tonumber(token)
    and tonumber(token) < tonumber(o.writer_token)
end

local function set_loan(kind, epoch, right)
  o.loan, o.loan_epoch, o.loan_right, o.opened = kind, epoch, right, kind and ARGV[2]
end

-- Returns the number of the next departure. Departures have odd numbers, and an even number follows that of a departure
-- whose ticket has expired.
local function next_departure()
  local last = tonumber(o.seq or 0)
  return last + 1 + last % 2
end

-- Every departure has a number of its own, or a ticket of an earlier departure would fit again.
local function depart(kind, due)
  o.seq = text(math.min(next_departure(), LAST_SEQ))
  disown()
  o.owner, o.owner_due, decided = kind, text(due), true
end

-- Undoes an adoption or a claim. The object's old ticket fits again.
local function put_back()
  local kind, right, due = o.from, o.from_right, o.from_due
  if kind == 'o' then return depart('o', now + tonumber(o.orphan)) end
  disown()
  o.owner, o.owner_right, o.owner_due = kind, right, due
end

-- The owner is dead. If its session was closed, the object is dropped, unless the session had no reply to the request
-- by which it took the object. If the session was lost, a lasting object is detached, and every other waits as an
-- orphan.
local function orphan()
  local answered = (call('HGET', DEAD, o.owner_session) or ''):match('^closed ?(%d*)$')
  if answered then
    if o.taken and tonumber(o.taken) > (tonumber(answered) or LAST_SEQ) then
      put_back()
      set_loan(nil)
    else
      doom()
    end
  elseif o.lasting then
    leave('d')
    set_loan(nil)
  else
    depart('o', now + tonumber(o.orphan))
    set_loan(nil)
  end
end

-- Takes the object from a dead writer and a dead owner, gives it up if its deadline has passed, and removes it if it is
-- doomed and has no borrower. Idempotent.
local function reclaim()
  if o.life == 'g' then return end
  if o.writer and is_dead(o.writer_session) then
    if o.writer == 'a' then
      local since = (o.writer_since or '0') .. '\t' .. (o.writer_at or '')
      o.died = (call('HGET', NAMES, o.writer_session) or '0\t\t') .. '\t' .. since
    end
    end_writer()
  end
  if o.owner == 's' and is_dead(o.owner_session) then orphan() end
  if o.owner_due and tonumber(o.owner_due) <= now then
    decided = true
    give_up()
  end
  if o.life == 'd' then
    set_loan(nil)
    if not o.writer and not is_read('-inf') then o.life = 'g' end
  end
end

-- Results. `finish.lua` adds the holders to a refusal.
local refusal, held_as
local function no(why, way)
  refusal, held_as = why, way
  return nil
end

local function done() return 'done' end

local function conflict(way)
  return no('conflict', way)
end

local WAYS = { s = 'owned', t = 'in_transit', o = 'orphan', d = 'detached', p = 'published' }
local function owned_otherwise()
  if not o.owner then return no('gone') end
  return conflict(WAYS[o.owner])
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
  elseif is_read(generation()) then
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

local function activate(token)
  o.writer, o.writer_session, o.writer_token, o.writer_since, o.writer_at = 'a', me, token, text(now), caller
  o.writer_began = token
  o.died = nil
  return 'exclusive\n' .. token .. '\n' .. version()
end

local function own()
  disown()
  o.owner, o.owner_session, o.owner_since, o.owner_at, o.orphan = 's', me, text(now), caller, ARGV[7]
end

-- Makes the session the owner of an object that had another kind of owner. Notes the request's number, and what is
-- needed to undo this.
local function take()
  o.from, o.from_right, o.from_due, o.taken = o.owner, o.owner_right, o.owner_due, ARGV[2]
  own()
  return 'version\n' .. version()
end

-- Wakes the processes that wait for the object, or for an object of its name, on the channels that `waited` names. A
-- user without the right to publish is no error here: the waiting processes look by themselves, if less often.
local function publish(waited, what)
  for channel in waited:gmatch('%S+') do redis.pcall('PUBLISH', KEYS[1]:match('^.*}:') .. channel, what) end
end
