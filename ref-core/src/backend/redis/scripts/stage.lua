-- The next part of a version that a commit will name. Sent twice, it is there once; gone meanwhile, it is refused.
-- KEYS 1 the version      ARGV 1 offset   2 how long it may wait, ms   3 bytes
local length, offset = redis.call('STRLEN', KEYS[1]), tonumber(ARGV[1])
if length == offset then
  redis.call('APPEND', KEYS[1], ARGV[3])
elseif length ~= offset + #ARGV[3] then
  return { 'unstaged' }
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 'ok' }
