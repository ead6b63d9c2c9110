-- Renews the lease of a member, and ends some members whose leases have run out. Returns `lost` if the member's own has.
-- Otherwise returns, for a worker, the call that it is to end and how, if there is one; for a caller, what `pools.workers`
-- says. A worker's progress goes to the caller of the call. A caller's answers are removed as far as it has read them.
-- KEYS 1 prefix      ARGV 1 member   2 lease, ms   3 how long keys are kept, ms
--                    4 for a worker: its call, or nothing   5 the progress; for a caller: the last answer that it has read
local p, member, lease, keep = KEYS[1], unpack(ARGV)
if not pools.lives(p, member) then return { 'lost' } end
local build, process = pools.about(p, member)
pools.reap(p, build)
pools.renew(p, member, lease)
local queue, runs = p .. 'queue:' .. build, p .. 'runs:' .. build
pools.keep(keep, p .. 'members', p .. 'about', p .. 'builds', p .. 'workers', p .. 'stops', queue, runs)
if member:sub(1, 1) == 'w' then
  if ARGV[5] ~= '' and pools.run(p, build, member) == ARGV[4] then
    local caller, number = ARGV[4]:match('^(.*)\t(%d+)$')
    if redis.call('ZSCORE', p .. 'members', caller) then
      redis.call('XADD', p .. 'answers:' .. caller, '*', 'n', number, 'k', 'progress', 'w', process, 'm', '', 'l', '0',
        'p', ARGV[5])
    end
  end
  return { 'ok', redis.call('HGET', p .. 'stops', member) or '' }
end
local long = p .. 'long:' .. member
pools.keep(keep, p .. 'calls:' .. member, p .. 'answers:' .. member, long)
pools.keep(keep, unpack(redis.call('SRANDMEMBER', long, 4000)))
if ARGV[5] ~= '' then redis.call('XTRIM', p .. 'answers:' .. member, 'MINID', ARGV[5]) end
return { 'ok', pools.workers(p, build) }
