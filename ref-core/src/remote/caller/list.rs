//! The lists that can be lent to a remote function.

use super::call::Call;
use super::lend::{lent, sealed};
use crate::backend::Caller;
use crate::codec::plain;
use crate::error::Result;
use crate::handle::Owned;
use crate::remote::protocol::crossing::Crossing;
use crate::remote::protocol::passed::{PassedAs, in_list};
use crate::stored::Stored;

/// A list that can be lent for `'s` as the `&[T]` parameter of a [`#[remote]`](macro@crate::remote) function.
///
/// | argument | is sent as |
/// |---|---|
/// | `&[Owned<T>]`, `&Vec<Owned<T>>`, `&[Owned<T>; N]`, `Vec<&Owned<T>>` | a ticket for each owner: the worker reads the objects in their stores |
/// | `&[T]`, `&Vec<T>`, `&[T; N]` | a copy of the list |
///
/// All owners are lent to the one call, and each loan is in the ledger of the owner's store. The owners may be in
/// several stores, and one owner may be in a list twice. If an owner cannot be lent, or the worker cannot read an
/// object, the call fails, all loans of the call end, and the error names the index of the element. The worker reads
/// each object again for each call.
///
/// The list stays borrowed for `'s`: until a `call` or `map` returns, or until the scope of a `spawn` ends. So neither
/// the list nor an owner in it can be changed before:
///
/// ```compile_fail,E0502
/// # use ref_core::{Owned, Result, Workers, remote};
/// # #[remote]
/// # fn sum(lists: &[Vec<u64>]) -> u64 { lists.iter().flatten().sum() }
/// # fn run(workers: &Workers, mut lists: Vec<Owned<Vec<u64>>>) -> Result<u64> {
/// workers.scope(|s| {
///     let sum = sum::spawn(s, &lists)?;
///     lists.pop(); // error: cannot borrow `lists` as mutable because it is also borrowed as immutable
///     sum.join()
/// })
/// # }
/// ```
///
/// It can be changed afterwards:
///
/// ```
/// # use ref_core::{Owned, Result, Workers, remote};
/// # #[remote]
/// # fn sum(lists: &[Vec<u64>]) -> u64 { lists.iter().flatten().sum() }
/// # fn run(workers: &Workers, mut lists: Vec<Owned<Vec<u64>>>) -> Result<u64> {
/// let sum = workers.scope(|s| {
///     let sum = sum::spawn(s, &lists)?;
///     sum.join()
/// })?;
/// lists.pop();
/// # Ok(sum)
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be lent as `&[{T}]`",
    label = "lend `&[{T}]`, `&Vec<{T}>`, `&[Owned<{T}>]`, `&Vec<Owned<{T}>>` or `Vec<&Owned<{T}>>`"
)]
pub trait LendList<'s, T>: sealed::Lendable {
    #[doc(hidden)]
    fn __add_list(self, call: &mut Call<'s>, at: Caller, crossing: &Crossing<T>);
}

#[diagnostic::do_not_recommend]
impl<'s, T> LendList<'s, T> for &'s [T] {
    fn __add_list(self, call: &mut Call<'s>, _: Caller, crossing: &Crossing<T>) {
        call.argue(|_| Ok((PassedAs::Value, (crossing.write_all)(self)?)));
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: Stored + Send + Sync> LendList<'s, T> for &'s [Owned<T>] {
    fn __add_list(self, call: &mut Call<'s>, at: Caller, _: &Crossing<T>) {
        lend_each(self, call, at);
    }
}

#[diagnostic::do_not_recommend]
impl<'s, T: Stored + Send + Sync> LendList<'s, T> for Vec<&'s Owned<T>> {
    fn __add_list(self, call: &mut Call<'s>, at: Caller, _: &Crossing<T>) {
        lend_each(self, call, at);
    }
}

/// Implements [`LendList`] for lists that are lent as the slice of their elements is.
macro_rules! as_slices {
    ($([$($generics:tt)*] $list:ty: $of:ty;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<'s, $($generics)*> LendList<'s, T> for &'s $list {
            fn __add_list(self, call: &mut Call<'s>, at: Caller, crossing: &Crossing<T>) {
                <&'s [$of] as LendList<'s, T>>::__add_list(self, call, at, crossing);
            }
        }
    )+};
}

as_slices! {
    [T] Vec<T>: T;
    [T, const N: usize] [T; N]: T;
    [T: Stored + Send + Sync] Vec<Owned<T>>: Owned<T>;
    [T: Stored + Send + Sync, const N: usize] [Owned<T>; N]: Owned<T>;
}

/// Lends each owner, until one cannot be lent. Then the call fails, and ends the loans that were made before.
fn lend_each<'s, T: Stored + Send + Sync>(
    owners: impl IntoIterator<Item = &'s Owned<T>>,
    call: &mut Call<'s>,
    at: Caller,
) {
    call.argue(|call| {
        let lend = |(index, owner)| lent(owner, call, at).map_err(|error| in_list(index, error));
        let tickets: Vec<_> = owners.into_iter().enumerate().map(lend).collect::<Result<_>>()?;
        Ok((PassedAs::Tickets, plain::write(&tickets)?))
    });
}
