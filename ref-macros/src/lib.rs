//! The attribute macros of `ref-core`, which re-exports them and shows their documentation.
//!
//! Both macros have the same stages: `parse`, `model`, `check` (one function for each rule; all errors are collected),
//! and `expand`, which cannot fail. After errors, `fallback` emits the user's item, and stubs of the generated items
//! that the user's code may name. Because of the stubs, rustc reports no errors that only follow from the first ones.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod diagnostics;
mod left_out;
mod names;
mod one_process;
mod remote;
mod stored;

use proc_macro::TokenStream;

/// Lets the values of a struct or an enum live in a store.
///
/// The attribute implements `Stored` and makes type aliases for the handles of the type. For `Grid` these are
/// `GridOwned`, `GridRef<'a>`, `GridRefMut<'a>`, `GridLoan<'a, A>`, `GridTicket<A>` and `GridLease<A>`. A struct with
/// named fields also gets `GridFields<'a>` and `GridFieldsMut<'a>`, with a handle for each field. `Ref::fields` and
/// `RefMut::fields` make them.
///
/// The type of every field has to be `Stored`. Type parameters that are named in stored fields get the bound `Stored`.
/// The type's serde traits and `#[serde(...)]` attributes have no effect on what is stored. Inside of `bitflags!`, the
/// attribute stores the flags as their number; this needs the feature `bitflags`.
///
/// On the type, `#[global_store(...)]` takes
///
/// | option | means |
/// |---|---|
/// | `version = 2` | a number in the fingerprint, for changes that the fields do not show; 1 if not given |
/// | `from = GridV1` | the type of the earlier definition, with the same `name` and a smaller `version`: values that it wrote are read by it, and converted by `From` |
/// | `name = "grid"` | the name in the fingerprint, so that the type can be renamed; the type's name if not given |
/// | `codec = path` | the codec of its values, which implements `codec::Codec`; the build's default if not given |
/// | `opaque` | the type's own serde traits write and read its values: for a type whose serde code is written by hand. Its fields need not be `Stored`; the fingerprint has its name in the program. A field of this type needs no option |
/// | `handles = false` | no aliases for the handles, and no field handles |
/// | `diagnostic = false` | for a module in which the name `diagnostic` is another module, or with `#![no_implicit_prelude]`: rustc finds no `#[diagnostic::do_not_recommend]` there. Without this attribute, rustc may list the type in an error for another type |
/// | `crate = path` | the path of `ref_core`; `::ref_core` if not given |
///
/// and on a field
///
/// | option | means |
/// |---|---|
/// | `opaque` | the field's type is not `Stored`, but has serde's traits; the fingerprint has the names of the field and of its type |
/// | `skip` | the field is not stored: it is read as its `Default`. The fingerprint has the field's name |
/// | `with = path` | the functions `path::serialize` and `path::deserialize` write and read the field, as those of serde's `with` do; the fingerprint has the field's name only |
///
/// Rules: [R22], [R23], [R24], [R25], [R26], [R39].
///
/// [R22]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r22
/// [R23]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r23
/// [R24]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r24
/// [R25]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r25
/// [R26]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r26
/// [R39]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r39
#[proc_macro_attribute]
pub fn global_store(options: TokenStream, item: TokenStream) -> TokenStream {
    stored::global_store(options.into(), item.into()).into()
}

/// Generates the code for an item with conditions inside: `#[global_store]` adds this derive to such an item.
#[doc(hidden)]
#[proc_macro_derive(StoredItem, attributes(__ref_item))]
pub fn stored_item(item: TokenStream) -> TokenStream {
    stored::stored_item(item.into()).into()
}

/// Adds the items in its parentheses before its own item: `#[remote]` writes this attribute.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn beside(items: TokenStream, item: TokenStream) -> TokenStream {
    items.into_iter().chain(item).collect()
}

/// Lets other processes run a function, with borrows that the compiler checks.
///
/// The function itself is unchanged. Under its name, there are also
///
/// * `f::call(&workers, ...)`, which runs the function in a worker, and returns a `Result` of what the function
///   returns;
/// * `f::spawn(scope, ...)`, which runs it in a worker while a `Workers::scope` lasts, and returns a `Run` to join;
/// * `f::map(&workers, ...)`, which runs it for each item of an iterator, and returns a `Vec` of the results in order.
///   An item is a tuple of arguments, or an argument if the function has one parameter. A function without parameters
///   has no `map`;
/// * `f::call_or_return` and `f::spawn_or_return`, if a parameter is an `Owned<T>`, or of a type whose name ends in
///   `Owned`. They give the owners back if the call fails.
///
/// Parameters are `&T` and `&mut T` of `Stored` types, for which callers lend an `Owned<T>` or a plain reference;
/// `Owned<T>`, which moves to the worker; `&str` and `&[T]`; and any value of a type that is `Stored` or has serde's
/// traits. The result is such a value, an `Owned<T>`, or a `Result` of either, whose error may also be a
/// `ref_core::Error`. `Owned<T>` and `Result` may be written by an alias, such as `GridOwned` or `ref_core::Result<T>`.
///
/// The function is a free function, private or not. It may stand in the body of another function, and in a crate that
/// forbids unsafe code, but not in an `impl` or a trait. It may have lifetimes, patterns for parameters and `#[cfg]`.
/// It may not be `async`, generic over types or constants, `unsafe`, `extern` or a method.
///
/// `#[remote(...)]` takes
///
/// | option | means |
/// |---|---|
/// | `idempotent` | the function may run twice where once was asked for: its runs have `retries`. It takes no `Owned` |
/// | `crate = path` | the path of `ref_core`; `::ref_core` if not given |
///
/// Rules: [R28], [R32], [R33], [R34], [R35], [R46].
///
/// [R28]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r28
/// [R32]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r32
/// [R33]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r33
/// [R34]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r34
/// [R35]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r35
/// [R46]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r46
#[proc_macro_attribute]
pub fn remote(options: TokenStream, item: TokenStream) -> TokenStream {
    remote::remote(options.into(), item.into()).into()
}
