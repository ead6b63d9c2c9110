//! Codecs that give a sequence to a type that asks for bytes: the guard counts the sequence's elements and levels too.

use super::super::opaque::ByNames;
use super::super::{Codec, CodecOf, Failure, Limits, Sink};
use super::ROOMY;
use super::opaque::Json;
use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A list that is written as a sequence, and read by `deserialize_bytes`.
#[derive(Debug)]
struct ByBytes(usize);

impl Serialize for ByBytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((0..self.0).map(|_| 7_u8))
    }
}

impl<'de> Deserialize<'de> for ByBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Count;
        impl<'de> Visitor<'de> for Count {
            type Value = ByBytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ByBytes, A::Error> {
                let mut count = 0;
                while seq.next_element::<Nested>()?.is_some() {
                    count += 1;
                }
                Ok(ByBytes(count))
            }
        }
        from.deserialize_bytes(Count)
    }
}

/// A number, or a list in a list without end.
#[derive(Debug)]
struct Nested;

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Nested;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or bytes")
            }

            fn visit_u64<E>(self, _: u64) -> Result<Nested, E> {
                Ok(Nested)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nested, A::Error> {
                while seq.next_element::<Nested>()?.is_some() {}
                Ok(Nested)
            }
        }
        from.deserialize_bytes(Any)
    }
}

#[test]
fn a_sequence_in_the_place_of_bytes_is_counted() {
    let codec = CodecOf::<ByBytes>::of::<Json, ByNames>();
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let error = codec.decode(codec.id(), &deep, ROOMY).unwrap_err();
    assert!(error.to_string().contains("recursion limit") || error.to_string().contains("128 levels"), "{error}");
    let codec = CodecOf::<ByBytes>::of::<Endless, ByNames>();
    let error = codec.decode(codec.id(), &[], ROOMY).unwrap_err();
    assert!(error.to_string().contains("more elements than its bytes account for"), "{error}");
}

/// A codec that gives a sequence of a million elements, whatever it is asked for.
struct Endless;

impl Codec for Endless {
    const ID: u8 = 212;
    const NAME: &'static str = "endless";

    fn encode<T: Serialize>(_: &T, _: &mut Sink) -> Result<(), Failure> {
        Ok(())
    }

    fn decode<T: DeserializeOwned>(_: &[u8], _: Limits) -> Result<T, Failure> {
        let elements = std::iter::repeat_n(7_u8, 1_000_000);
        Ok(T::deserialize(SeqDeserializer::<_, serde::de::value::Error>::new(elements))?)
    }
}
