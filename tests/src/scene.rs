//! A store for one test alone.

use crate::cells::versions_in_cells;
use crate::{Actor, Note};
use ref_core::{Owned, Store};
use std::path::{Path, PathBuf};

/// A folder of stores that no other test uses. The test's process opens the scene's store by its path, and actors open
/// it by its name.
#[derive(Debug)]
pub struct Scene {
    base: tempfile::TempDir,
}

impl Scene {
    /// Makes a scene in shared memory.
    #[must_use]
    pub fn new() -> Self {
        Self::within(Path::new("/dev/shm"))
    }

    /// Makes a scene in a new folder below `folder`.
    #[must_use]
    pub fn within(folder: &Path) -> Self {
        let base = tempfile::Builder::new().prefix("ref-test-").tempdir_in(folder).expect("a folder for the test");
        Self { base }
    }

    /// Makes a scene in shared memory, with a note that this process owns.
    ///
    /// # Panics
    /// If the note cannot be put.
    pub fn with_note(n: u64, size: usize) -> (Self, Owned<Note>) {
        let scene = Self::new();
        let owned = scene.store().put(Note::sized(n, size)).expect("a note");
        (scene, owned)
    }

    /// Returns the folder in which the folders of the scene's stores are: the `REF_STORE_DIR` of the actors.
    #[must_use]
    pub fn base(&self) -> &Path {
        self.base.path()
    }

    /// Returns the folder of the scene's store.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.base().join("scene")
    }

    /// Opens the scene's store in this process.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::open(&format!("file:{}", self.folder().display())).expect("the scene's store")
    }

    /// Starts an actor that opens the scene's store.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.actor_with("")
    }

    /// Starts an actor that opens the scene's store, with `point` as its `REF_POINT`, such as `kill:commit.swapped`.
    #[must_use]
    pub fn actor_with(&self, point: &str) -> Actor {
        let mut actor = Actor::new(self, point);
        actor.ask("open shm://scene").ok();
        actor
    }

    /// Returns how many versions are in the scene's store, in files and in cells, staged ones included.
    #[must_use]
    pub fn versions(&self) -> usize {
        versions(&self.folder())
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns how many versions are in the store in `folder`, in files and in cells, staged ones included.
#[must_use]
pub(crate) fn versions(folder: &Path) -> usize {
    files(&folder.join("obj")) + files(&folder.join("stage")) + versions_in_cells(folder)
}

fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: PathBuf| if path.is_dir() { files(&path) } else { 1 };
    entries.map(|entry| count(entry.expect("an entry").path())).sum()
}
