//! Torture in a hostile world: a machine whose cleaners, disks, limits, signals and foreign files disturb the stores.
//!
//! Processes are killed as in the ordinary torture. At the same time each [`Part`] of the world disturbs the same
//! stores, which are `shm:` and `file:` stores. Each acknowledged change is written down outside of the stores, in a
//! `journal` for each object, and compared with each value that is read. No acknowledged change may be lost, no foreign
//! file may change, and nothing may be left on the disks.
//!
//! A run has its own mount namespace (`mounts`), in which the disks of the stores are small. Three kinds of processes
//! use the stores. A `keeper` has its store open from the first moment to the last, and is never killed. A `client`
//! opens a store for a while. A caller (`bin/world/caller.rs`) has workers.

mod acts;
mod audit;
mod cleaners;
mod client;
mod copies;
mod disks;
mod driver;
mod journal;
mod keeper;
mod limits;
mod mounts;
mod neighbours;
mod place;
mod processes;
mod program;
mod report;
mod signals;
mod stops;

pub use audit::{nothing_open, visit};
pub use client::use_store;
pub use copies::copied;
pub use driver::drive_parts;
pub use keeper::{keep, prepare};
pub use limits::{is_reached, lower_for_children};
pub use mounts::run;
pub use place::{Place, World};
pub use program::mark;
pub use report::Report;

use std::path::PathBuf;
use std::time::Duration;

/// A broken promise, in words.
pub type Violation = String;

/// One way in which the world is hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Old files and empty folders are removed, except below a locked folder.
    Cleaners,
    /// A store is copied while it is used, and the copy is opened.
    Copies,
    /// The disks of the stores are filled, and freed again.
    Disks,
    /// Foreign files and folders lie beside and inside of the stores, under names like those of this crate.
    Neighbours,
    /// Some processes have small limits on file sizes, descriptors or address space.
    Limits,
    /// The program's file is replaced by another build while it runs.
    Program,
    /// Groups of processes get the signals of a terminal.
    Signals,
    /// Processes are stopped for a while, and killed while they are stopped.
    Stops,
    /// Addresses are relative, and processes change their folder.
    Wander,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 9] = [
        Self::Cleaners,
        Self::Copies,
        Self::Disks,
        Self::Neighbours,
        Self::Limits,
        Self::Program,
        Self::Signals,
        Self::Stops,
        Self::Wander,
    ];

    /// Returns the part's name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Returns the parts of a list of names with commas between them. `all` and `none` are lists too.
    ///
    /// # Errors
    /// A name in the list is no part's name.
    pub fn list(names: &str) -> Result<Vec<Self>, String> {
        match names {
            "all" => Ok(Self::ALL.to_vec()),
            "none" => Ok(Vec::new()),
            names => names.split(',').map(Self::named).collect(),
        }
    }

    fn named(name: &str) -> Result<Self, String> {
        let all = || Self::ALL.map(Self::name).join(",");
        Self::ALL.into_iter().find(|part| part.name() == name).ok_or_else(|| format!("{name} is none of {}", all()))
    }
}

/// How a run of the hostile world is made.
#[derive(Clone, Debug)]
pub struct WorldPlan {
    /// The program of all processes, `bin/world/main.rs`.
    pub program: PathBuf,
    /// How many clients and callers there are at a time.
    pub processes: usize,
    /// How long processes are started and killed.
    pub time: Duration,
    /// The seed of the random numbers.
    pub seed: u64,
    /// The parts of the world that are hostile.
    pub parts: Vec<Part>,
    /// Whether the store `File` lies on an ext4, which only root can mount, and not on a tmpfs.
    pub ext4: bool,
}
