//! Opaque values: which are read back, and which are refused when they are written, since they would not be read back.

use super::super::opaque::ByNames;
use super::super::{Codec, CodecOf, Failure, Limits, Sink, coded};
use super::{ROOMY, grid, open_by};
use crate::error::{Error, ErrorKind};
use serde::de::{DeserializeOwned, Deserializer};
use serde::ser::{SerializeMap as _, SerializeSeq as _, SerializeStruct as _, SerializeTuple as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;

/// JSON.
pub(super) struct Json;

impl Codec for Json {
    const ID: u8 = 210;
    const NAME: &'static str = "json";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        Ok(serde_json::to_writer(sink, value)?)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// Returns the positional codecs of this build.
fn positional<T: Serialize + DeserializeOwned>() -> Vec<CodecOf<T>> {
    vec![
        #[cfg(feature = "bincode")]
        CodecOf::of::<super::super::Bincode, ByNames>(),
        #[cfg(feature = "postcard")]
        CodecOf::of::<super::super::Postcard, ByNames>(),
    ]
}

/// Returns the codecs of this build and JSON.
fn codecs<T: Serialize + DeserializeOwned>() -> Vec<CodecOf<T>> {
    positional().into_iter().chain([CodecOf::of::<Json, ByNames>()]).collect()
}

fn refusals<T: Serialize + DeserializeOwned>(codecs: Vec<CodecOf<T>>, value: &T) -> impl Iterator<Item = Error> {
    codecs.into_iter().map(|codec| coded::seal_copy(value, &grid(), codec, ROOMY).map(drop).unwrap_err())
}

/// Checks that every codec refuses `value`, with `why` in the error.
fn refused<T: Serialize + DeserializeOwned>(value: &T, why: &str) {
    refused_by(codecs(), value, why);
}

fn refused_by<T: Serialize + DeserializeOwned>(codecs: Vec<CodecOf<T>>, value: &T, why: &str) {
    for error in refusals(codecs, value) {
        assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    comes_back_by(codecs(), value);
}

fn comes_back_by<T: Serialize + DeserializeOwned + PartialEq + Debug>(codecs: Vec<CodecOf<T>>, value: &T) {
    for codec in codecs {
        let bytes = coded::seal_copy(value, &grid(), codec, ROOMY).unwrap();
        assert_eq!(open_by::<T>(codec, &bytes, &grid(), ROOMY).unwrap(), *value, "{codec:?}");
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    Two(u8, i64),
    One(Option<bool>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Loose {
    Whole(i64),
    Real(f64),
    Text(String),
    Named { at: u8 },
    List(Vec<Loose>),
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Move { to: u64, why: Option<char> },
    Stop,
    Event(Particle),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "kebab-case")]
enum Beside {
    TwoNumbers(u8, i64),
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    particle: Particle,
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

fn particle(note: Option<u8>) -> Particle {
    Particle { note, at: 1, track: vec![7, 0] }
}

#[test]
fn what_serde_attributes_write_comes_back() {
    comes_back(&vec![particle(None), particle(Some(1))]);
    comes_back(&BTreeMap::from([(1, Some(particle(None)))]));
    comes_back(&vec![Event::Hit { by: vec![], at: 2 }, Event::Nothing, Event::Two(1, -1), Event::One(None)]);
    let loose = || vec![Loose::Whole(-3), Loose::Real(0.5), Loose::Text("a".into()), Loose::Named { at: 1 }];
    comes_back(&Loose::List(loose().into_iter().chain([Loose::Nothing, Loose::List(loose())]).collect()));
    comes_back(&vec![Tagged::Move { to: 3, why: Some('ß') }, Tagged::Stop, Tagged::Event(particle(None))]);
    comes_back(&vec![Beside::TwoNumbers(1, -2), Beside::Nothing]);
    let rest = BTreeMap::from([("more".to_owned(), json!([null, 1, -1, 0.5, { "a": {} }, u64::MAX]))]);
    comes_back(&Flat { particle: particle(None), own: 3, rest });
}

/// The first value can be read by a format that does not say what comes next, and the second cannot.
#[test]
fn a_value_that_asks_what_comes_next_comes_back_also_after_an_empty_one() {
    comes_back::<Vec<Value>>(&vec![]);
    comes_back(&vec![json!({ "a": [1, null] })]);
}

#[test]
fn numbers_texts_and_maps_come_back_as_they_were() {
    comes_back(&(i128::MIN, u128::MAX, u64::MAX, i64::MIN, f32::MIN_POSITIVE, 0.1_f64, 'ß', '\0'));
    comes_back(&(vec![0_u8, 255], String::from("zwölf"), (), [(); 3]));
    comes_back_by(positional(), &BTreeMap::from([((1_u8, Some('a')), [1.5_f32, f32::INFINITY])]));
    comes_back_by(positional(), &BTreeMap::from([(vec![1_u8], ()), (vec![], ())]));
    for codec in positional::<(f32, f64)>() {
        let bytes = coded::seal_copy(&(f32::NAN, -f64::NAN), &grid(), codec, ROOMY).unwrap();
        let (narrow, wide) = open_by::<(f32, f64)>(codec, &bytes, &grid(), ROOMY).unwrap();
        assert_eq!((narrow.to_bits(), wide.to_bits()), (f32::NAN.to_bits(), (-f64::NAN).to_bits()));
    }
}

#[test]
fn the_order_of_sets_and_maps_is_no_difference() {
    comes_back(&(0..200).map(|n| n.to_string()).collect::<HashSet<_>>());
    comes_back(&(0..200).map(|n| (n, (0..n % 7).collect())).collect::<HashMap<u64, HashSet<u64>>>());
}

#[test]
fn a_some_around_nothing_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Newtype<T>(T);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Empty;
    let why = "which would be read as `None`; write `None`, or make the type `Stored`";
    refused(&Some(None::<u8>), why);
    refused(&vec![None, Some(Some(1_u8)), Some(None)], why);
    refused(&Some(()), why);
    refused(&Some(Newtype(Newtype(None::<u8>))), why);
    refused(&Some(Value::Null), why);
    refused_by(vec![CodecOf::of::<Json, ByNames>()], &Some(Empty), why);
    comes_back_by(positional(), &Some(Empty));
    comes_back(&vec![None, Some(Some(1_u8))]);
    comes_back(&Some(vec![None::<u8>]));
    comes_back(&Some(Event::One(None)));
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
        type Item = u16;

        fn next(&mut self) -> Option<u16> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0.into())
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
            let _refused = fields.serialize_field("a", &Some(()));
            fields.end()
        }
    }
    refused(&Swallows, "`Some(())`");
}

/// A number whose `Deserialize` fails if the number is 13, and reads a number above 100 as 100.
#[derive(Debug, PartialEq, Serialize)]
struct Moody(u8);

impl<'de> Deserialize<'de> for Moody {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u8::deserialize(from)? {
            13 => Err(serde::de::Error::custom("not in the mood")),
            number => Ok(Self(number.min(100))),
        }
    }
}

#[test]
fn a_value_that_cannot_be_read_back_is_refused() {
    refused_by(positional(), &vec![Moody(1), Moody(13)], "`Vec<Moody>` cannot be read: not in the mood");
    refused_by(positional(), &Some(Moody(13)), "see that the type's `Deserialize` reads all");
    refused(&Moody(13), "not in the mood");
    comes_back(&vec![Moody(1), Moody(2)]);
}

#[test]
fn a_value_that_would_be_read_as_another_is_refused() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Wide {
        number: u128,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Quiet {
        #[serde(flatten)]
        wide: Option<Wide>,
    }
    #[derive(Serialize, Deserialize)]
    struct OneWay {
        #[serde(skip_deserializing)]
        lost: u8,
    }
    let why = "would be read as another value; see that the type's `Deserialize` reads all";
    refused_by(positional(), &Moody(101), why);
    refused_by(positional(), &OneWay { lost: 1 }, why);
    // A number of 128 bits cannot be flattened, and an optional part that cannot be read counts as missing.
    refused_by(positional(), &Quiet { wide: Some(Wide { number: 1 << 100 }) }, why);
    comes_back_by(positional(), &Quiet { wide: None });
}

#[test]
fn what_json_does_not_write_is_refused() {
    refused_by(vec![CodecOf::of::<Json, ByNames>()], &f64::NAN, "it cannot be read back");
    assert!(coded::seal_copy(&0.5_f64, &grid(), CodecOf::of::<Json, ByNames>(), ROOMY).is_ok());
}

#[test]
fn bytes_that_are_cut_off_or_left_over_are_errors() {
    for codec in positional::<Vec<Particle>>() {
        let sealed = coded::seal_copy(&vec![particle(None), particle(Some(3))], &grid(), codec, ROOMY).unwrap();
        // The body is the length of the bytes, in one byte, and the bytes.
        let body = &sealed[128..];
        assert_eq!(usize::from(body[0]), body.len() - 1);
        let with = |bytes: &[u8]| codec.decode(codec.id(), &[&[bytes.len() as u8], bytes].concat(), ROOMY);
        assert!(with(&body[1..]).is_ok());
        for end in 1..body.len() {
            assert_eq!(with(&body[1..end]).unwrap_err().kind(), ErrorKind::Decode);
        }
        let error = with(&[&body[1..], &[0xc0]].concat()).unwrap_err();
        assert!(error.to_string().contains("`Vec<Particle>` cannot be read: bytes are left over"), "{error}");
        assert!(error.to_string().contains("read it by the old definition"), "{error}");
    }
}
