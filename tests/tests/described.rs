//! The descriptions of types in a store's folder: one file for each type, for as long as the store exists.

use ref_core::{ErrorKind, Key, Schema, Store, global_store};
use ref_tests::{Actor, Note, Scene};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Returns the file of the description of [`Note`].
fn file(scene: &Scene) -> PathBuf {
    scene.folder().join("types").join(format!("{:016x}", Schema::of::<Note>().fingerprint()))
}

fn files(scene: &Scene) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(scene.folder().join("types")) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn write(path: &Path, text: &str, mode: u32) {
    let _before = fs::remove_file(path);
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_type_is_described_once_however_many_values_and_sessions_there_are() {
    let (scene, mut owned) = Scene::with_note(1, 100);
    for n in 2..5 {
        owned.borrow_mut().unwrap().n = n;
        owned.flush().unwrap();
    }
    let mut actor = scene.actor();
    actor.ask("put a 1 100").ok();
    assert_eq!(files(&scene), [file(&scene)]);
    assert_eq!(fs::read_to_string(file(&scene)).unwrap(), Schema::of::<Note>().to_string());
    assert_eq!(fs::metadata(file(&scene)).unwrap().permissions().mode() & 0o777, 0o400);
    actor.kill();
    drop(owned);
}

#[test]
fn a_store_is_removed_with_its_descriptions() {
    let scene = Scene::new();
    let mut actor = scene.actor();
    actor.ask("put a 1 100").ok();
    assert_eq!(files(&scene).len(), 1);
    actor.kill();
    let mut last = scene.actor();
    last.ask("put a 1 100").ok();
    last.finish();
    assert_eq!(fs::read_dir(scene.base()).unwrap().count(), 0, "something of the store is left");
}

/// A description may be damaged by a session that was killed while it wrote, or by another program.
#[test]
fn a_damaged_description_counts_as_none_and_is_written_anew() {
    let scene = Scene::new();
    let _kept = scene.store();
    let whole = Schema::of::<Note>().to_string();
    fs::create_dir(scene.folder().join("types")).unwrap();
    fs::set_permissions(scene.folder().join("types"), fs::Permissions::from_mode(0o700)).unwrap();
    for damaged in ["", &whole[..whole.len() / 2], "Note@1{n:u8}", &"x".repeat(1 << 17)] {
        write(&file(&scene), damaged, 0o400);
        let _note = scene.store().put(Note::sized(1, 100)).unwrap();
        assert_eq!(fs::read_to_string(file(&scene)).unwrap(), whole);
    }
}

/// A file or a link of the user stays as it is, and values can be put all the same.
#[test]
fn what_is_not_ours_stays_in_the_place_of_a_description() {
    let scene = Scene::new();
    let kept = scene.store();
    let put = || drop(scene.store().put(Note::sized(1, 100)).unwrap());
    fs::write(scene.folder().join("types"), "mine").unwrap();
    put();
    assert_eq!(fs::read_to_string(scene.folder().join("types")).unwrap(), "mine");
    fs::remove_file(scene.folder().join("types")).unwrap();

    let elsewhere = scene.base().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::create_dir(scene.folder().join("types")).unwrap();
    write(&file(&scene), "mine", 0o600);
    put();
    assert_eq!(fs::read_to_string(file(&scene)).unwrap(), "mine");
    fs::remove_file(file(&scene)).unwrap();

    let target = elsewhere.join("target");
    write(&target, "mine", 0o400);
    symlink(&target, file(&scene)).unwrap();
    put();
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    assert!(file(&scene).is_symlink());
    fs::remove_file(file(&scene)).unwrap();
    put();
    assert!(file(&scene).is_file());
    drop(kept);
}

mod other {
    #[ref_core::global_store]
    pub(crate) struct Note {
        pub(crate) n: u32,
        pub(crate) body: String,
    }
}

#[global_store(name = "Holder")]
struct Holder<T>(T);

/// Without a whole description, the error names the fingerprints.
#[test]
fn a_mismatch_without_a_description_names_the_fingerprints() {
    let scene = Scene::new();
    let store = scene.store();
    let key = store.put(Note::sized(1, 1)).unwrap().detach().unwrap();
    let told = |store: &Store| {
        let error = store.get(&key).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        error.to_string()
    };
    let owned = store.adopt(key.clone()).unwrap();
    let changed = owned.transition(|note| other::Note { n: 1, body: note.body }).unwrap();
    let _ = changed.detach().unwrap();
    let text = told(&store);
    assert!(text.contains("the field `n` of `Note` is `u64` here and `u32` in the store"), "{text}");
    for file in files(&scene) {
        write(&file, "Note@1{n:u8}", 0o400);
    }
    let text = told(&store);
    let number = |schema: Schema| format!("{:016x}", schema.fingerprint());
    assert!(text.contains(&number(Schema::of::<Note>())), "{text}");
    assert!(text.contains(&number(Schema::of::<other::Note>())), "{text}");
    store.remove(&key).unwrap();
}

/// A process of another build reads the description that a killed process wrote.
#[test]
fn a_description_outlives_its_writer() {
    let scene = Scene::new();
    let address = format!("file:{}", scene.folder().display());
    let (mut first, mut third) = (Actor::shop("1", &address), Actor::shop("3", &address));
    first.ask("put").ok();
    let key = first.ask("detach").ok();
    third.ask(&format!("adopt {key}")).ok();
    third.ask("change").ok();
    third.ask("detach").ok();
    third.kill();
    let refused = first.ask(&format!("get {key}"));
    assert_eq!(refused.kind(), "SchemaMismatch");
    assert!(refused.text().contains("the field `note` of `Cart` is in the store and not here"), "{}", refused.text());
    let store = Store::open(&address).unwrap();
    let _key: Option<Key<Holder<u8>>> = store.put(Holder(1_u8)).unwrap().detach().ok();
    assert_eq!(files(&scene).len(), 3);
}
