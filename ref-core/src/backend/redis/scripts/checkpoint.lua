-- Commits for the writer with this token, unless the object is doomed. The writer keeps the borrow, with the next token.
-- A checkpoint that arrives again, with the same bytes, gets the same reply (idempotent retry). If the writer never got
-- the replies to some checkpoints, its next one has the token of the first of these, and other bytes: it goes on from the
-- last one.
local token = ARGV[7]
local is_writer = o.writer == 'a' and o.writer_session == me
if is_writer and checkpointed(token) then
  if o.digest == ARGV[10] then
    return 'exclusive\n' .. o.writer_token .. '\n' .. o.committed .. '\n' .. o.name .. '\n' .. o.length
  end
  token = o.writer_token
end
if not (is_writer and o.writer_token == token) then return no('fenced') end
if o.life ~= 'l' then
  end_writer()
  return no('gone')
end
if tonumber(o.last) >= LAST_EPOCH then return no('exhausted') end
if not is_staged() then return 'unstaged' end
local next = count()
install(token)
o.committer, o.committed, o.digest, o.writer_token = me, token, ARGV[10], next
return 'exclusive\n' .. next .. '\n' .. token .. '\n' .. o.name .. '\n' .. o.length
