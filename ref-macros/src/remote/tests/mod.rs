//! Tests of the macro on tokens: its messages, and its code.

mod errors;
mod expansion;
