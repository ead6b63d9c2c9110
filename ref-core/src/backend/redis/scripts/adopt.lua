-- The session becomes the owner of a detached object or an orphan that is not borrowed.
if o.owner ~= 'd' and o.owner ~= 'o' then return owned_otherwise() end
if not unheld() then return end
local due = o.owner == 'd' and o.owner_due
local adopted = take()
return due and 'adopted\n' .. text(tonumber(due) - now) .. '\n' .. version() or adopted
