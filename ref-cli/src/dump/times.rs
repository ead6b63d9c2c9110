//! The types of the crate `time`, which are stored as numbers, as text for people.

use serde::{Deserialize, Deserializer};

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Returns whether `time` has a type of this name whose value [`of_time`] reads.
pub(super) fn is_of_time(name: &str) -> bool {
    matches!(
        name,
        "Date"
            | "Time"
            | "PrimitiveDateTime"
            | "OffsetDateTime"
            | "UtcDateTime"
            | "UtcOffset"
            | "time::Duration"
            | "time::Month"
            | "time::Weekday"
    )
}

/// Reads a value of a type of `time`, and returns the text that it has for people; `None` if there is no such value.
pub(super) fn of_time<'de, D: Deserializer<'de>>(name: &str, from: D) -> Result<Option<String>, D::Error> {
    type Moment = (i32, u16, u8, u8, u8, u32);
    Ok(match name {
        "Date" => <(i32, u16)>::deserialize(from).map(|(year, day)| date(year, day))?,
        "Time" => <(u8, u8, u8, u32)>::deserialize(from).map(time)?,
        "UtcOffset" => <(i8, i8, i8)>::deserialize(from).map(offset)?,
        "time::Duration" => <(i64, i32)>::deserialize(from).map(duration)?,
        "time::Month" => u8::deserialize(from).map(|number| name_of(&MONTHS, number))?,
        "time::Weekday" => u8::deserialize(from).map(|number| name_of(&WEEKDAYS, number))?,
        "OffsetDateTime" => {
            let (year, day, hour, minute, second, nanos, hours, minutes, seconds) =
                <(i32, u16, u8, u8, u8, u32, i8, i8, i8)>::deserialize(from)?;
            moment(year, day, (hour, minute, second, nanos))
                .and_then(|moment| Some(format!("{moment} {}", offset((hours, minutes, seconds))?)))
        }
        _ => {
            let (year, day, hour, minute, second, nanos) = Moment::deserialize(from)?;
            moment(year, day, (hour, minute, second, nanos))
        }
    })
}

/// Returns the name with this number, from 1 on.
fn name_of(names: &[&str], number: u8) -> Option<String> {
    usize::from(number).checked_sub(1).and_then(|number| names.get(number)).map(|name| (*name).to_owned())
}

/// Returns the date of the `day`-th day of a year.
fn date(year: i32, day: u16) -> Option<String> {
    let is_leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    let mut left = u32::from(day).checked_sub(1)?;
    for (month, days) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
        let days = days + u32::from(is_leap && month == 1);
        if left < days {
            let sign = if year < 0 { "-" } else { "" };
            return Some(format!("{sign}{:04}-{:02}-{:02}", year.unsigned_abs(), month + 1, left + 1));
        }
        left -= days;
    }
    None
}

fn time((hour, minute, second, nanos): (u8, u8, u8, u32)) -> Option<String> {
    let digits = format!("{nanos:09}");
    let fraction = digits.trim_end_matches('0');
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    let is_time = hour < 24 && minute < 60 && second < 60 && nanos < 1_000_000_000;
    is_time.then(|| format!("{hour:02}:{minute:02}:{second:02}.{fraction}"))
}

fn moment(year: i32, day: u16, of_day: (u8, u8, u8, u32)) -> Option<String> {
    Some(format!("{} {}", date(year, day)?, time(of_day)?))
}

fn offset((hours, minutes, seconds): (i8, i8, i8)) -> Option<String> {
    let parts = [hours, minutes, seconds];
    let sign = if parts.iter().any(|part| *part < 0) { "-" } else { "+" };
    let [hours, minutes, seconds] = parts.map(i8::unsigned_abs);
    (hours < 26 && minutes < 60 && seconds < 60).then(|| format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"))
}

fn duration((seconds, nanos): (i64, i32)) -> Option<String> {
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    (nanos < 1_000_000_000).then(|| format!("{sign}{}.{nanos:09}", seconds.unsigned_abs()))
}
