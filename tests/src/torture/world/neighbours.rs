//! Foreign files and folders beside and inside of the stores. The foreign files must stay as they are, byte for byte.

use super::super::Dice;
use super::disks::BALLAST;
use super::processes::Processes;
use super::{Place, Violation, World};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Foreign files beside stores, under names like those of this crate. A name that ends in `/` is an empty folder.
const BESIDE: &[&str] = &[
    "README",
    "ledger",
    "ledger.dat",
    "ledger.2025.journal",
    ".dead-letters/to-be-sent",
    ".dead-mail/ledger",
    ".dead-mail/to-be-read",
    ".dead-0123456789abcdef/thesis.txt",
    ".dead-beef",
    "accounts/ledger",
    "accounts/ledger.2024",
    "accounts/ledger.0123456789abcdef",
    "books/ledger.dat",
    "books/ledger.2025.journal",
    "photos/slots/1",
    "photos/obj/00/0.1",
    "photos/stage/0/0.1",
    "empty/",
    "ledgers/",
];

/// Foreign files inside of the stores `Lab`, `File`, `Cousin` and `Nephew`, which are there during the whole run.
const INSIDE: &[&str] = &[
    "README",
    "ledger.bak",
    "ledger.dat",
    "ledger.2025.journal",
    "obj/notes.txt",
    "obj/00/0.1.orig",
    "obj/zz/mine",
    "slots/mine",
    "slots/7.bak",
    "stage/mine",
    "stage/0/mine",
    "stage/letters/0.1",
    "mine/ledger",
];

/// Stores that no process opens during the run.
const UNVISITED: [Place; 2] = [Place::Cousin, Place::Nephew];

/// The foreign files and folders, and the paths that cleaners must spare.
pub(super) struct Neighbours {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    roots: Vec<PathBuf>,
    /// The files and folders that were reported already.
    missed: Mutex<Vec<PathBuf>>,
}

/// Returns the content of a foreign file: its path, several times.
fn content(path: &Path) -> Vec<u8> {
    format!("{}\n", path.display()).repeat(9).into_bytes()
}

impl Neighbours {
    /// Returns a value without foreign files: [`make`](Self::make) makes them. `roots` already has the stores that no
    /// process opens, and the file or folder that fills the disk `ext`.
    pub(super) fn new(world: &World) -> Self {
        let mut roots = UNVISITED.map(|place| place.folder(world)).to_vec();
        roots.push(world.ext().join(BALLAST));
        Self { files: Vec::new(), folders: Vec::new(), roots, missed: Mutex::default() }
    }

    /// Makes the foreign files and folders. The stores must be there.
    pub(super) fn make(&mut self, world: &World) -> std::io::Result<()> {
        for folder in [world.stores(), world.ext()] {
            BESIDE.iter().try_for_each(|name| self.lay(&folder, name))?;
        }
        for place in [Place::Lab, Place::File, Place::Cousin, Place::Nephew] {
            INSIDE.iter().try_for_each(|name| self.lay(&place.folder(world), name))?;
        }
        Ok(())
    }

    fn lay(&mut self, folder: &Path, name: &str) -> std::io::Result<()> {
        let (path, mut root) = (folder.join(name), folder.to_owned());
        for part in Path::new(name) {
            root.push(part);
            // A folder that a store has made is not foreign.
            if !root.exists() {
                break;
            }
        }
        self.roots.push(root);
        if name.ends_with('/') {
            fs::create_dir(&path)?;
            self.folders.push(path);
            return Ok(());
        }
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)?;
        fs::set_permissions(parent, fs::Permissions::from_mode(0o700))?;
        fs::File::create_new(&path)?.write_all(&content(&path))?;
        self.files.push(path);
        Ok(())
    }

    /// Returns the paths that cleaners must spare: the topmost foreign ones, and those of [`new`](Self::new).
    pub(super) fn roots(&self) -> Vec<PathBuf> {
        self.roots.clone()
    }

    /// Reports each foreign file or folder that is gone or changed, and each ledger of an unvisited store that is gone,
    /// once.
    pub(super) fn check(&self, world: &World) {
        let whole = |path: &PathBuf| fs::read(path).is_ok_and(|bytes| bytes == content(path));
        let harmed = self.files.iter().filter(|path| !whole(path));
        let harmed = harmed.chain(self.folders.iter().filter(|path| !path.is_dir()));
        let ledgers = UNVISITED.map(|place| place.folder(world).join("ledger"));
        let harmed = harmed.chain(ledgers.iter().filter(|path| !path.exists()));
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        for path in harmed {
            if !missed.contains(path) {
                let violation: Violation = format!("foreign and touched: {}", path.display());
                world.report(&violation);
                missed.push(path.clone());
            }
        }
    }

    /// Removes the foreign files and folders. A folder in a store stays if something is in it that is not foreign: the
    /// store may have put a version there.
    pub(super) fn remove(&self, world: &World) {
        for path in self.files.iter().chain(&self.folders) {
            let _missed = (fs::remove_file(path), fs::remove_dir(path));
            let above = path.ancestors().skip(1);
            let foreign = above.take_while(|folder| self.roots.iter().any(|root| folder.starts_with(root)));
            foreign.for_each(|folder| _ = fs::remove_dir(folder));
        }
        let ballast = world.ext().join(BALLAST);
        let _file_or_missed = fs::remove_dir_all(ballast);
    }
}

pub(super) fn act(running: &Processes, neighbours: &Neighbours, dice: &mut Dice) {
    neighbours.check(&running.world);
    running.count("looks at the neighbours");
    std::thread::sleep(Duration::from_millis(dice.below(100)));
}
