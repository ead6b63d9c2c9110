-- Commits for the owner, if the object is not lent and the owner knows the current version.
if not mine() or not at_rest() then return end
if o.version ~= ARGV[7] then return no('diverged') end
if not is_staged() then return 'unstaged' end
local token = count()
if not token then return no('exhausted') end
install(token)
return 'version\n' .. token .. '\n' .. o.name .. '\n' .. o.length
