-- Puts an object that is not lent in transit. A claim has to show the right of this departure.
if not mine() or not at_rest() then return end
if next_departure() >= LAST_SEQ then return no('exhausted') end
depart('t', now + tonumber(ARGV[8]))
o.owner_right = ARGV[7]
return 'sent\n' .. o.seq
