-- Reads without keeping a borrow.
if not open() or not unwritten() then return end
return 'version\n' .. version()
