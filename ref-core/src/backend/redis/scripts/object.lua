-- One object. This file, `readers.lua`, `ledger.lua` and the files of the ledger's commands only read and decide.
-- `finish.lua` has their writes. The short ways (`soon.lua` and the files `*_soon.lua`) write themselves.

-- The fields of an object's hash. Their names there have one letter, so that the hash stays small.
-- life: d(oomed), or none if it is live   owner: s(ession) t(ransit) o(rphan) d(etached) p(ublished), or none
-- loan: s(hared) c(losing) o(ffered) t(aken), or none   writer: p(ending) a(ctive), or none
-- lasting: 1 if the object outlives the death of its owner, or none
local LETTERS = {
  life = 'l', owner = 'o', owner_session = 's', owner_right = 'r', owner_due = 'u', owner_since = 't', owner_at = 'a',
  loan = 'k', loan_epoch = 'e', loan_right = 'h', opened = 'q',
  writer = 'w', writer_session = 'x', writer_token = 'y', writer_since = 'z', writer_at = 'b',
  writer_began = 'B',
  last = 'n', seq = 'd', generation = 'g', version = 'v', name = 'm', length = 'c',
  committer = 'p', committed = 'i', digest = 'j', from = 'f', from_right = 'G', from_due = 'U', taken = 'T',
  orphan = 'K', died = 'D', owed = 'O', waited = 'W', watched = 'V', lasting = 'L', queue = 'Q',
}
-- The fields with the bytes of a small version. A hash keeps its compact form while no field is longer than 64 bytes.
local PIECES, PIECE = { '0', '1', '2', '3', '4', '5', '6', '7' }, 64
local SMALL = #PIECES * PIECE
local WORDS -- the fields by their letters

-- The object's fields. `o` reads and writes them, and `changed` notes what each field was before its first write.
local fields, changed
local access = {
  __newindex = function(_, word, value)
    if changed[word] == nil then changed[word] = fields[word] or false end
    fields[word] = value
  end,
}
local o
local existed

-- The version that this call makes. The keys of large versions that it makes superfluous: those that are removed, and
-- those that expire later, since a lost reader may still read them. Other writes, in their order.
local installed, superfluous, owed, writes
local bytes -- what the reply has beside its text
local awaited -- the channels of the processes that wait for the name which the call gives to the object, or nil
local function later(...)
  writes[#writes + 1] = { ... }
end

local function load()
  if not o then -- the server has `setmetatable` and `pairs` for calls, and not while it loads the library
    WORDS = {}
    for word, letter in pairs(LETTERS) do WORDS[letter] = word end
    o = setmetatable({}, access)
  end
  fields, changed = {}, {}
  access.__index = fields
  local list = call('HGETALL', OBJECT)
  for i = 1, #list, 2 do
    local letter = list[i]
    fields[WORDS[letter] or letter] = list[i + 1]
  end
  existed = #list > 0
  if not fields.life then fields.life = existed and 'l' or 'g' end
  installed, superfluous, owed, writes, bytes, awaited = nil, {}, {}, {}, nil, nil
end

-- Returns the counter's next value. Call it after every check, so that a refused command uses up no number.
local function count()
  local last = tonumber(o.last or 0)
  if last >= LAST_EPOCH then return nil end
  o.last = text(last + 1)
  return o.last
end

-- Returns what a field was when the call began.
local function was(word)
  local before = changed[word]
  if before == nil then return fields[word] end
  return before or nil
end

-- Returns epoch, name and length of the current version. Adds its bytes to the reply if they are few and the process
-- has not got them.
local function version()
  local length = tonumber(o.length)
  if has ~= o.name and length <= INLINE then
    if length <= SMALL then
      local pieces = {}
      for i = 1, math.ceil(length / PIECE) do pieces[i] = fields[PIECES[i]] or '' end
      bytes = table.concat(pieces)
    else
      bytes = call('GET', BYTES)
    end
  end
  return o.version .. '\n' .. o.name .. '\n' .. o.length
end

-- ARGV 8 name of the new version   9 its length   10 its digest   11 its bytes, or nothing if they were staged
local function is_staged()
  local length = ARGV[11] and #ARGV[11] or call('STRLEN', large .. ARGV[8])
  return length == tonumber(ARGV[9])
end

local function install(token)
  installed = { before = o.name, length = tonumber(o.length or 0) }
  o.version, o.name, o.length = token, ARGV[8], ARGV[9]
end
