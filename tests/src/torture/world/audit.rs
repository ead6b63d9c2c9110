//! Checks that nothing of a store is left in a process, in the store after the run, and on the run's disks.

use super::client::open;
use super::journal::Journal;
use super::place::BASE;
use super::{Place, Violation, World};
use ref_core::ErrorKind;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Checks that this process, which has closed its store, has no file of a store open or mapped.
///
/// # Errors
/// The process has a file of a store open or mapped.
pub fn nothing_open(world: &World) -> Result<(), Violation> {
    super::limits::lifted(|| {
        let disks = [world.disk(), world.ext()];
        let fds = fs::read_dir("/proc/self/fd").expect("the process's descriptors");
        let open = fds.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
        if let Some(left) = open.into_iter().find(|path| disks.iter().any(|disk| path.starts_with(disk))) {
            return Err(format!("a process that has closed its store has {} open", left.display()));
        }
        let maps = fs::read("/proc/self/maps").expect("the process's mappings");
        let mut lines = maps.split(|byte| *byte == b'\n').map(|line| OsStr::from_bytes(line).to_string_lossy());
        match lines.find(|line| disks.iter().any(|disk| line.contains(&*disk.to_string_lossy()))) {
            Some(line) => Err(format!("a process that has closed its store has it mapped: {line}")),
            None => Ok(()),
        }
    })
}

/// Opens a store that no other process has open. Recovers every dead session, reads and removes the objects with a name
/// that are not in transit, and closes the store. Returns how many objects are in transit. Other objects or sessions
/// are a violation.
///
/// # Errors
/// A broken promise, or a refusal of the store.
pub fn visit(place: Place) -> Result<u64, Violation> {
    let world = World::of_this_process()?;
    let unseen = |error| format!("the last visitor of {} is refused: {error:?}", place.name());
    let store = match open(&world, place, place == Place::Odd, 0) {
        // The remedy of the error.
        Err(error) if world.was_cleaned(place, &error) => {
            fs::remove_dir_all(place.folder(&world)).map_err(|error| format!("what a cleaner has left: {error}"))?;
            return Ok(0);
        }
        opened => opened.map_err(unseen)?,
    };
    store.reap().map_err(unseen)?;
    for journal in Journal::all(&world, place) {
        let Some((before, name)) = journal.read().and_then(|story| story.name().map(|name| (story, name))) else {
            continue;
        };
        match store.get(&name) {
            Ok(value) => journal.judge(&before, &value, "the last visitor")?,
            Err(error) if error.kind() == ErrorKind::Gone => journal.judge_gone("the last visitor")?,
            // Another process has sent the object, and its ticket has not expired.
            Err(error) if error.kind() == ErrorKind::Conflict => continue,
            Err(error) => return Err(unseen(error)),
        }
        store.remove(&name).map_err(unseen)?;
        journal.close();
    }
    let seen = store.stats().map_err(unseen)?;
    let versions = crate::scene::versions(&place.folder(&world)) as u64;
    match seen.objects == seen.in_transit && seen.sessions == 1 && versions == seen.objects {
        true => Ok(seen.in_transit),
        false => Err(format!("in {} something of the dead is left: {seen:?}, {versions} versions", place.name())),
    }
}

/// Returns the living processes of the run, without this one.
pub(super) fn survivors(world: &World) -> Vec<(u32, String)> {
    let mark = [BASE.as_bytes(), b"=", world.base().as_os_str().as_bytes()].concat();
    let of_the_run = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        *pid != std::process::id() && environment.split(|byte| *byte == 0).any(|word| word == mark)
    };
    let numbers = fs::read_dir("/proc").expect("the processes").flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(of_the_run).map(|pid| (pid, command(pid))).collect()
}

fn command(pid: u32) -> String {
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).replace('\0', " ")
}

/// Returns the files and folders on the disks that no store may leave there when its last process has closed it.
pub(super) fn left_over(world: &World) -> Vec<PathBuf> {
    let places = Place::ALL.map(|place| (place, place.folder(world)));
    let mut left = Vec::new();
    let homes = [world.stores(), world.ext(), Place::Odd.home(world)];
    // `lost+found` is made by `mkfs`.
    let known = |path: &Path| homes.iter().any(|home| home == path) || path.ends_with("lost+found");
    let [one, other] = world.elsewhere();
    for disk in [world.disk(), world.ext(), one, other] {
        walk(&disk, &mut |path, is_folder| {
            let place = places.iter().find(|(_, folder)| path.starts_with(folder));
            let fine = match place {
                Some((place, folder)) => {
                    !place.is_removed() && may_stay(path.strip_prefix(folder).unwrap_or(path), is_folder)
                }
                None => known(path),
            };
            if !fine {
                left.push(path.to_owned());
            }
        });
    }
    left
}

/// Returns whether a `file:` store without objects keeps the file or folder `inside`, a path from the store's folder.
fn may_stay(inside: &Path, is_folder: bool) -> bool {
    is_folder || inside == Path::new("ledger") || inside.starts_with("slots") || inside.starts_with("types")
}

/// Calls `look` with each path below a folder, and whether the path is a folder.
pub(super) fn walk(folder: &Path, look: &mut impl FnMut(&Path, bool)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        look(&entry.path(), is_folder);
        if is_folder {
            walk(&entry.path(), look);
        }
    }
}
