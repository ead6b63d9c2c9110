-- Commits for the writer with this token, unless the object is doomed.
-- A commit that arrives again after the writer's end, with the same bytes, gets the same reply (idempotent retry).
local token = ARGV[7]
-- The writer does not know yet that its checkpoint was obeyed.
if checkpointed(token) then token = o.writer_token end
if not (o.writer == 'a' and o.writer_session == me and o.writer_token == token) then
  if o.committer == me and o.committed == token then
    if o.digest ~= ARGV[10] then return no('diverged') end -- other bytes with the same token
    return 'version\n' .. token .. '\n' .. o.name .. '\n' .. o.length
  end
  return no('fenced')
end
if o.life == 'l' and not is_staged() then return 'unstaged' end
end_writer()
if o.life ~= 'l' then return no('gone') end
install(token)
o.committer, o.committed, o.digest = me, token, ARGV[10]
return 'version\n' .. token .. '\n' .. o.name .. '\n' .. o.length
