//! A process that ends in the way that its argument names, with handles that no destructor of its `main` drops.

use ref_core::{Owned, Store};
use ref_tests::{Note, fork};
use std::cell::RefCell;
use std::ffi::c_int;
use std::mem::forget;
use std::process::exit;
use std::sync::{Mutex, OnceLock};

unsafe extern "C" {
    safe fn atexit(function: extern "C" fn()) -> c_int;
}

static STORE: OnceLock<Store> = OnceLock::new();
static OWNED: Mutex<Vec<Owned<Note>>> = Mutex::new(Vec::new());

thread_local! {
    static LOCAL: RefCell<Option<Owned<Note>>> = const { RefCell::new(None) };
}

struct Exits;

impl Drop for Exits {
    fn drop(&mut self) {
        exit(0);
    }
}

fn main() {
    let way = std::env::args().nth(1).expect("a way to end");
    if way == "late" {
        atexit(use_late);
    }
    let store = STORE.get_or_init(|| Store::open("shm://scene").expect("the store"));
    OWNED.lock().expect("no panic").push(put(store));
    end(&way, store);
}

fn put(store: &Store) -> Owned<Note> {
    store.put(Note::sized(1, 1_000_000)).expect("an object")
}

fn end(way: &str, store: &Store) {
    match way {
        "static" | "late" => {}
        "thread's variable" => LOCAL.set(Some(put(store))),
        "several sessions" => (0..4).for_each(|nth| {
            let other = Store::open(["shm://scene", "shm://other"][nth % 2]).expect("another session");
            forget(put(&other));
        }),
        "destructor" => {
            let (mut owned, _exits) = (put(store), Exits);
            owned.borrow_mut().expect("its value").n = 2;
        }
        "locked" => {
            let _locked = OWNED.lock();
            exit(0);
        }
        "threads that ended" => (0..4).for_each(|_| {
            std::thread::spawn(|| forget(put(STORE.get().expect("the store")))).join().expect("no panic");
        }),
        "child that exits" => {
            if fork() == 0 {
                exit(0);
            }
        }
        "another thread" => std::thread::spawn(|| exit(0)).join().expect("it ends the process"),
        "abort" => std::process::abort(),
        other => panic!("no such way: {other}"),
    }
}

/// Runs after the library's own exit handler, since exit handlers run in the reverse order of their registration.
extern "C" fn use_late() {
    let refused = STORE.get().map(|store| store.put(1_u64).map(drop));
    println!("{}", refused.expect("the store").expect_err("a session that has ended"));
    let mut owned = OWNED.lock().expect("no panic");
    println!("{}", owned[0].borrow().expect("what is loaded").n);
    owned.clear();
}
