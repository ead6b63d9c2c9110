-- Removes keys of a store if the store is over: if it has no session and no object. Leaves each key that expires: a
-- process whose session was lost may read it.
-- KEYS 1 sessions   2 the dead   3 objects without an owner   4.. keys of the store
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) > 0 then return {} end
for i = 4, #KEYS do
  if redis.call('PTTL', KEYS[i]) == -1 then redis.call('UNLINK', KEYS[i]) end
end
return {}
