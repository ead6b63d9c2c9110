//! The deserializer of this crate for bincode's format, beside that of the crate `bincode`: from the same bytes both
//! read the same value, or fail with the same error.

use super::super::{Bincode, Codec as _, Limits, Sink};
use bincode::config;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt::Debug;

/// A value of every kind that the format knows, read by serde's derives.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kinds {
    small: (bool, u8, i8, char),
    numbers: (u16, i16, u32, i32, u64, i64, u128, i128, f32, f64),
    texts: Vec<(Text, Option<Text>)>,
    map: BTreeMap<u16, Option<Option<bool>>>,
    nested: Vec<Kind>,
    unit: ((), Marker, Wrapped),
}

/// A text that is asked for as a `str`: before it reads a `String`, the crate `bincode` allocates whatever the length
/// says.
#[derive(Clone, Debug, Serialize)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <&str>::deserialize(from).map(|text| Self(text.into()))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Wrapped([i64; 2]);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(Box<Kind>),
    Tuple(u8, Text),
    Named { more: Option<Box<Kind>>, last: i32 },
}

fn text(text: &str) -> Text {
    Text(text.into())
}

fn kinds() -> Kinds {
    let deep = Kind::Named { more: Some(Box::new(Kind::Newtype(Box::new(Kind::Unit)))), last: -70_000 };
    Kinds {
        small: (true, 200, -100, 'ß'),
        numbers: (65_000, -300, u32::MAX, i32::MIN, u64::MAX, i64::MIN, u128::MAX, i128::MIN, 0.5, -0.0),
        texts: vec![(text("onß"), None), (text(""), Some(text("two")))],
        map: [(1, None), (700, Some(None)), (2, Some(Some(true)))].into(),
        nested: vec![deep, Kind::Tuple(1, text("x")), Kind::Unit],
        unit: ((), Marker, Wrapped([1, -1])),
    }
}

/// Returns what an error says, with one name for the type of a length: it is a `usize` for theirs, and a number of 64
/// bits for ours, which the crate `bincode` calls one of 32 bits in some of its errors.
fn with_one_length(error: &str) -> String {
    error.replace("Usize", "U32").replace("U64", "U32")
}

/// Reads the bytes in both ways, and compares.
fn compare<T: DeserializeOwned + Debug>(bytes: &[u8]) -> bool {
    let theirs = bincode::serde::decode_from_slice::<T, _>(bytes, config::standard());
    let ours = Bincode::decode::<T>(bytes, Limits { max_object_bytes: bytes.len() });
    match (theirs, ours) {
        (Ok((theirs, read)), Ok(ours)) => {
            assert_eq!(read, bytes.len());
            assert_eq!(format!("{theirs:?}"), format!("{ours:?}"));
            true
        }
        (Ok((_, read)), Err(ours)) => {
            assert!(read < bytes.len(), "{ours}");
            assert!(ours.to_string().contains(&format!("left {} bytes", bytes.len() - read)), "{ours}");
            false
        }
        (Err(theirs), Err(ours)) => {
            assert_eq!(with_one_length(&theirs.to_string()), with_one_length(&ours.to_string()));
            false
        }
        (Err(theirs), Ok(ours)) => panic!("{theirs} in place of {ours:?}"),
    }
}

#[test]
fn both_deserializers_of_bincode_read_every_kind() {
    let mut sink = Sink::after(Vec::new(), 1000);
    Bincode::encode(&kinds(), &mut sink).unwrap();
    assert_eq!(sink.written(), bincode::serde::encode_to_vec(kinds(), config::standard()).unwrap());
    assert!(compare::<Kinds>(sink.written()));
    for length in 0..sink.written().len() {
        assert!(!compare::<Kinds>(&sink.written()[..length]));
    }
}

/// The first bytes of numbers of each length, numbers of variants and of bools that do not exist, and bytes that begin
/// a letter, continue one, or do neither.
const CHANGED: [u8; 16] = [0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0xC3, 0xE2, 0xF0, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF];

#[test]
fn both_deserializers_of_bincode_refuse_the_same() {
    let whole = bincode::serde::encode_to_vec(kinds(), config::standard()).unwrap();
    for at in 0..whole.len() {
        for to in CHANGED {
            let mut bytes = whole.clone();
            bytes[at] = to;
            compare::<Kinds>(&bytes);
            compare::<(Option<Kind>, Vec<Kind>)>(&bytes[at..]);
        }
    }
    for more in 1..3 {
        assert!(!compare::<Kinds>(&[&whole[..], &vec![0; more]].concat()));
    }
}

#[test]
fn the_length_of_a_text_is_checked_before_anything_is_allocated() {
    for length in [1, u64::MAX, 1 << 62] {
        let bytes = bincode::serde::encode_to_vec(length, config::standard()).unwrap();
        let limits = Limits { max_object_bytes: bytes.len() };
        assert!(Bincode::decode::<String>(&bytes, limits).is_err());
        assert!(Bincode::decode::<CString>(&bytes, limits).is_err());
        assert!(Bincode::decode::<Vec<u64>>(&bytes, limits).is_err());
    }
}
