//! Bytes that would overflow the stack, hang the reader or take all memory, and values that would be written as such
//! bytes.

use super::super::guard::{DEPTH, SPARE};
use super::{FORMATS, Format, ROOMY, grid, open, seal};
use crate::error::ErrorKind;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    kids: Vec<Tree>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Folder(BTreeMap<u8, Folder>);

/// Bytes that are all 1 nest without end, since `Not` is the variant with the number 1.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Term {
    Leaf,
    Not(Box<Term>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Pair {
    Leaf,
    Both(Box<Pair>, u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Record {
    Leaf,
    Next { next: Box<Record> },
}

/// A type whose values take a kilobyte for each level.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Fat {
    next: Option<Box<Fat>>,
    weight: [[u64; 16]; 8],
}

/// Runs `test` on a thread with a stack of the usual size.
fn on_a_usual_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

fn refuses<T: Serialize + DeserializeOwned + Debug>(format: Format, body: &[u8], why: &str) {
    let error = format.decode::<T>(body).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{format:?} {}", std::any::type_name::<T>());
    assert!(error.to_string().contains(why), "{format:?} {}: {error}", std::any::type_name::<T>());
}

#[test]
fn bytes_that_nest_for_ever_do_not_overflow_the_stack() {
    on_a_usual_stack(|| {
        let body = vec![1; 10 << 20];
        for &format in FORMATS {
            refuses::<Chain>(format, &body, "deeper than 128 levels");
            refuses::<Tree>(format, &body, "deeper than 128 levels");
            refuses::<Folder>(format, &body, "deeper than 128 levels");
            refuses::<Term>(format, &body, "deeper than 128 levels");
            refuses::<Pair>(format, &body, "deeper than 128 levels");
            refuses::<Record>(format, &body, "deeper than 128 levels");
            refuses::<Fat>(format, &body, "deeper than 128 levels");
        }
    });
}

/// Returns a value of `levels` levels, which wraps `innermost`.
fn nested<T>(levels: u32, innermost: T, wrap: impl Fn(T) -> T) -> T {
    (1..levels).fold(innermost, |inner, _| wrap(inner))
}

/// Checks that a value of [`DEPTH`] levels is written and read, and that a value with one level more is neither.
fn reaches<T: Serialize + DeserializeOwned + PartialEq + Debug>(make: impl Fn(u32) -> T) {
    for &format in FORMATS {
        let (most, more) = (make(DEPTH), make(DEPTH + 1));
        let bytes = seal(&most, &grid(), format, ROOMY).unwrap();
        assert!(open::<T>(&bytes, &grid(), ROOMY).unwrap() == most);
        let error = seal(&more, &grid(), format, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(error.to_string().contains("deeper than 128 levels"), "{error}");
    }
}

#[test]
fn what_can_be_written_can_be_read() {
    on_a_usual_stack(|| {
        reaches(|levels| nested(levels, Chain(None), |chain| Chain(Some(Box::new(chain)))));
        reaches(|levels| nested(levels, Tree { kids: vec![] }, |tree| Tree { kids: vec![tree] }));
        reaches(|levels| nested(levels, Folder(BTreeMap::new()), |inner| Folder(BTreeMap::from([(0, inner)]))));
        reaches(|levels| nested(levels, Term::Leaf, |term| Term::Not(Box::new(term))));
        reaches(|levels| nested(levels, Pair::Leaf, |pair| Pair::Both(Box::new(pair), 0)));
        reaches(|levels| nested(levels, Record::Leaf, |next| Record::Next { next: Box::new(next) }));
        let fat = |next| Fat { next, weight: [[1; 16]; 8] };
        reaches(|levels| nested(levels, fat(None), |inner| fat(Some(Box::new(inner)))));
    });
}

#[test]
fn a_value_without_end_is_refused_before_the_stack_is() {
    on_a_usual_stack(|| {
        let chain = nested(10_000, Chain(None), |chain| Chain(Some(Box::new(chain))));
        for &format in FORMATS {
            assert_eq!(seal(&chain, &grid(), format, ROOMY).unwrap_err().kind(), ErrorKind::Encode);
        }
    });
}

#[test]
fn a_count_of_elements_that_take_no_bytes_does_not_hang() {
    for &format in FORMATS {
        let body = format.huge_count();
        refuses::<Vec<()>>(format, &body, "more elements than its bytes account for");
        refuses::<VecDeque<[(); 4]>>(format, &body, "more elements than its bytes account for");
        refuses::<BTreeSet<()>>(format, &body, "more elements than its bytes account for");
        refuses::<BTreeMap<(), ()>>(format, &body, "more elements than its bytes account for");
        refuses::<Option<Vec<()>>>(format, &[&[1], &body[..]].concat(), "more elements than its bytes account for");
        // The allowance is for the whole value, not for each of its sequences.
        let many = [&[100][..], &body.repeat(100)].concat();
        refuses::<Vec<Vec<()>>>(format, &many, "more elements than its bytes account for");
    }
}

#[test]
fn elements_that_take_no_bytes_are_limited_when_they_are_put() {
    for &format in FORMATS {
        let bytes = seal(&vec![(); SPARE], &grid(), format, ROOMY).unwrap();
        assert_eq!(open::<Vec<()>>(&bytes, &grid(), ROOMY).unwrap().len(), SPARE);
        let error = seal(&vec![(); SPARE + 100], &grid(), format, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(error.to_string().contains("and 65536 more"), "{error}");
        let error = seal(&vec![(); usize::MAX], &grid(), format, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn elements_that_take_bytes_are_not_limited() {
    let value = (vec![0_u8; 3 * SPARE], vec![vec![None::<u8>; 3]; SPARE], vec![Vec::<u64>::new(); SPARE]);
    for &format in FORMATS {
        let bytes = seal(&value, &grid(), format, ROOMY).unwrap();
        assert!(open::<(Vec<u8>, Vec<Vec<Option<u8>>>, Vec<Vec<u64>>)>(&bytes, &grid(), ROOMY).unwrap() == value);
    }
}

/// A type with parts of many shapes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    chain: Chain,
    tree: Tree,
    folder: Folder,
    terms: Vec<Term>,
    record: Record,
    numbers: (u8, i16, u32, i64, u128, f32, f64),
    texts: Vec<(String, char)>,
    units: Vec<()>,
    choice: Result<Option<bool>, std::time::Duration>,
    bytes: std::ffi::CString,
    address: std::net::IpAddr,
}

fn decodes_or_not<T: Serialize + DeserializeOwned>(format: Format, body: &[u8]) {
    let kind = format.decode::<T>(body).map_or_else(|error| error.kind(), |_| ErrorKind::Decode);
    assert_eq!(kind, ErrorKind::Decode);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(
        wild in proptest::collection::vec(any::<u8>(), 0..400),
        // Bytes of small numbers nest most deeply.
        tame in proptest::collection::vec(0_u8..3, 0..4000),
    ) {
        for (&format, body) in FORMATS.iter().flat_map(|format| [(format, &wild), (format, &tame)]) {
            decodes_or_not::<Everything>(format, body);
            decodes_or_not::<Chain>(format, body);
            decodes_or_not::<Tree>(format, body);
            decodes_or_not::<Folder>(format, body);
            decodes_or_not::<Vec<Record>>(format, body);
            decodes_or_not::<BTreeMap<(), Vec<()>>>(format, body);
            decodes_or_not::<Vec<(String, Option<u128>)>>(format, body);
        }
    }

    #[test]
    fn what_random_bytes_decode_to_is_written_and_read_again(tame in proptest::collection::vec(0_u8..3, 0..300)) {
        for &format in FORMATS {
            for end in 0..tame.len().min(40) {
                let Ok(tree) = format.decode::<Tree>(&tame[..end]) else { continue };
                let bytes = seal(&tree, &grid(), format, ROOMY).unwrap();
                prop_assert_eq!(open::<Tree>(&bytes, &grid(), ROOMY).unwrap(), tree);
            }
        }
    }
}
