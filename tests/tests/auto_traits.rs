//! Checks what `docs/soundness.md` says on threads, variance and unsafe code. The table on unsafe code is read from
//! that page. The other two tables are repeated here.

use ref_core::{
    Error, Exclusive, FencingToken, Key, Lease, Loan, LoanEnd, Named, NamedMut, NamedRef, ObjectId, Owned, OwnedLoan,
    Ownership, Promise, Ref, RefMut, Shared, Snapshot, Stats, Store, Ticket, Watcher, Workers,
    remote::{Run, Scope},
};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::MutexGuard;

/// A type that is neither `Send` nor `Sync`.
type Tied = Rc<u8>;
/// A type that is `Send`, and not `Sync`.
type Sent = Cell<u8>;
/// A type that is `Sync`, and not `Send`.
type Seen = MutexGuard<'static, u8>;

/// The constants of a probe for a type without the trait. For a type with the trait, the probe's inherent constant
/// shadows the one here.
trait Without {
    const SEND: bool = false;
    const SYNC: bool = false;
}

struct SendProbe<T: ?Sized>(PhantomData<T>);
struct SyncProbe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Without for SendProbe<T> {}
impl<T: ?Sized> Without for SyncProbe<T> {}

impl<T: ?Sized + Send> SendProbe<T> {
    const SEND: bool = true;
}

impl<T: ?Sized + Sync> SyncProbe<T> {
    const SYNC: bool = true;
}

/// Expands to a pair: whether a type is `Send`, and whether it is `Sync`.
macro_rules! traits {
    ($($type:tt)+) => {
        (SendProbe::<$($type)+>::SEND, SyncProbe::<$($type)+>::SYNC)
    };
}

/// Expands to the four pairs of a handle, for a value that is `Send` and `Sync`, only `Send`, only `Sync`, or neither.
macro_rules! row {
    ($handle:ident<$($life:lifetime,)? _ $(, $access:ty)?>) => {[
        traits!($handle<$($life,)? u8 $(, $access)?>),
        traits!($handle<$($life,)? Sent $(, $access)?>),
        traits!($handle<$($life,)? Seen $(, $access)?>),
        traits!($handle<$($life,)? Tied $(, $access)?>),
    ]};
}

const BOTH: (bool, bool) = (true, true);
const NEITHER: (bool, bool) = (false, false);
const ONLY_SEND: (bool, bool) = (true, false);
const ONLY_SYNC: (bool, bool) = (false, true);

#[test]
fn handles_cross_threads_as_the_page_says() {
    assert_eq!([traits!(u8), traits!(Sent), traits!(Seen), traits!(Tied)], [BOTH, ONLY_SEND, ONLY_SYNC, NEITHER]);
    let owner_like = [BOTH, ONLY_SEND, NEITHER, NEITHER];
    assert_eq!(row!(Owned<_>), owner_like);
    assert_eq!(row!(Lease<_, Shared>), owner_like);
    assert_eq!(row!(Lease<_, Exclusive>), owner_like);
    assert_eq!(row!(OwnedLoan<_, Shared>), owner_like);
    assert_eq!(row!(OwnedLoan<_, Exclusive>), owner_like);
    assert_eq!(row!(Loan<'static, _, Shared>), [BOTH, NEITHER, NEITHER, NEITHER]);
    assert_eq!(row!(Loan<'static, _, Exclusive>), [BOTH, NEITHER, NEITHER, NEITHER]);
    assert_eq!(row!(Ref<'static, _>), [BOTH, NEITHER, BOTH, NEITHER]);
    assert_eq!(row!(RefMut<'static, _>), [BOTH, ONLY_SEND, ONLY_SYNC, NEITHER]);
    assert_eq!(row!(Named<_>), [BOTH, NEITHER, NEITHER, NEITHER]);
    assert_eq!(row!(Watcher<_>), [BOTH, NEITHER, NEITHER, NEITHER]);
    assert_eq!(row!(Snapshot<_>), [BOTH, NEITHER, NEITHER, NEITHER]);
    assert_eq!(row!(NamedRef<'static, _>), [ONLY_SYNC, NEITHER, ONLY_SYNC, NEITHER]);
    assert_eq!(row!(NamedMut<'static, _>), [ONLY_SYNC, NEITHER, ONLY_SYNC, NEITHER]);
    assert_eq!(row!(Ticket<_, Shared>), [BOTH; 4]);
    assert_eq!(row!(Ticket<_, Exclusive>), [BOTH; 4]);
    assert_eq!(row!(Ticket<_, Ownership>), [BOTH; 4]);
    assert_eq!(row!(Key<_>), [BOTH; 4]);
    assert_eq!(row!(Promise<_>), [BOTH; 4]);
    let scoped =
        [traits!(Workers), traits!(Scope<'static, 'static>), traits!(Run<'static, u8>), traits!(Run<'static, Tied>)];
    assert_eq!(scoped, [BOTH; 4]);
    let plain =
        [traits!(Store), traits!(Error), traits!(LoanEnd), traits!(ObjectId), traits!(FencingToken), traits!(Stats)];
    assert_eq!(plain, [BOTH; 6]);
}

/// The functions in this test compile, since their lifetimes may be shortened. `ui-tests/fail/variance` has the
/// lifetimes that may not be shortened.
#[test]
fn handles_are_shortened_as_the_page_says() {
    fn r<'a, 'b: 'a>(it: Ref<'b, &'static str>) -> Ref<'a, &'b str> {
        it
    }
    fn m<'a, 'b: 'a>(it: RefMut<'b, &'static str>) -> RefMut<'a, &'static str> {
        it
    }
    fn n<'a, 'b: 'a>(it: Loan<'b, &'static str, Shared>) -> Loan<'a, &'static str, Shared> {
        it
    }
    fn o<'a, 'b: 'a>(it: NamedRef<'b, &'static str>) -> NamedRef<'a, &'b str> {
        it
    }
    fn p<'a, 'b: 'a>(it: NamedMut<'b, &'static str>) -> NamedMut<'a, &'static str> {
        it
    }
    fn q<'a>(it: Snapshot<&'static str>) -> Snapshot<&'a str> {
        it
    }
    fn s<'a, 'scope, 'env>(it: &'a Scope<'scope, 'env>) -> &'a Scope<'scope, 'scope> {
        it
    }
    fn u<'a>(it: Run<'static, &'static str>) -> Run<'static, &'a str> {
        it
    }
    let _compiled = (r, m, n, o, p, q, s, u);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns how often each file of the crate has the word `unsafe`, outside of comments.
fn unsafe_code() -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join("ref-core/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The files below this folder replace the mapping under loom.
            if path.components().any(|part| part.as_os_str() == "loom") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().map(|line| line.split("//").next().unwrap());
            let count: usize = code
                .map(|line| {
                    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word == "unsafe").count()
                })
                .sum();
            if count > 0 {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.insert(name, count);
            }
        }
    }
    found
}

#[test]
fn every_unsafe_block_is_on_the_page() {
    let page = fs::read_to_string(root().join("docs/soundness.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `ref-core/src/")).map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let file = cells.next().unwrap().trim_end_matches('`');
        (format!("ref-core/src/{file}"), cells.next().unwrap().parse().expect("a number of blocks"))
    });
    let rows: BTreeMap<String, usize> = rows.collect();
    assert!(!rows.is_empty(), "the table was not found");
    assert_eq!(unsafe_code(), rows);
}
