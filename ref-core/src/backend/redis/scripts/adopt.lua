-- The session becomes the owner of a detached object or an orphan that is not borrowed.
if o.owner ~= 'd' and o.owner ~= 'o' then return owned_otherwise() end
if not unheld() then return end
return take()
