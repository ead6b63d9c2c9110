-- Borrows a detached object shared, unless a writer has or has reserved it.
if not open() or not unwritten() then return end
return share()
