//! Functions that other processes run, with borrows that the compiler checks.
//!
//! [`#[remote]`](macro@crate::remote) on a function `f` lets [`Workers`](crate::Workers) run it. `f` can still be
//! called as an ordinary function. In addition, there are:
//!
//! * `f::call`, which runs the function in a worker, waits, and returns a `Result` of what the function returns;
//! * `f::call_async`, which returns the call as a [future](AsyncCall), if its arguments lend nothing;
//! * `f::spawn`, which runs it in a worker while a [`scope`](crate::Workers::scope) lasts, and returns at once;
//! * `f::map`, which runs it in the workers, once for each item of an iterator, and returns the results in order: all
//!   together, or in a scope [one after the other](Mapped). A function without parameters has no `map`.
//!
//! A function returns a value that is `Stored` or has serde's traits, owners, or a `Result` of either, also by an alias
//! such as [`ref_core::Result`](crate::Result). The error of a `Result` is such a value or an [`Error`](crate::Error) of
//! this crate, which comes back with all but its `source`. Owners are an `Owned<T>`, or a `Vec`, an `Option` or a tuple
//! (of up to eight elements) of owners.
//!
//! Arguments stay borrowed until `call` or `map` returns, or until the scope of a `spawn` ends.
//!
//! | the function's parameter | `call` and `spawn` take |
//! |---|---|
//! | `&T` | a value that [lends](Lend) a `&T`: `&Owned<T>`, `&T`, ... |
//! | `&mut T` | a value that [lends](LendMut) a `&mut T`: `&mut Owned<T>`, `&mut T`, ... |
//! | `Owned<T>`, `Vec<Owned<T>>`, `Option<Owned<T>>`, `(Owned<T>, Owned<U>)`, ... | the owners: their objects move to the worker |
//! | `&[T]` | a list that [lends](LendList) a `&[T]`: `&Vec<Owned<T>>`, `&[T]`, ... |
//! | `&mut [T]` | a list that [lends](LendListMut) a `&mut [T]`: `&mut Vec<Owned<T>>`, `&mut [T]`, ... |
//! | `&str` | a `&str`: the text is copied |
//! | `&Store` | a `&Store`: the worker opens the same store, in a session of its own |
//! | any other type that is `Stored` or has serde's traits | a value of that type: it is copied |
//!
//! A call has *one fate*: the function's result and the new values of its `&mut` arguments come back together, or not
//! at all. If the function panics, or the worker dies or is killed, no argument is changed, and the loans of the
//! arguments are ended or revoked. (A loan stays if its store does not answer: the next use of the owner ends it.)
//!
//! A function that is `#[remote(idempotent)]` may run twice where once was asked for. Its calls in a scope can be made
//! again if their worker dies: [`Run::retries`], [`Mapped::retries`].
//!
//! If a call fails, its owned arguments are dropped, with their objects. A function with parameters of owners also has
//! `call_or_return` and `spawn_or_return`. Their error is a [`Refused`](crate::Refused) with an `Option<Owned<T>>` for
//! an `Owned<T>`, a `Vec<Option<Owned<T>>>` for a `Vec<Owned<T>>`, and so on, or with a tuple of these for several
//! parameters. An owner is `None` if it could not be claimed again, for example since a worker has claimed it and did
//! not give it back. A worker that fails before it calls the function gives the owners back, unless the worker dies.
//!
//! The owners of a list or tuple move together: if one of them cannot be sent or claimed, the call fails, and the error
//! names the index of the element.

pub(crate) mod caller;
mod entry;
#[doc(hidden)]
pub mod generated;
mod member;
mod opened;
mod panics;
mod probe;
mod protocol;
mod way;
mod worker;

pub use caller::{
    AsyncCall, Builder, CopyOf, Idempotent, InScope, Lend, LendList, LendListMut, LendMut, MapIn, Mapped, MayRunAgain,
    NeedsScope, Once, Run, RunFuture, Scope, Unordered, WorkerStats,
};
pub use entry::{init, test_entry};
pub use member::join;
pub use worker::{is_cancelled, progress};
