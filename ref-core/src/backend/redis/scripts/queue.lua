-- The queue of an object's writers: calls that wait for the reservation, in the order in which they came. It says which
-- call is told that the object is free, and decides nothing else.
--
-- The field `queue` has an entry for each call: session, number, the channel of its process, and its mark, with a comma
-- after each. The mark is nothing while the object is not free for the call, the time at which the call was told that it
-- is, or `s` if the call is skipped: it was told and did not ask. A call that asks has no mark.
local MOST_WAITING = 128 -- the longest queue; further calls wait without a place
local PATIENCE = 200 -- for how many ms a call that was told may leave the object alone

local function queue()
  local list = {}
  for session, number, channel, mark in (o.queue or ''):gmatch('([^,]+),([^,]+),([^,]+),([^,]*),') do
    list[#list + 1] = { session = session, number = number, channel = channel, mark = mark }
  end
  return list
end

local function keep_queue(list)
  local entries = {}
  for i, waiting in ipairs(list) do
    entries[i] = table.concat({ waiting.session, waiting.number, waiting.channel, waiting.mark, '' }, ',')
  end
  local queue = #list > 0 and table.concat(entries) or nil
  if queue ~= o.queue then o.queue = queue end
end

-- Returns the first call of a living session that is not skipped, and its place. Takes dead sessions before it out.
local function first_of(list, from)
  local i = from or 1
  while list[i] do
    if is_dead(list[i].session) then
      table.remove(list, i)
    elseif list[i].mark == 's' then
      i = i + 1
    else
      return list[i], i
    end
  end
  return nil
end

-- Returns the place of the session's call with this number, or nil.
local function place_of(list, number)
  for i, waiting in ipairs(list) do
    if waiting.session == me and waiting.number == number then return i end
  end
  return nil
end

-- Asks for the reservation in turn. Returns nil if the call may reserve the object, and otherwise the reply. `is_late`
-- says that the call has waited in vain: then a call before it which was told long ago is skipped.
local function queued(number, channel, is_late)
  local list = queue()
  local place = place_of(list, number)
  if place then list[place].mark = '' end
  local first, nth = first_of(list)
  while first and nth ~= place_of(list, number) and is_late and not o.writer and tonumber(first.mark)
    and now - tonumber(first.mark) >= PATIENCE do
    first.mark = 's'
    first, nth = first_of(list)
  end
  place = place_of(list, number)
  local reply
  if o.writer or first and nth ~= place then
    if not place and #list < MOST_WAITING then
      place = #list + 1
      list[place] = { session = me, number = number, channel = channel, mark = '' }
    end
    reply = place and 'queued' or 'full'
  elseif place then
    table.remove(list, place)
  end
  keep_queue(list)
  return reply
end

local function leave_queue(number)
  local list = queue()
  local place = place_of(list, number)
  if place then table.remove(list, place) end
  keep_queue(list)
end

-- Tells the first call of the queue that the object is free, and the one after it that it is the next. A call whose
-- process has no connection for messages is skipped. If there is no such object any more, tells all calls.
local function tell_queue()
  if not o.queue then return end
  local list = queue()
  local function tell(waiting, what)
    return redis.pcall('PUBLISH', KEYS[1]:match('^.*}:') .. waiting.channel, what .. waiting.number)
  end
  if o.life ~= 'l' then
    for _, waiting in ipairs(list) do tell(waiting, 'first:') end
    o.queue = nil
    return
  end
  if o.writer then return end
  local first, nth = first_of(list)
  -- A call that was told already has yet to ask.
  while first and (first.mark == '' or was('writer')) do
    if tell(first, 'first:') ~= 0 then
      first.mark = text(now)
      local second = first_of(list, nth + 1)
      if second then tell(second, 'next:') end
      break
    end
    first.mark = 's'
    first, nth = first_of(list)
  end
  keep_queue(list)
end
