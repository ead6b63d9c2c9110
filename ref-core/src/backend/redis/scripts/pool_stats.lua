-- Counts the workers of a build, those that run a call, and the caller's calls: those in the queue and those that run.
-- KEYS 1 prefix      ARGV 1 caller   2 build
local p, queued, running = KEYS[1], 0, 0
local all = redis.call('HGETALL', p .. 'calls:' .. ARGV[1])
for nth = 2, #all, 2 do
  if all[nth]:sub(1, 2) == 'q\t' then queued = queued + 1 elseif all[nth]:sub(1, 2) == 'r\t' then running = running + 1 end
end
local workers = redis.call('HGET', p .. 'workers', ARGV[2]) or '0'
return { workers, tostring(redis.call('HLEN', p .. 'runs:' .. ARGV[2])), tostring(queued), tostring(running) }
