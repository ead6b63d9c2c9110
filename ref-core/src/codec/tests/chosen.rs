//! Codecs that a type chooses.

use super::super::by_serde::BySerde;
use super::super::{Codec, CodecOf, Failure, Limits, Sink, coded};
use super::{FORMATS, ROOMY, grid, open_by};
use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write as _;

/// JSON in capital letters.
struct Loud;

impl Codec for Loud {
    const ID: u8 = 200;
    const NAME: &'static str = "loud";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        Ok(sink.write_all(serde_json::to_string(value)?.to_uppercase().as_bytes())?)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, Failure> {
        if bytes.len() > limits.max_object_bytes() {
            return Err("more than the session allows".into());
        }
        Ok(serde_json::from_str(&std::str::from_utf8(bytes)?.to_lowercase())?)
    }
}

/// A codec that fails with an error of this crate when it reads, and ignores errors when it writes.
struct Careless;

impl Codec for Careless {
    const ID: u8 = 201;
    const NAME: &'static str = "careless";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        let _ignored = serde_json::to_writer(sink, value);
        Ok(())
    }

    fn decode<T: DeserializeOwned>(_: &[u8], _: Limits) -> Result<T, Failure> {
        Err(Error::new(ErrorKind::Unsupported, "in its own words").into())
    }
}

/// A codec that writes nothing.
struct Nowhere;

impl Codec for Nowhere {
    const ID: u8 = 202;
    const NAME: &'static str = "nowhere";

    fn encode<T: Serialize>(value: &T, _: &mut Sink) -> Result<(), Failure> {
        Ok(serde_json::to_writer(std::io::sink(), value)?)
    }

    fn decode<T: DeserializeOwned>(_: &[u8], _: Limits) -> Result<T, Failure> {
        Err("nothing was written".into())
    }
}

/// A codec that says that it compresses: a byte may stand for a thousand elements.
struct Dense;

impl Codec for Dense {
    const ID: u8 = 203;
    const NAME: &'static str = "dense";
    const ELEMENTS_PER_BYTE: usize = 1000;

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        sink.write_all(&[0; 10])?;
        Nowhere::encode(value, sink)
    }

    fn decode<T: DeserializeOwned>(_: &[u8], limits: Limits) -> Result<T, Failure> {
        Nowhere::decode(&[], limits)
    }
}

fn loud(text: &str) -> Vec<u8> {
    coded::seal_copy(&text.to_owned(), &grid(), CodecOf::of::<Loud, BySerde>(), ROOMY).unwrap()
}

#[test]
fn a_codec_of_ones_own_is_named_in_the_header_and_reads_what_it_wrote() {
    let bytes = loud("abc");
    assert_eq!((bytes[10], &bytes[128..]), (200, &b"\"ABC\""[..]));
    assert_eq!(open_by::<String>(CodecOf::of::<Loud, BySerde>(), &bytes, &grid(), ROOMY).unwrap(), "abc");
}

#[test]
fn what_a_codec_of_this_crate_wrote_is_read_whatever_the_type_has_chosen_since() {
    for &format in FORMATS {
        let bytes = super::seal(&7_u64, &grid(), format, ROOMY).unwrap();
        assert_eq!(open_by::<u64>(CodecOf::of::<Loud, BySerde>(), &bytes, &grid(), ROOMY).unwrap(), 7);
    }
}

#[test]
fn a_codec_that_this_process_lacks_is_a_mismatch_that_names_both() {
    let error = open_by::<String>(CodecOf::of::<Careless, BySerde>(), &loud("abc"), &grid(), ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodecMismatch);
    let text = error.to_string();
    assert!(text.contains("codec number 200") && text.contains("careless (number 201)"), "{text}");
    assert!(text.contains("the same codec in both processes"), "{text}");
}

#[test]
fn a_codec_fails_in_its_own_words() {
    let codec = CodecOf::<String>::of::<Careless, BySerde>();
    let error = codec.decode(201, b"", ROOMY).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Unsupported, "in its own words"));
    let error = CodecOf::<u64>::of::<Loud, BySerde>().decode(200, b"x", ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().starts_with("loud cannot decode the value: expected value"), "{error}");
    let error = CodecOf::<u64>::of::<Loud, BySerde>().decode(200, b"12", 1).unwrap_err();
    assert!(error.to_string().contains("more than the session allows"), "{error}");
}

#[test]
fn a_codec_that_ignores_a_refusal_is_refused() {
    let codec = CodecOf::of::<Careless, BySerde>();
    let error = coded::seal_copy(&"x".repeat(100), &grid(), codec, 10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let deep = (0..200).fold(serde_json::json!(null), |inner, _| serde_json::json!([inner]));
    let error = coded::seal_copy(&deep, &grid(), CodecOf::of::<Careless, BySerde>(), ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
}

#[test]
fn a_self_describing_codec_is_bounded_as_well() {
    let deep = "[".repeat(127) + &"]".repeat(127);
    let codec = CodecOf::<serde_json::Value>::of::<Loud, BySerde>();
    assert!(codec.decode(200, deep.as_bytes(), ROOMY).is_ok());
    let units = format!("[{}null]", "null,".repeat(70_000));
    assert_eq!(CodecOf::<Vec<()>>::of::<Loud, BySerde>().decode(200, units.as_bytes(), ROOMY).unwrap().len(), 70_001);
}

/// A sequence of unknown length that never ends.
#[derive(serde::Deserialize)]
struct Endless;

impl Serialize for Endless {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq as _;
        let mut seq = serializer.serialize_seq(None)?;
        loop {
            seq.serialize_element(&())?;
        }
    }
}

#[test]
fn elements_of_unknown_number_are_counted_as_they_come() {
    let error = coded::seal_copy(&Endless, &grid(), CodecOf::of::<Nowhere, BySerde>(), ROOMY).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("more elements than the 1048576 bytes"), "{error}");
}

#[test]
fn a_codec_that_compresses_may_have_more_elements_a_byte() {
    let put = |count: usize| {
        let sealed = coded::seal_copy(&vec![0_u8; count], &grid(), CodecOf::of::<Dense, BySerde>(), ROOMY);
        sealed.map(drop).map_err(|error| error.kind())
    };
    assert_eq!((put(75_000), put(76_000)), (Ok(()), Err(ErrorKind::Encode)));
}
