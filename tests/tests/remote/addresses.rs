//! A worker opens the store that its parent has opened, even if the parent has changed its folder since. The worker
//! makes no other store.

use super::functions::{Grid, shop, split};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Owned, Store};
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

/// Splits a grid of three cells in a worker, which puts the parts into `store`.
fn parts(workers: &ref_core::Workers, store: &Store) -> ref_core::Result<Vec<Owned<Grid>>> {
    split::call(workers, store.put(Grid::of(&[1, 2, 3]))?, store)?
}

#[test]
fn a_worker_has_its_own_session_in_the_store_that_it_is_given() {
    let (scene, store, workers) = lab(1);
    let cells = |parts: &[Owned<Grid>]| parts.iter().map(|part| part.borrow().unwrap().cells[0]).collect::<Vec<_>>();
    let owned = parts(&workers, &store).unwrap();
    assert_eq!(cells(&owned), [1, 2, 3]);
    drop(owned);
    assert_empty(&store);
    // Another store at the same address, while the worker has the first one open.
    std::mem::forget(store);
    fs::remove_dir_all(scene.folder()).unwrap();
    let store = scene.store();
    assert_eq!(cells(&parts(&workers, &store).unwrap()), [1, 2, 3]);
    assert_empty(&store);
    let error = parts(&workers, &Store::open("memory:").unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[test]
fn a_type_of_the_program_may_have_the_name_of_the_store() {
    let (_scene, store, workers) = lab(1);
    let (near, mut far) = (store.put(shop::Store { price: 3 }).unwrap(), shop::Store { price: 4 });
    assert_eq!(shop::price::call(&workers, &near, &mut far).unwrap(), 7);
    assert_eq!(shop::price::call(&workers, &shop::Store { price: 1 }, &mut far).unwrap(), 8);
    assert_eq!(far.price, 8);
}
