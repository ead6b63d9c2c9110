//! `cargo xtask pool [--calls N]`: what calls to workers of a pool at a Redis server cost, beside `PING`s of that server.

use crate::redis::{provide, run_test_program};
use crate::run::option;

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    provide()?;
    run_test_program("pool", &["cost", &option(arguments, "--calls", "20000")])
}
