-- Removes a call that no worker has begun. Has the worker that runs it end it: `ask` asks the function, `kill` kills it.
-- KEYS 1 prefix      ARGV 1 caller   2 number   3 how   4 how long keys are kept, ms
local p, caller, number, how, keep = KEYS[1], unpack(ARGV)
local where = redis.call('HGET', p .. 'calls:' .. caller, number)
if not where then return { 'ok' } end
local state, at, build = where:match('^(%a)\t([^\t]*)\t?(.*)$')
if state == 'q' then
  pools.remove(p, build, at)
  pools.answer(p, caller, number, 'removed', '', '', '0', '')
else
  local stop = redis.call('HGET', p .. 'stops', at)
  if how == 'kill' or stop ~= caller .. '\t' .. number .. '\tkill' then
    redis.call('HSET', p .. 'stops', at, caller .. '\t' .. number .. '\t' .. how)
    pools.keep(keep, p .. 'stops')
  end
end
return { 'ok' }
