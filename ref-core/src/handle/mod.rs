//! The typed handles of stored values.

mod borrow;

pub use borrow::{HasFields, Ref, RefMut};
