//! How requests and replies write numbers, times and lists.

use redis::Value;
use std::time::Duration;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the time in milliseconds, rounded up, so that it is never shorter than the program asked for.
pub(super) fn millis(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000_000)
}

/// Reads a reply that is a list of texts. Leaves out all elements that are no text.
pub(super) fn words(value: Value) -> Vec<String> {
    let Value::Array(words) = value else { return Vec::new() };
    let text = |word| match word {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    };
    words.into_iter().filter_map(text).collect()
}
