-- Changes nothing but the number of the session's last request. The reply shows that the server has all earlier
-- requests.
return done()
