-- One claimer gets the object of this departure. Who shows a ticket of a departure that is over comes too late.
local seq, right = ARGV[8], ARGV[9]
if o.owner == 't' and o.seq == seq and o.owner_right == right then return own() end
if not o.owner then return no('gone') end
if o.owner == 't' and o.seq == seq then return no('expired') end
if tonumber(seq) <= tonumber(o.seq or 0) then return no('redeemed', 'owned') end
return no('expired')
