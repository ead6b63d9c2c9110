//! A value of each type of another crate that the library stores, as `ref dump` shows it.

use super::tests::{check, check_text};
use ref_core::global_store;
use std::collections::BTreeSet;

#[global_store]
struct Week {
    of_time: time::Weekday,
    month: time::Month,
    numbers: (u8, u8, u8),
}

bitflags::bitflags! {
    #[global_store]
    #[derive(Clone, Copy)]
    struct Access: u8 {
        const READ = 1;
        const WRITE = 2;
    }
}

/// Each value writes the same JSON itself. The types of `serde_json` write text, and those of `time` need a feature of
/// that crate for it.
macro_rules! shown {
    ($($feature:literal: { $($value:expr),+ $(,)? })+) => {
        const SHOWN: &[&str] = &[$($feature),+, "serde_json", "time"];

        #[test]
        fn each_type_of_another_crate_is_shown() {
            $($(check($value);)+)+
        }
    };
}

shown! {
    "bitflags": { Access::READ | Access::WRITE }
    "bytes": { bytes::Bytes::from_static(b"ab"), bytes::BytesMut::from(&b"ab"[..]) }
    "chrono": {
        chrono::DateTime::<chrono::Utc>::UNIX_EPOCH,
        chrono::DateTime::<chrono::FixedOffset>::parse_from_rfc3339("1996-12-19T16:39:57-08:00").unwrap(),
        (chrono::NaiveDate::MIN, chrono::NaiveTime::MIN, chrono::NaiveDateTime::MAX),
        chrono::TimeDelta::seconds(3),
        vec![chrono::Weekday::Mon, chrono::Weekday::Wed, chrono::Weekday::Sun],
        (chrono::Month::January, chrono::Weekday::Tue, 7_u8),
        std::collections::BTreeMap::from([(chrono::NaiveDate::MAX, chrono::Month::May)]),
    }
    "glam": {
        vec![glam::Vec3::new(1.0, 2.0, 3.5), glam::Vec3::ZERO],
        (glam::Vec2::ONE, glam::Vec4::ONE, glam::Vec3A::ONE, glam::DVec2::ONE, glam::DVec3::ONE, glam::DVec4::ONE),
        (glam::I8Vec2::ONE, glam::I8Vec3::ONE, glam::I8Vec4::ONE, glam::U8Vec2::ONE, glam::U8Vec3::ONE),
        (glam::U8Vec4::ONE, glam::I16Vec2::ONE, glam::I16Vec3::ONE, glam::I16Vec4::ONE, glam::U16Vec2::ONE),
        (glam::U16Vec3::ONE, glam::U16Vec4::ONE, glam::IVec2::ONE, glam::IVec3::ONE, glam::IVec4::ONE),
        (glam::UVec2::ONE, glam::UVec3::ONE, glam::UVec4::ONE, glam::I64Vec2::ONE, glam::I64Vec3::ONE),
        (glam::I64Vec4::ONE, glam::U64Vec2::ONE, glam::U64Vec3::ONE, glam::U64Vec4::ONE),
        (glam::ISizeVec2::ONE, glam::ISizeVec3::ONE, glam::ISizeVec4::ONE),
        (glam::USizeVec2::ONE, glam::USizeVec3::ONE, glam::USizeVec4::ONE),
        (glam::BVec2::TRUE, glam::BVec3::TRUE, glam::BVec4::FALSE, glam::Quat::IDENTITY, glam::DQuat::IDENTITY),
        (glam::Mat2::IDENTITY, glam::Mat3::IDENTITY, glam::Mat3A::IDENTITY, glam::Mat4::IDENTITY),
        (glam::DMat2::IDENTITY, glam::DMat3::IDENTITY, glam::DMat4::IDENTITY),
        (glam::Affine2::IDENTITY, glam::Affine3A::IDENTITY, glam::DAffine2::IDENTITY, glam::DAffine3::IDENTITY),
    }
    "half": { (vec![half::f16::from_f32(0.25)], half::bf16::ONE, half::f16::MIN_POSITIVE) }
    "indexmap": {
        indexmap::IndexMap::<u8, String>::from([(3, "three".to_owned())]),
        indexmap::IndexSet::<u8>::from([3, 1]),
    }
    "nalgebra": {
        nalgebra::Matrix2x3::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
        (nalgebra::DMatrix::from_row_slice(2, 2, &[1_u8, 2, 3, 4]), nalgebra::DVector::from_vec(vec![1_u8, 2])),
        (nalgebra::Point2::new(1.0_f32, 2.0), nalgebra::Translation2::new(1.0_f32, 2.0)),
        (nalgebra::Rotation2::<f32>::identity(), nalgebra::Quaternion::<f64>::identity()),
        (nalgebra::UnitQuaternion::<f64>::identity(), nalgebra::Isometry3::<f64>::identity()),
    }
    "ndarray": {
        (ndarray::array![[1_u32, 2, 3], [4, 5, 6]], ndarray::array![Some(1_u8)]),
        (ndarray::array![1.5_f32].into_shared(), ndarray::array![[1_u8]].into_dyn()),
    }
    "rust_decimal": {
        ["-123.450", "0.07", "79228162514264337593543950335"]
            .map(|text| text.parse::<rust_decimal::Decimal>().unwrap())
            .to_vec(),
    }
    "smallvec": { smallvec::SmallVec::<[u32; 2]>::from_slice(&[1, 2, 3]) }
    "url": { url::Url::parse("http://a/b").unwrap() }
    "uuid": { (uuid::Uuid::from_u128(7 << 100), uuid::NonNilUuid::new(uuid::Uuid::from_u128(7)).unwrap()) }
}

#[test]
fn the_types_of_serde_json_are_shown_as_the_json_that_they_are() {
    check_text(serde_json::json!({"a": [1, null]}), "{\n  \"a\": [\n    1,\n    null\n  ]\n}");
    check_text(serde_json::Map::from_iter([("b".to_owned(), 2.into())]), "{\n  \"b\": 2\n}");
    check_text(serde_json::Number::from(7), "7");
}

#[test]
fn the_types_of_time_are_shown_as_that_crate_writes_them_for_people() {
    use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset, Weekday};
    let leap_day = Date::from_calendar_date(2024, Month::February, 29).unwrap();
    let noon = Time::from_hms_nano(12, 0, 5, 20_000_000).unwrap();
    let west = UtcOffset::from_hms(0, -30, 0).unwrap();
    check_text(leap_day, "\"2024-02-29\"");
    check_text(Date::from_ordinal_date(2023, 60).unwrap(), "\"2023-03-01\"");
    check_text(Date::from_ordinal_date(2000, 366).unwrap(), "\"2000-12-31\"");
    check_text(Date::from_ordinal_date(1900, 60).unwrap(), "\"1900-03-01\"");
    check_text(Date::MIN, "\"-9999-01-01\"");
    check_text(vec![noon, Time::MIDNIGHT], "[\"12:00:05.02\", \"00:00:00.0\"]");
    check_text(west, "\"-00:30:00\"");
    check_text(PrimitiveDateTime::new(leap_day, noon), "\"2024-02-29 12:00:05.02\"");
    check_text(UtcDateTime::UNIX_EPOCH, "\"1970-01-01 00:00:00.0\"");
    check_text(OffsetDateTime::new_in_offset(leap_day, noon, west), "\"2024-02-29 12:00:05.02 -00:30:00\"");
    check_text(Duration::new(-3, -5), "\"-3.000000005\"");
    check_text(Weekday::Sunday, "\"Sunday\"");
    check_text(Month::May, "\"May\"");
    // These bytes would also begin the text `Mon` of `chrono`.
    let week = Week { of_time: Weekday::Wednesday, month: Month::January, numbers: (77, 111, 110) };
    let numbers = "[\n    77,\n    111,\n    110\n  ]";
    let text = format!("{{\n  \"of_time\": \"Wednesday\",\n  \"month\": \"January\",\n  \"numbers\": {numbers}\n}}");
    check_text(week, &text);
    check_text(std::collections::BTreeMap::from([(leap_day, 1_u8)]), "{\n  \"2024-02-29\": 1\n}");
}

/// The features whose crates have their types stored are those behind this comment of the manifest.
#[test]
fn no_crate_is_left_out() {
    let manifest = include_str!("../../../ref-core/Cargo.toml");
    let list = manifest.split("## `Stored` for the types of the crate of that name\n").nth(1).unwrap();
    let features = list.lines().map_while(|line| line.split_once(" = [\"dep:")).map(|(name, _)| name);
    assert_eq!(features.collect::<BTreeSet<_>>(), SHOWN.iter().copied().collect());
}
