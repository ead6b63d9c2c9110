//! A worker opens the store that its parent has opened, even if the parent has changed its folder since. The worker
//! makes no other store.

use ref_tests::{Scene, program};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Starts a parent that opens `address` in the folder `here`, changes its folder, and makes a call. Returns the call's
/// result.
fn wander(scene: &Scene, here: &Path, address: &str, stores: &str) -> String {
    let elsewhere = scene.base().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    let mut parent = Command::new(program("remote"));
    parent.args(["wander", address]).arg(&elsewhere).current_dir(here).env("REF_STORE_DIR", stores);
    let output = parent.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "a stray store");
    String::from_utf8(output.stdout).unwrap()
}

fn folder(scene: &Scene, name: &[u8]) -> PathBuf {
    let folder = scene.base().join(OsStr::from_bytes(name));
    fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn a_worker_finds_a_relative_folder_from_elsewhere() {
    let scene = Scene::new();
    let here = folder(&scene, b"here");
    assert_eq!(wander(&scene, &here, "file:lab", ""), "7\n");
    assert!(here.join("lab/ledger").exists());
}

#[test]
fn a_worker_finds_a_folder_whose_name_is_no_text() {
    let scene = Scene::new();
    let here = folder(&scene, b"h\xe9re");
    assert_eq!(wander(&scene, &here, "file:lab", ""), "7\n");
    assert!(here.join("lab/ledger").exists());
}

#[test]
fn a_worker_finds_a_named_store_below_a_relative_base() {
    let scene = Scene::new();
    let here = folder(&scene, b"here");
    assert_eq!(wander(&scene, &here, "shm://lab", "stores"), "7\n");
    let left: Vec<_> = fs::read_dir(here.join("stores")).unwrap().collect();
    assert!(left.is_empty(), "the last process takes it along: {left:?}");
}
