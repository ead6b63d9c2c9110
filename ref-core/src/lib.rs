//! Rust references, across processes.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod backend;
mod error;
mod event;
mod id;
mod ledger;
mod sync;

pub use error::{AccessKind, Conflict, Error, ErrorKind, Held, Holder, Refused, Result};
pub use id::{FencingToken, ObjectId};
