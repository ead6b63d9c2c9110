-- First nobody new may come, then nobody may be left. It never clears a loan that is held.
if not mine() then return end
local redeemed = o.loan ~= 'o' and '1' or '0'
if o.loan == 's' then o.loan = 'c' end
if not unheld() then return end
set_loan(nil)
return 'ended\n' .. redeemed .. '\n' .. version()
