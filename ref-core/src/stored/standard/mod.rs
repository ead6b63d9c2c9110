//! `Stored` for the types of the standard library that own their values.

pub(super) mod collections;
mod numbers;
pub(super) mod text;
mod wrappers;
