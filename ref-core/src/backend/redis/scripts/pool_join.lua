-- Makes a process a member of a pool. Returns how many workers have its build, and if none has it, the functions of
-- another build.
-- KEYS 1 prefix      ARGV 1 member   2 lease, ms   3 how long keys are kept, ms   4 build   5 process
--                    6 the functions of a worker, or nothing for a caller
local p, member, lease, keep, build = KEYS[1], unpack(ARGV)
local queue, calls, answers = p .. 'queue:' .. build, p .. 'calls:' .. member, p .. 'answers:' .. member
local now = pools.now()
pools.reap(p, build, now)
if not redis.call('ZSCORE', p .. 'members', member) then
  redis.call('HSET', p .. 'about', member, build .. '\t' .. ARGV[5])
  if ARGV[6] ~= '' then
    redis.call('HSET', p .. 'builds', build, ARGV[6])
    redis.call('HINCRBY', p .. 'workers', build, 1)
    redis.pcall('XGROUP', 'CREATE', queue, 'w', '0', 'MKSTREAM')
    redis.call('XGROUP', 'CREATECONSUMER', queue, 'w', member)
  else
    redis.call('HSET', calls, 'last', 0)
    -- Makes the stream. Nothing reads by the group.
    redis.call('XGROUP', 'CREATE', answers, 'c', '0', 'MKSTREAM')
  end
end
pools.renew(p, member, lease, now)
pools.keep_shared(p, build, keep)
pools.keep(keep, calls, answers)
return { pools.workers(p, build) }
