-- Redeems a shared ticket while its loan is open. Any number of sessions may.
if o.life ~= 'l' or o.loan ~= 's' or o.loan_epoch ~= ARGV[7] then return over() end
return share()
