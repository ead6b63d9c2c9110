#[cfg(feature = "bincode")]
mod bincode;
mod chosen;
mod in_place_of_bytes;
mod opaque;

use super::by_serde::BySerde;
use super::coded::{self, CodedPlace};
use super::sink::Full;
use super::{CodecOf, Sink, envelope};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Known;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    #[cfg(feature = "bincode")]
    Bincode,
    #[cfg(feature = "postcard")]
    Postcard,
}

impl Format {
    fn of<T: Serialize + DeserializeOwned>(self) -> CodecOf<T> {
        match self {
            #[cfg(feature = "bincode")]
            Self::Bincode => CodecOf::of::<super::Bincode, BySerde>(),
            #[cfg(feature = "postcard")]
            Self::Postcard => CodecOf::of::<super::Postcard, BySerde>(),
        }
    }

    /// Returns the length 2^60 - 1 as this format writes it.
    fn huge_count(self) -> Vec<u8> {
        match self {
            #[cfg(feature = "bincode")]
            Self::Bincode => [&[253][..], &((1_u64 << 60) - 1).to_le_bytes()].concat(),
            #[cfg(feature = "postcard")]
            Self::Postcard => vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
        }
    }

    fn decode<T: Serialize + DeserializeOwned>(self, body: &[u8]) -> Result<T> {
        self.of().decode(self.of::<T>().id(), body, ROOMY)
    }
}

fn seal<T: Serialize + DeserializeOwned>(value: &T, known: &Known, format: Format, most: usize) -> Result<Vec<u8>> {
    coded::seal_copy(value, known, format.of(), most)
}

fn open<T: Serialize + DeserializeOwned>(bytes: &[u8], known: &Known, most: usize) -> Result<T> {
    open_by(CodecOf::usual::<BySerde>(), bytes, known, most)
}

fn open_by<T>(codec: CodecOf<T>, bytes: &[u8], known: &Known, most: usize) -> Result<T> {
    CodedPlace::read(codec, |place| envelope::open_copy(bytes, known, most, place))
}

/// The formats of this build, with the default first.
const FORMATS: &[Format] = &[
    #[cfg(feature = "bincode")]
    Format::Bincode,
    #[cfg(feature = "postcard")]
    Format::Postcard,
];

const USUAL: Format = FORMATS[0];

const ROOMY: usize = 1 << 20;

/// A value with one part of each sort that formats write differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sample {
    small: i8,
    wide: u128,
    real: f64,
    text: String,
    choice: Choice,
    table: BTreeMap<String, Vec<u16>>,
    bytes: Vec<u8>,
    perhaps: Option<(bool, char)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Unit,
    One(u32),
    Named { a: i64 },
}

fn sample() -> Sample {
    Sample {
        small: -3,
        wide: u128::MAX,
        real: -0.5,
        text: "zwölf".into(),
        choice: Choice::Named { a: i64::MIN },
        table: BTreeMap::from([("primes".into(), vec![2, 3, 5, 257]), (String::new(), vec![])]),
        bytes: vec![0, 255],
        perhaps: Some((true, 'ß')),
    }
}

fn known(name: &str, fingerprint: u64) -> Known {
    Known::new(name, fingerprint)
}

fn grid() -> Known {
    known("Grid", 0x0123_4567_89ab_cdef)
}

fn sealed(format: Format) -> Vec<u8> {
    seal(&sample(), &grid(), format, ROOMY).unwrap()
}

fn refusal(bytes: &[u8]) -> Error {
    open::<Sample>(bytes, &grid(), ROOMY).unwrap_err()
}

/// Writes the right checksum into bytes whose header was changed.
fn reseal(bytes: &mut [u8]) {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..12]);
    hasher.update(&bytes[16..]);
    bytes[12..16].copy_from_slice(&hasher.finalize().to_le_bytes());
}

fn hex(bytes: &[u8]) -> String {
    bytes.chunks(16).map(|row| data_encoding::HEXLOWER.encode(row) + "\n").collect()
}

#[test]
fn what_was_sealed_opens_in_every_format() {
    for &format in FORMATS {
        assert_eq!(open::<Sample>(&sealed(format), &grid(), ROOMY).unwrap(), sample(), "{format:?}");
        for choice in [Choice::Unit, Choice::One(70_000)] {
            let bytes = seal(&choice, &grid(), format, ROOMY).unwrap();
            assert_eq!(open::<Choice>(&bytes, &grid(), ROOMY).unwrap(), choice, "{format:?}");
        }
    }
}

#[cfg(feature = "bincode")]
#[test]
fn the_layout_is_the_documented_one() {
    let bytes = seal(&(300_u64, "ab".to_owned()), &grid(), Format::Bincode, ROOMY).unwrap();
    let expected = "\
        897265660d0a1a0a030001007e3788ff\n\
        efcdab89674523010600000000000000\n\
        00000000000000000400000080000000\n\
        00000000000000000000000000000000\n\
        47726964000000000000000000000000\n\
        00000000000000000000000000000000\n\
        00000000000000000000000000000000\n\
        00000000000000000000000000000000\n\
        fb2c01026162\n";
    assert_eq!(hex(&bytes), expected);
}

#[cfg(feature = "postcard")]
#[test]
fn postcard_writes_what_its_specification_says() {
    let bytes = seal(&(300_u64, "ab".to_owned()), &grid(), Format::Postcard, ROOMY).unwrap();
    assert_eq!(bytes[10], 2);
    assert_eq!(hex(&bytes[128..]), "ac02026162\n");
}

#[test]
fn the_body_starts_at_a_multiple_of_64_bytes() {
    for length in [0, 1, 63, 64, 65, 1000] {
        let known = known(&"n".repeat(length), 1);
        let bytes = seal(&7_u64, &known, USUAL, ROOMY).unwrap();
        assert_eq!(bytes.len() % 64, 1, "one byte of body after a name of {length}");
        assert_eq!(open::<u64>(&bytes, &known, ROOMY).unwrap(), 7);
    }
}

#[test]
fn another_name_is_another_type() {
    let error = open::<Sample>(&sealed(USUAL), &known("Mesh", 1), ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert!(error.to_string().contains("is a `Grid`, and `Mesh` was asked for"), "{error}");
}

#[test]
fn the_same_name_with_other_fields_is_a_schema_mismatch_that_names_both_sides() {
    let error = open::<Sample>(&sealed(USUAL), &known("Grid", 0xfeed), ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    let text = error.to_string();
    assert!(text.contains("0123456789abcdef") && text.contains("000000000000feed"), "{text}");
}

#[test]
fn a_codec_that_this_build_lacks_is_named() {
    let mut bytes = sealed(USUAL);
    bytes[10] = 200;
    reseal(&mut bytes);
    let error = refusal(&bytes);
    assert_eq!(error.kind(), ErrorKind::CodecMismatch);
    assert!(error.to_string().contains("the codec number 200"), "{error}");
}

#[test]
fn another_version_of_the_layout_is_a_codec_mismatch() {
    let mut bytes = sealed(USUAL);
    bytes[8] = 1;
    assert_eq!(refusal(&bytes).kind(), ErrorKind::CodecMismatch);
}

#[test]
fn every_truncation_is_corrupt() {
    let bytes = sealed(USUAL);
    for end in 0..bytes.len() {
        assert_eq!(refusal(&bytes[..end]).kind(), ErrorKind::Corrupt, "cut at {end}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(refusal(&longer).kind(), ErrorKind::Corrupt);
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = sealed(USUAL);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let expected = if (64..80).contains(&bit) { ErrorKind::CodecMismatch } else { ErrorKind::Corrupt };
        assert_eq!(refusal(&flipped).kind(), expected, "bit {bit}");
    }
}

#[test]
fn a_header_that_contradicts_itself_is_corrupt_whatever_its_checksum() {
    for (at, value) in [(24, u64::MAX), (24, 0), (32, 1), (40, u64::MAX), (40, 3 << 32 | 4), (44, 0)] {
        let mut bytes = sealed(USUAL);
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        reseal(&mut bytes);
        assert_eq!(refusal(&bytes).kind(), ErrorKind::Corrupt, "{value} at {at}");
    }
}

#[test]
fn a_body_that_claims_to_begin_elsewhere_is_corrupt() {
    for offset in [64_u32, 65, 127, 130] {
        let mut bytes = sealed(USUAL);
        let body = bytes.len() as u64 - u64::from(offset);
        bytes[24..32].copy_from_slice(&body.to_le_bytes());
        bytes[44..48].copy_from_slice(&offset.to_le_bytes());
        reseal(&mut bytes);
        assert_eq!(refusal(&bytes).kind(), ErrorKind::Corrupt, "at {offset}");
    }
}

#[test]
fn bytes_that_the_decoder_leaves_over_are_refused() {
    for &format in FORMATS {
        let pair = seal(&(1_u8, 2_u8), &grid(), format, ROOMY).unwrap();
        let error = open::<u8>(&pair, &grid(), ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("left 1 bytes"), "{error}");
    }
}

#[test]
fn a_length_field_cannot_ask_for_more_memory_than_its_bytes_excuse() {
    for &format in FORMATS {
        let body = &format.huge_count();
        assert_eq!(format.decode::<String>(body).unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(format.decode::<Vec<u64>>(body).unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(format.decode::<BTreeMap<u64, String>>(body).unwrap_err().kind(), ErrorKind::Decode);
    }
}

#[test]
fn every_limit_is_large_enough_for_its_values() {
    // The values that grow most when they are read: numbers that take one byte in the store and sixteen in memory.
    for (count, text) in [(1 << 16, 0), ((1 << 16) + 1, 0), (1 << 10, 8 << 20)] {
        let value = (vec![0_u128; count], "x".repeat(text));
        for &format in FORMATS {
            let bytes = seal(&value, &grid(), format, usize::MAX).unwrap();
            assert!(open::<(Vec<u128>, String)>(&bytes, &grid(), usize::MAX).unwrap() == value, "{count}, {text}");
        }
    }
}

#[test]
fn what_is_larger_than_allowed_is_neither_written_nor_read() {
    for &format in FORMATS {
        let text = "x".repeat(100);
        let most = seal(&text, &grid(), format, ROOMY).unwrap().len() - 128;
        let bytes = seal(&text, &grid(), format, most).unwrap();
        assert_eq!(seal(&text, &grid(), format, most - 1).unwrap_err().kind(), ErrorKind::TooLarge);
        assert!(open::<String>(&bytes, &grid(), most).is_ok());
        assert_eq!(open::<String>(&bytes, &grid(), most - 1).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn a_value_that_no_store_takes_is_not_told_to_raise_a_limit() {
    let remedy = |most| {
        let error = seal(&vec![(); usize::MAX], &grid(), USUAL, most).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        error.to_string()
    };
    assert!(remedy(super::MOST - 1).contains("raise `StoreOptions::max_object_bytes`, to 1 GiB at most"));
    for most in [super::MOST, usize::MAX] {
        assert!(remedy(most).contains("; store it in parts, or long lists of numbers as `Bulk`"), "{}", remedy(most));
    }
    assert!(super::errors::too_large(None, super::MOST).to_string().ends_with("takes 1 GiB at most"));
}

#[test]
fn a_full_sink_takes_nothing_more() {
    let mut sink = Sink::after(vec![9; 3], 2);
    assert_eq!((sink.push(&[1, 2, 3]), sink.push(&[1, 2])), (Err(Full), Ok(())));
    assert_eq!(sink.push(&[3]), Err(Full));
    assert_eq!(sink.into_parts().0, [9, 9, 9, 1, 2]);
}

#[test]
fn a_value_that_refuses_to_be_encoded_says_why() {
    #[derive(Deserialize)]
    struct Stubborn;
    impl Serialize for Stubborn {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    for &format in FORMATS {
        let error = seal(&Stubborn, &grid(), format, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(std::error::Error::source(&error).is_some());
        assert!(error.to_string().contains("not today"), "{error}");
    }
}

proptest! {
    #[test]
    fn random_bytes_are_corrupt(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(refusal(&bytes).kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn random_bodies_decode_or_are_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for &format in FORMATS {
            let fits = |kind| kind == ErrorKind::Decode;
            prop_assert!(format.decode::<Sample>(&body).map_or_else(|e| fits(e.kind()), |_| true));
            prop_assert!(format.decode::<Vec<Vec<String>>>(&body).map_or_else(|e| fits(e.kind()), |_| true));
            prop_assert!(format.decode::<Vec<Option<Choice>>>(&body).map_or_else(|e| fits(e.kind()), |_| true));
        }
    }

    #[test]
    fn random_changes_of_a_sealed_value_are_refused(
        changes in proptest::collection::vec((0_usize..200, 1_u8..), 1..4),
    ) {
        let mut bytes = sealed(USUAL);
        let whole = bytes.clone();
        changes.iter().for_each(|&(at, by)| {
            let at = at % bytes.len();
            bytes[at] ^= by;
        });
        prop_assume!(bytes != whole);
        prop_assert!(matches!(refusal(&bytes).kind(), ErrorKind::Corrupt | ErrorKind::CodecMismatch));
    }

    #[test]
    fn random_headers_with_a_fitting_checksum_are_refused(
        at in 8_usize..64, with in proptest::collection::vec(any::<u8>(), 1..16),
    ) {
        let mut bytes = sealed(USUAL);
        let whole = bytes.clone();
        let end = (at + with.len()).min(64);
        bytes[at..end].copy_from_slice(&with[..end - at]);
        reseal(&mut bytes);
        // The other bytes that may have changed are the checksum, or zeros that no reader looks at.
        let differ = |range: std::ops::Range<usize>| bytes[range.clone()] != whole[range];
        prop_assume!(differ(8..11) || differ(16..48));
        // Another codec of this build may be able to read the body.
        prop_assume!(bytes[10] == USUAL.of::<Sample>().id() || !(1..=2).contains(&bytes[10]));
        prop_assert!(open::<Sample>(&bytes, &grid(), ROOMY).is_err());
    }
}
