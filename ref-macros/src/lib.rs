//! The attribute macros of `ref-core`.
