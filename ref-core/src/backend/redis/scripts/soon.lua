-- What the short ways of commands share. A short way is a function for the common case of a command. It reads only the
-- fields that it needs. In every other case it changes nothing and returns nil, and the command itself runs. The short
-- way of `put` is for an object that does not exist. Each other one is for a live object: that has no field `life`.
-- Each but that of `give_back` also needs an owner that is a living session.

-- Ends a short way after its writes. Notes the reply, which the same request gets if it is made again, and returns it.
-- `with` are the bytes of the version that the reply names, or nil.
local function obeyed(reply, with)
  call('HSET', REQUESTS, me, ARGV[2] .. '\nok\n' .. reply)
  return { 'ok\n' .. reply, with }
end

-- Returns the number after `number`, or nil if there is none.
local function after(number)
  number = tonumber(number)
  return number < LAST_EPOCH and text(number + 1) or nil
end

-- Returns the bytes of the current version if they fit into a reply and the process has not got them, and otherwise
-- nil.
local function bytes_for(name, length)
  length = tonumber(length)
  if has == name or length > INLINE then return nil end
  if length > SMALL then return call('GET', BYTES) or nil end
  if length == 0 then return '' end
  local pieces = call('HMGET', OBJECT, unpack(PIECES, 1, math.ceil(length / PIECE)))
  for i = 1, #pieces do pieces[i] = pieces[i] or '' end
  return table.concat(pieces)
end

-- Returns whether the call has all bytes of the new version, and they fit into a reply.
local function is_short()
  return ARGV[11] and #ARGV[11] <= INLINE and #ARGV[11] == tonumber(ARGV[9])
end

-- Adds the fields of a new version to the list `set`, and the fields that only the earlier version has to `del`. Writes
-- or removes the key BYTES at once, if one of the versions needs it. The new version is short. `before` is the length
-- of the earlier version, which is short too, or nil if there is none.
local function add_version(set, del, before, number)
  local new, length, at = ARGV[11], #ARGV[11], #set
  set[at + 1], set[at + 2], set[at + 3], set[at + 4], set[at + 5], set[at + 6] =
    'v', number, 'm', ARGV[8], 'c', ARGV[9]
  at = at + 6
  local used = 0
  if length <= SMALL then
    for from = 1, length, PIECE do
      used = used + 1
      set[at + 1], set[at + 2] = PIECES[used], new:sub(from, from + PIECE - 1)
      at = at + 2
    end
    if before and before > SMALL then call('DEL', BYTES) end
  else
    call('SET', BYTES, new)
  end
  if before and before <= SMALL then
    for i = used + 1, math.ceil(before / PIECE) do del[#del + 1] = PIECES[i] end
  end
end

-- Wakes the processes that wait for the object, if there are some.
local function wake_waiting(waited)
  if not waited then return end
  publish(waited, id)
  call('HDEL', OBJECT, 'W')
end
