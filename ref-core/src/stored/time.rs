//! `Stored` for the types of `time`.
//!
//! Each is stored as a tuple of numbers. The serde traits of `time` are not used: in a human-readable format they write
//! numbers or text, and a feature of `time`, which any crate of a build can have, decides which. Two builds would write
//! one type in two ways.

use super::Stored;
use crate::schema::Schema;
use serde::de::Error as _;
use serde::{Deserializer, Serializer};
use time::error::ComponentRange;
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset, Weekday};

/// Implements `Stored` for a type that is stored as `$parts`, and which `$make` makes of them or refuses to make.
macro_rules! stored {
    ($($type:ty = $name:literal as $parts:ty: $value:ident => $get:expr, $read:ident => $make:expr;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive($name);
            }

            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                <$parts>::store(&$get, to)
            }

            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let $read = <$parts>::restore(from)?;
                $make.map_err(D::Error::custom)
            }
        }
    )+};
}

stored! {
    Date = "Date" as (i32, u16): date => date.to_ordinal_date(), read => Self::from_ordinal_date(read.0, read.1);
    Time = "Time" as Clock: time => time.as_hms_nano(), read => of_clock(read);
    UtcOffset = "UtcOffset" as (i8, i8, i8): offset => offset.as_hms(), read => Self::from_hms(read.0, read.1, read.2);
    PrimitiveDateTime = "PrimitiveDateTime" as DateAndTime:
        at => parts(at.date(), at.time()), read => of_parts(read);
    UtcDateTime = "UtcDateTime" as DateAndTime:
        at => parts(at.date(), at.time()), read => of_parts(read).map(PrimitiveDateTime::as_utc);
    OffsetDateTime = "OffsetDateTime" as (i32, u16, u8, u8, u8, u32, i8, i8, i8): at => {
        let ((year, day, hour, minute, second, nano), offset) = (parts(at.date(), at.time()), at.offset().as_hms());
        (year, day, hour, minute, second, nano, offset.0, offset.1, offset.2)
    }, read => {
        let (year, day, hour, minute, second, nano, hours, minutes, seconds) = read;
        of_parts((year, day, hour, minute, second, nano))
            .and_then(|at| UtcOffset::from_hms(hours, minutes, seconds).map(|offset| at.assume_offset(offset)))
    };
    Duration = "time::Duration" as (i64, i32):
        length => (length.whole_seconds(), length.subsec_nanoseconds()), read => match read.1 {
            -999_999_999..=999_999_999 => Ok(Self::new(read.0, read.1)),
            _ => Err("the nanoseconds of a duration are a second or more"),
        };
    Month = "time::Month" as u8: month => u8::from(*month), read => Self::try_from(read);
    Weekday = "time::Weekday" as u8: day => day.number_from_monday(), read => match read {
        1..=7 => Ok(Self::Monday.nth_next(read - 1)),
        _ => Err("a number from 1 to 7 is a day of the week"),
    };
}

/// Hour, minute, second and nanosecond.
type Clock = (u8, u8, u8, u32);

/// Year, day of the year, hour, minute, second and nanosecond.
type DateAndTime = (i32, u16, u8, u8, u8, u32);

fn parts(date: Date, time: Time) -> DateAndTime {
    let ((year, day), (hour, minute, second, nano)) = (date.to_ordinal_date(), time.as_hms_nano());
    (year, day, hour, minute, second, nano)
}

fn of_clock((hour, minute, second, nano): Clock) -> Result<Time, ComponentRange> {
    Time::from_hms_nano(hour, minute, second, nano)
}

fn of_parts((year, day, hour, minute, second, nano): DateAndTime) -> Result<PrimitiveDateTime, ComponentRange> {
    let date = Date::from_ordinal_date(year, day)?;
    Ok(PrimitiveDateTime::new(date, of_clock((hour, minute, second, nano))?))
}
