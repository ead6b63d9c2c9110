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
