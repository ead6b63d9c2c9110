-- Adds the processes in the way to a refusal: the owner, the writer, or how many readers there are and a few of them.
local NAMED = 8 -- the most readers that a refusal names
local function add_holder(lines, session, since, at)
  local process = call('HGET', NAMES, session) or '0\t\t'
  lines[#lines + 1] = process .. '\t' .. (since or '0') .. '\t' .. (at or '')
end

local function add_readers(lines)
  local readers = call('ZCOUNT', READERS, generation(), generation()) - leaving_now
  -- Those that the call has taken away come first.
  local some = call('ZRANGEBYSCORE', READERS, generation(), generation(), 'LIMIT', leaving_now, NAMED)
  for _, member in ipairs(some) do
    local session, since, at = member:match('^([^\t]*)\t%d*\t(%d*)\t(.*)$')
    if is_dead(session) then
      readers = readers - 1
    else
      add_holder(lines, session, since, at)
    end
  end
  return readers
end

local function refused()
  local lines = { 'no', refusal, held_as or '', '0' }
  if held_as == 'owned' and o.owner == 's' then
    add_holder(lines, o.owner_session, o.owner_since, o.owner_at)
  elseif held_as == 'exclusive' and o.writer then
    add_holder(lines, o.writer_session, o.writer_since, o.writer_at)
  elseif held_as == 'shared' then
    lines[4] = text(add_readers(lines))
  end
  return table.concat(lines, '\n')
end

-- Returns the keys of versions that go, and that the call has not declared, or nil. A function may only touch keys that
-- it was called with.
local function undeclared()
  if #superfluous + #owed == 0 then return nil end
  local declared, missing = {}, {}
  for i = 13, #KEYS do declared[KEYS[i]] = true end
  for _, list in ipairs({ superfluous, owed }) do
    for _, key in ipairs(list) do
      if not declared[key] then missing[#missing + 1] = key end
    end
  end
  return #missing > 0 and missing or nil
end

-- Puts a small version into the object's hash.
local function place_bytes()
  local length, before = tonumber(o.length), installed.length
  local is_small = ARGV[11] and length <= SMALL
  for i, piece in ipairs(PIECES) do
    o[piece] = is_small and length > (i - 1) * PIECE and ARGV[11]:sub((i - 1) * PIECE + 1, i * PIECE) or nil
  end
  if is_small or is_large(length) then
    if before > SMALL and not is_large(before) then later('DEL', BYTES) end
  else
    later('SET', BYTES, ARGV[11])
  end
  if is_large(length) then
    -- A staged version would expire; its commit makes it stay.
    if ARGV[11] then later('SET', large .. o.name, ARGV[11]) else later('PERSIST', large .. o.name) end
  end
end

-- Writes the fields that differ. Returns whether there was one.
local function save()
  local set, del = {}, {}
  for word, before in pairs(changed) do
    local value = fields[word]
    if value ~= (before or nil) and word ~= 'life' or word == 'life' and value == 'd' and before == 'l' then
      if value == nil then
        del[#del + 1] = LETTERS[word] or word
      else
        set[#set + 1] = LETTERS[word] or word
        set[#set + 1] = value
      end
    end
  end
  if #set > 0 then call('HSET', OBJECT, unpack(set)) end
  if #del > 0 then call('HDEL', OBJECT, unpack(del)) end
  return #set + #del > 0
end

-- Returns whether the call changes the object, and not only the queue of its writers.
local function is_changed()
  for word in pairs(changed) do
    if word ~= 'queue' then return true end
  end
  return #writes > 0
end

local function wake()
  if awaited then publish(awaited, '/' .. ARGV[7]) end
  if fields.waited then
    publish(fields.waited, id)
    o.waited = nil
  end
  -- A published object changes its owner only when it is removed.
  if fields.watched and (o.version ~= was('version') or o.life ~= was('life')) then
    publish(fields.watched, '=' .. id)
    o.watched = nil
  end
end

-- Keeps the claims of the session in step with the object.
local function index()
  local function has_role(session, writer)
    return session == claims_of or writer == claims_of
  end
  if o.life == 'g' then
    call('HDEL', MINE, id)
  elseif claim_now and claim_now ~= '' then
    if claim_now ~= claim_before then call('HSET', MINE, id, claim_now) end
  elseif has_role(o.owner_session, o.writer_session) then
    if claim_now ~= claim_before then
      call('HSET', MINE, id, '')
    elseif not has_role(was('owner_session'), was('writer_session')) then
      call('HSETNX', MINE, id, '')
    end
  elseif has_role(was('owner_session'), was('writer_session')) or claim_now ~= claim_before then
    if (claim() or '') == '' then call('HDEL', MINE, id) end
  elseif claim_before then
    call('HDEL', MINE, id)
  end
end

local function is_unowned(owner)
  return owner ~= nil and owner ~= 's'
end

-- Writes the object.
local function write()
  if o.life == 'g' then
    -- A stranger may have removed the object's hash alone. Recovery removes what else there is.
    local recovers = not existed and me == ''
    if not existed and not recovers then return end
    if existed then wake() end
    call('DEL', OBJECT, READERS, KEPT, BYTES)
    if recovers or is_unowned(was('owner')) then call('SREM', UNOWNED, id) end
    if recovers or was('owner_due') then call('ZREM', DUE, id) end
    return
  end
  if is_changed() then wake() end
  save()
  for _, command in ipairs(writes) do call(unpack(command)) end
  if is_unowned(o.owner) ~= is_unowned(was('owner')) then
    call(is_unowned(o.owner) and 'SADD' or 'SREM', UNOWNED, id)
  end
  if o.owner_due ~= was('owner_due') then
    if o.owner_due then call('ZADD', DUE, o.owner_due, id) else call('ZREM', DUE, id) end
  end
end

-- Ends a command: decides what is left to decide, writes everything, and returns the reply. No error and no early
-- return may come after the first write.
local function finish(answer)
  if answer == 'unstaged' then return { answer } end -- nothing was changed
  -- The command may have ended the last borrow of a doomed object.
  reclaim()
  collect_versions()
  local missing = undeclared()
  if missing then return { 'which\n' .. table.concat(missing, '\n') } end
  if installed and o.life ~= 'g' then place_bytes() end
  local reply = answer and 'ok\n' .. answer or refused()

  tell_queue()
  declare_lost()
  write()
  for _, key in ipairs(superfluous) do call('UNLINK', key) end
  for _, key in ipairs(owed) do call('PEXPIRE', key, 600000) end
  if claims_of ~= '' then index() end
  if me ~= '' and ARGV[2] ~= '' then call('HSET', REQUESTS, me, ARGV[2] .. '\n' .. reply) end
  if bytes and answer then return { reply, bytes } end
  return { reply }
end

-- Registers a command of the ledger. `soon` is the short way of the command, if it has one: this function returns the
-- reply, or changes nothing and returns nil.
local function ledger(name, flags, command, soon)
  redis.register_function({
    function_name = LIBRARY .. name,
    flags = flags,
    callback = function(keys, argv)
      local reply = enter(keys, argv) or soon and soon()
      if reply then return reply end
      load()
      begin_readers()
      refusal, held_as = nil, nil
      reclaim()
      return finish(command())
    end,
  })
end

-- Registers a function of another kind.
local function alone(name, flags, callback)
  redis.register_function({ function_name = LIBRARY .. name, flags = flags, callback = callback })
end
