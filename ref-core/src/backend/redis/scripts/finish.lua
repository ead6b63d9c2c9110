end

local answer = command()
if answer == 'unstaged' then return { answer } end -- nothing was changed
-- The command may have ended the last borrow of a doomed object.
reclaim()

-- Collects the large versions that no borrower will read any more.
local function is_large(length)
  return tonumber(length) > INLINE
end
-- A version that is not current any more is kept while a reader of a revoked loan (`x:`) may read it. After that it
-- goes at once, or expires later if it is owed to a lost reader.
local has_revoked_readers = #holders('x:') > 0
local function drop(name)
  if has_revoked_readers then
    o.kept = o.kept and (o.kept .. ' ' .. name) or name
  elseif o.owed then
    owed[#owed + 1] = large .. name
  else
    superfluous[#superfluous + 1] = large .. name
  end
end
if o.kept and (not has_revoked_readers or o.life == 'g') then
  local kept = o.kept
  o.kept = nil
  for name in kept:gmatch('%S+') do drop(name) end
end
if installed and installed.before and is_large(installed.length) then drop(installed.before) end
if o.life == 'g' and o.name and is_large(o.length) then drop(o.name) end
-- A script may only touch keys that it was called with. If some are missing, nothing is changed, and the caller sends
-- the request again with these keys.
if #superfluous + #owed > 0 then
  local declared, missing = {}, {}
  for i = 12, #KEYS do declared[KEYS[i]] = true end
  for _, list in ipairs({ superfluous, owed }) do
    for _, key in ipairs(list) do
      if not declared[key] then missing[#missing + 1] = key end
    end
  end
  if #missing > 0 then return { 'which\n' .. table.concat(missing, '\n') } end
end

-- From here on there are only writes: no script may return early after its first write.
for _, session in ipairs(lost) do
  redis.call('ZREM', SESSIONS, session)
  redis.call('HSET', DEAD, session, 'lost')
  decided = true
end
if decided then redis.call('SET', CLOCK, string.format('%.0f', now)) end

local function save(key, before, after)
  local set, del = {}, {}
  for field, value in pairs(after) do
    if before[field] ~= value then
      set[#set + 1] = field
      set[#set + 1] = value
    end
  end
  for field in pairs(before) do
    if after[field] == nil then del[#del + 1] = field end
  end
  if #set > 0 then redis.call('HSET', key, unpack(set)) end
  if #del > 0 then redis.call('HDEL', key, unpack(del)) end
  return #set + #del > 0
end

local function claims(object, holds, session)
  return object.owner_session == session or object.writer_session == session
    or holds['h:' .. session] ~= nil or holds['x:' .. session] ~= nil
end

if o.life == 'g' then
  if was.life then
    redis.call('DEL', OBJECT, HOLDERS, BYTES)
    redis.call('SREM', ALL, id)
    redis.call('ZREM', DUE, id)
  end
else
  local changed = save(HOLDERS, was_held, held)
  changed = save(OBJECT, was, o) or changed
  -- Waiting sessions look at this counter.
  if changed then redis.call('HINCRBY', OBJECT, 'changes', 1) end
  if not was.life then redis.call('SADD', ALL, id) end
  if o.owner_due ~= was.owner_due then
    if o.owner_due then redis.call('ZADD', DUE, o.owner_due, id) else redis.call('ZREM', DUE, id) end
  end
  if installed then
    if ARGV[11] then
      redis.call('SET', is_large(o.length) and large .. o.name or BYTES, ARGV[11])
    else
      -- A staged version would expire; its commit makes it stay.
      redis.call('PERSIST', large .. o.name)
    end
    if is_large(o.length) then redis.call('DEL', BYTES) end
  end
end
for _, key in ipairs(superfluous) do redis.call('UNLINK', key) end
for _, key in ipairs(owed) do redis.call('PEXPIRE', key, 600000) end

-- Keeps the set of a session's claims, KEYS 6, in step with the object.
local function index(session)
  if o.life ~= 'g' and claims(o, held, session) then
    if not claims(was, was_held, session) then redis.call('SADD', MINE, id) end
  else
    redis.call('SREM', MINE, id)
  end
end

local reply = answer and ('ok\n' .. answer) or nil
if not reply then
  local lines = { 'no', refusal, held_as or '' }
  local function add_holder(session, since)
    local process = redis.call('HGET', NAMES, session) or '0\t\t'
    lines[#lines + 1] = process .. '\t' .. (since or '0\t')
  end
  if held_as == 'owned' and o.owner == 's' then add_holder(o.owner_session, held.owner) end
  if held_as == 'shared' then
    for _, session in ipairs(holders('h:')) do add_holder(session, held['h:' .. session]) end
  end
  if held_as == 'exclusive' and o.writer == 'a' then
    add_holder(o.writer_session, held.writer)
  end
  reply = table.concat(lines, '\n')
end
if claims_of ~= '' then index(claims_of) end
if me ~= '' and ARGV[2] ~= '' then redis.call('HSET', REQUESTS, me, ARGV[2] .. '\n' .. reply) end
if bytes and answer then return { reply, bytes } end
return { reply }
