//! `Bulk<str>`: text that need not be copied out of a store.

use super::array::Bulk;
use super::arrays::Arrays;
use crate::sync::Arc;
use std::ops::{Deref, Range};

impl Bulk<str> {
    /// Makes a text of bytes. Returns `None` if they are not UTF-8.
    pub(crate) fn from_utf8(bytes: Vec<u8>) -> Option<Self> {
        String::from_utf8(bytes).ok().map(Self::from)
    }

    /// Makes a `Bulk` that points to the text at `place` of a version. Returns `None` if the text is better copied,
    /// or if the bytes are not UTF-8. This reads all of the text.
    pub(crate) fn text_in_version(arrays: &Arc<Arrays>, place: Range<usize>) -> Option<Self> {
        let is_text = arrays.bytes(place.clone()).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
        if is_text { Self::items_in_version(arrays, place) } else { None }
    }
}

impl Deref for Bulk<str> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        // SAFETY: each function that makes a `Bulk<str>` makes it of a `str`, of no bytes, or of bytes that it has
        // checked. The bytes of a `Bulk<str>` never change: no function gives out a `&mut` to them, and a version is
        // never written again.
        unsafe { std::str::from_utf8_unchecked(self.items()) }
    }
}

impl AsRef<str> for Bulk<str> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<String> for Bulk<str> {
    fn from(text: String) -> Self {
        Self::of_items(text.into_bytes())
    }
}

impl From<&str> for Bulk<str> {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}
