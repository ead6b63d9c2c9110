//! How numbers, times and texts of a store are written.

use comfy_table::Table;
use ref_core::inspect::ObjectEntry;
use std::time::{Duration, SystemTime};

/// Returns the text as one line without control characters. A text of a store may have any control character: a
/// terminal would obey it, and a line feed would begin a line that looks like one of this command.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Returns a text of this command, which may have several lines, without other control characters.
pub(crate) fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// Returns the text without control characters, or `-` for none.
pub(crate) fn plain_or_dash(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), plain)
}

/// Reads a time such as `200ms`, `30s`, `5m`, `2h` or `1d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write a number and `ms`, `s`, `m`, `h` or `d`, such as `30s`");
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().map(Duration::from_millis).map_err(|_| wrong());
    }
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// Writes a time in its largest unit, such as `5 m`.
pub(crate) fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} m", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Says what an object is doing, whether a session waits for it, and how long it stays so, such as `detached, 5 m left`.
pub(crate) fn state(entry: &ObjectEntry) -> String {
    let waited = if entry.is_waited_for { ", waited for" } else { "" };
    let left = entry.time_left.map(|left| format!(", {} left", age(left))).unwrap_or_default();
    format!("{}{waited}{left}", entry.state)
}

/// Returns how long ago the time was; zero for a time to come.
pub(crate) fn since(time: SystemTime) -> Duration {
    time.elapsed().unwrap_or_default()
}

/// Writes a number of bytes with three digits at most up to 999 TiB.
pub(crate) fn bytes(bytes: u64) -> String {
    let (mut rest, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        // 999.5 would be written as 1000.
        if rest < 999.5 {
            break;
        }
        (rest, unit) = (rest / 1024.0, larger);
    }
    // 99.95 would be written as 100.0.
    if unit == "B" || rest >= 99.95 { format!("{rest:.0} {unit}") } else { format!("{rest:.1} {unit}") }
}

/// Returns an empty table with these titles.
pub(crate) fn table(titles: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(titles.iter().map(|title| (*title).to_owned()));
    table
}

/// Writes a table without spaces at the ends of its lines.
pub(crate) fn lines(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_bytes_are_short() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("2h", 7_200), ("1d", 86_400), ("0s", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        for text in
            ["", "s", "ms", "1.5ms", "5", "5 m", "-1s", "1y", "1ä", "99999999999999999999d", "18446744073709551615d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(
            [0, 59, 60, 3_599, 86_400].map(|s| age(Duration::from_secs(s))),
            ["0 s", "59 s", "1 m", "59 m", "1 d"]
        );
        assert_eq!([0, 999, 1_000, 2_048, 1 << 20].map(bytes), ["0 B", "999 B", "1.0 KiB", "2.0 KiB", "1.0 MiB"]);
        assert_eq!([1_023_692, 102_390, 102_000].map(bytes), ["1.0 MiB", "100 KiB", "99.6 KiB"]);
        assert_eq!(plain("a\u{1b}[2J\nb"), "a\u{fffd}[2J\u{fffd}b");
        assert_eq!(plain_lines("a\u{1b}[2J\nb"), "a\u{fffd}[2J\nb");
    }
}
