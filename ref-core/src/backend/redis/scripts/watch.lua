-- Notes that a process waits for a change or a version of the object, or for the publication of an object under a name:
-- the next one wakes it. If many processes wait, the note says so and has not their channels, and the change wakes every process of
-- the store that waits. A note on a name goes after a while, since there may never be an object of that name.
-- KEYS 1 the object, or the awaited names (hash: name, channels)
-- ARGV 1 the process's channel   2 the channel of all   3 the field for the note, or nothing; for a name: the name
--      4 for a name: for how many ms the note stays
local field = ARGV[3] or 'W'
if not ARGV[4] and redis.call('EXISTS', KEYS[1]) == 0 then return { 'no\ngone\n\n0' } end
local waited = redis.call('HGET', KEYS[1], field) or ''
if waited ~= ARGV[2] and not (' ' .. waited .. ' '):find(' ' .. ARGV[1] .. ' ', 1, true) then
  waited = waited == '' and ARGV[1] or waited .. ' ' .. ARGV[1]
  if #waited > 64 then waited = ARGV[2] end
  redis.call('HSET', KEYS[1], field, waited)
end
if ARGV[4] then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return { 'ok\ndone' }
