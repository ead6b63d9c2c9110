-- The owner gives an object up that is not lent, and the object gets a name. A name that leads to another published
-- object is refused; the name of an object that is not published is free.
-- ARGV 7 the name   8 the key of the names (hash: name, object)   9 the object that is known to have the name, or nothing
--      10 the key of that object   11 how many names there may be   12 the key of the awaited names (hash: name, channels)
if not mine() or not at_rest() then return end
local led = call('HGET', ARGV[8], ARGV[7])
if led and led ~= id and (led ~= ARGV[9] or call('HGET', ARGV[10], LETTERS.owner) == 'p') then return no('taken') end
if not led and call('HLEN', ARGV[8]) >= tonumber(ARGV[11]) then return no('full') end
later('HSET', ARGV[8], ARGV[7], id)
awaited = call('HGET', ARGV[12], ARGV[7])
if awaited then later('HDEL', ARGV[12], ARGV[7]) end
leave('p')
return done()
