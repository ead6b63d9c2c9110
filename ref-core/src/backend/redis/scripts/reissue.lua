-- Makes a new ticket for an exclusive loan that is not held. The old ticket is void.
if not mine() then return end
if o.loan ~= 'o' and o.loan ~= 't' then return no('expired') end
if not unheld() then return end
local epoch = count()
if not epoch then return no('exhausted') end
set_loan('o', epoch, ARGV[7])
o.died = nil
return 'opened\n' .. epoch
