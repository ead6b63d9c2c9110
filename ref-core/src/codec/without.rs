//! Tests of a build without a codec of this crate.

use super::by_serde::BySerde;
use super::coded::{self, CodedPlace};
use super::{Codec, CodecOf, Failure, Limits, Sink, envelope};
use crate::error::ErrorKind;
use crate::schema::Known;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn known() -> Known {
    Known::new("u64", 1)
}

#[test]
fn a_build_without_a_codec_says_which_features_it_wants() {
    let error = coded::seal_copy(&7_u64, &known(), CodecOf::usual::<BySerde>(), 9).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("feature `bincode` or its feature `postcard`"), "{error}");
}

/// Writes nothing, and reads one `()`.
struct Silent;

impl Codec for Silent {
    const ID: u8 = 128;
    const NAME: &'static str = "silent";

    fn encode<T: Serialize>(_: &T, _: &mut Sink) -> Result<(), Failure> {
        Ok(())
    }

    fn decode<T: DeserializeOwned>(_: &[u8], _: Limits) -> Result<T, Failure> {
        use serde::de::IntoDeserializer as _;
        let unit: serde::de::value::UnitDeserializer<serde::de::value::Error> = ().into_deserializer();
        Ok(T::deserialize(unit)?)
    }
}

#[test]
fn a_type_with_a_codec_of_its_own_needs_none_of_ours() {
    let bytes = coded::seal_copy(&(), &known(), CodecOf::of::<Silent, BySerde>(), 9).unwrap();
    let open = |codec: CodecOf<()>| CodedPlace::read(codec, |place| envelope::open_copy(&bytes, &known(), 9, place));
    open(CodecOf::of::<Silent, BySerde>()).unwrap();
    let error = open(CodecOf::usual::<BySerde>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodecMismatch);
}
