//! `cargo xtask pool [--calls N]`: what calls to workers of a pool at a Redis server cost, beside `PING`s of that server.
//! `--storm`: calls while workers and the server are killed.

use crate::redis::{provide, run_test_program};
use crate::run::option;

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    provide()?;
    let is_storm = arguments.iter().any(|argument| argument == "--storm");
    let (act, usual) = if is_storm { ("storm", "10000") } else { ("cost", "20000") };
    run_test_program("pool", &[act, &option(arguments, "--calls", usual)])
}
