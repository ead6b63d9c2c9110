-- Takes the session's call with the number ARGV 7 out of the queue of the object's writers. Idempotent.
leave_queue(ARGV[7])
return done()
