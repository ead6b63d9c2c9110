//! Borrows inside this process, in a build without the feature `lessons`: they are not recorded. No function here has an
//! instruction, and no value a byte.

use super::Caller;
use super::recording::RecordingFile;
use crate::error::AccessKind;
use crate::id::ObjectId;
use crate::sync::Arc;
use std::marker::PhantomData;

pub(crate) const ARE_BORROWS_RECORDED: bool = false;

#[derive(Default)]
pub(crate) struct NoRecorder;

pub(crate) type LocalRecorder = NoRecorder;

#[derive(Clone, Copy)]
pub(crate) struct NoHandle;

pub(crate) type LocalHandle = NoHandle;

#[derive(Clone, Copy)]
pub(crate) struct NoBorrow<'a>(PhantomData<&'a NoRecorder>);

pub(crate) type LocalBorrow<'a> = NoBorrow<'a>;

#[allow(clippy::unused_self, reason = "the methods are those of the other face")]
impl NoRecorder {
    pub(super) fn new(_: Arc<RecordingFile>, _: u64) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn begin(
        &self,
        _: LocalHandle,
        _: AccessKind,
        _: impl FnOnce() -> ObjectId,
        _: Caller,
    ) -> LocalBorrow<'_> {
        NoBorrow(PhantomData)
    }

    #[inline]
    pub(crate) fn dropped(&self, _: LocalHandle, _: ObjectId) {}
}

impl NoHandle {
    #[inline]
    pub(crate) fn owner() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn lease(_: &LocalRecorder) -> Self {
        Self
    }
}

#[allow(clippy::unused_self, reason = "the methods are those of the other face")]
impl NoBorrow<'_> {
    #[inline]
    pub(crate) fn of_field() -> Self {
        Self(PhantomData)
    }

    #[inline]
    pub(crate) fn used(self) {}

    #[inline]
    pub(crate) fn taken_out(self) {}
}
