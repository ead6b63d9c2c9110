//! Functions that other processes run, with borrows that the compiler checks.
//!
//! [`#[remote]`](macro@crate::remote) on a function lets [`Workers`](crate::Workers) run it. It can be called as it is;
//! and, under its name, there are `call`, which returns what the function returns, `spawn`, which does so later, in a
//! [`scope`](crate::Workers::scope), and `map`, for many calls. What their parameters borrow is borrowed until the call
//! is over.
//!
//! | the function's parameter | `call` and `spawn` take |
//! |---|---|
//! | `&T` | what [lends](Lend) a `&T`: `&Owned<T>`, `&T`, ... |
//! | `&mut T` | what [lends](LendMut) a `&mut T`: `&mut Owned<T>`, `&mut T`, ... |
//! | `Owned<T>` | the same: the object moves to the worker |
//! | `&str`, `&[T]` | the same, copied |
//! | any value with serde's traits | the same |
//!
//! A call has *one fate*: the function's result and what it made of its `&mut` arguments come back together. If the
//! function panics, or its process dies or is killed, nothing was changed, and every borrow is back.
//!
//! An owned argument of a call that fails is dropped, with its object. A function with such parameters has `call_or_return`
//! and `spawn_or_return` too, which give each `Owned` back that no worker had claimed: in a
//! [`Refused`](crate::Refused), as an `Option<Owned<T>>`, or of several parameters as a tuple of them.

mod call;
#[doc(hidden)]
pub mod generated;
mod home;
mod incoming;
mod job;
mod lend;
mod map;
mod panics;
mod parent;
mod portable;
mod program;
mod registry;
mod reply;
mod returns;
mod scope;
mod serve;
mod shape;
mod visits;
mod wire;
pub(crate) mod workers;

pub use lend::{Lend, LendMut};
pub use scope::{Run, Scope};
pub use workers::Builder;

use crate::sync::OnceLock;

/// What this process has said of itself: nothing until [`init`].
static ROLE: OnceLock<Role> = OnceLock::new();

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It can be started as a worker, and is none.
    Parent,
    Worker,
}

/// Makes this program one that can run its own remote functions for others: the first line of `main`.
///
/// In a process that was started as a worker `init` never returns. Calls run in a thread of their own, which is inside of no
/// async runtime, even where the calling thread is. In any other process `init` only notes which program this is, and that
/// workers can be started. Every worker does what stands before `init` in `main`.
pub fn init() {
    let _ = program::File::of_this_process();
    serve::serve_if_worker();
    let _ = ROLE.set(Role::Parent);
}

/// A test that is the entry of a test program's workers.
#[doc(hidden)]
pub struct TestEntry(pub &'static str);

inventory::collect!(TestEntry);

/// The name of the test by which this test program becomes a worker, if it has one.
fn test_entry_of() -> Option<&'static str> {
    let path = inventory::iter::<TestEntry>.into_iter().next()?.0;
    // Without the crate's name, as the test harness names tests.
    Some(path.split_once("::").map_or(path, |(_, path)| path))
}

/// Lets the tests of a program start workers: stands for [`init`] where the test harness has `main`.
///
/// Write it once in a test program, outside of functions. It makes an ignored test, which does nothing when it is run
/// with others.
///
/// ```
/// ref_core::remote::test_entry!();
/// # fn main() {}
/// ```
pub use crate::__test_entry as test_entry;

#[doc(hidden)]
#[macro_export]
macro_rules! __test_entry {
    () => {
        #[test]
        #[ignore = "workers start here"]
        fn ref_worker() {
            $crate::remote::init();
        }

        $crate::__private::inventory::submit! {
            $crate::__private::remote::TestEntry(::core::concat!(::core::module_path!(), "::ref_worker"))
        }
    };
}
