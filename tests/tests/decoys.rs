//! Only files that this crate made are removed: foreign files beside stores and in them stay, byte for byte.

use proptest::collection::vec;
use proptest::prelude::*;
use ref_core::Store;
use ref_tests::{Actor, Scene};
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Names like those that this crate gives to files. Some are exactly such names.
const NAMES: &[&str] = &[
    "ledger",
    "ledger.dat",
    "ledger.2025.journal",
    "ledger.0123456789abcdef",
    "ledger.0123456789ABCDEF",
    "README",
    "slots/README",
    "slots/00",
    "slots/1",
    "stage/0/0.5",
    "stage/1/notes",
    "stage/x/0.1",
    "stage/0/retired.0123456789abcdef",
    "stage/0/retired.0123456789abcde",
    "obj/00/0.7",
    "obj/00/00.1",
    "obj/01/0.1",
    "obj/zz/0.1",
    "obj/letters",
    "names/README",
    "names/0.1",
    "names.count",
    "types/README",
    "types/0123456789abcde",
    "types/0123456789abcdeF",
    "types/0123456789abcdef",
    "types/0/1",
    "lab/ledger.dat",
];

/// Folders of the base: two stores that are opened by name, one that is opened by path, and others, some with names
/// like this crate's.
const FOLDERS: &[&str] = &[
    "first",
    "second",
    "own",
    "letters",
    ".dead-letters",
    ".dead-0123456789abcdef",
    ".dead-0123456789abcdeF",
    "a b",
    "",
];

/// The points at which a process that makes or removes a store may be killed.
const POINTS: &[&str] = &[
    "",
    "",
    "kill:create.marked",
    "kill:create.filled",
    "kill:create.linked",
    "kill:claim.introduced",
    "kill:close.released",
    "kill:remove.renamed",
];

#[derive(Clone, Debug)]
enum Step {
    /// Makes a foreign file, or an empty folder, where there is nothing yet.
    Plant { folder: usize, name: usize, bytes: Option<Vec<u8>> },
    /// Starts a process that opens a store by name and puts objects, and is killed if it comes to `point`.
    Open { store: usize, point: usize },
    /// Lets a process close its store, or kills the process.
    Leave { nth: usize, killed: bool },
    /// Opens a store by path, and closes it.
    Own,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![4 => vec(any::<u8>(), 1..9).prop_map(Some), 1 => Just(None), 1 => Just(Some(Vec::new()))];
    let plant = (0..FOLDERS.len(), 0..NAMES.len(), bytes);
    prop_oneof![
        6 => plant.prop_map(|(folder, name, bytes)| Step::Plant { folder, name, bytes }),
        2 => (0..2_usize, 0..POINTS.len()).prop_map(|(store, point)| Step::Open { store, point }),
        2 => (0..4_usize, any::<bool>()).prop_map(|(nth, killed)| Step::Leave { nth, killed }),
        1 => Just(Step::Own),
    ]
}

#[derive(Default)]
struct World {
    decoys: Vec<(PathBuf, Option<Vec<u8>>)>,
    actors: Vec<Actor>,
}

impl World {
    fn take(&mut self, scene: &Scene, step: &Step) {
        match step {
            Step::Plant { folder, name, bytes } => {
                self.plant(&scene.base().join(FOLDERS[*folder]).join(NAMES[*name]), bytes.as_deref());
            }
            Step::Open { store, point } => {
                let mut actor = Actor::new(scene, POINTS[*point]);
                if actor.ask(&format!("open shm://{}", FOLDERS[*store])).kind() == "ok" {
                    let _put = (actor.ask("put a 1 100"), actor.ask("put b 1 100000"));
                }
                self.actors.push(actor);
            }
            Step::Leave { nth, killed } if *nth < self.actors.len() => {
                let mut actor = self.actors.remove(*nth);
                if *killed {
                    actor.kill();
                } else {
                    let _or_dead = actor.ask("close");
                }
            }
            Step::Leave { .. } => {}
            Step::Own => drop(Store::open(&format!("file:{}", scene.base().join("own").display()))),
        }
    }

    /// Makes a foreign file or folder, if there is nothing at `path`. Skips a file that is exactly as this crate would
    /// make it: an empty lock file or draft of a ledger. Does nothing if the folder of `path` cannot be made.
    fn plant(&mut self, path: &Path, bytes: Option<&[u8]>) {
        let name = path.to_string_lossy();
        let empty = bytes.is_some_and(<[u8]>::is_empty);
        let folder = path.parent().expect("a folder");
        if empty && (name.ends_with("slots/1") || name.ends_with("/ledger.0123456789abcdef")) || path.exists() {
            return;
        }
        if fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).is_err() {
            return;
        }
        match bytes {
            Some(bytes) => fs::write(path, bytes).expect("a decoy"),
            None => fs::create_dir(path).expect("a decoy"),
        }
        self.decoys.push((path.to_owned(), bytes.map(<[u8]>::to_vec)));
    }

    fn assert_untouched(&self) {
        for (path, bytes) in &self.decoys {
            assert!(path.exists(), "{path:?} is gone");
            assert_eq!(if path.is_dir() { None } else { fs::read(path).ok() }, *bytes, "{path:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_foreign_byte_stays_whatever_is_opened_closed_killed_and_swept(steps in vec(step(), 1..24)) {
        let scene = Scene::new();
        let mut world = World::default();
        steps.iter().for_each(|step| world.take(&scene, step));
        world.assert_untouched();
        world.actors.drain(..).for_each(|mut actor| drop(actor.ask("close")));
        let mut sweeper = Actor::new(&scene, "");
        sweeper.ask("open shm://sweeper").ok();
        world.assert_untouched();
        sweeper.finish();
        world.assert_untouched();
    }
}

/// The foreign files are beside two stores and in them. One store is opened by its path, the other by its name.
#[test]
fn a_user_s_folder_of_stores_keeps_what_it_had() {
    let scene = Scene::new();
    let mut world = World::default();
    for name in ["old/ledger.dat", "old/ledger.2025.journal", ".dead-letters/dear", "diary/ledger.1", "diary/ledger.2"]
    {
        world.plant(&scene.base().join(name), Some(b"dear"));
    }
    drop(Store::open(&format!("file:{}", scene.base().join("own").display())).unwrap());
    world.plant(&scene.base().join("own/README"), Some(b"mine"));
    let mut actor = scene.actor();
    actor.ask("put a 1 100000").ok();
    world.plant(&scene.folder().join("notes"), Some(b"mine"));
    actor.finish();
    world.assert_untouched();
    assert!(scene.base().join("own/ledger").exists(), "a folder of the user's stays a store");
    assert!(scene.folder().join("ledger").exists(), "a store with other things in it is not removed");
    fs::remove_file(scene.folder().join("notes")).unwrap();
    scene.actor().finish();
    assert!(!scene.folder().exists());
}

/// Names of objects are links, and a link of the user leads elsewhere.
#[test]
fn a_user_s_links_among_the_names_stay() {
    let scene = Scene::new();
    let (actor, store) = (scene.actor(), scene.store());
    let mut index = store.named::<u64>("index").unwrap();
    index.set(1).unwrap();
    let names = scene.folder().join("names");
    let links = [("mine", "../../notes"), ("zero", "0.01"), ("one", "1"), ("far", "99999999999.1")];
    links.iter().for_each(|(name, target)| symlink(target, names.join(name)).unwrap());

    let listed: Vec<String> = store.names("").unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(listed, ["index"]);
    assert_eq!(store.named::<u64>("mine").unwrap().snapshot().unwrap_err().kind(), ref_core::ErrorKind::Corrupt);
    let _recovered = store.reap().unwrap();
    assert!(index.remove().unwrap());
    drop((index, store));
    actor.finish();
    for (name, target) in links {
        assert_eq!(fs::read_link(names.join(name)).unwrap(), Path::new(target), "{name}");
    }
    assert!(!names.join("index").is_symlink());
}

#[test]
fn a_file_under_the_name_of_a_version_to_come_stays() {
    let scene = Scene::new();
    let (store, mut actor, mut world) = (scene.store(), scene.actor(), World::default());
    actor.ask("put a 1 10000").ok();
    for version in 2..9 {
        for name in ["obj/00/0", "obj/01/1", "stage/1/0"] {
            world.plant(&scene.folder().join(format!("{name}.{version}")), Some(b"dear"));
        }
    }
    actor.ask("set a 2").ok();
    // Each attempt has a token of its own, and so another name.
    for version in 2..5 {
        let refused = actor.ask("flush a");
        assert_eq!(refused.kind(), "Corrupt");
        let named = refused.text().contains(&format!("/stage/1/0.{version} "));
        assert!(named && refused.text().contains("; move "), "{}", refused.text());
        let _put_or_refused = actor.ask("put b 1 10000");
    }
    world.assert_untouched();
    let staged = |path: &Path| path.to_string_lossy().contains("/stage/");
    world.decoys.iter().filter(|(path, _)| staged(path)).for_each(|(path, _)| fs::remove_file(path).unwrap());
    world.decoys.retain(|(path, _)| !staged(path));
    assert!(actor.ask("flush a").text().contains("/obj/00/0.5 "));
    world.assert_untouched();
    fs::rename(scene.folder().join("obj/00/0.6"), scene.base().join("moved")).unwrap();
    world.decoys.retain(|(path, _)| !path.ends_with("obj/00/0.6"));
    actor.ask("flush a").ok();
    assert_eq!(actor.ask("borrow a").ok(), "2");
    actor.kill();
    assert_eq!(store.reap().unwrap(), 1);
    world.assert_untouched();
}

/// A copy of a store has the same ledger as the store. This crate did not make the copy, and so does not remove it.
#[test]
fn a_copy_beside_a_store_is_not_swept() {
    let scene = Scene::new();
    let mut actor = scene.actor();
    actor.ask("put a 1 100000").ok();
    let copy = scene.base().join("copy");
    let copied = std::process::Command::new("cp").arg("-a").args([scene.folder(), copy.clone()]).status().unwrap();
    assert!(copied.success());
    actor.finish();
    scene.actor().finish();
    assert!(!scene.folder().exists());
    assert!(copy.join("ledger").exists() && copy.join("obj/00").read_dir().unwrap().next().is_some());
}

#[test]
fn a_folder_with_a_file_of_a_similar_name_is_no_place_for_a_store() {
    let scene = Scene::new();
    fs::create_dir(scene.folder()).unwrap();
    fs::set_permissions(scene.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(scene.folder().join("ledger.dat"), "dear").unwrap();
    let error = Store::open(&format!("file:{}", scene.folder().display())).unwrap_err();
    assert!(error.to_string().contains("ledger.dat"), "{error}");
    assert_eq!(fs::read(scene.folder().join("ledger.dat")).unwrap(), b"dear");
}
