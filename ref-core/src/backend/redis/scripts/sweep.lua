-- Removes keys of a store that is over. A key that expires is left: a process whose session was lost may read it.
-- KEYS 1 the store's number   2 sessions   3 the dead   4 objects without an owner   5.. keys of the store
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4]) > 0 then return {} end
for i = 5, #KEYS do
  if redis.call('PTTL', KEYS[i]) == -1 then redis.call('UNLINK', KEYS[i]) end
end
return {}
