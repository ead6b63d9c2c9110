//! The folders and stores of a run.

use super::{Part, Violation};
use ref_core::{Error, ErrorKind};
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The environment variable with the run's base folder. Each process of a run has this variable, workers included.
pub(super) const BASE: &str = "REF_WORLD";
/// The environment variable with the names of the run's parts.
pub(super) const PARTS: &str = "REF_WORLD_PARTS";

/// A run's folders. The stores lie on the disks `disk` and `ext`, and the run's other files outside of these disks.
#[derive(Clone, Debug)]
pub struct World {
    base: PathBuf,
    parts: Vec<Part>,
}

/// A store of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A `shm:` store with detached objects.
    Lab,
    /// A `shm:` store without detached objects, which is removed whenever its last process closes it.
    Fleeting,
    /// A `file:` store with detached objects.
    File,
    /// A `file:` store in a folder whose name is not UTF-8.
    Odd,
    /// A `file:` store that lies in the folder of the `shm:` stores. Processes open this store only at the beginning
    /// and at the end of a run.
    Cousin,
    /// A store like `Cousin`, but without objects.
    Nephew,
}

impl Place {
    /// The stores that clients and callers open. The last store has only a relative address, and is opened only in runs
    /// with the part `Wander`.
    pub(super) const VISITED: [Self; 4] = [Self::Lab, Self::Fleeting, Self::File, Self::Odd];
    /// The stores that a keeper has open.
    pub(super) const KEPT: [Self; 2] = [Self::Lab, Self::File];
    pub(super) const ALL: [Self; 6] = [Self::Lab, Self::Fleeting, Self::File, Self::Odd, Self::Cousin, Self::Nephew];

    /// Returns the store's name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Returns the place of that name.
    ///
    /// # Errors
    /// No place has that name.
    pub fn named(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|place| place.name() == name).ok_or_else(|| format!("{name} is no place"))
    }

    /// Returns whether the store has detached objects, whose names are in journals.
    pub(super) fn has_names(self) -> bool {
        matches!(self, Self::Lab | Self::File | Self::Cousin)
    }

    /// Returns whether the store is removed when its last process closes it.
    pub(super) fn is_removed(self) -> bool {
        matches!(self, Self::Lab | Self::Fleeting)
    }

    /// Returns the store's folder.
    pub(super) fn folder(self, world: &World) -> PathBuf {
        match self {
            Self::Lab | Self::Fleeting | Self::Cousin | Self::Nephew => world.stores().join(self.name()),
            Self::File => world.ext().join("lab"),
            Self::Odd => world.odd().join("lab"),
        }
    }

    /// Returns the store's address. The address of [`Odd`](Self::Odd), and with `relative` that of
    /// [`File`](Self::File), depends on the working folder.
    #[must_use]
    pub fn address(self, world: &World, relative: bool) -> String {
        match self {
            Self::Lab | Self::Fleeting => format!("shm://{}", self.name()),
            Self::Odd => "file:lab".to_owned(),
            Self::File if relative => "file:lab".to_owned(),
            Self::File | Self::Cousin | Self::Nephew => format!("file:{}", self.folder(world).display()),
        }
    }

    /// Returns the working folder in which the store's relative address is right.
    #[must_use]
    pub fn home(self, world: &World) -> PathBuf {
        if self == Self::Odd { world.odd() } else { world.ext() }
    }
}

impl World {
    /// Returns a world whose folders are below `base`. Makes no folder.
    #[must_use]
    pub fn new(base: PathBuf, parts: Vec<Part>) -> Self {
        Self { base, parts }
    }

    /// Returns the world that this process was started in.
    ///
    /// # Errors
    /// The process was not started in a world: an environment variable is missing or wrong.
    pub fn of_this_process() -> Result<Self, String> {
        let of = |name| std::env::var(name).map_err(|error| format!("{name}: {error}"));
        Ok(Self::new(of(BASE)?.into(), Part::list(&of(PARTS)?)?))
    }

    /// Returns whether the run has that part.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Returns whether a cleaner may rightly have caused this error of an opening. When all processes of a store without
    /// a keeper were killed, its folders are not locked. A cleaner then removes the ledger, which is old, and may leave
    /// versions, which are younger. Such a store is refused until its folder is removed.
    #[must_use]
    pub fn was_cleaned(&self, place: Place, error: &Error) -> bool {
        let has_lost_its_ledger = || error.to_string().contains("values of a store whose ledger was removed");
        self.has(Part::Cleaners)
            && place == Place::Fleeting
            && error.kind() == ErrorKind::Corrupt
            && has_lost_its_ledger()
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the run's base folder.
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Returns the mount point of the disk with the `shm:` stores, `Odd`, `Cousin` and `Nephew`.
    pub(super) fn disk(&self) -> PathBuf {
        self.base.join("disk")
    }

    /// Returns the mount point of the disk with the store `File` and its copy.
    pub(super) fn ext(&self) -> PathBuf {
        self.base.join("ext")
    }

    /// Returns the folder of a copy of the store `File`.
    pub(super) fn copy(&self) -> PathBuf {
        self.ext().join("copy")
    }

    /// Returns whether `ext` is an ext4, whose folders need blocks for names.
    pub(super) fn has_ext4(&self) -> bool {
        self.base.join("ext.img").exists()
    }

    /// Returns the base folder of the `shm:` stores.
    #[must_use]
    pub fn stores(&self) -> PathBuf {
        self.disk().join("stores")
    }

    /// Returns the folder of the store `Odd`, whose name is not UTF-8.
    fn odd(&self) -> PathBuf {
        self.disk().join(OsStr::from_bytes(b"h\xf6me"))
    }

    /// Returns folders without a store, to which processes change their working folder.
    pub(super) fn elsewhere(&self) -> [PathBuf; 2] {
        [self.base.join("elsewhere"), self.base.join(OsStr::from_bytes(b"elsewhere-\xff"))]
    }

    /// Changes the working folder to the folder `nth` of `elsewhere`, or to a new folder that is removed at once if
    /// there is no such folder.
    ///
    /// # Errors
    /// An error of the system.
    pub fn go_elsewhere(&self, nth: u64) -> std::io::Result<()> {
        if let Some(folder) = self.elsewhere().get(nth as usize) {
            return std::env::set_current_dir(folder);
        }
        // The folder has a random name, and not one with the process's number: a process that was killed here has left
        // its folder, and another process may have its number by now. The folder is opened in order to remove it, which
        // takes a descriptor. So the process's limits are lifted here too.
        super::limits::lifted(|| {
            let lost = tempfile::Builder::new().prefix("lost-").tempdir_in(&self.base)?;
            std::env::set_current_dir(lost.path())?;
            lost.close()
        })
    }

    /// Returns the path of the program's file, which the part `program` replaces.
    pub(super) fn program(&self) -> PathBuf {
        self.base.join("program")
    }

    /// Returns the folder with the tickets that a store's processes leave for each other.
    pub(super) fn board(&self, place: Place) -> PathBuf {
        self.base.join("board").join(place.name())
    }

    /// Returns the folder with the journals of objects that have a name.
    pub(super) fn names(&self, place: Place) -> PathBuf {
        self.base.join("names").join(place.name())
    }

    /// Returns the folder with the journals of objects that are lent.
    pub(super) fn loans(&self, place: Place) -> PathBuf {
        self.base.join("loans").join(place.name())
    }

    /// Returns the file to which processes append figures of the run.
    pub(super) fn tallies(&self) -> PathBuf {
        self.base.join("tallies")
    }

    pub(super) fn violations(&self) -> PathBuf {
        self.base.join("violations")
    }

    /// Returns the file with the standard error of all processes.
    pub(super) fn said(&self) -> PathBuf {
        self.base.join("said")
    }

    /// Returns whether a process of the run has told the others `what`, by making the file of that name.
    #[must_use]
    pub fn is_told(&self, what: &str) -> bool {
        self.base.join(what).exists()
    }

    pub(super) fn tell(&self, what: &str) {
        fs::write(self.base.join(what), "").expect("the world's own disk has room");
    }

    /// Makes the run's folders, but not the disks themselves, which are mounted.
    pub(super) fn make(&self) -> std::io::Result<()> {
        let [one, other] = self.elsewhere();
        for folder in [self.stores(), self.odd(), one, other] {
            fs::create_dir_all(folder)?;
        }
        for place in Place::ALL {
            for folder in [self.board(place), self.names(place), self.loans(place)] {
                fs::create_dir_all(folder)?;
            }
        }
        Ok(())
    }

    /// Writes a broken promise down.
    pub fn report(&self, violation: &Violation) {
        append(&self.violations(), &format!("{}\n", violation.replace('\n', " | ")));
    }

    /// Adds `number` to the figure `what` of the run.
    pub fn tally(&self, what: &str, number: u64) {
        append(&self.tallies(), &format!("{what} {number}\n"));
    }
}

/// Appends a line to a file. Lines of several processes do not mix.
fn append(path: &Path, line: &str) {
    let appended = super::limits::lifted(|| {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(line.as_bytes())
    });
    appended.expect("the world's own disk has room");
}
