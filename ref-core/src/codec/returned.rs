//! Values that remote calls return.

use super::envelope::{Envelope, SealedVersion, after_header, body_offset, with_header};
use super::{Encode, MOST, MOST_WITH_ARRAYS, guarded};
use crate::error::Result;
use crate::schema::Known;

/// A value that a remote call returns.
pub(crate) enum Returned {
    /// Few bytes, without a header. [`plain::decode`](super::plain::decode) reads them.
    Plain(Vec<u8>),
    Version(SealedVersion),
}

/// Encodes a value as [`seal`](super::envelope::seal) does. A value without arrays whose version would have less than
/// `least` bytes gets no header but the codec's number.
///
/// # Errors
/// Those of [`seal`](super::envelope::seal).
pub(crate) fn seal_returned(known: &Known, least: usize, value: &dyn Encode) -> Result<Returned> {
    let mut sink = after_header(known, MOST).with_arrays(MOST_WITH_ARRAYS);
    guarded::encode(value, &mut sink)?;
    let codec = value.format().id;
    if sink.has_arrays() || sink.written().len() >= least {
        return with_header(sink, known, codec).map(Returned::Version);
    }
    // The byte before the body becomes the codec's number.
    let mut plain = sink.into_parts().0.split_off(body_offset(known.name.len()) - 1);
    plain[0] = codec;
    Ok(Returned::Plain(plain))
}

/// Returns whether a store for values of up to `most` bytes takes this version.
pub(crate) fn fits(version: &[u8], most: usize) -> bool {
    Envelope::parse(version).is_ok_and(|Envelope { body, parts, .. }| {
        body.len() <= most.min(MOST) && body.len().saturating_add(parts.arrays.len()) <= most
    })
}
