-- Counts the workers of a build, those that run a call, and the caller's calls: those in the queue and those that run.
-- KEYS 1 prefix      ARGV 1 caller   2 build
local p, build, busy, begun, queued, running = KEYS[1], ARGV[2], 0, {}, 0, 0
for _, pending in ipairs(redis.pcall('XPENDING', p .. 'queue:' .. build, 'w', '-', '+', 100000)) do
  if pending[4] >= BEGUN then busy, begun[pending[1] .. '\t' .. build] = busy + 1, true end
end
local all = redis.call('HGETALL', p .. 'calls:' .. ARGV[1])
for nth = 1, #all, 2 do
  if begun[all[nth + 1]] then running = running + 1 elseif all[nth] ~= 'last' then queued = queued + 1 end
end
local workers = redis.call('HGET', p .. 'workers', build) or '0'
return { workers, tostring(busy), tostring(queued), tostring(running) }
