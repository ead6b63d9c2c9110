//! Seeded bugs (mutation tests): a test build makes the bug that `REF_MUTANT` names, and some test must then fail.
//! `cargo xtask mutants` tries each of them. In every other build [`mutant`] is a constant `false`.

/// Returns whether the bug of this name is to be made.
#[cfg(test)]
pub(crate) fn mutant(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("REF_MUTANT").ok()).as_deref() == Some(name)
}

#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn mutant(_name: &str) -> bool {
    false
}
