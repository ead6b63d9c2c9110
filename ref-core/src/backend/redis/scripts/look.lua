-- Takes from dead sessions what they held of the object, and returns its state. A process that recovers a dead session
-- calls this without a session of its own, and names the dead one in ARGV 7.
if me == '' then
  claims_of = ARGV[7]
  if claims_of ~= '' then bury(claims_of) end
  reclaim()
end
if o.life == 'g' then return no('gone') end
local hold = '-'
if o.life == 'l' and o.writer == 'a' and o.writer_session == me then
  hold = o.writer_token
elseif me ~= '' and reads() then
  hold = 'shared'
end
return table.concat({ 'look', o.life, o.owner or '-', o.loan or '-', hold, o.died or '', version() }, '\n')
