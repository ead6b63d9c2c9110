//! Slices of numbers as bytes.

mod slice;

pub(crate) use slice::{Slice, bytes};
