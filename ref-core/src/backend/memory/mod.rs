//! `memory:`: one process, nothing shared with another, everything encoded all the same.
