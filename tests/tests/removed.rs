//! A part of a store is removed while the store is open, as by a cleaner of temporary files. No call returns Ok for a
//! value that is not in the store, and a handle that has the value keeps it.

use ref_core::ErrorKind;
use ref_tests::Scene;
use std::fs;

/// Returns the folder with the versions of the scene's first object.
fn versions(scene: &Scene) -> std::path::PathBuf {
    scene.folder().join("obj/00")
}

#[test]
fn a_flush_into_a_removed_folder_is_refused_and_keeps_the_value() {
    let (scene, mut owned) = Scene::with_note(3, 10_000);
    fs::remove_dir_all(versions(&scene)).unwrap();
    for n in [4, 5] {
        owned.borrow_mut().unwrap().n = n;
        assert_eq!(owned.flush().unwrap_err().kind(), ErrorKind::StoreRemoved);
        assert_eq!(owned.borrow().unwrap().n, n);
    }
    assert_eq!(owned.into_inner().unwrap().n, 5);
}

#[test]
fn a_commit_into_a_removed_folder_is_refused_and_keeps_the_value() {
    let (scene, mut owned) = Scene::with_note(3, 10_000);
    let loan = owned.lend_mut().unwrap();
    let mut writer = scene.actor();
    writer.redeem("w", &loan.ticket().unwrap()).ok();
    writer.ask("set w 4").ok();
    fs::remove_dir_all(versions(&scene)).unwrap();
    for _again in 0..2 {
        assert_eq!(writer.ask("commit w").kind(), "StoreRemoved");
        assert_eq!(writer.ask("borrow w").ok(), "4");
    }
    writer.ask("drop w").ok();
    assert_eq!(loan.end().unwrap().committed, None);
}

/// A missing version that was replaced since is `Gone`; a missing current version is damage.
#[test]
fn a_current_version_without_its_file_is_damage() {
    let (scene, mut owned) = Scene::with_note(3, 10_000);
    owned.unload().unwrap();
    for entry in fs::read_dir(versions(&scene)).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let error = owned.borrow().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("put the value anew"), "{error}");
}
