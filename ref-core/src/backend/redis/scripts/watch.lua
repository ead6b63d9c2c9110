-- Notes that a process waits for a change of the object: the next change wakes it. If many processes wait, the object
-- notes that and not their names, and the change wakes every process of the store that waits.
-- KEYS 1 the object      ARGV 1 the process's channel   2 the channel of all
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'no\ngone\n\n0' } end
local waited = redis.call('HGET', KEYS[1], 'W') or ''
if waited == ARGV[2] or (' ' .. waited .. ' '):find(' ' .. ARGV[1] .. ' ', 1, true) then return { 'ok\ndone' } end
waited = waited == '' and ARGV[1] or waited .. ' ' .. ARGV[1]
if #waited > 64 then waited = ARGV[2] end
redis.call('HSET', KEYS[1], 'W', waited)
return { 'ok\ndone' }
