-- Voids the loan at once. Its readers read on, but count no more; its writer's commit will be refused.
if not mine() then return end
if not count() then return no('exhausted') end
set_loan(nil)
for _, session in ipairs(holders('h:')) do
  held['x:' .. session] = held['h:' .. session]
  held['h:' .. session] = nil
end
end_writer()
return 'revoked\n' .. version()
