//! The command `ref`: which objects and sessions a store has, and which process holds what. `docs/command.md` describes
//! it.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod change;
mod doctor;
mod dump;
mod explain;
mod fields;
mod history;
mod list;
mod man;
mod sessions;
mod show;
mod source;
mod text;
#[cfg(feature = "top")]
mod top;
mod warnings;
mod watch;
mod why;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::io::Write as _;
use std::process::ExitCode;

/// Shows which objects and sessions a store has, and which process holds what.
///
/// A look into a store makes no store, takes no slot and changes nothing. Only `reap` and `rm` change a store.
#[derive(Parser)]
#[command(name = "ref", version, after_help = "Exit codes: 0 done, 1 failed or refused, 2 wrong arguments.")]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists the objects, and warns of what may be wrong.
    Ls {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        limits: warnings::LimitArguments,
    },
    /// Prints what changes, until it is stopped or the store is gone.
    Watch(watch::WatchArguments),
    /// Shows on the screen what the objects are doing, by the age of their borrows.
    #[cfg(feature = "top")]
    Top(top::TopArguments),
    /// Shows one object: its owner, its holders, and the lines of code that took it.
    Show {
        #[command(flatten)]
        place: Place,
        /// The object's id, such as 3.17, or its name.
        object: String,
    },
    /// Prints the value of an object as JSON, by the description of its type that the store has.
    Dump {
        #[command(flatten)]
        place: Place,
        /// The object's id, such as 3.17, or its name.
        object: String,
        /// Fails if the value, or its JSON, has more than so many MiB.
        #[arg(long, value_name = "MIB", default_value_t = 64)]
        most: u64,
    },
    /// Says why a call that asks for an object waits or is refused, with the lines of code that hold it.
    Why {
        #[command(flatten)]
        place: Place,
        /// The object's id, such as 3.17, or its name.
        object: String,
        /// A folder in which the sources are. May be given several times.
        #[arg(long, value_name = "FOLDER")]
        source: Vec<std::path::PathBuf>,
    },
    /// Lists the sessions, the dead ones included.
    Sessions {
        #[command(flatten)]
        place: Place,
    },
    /// Takes from dead sessions what they held.
    Reap {
        #[command(flatten)]
        place: Place,
    },
    /// Removes an object that no session owns.
    Rm {
        #[command(flatten)]
        place: Place,
        /// The object's id, such as 3.17, or its name.
        object: String,
        /// Removes the object without a question.
        #[arg(long)]
        yes: bool,
    },
    /// Explains a rule as the rule book does: why it holds, and programs that break it with what the compiler says.
    Explain {
        /// The rule's number, such as R07. Without it, the rules are listed.
        rule: Option<String>,
        /// The name of one of the rule's programs. Without it, the first one is shown.
        program: Option<String>,
    },
    /// Checks what of this host may harm a store: its folder, file system, limits and cleaners, each with its remedy.
    Doctor {
        #[command(flatten)]
        place: Place,
    },
    /// Shows what happened in a run that was recorded by REF_RECORD=FOLDER.
    History(history::HistoryArguments),
    /// Prints the manual page, or writes the page of each command into a folder.
    Man {
        /// The folder for `ref.1`, `ref-ls.1` and so on. Without it, `ref.1` is printed.
        folder: Option<std::path::PathBuf>,
    },
    /// Prints what a shell needs to complete the arguments.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Where a command looks, and how it writes what it found.
#[derive(clap::Args)]
struct Place {
    /// The store's address: `shm://NAME`, `file:PATH` or `redis://HOST`.
    address: String,
    /// Writes all that was found as one JSON value, for other programs.
    #[arg(long)]
    json: bool,
}

/// What a command returns: the text for standard output, or a sentence with its remedy.
type Done = Result<String, String>;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(text) => match anstream::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => fail(&error.to_string()),
            _ => ExitCode::SUCCESS,
        },
        Err(why) => fail(&why),
    }
}

fn fail(why: &str) -> ExitCode {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    // There is no other place to say that standard error is gone.
    let _unsaid = writeln!(anstream::stderr(), "{style}error{style:#}: {}", text::plain_lines(why));
    ExitCode::FAILURE
}

fn run(action: Action) -> Done {
    match action {
        Action::Ls { place, limits } => list::run(&place, (&limits).into()),
        Action::Watch(arguments) => watch::run(&arguments),
        #[cfg(feature = "top")]
        Action::Top(arguments) => top::run(&arguments),
        Action::Show { place, object } => show::run(&place, &object),
        Action::Dump { place, object, most } => dump::run(&place, &object, most),
        Action::Why { place, object, source } => why::run(&place, &object, source),
        Action::Sessions { place } => sessions::run(&place),
        Action::Reap { place } => change::reap(&place),
        Action::Rm { place, object, yes } => change::remove(&place, &object, yes),
        Action::Explain { rule, program } => explain::run(rule.as_deref(), program.as_deref()),
        Action::Doctor { place } => doctor::run(&place),
        Action::History(arguments) => history::run(&arguments),
        Action::Man { folder } => man::run(folder.as_deref()),
        Action::Completions { shell } => {
            let mut written = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "ref", &mut written);
            Ok(String::from_utf8_lossy(&written).into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
