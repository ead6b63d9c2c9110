//! Functions that other processes run, with borrows that the compiler checks.
//!
//! [`#[remote]`](macro@crate::remote) on a function `f` lets [`Workers`](crate::Workers) run it. `f` can still be
//! called as an ordinary function. In addition, there are:
//!
//! * `f::call`, which has a worker run the function, and returns what the function returns;
//! * `f::spawn`, which has a worker run it in a [`scope`](crate::Workers::scope), and returns at once;
//! * `f::map`, which has the workers run it for many arguments.
//!
//! Arguments stay borrowed until the call is over.
//!
//! | the function's parameter | `call` and `spawn` take |
//! |---|---|
//! | `&T` | what [lends](Lend) a `&T`: `&Owned<T>`, `&T`, ... |
//! | `&mut T` | what [lends](LendMut) a `&mut T`: `&mut Owned<T>`, `&mut T`, ... |
//! | `Owned<T>` | the same: the object moves to the worker |
//! | `&str`, `&[T]` | the same: it is copied |
//! | any type with serde's traits | the same: it is copied |
//!
//! A call has *one fate*: the function's result and the new values of its `&mut` arguments come back together, or not
//! at all. If the function panics, or its process dies or is killed, nothing was changed, and every borrow is back.
//!
//! If a call fails, its owned arguments are dropped, with their objects. A function with such parameters also has
//! `call_or_return` and `spawn_or_return`. Their error is a [`Refused`](crate::Refused) with an `Option<Owned<T>>`, or
//! a tuple of these for several parameters. An owner is `None` if a worker has claimed it.

pub(crate) mod caller;
#[doc(hidden)]
pub mod generated;
mod panics;
mod protocol;
mod worker;

pub use caller::{Builder, Lend, LendMut, Run, Scope};
pub use worker::{init, test_entry};
