-- A shared ticket fits its own loan, while that is open; any number of sessions may redeem it.
if o.life ~= 'l' or o.loan ~= 's' or o.loan_epoch ~= ARGV[7] then return over() end
return share()
