//! The codecs of `Stored` types.

use super::Stored;
use crate::codec::{Codec, CodecOf, Decode, Encode, Encoding, Format, Limits, Outcome, Sink, is_numbered};
use crate::error;
use crate::schema::is_replaced;
use serde::{Deserializer, Serializer};
use std::ops::Deref;

/// The encoding by [`Stored`].
struct ByStored;

impl<T: Stored> Encoding<T> for ByStored {
    fn write<S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.store(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        T::restore(from)
    }
}

impl<T: Stored> Encode for T {
    fn format(&self) -> Format {
        T::codec().format
    }

    fn write(&self, sink: &mut Sink) -> Outcome {
        (T::codec().write)(self, sink)
    }

    fn read_back(&self, bytes: &[u8], limits: Limits) -> Outcome {
        (T::codec().read)(bytes, limits, &mut None)
    }
}

impl<T: Stored> Decode for Option<T> {
    fn format(&self) -> Format {
        T::codec().format
    }

    fn read(&mut self, reader: usize, bytes: &[u8], limits: Limits) -> Outcome {
        (T::codec().readers[reader])(bytes, limits, self)
    }

    fn read_earlier(&mut self, id: u8, bytes: &[u8], max_object_bytes: usize) -> Option<error::Result<()>> {
        // The condition is a constant, so that rustc compiles nothing for a type without an earlier definition.
        if const { T::EARLIER.is_none() } || !is_replaced::<T>() {
            return None;
        }
        T::EARLIER.map(|earlier| (earlier.decode)(id, bytes, max_object_bytes, self))
    }
}

impl<T: Stored> CodecOf<T> {
    /// Returns the codec `C`. A codec of another crate whose `ID` is below 128 does not compile.
    #[must_use]
    pub const fn new<C: Codec>() -> Self {
        const {
            assert!(
                is_numbered::<C>(),
                "an `ID` below 128 is for the codecs of `ref_core`; give your codec a number of 128 or more"
            )
        };
        Self::numbered::<C>()
    }

    /// Returns the codec of a pointer to a `U`: that of `U`.
    pub(crate) fn of_pointer<U: Stored>() -> Self
    where
        T: Deref<Target = U> + From<U>,
    {
        U::codec().through::<T, ByStored>(
            |value, sink| (U::codec().write)(value, sink),
            |bytes, limits, value| {
                let mut inner = None;
                (U::codec().read)(bytes, limits, &mut inner)?;
                *value = inner.map(T::from);
                Ok(())
            },
        )
    }

    /// The codec of types that choose none. As a constant, it costs the compiler less than a function for each type.
    pub(crate) const STORED: Self = Self::usual::<ByStored>();

    /// Returns the codec `C`. The caller has checked its number.
    pub(crate) const fn numbered<C: Codec>() -> Self {
        Self::of::<C, ByStored>()
    }
}

impl<T: Stored> Default for CodecOf<T> {
    /// Returns the codec of types that choose none: bincode if this build has it, otherwise postcard.
    /// In a build that has neither, every use of the returned codec fails.
    fn default() -> Self {
        Self::STORED
    }
}
