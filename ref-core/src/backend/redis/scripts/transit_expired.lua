-- Drops an object in transit whose ticket was not claimed in time.
if o.owner ~= 't' or o.seq ~= ARGV[7] then return over() end
doom()
return done()
