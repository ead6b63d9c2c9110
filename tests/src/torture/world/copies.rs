//! A store is copied while it is used, as by a backup. A process that opens the copy gets an error, or a store that
//! does not take the names of the original's objects.

use super::super::Dice;
use super::client::{open_options, tolerated};
use super::journal::Journal;
use super::processes::{Processes, spawn};
use super::{Place, Violation, World};
use ref_core::ErrorKind;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

pub(super) fn act(running: &Processes, dice: &mut Dice) {
    let world = &running.world;
    let copy = world.copy();
    let mut cp = Command::new("cp");
    cp.arg("-a").arg(Place::File.folder(world)).arg(&copy).stderr(Stdio::null());
    let copied = cp.status().expect("cp starts");
    let opened = spawn(&mut running.command(Place::File, &["copy"])).wait();
    let opened = opened.expect("a process ends");
    if !matches!(opened.code(), Some(0 | 77)) {
        world.report(&format!("what opens a copy ended with {opened}"));
    }
    let _cleaned_away = fs::remove_dir_all(copy);
    running.count(if copied.success() { "stores copied" } else { "stores copied in part" });
    std::thread::sleep(Duration::from_millis(dice.below(300)));
}

/// Opens the copy. If the copy opens as a store, no name of the original's objects may lead to an object in it.
///
/// # Errors
/// A broken promise.
pub fn copied() -> Result<(), Violation> {
    let world = World::of_this_process()?;
    let Ok(store) = open_options().open(&format!("file:{}", world.copy().display())) else { return Ok(()) };
    for journal in Journal::all(&world, Place::File) {
        let Some(name) = journal.read().and_then(|story| story.name()) else { continue };
        match store.get(&name) {
            Err(error) => tolerated(&world, false, "a reader in a copy", &error, &[ErrorKind::WrongStore])?,
            Ok(value) => {
                return Err(format!("a copy is taken for its original: it has change {}", value.n & 0xff_ffff));
            }
        }
    }
    Ok(())
}
