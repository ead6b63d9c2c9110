//! Numbers, times and lists, as requests and answers have them.

use redis::Value;
use std::time::Duration;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Milliseconds, begun ones too: what is asked for is not rounded down.
pub(super) fn millis(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000_000)
}

/// A list of texts, as some scripts answer.
pub(super) fn words(value: Value) -> Vec<String> {
    let Value::Array(words) = value else { return Vec::new() };
    let text = |word| match word {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    };
    words.into_iter().filter_map(text).collect()
}
