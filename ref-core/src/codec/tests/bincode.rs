//! The deserializer of this crate for bincode's format, beside that of the crate `bincode`: from the same bytes both
//! read the same value, or fail with the same error.

use super::super::{Bincode, Codec as _, Limits, Sink};
use bincode::config;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A value of every kind that the format knows, read by serde's derives.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kinds {
    small: (bool, u8, i8, char),
    numbers: (u16, i16, u32, i32, u64, i64, u128, i128, f32, f64),
    texts: Vec<(String, Option<String>)>,
    map: BTreeMap<u16, Option<Option<bool>>>,
    nested: Vec<Kind>,
    unit: ((), Marker, Wrapped),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Marker;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Wrapped([i64; 2]);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(Box<Kind>),
    Tuple(u8, String),
    Named { more: Option<Box<Kind>>, last: i32 },
}

fn kinds() -> Kinds {
    let deep = Kind::Named { more: Some(Box::new(Kind::Newtype(Box::new(Kind::Unit)))), last: -70_000 };
    Kinds {
        small: (true, 200, -100, 'ß'),
        numbers: (65_000, -300, u32::MAX, i32::MIN, u64::MAX, i64::MIN, u128::MAX, i128::MIN, 0.5, -0.0),
        texts: vec![("one".into(), None), (String::new(), Some("two".into()))],
        map: [(1, None), (700, Some(None)), (2, Some(Some(true)))].into(),
        nested: vec![deep, Kind::Tuple(1, "x".into()), Kind::Unit],
        unit: ((), Marker, Wrapped([1, -1])),
    }
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
            assert_eq!(theirs.to_string(), ours.to_string());
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

proptest! {
    #[test]
    fn both_deserializers_of_bincode_refuse_the_same(at in 0..200_usize, to: u8, more in 0..3_usize) {
        let mut bytes = bincode::serde::encode_to_vec(kinds(), config::standard()).unwrap();
        let at = at % bytes.len();
        bytes[at] = to;
        bytes.extend(std::iter::repeat_n(0, more));
        compare::<Kinds>(&bytes);
        compare::<(Option<Kind>, Vec<Kind>)>(&bytes[at..]);
    }
}
