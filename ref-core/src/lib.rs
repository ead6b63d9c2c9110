//! Rust references, across processes.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod backend;
mod error;
mod event;
mod handle;
mod id;
mod ledger;
mod schema;
mod stored;
mod sync;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::{AccessKind, Conflict, Error, ErrorKind, Held, Holder, Refused, Result};
pub use handle::{HasFields, Ref, RefMut};
pub use id::{FencingToken, ObjectId};
pub use schema::{Schema, Shape};
pub use stored::Stored;

#[cfg(feature = "macros")]
pub use ref_macros::global_store;
