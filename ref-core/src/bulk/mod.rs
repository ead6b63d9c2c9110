//! Arrays of plain data: [`Bulk`], and slices of numbers as bytes.
//!
//! A `Bulk` has its elements in a `Vec`, or points to them in the bytes of a version that was read. [`Arrays`] are what such a
//! version has beside its encoded value, and [`Block`] is a `Bulk` that is on its way into a version.

mod array;
mod arrays;
mod block;
mod element;
mod items;
mod slice;
mod text;

pub use array::Bulk;
pub(crate) use arrays::{ALIGN, Arrays, HeldBytes, Summing, sums_length};
pub(crate) use block::Block;
pub use element::BulkElement;
pub(crate) use slice::{AS_STORED, Slice, bytes};
