//! `Stored` for the types of the standard library that own their values.

pub(super) mod collections;
mod numbers;
mod text;
mod wrappers;
