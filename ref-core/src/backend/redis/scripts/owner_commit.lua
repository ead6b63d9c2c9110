-- The owner writes only where nobody else can, and only on top of the version that it knows.
if not mine() or not at_rest() then return end
if o.version ~= ARGV[7] then return no('diverged') end
if not is_staged() then return 'unstaged' end
local token = count()
if not token then return no('exhausted') end
install(token)
return 'version\n' .. token .. '\n' .. o.name .. '\n' .. o.length
