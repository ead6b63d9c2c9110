//! Tokens in, messages or code out.

mod errors;
mod expansion;
