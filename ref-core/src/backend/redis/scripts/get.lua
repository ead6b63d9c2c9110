-- Returns the version of an object without an owner. Takes no borrow, and no borrow is in the way.
if not open() then return end
return 'version\n' .. version()
