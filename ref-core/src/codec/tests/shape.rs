//! Values whose bytes would be read as other values, and are refused when they are written.

use super::super::by_serde::BySerde;
use super::super::{Codec, CodecOf, Failure, Limits, Sink, envelope};
use super::{FORMATS, ROOMY, grid, open, open_by, seal};
use crate::error::ErrorKind;
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeTuple as _};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// Checks that every format refuses `value`, with `why` in the error.
fn refused<T: Serialize + DeserializeOwned>(value: &T, why: &str) {
    for &format in FORMATS {
        let error = seal(value, &grid(), format, ROOMY).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode, "{format:?}: {error}");
        assert!(error.to_string().contains(why), "{format:?}: {error}");
    }
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq>(value: &T) {
    for &format in FORMATS {
        let bytes = seal(value, &grid(), format, ROOMY).unwrap();
        assert!(open::<T>(&bytes, &grid(), ROOMY).unwrap() == *value, "{format:?}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Particle {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<u8>,
    at: u8,
    track: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    Nothing,
    Hit {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<u8>,
        at: u8,
    },
}

fn particle(note: Option<u8>) -> Particle {
    Particle { note, at: 1, track: vec![7, 0] }
}

#[test]
fn a_field_that_is_left_out_is_refused_by_its_name_wherever_it_is() {
    let why = "`Particle` leaves out its field `note`";
    refused(&particle(None), why);
    refused(&particle(None), "remove `skip_serializing_if` from the field");
    refused(&vec![particle(Some(1)), particle(None)], why);
    refused(&BTreeMap::from([(1, Some(particle(None)))]), why);
    refused(&Err::<(), _>(particle(None)), why);
    refused(&Event::Hit { by: vec![], at: 2 }, "`Hit` leaves out its field `by`");
    comes_back(&particle(Some(3)));
    comes_back(&Event::Hit { by: vec![1], at: 2 });
    comes_back(&Event::Nothing);
}

#[test]
fn a_flattened_field_is_refused_with_its_remedy() {
    #[derive(Serialize, Deserialize)]
    struct Inner {
        a: u8,
    }
    #[derive(Serialize, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        inner: Inner,
        b: u8,
    }
    refused(&Flat { inner: Inner { a: 1 }, b: 2 }, "take `#[serde(flatten)]` from the type");
}

/// A value whose `Serialize` writes what its `Write` says.
#[derive(Deserialize)]
struct By(Write);

#[derive(Clone, Copy, Deserialize)]
enum Write {
    Seq { told: usize, written: usize },
    Map { told: usize, written: usize },
    Tuple { told: usize, written: usize },
    Struct { told: usize, written: usize },
    KeyAlone,
    ValueFirst,
    KeysFirst,
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Write::Seq { told, written } => {
                let mut seq = serializer.serialize_seq(Some(told))?;
                (0..written).try_for_each(|_| seq.serialize_element(&7_u8))?;
                seq.end()
            }
            Write::Map { told, written } => {
                let mut map = serializer.serialize_map(Some(told))?;
                (0..written).try_for_each(|n| map.serialize_entry(&n, &7_u8))?;
                map.end()
            }
            Write::Tuple { told, written } => {
                let mut tuple = serializer.serialize_tuple(told)?;
                (0..written).try_for_each(|_| tuple.serialize_element(&7_u8))?;
                tuple.end()
            }
            Write::Struct { told, written } => {
                let mut fields = serializer.serialize_struct("By", told)?;
                (0..written).try_for_each(|_| fields.serialize_field("f", &7_u8))?;
                fields.end()
            }
            turns => unpaired(turns, serializer.serialize_map(Some(2))?),
        }
    }
}

fn unpaired<M: serde::ser::SerializeMap>(turns: Write, mut map: M) -> Result<M::Ok, M::Error> {
    match turns {
        Write::ValueFirst => {
            map.serialize_value(&1_u8)?;
            map.serialize_key(&1_u8)?;
        }
        Write::KeysFirst => {
            map.serialize_key(&1_u8)?;
            map.serialize_key(&2_u8)?;
            map.serialize_value(&1_u8)?;
            map.serialize_value(&2_u8)?;
        }
        _ => {
            map.serialize_entry(&1_u8, &1_u8)?;
            map.serialize_key(&2_u8)?;
        }
    }
    map.end()
}

#[test]
fn another_number_of_parts_than_was_told_is_refused() {
    for (told, written) in [(2, 1), (2, 3), (0, 1), (1, 0)] {
        let why = format!("says that it has {told} parts and writes {written}");
        refused(&By(Write::Seq { told, written }), &format!("a sequence {why}"));
        refused(&By(Write::Map { told, written }), &format!("a map {why}"));
        refused(&By(Write::Tuple { told, written }), &format!("a tuple {why}"));
        refused(&By(Write::Struct { told, written }), &format!("By {why}"));
    }
    for &format in FORMATS {
        for told in [0, 1, 5] {
            assert!(seal(&By(Write::Seq { told, written: told }), &grid(), format, ROOMY).is_ok());
            assert!(seal(&By(Write::Map { told, written: told }), &grid(), format, ROOMY).is_ok());
            assert!(seal(&By(Write::Struct { told, written: told }), &grid(), format, ROOMY).is_ok());
        }
    }
}

#[test]
fn a_map_whose_keys_and_values_do_not_alternate_is_refused() {
    for turns in [Write::KeyAlone, Write::ValueFirst, Write::KeysFirst] {
        refused(&By(turns), "keys and values do not take turns; see that the type's `Serialize` writes a value");
    }
}

/// serde's `collect_seq` relies on the `size_hint` of an iterator.
#[test]
fn an_iterator_whose_size_hint_is_wrong_is_refused() {
    struct Liar(u8);
    impl Iterator for Liar {
        type Item = u8;

        fn next(&mut self) -> Option<u8> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (3, Some(3))
        }
    }
    #[derive(Deserialize)]
    struct Lies;
    impl Serialize for Lies {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(Liar(2))
        }
    }
    refused(&Lies, "a sequence says that it has 3 parts and writes 2");
}

/// A type whose `Serialize` ignores the refusal is refused all the same.
#[test]
fn a_refusal_that_is_swallowed_counts() {
    #[derive(Deserialize)]
    struct Swallows;
    impl Serialize for Swallows {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut fields = serializer.serialize_struct("Swallows", 1)?;
            let _refused = fields.skip_field("a");
            fields.serialize_field("b", &1_u8)?;
            fields.end()
        }
    }
    refused(&Swallows, "`Swallows` leaves out its field `a`");
}

/// JSON, as a codec that says (`NAMES`) or does not say that it writes names.
struct Json<const NAMES: bool>;

impl<const NAMES: bool> Codec for Json<NAMES> {
    const ID: u8 = 210;
    const NAME: &'static str = "json";
    const SELF_DESCRIBING: bool = NAMES;

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        Ok(serde_json::to_writer(sink, value)?)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

#[test]
fn a_codec_that_writes_names_may_leave_fields_out() {
    let value = particle(None);
    let codec = CodecOf::of::<Json<true>, BySerde>();
    let bytes = envelope::seal(&value, &grid(), codec, ROOMY).unwrap();
    assert_eq!(open_by::<Particle>(codec, &bytes, &grid(), ROOMY).unwrap(), value);
    let error = envelope::seal(&value, &grid(), CodecOf::of::<Json<false>, BySerde>(), ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().contains("says so by `Codec::SELF_DESCRIBING`"), "{error}");
}
