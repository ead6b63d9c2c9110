//! Functions that other processes run, with borrows that the compiler checks.
//!
//! [`#[remote]`](macro@crate::remote) on a function `f` lets [`Workers`](crate::Workers) run it. `f` can still be
//! called as an ordinary function. In addition, there are:
//!
//! * `f::call`, which runs the function in a worker, and returns what the function returns;
//! * `f::spawn`, which runs it in a worker while a [`scope`](crate::Workers::scope) lasts, and returns at once;
//! * `f::map`, which runs it in the workers, once for each item of an iterator.
//!
//! Arguments stay borrowed until the call is over.
//!
//! | the function's parameter | `call` and `spawn` take |
//! |---|---|
//! | `&T` | a value that [lends](Lend) a `&T`: `&Owned<T>`, `&T`, ... |
//! | `&mut T` | a value that [lends](LendMut) a `&mut T`: `&mut Owned<T>`, `&mut T`, ... |
//! | `Owned<T>` | an `Owned<T>`: the object moves to the worker |
//! | `&str`, `&[T]` | a `&str` or `&[T]`: the text or list is copied |
//! | any type with serde's traits | a value of that type: it is copied |
//!
//! A call has *one fate*: the function's result and the new values of its `&mut` arguments come back together, or not
//! at all. If the function panics, or its process dies or is killed, nothing is changed, and every borrow has ended.
//!
//! If a call fails, its owned arguments are dropped, with their objects. A function with such parameters also has
//! `call_or_return` and `spawn_or_return`. Their error is a [`Refused`](crate::Refused) with an `Option<Owned<T>>`, or
//! a tuple of these for several parameters. An owner is `None` if a worker has claimed it and did not give it back. A
//! worker gives it back if it did not get as far as calling the function.

pub(crate) mod caller;
#[doc(hidden)]
pub mod generated;
mod panics;
mod protocol;
mod worker;

pub use caller::{Builder, Lend, LendMut, Run, Scope};
pub use worker::{init, test_entry};
