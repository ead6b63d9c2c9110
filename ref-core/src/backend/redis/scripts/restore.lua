-- Enters what no other key names any more into the keys of the store: a session that is neither alive nor dead becomes
-- dead, and an object without an owner's session gets its place and its deadline again. Returns the objects of
-- sessions.
-- KEYS 1 sessions   2 the dead   3 names   4 objects without an owner   5 deadlines   6.. keys of the store
local call = redis.call
local function enter_session(session)
  if not call('ZSCORE', KEYS[1], session) then call('HSETNX', KEYS[2], session, 'lost') end
end
for _, session in ipairs(call('HKEYS', KEYS[3])) do enter_session(session) end
local owned = {}
for i = 6, #KEYS do
  local kind, name = KEYS[i]:match('^.*}:(%l+):(.*)$')
  if kind == 'claims' then
    enter_session(name)
  elseif kind == 'object' then
    local owner, due = call('HGET', KEYS[i], 'o'), call('HGET', KEYS[i], 'u')
    if owner and owner ~= 's' then
      call('SADD', KEYS[4], name)
      if due then call('ZADD', KEYS[5], due, name) end
    elseif call('EXISTS', KEYS[i]) == 1 then
      owned[#owned + 1] = name
    end
  end
end
return owned
