//! `ref man`: the manual pages.

use crate::{Arguments, Done};
use clap::CommandFactory as _;
use std::path::Path;

/// Prints the page of `ref`, or writes it and those of its commands into a folder, which has to be there.
pub(crate) fn run(folder: Option<&Path>) -> Done {
    // Only a built command knows that the names of its commands begin with its own.
    let mut command = Arguments::command();
    command.build();
    let Some(folder) = folder else { return page(command) };
    let commands: Vec<_> = command.get_subcommands().filter(|command| command.get_name() != "help").cloned().collect();
    for one in std::iter::once(command).chain(commands) {
        let name = one.get_display_name().unwrap_or("ref").to_owned();
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, page(one)?).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(String::new())
}

fn page(command: clap::Command) -> Done {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
