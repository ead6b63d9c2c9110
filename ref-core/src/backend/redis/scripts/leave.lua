-- Nobody owns it any more: whoever has its key (or name) may use it. Nothing that is lent may leave.
if not mine() or not at_rest() then return end
disown()
o.owner = ARGV[7]
return done()
