-- One session becomes the owner of what nobody owns, when nobody borrows it.
if o.owner ~= 'd' and o.owner ~= 'p' and o.owner ~= 'o' then return owned_otherwise() end
if not unheld() then return end
o.from = o.owner
return own()
