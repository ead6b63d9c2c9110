//! Calls of a codec, with the [`guard`] between the codec and the value.

use super::errors::{failed, too_large, too_many_elements, unread, unwritten};
use super::guard::{self, Guarded, GuardedRef, SPARE, Seen, Violation};
use super::{Codec, Limits, Sink};
use crate::error::{ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) fn encode<C: Codec, T: Serialize>(value: &T, sink: &mut Sink) -> Result<()> {
    let before = sink.room();
    let (written, seen) =
        guard::watch(elements_in::<C>(before), !C::SELF_DESCRIBING, || C::encode(&GuardedRef(value), sink));
    let too_many = seen.elements > elements_in::<C>(before - sink.room());
    match (written, seen) {
        _ if sink.is_full() => Err(too_large(None, before)),
        (_, Seen { violation: Some(Violation::Elements), .. }) => Err(too_many_elements(before)),
        (_, Seen { violation: Some(violation), .. }) => Err(unwritten(violation)),
        (Err(failure), _) => Err(failed::<C>(ErrorKind::Encode, failure)),
        (Ok(()), _) if too_many => Err(unwritten(Violation::Elements)),
        (Ok(()), _) => Ok(()),
    }
}

pub(super) fn decode<C: Codec, T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T> {
    let budget = elements_in::<C>(bytes.len());
    let (read, seen) = guard::watch(budget, !C::SELF_DESCRIBING, || C::decode::<Guarded<T>>(bytes, limits));
    match (read, seen.violation) {
        (_, Some(violation)) => Err(unread(violation)),
        (Err(failure), None) => Err(failed::<C>(ErrorKind::Decode, failure)),
        (Ok(Guarded(value)), None) => Ok(value),
    }
}

/// Returns how many elements a value of `bytes` bytes may have.
fn elements_in<C: Codec>(bytes: usize) -> usize {
    bytes.saturating_mul(C::ELEMENTS_PER_BYTE).saturating_add(SPARE)
}
