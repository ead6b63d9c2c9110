//! Tests that write and read the types of other crates.

#[allow(unused_imports, reason = "a build may have none of them")]
use super::written::stored;

#[cfg(feature = "uuid")]
#[test]
fn uuid_has_its_types_stored() {
    let id = uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    assert_eq!([stored(id), stored(uuid::NonNilUuid::try_from(id).unwrap())], ["Uuid", "NonNilUuid"]);
}

#[cfg(feature = "bytes")]
#[test]
fn bytes_has_its_types_stored() {
    let bytes = bytes::Bytes::from_static(&[0, 255]);
    assert_eq!([stored(bytes.clone()), stored(bytes::BytesMut::from(bytes))], ["Bytes", "Bytes"]);
}

#[cfg(feature = "chrono")]
#[test]
fn chrono_has_its_types_stored() {
    use chrono::{DateTime, FixedOffset, Month, NaiveDateTime, TimeDelta, Utc, Weekday};
    let utc: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
    let east = FixedOffset::east_opt(3600 * 5 + 1800).unwrap();
    let naive: NaiveDateTime = utc.naive_utc();
    assert_eq!(
        [stored(utc), stored(utc.with_timezone(&east)), stored(naive), stored(naive.date()), stored(naive.time())],
        ["DateTime<Utc>", "DateTime<FixedOffset>", "NaiveDateTime", "NaiveDate", "NaiveTime"]
    );
    let delta = TimeDelta::new(-5, 7).unwrap();
    assert_eq!([stored(delta), stored(Weekday::Sun), stored(Month::May)], ["TimeDelta", "Weekday", "Month"]);
}

#[cfg(feature = "indexmap")]
#[test]
fn indexmap_has_its_types_stored() {
    use indexmap::{IndexMap, IndexSet};
    let of = |keys: [u8; 3]| -> IndexMap<u8, bool> { keys.into_iter().map(|key| (key, true)).collect() };
    assert_eq!(stored(of([3, 1, 2])), "IndexMap<u8,bool>");
    assert_eq!(stored(of([3, 1, 2]).into_keys().collect::<IndexSet<u8>>()), "IndexSet<u8>");
}

#[cfg(feature = "smallvec")]
#[test]
fn a_smallvec_is_stored_as_a_vec() {
    use smallvec::SmallVec;
    assert_eq!(stored(SmallVec::<[u8; 2]>::from_slice(&[1, 2, 3])), "Vec<u8>");
    assert_eq!(stored(SmallVec::<[String; 8]>::from_vec(vec!["a".into()])), "Vec<String>");
}

#[cfg(feature = "url")]
#[test]
fn url_has_its_types_stored() {
    use super::slices::{refuses, whole};
    use url::Url;
    let url = Url::parse("https://user@b\u{fc}cher.example:8080/a%20b/?q=1#end").unwrap();
    assert_eq!(stored(url.clone()), "Url");
    whole(vec![url]);
    refuses::<Url>(b"\x07no/base");
    refuses::<Url>(&[2, 0xff, 0xff]);
}

#[cfg(feature = "rust_decimal")]
#[test]
fn rust_decimal_has_its_types_stored() {
    use super::slices::{refuses, whole};
    use rust_decimal::Decimal;
    let numbers = [Decimal::MIN, Decimal::MAX, Decimal::ZERO, Decimal::new(-1_500, 3), Decimal::new(1, 28)];
    assert_eq!(stored(numbers[3]), "Decimal");
    // Equal numbers may differ in their scale, which is a part of the value.
    for codec in super::written::codecs::<Decimal>() {
        let bytes = super::written::body(&numbers[3], codec).unwrap();
        let read = codec.decode(codec.id(), &bytes, super::written::ROOMY).unwrap();
        assert_eq!((read.scale(), read.to_string()), (3, "-1.500".to_owned()));
    }
    whole(numbers);
    whole(numbers.to_vec());
    whole(numbers[3]);
    // The scale 29, and a bit that no number has.
    for flags in [[0, 0, 29, 0], [1, 0, 0, 0]] {
        let bytes = [&flags[..], &[1; 12]].concat();
        refuses::<Decimal>(&[&[16], &bytes[..]].concat());
        refuses::<Vec<Decimal>>(&[&[32][..], &[0; 16], &bytes].concat());
    }
}

#[cfg(feature = "time")]
#[test]
fn time_has_its_types_stored() {
    use super::slices::{refuses, whole};
    use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset, Weekday};
    let utc = UtcDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_789).unwrap();
    let east = UtcOffset::from_hms(5, 30, 0).unwrap();
    let offset = OffsetDateTime::from(utc).to_offset(east);
    let local = PrimitiveDateTime::new(offset.date(), offset.time());
    assert_eq!(
        [stored(utc), stored(offset), stored(local), stored(local.date()), stored(local.time()), stored(east)],
        ["UtcDateTime", "OffsetDateTime", "PrimitiveDateTime", "Date", "Time", "UtcOffset"]
    );
    assert_eq!(
        [stored(Duration::new(-5, -7)), stored(Weekday::Sunday), stored(Month::May)],
        ["time::Duration", "time::Weekday", "time::Month"]
    );
    let zero = Duration::seconds_f64(-0.5);
    assert_eq!(
        super::written::json(&(local.date(), east, zero, Weekday::Sunday)),
        "[[2023,319],[5,30,0],[0,-500000000],7]"
    );
    whole(vec![(offset, Date::MIN), (OffsetDateTime::UNIX_EPOCH, Date::MAX)]);
    refuses::<Weekday>(&[8]);
    refuses::<Month>(&[13]);
    refuses::<Month>(&[0]);
    refuses::<Weekday>(&[0]);
    refuses::<(u8, UtcOffset)>(&[0, 26, 0, 0]);
    refuses::<Time>(&[24, 0, 0, 0]);
    refuses::<Date>(&[200, 1, 251, 255, 255]);
}

#[cfg(feature = "serde_json")]
#[test]
fn serde_json_has_its_types_stored() {
    use super::slices::{refuses, whole};
    use super::written::{ROOMY, body, positional};
    use serde_json::{Map, Number, Value, json};
    // Without the feature `float_roundtrip` of `serde_json`, the last numbers change when they are
    // read.
    let value = json!({
        "null": null, "list": [true, -1, u64::MAX, i64::MIN, 1.0, -0.0, 5e-324, f64::MAX, 0.1 + 0.2],
        "deep": {"empty": {}, "text": "\u{0}\"\u{1f600}"}, "off": [51.24817837550540_4, 97.66847536455504],
    });
    let Value::Object(object) = value.clone() else { unreachable!() };
    assert_eq!([stored(value.clone()), stored(object)], ["Json", "JsonObject"]);
    assert_eq!(stored(Number::from_f64(0.25).unwrap()), "JsonNumber");
    whole(vec![value, Value::Null, json!([])]);
    refuses::<Value>(b"\x01[");
    refuses::<Value>(b"\x04nuls");
    refuses::<Value>(b"\x0312 3");
    refuses::<Map<String, Value>>(b"\x02[]");
    refuses::<Number>(b"\x021e");

    let nested = |levels: usize| (1..levels).fold(json!([]), |inner, _| json!([inner]));
    for codec in positional::<Value>() {
        let most = body(&nested(127), codec).unwrap();
        assert_eq!(codec.decode(codec.id(), &most, ROOMY).unwrap(), nested(127));
        let error = body(&nested(128), codec).unwrap_err();
        assert!(error.to_string().contains("deeper than 128 levels"), "{error}");
        let bytes = [&[0xa0, 0x1f][..], &[b'['; 4000]].concat();
        assert!(codec.decode(codec.id(), &bytes, ROOMY).is_err());
    }
    let error = body(&Map::from_iter([(String::new(), nested(127))]), positional().next().unwrap()).unwrap_err();
    assert!(error.to_string().contains("deeper than 128 levels"), "{error}");
}

#[cfg(all(feature = "bitflags", feature = "macros"))]
mod flags {
    use super::super::slices::{refuses, whole};
    use super::super::written::json;
    use super::stored;
    use crate::global_store;

    bitflags::bitflags! {
        #[global_store(crate = crate)]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(super) struct Rights: u16 {
            const READ = 1;
            const WRITE = 2;
        }

        #[global_store(crate = crate, name = "signed", version = 3)]
        #[derive(Debug, PartialEq)]
        struct Signed: i8 {
            const MINUS = -128;
        }
    }

    #[global_store(crate = crate, handles = false)]
    #[derive(Debug, PartialEq)]
    struct File {
        rights: Vec<Rights>,
        signed: Option<Signed>,
    }

    #[test]
    fn bitflags_has_its_types_stored() {
        assert_eq!(stored(Rights::READ | Rights::WRITE), "Rights@1{0:u16}");
        assert_eq!(stored(Signed::MINUS), "signed@3{0:i8}");
        // A value may have bits that have no name.
        whole(Rights::from_bits_retain(0xffff));
        whole(File { rights: vec![Rights::READ, Rights::all()], signed: Some(Signed::MINUS) });
        assert_eq!(json(&Rights::WRITE), "2");
        refuses::<Rights>(&[]);
        let _alias: fn(&RightsOwned) = |_| {};
    }
}
