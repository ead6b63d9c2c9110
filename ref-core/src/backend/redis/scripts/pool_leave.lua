-- Ends a member that leaves.
-- KEYS 1 prefix      ARGV 1 member
local build = pools.about(KEYS[1], ARGV[1])
pools.finish(KEYS[1], ARGV[1])
if build then pools.reap(KEYS[1], build, pools.now()) end
return { 'ok' }
