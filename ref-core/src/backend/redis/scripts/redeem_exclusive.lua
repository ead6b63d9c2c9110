-- Redeems an exclusive ticket, once. The fencing token is greater than every number of the object before it.
if o.loan == 'o' and o.loan_right == ARGV[7] then
  local token = count()
  if not token then return no('exhausted') end
  o.loan = 't'
  return activate(token)
end
if o.loan == 't' and o.loan_right == ARGV[7] then return no('redeemed', 'exclusive') end
return over()
