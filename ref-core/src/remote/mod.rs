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

pub(crate) mod caller;
#[doc(hidden)]
pub mod generated;
mod panics;
mod protocol;
mod worker;

pub use caller::{Builder, Lend, LendMut, Run, Scope};
pub use worker::{init, test_entry};
