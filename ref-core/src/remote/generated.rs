//! The functions and types that are used by the code that `#[remote]` generates.
//!
//! Generated code implements [`StoredArgument`] or [`PlainArgument`] for the type of each parameter, except `&str`, and
//! of the result. At that `impl` the compiler checks the type. Each function below that is generic over such a type has
//! the type's trait as a bound. The bound holds even if the `impl` is an error, so the compiler reports the error once,
//! at the type.

pub use super::caller::call::Call;
pub use super::caller::effect::Handles;
pub use super::caller::unpack::Unpack;
pub use super::caller::{Lend, LendMut, Run, Scope, Workers};
pub use super::protocol::function::Signature;
pub use super::protocol::portable::Portable;
pub use super::protocol::start::TestEntry;
pub use super::worker::incoming::{ExclusiveArgument, Incoming, OwnedArgument};
pub use super::worker::registry::{DefinedAt, Function, Registered, name_of};
pub use crate::error::Refused;
pub use crate::error::Result;
pub use crate::handle::Owned;
pub use std::iter::{IntoIterator, Iterator};
pub use std::option::Option;
pub use std::primitive::{str, u8};
pub use std::string::String;
pub use std::vec::Vec;

use super::caller::lend::MovingOwner;
use super::caller::scope::Task;
use super::caller::{map as many, unpack as unpacked};
use super::protocol::request::PassedAs;
use super::worker::pack as packed;
use crate::codec::plain;
use crate::stored::Stored;
use std::borrow::Cow;
use std::ops::Deref;
use std::panic::Location;

/// `Self` is the `T` in the `INDEX`-th parameter of the function `F`, which is a `&T`, `&mut T` or `Owned<T>`. For the
/// index [`RESULT`], `Self` is the `T` of a returned `Owned<T>`. Several threads of the caller and of the worker use
/// such a value.
pub trait StoredArgument<'any, F, const INDEX: usize>: Stored + Send + Sync {}

/// `Self` is the type of the `INDEX`-th parameter of the function `F`, or the `T` if that parameter is a `&[T]`. For
/// the indices [`RESULT`] and [`ERROR`], `Self` is a type in the result.
pub trait PlainArgument<'any, F, const INDEX: usize>: Portable {}

/// The index of the return type, or of the type in the `Ok` of a returned `Result`.
pub const RESULT: usize = usize::MAX;
/// The index of the type in the `Err` of a returned `Result`.
pub const ERROR: usize = usize::MAX - 1;

impl Call<'_> {
    /// Makes a call of `function`, to which arguments can be added.
    #[must_use]
    pub fn new(function: &'static Function) -> Self {
        Self::of(function.key())
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

/// Adds a `&mut T` argument.
#[track_caller]
pub fn lend_mut<'s, F, T, const I: usize>(call: &mut Call<'s>, argument: impl LendMut<'s, T>)
where
    T: for<'any> StoredArgument<'any, F, I>,
{
    argument.__add_argument_mut(call, Location::caller());
}

/// Adds an `Owned<T>` argument.
pub fn send<'s, F, T: for<'any> StoredArgument<'any, F, I> + 's, const I: usize>(
    call: &mut Call<'s>,
    argument: Owned<T>,
) {
    call.send_last(MovingOwner(argument));
}

/// Adds a plain argument.
pub fn value<F, T: for<'any> PlainArgument<'any, F, I>, const I: usize>(call: &mut Call<'_>, argument: &T) {
    call.argue(|_| Ok((PassedAs::Value, argument.write()?)));
}

/// Adds a `&[T]` argument.
pub fn slice<F, T: for<'any> PlainArgument<'any, F, I>, const I: usize>(call: &mut Call<'_>, argument: &[T]) {
    call.argue(|_| Ok((PassedAs::Value, T::write_all(argument)?)));
}

/// Adds a `&str` argument.
pub fn text(call: &mut Call<'_>, argument: &str) {
    call.argue(|_| Ok((PassedAs::Value, plain::write(&Cow::Borrowed(argument))?)));
}

/// Takes the `&T` of a parameter, in the worker.
pub fn shared<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<impl Deref<Target = T> + use<F, T, I>>
where
    T: ?Sized + for<'any> StoredArgument<'any, F, I>,
{
    call.shared::<T>(I)
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

/// Takes the `Owned<T>` of a parameter, in the worker.
pub fn owned<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<OwnedArgument<T>>
where
    T: for<'any> StoredArgument<'any, F, I>,
{
    call.owned(I)
}

/// Takes the plain value of a parameter, in the worker.
pub fn plain<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<T>
where
    T: for<'any> PlainArgument<'any, F, I>,
{
    T::read(&call.value(I)?)
}

/// Takes the list that a `&[T]` parameter borrows, in the worker.
pub fn list<F, T, const I: usize>(call: &mut Incoming<'_>) -> Result<Vec<T>>
where
    T: for<'any> PlainArgument<'any, F, I>,
{
    T::read_all(&call.value(I)?)
}

/// Takes the text that a `&str` parameter borrows, in the worker.
pub fn string(call: &mut Incoming<'_>, nth: usize) -> Result<String> {
    plain::read(&call.value(nth)?)
}

/// Encodes a plain result, in the worker.
pub fn pack<F, R: for<'any> PlainArgument<'any, F, RESULT>>(result: R) -> Result<Vec<u8>> {
    result.write()
}

/// Returns how the caller reads a plain result.
#[must_use]
pub fn unpack<F, R: for<'any> PlainArgument<'any, F, RESULT>>() -> Unpack<R> {
    unpacked::unpack()
}

/// Makes a ticket of a returned owner, and encodes it, in the worker.
pub fn pack_owned<F, T: for<'any> StoredArgument<'any, F, RESULT>>(result: Owned<T>) -> Result<Vec<u8>> {
    packed::pack_owned(result)
}

/// Returns how the caller reads a returned owner.
#[must_use]
pub fn unpack_owned<F, T: for<'any> StoredArgument<'any, F, RESULT>>() -> Unpack<Owned<T>> {
    unpacked::unpack_owned()
}

/// Encodes a `Result` of plain values, in the worker.
pub fn pack_result<F, R, E>(result: Result<R, E>) -> Result<Vec<u8>>
where
    R: for<'any> PlainArgument<'any, F, RESULT>,
    E: for<'any> PlainArgument<'any, F, ERROR>,
{
    packed::pack_result(result, |result| result.write())
}

/// Returns how the caller reads a `Result` of plain values.
#[must_use]
pub fn unpack_result<F, R, E>() -> Unpack<Result<R, E>>
where
    R: for<'any> PlainArgument<'any, F, RESULT>,
    E: for<'any> PlainArgument<'any, F, ERROR>,
{
    unpacked::unpack_result()
}

/// Encodes an owner or an error, in the worker.
pub fn pack_owned_result<F, T, E>(result: Result<Owned<T>, E>) -> Result<Vec<u8>>
where
    T: for<'any> StoredArgument<'any, F, RESULT>,
    E: for<'any> PlainArgument<'any, F, ERROR>,
{
    packed::pack_result(result, packed::pack_owned)
}

/// Returns how the caller reads an owner or an error.
#[must_use]
pub fn unpack_owned_result<F, T, E>() -> Unpack<Result<Owned<T>, E>>
where
    T: for<'any> StoredArgument<'any, F, RESULT>,
    E: for<'any> PlainArgument<'any, F, ERROR>,
{
    unpacked::unpack_owned_result()
}

/// Adds a parameter of a `Stored` type to the signature.
pub fn describe_stored<F, T, const I: usize>(signature: &mut Signature, before: &str)
where
    T: ?Sized + for<'any> StoredArgument<'any, F, I>,
{
    signature.stored::<T>(before);
}

/// Adds a plain parameter to the signature.
pub fn describe_plain<F, T: for<'any> PlainArgument<'any, F, I>, const I: usize>(signature: &mut Signature) {
    signature.plain::<T>();
}

/// Adds a `&[T]` parameter to the signature.
pub fn describe_list<F, T: for<'any> PlainArgument<'any, F, I>, const I: usize>(signature: &mut Signature) {
    signature.list::<T>();
}

/// Adds the names of a plain type's fields or variants to the signature. The type is that of the result, or is in the
/// `Ok` or the `Err` of a returned `Result`.
pub fn describe_returned<F, T: for<'any> PlainArgument<'any, F, I>, const I: usize>(signature: &mut Signature) {
    signature.returned::<T>();
}

/// Spawns the call, and returns its run.
pub fn spawn<'scope, R: 'scope>(
    scope: &'scope Scope<'scope, '_>,
    call: Call<'scope>,
    unpack: fn() -> Unpack<R>,
) -> Result<Run<'scope, R>> {
    Ok(scope.spawn(call, unpack(), drop)?)
}

/// Spawns the call. If the call fails, now or later, `pick` takes the owned arguments that came back out of `Handles`.
/// They become the `handle` of the [`Refused`].
pub fn spawn_or_return<'scope, R: 'scope, H>(
    scope: &'scope Scope<'scope, '_>,
    call: Call<'scope>,
    unpack: fn() -> Unpack<R>,
    pick: fn(Handles) -> H,
) -> Result<Run<'scope, R, H>, Refused<H>> {
    scope.spawn(call, unpack(), pick).map_err(|failed| Refused::new(failed.error, pick(failed.handle)))
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

/// Makes the calls, waits for them, and returns their results in order, or the first error.
pub fn map<'s, R>(
    workers: &Workers,
    calls: impl Iterator<Item = Call<'s>>,
    unpack: fn() -> Unpack<R>,
) -> Result<Vec<R>> {
    many::map(workers, calls, unpack)
}
