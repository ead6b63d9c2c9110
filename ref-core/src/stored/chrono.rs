//! `Stored` for the types of `chrono`. (`DateTime<Local>` is not `Stored`: it would be read in the time zone of the
//! reader.)

use super::Stored;
use crate::schema::Schema;
use chrono::{DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

macro_rules! stored {
    ($($type:ty = $name:literal),+ $(,)?) => {$(
        impl Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.primitive($name);
            }
        }
    )+};
}

stored! {
    DateTime<Utc> = "DateTime<Utc>", DateTime<FixedOffset> = "DateTime<FixedOffset>",
    NaiveDate = "NaiveDate", NaiveTime = "NaiveTime", NaiveDateTime = "NaiveDateTime",
    TimeDelta = "TimeDelta", Weekday = "Weekday", Month = "Month",
}
