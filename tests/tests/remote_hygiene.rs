//! `#[remote]` in modules that shadow names, and under strict lints. The tests are that this file compiles, and that
//! workers run its functions.

#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, missing_docs, unreachable_pub, unused_lifetimes)]
#![deny(missing_debug_implementations, rust_2018_idioms, single_use_lifetimes, unused_qualifications)]
#![deny(let_underscore_drop, trivial_casts, unused_results, variant_size_differences, private_interfaces)]
#![deny(non_camel_case_types, non_snake_case, keyword_idents_2024, unit_bindings, unused_import_braces)]

/// The dependency under another name.
extern crate ref_core as renamed;

use ref_core::{Owned, Workers, remote};
use ref_tests::Scene;

ref_core::remote::test_entry!();

/// A module without a prelude, in which all the usual names mean something else.
mod shadowed {
    #![no_implicit_prelude]
    #![allow(dead_code, non_camel_case_types, reason = "what shadows is not for use")]

    macro_rules! shadow {
        ($($name:ident)*) => { $(struct $name;)* };
    }
    shadow! { Result Option Vec String Send Sync Sized Workers Scope InScope Run Call Lend LendList LendListMut LendMut Function Signature Unpack }
    shadow! { Iterator IntoIterator Incoming Registered StoredOrSerde StoredArgument SentArgument ValueArgument Way Crossing Argument u8 str usize }
    mod serde {}
    mod core {}
    mod std {}
    mod alloc {}
    mod ref_core {}
    mod inventory {}

    /// This function has each kind of borrowed parameter.
    #[::ref_core::remote]
    #[allow(clippy::unnecessary_wraps, reason = "of the function itself")]
    pub(super) fn borrowed(
        number: &::core::primitive::u64,
        list: &mut ::std::vec::Vec<::core::primitive::u64>,
        bytes: &[::core::primitive::u8],
        text: &::core::primitive::str,
    ) -> ::core::result::Result<::core::primitive::usize, ::std::string::String> {
        list.push(*number);
        ::core::result::Result::Ok(list.len() + bytes.len() + text.len())
    }
}

/// A module in which the dependency has another name, and `ref_core` means something else.
mod elsewhere {
    #[allow(unused_imports, reason = "it is there to be in the way")]
    use core as ref_core;

    /// This function names the dependency by the option `crate`.
    #[renamed::remote(crate = ::renamed)]
    pub(crate) const fn twice(number: u64) -> u64 {
        number * 2
    }
}

/// The re-export of `ref_core`, as in a library whose macros use it.
#[doc(hidden)]
pub use ref_core as wrapped;

macro_rules! remote_by_macro {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($param:ident: $type:ty),*) -> $result:ty $body:block) => {
        $(#[$meta])*
        #[$crate::wrapped::remote(crate = $crate::wrapped)]
        $vis fn $name($($param: $type,)* more: &$crate::Leaf) -> $result {
            let base: $result = $body;
            base + more.0
        }
    };
}

/// A type that is named by a `$crate` path in a parameter.
#[ref_core::global_store]
#[derive(Debug, Clone)]
pub struct Leaf(u64);

remote_by_macro! {
    /// This function is made by `macro_rules!`.
    pub fn by_macro(call: &Vec<u64>, workers: u64) -> u64 { call.len() as u64 + workers }
}

/// This function has raw identifiers.
#[remote]
pub(crate) const fn r#fn(r#type: u8, r#struct: &u8) -> u8 {
    r#type + *r#struct
}

/// This function has parameters with names that generated code could use.
#[remote]
#[allow(clippy::too_many_arguments, reason = "of the function itself")]
fn named(workers: u8, scope: &u8, arguments: &mut u8, call: u8, __call: u8, bytes: u8, stores: u8, named: u8) -> u8 {
    *arguments += workers;
    *scope + call + __call + bytes + stores + named
}

/// This function has the name of a generated function.
#[remote]
const fn map(map: u8) -> u8 {
    map
}

/// This function has no parameters.
#[remote]
fn nothing() {}

/// This function has twelve parameters.
#[remote]
#[allow(clippy::too_many_arguments, clippy::many_single_char_names, reason = "of the function itself")]
#[rustfmt::skip]
fn twelve(a: &u8, b: &u8, c: &u8, d: &u8, e: &u8, f: &u8, g: &mut u8, h: &mut u8, i: u8, j: u8, k: &str, l: &[u8]) -> usize {
    *g += 1;
    *h += *g;
    usize::from(a + b + c + d + e + f + i + j) + k.len() + l.len()
}

/// This function has patterns as parameters.
#[remote]
#[allow(clippy::many_single_char_names, reason = "of the function itself")]
fn patterns((a, mut b): (u8, u8), [c, ..]: [u8; 3], mut d: u8, Pair { x, y: [z] }: Pair, _: u8, &e: &u8) -> u8 {
    b += 1;
    d += 1;
    a + b + c + d + x + z + e
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Pair {
    x: u8,
    y: [u8; 1],
}

/// This function has named lifetimes.
#[remote]
#[allow(clippy::multiple_bound_locations, reason = "of the function itself")]
fn lifetimes<'a, 'b: 'a>(a: &'a Leaf, b: &'b mut Leaf, c: &'a [u8], d: &'b str) -> u64
where
    'b: 'b,
{
    let either: &'a Leaf = if c.len() < d.len() { a } else { b };
    either.0
}

#[cfg(test)]
#[remote]
/// This function has conditions that hold.
#[cfg(all(test, not(target_os = "none")))]
#[inline]
#[must_use]
pub(crate) const fn there(x: u8) -> u8 {
    x
}

#[cfg(target_os = "none")]
#[remote]
fn not_there(x: NoSuchType) -> NoSuchType {
    x
}

#[remote]
#[cfg(target_os = "none")]
fn not_there(x: NoSuchType) -> NoSuchType {
    x
}

/// This function is deprecated.
#[remote]
#[deprecated]
#[must_use]
pub fn old(x: &Old) -> u8 {
    x.0
}

/// The type of the deprecated function's parameter.
#[ref_core::global_store]
#[derive(Debug)]
pub struct Old(u8);

/// A module with private items.
pub mod inner {
    use ref_core::{Owned, global_store, remote};

    #[global_store]
    #[derive(Debug)]
    struct Hidden(u8);

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    pub(super) enum Refused {
        Empty,
    }

    #[remote]
    fn hidden(it: Owned<Hidden>) -> Result<Owned<Hidden>, Refused> {
        if it.borrow().is_ok_and(|it| it.0 == 0) { Err(Refused::Empty) } else { Ok(it) }
    }

    pub(super) fn call(workers: &ref_core::Workers, store: &ref_core::Store) -> Result<u8, Refused> {
        hidden::call(workers, store.put(Hidden(7)).unwrap()).unwrap().map(|it| it.borrow().unwrap().0)
    }

    /// This function is visible in the parent module.
    #[remote]
    pub(super) fn above(x: u8) -> u8 {
        x
    }
}

#[test]
fn functions_are_called() {
    let scene = Scene::new();
    let (workers, store) = (Workers::start(1).unwrap(), scene.store());
    let mut list = vec![1];
    assert_eq!(shadowed::borrowed::call(&workers, &2, &mut list, &[3], "four").unwrap(), Ok(7));
    assert_eq!(list, [1, 2]);
    assert_eq!(elsewhere::twice::call(&workers, 4).unwrap(), 8);
    assert_eq!(by_macro::call(&workers, &list, 3, &Leaf(5)).unwrap(), 10);
    assert_eq!(r#fn::call(&workers, 1, &2).unwrap(), 3);
    let mut ten = 10;
    assert_eq!(named::call(&workers, 1, &2, &mut ten, 3, 4, 5, 6, 7).unwrap(), 27);
    assert_eq!((ten, map::map(&workers, [1, 2]).unwrap()), (11, vec![1, 2]));
    nothing::call(&workers).unwrap();
    let (mut g, mut h) = (store.put(1).unwrap(), 2);
    let twelve = twelve::call(&workers, &1, &1, &1, &1, &1, &1, &mut g, &mut h, 1, 1, "two", &[1]);
    assert_eq!((twelve.unwrap(), *g.borrow().unwrap(), h), (12, 2, 4));
    assert_eq!(patterns::call(&workers, (1, 2), [3, 0, 0], 4, Pair { x: 5, y: [6] }, 0, &7).unwrap(), 30);
    assert_eq!(lifetimes::call(&workers, &Leaf(1), &mut Leaf(2), &[0; 0], "text").unwrap(), 1);
    assert_eq!(there::call(&workers, 1).unwrap(), there(1));
    assert_eq!(inner::call(&workers, &store).unwrap(), 7);
    assert_eq!(inner::above::call(&workers, 1).unwrap(), inner::above(1));
    #[allow(deprecated, reason = "that is the point")]
    let one = old::call(&workers, &Old(1)).unwrap();
    assert_eq!(one, 1);
}

#[test]
fn functions_local_to_a_function_are_called() {
    #[ref_core::global_store]
    #[derive(Debug)]
    struct Local(u8);

    #[remote]
    fn local(it: &Local) -> u8 {
        it.0
    }
    let outer = |workers: &Workers| {
        #[remote]
        fn local(it: &mut Local) -> u8 {
            it.0 += 1;
            it.0
        }
        local::call(workers, &mut Local(1)).unwrap()
    };
    let workers = Workers::start(1).unwrap();
    assert_eq!((outer(&workers), local::call(&workers, &Local(5)).unwrap(), local(&Local(6))), (2, 5, 6));
}

/// Takes and returns an owner of a tuple.
#[remote]
fn pass(it: Owned<(u8, Vec<String>)>) -> Owned<(u8, Vec<String>)> {
    it
}

#[test]
fn owners_are_passed_in_a_scope() {
    let scene = Scene::new();
    let (workers, store) = (Workers::start(1).unwrap(), scene.store());
    let it = store.put((1, vec!["two".to_owned()])).unwrap();
    let it = workers.scope(|s| pass::spawn(s, it)?.join()).unwrap();
    assert_eq!(it.borrow().unwrap().0, 1);
}
