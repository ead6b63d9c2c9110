-- Asks for a worker what is to become of the call that it runs, and tells the call's caller how far the call has come. Renews
-- no lease, and ends no member. Returns `lost` if the worker is no member, and otherwise what `pools.order` says.
-- KEYS 1 prefix      ARGV 1 worker   2 the entry of its call   3 the caller   4 the number   5 the progress
local build, process = pools.about(KEYS[1], ARGV[1])
if not build then return { 'lost' } end
return { 'ok', pools.order(KEYS[1], ARGV[1], build, process, unpack(ARGV, 2)) }
