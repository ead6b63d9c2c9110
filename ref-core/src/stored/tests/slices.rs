//! Lists that are written and read in one piece.

use super::super::Stored;
use super::written::{ROOMY, body, codecs, json, positional, stored};
use crate::error::ErrorKind;
use proptest::prelude::*;
use std::fmt::Debug;

/// Checks that a list is read as it was written, from any place in memory. Checks that a part of its bytes is refused,
/// and that one byte more is refused.
pub(super) fn whole<T: Stored + PartialEq + Debug>(value: T) {
    for codec in positional::<T>() {
        let bytes = body(&value, codec).unwrap();
        for shift in 0..9 {
            let moved = [&vec![0; shift][..], &bytes].concat();
            assert_eq!(codec.decode(codec.id(), &moved[shift..], ROOMY).unwrap(), value);
        }
        for end in 0..bytes.len() {
            assert_eq!(codec.decode(codec.id(), &bytes[..end], ROOMY).unwrap_err().kind(), ErrorKind::Decode);
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(codec.decode(codec.id(), &longer, ROOMY).unwrap_err().kind(), ErrorKind::Decode);
    }
}

// The lists are checked as one value, since the compiler takes long for each type that is written by all codecs.
macro_rules! numbers {
    ($($type:ident)+) => {$(
        whole((vec![$type::MIN, $type::MAX, 1 as $type], [$type::MIN, $type::MAX], vec![[$type::MAX; 3]; 2]));
    )+};
}

#[test]
fn lists_of_numbers_come_back_and_no_part_of_them_does() {
    numbers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 }
    whole(vec![true, false]);
    whole(vec!['a', '\u{e9}', char::MAX]);
    whole(vec![1.5_f32].into_boxed_slice());
    whole(vec![vec![0.5_f64], vec![]]);
    whole([[1_u8; 2]; 3]);
    whole(String::from("zw\u{f6}lf"));
}

#[test]
fn a_list_takes_its_bytes_and_its_length() {
    for codec in positional::<Vec<f64>>() {
        let bytes = body(&vec![1.0, -2.0], codec).unwrap();
        assert_eq!(bytes, [&[16][..], &1.0_f64.to_le_bytes(), &(-2.0_f64).to_le_bytes()].concat());
    }
    for codec in positional::<[char; 2]>() {
        assert_eq!(body(&['a', 'b'], codec).unwrap(), [8, b'a', 0, 0, 0, b'b', 0, 0, 0]);
    }
}

#[test]
fn arrays_without_elements_and_of_other_elements_go_one_by_one() {
    whole(vec![[0_u8; 0]; 0]);
    let _description = stored(vec![[0_u8; 0]; 3]);
    let _description = stored([(); 40]);
    let _description = stored(std::array::from_fn::<String, 40, _>(|nth| nth.to_string()));
    let _description = stored([[0_u64; 0]; 2]);
}

#[test]
fn people_get_elements() {
    assert_eq!(json(&vec![1_u8, 2]), "[1,2]");
    assert_eq!(json(&[[0.5_f64, 1.0]]), "[[0.5,1.0]]");
    assert_eq!(json(&vec!['x']), "[\"x\"]");
    let _description = stored((vec![0_u8, 255], [i128::MIN, i128::MAX], vec![[0.5_f64; 3]; 2], vec![true], vec!['x']));
}

/// Checks that no positional codec reads a `T` from `bytes`.
pub(super) fn refuses<T: Stored + Debug>(bytes: &[u8]) {
    for codec in positional::<T>() {
        let error = codec.decode(codec.id(), bytes, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{codec:?} {bytes:?}");
    }
}

#[test]
fn bytes_that_are_no_elements_are_refused() {
    refuses::<Vec<f64>>(&[7, 0, 0, 0, 0, 0, 0, 0]);
    refuses::<Vec<bool>>(&[1, 2]);
    refuses::<Vec<[bool; 2]>>(&[2, 1, 3]);
    refuses::<[bool; 1]>(&[1, 255]);
    refuses::<Vec<char>>(&[4, 0, 0xd8, 0, 0]);
    refuses::<[char; 1]>(&[4, 0, 0, 0x11, 0]);
    refuses::<[u8; 2]>(&[3, 0, 0, 0]);
    refuses::<[u8; 2]>(&[1, 0]);
    refuses::<String>(&[1, 0xff]);
}

#[test]
fn a_length_cannot_ask_for_more_than_there_is() {
    for huge in
        [&[253_u8, 255, 255, 255, 255, 255, 255, 255, 127][..], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]]
    {
        refuses::<Vec<u8>>(huge);
        refuses::<Vec<f64>>(huge);
        refuses::<String>(huge);
        refuses::<Vec<String>>(huge);
        refuses::<Vec<[f64; 3]>>(huge);
        refuses::<std::collections::HashMap<String, Vec<u8>>>(huge);
        refuses::<std::ffi::CString>(huge);
        refuses::<std::ffi::OsString>(&[&[0], huge].concat());
        refuses::<std::path::PathBuf>(huge);
        refuses::<crate::Opaque<String>>(huge);
        refuses::<crate::Opaque<Vec<String>>>(huge);
        refuses::<crate::Key<u8>>(huge);
    }
}

proptest! {
    #[test]
    fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        fn try_all<T: Stored>(bytes: &[u8]) {
            for codec in codecs::<T>() {
                let kind = codec.decode(codec.id(), bytes, ROOMY).map_or_else(|error| error.kind(), |_| ErrorKind::Decode);
                assert_eq!(kind, ErrorKind::Decode);
            }
        }
        try_all::<Vec<u64>>(&bytes);
        try_all::<Vec<[bool; 3]>>(&bytes);
        try_all::<Vec<char>>(&bytes);
        try_all::<(String, [i16; 4], Vec<Vec<u8>>)>(&bytes);
    }
}
