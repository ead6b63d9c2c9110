//! Removes old files, by the cleaner of systemd machines or by a simpler one.
//!
//! Neither of them removes anything below a folder on which another process has a lock (`flock`).

use super::super::Dice;
use super::World;
use super::neighbours::Neighbours;
use super::processes::Processes;
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file older than this is removed. On real machines the age is ten days.
const AGE: Duration = Duration::from_secs(1);
const CLEANER: &str = "systemd-tmpfiles";

pub(super) fn act(running: &Processes, neighbours: &Neighbours, dice: &mut Dice) {
    let world = &running.world;
    match dice.one_in(2) && systemd(world, neighbours) {
        true => running.count("cleaned by systemd-tmpfiles"),
        false => {
            let spared = neighbours.roots();
            [world.stores(), world.ext()].iter().for_each(|folder| clean(folder, &spared));
            running.count("cleaned by a plain cleaner");
        }
    }
    std::thread::sleep(Duration::from_millis(dice.below(200)));
}

/// Runs the cleaner of systemd machines, but not on the foreign files. Returns whether the cleaner could be started.
fn systemd(world: &World, neighbours: &Neighbours) -> bool {
    let rules = world.base().join("cleaner.conf");
    let mut text = String::new();
    for folder in [world.stores(), world.ext()] {
        text += &format!("d {} - - - {}s\n", folder.display(), AGE.as_secs());
    }
    for spared in neighbours.roots() {
        text += &format!("x {}\n", spared.display());
    }
    fs::write(&rules, text).expect("the cleaner's rules");
    let mut cleaner = Command::new(CLEANER);
    let cleaned = cleaner.arg("--clean").arg(&rules).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    cleaned.status().is_ok()
}

/// Removes old files and old empty folders below `folder`, but nothing in `spared`, and nothing in a folder that is
/// locked.
fn clean(folder: &Path, spared: &[PathBuf]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if spared.contains(&path) {
            continue;
        }
        if !metadata.is_dir() {
            let _gone_or_ours = is_old(&metadata).then(|| fs::remove_file(&path));
            continue;
        }
        let Ok(inside) = File::open(&path) else { continue };
        if inside.try_lock().is_ok() {
            clean(&path, spared);
            let _not_empty = is_old(&metadata).then(|| fs::remove_dir(&path));
        }
    }
}

fn is_old(metadata: &Metadata) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let last = metadata.mtime().max(metadata.ctime()).max(metadata.atime()) as u64;
    last + AGE.as_secs() < now
}
