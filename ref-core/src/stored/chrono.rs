//! `Stored` for the types of `chrono`. (`DateTime<Local>` is not `Stored`: it would be read in the time zone of the
//! reader.)

use super::by_serde;
use chrono::{DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

by_serde! {
    DateTime<Utc> = "DateTime<Utc>", DateTime<FixedOffset> = "DateTime<FixedOffset>",
    NaiveDate = "NaiveDate", NaiveTime = "NaiveTime", NaiveDateTime = "NaiveDateTime",
    TimeDelta = "TimeDelta", Weekday = "Weekday", Month = "Month",
}
