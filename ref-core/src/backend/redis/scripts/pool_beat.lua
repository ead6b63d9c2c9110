-- Renews the lease of a member, and ends some members whose leases have run out. Returns `lost` if the member's own has.
-- Otherwise returns, for a worker, the entry of the call that it is to end and how, if there is one: a call that the
-- server does not have any more is to be killed. For a caller returns the number of the last call that the server has, and
-- what `pools.workers` says. A worker's progress goes to the caller of the call. A caller's answers are removed as far as
-- it has read them. A call that has come to a worker, and that the worker has not begun for a while, goes to another.
-- KEYS 1 prefix      ARGV 1 member   2 lease, ms   3 how long keys are kept, ms
--                    4 for a worker: the entry of its call, or nothing   5 the caller   6 the number   7 the progress;
--                    for a caller: the last answer that it has read
local p, member, lease, keep, at, caller, number, progress = KEYS[1], unpack(ARGV)
local now = pools.now()
if not pools.lives(p, member, now) then return { 'lost' } end
local build, process = pools.about(p, member)
local has_ended = pools.reap(p, build, now)
pools.renew(p, member, lease, now)
-- Not with each renewal of each member: a function of many commands takes the server long. The end of a member may have
-- made a key.
if has_ended or redis.call('PTTL', p .. 'queue:' .. build) < keep * 2 / 3 then pools.keep_shared(p, build, keep) end
if member:sub(1, 1) == 'w' then
  pools.take_unbegun(p, build, member)
  local order = pools.order(p, member, build, process, at, caller, number, progress)
  return { 'ok', order, redis.call('HGET', p .. 'workers', build) or '0' }
end
local long = p .. 'long:' .. member
pools.keep(keep, p .. 'calls:' .. member, p .. 'answers:' .. member, long)
for _, key in ipairs(redis.call('SMEMBERS', long)) do pools.keep(keep, key) end
if at ~= '' then redis.call('XTRIM', p .. 'answers:' .. member, 'MINID', at) end
return { 'ok', redis.call('HGET', p .. 'calls:' .. member, 'last') or '0', pools.workers(p, build) }
