-- Appends the next part of a version that a commit will name. Idempotent: a part that arrives twice is there once. If
-- the parts before it have expired, the part is refused.
-- KEYS 1 the version      ARGV 1 offset   2 how long it may wait, ms   3 bytes
local length, offset = redis.call('STRLEN', KEYS[1]), tonumber(ARGV[1])
if length == offset then
  redis.call('APPEND', KEYS[1], ARGV[3])
elseif length ~= offset + #ARGV[3] then
  return { 'unstaged' }
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 'ok' }
