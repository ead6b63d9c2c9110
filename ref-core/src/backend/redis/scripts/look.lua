-- Takes from the dead, and says what there is: for whoever looks, and for those who recover a session, ARGV 7.
if me == '' then whose = ARGV[7] end
if o.life == 'g' then return no('gone') end
local hold = '-'
if o.life == 'l' and o.writer == 'a' and o.writer_session == me then
  hold = o.writer_token
elseif me ~= '' and held['h:' .. me] then
  hold = 'shared'
end
return table.concat({ 'look', o.life, o.owner or '-', o.loan or '-', hold, o.died or '', version() }, '\n')
