//! The rule for the names of stores, in every backend that has names.

/// The length of the longest name, in bytes. A name becomes the name of a folder, or a part of each key of the store
/// in a Redis server, and tools print it.
const LONGEST: usize = 64;

/// Checks that `name` is safe as the name of one folder, and as a part of a key. The error says what is wrong with the
/// name.
pub(super) fn check(name: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name {
        "" => Err("a name is missing"),
        name if name.len() > LONGEST => Err("the name is longer than 64 characters"),
        name if name.starts_with('.') || !name.chars().all(plain) => {
            Err("a name consists of ASCII letters, digits, `-`, `_` and `.`, and does not begin with `.`")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_name_is_one_harmless_folder_name() {
        let (longest, too_long) = ("n".repeat(64), "n".repeat(65));
        for name in ["lab", "lab-2.x_y", "0", "-", &longest] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", ".", "..", ".lab", "a/b", "a b", "ä", "a\0", "{a}", "a:b", &too_long] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
