-- Becomes the owner of an object in transit by the ticket of its present departure. A ticket of an earlier one is void.
local seq, right = ARGV[8], ARGV[9]
if o.owner == 't' and o.seq == seq and o.owner_right == right then return take() end
if not o.owner then return no('gone') end
if o.owner == 't' and o.seq == seq then return no('expired') end
if tonumber(seq) + 1 == tonumber(o.seq or 0) then return no('expired') end
if tonumber(seq) <= tonumber(o.seq or 0) then return no('redeemed', 'owned') end
return no('expired')
