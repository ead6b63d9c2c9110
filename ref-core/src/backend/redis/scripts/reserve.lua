-- Reserves the exclusive borrow of a detached object. New readers are refused; `grant.lua` waits for the present ones.
-- ARGV 7 is nothing, or a call asks in turn: its number, comma, the channel of its process, and comma if it has waited in
-- vain.
if not open() then return end
if ARGV[7] then
  local number, channel, is_late = ARGV[7]:match('^([^,]+),([^,]+)(,?)$')
  local reply = queued(number, channel, is_late ~= '')
  if reply then return reply end
end
if not unwritten() then return end
local token = count()
if not token then return no('exhausted') end
o.writer, o.writer_session, o.writer_token, o.writer_since, o.writer_at = 'p', me, token, text(now), caller
return 'opened\n' .. token
