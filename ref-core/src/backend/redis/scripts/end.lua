-- Ends the loan if it is not held. If it is held, the loan is closing from now on: no further reader can redeem it.
-- ARGV 7 is the number of the request that this one undoes. A loan that another request opened goes on.
if not mine() then return end
if ARGV[7] and o.opened ~= ARGV[7] then return done() end
local redeemed = o.loan ~= 'o' and '1' or '0'
if o.loan == 's' then o.loan = 'c' end
if not unheld() then return end
set_loan(nil)
return 'ended\n' .. redeemed .. '\n' .. version()
