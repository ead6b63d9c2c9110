//! A copy of a store is distinguished from its original; a store that was moved is the same store.

use ref_core::{ErrorKind, Key, Ownership, Store, StoreOptions, Ticket};
use ref_tests::{Note, Scene};
use std::path::Path;
use std::process::Command;

fn at(folder: &Path) -> String {
    format!("file:{}", folder.display())
}

fn run(program: &str, arguments: &[&Path]) {
    assert!(Command::new(program).args(arguments).status().unwrap().success());
}

fn copy(from: &Path, to: &Path) {
    run("cp", &[Path::new("-a"), from, to]);
}

/// Leaves a sent and a detached object in the scene's store, and closes the store. Returns the ticket and the key.
fn left(scene: &Scene) -> (Ticket<Note, Ownership>, Key<Note>) {
    let store = scene.store();
    let ticket = store.put(Note::sized(1, 100)).unwrap().into_ticket().unwrap();
    (ticket, store.put(Note::sized(2, 100)).unwrap().detach().unwrap())
}

#[test]
fn a_copied_store_is_refused_until_it_is_opened_as_a_copy() {
    let scene = Scene::new();
    let (ticket, key) = left(&scene);
    let other = scene.base().join("other");
    copy(&scene.folder(), &other);
    for _ in 0..2 {
        let error = Store::open(&at(&other)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreCopied);
        assert!(error.to_string().contains(&scene.folder().display().to_string()), "{error}");
        assert!(error.to_string().contains("as_copy"), "{error}");
    }
    let original = scene.store();
    let copied = StoreOptions::new().as_copy().open(&at(&other)).unwrap();
    // The ticket can be claimed in the original only, and the key names an object of the original only.
    assert_eq!(copied.claim::<Note>(ticket.to_text().parse().unwrap()).unwrap_err().kind(), ErrorKind::WrongStore);
    assert_eq!(copied.exists(&key).unwrap_err().kind(), ErrorKind::WrongStore);
    assert_eq!(original.claim(ticket).unwrap().borrow().unwrap().n, 1);
    assert_eq!(original.get(&key).unwrap().n, 2);
    drop(copied);
    drop(Store::open(&at(&other)).unwrap());
    // `as_copy` has no effect on an original.
    drop(StoreOptions::new().as_copy().open(&at(&scene.folder())).unwrap());
    assert_eq!(original.get(&key).unwrap().n, 2);
}

#[test]
fn a_moved_store_opens_here_and_on_another_file_system() {
    let (scene, far) = (Scene::new(), Scene::within(&std::env::temp_dir()));
    let (_, key) = left(&scene);
    let (near, gone_far, back) = (scene.base().join("near"), far.base().join("far"), scene.base().join("back"));
    for (from, to) in [(scene.folder(), near.clone()), (near, gone_far.clone()), (gone_far, back)] {
        run("mv", &[&from, &to]);
        assert_eq!(Store::open(&at(&to)).unwrap().get(&key).unwrap().n, 2, "{to:?}");
    }
}

#[test]
fn a_copy_on_another_file_system_is_a_copy_while_the_store_is_there() {
    let (scene, far) = (Scene::new(), Scene::within(&std::env::temp_dir()));
    let (_, key) = left(&scene);
    let other = far.base().join("other");
    copy(&scene.folder(), &other);
    assert_eq!(Store::open(&at(&other)).unwrap_err().kind(), ErrorKind::StoreCopied);
    assert_eq!(scene.store().get(&key).unwrap().n, 2);
}

/// With hard links the copy and the store have one ledger file. A change in one of them would be seen in the other,
/// which does not have the file of the new version.
#[test]
fn a_copy_by_hard_links_is_refused_and_the_store_stays_as_it_was() {
    let scene = Scene::new();
    let (_, key) = left(&scene);
    let other = scene.base().join("other");
    run("cp", &[Path::new("-al"), &scene.folder(), &other]);
    let open = scene.store();
    for beside in [Some(open), None] {
        for options in [StoreOptions::new(), StoreOptions::new().as_copy()] {
            let error = options.open(&at(&other)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StoreCopied);
            assert!(error.to_string().contains("hard link"), "{error}");
        }
        beside.iter().for_each(|store| assert_eq!(store.get(&key).unwrap().n, 2));
    }
    // Another path to the same folder leads to the same store.
    let way = scene.base().join("way");
    std::os::unix::fs::symlink(scene.base(), &way).unwrap();
    assert_eq!(Store::open(&at(&way.join("scene"))).unwrap().get(&key).unwrap().n, 2);
    std::fs::remove_dir_all(&other).unwrap();
    assert_eq!(scene.store().get(&key).unwrap().n, 2);
}

/// A store restored from a copy may have objects whose tickets were claimed after the copy was made.
#[test]
fn a_copy_in_the_place_of_its_store_says_so() {
    let scene = Scene::new();
    let (_, key) = left(&scene);
    let other = scene.base().join("other");
    copy(&scene.folder(), &other);
    std::fs::remove_dir_all(scene.folder()).unwrap();
    run("mv", &[&other, &scene.folder()]);
    let error = Store::open(&at(&scene.folder())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreCopied);
    assert!(error.to_string().contains("that was there before"), "{error}");
    let store = StoreOptions::new().as_copy().open(&at(&scene.folder())).unwrap();
    assert_eq!(store.exists(&key).unwrap_err().kind(), ErrorKind::WrongStore);
}
