-- Readers come while there is no writer; one that waits already keeps new readers out.
if not open() or not unwritten() then return end
return share()
