-- A pool: callers send calls, and workers run them. Both are members, whose leases they renew. Each function is
-- idempotent: a request whose reply was lost is made again.
--
-- Keys of a pool, after its prefix, which is KEYS 1 of each of its functions. Each expires when no member has renewed
-- its lease for a while. So a pool whose members were all killed leaves nothing.
--   members (zset: member, end of its lease)    about (hash: member, its build, TAB, its process)
--   workers (hash: build, how many workers have it)    builds (hash: build, its functions)
--   queue:BUILD (stream: calls that are not over; each worker is a consumer of its group, and a call is pending from
--     the moment it came to a worker; one that its worker has begun has BEGUN deliveries or more)
--   admissions:BUILD (list: an element for each worker more that may wait at the queue, where there are many)
--   stops (hash: worker, the entry of the call that it is to end, TAB, how)
--   calls:CALLER (hash: number, the call's entry in the queue, TAB, the build; `last`, the number of the last call)
--   answers:CALLER (stream)    long:CALLER (set: the keys of the caller's long messages)
-- `calls` and `answers` of a caller are there as long as it is a member. A worker begins a call by `XCLAIM`, which
-- sets the deliveries of a call that is pending, and does nothing to another.
local pools = {}

-- How many deliveries a call has, at least, that was begun. `calls/take.rs` has the same number.
local BEGUN = 1000000
-- After how many milliseconds a call is taken from a worker that it has come to and that has not begun it.
local UNBEGUN = 5000

function pools.now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Returns the build and the process of a member, or nothing.
function pools.about(p, member)
  local about = redis.call('HGET', p .. 'about', member)
  if about then return about:match('^([^\t]*)\t(.*)$') end
end

function pools.keep(time, ...)
  for _, key in ipairs({ ... }) do redis.call('PEXPIRE', key, time) end
end

-- Keeps all keys that the members of a build share. No other function sets the time of the queue's end alone: so the
-- others end no earlier than it.
function pools.keep_shared(p, build, time)
  pools.keep(time, p .. 'members', p .. 'about', p .. 'builds', p .. 'workers', p .. 'stops', p .. 'queue:' .. build,
    p .. 'admissions:' .. build)
end

-- Gives a caller what came of its call. Returns whether the caller is a member.
function pools.answer(p, caller, number, kind, from, message, length, progress)
  local answers = p .. 'answers:' .. caller
  local id = redis.call('XADD', answers, 'NOMKSTREAM', '*', 'n', number, 'k', kind, 'w', from, 'm', message, 'l', length,
    'p', progress)
  if id and kind ~= 'progress' then redis.call('HDEL', p .. 'calls:' .. caller, number) end
  return id
end

-- Takes a call out of the queue.
function pools.remove(p, build, id)
  redis.call('XACK', p .. 'queue:' .. build, 'w', id)
  redis.call('XDEL', p .. 'queue:' .. build, id)
end

-- Removes a queue that no worker has and no call is in.
function pools.tidy(p, build)
  local queue = p .. 'queue:' .. build
  if redis.call('HEXISTS', p .. 'workers', build) == 0 and redis.call('XLEN', queue) == 0 then
    redis.call('UNLINK', queue, p .. 'admissions:' .. build)
  end
end

-- Returns the worker that a call has come to, and whether that has begun the call; or nothing.
function pools.holder(p, build, id)
  local pending = redis.pcall('XPENDING', p .. 'queue:' .. build, 'w', id, id, 1)[1]
  if pending then return pending[2], pending[4] >= BEGUN end
end

-- Takes a call from the worker that it has come to. One that the worker has begun has failed: no other worker runs it.
-- Any other goes back into the queue.
function pools.take_from(p, build, pending, process)
  local queue, id = p .. 'queue:' .. build, pending[1]
  local entry = redis.call('XRANGE', queue, id, id)[1]
  local fields = entry and entry[2]
  pools.remove(p, build, id)
  if not fields or #fields ~= 8 then return end
  local caller, number = fields[2], fields[4]
  local calls = p .. 'calls:' .. caller
  if redis.call('HGET', calls, number) ~= id .. '\t' .. build then return end
  if pending[4] >= BEGUN then
    pools.answer(p, caller, number, 'died', process, '', '0', '')
  else
    local again = redis.call('XADD', queue, '*', unpack(fields))
    redis.call('HSET', calls, number, again .. '\t' .. build)
  end
end

-- Takes all calls of a worker that is dead.
function pools.release(p, build, worker, process)
  local queue = p .. 'queue:' .. build
  local held
  repeat
    held = redis.pcall('XPENDING', queue, 'w', '-', '+', 1000, worker)
    for _, pending in ipairs(held) do pools.take_from(p, build, pending, process) end
  until #held == 0
  redis.pcall('XGROUP', 'DELCONSUMER', queue, 'w', worker)
end

-- Takes the calls from a worker that came to it and that it has not begun since: it may not know of them, as its reply
-- was lost on a connection that broke.
function pools.take_unbegun(p, build, worker)
  for _, pending in ipairs(redis.pcall('XPENDING', p .. 'queue:' .. build, 'w', 'IDLE', UNBEGUN, '-', '+', 16, worker)) do
    if pending[4] < BEGUN then pools.take_from(p, build, pending, '') end
  end
end

function pools.end_worker(p, worker)
  local build, process = pools.about(p, worker)
  -- A name that another program has written has no build. It goes too, as it would be found again for ever.
  redis.call('ZREM', p .. 'members', worker)
  if not build then return end
  pools.release(p, build, worker, process)
  redis.call('HDEL', p .. 'stops', worker)
  redis.call('HDEL', p .. 'about', worker)
  if redis.call('HINCRBY', p .. 'workers', build, -1) <= 0 then
    redis.call('HDEL', p .. 'workers', build)
    redis.call('HDEL', p .. 'builds', build)
    pools.tidy(p, build)
  end
end

-- Has a worker end a call that it has begun.
function pools.stop(p, worker, id, how)
  local stops = p .. 'stops'
  if redis.call('HGET', stops, worker) ~= id .. '\tkill' then redis.call('HSET', stops, worker, id .. '\t' .. how) end
end

-- Ends a caller. Its calls that were not begun are removed, and workers are told to end those that they run.
function pools.end_caller(p, caller)
  local build = pools.about(p, caller)
  local calls, long = p .. 'calls:' .. caller, p .. 'long:' .. caller
  local all = redis.call('HGETALL', calls)
  for nth = 1, #all, 2 do
    local id, of = all[nth + 1]:match('^(.*)\t(.*)$')
    if id then
      local worker, is_begun = pools.holder(p, of, id)
      if is_begun then pools.stop(p, worker, id, 'kill') else pools.remove(p, of, id) end
    end
  end
  for _, key in ipairs(redis.call('SMEMBERS', long)) do redis.call('UNLINK', key) end
  redis.call('UNLINK', calls, long, p .. 'answers:' .. caller)
  redis.call('ZREM', p .. 'members', caller)
  redis.call('HDEL', p .. 'about', caller)
  if build then pools.tidy(p, build) end
end

function pools.finish(p, member)
  if member:sub(1, 1) == 'w' then pools.end_worker(p, member) else pools.end_caller(p, member) end
end

-- Returns whether a member is alive. One whose lease has run out is ended: it is dead for ever.
function pools.lives(p, member, now)
  local ends = redis.call('ZSCORE', p .. 'members', member)
  if not ends then return false end
  if tonumber(ends) > now then return true end
  pools.finish(p, member)
  return false
end

-- Returns the value of a field of a reply that is a list of names and values.
function pools.field(reply, name)
  for nth = 1, #(reply or {}), 2 do
    if reply[nth] == name then return reply[nth + 1] end
  end
end

-- Ends some of the members whose leases have run out, and returns whether there were any. A dead worker may still wait for a call, and becomes a consumer
-- again when one comes to it: that call is taken from it.
function pools.reap(p, build, now)
  local until_now = string.format('%.0f', now)
  local ended = redis.call('ZRANGEBYSCORE', p .. 'members', '-inf', until_now, 'LIMIT', 0, 256)
  for _, member in ipairs(ended) do pools.finish(p, member) end
  local queue = p .. 'queue:' .. build
  local consumers = pools.field(redis.pcall('XINFO', 'GROUPS', queue)[1], 'consumers')
  if not consumers or consumers <= tonumber(redis.call('HGET', p .. 'workers', build) or 0) then return #ended > 0 end
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', queue, 'w')) do
    local name = pools.field(consumer, 'name')
    if not redis.call('ZSCORE', p .. 'members', name) then pools.release(p, build, name, '') end
  end
  return #ended > 0
end

-- Tells a caller how far its call has come, which the worker runs. Returns the entry of the call that the worker is to
-- end, TAB, how, or an empty text. A call that the server does not have any more is to be killed.
function pools.order(p, worker, build, process, at, caller, number, progress)
  -- The call may have been answered at this moment. If it was not, the server has lost it: another worker may run it.
  local holds = at ~= '' and pools.holder(p, build, at) == worker
  if at ~= '' and not holds then return at .. '\tkill' end
  if progress ~= '' and holds then pools.answer(p, caller, number, 'progress', process, '', '0', progress) end
  local stop = redis.call('HGET', p .. 'stops', worker)
  if not stop then return '' end
  if pools.holder(p, build, stop:match('^(.*)\t')) == worker then return stop end
  redis.call('HDEL', p .. 'stops', worker)
  return ''
end

function pools.renew(p, member, lease, now)
  redis.call('ZADD', p .. 'members', string.format('%.0f', now + tonumber(lease)), member)
end

-- Returns how many workers have the build, and if none has it, the functions of another build.
function pools.workers(p, build)
  local own = redis.call('HGET', p .. 'workers', build)
  if own then return own, '' end
  local others = redis.call('HGETALL', p .. 'builds')
  return '0', others[2] or ''
end
