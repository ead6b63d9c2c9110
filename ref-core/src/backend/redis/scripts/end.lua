-- Ends the loan if it is not held. If it is held, the loan is closing from now on: no further reader can redeem it.
-- ARGV 7 is nothing, r(edeemed), or the number of the request that this one undoes. With r, a loan whose ticket can be
-- redeemed goes on. With a number, a loan that another request opened goes on.
if not mine() then return end
if ARGV[7] == 'r' then
  if o.loan == 'o' then return 'offered' end
elseif ARGV[7] and o.opened ~= ARGV[7] then
  return done()
end
local redeemed = o.loan == 'o' and '0' or o.loan == 't' and o.died and 'd' or '1'
if o.loan == 's' then o.loan = 'c' end
if not unheld() then return end
set_loan(nil)
return 'ended\n' .. redeemed .. '\n' .. version()
