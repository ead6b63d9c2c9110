-- A pool: callers send calls, and workers run them. Both are members, whose leases they renew. Each function is
-- idempotent: a request whose reply was lost is made again.
--
-- Keys of a pool, after its prefix, which is KEYS 1 of each of its functions. Each expires when no member has renewed
-- its lease for a while. So a pool whose members were all killed leaves nothing.
--   members (zset: member, end of its lease)    about (hash: member, its build, TAB, its process)
--   workers (hash: build, how many workers have it)    builds (hash: build, its functions)
--   queue:BUILD (stream: calls that are not over; each worker is a consumer of its group, and a call is acknowledged
--     when it is begun)
--   runs:BUILD (hash: worker, the call that it has begun, TAB, its entry of the queue)    stops (hash: worker, the call that it is to end, and how)
--   calls:CALLER (hash: number, where the call is; `last`, the number of the last call)
--   answers:CALLER (stream)    long:CALLER (set: the keys of the caller's long messages)
-- A call is written as CALLER, TAB, number.
local pools = {}

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

-- Gives a caller what came of its call, unless the caller is gone.
function pools.answer(p, caller, number, kind, from, message, length, progress)
  if not redis.call('ZSCORE', p .. 'members', caller) then return end
  redis.call('XADD', p .. 'answers:' .. caller, '*', 'n', number, 'k', kind, 'w', from, 'm', message, 'l', length, 'p',
    progress)
  redis.call('HDEL', p .. 'calls:' .. caller, number)
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
    redis.call('UNLINK', queue)
  end
end

-- Returns the call that a worker has begun, and its entry of the queue; or nothing.
function pools.run(p, build, worker)
  local run = redis.call('HGET', p .. 'runs:' .. build, worker)
  if run then return run:match('^(.*)\t([^\t]*)$') end
end

-- Gives the calls that came to a worker, and that it has not begun, to others.
function pools.requeue(p, build, worker)
  local queue = p .. 'queue:' .. build
  for _, pending in ipairs(redis.pcall('XPENDING', queue, 'w', '-', '+', 1000, worker)) do
    local entry = redis.call('XRANGE', queue, pending[1], pending[1])[1]
    if entry and #entry[2] == 8 then
      local calls, number = p .. 'calls:' .. entry[2][2], entry[2][4]
      if redis.call('HGET', calls, number) == 'q\t' .. pending[1] .. '\t' .. build then
        local id = redis.call('XADD', queue, '*', unpack(entry[2]))
        redis.call('HSET', calls, number, 'q\t' .. id .. '\t' .. build)
      end
    end
    pools.remove(p, build, pending[1])
  end
  redis.pcall('XGROUP', 'DELCONSUMER', queue, 'w', worker)
end

-- Ends a worker. A call that it has begun has failed: no other worker runs it.
function pools.end_worker(p, worker)
  local build, process = pools.about(p, worker)
  if not build then return end
  local run, entry = pools.run(p, build, worker)
  if run then
    local caller, number = run:match('^(.*)\t(%d+)$')
    pools.answer(p, caller, number, 'died', process, '', '0', '')
    pools.remove(p, build, entry)
  end
  redis.call('HDEL', p .. 'runs:' .. build, worker)
  redis.call('HDEL', p .. 'stops', worker)
  pools.requeue(p, build, worker)
  redis.call('ZREM', p .. 'members', worker)
  redis.call('HDEL', p .. 'about', worker)
  if redis.call('HINCRBY', p .. 'workers', build, -1) <= 0 then
    redis.call('HDEL', p .. 'workers', build)
    redis.call('HDEL', p .. 'builds', build)
    pools.tidy(p, build)
  end
end

-- Ends a caller. Its calls that were not begun are removed, and workers are told to end those that they run.
function pools.end_caller(p, caller)
  local build = pools.about(p, caller)
  local calls, long = p .. 'calls:' .. caller, p .. 'long:' .. caller
  local all = redis.call('HGETALL', calls)
  for nth = 1, #all, 2 do
    local state, where, of = all[nth + 1]:match('^(%a)\t([^\t]*)\t?(.*)$')
    if state == 'q' then
      pools.remove(p, of, where)
    elseif state == 'r' then
      redis.call('HSET', p .. 'stops', where, caller .. '\t' .. all[nth] .. '\tkill')
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
function pools.lives(p, member)
  local ends = redis.call('ZSCORE', p .. 'members', member)
  if not ends then return false end
  if tonumber(ends) > pools.now() then return true end
  pools.finish(p, member)
  return false
end

-- Ends some of the members whose leases have run out. A dead worker may still wait for a call: what came to it since its
-- death goes to others.
function pools.reap(p, build)
  local now = string.format('%.0f', pools.now())
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', p .. 'members', '-inf', now, 'LIMIT', 0, 16)) do
    pools.finish(p, member)
  end
  for _, pending in ipairs(redis.pcall('XPENDING', p .. 'queue:' .. build, 'w', '-', '+', 16)) do
    if not redis.call('ZSCORE', p .. 'members', pending[2]) then pools.requeue(p, build, pending[2]) end
  end
end

function pools.renew(p, member, lease)
  redis.call('ZADD', p .. 'members', string.format('%.0f', pools.now() + tonumber(lease)), member)
end

-- Returns how many workers have the build, and if none has it, the functions of another build.
function pools.workers(p, build)
  local own = redis.call('HGET', p .. 'workers', build)
  if own then return own, '' end
  local others = redis.call('HGETALL', p .. 'builds')
  return '0', others[2] or ''
end
