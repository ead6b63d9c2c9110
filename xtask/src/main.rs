//! The project's own commands: `cargo xtask COMMAND`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod api;
mod asan;
mod bench;
mod book;
mod cli;
mod compile;
mod corpus;
mod course;
mod features;
mod figures;
mod instructions;
mod loom;
mod model;
mod mutants;
mod pairs;
mod pool;
mod proxystore;
mod redis;
mod run;
mod scale;
mod service;
mod test;
mod torture;
mod ui;
mod workflows;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  test      everything that must hold: format, lints, features, tests, docs, loom, mutants
  features  the library with each feature alone, and its tests with few
  loom      the ledger's own code, in every order of its steps that loom explores, and the ledger's model
  model     [--steps N]: the ledger's steps and a server's requests, far from the start, then the rules: minutes each
  asan      the shared-memory backend under AddressSanitizer, on nightly
  cli       the command `ref`: its lints and tests, which `test` leaves out; `--look`: its page, used in a browser
  mutants   every seeded bug of the ledger, which some test must catch
  torture   [--secs N] [--processes N] [--seed N]: many processes, killed at random moments and steps;
            --world [--parts A,B]: on a machine whose cleaners, disks, limits, signals and neighbours are hostile
  redis     a Redis server for the tests, without a service; `storm [--secs N] [--seed N]`: counters that processes
            change over bad connections, while processes are killed; `deaths [--objects N]`: a process with many objects
            is killed beside others; `idle [--processes N]`: sessions without calls
  bench     [small|large|names|columns ...]: stores beside LMDB, redb, iceoryx2, Redis, numpy and others in one run; writes
            docs/performance.md and its pictures, or what is about these parts
  workflows  [--secs N]: a workflow and a MapReduce beside ProxyStore, N seconds each; writes docs/workflows.md
  instructions  what the most frequent acts take, counted by callgrind and compared with kept counts; `--write` keeps them
  sweep     [--objects N]: what very many objects cost, and their owner's death
  latency   [--kills N]: how long a killed borrower is in the way
  turns     [--turns N] [--processes N] [--at ADDRESS]: how long the writers of one name wait for their turns
  cycles    [--cycles N]: what is left of objects that came and went
  opens     [--opens N] [--rounds N]: opens of one store by several processes, and makings at the same instant
  pool      [--calls N]: what calls to workers that have joined a pool at a server cost; `--storm`: calls while workers
            and the server are killed
  scale     [--objects N] [--points FILE]: what many workers and objects ask of a server, reckoned from what some
            ask, which is measured, or printed by an earlier run; writes the tables of docs/scale.md
  service   [ADDRESS [ORDERS]]: three servers and an indexer, 20,000 orders, processes killed meanwhile, then a check
  compile   [--runs N]: what the attribute costs the compiler, against serde's derives
  corpus    [CRATE ...]: the attribute on the types of published crates, fetched from the registry
  course    the exercises fail for the reasons that they name, and their solutions succeed; `--rustlings`: their runner;
            `--pictures`: drawn anew, with several processes; `--server ADDRESS`: the exercise on servers, at one
  proxystore  ProxyStore's tests of references, programs that are silently wrong with it, and, without `--there`, ours
  ui        NAME: the UI cases whose name begins so, with their twins; writes and shows what the compiler says
  bless     accept what the compiler says now in the UI tests and expansions; read the diff
  book      the rule book and the guide as pages for a browser; `--check`: their links only; `--look`: pictures of them
  api       writes docs/api.md, the list of public items, anew; read the diff
";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let done = match command.as_str() {
        "test" => test::all(),
        "loom" => loom::all(),
        "model" => model::all(&arguments),
        "asan" => asan::all(),
        "cli" => cli::all(&arguments),
        "mutants" => mutants::all(),
        "torture" => torture::all(&arguments),
        "redis" => redis::all(&arguments),
        "features" => features::all(),
        "bench" => bench::all(&arguments),
        "workflows" => workflows::all(&arguments),
        "instructions" => instructions::all(&arguments),
        "sweep" => figures::sweep(&arguments),
        "latency" => figures::latency(&arguments),
        "turns" => figures::turns(&arguments),
        "cycles" => figures::cycles(&arguments),
        "opens" => figures::opens(&arguments),
        "compile" => compile::all(&arguments),
        "service" => service::all(&arguments),
        "pool" => pool::all(&arguments),
        "scale" => scale::all(&arguments),
        "corpus" => corpus::all(&arguments),
        "course" => course::all(&arguments),
        "proxystore" => proxystore::all(&arguments),
        "ui" => ui::some(&arguments),
        "bless" => ui::bless(),
        "api" => api::write(),
        "book" => book::all(&arguments),
        _ => {
            eprint!("{HELP}");
            return if command == "help" || command == "--help" { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
