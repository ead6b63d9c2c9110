-- Returns the version of a detached object, without a borrow.
if not open() or not unwritten() then return end
return 'version\n' .. version()
