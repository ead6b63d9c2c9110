-- Removes a call that no worker has begun. Has the worker that runs it end it: `ask` asks the function, `kill` kills it, and
-- with `if_queued` the call goes on.
-- KEYS 1 prefix      ARGV 1 caller   2 number   3 how   4 how long keys are kept, ms
local p, caller, number, how, keep = KEYS[1], unpack(ARGV)
local where = redis.call('HGET', p .. 'calls:' .. caller, number)
local id, build = (where or ''):match('^(.*)\t(.*)$')
if not id then return { 'ok' } end
local worker, is_begun = pools.holder(p, build, id)
if is_begun and how == 'if_queued' then return { 'ok' } end
if is_begun then
  pools.stop(p, worker, id, how)
  pools.keep(keep, p .. 'stops')
else
  pools.remove(p, build, id)
  pools.tidy(p, build)
  pools.answer(p, caller, number, 'removed', '', '', '0', '')
end
return { 'ok' }
