-- Opens a shared loan, or joins the one that is open. A new loan may begin while an earlier one is closing.
if not mine() then return end
if o.loan == 's' then return 'opened\n' .. o.loan_epoch end
if not (o.loan == 'c' and not o.writer) and not at_rest() then return end
local epoch = count()
if not epoch then return no('exhausted') end
set_loan('s', epoch)
return 'opened\n' .. epoch
