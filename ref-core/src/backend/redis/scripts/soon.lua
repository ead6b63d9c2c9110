-- What the short ways of commands share. A short way is the common case of a command, in few steps: it reads the fields
-- that it needs, and no others. In every other case it changes nothing and returns nil, and the command itself runs. Each
-- short way is for a live object whose owner is a living session. A live object has no `life`.

-- Ends a short way that has done its writes: notes the reply for the same request, made again.
local function obeyed(reply, with)
  call('HSET', REQUESTS, me, ARGV[2] .. '\nok\n' .. reply)
  return { 'ok\n' .. reply, with }
end

-- Returns the number after `number`, or nil if there is none.
local function after(number)
  number = tonumber(number)
  return number < LAST_EPOCH and text(number + 1) or nil
end

-- Returns the bytes of the current version if a reply has them and the process has not got them.
local function bytes_for(name, length)
  length = tonumber(length)
  if has == name or length > INLINE then return nil end
  if length > SMALL then return call('GET', BYTES) or nil end
  if length == 0 then return '' end
  local pieces = call('HMGET', OBJECT, unpack(PIECES, 1, math.ceil(length / PIECE)))
  for i = 1, #pieces do pieces[i] = pieces[i] or '' end
  return table.concat(pieces)
end

-- Returns whether the call has the bytes of the new version, and a reply can have them.
local function is_short()
  return ARGV[11] and #ARGV[11] <= INLINE and #ARGV[11] == tonumber(ARGV[9])
end

-- Adds the fields of the new version, the length of which is short, to the list `set`, and the fields that it has not
-- to `del`. `before` is the length of the version before it, which is short too, or nil.
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
  publish(waited)
  call('HDEL', OBJECT, 'W')
end
