//! A disk is filled to its last byte, or to its last file, and freed again.

use super::super::Dice;
use super::Place;
use super::processes::Processes;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file or folder that fills a disk. The ballast is not among the foreign files that are checked.
pub(super) const BALLAST: &str = "ballast";

/// The lengths of the names that fill a folder of versions. Short names come after long ones, and fill the room that
/// these leave.
const NAMES: [usize; 3] = [240, 60, 12];
/// The largest number of names of one length in a folder, so that the disk's few files are not used up.
const MOST: u32 = 200;

pub(super) fn act(running: &Processes, dice: &mut Dice) {
    match dice.below(4) {
        0 => use_up_files(running, dice),
        _ => use_up_bytes(running, dice),
    }
    std::thread::sleep(Duration::from_millis(dice.below(200)));
}

/// Makes empty files until the disk permits no more, and later removes them.
fn use_up_files(running: &Processes, dice: &mut Dice) {
    let disk = if dice.one_in(2) { running.world.disk() } else { running.world.ext() };
    let folder = disk.join(BALLAST);
    let made = fs::create_dir(&folder).is_ok();
    if made && (0..).find(|nth| File::create_new(folder.join(format!("{nth}"))).is_err()).is_some() {
        running.count("disks without room for a file");
        std::thread::sleep(Duration::from_millis(dice.below(60)));
    }
    if made {
        fs::remove_dir_all(&folder).expect("the ballast is there");
    }
}

fn use_up_bytes(running: &Processes, dice: &mut Dice) {
    let world = &running.world;
    let on_ext4 = world.has_ext4() && dice.one_in(2);
    let disk = if on_ext4 || dice.one_in(2) { world.ext() } else { world.disk() };
    let path = disk.join(BALLAST);
    let mut ballast = File::create(&path).expect("the ballast");
    let length = fill(&mut ballast);
    let crowd = if on_ext4 { crowd(&Place::File.folder(world).join("obj")) } else { Vec::new() };
    // On ext4, with so little room, the next file gets a block for its bytes, and its name gets none.
    ballast.set_len(length.saturating_sub(dice.below(4) * 1_024)).expect("the ballast becomes shorter");
    running.count(if on_ext4 { "disks without room for a name" } else { "full disks" });
    std::thread::sleep(Duration::from_millis(dice.below(80)));
    fs::remove_file(path).expect("the ballast is there");
    for path in crowd {
        if fs::remove_file(&path).is_err() {
            world.report(&format!("foreign and touched: {}", path.display()));
        }
    }
}

/// Writes to `ballast` until the disk has no room. Returns how many bytes were written.
fn fill(ballast: &mut File) -> u64 {
    let mut length = 0;
    for size in [1 << 20, 1 << 16, 1 << 10] {
        while let Ok(written) = ballast.write(&vec![7; size]) {
            length += written as u64;
        }
    }
    // A file system that allocates late would give the blocks to the next file: `sync_all` allocates them now.
    ballast.sync_all().expect("the ballast is on the disk");
    length
}

/// Makes empty files in the folders of versions, until no folder has room for another name, or has [`MOST`] names of
/// each length. Returns the files.
fn crowd(versions: &Path) -> Vec<PathBuf> {
    let mut crowd = Vec::new();
    for folder in fs::read_dir(versions).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()) {
        for length in NAMES {
            for nth in 0..MOST {
                let path = folder.path().join(format!("{nth:-<length$}"));
                match File::create_new(&path) {
                    Ok(_) => crowd.push(path),
                    Err(_) => break,
                }
            }
        }
    }
    crowd
}
