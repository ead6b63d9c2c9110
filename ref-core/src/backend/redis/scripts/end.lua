-- Ends the loan if it is not held. If it is held, the loan is closing from now on: no further reader can redeem it.
if not mine() then return end
local redeemed = o.loan ~= 'o' and '1' or '0'
if o.loan == 's' then o.loan = 'c' end
if not unheld() then return end
set_loan(nil)
return 'ended\n' .. redeemed .. '\n' .. version()
