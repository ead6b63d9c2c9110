-- Begins a session in the store. Makes the store if there is none and ARGV 4 has a number for it.
-- The session's name has the time in it. If the request arrives twice, the second arrival begins another session, which
-- no process knows and which runs out; it cannot revive a session that has ended.
-- KEYS 1 the store's number   2 sessions   3 names   4 clock
-- ARGV 1 128 random bits   2 lease in ms   3 process   4 a number for a new store, or nothing
if ARGV[4] == '' and redis.call('EXISTS', KEYS[1]) == 0 then
    return {}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
now = math.max(now, tonumber(redis.call('GET', KEYS[4]) or 0))
local session = string.format('%s-%s.%06d', ARGV[1], time[1], time[2])
redis.call('SETNX', KEYS[1], ARGV[4])
redis.call('SET', KEYS[4], string.format('%.0f', now))
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[2])), session)
redis.call('HSET', KEYS[3], session, ARGV[3])
return { redis.call('GET', KEYS[1]), session }
