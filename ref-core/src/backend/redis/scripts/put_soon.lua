-- The short way: there is no such object, and the version is short.
if not is_short() or call('EXISTS', OBJECT) == 1 then return nil end
local set = { 'n', '1', 'o', 's', 's', me, 't', text(now), 'a', caller, 'K', ARGV[7] }
add_version(set, nil, nil, '1')
call('HSET', OBJECT, unpack(set))
call('HSETNX', MINE, id, '')
return obeyed('version\n1\n' .. ARGV[8] .. '\n' .. ARGV[9])
