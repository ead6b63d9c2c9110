-- Begins a session in the store. Makes the store if there is none and ARGV 4 has a number for it.
-- The session's name has the time in it. If the request arrives twice, the second arrival begins another session, which
-- no process knows and which runs out; it cannot revive a session that has ended.
-- A store whose keys have another layout is left alone.
-- KEYS 1 the store's number, space, its layout   2 sessions   3 names   4 clock
-- ARGV 1 64 random bits   2 lease in ms   3 process   4 a number for a new store, or nothing   5 the caller's layout
local store = redis.call('GET', KEYS[1]) or ARGV[4] ~= '' and ARGV[4] .. ' ' .. ARGV[5]
if not store then return {} end
local number, layout = store:match('^(%d+) ?(%d*)$')
if layout ~= ARGV[5] then return { layout == '' and '1' or layout or '?' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
now = math.max(now, tonumber(redis.call('GET', KEYS[4]) or 0))
local session = string.format('%s-%s.%06d', ARGV[1], time[1], time[2])
redis.call('SETNX', KEYS[1], store)
redis.call('SET', KEYS[4], string.format('%.0f', now))
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[2])), session)
redis.call('HSET', KEYS[3], session, ARGV[3])
return { layout, number, session }
