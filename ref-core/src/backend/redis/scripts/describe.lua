-- Keeps the description of a type, if the store is still there. Idempotent: a fingerprint has one description.
-- KEYS 1 the store's number, space, its layout   2 descriptions      ARGV 1 the number   2 fingerprint   3 description
local store = redis.call('GET', KEYS[1])
if not store or store:match('^%d+') ~= ARGV[1] then return { 'gone' } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return { 'described' }
