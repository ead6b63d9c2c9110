//! Tests of the macro on tokens.

mod errors;
mod expansion;
