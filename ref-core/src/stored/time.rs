//! `Stored` for the types of `time`.

use super::by_serde;
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset, Weekday};

by_serde! {
    Date = "Date", Time = "Time", PrimitiveDateTime = "PrimitiveDateTime", OffsetDateTime = "OffsetDateTime",
    UtcDateTime = "UtcDateTime", UtcOffset = "UtcOffset", Duration = "time::Duration", Weekday = "Weekday",
    Month = "Month",
}
