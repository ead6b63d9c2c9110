-- The readers of an object, and the versions that they read.
--
-- A reader's member in the sorted set is session, tab, its reading; its score is the reading's generation. A reading is
-- generation, tab, since when in ms, tab, `file:line`. The readers of the present generation refuse a writer. A
-- revocation begins a new generation. So it need not change the readers of earlier generations: these refuse no
-- command.
--
-- Within a generation the version does not change while there are readers. So a revoked generation needs one version,
-- if that one is large. The hash KEPT has the fields `v` .. generation: the name of that version; `n` .. name: how many
-- generations need the version; `o` .. name: a lost reader may read the version.
local leaving, leaving_now -- the readers that the call takes away, and how many of them are of the present generation
local ended -- revoked generation: how many of its readers the call takes away
local kept, kept_owed -- name of an older version: by how many generations it is needed, and whether it is owed

local claim_before, claim_now -- the session's claim on the object; see `claim`

local function begin_readers()
  leaving, leaving_now, ended, kept, kept_owed = {}, 0, {}, {}, {}
  claim_before, claim_now = nil, nil
end

local function is_large(length)
  return tonumber(length or 0) > INLINE -- a stranger may have removed the object's hash
end

local function generation()
  return o.generation or '0'
end

-- Returns how many generations need a version.
local function kept_by(name)
  if not kept[name] then kept[name] = tonumber(call('HGET', KEPT, 'n' .. name) or 0) end
  return kept[name]
end

-- Takes a reader away.
local function end_reading(member, reading)
  leaving[member] = true
  later('ZREM', READERS, member)
  local since = reading:match('^%d+')
  if since == generation() then
    leaving_now = leaving_now + 1
  else
    ended[since] = (ended[since] or 0) + 1
  end
  return since
end

-- Takes a dead reader away. A reader that was lost may still read a large version that it had not read before its loss:
-- then the version is owed to it for a while.
local function end_dead_reading(member, session, reading)
  local since = end_reading(member, reading)
  if (call('HGET', DEAD, session) or ''):sub(1, 6) == 'closed' then return end
  if since == generation() then
    if is_large(o.length) then o.owed = '1' end
  else
    local name = call('HGET', KEPT, 'v' .. since)
    if name then
      kept_by(name)
      kept_owed[name] = true
    end
  end
end

-- Returns whether a living session reads the object, in the generation `least` or a later one. Takes away the
-- dead readers before the first living one. So each dead reader is taken once, and no further reader is looked at.
local function is_read(least)
  local from, most = 0, 8
  while true do
    local some = call('ZRANGEBYSCORE', READERS, least, '+inf', 'LIMIT', from, most)
    for _, member in ipairs(some) do
      if not leaving[member] then
        local session, reading = member:match('^([^\t]*)\t(.*)$')
        if not is_dead(session) then return true end
        end_dead_reading(member, session, reading)
      end
    end
    if #some < most then return false end
    from, most = from + most, 512
  end
end

-- Returns the session's claim on the object: nil, or the session's readings, one a line. An owner or a writer that does
-- not read has an empty claim.
local function claim()
  if claim_before == nil then
    claim_before = call('HGET', MINE, id)
    claim_now = claim_before
  end
  return claim_now
end

-- Returns whether the session reads the object under a loan that was not revoked.
local function reads()
  for reading in (claim() or ''):gmatch('[^\n]+') do
    if reading:match('^%d+') == generation() then return true end
  end
  return false
end

-- Makes the session borrow the object. A session that has a borrow of this generation already gets `joined`: no command
-- could undo this request alone.
local function share()
  if reads() then return 'joined\n' .. version() .. '\n' .. generation() end
  local reading = generation() .. '\t' .. text(now) .. '\t' .. caller
  later('ZADD', READERS, generation(), me .. '\t' .. reading)
  claim_now = claim_now and claim_now ~= '' and claim_now .. '\n' .. reading or reading
  return 'shared\n' .. version() .. '\n' .. generation()
end

-- Ends the session's reading of the generation `since`, if it has one.
local function stop_reading(since)
  local left = {}
  for reading in (claim() or ''):gmatch('[^\n]+') do
    if reading:match('^%d+') == since then
      end_reading(me .. '\t' .. reading, reading)
    else
      left[#left + 1] = reading
    end
  end
  if claim_now then claim_now = table.concat(left, '\n') end
end

-- Ends all readings of a dead session, those that no other call has ended before.
local function bury(session)
  for reading in (claim() or ''):gmatch('[^\n]+') do
    local member = session .. '\t' .. reading
    if not leaving[member] and call('ZSCORE', READERS, member) then end_dead_reading(member, session, reading) end
  end
  if claim_now then claim_now = '' end
end

-- Begins a new generation. The version of the old one is kept while it has readers.
local function revoke_readers(epoch)
  if is_large(o.length) and is_read(generation()) then
    kept[o.name] = kept_by(o.name) + 1
    later('HSET', KEPT, 'v' .. generation(), o.name)
  end
  o.generation = epoch
end

-- A version that is not current any more goes at once, or expires later if it is owed to a lost reader.
local function drop(name, is_owed)
  local list = is_owed and owed or superfluous
  list[#list + 1] = large .. name
end

-- Notes the large versions that no borrower will read any more.
local function collect_versions()
  for since, gone in pairs(ended) do
    local name = call('HGET', KEPT, 'v' .. since)
    if name and call('ZCOUNT', READERS, since, since) <= gone then
      later('HDEL', KEPT, 'v' .. since)
      kept[name] = kept_by(name) - 1
    end
  end
  local before = installed and installed.before and is_large(installed.length) and installed.before
  if before and kept_by(before) > 0 and o.owed then kept_owed[before] = true end
  for name, needed in pairs(kept) do
    local is_owed = kept_owed[name] or call('HGET', KEPT, 'o' .. name)
    if needed > 0 then
      later('HSET', KEPT, 'n' .. name, text(needed))
      if is_owed then later('HSET', KEPT, 'o' .. name, '1') end
    else
      later('HDEL', KEPT, 'n' .. name, 'o' .. name)
      if name ~= o.name and name ~= before then
        drop(name, is_owed)
      elseif is_owed then
        o.owed = '1'
      end
    end
  end
  if before then
    if kept_by(before) == 0 then drop(before, o.owed) end
    o.owed = nil
  end
  if o.life == 'g' and o.name and is_large(o.length) then drop(o.name, o.owed) end
end
