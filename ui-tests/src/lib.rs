//! Compile-fail cases; see `tests/ui.rs`.
