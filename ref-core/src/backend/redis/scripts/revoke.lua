-- Voids the loan at once. Its readers read on, but count no more; its writer's commit will be refused.
if not mine() then return end
local epoch = count()
if not epoch then return no('exhausted') end
set_loan(nil)
revoke_readers(epoch)
end_writer()
return 'revoked\n' .. version()
