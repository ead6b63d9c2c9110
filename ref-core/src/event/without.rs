//! The spans of a build without the feature `tracing`: none. No function here has an instruction.

use crate::error::Error;
use crate::id::ObjectId;
use std::fmt::Display;
use std::panic::Location;

pub(crate) const ARE_SPANS_MADE: bool = false;

pub(crate) struct NoSpan;

pub(crate) type Span = NoSpan;

#[inline]
pub(crate) fn of_session(_: &'static str, _: Option<ObjectId>, _: Option<&'static Location<'static>>) -> Span {
    NoSpan
}

#[inline]
pub(crate) fn open(_: &dyn Display) -> Span {
    NoSpan
}

#[allow(dead_code, reason = "a session of `memory:` does not die")]
#[inline]
pub(crate) fn recover(_: &dyn Display) -> Span {
    NoSpan
}

#[inline]
pub(crate) fn encode(_: &str) -> Span {
    NoSpan
}

#[inline]
pub(crate) fn decode(_: &str, _: usize) -> Span {
    NoSpan
}

#[allow(clippy::unused_self, reason = "the methods are those of the other face")]
impl NoSpan {
    #[inline]
    pub(crate) fn bytes(&self, _: usize) {}

    #[inline]
    pub(crate) fn object(&self, _: ObjectId) {}

    #[inline]
    pub(crate) fn version(&self, _: u64) {}

    #[inline]
    pub(crate) fn result<T>(&self, _: &Result<T, Error>) {}
}

#[allow(dead_code, reason = "only `remote` makes calls")]
pub(crate) struct NoCallSpan;

#[allow(dead_code, reason = "only `remote` makes calls")]
pub(crate) type CallSpan = NoCallSpan;

#[allow(dead_code, reason = "only `remote` makes calls")]
#[allow(clippy::unused_self, reason = "the methods are those of the other face")]
impl NoCallSpan {
    #[inline]
    pub(crate) fn new(_: &str) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn sent(&self, _: u32) {}

    #[inline]
    pub(crate) fn over(&self, _: Option<&Error>) {}
}
