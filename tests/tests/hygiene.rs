//! `#[global_store]` where names are shadowed, and under strict lints. The tests are that this file compiles, and that
//! its types are described as they should be.

#![deny(warnings, clippy::pedantic, missing_docs, unreachable_pub, unused_lifetimes, unused_qualifications)]
#![deny(missing_debug_implementations, rust_2018_idioms, single_use_lifetimes)]
#![deny(let_underscore_drop, trivial_casts, unused_results, variant_size_differences, clippy::use_self)]

/// The dependency under another name.
extern crate ref_core as renamed;

use ref_core::{Ref, RefMut, Schema, Stored, global_store};

/// The module has no prelude, and so no tool `diagnostic` either. The name `diagnostic` is a module here.
mod bare {
    #![no_implicit_prelude]

    mod diagnostic {}

    /// A struct with named fields.
    #[::ref_core::global_store(diagnostic = false)]
    pub(crate) struct Plain {
        pub(crate) number: ::core::primitive::u64,
        pub(crate) text: ::std::string::String,
    }

    /// An enum with a parameter, and with a part under a condition.
    #[::ref_core::global_store(diagnostic = false)]
    pub(crate) enum Choice<T> {
        None,
        Some(T),
        #[cfg(not(doc))]
        Ok {
            list: ::std::vec::Vec<T>,
        },
    }
}

/// Each type, trait and variant of the prelude is shadowed, one by one.
mod shadowed {
    #![allow(dead_code, reason = "what shadows is not for use")]

    macro_rules! shadow {
        ($($name:ident)*) => { $(struct $name;)* };
    }
    shadow! { Result Option Vec Send Sync Sized Serialize Deserialize Stored Ref RefMut Schema String Default Copy Self_ }
    shadow! { Unpin Drop Fn FnMut FnOnce AsyncFn AsyncFnMut AsyncFnOnce Box ToOwned Clone PartialEq PartialOrd Eq Ord }
    shadow! { AsRef AsMut Into From TryFrom TryInto Iterator Extend IntoIterator DoubleEndedIterator ToString }
    shadow! { ExactSizeIterator FromIterator Future IntoFuture Some None Ok Err }
    mod serde {}
    mod core {}
    mod std {}
    mod alloc {}
    mod ref_core {}
    #[allow(non_upper_case_globals, reason = "a constant in place of a local variable")]
    const schema: () = ();
    #[allow(non_upper_case_globals, reason = "a constant in place of a local variable")]
    const shape: () = ();

    /// A struct with named fields.
    #[::ref_core::global_store(codec = ::ref_core::codec::Bincode)]
    pub(crate) struct Plain {
        pub(crate) number: ::core::primitive::u64,
        pub(crate) text: ::std::string::String,
    }

    /// A struct with an earlier definition.
    #[::ref_core::global_store(name = "Plain", version = 2, from = Plain, codec = ::ref_core::codec::Bincode)]
    pub(crate) struct Later {
        pub(crate) number: ::core::primitive::u64,
        #[cfg(not(doc))]
        pub(crate) more: ::core::primitive::u8,
    }

    impl ::std::convert::From<Plain> for Later {
        fn from(old: Plain) -> Self {
            Self { number: old.number, more: 0 }
        }
    }

    /// An enum with parameters and with every kind of variant.
    #[::ref_core::global_store(codec = ::ref_core::codec::Bincode)]
    pub(crate) enum Choice<T, const N: usize> {
        None,
        Some(T, [u8; 3]),
        Ok { list: ::std::vec::Vec<T> },
    }
}

/// The dependency has another name, and `ref_core` means something else.
mod elsewhere {
    #[allow(unused_imports, reason = "it is there to be in the way")]
    use core as ref_core;

    /// A type that names the dependency by the option `crate`.
    #[renamed::global_store(crate = ::renamed)]
    #[derive(Debug)]
    pub(crate) struct Elsewhere {
        pub(crate) number: u64,
    }
}

/// The re-export that a library that wraps `ref_core` would have.
#[doc(hidden)]
pub use ref_core as wrapped;

macro_rules! store_by_macro {
    ($(#[$meta:meta])* $vis:vis struct $name:ident<$param:ident> { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[$crate::wrapped::global_store(crate = $crate::wrapped)]
        $vis struct $name<$param> {
            $($field: $type,)*
            wrapped: Option<Box<$crate::hygiene_of_paths::Leaf>>,
        }
    };
}

/// The module that a `$crate` path in a field leads to.
pub mod hygiene_of_paths {
    /// A leaf.
    #[ref_core::global_store]
    #[derive(Debug, Clone)]
    pub struct Leaf;
}

store_by_macro! {
    /// A struct that `macro_rules!` makes.
    #[derive(Debug)]
    pub struct FromMacro<T> { first: T, rest: Vec<T>, }
}

/// A type with derives before and after the attribute, with documentation and a raw name.
#[derive(Debug)]
#[global_store]
#[derive(Clone, PartialEq, Default)]
#[must_use]
#[allow(non_camel_case_types, reason = "for the sake of the keyword")]
pub struct r#struct {
    /// A field with a raw name.
    pub r#type: u64,
    private: u8,
    #[cfg(test)]
    tested: u8,
    #[cfg(not(test))]
    tested: NoSuchType,
}

/// A type with bounds, defaults, constants and a where clause.
#[global_store]
#[derive(Debug, Clone)]
pub struct Bounded<T: Clone = u32, U = Vec<T>, const N: usize = 2>
where
    U: IntoIterator<Item = T>,
    for<'a> &'a T: Clone,
{
    all: U,
    first: Option<T>,
    second: Option<T>,
    boxed: Box<T>,
    item: Option<U::Item>,
    parent: Option<Box<Self>>,
}

/// Two types that contain each other.
#[global_store]
#[derive(Debug, Default)]
pub struct Branch<T> {
    leaves: Vec<Twig<T>>,
}

/// Two types that contain each other.
#[global_store]
#[derive(Debug)]
pub enum Twig<T> {
    /// A variant with a value.
    Leaf(T),
    /// A variant with a branch.
    Branch {
        /// The branch.
        branch: Branch<T>,
    },
    /// A variant that is not compiled.
    #[cfg(not(test))]
    Missing(NoSuchType),
}

/// A type with the options `handles`, `name` and `version`.
#[global_store(handles = false, name = "plain", version = 3)]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Bare(u8, #[serde(rename = "x")] u16);

/// A type that has serde's traits and is not `Stored`.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Foreign<T>(T);

/// A type with fields that have options.
#[global_store]
#[derive(Debug)]
pub struct Special<T> {
    #[global_store(opaque)]
    foreign: Foreign<T>,
    #[global_store(skip)]
    cache: Option<std::sync::OnceLock<T>>,
    late: T,
    #[global_store(with = by_hand)]
    instant: Moment,
}

/// A type without serde's traits.
#[derive(Debug)]
pub struct Moment(u64);

mod by_hand {
    use super::Moment;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(moment: &Moment, serializer: S) -> Result<S::Ok, S::Error> {
        moment.0.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        u64::deserialize(deserializer).map(Moment)
    }
}

/// A type with names that generated code could use.
#[global_store]
#[derive(Debug)]
pub struct Named<A, const N: usize> {
    #[allow(non_snake_case, reason = "for the sake of the name")]
    __whole: A,
    __schema: Vec<A>,
    __shape: [u8; 1],
}

/// A type with a deprecated field.
#[global_store]
#[derive(Debug)]
pub struct Old {
    /// The deprecated field.
    #[deprecated]
    pub old: u8,
}

fn is_stored<T: Stored>() -> String {
    Schema::of::<T>().to_string()
}

#[test]
fn everything_above_is_stored() {
    assert_eq!(is_stored::<bare::Plain>(), "Plain@1{number:u64,text:String}");
    assert_eq!(is_stored::<bare::Choice<u8>>(), "Choice<u8>@1{None:{},Some:{0:u8},Ok:{list:Vec<u8>}}");
    assert_eq!(is_stored::<shadowed::Plain>(), "Plain@1{number:u64,text:String}");
    assert_eq!(
        is_stored::<shadowed::Choice<u8, 7>>(),
        "Choice<u8,7>@1{None:{},Some:{0:u8,1:array<u8,3>},Ok:{list:Vec<u8>}}"
    );
    assert_eq!(is_stored::<elsewhere::Elsewhere>(), "Elsewhere@1{number:u64}");
    assert_eq!(is_stored::<FromMacro<u8>>(), "FromMacro<u8>@1{first:u8,rest:Vec<u8>,wrapped:Option<Leaf@1{}>}");
    assert_eq!(is_stored::<r#struct>(), "struct@1{type:u64,private:u8,tested:u8}");
    assert_eq!(
        is_stored::<Bounded>(),
        "Bounded<u32,Vec<u32>,2>@1{all:Vec<u32>,first:Option<u32>,second:Option<u32>,boxed:u32,item:Option<u32>,parent:Option<#0>}"
    );
    assert_eq!(is_stored::<Branch<u8>>(), "Branch<u8>@1{leaves:Vec<Twig<u8>@1{Leaf:{0:u8},Branch:{branch:#0}}>}");
    assert_eq!(
        is_stored::<Special<u8>>(),
        "Special<u8>@1{foreign:Opaque<Foreign<u8>>,cache:skipped,late:u8,instant:with}"
    );
    assert_eq!(is_stored::<Named<u8, 4>>(), "Named<u8,4>@1{__whole:u8,__schema:Vec<u8>,__shape:array<u8,1>}");
    assert_eq!(is_stored::<Bare>(), "plain@3{0:u8,1:u16}");
}

#[test]
fn handles_have_names() {
    let mut value = r#struct { r#type: 1, private: 2, tested: 3 };
    let structFieldsMut { r#type, mut private, .. } = RefMut::fields(structs_mut(&mut value));
    *private += u8::try_from(*r#type).unwrap();
    let handle: structRef<'_> = ref_core::__private::borrow(&value);
    let structFields { r#type, private, tested } = Ref::fields(handle);
    assert_eq!((*r#type, *private, *tested), (1, 3, 3));
}

fn structs_mut(value: &mut r#struct) -> structRefMut<'_> {
    ref_core::__private::borrow_mut(value)
}

#[test]
fn a_type_local_to_a_function_is_stored() {
    #[global_store]
    #[derive(Debug)]
    struct Local<T> {
        value: T,
    }
    let describe = || {
        #[global_store]
        struct Inner(u8);
        is_stored::<(Inner, Local<u8>)>()
    };
    assert_eq!(describe(), "(Inner@1{0:u8},Local<u8>@1{value:u8})");
    let local = Local { value: 1 };
    let LocalFields { value } = Ref::fields(ref_core::__private::borrow::<Local<i32>>(&local));
    assert_eq!(*value, 1);
}
