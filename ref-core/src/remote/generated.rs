//! The functions and types that are used by the code that `#[remote]` generates.
//!
//! Generated code implements [`StoredArgument`], [`ValueArgument`] or [`SentArgument`] for the type of each parameter,
//! except `&str`, and of the result. In that `impl` the compiler checks the type. Each function below that is generic
//! over such a type has the type's trait as a bound. The bound holds even if the `impl` has an error, so the compiler
//! reports the error once, at the type.

pub use super::caller::call::Call;
pub use super::caller::copies::{NeverLent, SentCopy};
pub use super::caller::effect::Handles;
pub use super::caller::unpack::Unpack;
pub use super::caller::{
    AsyncCall, CopyOf, Idempotent, InScope, Lend, LendList, LendListMut, LendMut, MapIn, NeedsScope, Once, Run, Workers,
};
pub use super::opened::NamedStore;
pub use super::probe::{OwnerProbe, RepeatedProbe, ResultProbe, StoredProbe};
pub use super::protocol::crossing::Crossing;
pub use super::protocol::function::Signature;
pub use super::protocol::start::TestEntry;
pub use super::way::{Argument, Way};
pub use super::worker::incoming::{ExclusiveArgument, ExclusiveList, Incoming};
pub use super::worker::registry::{DefinedAt, Function, Registered, name_of};
pub use crate::error::Refused;
pub use crate::error::Result;
pub use crate::handle::Owned;
pub use std::iter::{IntoIterator, Iterator};
pub use std::option::Option;
pub use std::primitive::{str, u8};
pub use std::string::String;
pub use std::vec::Vec;

use super::caller::task::Task;
use super::caller::unpack::OnArrival;
use super::protocol::passed::PassedAs;
use crate::codec::plain;
use crate::stored::Stored;
use std::ops::Deref;
use std::panic::Location;

/// `Self` is the `T` in the `INDEX`-th parameter of the function `F`, which is a `&T` or `&mut T`. Several threads of
/// the caller and of the worker use such a value.
pub trait StoredArgument<'any, F, const INDEX: usize>: Stored + Send + Sync {}

/// `Self` is the `T` in the `INDEX`-th parameter of the function `F`, which is a `&T`, and is named `Store`.
pub trait StoreParameter<'any, F, const INDEX: usize>: NamedStore {}

/// `Self` is the type of the `INDEX`-th parameter of the function `F`, which is no reference. For the index [`RESULT`],
/// `Self` is the type of the result.
pub trait ValueArgument<'any, F, const INDEX: usize>: Sized + 'static {
    /// Returns how a value goes to another process.
    fn way() -> Way<Self>;
}

/// `Self` is the `T` in the `INDEX`-th parameter of the function `F`, which is a `&[T]` or `&mut [T]`.
pub trait SentArgument<'any, F, const INDEX: usize>: Sized + 'static {
    /// Returns how a value goes to another process.
    fn crossing() -> Crossing<Self>;
}

/// The index of the return type.
pub const RESULT: usize = usize::MAX;

impl Call<'_> {
    /// Makes a call of `function`, to which arguments can be added.
    #[must_use]
    #[track_caller]
    pub fn new(function: &'static Function) -> Self {
        Self::of(function.key(), Location::caller())
    }

    /// Makes a call of `function`, which is idempotent.
    #[must_use]
    #[track_caller]
    pub fn repeatable(function: &'static Function) -> Self {
        Self::of(function.key(), Location::caller()).may_run_again()
    }
}

/// Adds a `&T` argument.
#[track_caller]
pub fn lend<'s, F, T, const I: usize>(call: &mut Call<'s>, argument: impl Lend<'s, T>)
where
    T: ?Sized + for<'any> StoredArgument<'any, F, I>,
{
    argument.__add_argument(call, Location::caller());
}

/// Adds a `&T` argument of a type that is named `Store`.
#[track_caller]
pub fn lend_store<'s, F, T, const I: usize>(call: &mut Call<'s>, argument: impl Lend<'s, T>)
where
    T: for<'any> StoreParameter<'any, F, I>,
{
    T::lend(argument, call, Location::caller());
}

/// Adds a `&mut T` argument.
#[track_caller]
pub fn lend_mut<'s, F, T, const I: usize>(call: &mut Call<'s>, argument: impl LendMut<'s, T>)
where
    T: for<'any> StoredArgument<'any, F, I>,
{
    argument.__add_argument_mut(call, Location::caller());
}

/// Adds an argument by value.
pub fn value<F, T: for<'any> ValueArgument<'any, F, I>, const I: usize>(call: &mut Call<'_>, argument: T) {
    T::way().argue(call, argument);
}

/// Adds a `&[T]` argument.
#[track_caller]
pub fn lend_list<'s, F, T, const I: usize>(call: &mut Call<'s>, argument: impl LendList<'s, T>)
where
    T: for<'any> SentArgument<'any, F, I>,
{
    argument.__add_list(call, Location::caller(), &T::crossing());
}

/// Adds a `&mut [T]` argument.
#[track_caller]
pub fn lend_list_mut<'s, F, T, const I: usize>(call: &mut Call<'s>, argument: impl LendListMut<'s, T>)
where
    T: for<'any> SentArgument<'any, F, I>,
{
    argument.__add_list_mut(call, Location::caller(), &T::crossing());
}

/// Adds a `&str` argument.
pub fn text(call: &mut Call<'_>, argument: &str) {
    call.argue(|_| Ok((PassedAs::Value, plain::encode_lent(&argument)?)));
}

/// Copies the `&T` argument of a call that is awaited.
pub fn copied<F, T, const I: usize>(argument: impl CopyOf<T>) -> SentCopy<T>
where
    T: ?Sized + for<'any> StoredArgument<'any, F, I>,
{
    SentCopy::of(argument.__reference())
}

/// Copies the `&T` argument of a type that is named `Store`, for a call that is awaited.
pub fn copied_store<F, T, const I: usize>(argument: impl CopyOf<T>) -> SentCopy<T>
where
    T: for<'any> StoreParameter<'any, F, I>,
{
    argument.__reference().copied()
}

/// Copies the `&[T]` argument of a call that is awaited.
pub fn copied_list<F, T, const I: usize>(argument: impl CopyOf<[T]>) -> SentCopy<T>
where
    T: for<'any> SentArgument<'any, F, I>,
{
    SentCopy::of_list(argument.__reference(), &T::crossing())
}

/// Stands for a `&mut T` or `&mut [T]` argument of a call that is awaited: there is none.
pub fn needs_scope<T: ?Sized>(argument: impl NeedsScope<T>) -> NeverLent {
    argument.__never()
}

/// Takes the `&T` of a parameter, in the worker.
pub fn shared<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<impl Deref<Target = T> + use<F, T, I>>
where
    T: ?Sized + for<'any> StoredArgument<'any, F, I>,
{
    call.shared::<T>(I)
}

/// Takes the `&T` of a parameter whose type is named `Store`, in the worker.
pub fn store<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<impl Deref<Target = T> + use<F, T, I>>
where
    T: for<'any> StoreParameter<'any, F, I>,
{
    T::take(call, I)
}

/// Takes the `&mut T` of a parameter, in the worker.
pub fn exclusive<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<ExclusiveArgument<T>>
where
    T: for<'any> StoredArgument<'any, F, I>,
{
    call.exclusive(I)
}

/// Returns the `&mut T` that is passed to the function.
pub fn changing<F, T, const I: usize>(argument: &mut ExclusiveArgument<T>) -> Result<&mut T>
where
    T: for<'any> StoredArgument<'any, F, I>,
{
    argument.get()
}

/// Adds the new value of a `&mut T` to the response, and gives the lease back if the value is an object's.
pub fn changed<F, T, const I: usize>(call: &mut Incoming<'_>, argument: ExclusiveArgument<T>) -> Result<()>
where
    T: for<'any> StoredArgument<'any, F, I>,
{
    call.changed(argument)
}

/// Takes the argument of a parameter by value, in the worker. Owners are claimed later, by [`Argument::claim`].
pub fn argument<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<Argument<T>>
where
    T: for<'any> ValueArgument<'any, F, I>,
{
    T::way().argument(call, I)
}

/// Takes the list that a `&[T]` parameter borrows, in the worker.
pub fn list<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<impl Deref<Target = [T]> + use<F, T, I>>
where
    T: for<'any> SentArgument<'any, F, I>,
{
    call.list(I, &T::crossing())
}

/// Takes the list that a `&mut [T]` parameter borrows, in the worker.
pub fn exclusive_list<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<ExclusiveList<T>>
where
    T: for<'any> SentArgument<'any, F, I>,
{
    call.exclusive_list(I, &T::crossing())
}

/// Returns the `&mut [T]` that is passed to the function.
pub fn changing_list<F, T, const I: usize>(list: &mut ExclusiveList<T>) -> Result<&mut [T]>
where
    T: for<'any> SentArgument<'any, F, I>,
{
    Ok(list.get())
}

/// Adds the new values of a `&mut [T]` to the response, and gives the leases back if the values are objects'.
pub fn changed_list<F, T, const I: usize>(call: &mut Incoming<'_>, list: ExclusiveList<T>) -> Result<()>
where
    T: for<'any> SentArgument<'any, F, I>,
{
    call.changed_list(list, &T::crossing())
}

/// Takes the text that a `&str` parameter borrows, in the worker.
pub fn string(call: &mut Incoming<'_>, nth: usize) -> Result<String> {
    plain::decode(&call.value(nth)?, String::codec())
}

/// Encodes a result, in the worker.
pub fn pack<F, R: for<'any> ValueArgument<'any, F, RESULT>>(call: &mut Incoming<'_>, result: R) -> Result<Vec<u8>> {
    R::way().pack(result, call.files())
}

/// Returns how the caller reads a result.
#[must_use]
pub fn unpack<F, R: for<'any> ValueArgument<'any, F, RESULT>>() -> Unpack<R> {
    let arrive: OnArrival = |bytes, stores, at| R::way().arrive(bytes, stores, at);
    Unpack {
        on_arrival: R::way().is_owner().then_some(arrive),
        read: |bytes, files, arrived| R::way().unpack(bytes, files, arrived),
    }
}

/// Adds a parameter of a `Stored` type to the signature.
pub fn describe_stored<F, T, const I: usize>(signature: &mut Signature, before: &str)
where
    T: ?Sized + for<'any> StoredArgument<'any, F, I>,
{
    signature.stored::<T>(before);
}

/// Adds a `&T` parameter of a type that is named `Store` to the signature.
pub fn describe_store<F, T, const I: usize>(signature: &mut Signature)
where
    T: for<'any> StoreParameter<'any, F, I>,
{
    T::describe(signature);
}

/// Adds a parameter by value to the signature.
pub fn describe_value<F, T: for<'any> ValueArgument<'any, F, I>, const I: usize>(signature: &mut Signature) {
    signature.value(&T::way().describe());
}

/// Adds a `&[T]` or `&mut [T]` parameter to the signature.
pub fn describe_list<F, T, const I: usize>(signature: &mut Signature, before: &str)
where
    T: for<'any> SentArgument<'any, F, I>,
{
    signature.list(before, &(T::crossing().describe)());
}

/// Adds the result to the signature.
pub fn describe_returned<F, R: for<'any> ValueArgument<'any, F, RESULT>>(signature: &mut Signature) {
    signature.returns(&R::way().describe_returned());
}

/// Spawns the call, and returns its run.
pub fn spawn<'scope, R: 'scope, K>(
    scope: impl InScope<'scope>,
    call: Call<'scope>,
    unpack: fn() -> Unpack<R>,
) -> Result<Run<'scope, R, (), K>> {
    Ok(scope.__scope().spawn(call, unpack(), drop)?)
}

/// Spawns the call. If the call fails, now or later, `pick` takes the owned arguments that came back out of `Handles`.
/// They become the `handle` of the [`Refused`].
pub fn spawn_or_return<'scope, R: 'scope, H>(
    scope: impl InScope<'scope>,
    call: Call<'scope>,
    unpack: fn() -> Unpack<R>,
    pick: fn(Handles) -> H,
) -> Result<Run<'scope, R, H>, Refused<H>> {
    scope.__scope().spawn(call, unpack(), pick).map_err(|failed| Refused::new(failed.error, pick(failed.handle)))
}

/// Makes the call, waits until it is over, and returns its result.
pub fn call<R>(workers: &Workers, call: Call<'_>, unpack: fn() -> Unpack<R>) -> Result<R> {
    Ok(Task::run(&workers.pool, call, unpack())?)
}

/// Makes the call, waits until it is over, and returns its result. If the call fails, `pick` takes the owned arguments
/// that came back out of `Handles`. They become the `handle` of the [`Refused`].
pub fn call_or_return<R, H>(
    workers: &Workers,
    call: Call<'_>,
    unpack: fn() -> Unpack<R>,
    pick: fn(Handles) -> H,
) -> Result<R, Refused<H>> {
    Task::run(&workers.pool, call, unpack()).map_err(|failed| Refused::new(failed.error, pick(failed.handle)))
}

/// Returns the call as a future.
pub fn call_async<R>(workers: &Workers, call: Call<'static>, unpack: fn() -> Unpack<R>) -> AsyncCall<R> {
    AsyncCall::new(workers, call, unpack(), Into::into)
}

/// Returns the call as a future. If the call fails, `pick` takes the owned arguments that came back out of `Handles`. They
/// become the `handle` of the [`Refused`].
pub fn call_async_or_return<R, H: 'static>(
    workers: &Workers,
    call: Call<'static>,
    unpack: fn() -> Unpack<R>,
    pick: fn(Handles) -> H,
) -> AsyncCall<R, Refused<H>> {
    AsyncCall::new(workers, call, unpack(), move |failed| Refused::new(failed.error, pick(failed.handle)))
}

/// Makes the calls: of workers, all of them, and returns their results in order, or the first error; in a scope, as
/// their results are taken.
pub fn map<'s, M: MapIn<'s>, R: 's, K>(
    to: M,
    calls: impl Iterator<Item = Call<'s>> + 's,
    unpack: fn() -> Unpack<R>,
) -> M::Results<R, K> {
    to.__map(calls, unpack)
}
