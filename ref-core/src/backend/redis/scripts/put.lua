-- Makes an object with its first version. The session owns it.
if existed then return owned_otherwise() end
if not is_staged() then return 'unstaged' end
o.life = 'l'
install(count())
own()
return 'version\n' .. o.version .. '\n' .. o.name .. '\n' .. o.length
