-- Opens an exclusive loan of an object that is not lent.
if not mine() or not at_rest() then return end
local epoch = count()
if not epoch then return no('exhausted') end
set_loan('o', epoch, ARGV[7])
o.died = nil
return 'opened\n' .. epoch
