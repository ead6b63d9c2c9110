-- Turns a reservation into a borrow when there is no reader left. The reservation of a doomed object ends.
if o.writer == 'p' and o.writer_session == me then
  if o.life ~= 'l' then
    end_writer()
    return no('gone')
  end
  if is_read(generation()) then return conflict('shared') end
  return activate(o.writer_token)
end
if not o.writer then return over() end
return conflict('exclusive')
