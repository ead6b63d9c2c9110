//! `shm://` and `file:`: one host, many processes, any of which may be killed.
