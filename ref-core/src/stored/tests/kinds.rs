//! All kinds of structs and enums, as `#[global_store]` stores them.

use super::super::{Opaque, Schema, Stored};
use super::written::{ROOMY, body, codecs, json, positional, stored};
use crate::error::ErrorKind;
use crate::global_store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

/// Checks that `value` is read as it was written, and that `text` is its JSON.
fn seen<T: Stored + PartialEq + Debug>(value: T, text: &str) {
    assert_eq!(json(&value), text);
    let _description = stored(value);
}

/// A type with attributes of serde, which change nothing in a store.
#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    an_id: Option<u64>,
    r#type: String,
    #[serde(skip)]
    cache: u8,
    #[serde(flatten)]
    more: BTreeMap<String, u8>,
}

impl Default for Named {
    fn default() -> Self {
        unreachable!("a store takes no default")
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[global_store(crate = crate, handles = false)]
#[serde(transparent)]
struct Newtype(Vec<f64>);

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Both(u8, char);

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Unit;

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Braces {}

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Parentheses();

#[derive(Debug, PartialEq)]
#[global_store(crate = crate, handles = false)]
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Any {
    Nothing,
    #[serde(skip)]
    One(u8),
    Two(u8, String),
    Fields {
        x: Vec<u8>,
        y: [f64; 3],
    },
    NoParts(),
    NoFields {},
}

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
enum Never {}

#[test]
fn every_kind_comes_back_whatever_its_serde_attributes() {
    let named = Named { an_id: None, r#type: "t".into(), cache: 7, more: BTreeMap::from([("a".into(), 1)]) };
    seen(named, r#"{"an_id":null,"type":"t","cache":7,"more":{"a":1}}"#);
    seen(Newtype(vec![1.5]), "[1.5]");
    seen(Both(1, '\u{e9}'), "[1,\"\u{e9}\"]");
    seen(Unit, "null");
    seen(Braces {}, "{}");
    seen(Parentheses(), "[]");
    seen(Any::Nothing, r#""Nothing""#);
    seen(Any::One(1), r#"{"One":1}"#);
    seen(Any::Two(1, "x".into()), r#"{"Two":[1,"x"]}"#);
    seen(Any::Fields { x: vec![1, 2], y: [1.0; 3] }, r#"{"Fields":{"x":[1,2],"y":[1.0,1.0,1.0]}}"#);
    seen(Any::NoParts(), r#"{"NoParts":[]}"#);
    seen(Any::NoFields {}, r#"{"NoFields":{}}"#);
    seen(vec![Some(Any::Nothing), None], r#"["Nothing",null]"#);
    let _description = stored(None::<Never>);
}

/// A generic type with a `PhantomData` of its type parameters.
#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Generic<A, B, const N: usize>
where
    A: Clone,
{
    a: A,
    b: [Vec<B>; N],
    marker: PhantomData<(A, B)>,
}

#[test]
fn generic_types_come_back() {
    let value = Generic { a: 1_u8, b: [vec![0.5_f64], vec![]], marker: PhantomData };
    seen(value, r#"{"a":1,"b":[[0.5],[]],"marker":null}"#);
    assert!(Schema::of::<Generic<u8, f64, 2>>().to_string().starts_with("Generic<u8,f64,2>@1{a:u8,"));
}

/// A type that is not `Stored` and has none of serde's traits.
#[derive(Clone, Debug, Default, PartialEq)]
struct Unknown;

/// A parameter that only a skipped field names is no part of the type's name.
#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Id<T> {
    raw: u64,
    #[global_store(skip)]
    of: PhantomData<T>,
}

#[test]
fn a_skipped_field_is_its_default_and_is_named_in_the_description() {
    assert_eq!(stored(Id::<Unknown> { raw: 7, of: PhantomData }), "Id@1{raw:u64,of:skipped}");

    #[global_store(crate = crate, handles = false)]
    #[derive(Debug, PartialEq)]
    enum Kept {
        Both(u8, #[global_store(skip)] Option<u8>),
        Gone(#[global_store(skip)] u8),
    }
    for codec in codecs::<Kept>() {
        let read = |value: &Kept| codec.decode(codec.id(), &body(value, codec).unwrap(), ROOMY).unwrap();
        assert_eq!(read(&Kept::Both(1, Some(2))), Kept::Both(1, None));
        assert_eq!(read(&Kept::Gone(3)), Kept::Gone(0));
    }
}

/// A tuple struct without the field in its middle, and with a field that is skipped under a condition.
#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Conditional(u8, #[cfg(any())] NoSuchType, u16, #[cfg_attr(test, global_store(skip))] u32);

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
enum Conditions {
    #[cfg(any())]
    Missing(NoSuchType),
    There {
        #[cfg(any())]
        missing: NoSuchType,
        #[cfg(test)]
        there: u8,
    },
}

#[test]
fn what_a_condition_takes_out_is_not_there() {
    assert_eq!(stored(Conditional(1, 2, 0)), "Conditional@1{0:u8,1:u16,2:skipped}");
    assert_eq!(stored(Conditions::There { there: 1 }), "Conditions@1{There:{there:u8}}");
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Foreign<T> {
    #[serde(rename = "Q")]
    q: T,
}

#[derive(Debug, PartialEq)]
struct Moment(u64);

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

#[global_store(crate = crate, handles = false)]
#[derive(Debug, PartialEq)]
struct Other<T> {
    #[global_store(opaque)]
    foreign: Foreign<u8>,
    #[global_store(opaque)]
    generic: Foreign<T>,
    #[global_store(with = by_hand)]
    moment: Moment,
    all: (u8, String),
}

#[test]
fn opaque_fields_and_fields_with_functions_come_back() {
    let other =
        Other { foreign: Foreign { q: 1 }, generic: Foreign { q: 2_u16 }, moment: Moment(3), all: (4, "a".into()) };
    assert_eq!(json(&other), r#"{"foreign":{"Q":1},"generic":{"Q":2},"moment":3,"all":[4,"a"]}"#);
    assert_eq!(
        stored(other),
        "Other<u16>@1{foreign:Opaque<Foreign<u8>>,generic:Opaque<Foreign<u16>>,moment:with,all:(u8,String)}"
    );
    assert_eq!(stored(vec![Opaque(Foreign { q: 1_u8 })]), "Vec<Opaque<Foreign<u8>>>");
}

/// An opaque type is described and written as an opaque field of that type is: `opaque` can be moved from the fields to
/// the type, and back.
#[test]
fn an_opaque_type_is_stored_as_an_opaque_field_is() {
    mod at_the_fields {
        use super::*;

        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub(super) enum Uri {
            Number(u16),
            Text(String),
        }

        #[global_store(crate = crate, handles = false)]
        #[derive(Debug, PartialEq)]
        pub(super) struct Link {
            #[global_store(opaque)]
            pub(super) to: Uri,
            pub(super) hits: u8,
        }
    }

    #[global_store(crate = crate, opaque)]
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Uri {
        Number(u16),
        Text(String),
    }

    #[global_store(crate = crate, handles = false)]
    #[derive(Debug, PartialEq)]
    struct Link {
        to: Uri,
        hits: u8,
    }

    #[global_store(crate = crate, opaque, handles = false)]
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Page<T>(Vec<T>);

    let own = Link { to: Uri::Text("a:b".into()), hits: 1 };
    let at_the_field = at_the_fields::Link { to: at_the_fields::Uri::Text("a:b".into()), hits: 1 };
    for (here, there) in positional().zip(positional()) {
        assert_eq!(body(&own, here).unwrap(), body(&at_the_field, there).unwrap());
    }
    assert_eq!(stored(at_the_field), "Link@1{to:Opaque<Uri>,hits:u8}");
    assert_eq!(stored(own), "Link@1{to:Opaque<Uri>,hits:u8}");
    assert_eq!(stored(Uri::Number(7)), "Opaque<Uri>");
    assert_eq!(stored(vec![Page(vec![1_u8])]), "Vec<Opaque<Page<u8>>>");
}

#[test]
fn a_packed_struct_is_copied() {
    #[global_store(crate = crate, handles = false)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(C, packed)]
    struct Packed {
        a: u8,
        b: u64,
    }
    assert_eq!(stored(Packed { a: 1, b: 2 }), "Packed@1{a:u8,b:u64}");
}

#[test]
fn people_get_fields_by_name_in_their_order() {
    #[global_store(crate = crate, handles = false)]
    #[derive(Debug, PartialEq)]
    struct Two {
        a: u8,
        b: u8,
    }
    let codec = codecs::<Two>().pop().unwrap();
    let read = |text: &str| codec.decode(codec.id(), text.as_bytes(), ROOMY).map_err(|error| error.to_string());
    assert_eq!(read(r#"{"a":1,"b":2}"#), Ok(Two { a: 1, b: 2 }));
    for wrong in [r#"{"b":2,"a":1}"#, r#"{"a":1}"#, r#"{"a":1,"b":2,"c":3}"#, "[1]", "[1,2,3]", "1"] {
        assert!(read(wrong).unwrap_err().starts_with("text cannot decode the value"), "{wrong}");
    }
}

#[test]
fn a_variant_that_there_is_not_is_refused() {
    for codec in positional::<Any>() {
        let error = codec.decode(codec.id(), &[6], ROOMY).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Decode);
    }
    let codec = codecs::<Any>().pop().unwrap();
    assert!(codec.decode(codec.id(), br#""Nobody""#, ROOMY).is_err());
    for codec in codecs::<Never>() {
        assert!(codec.decode(codec.id(), &[0], ROOMY).is_err());
    }
}

/// A type whose `restore` reads a number of another width than its `store` writes.
#[derive(Debug)]
struct Lopsided;

impl Stored for Lopsided {
    fn describe(schema: &mut Schema) {
        schema.primitive("Lopsided");
    }

    fn store<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (7_u8, 7_u8).store(to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u8::restore(from).map(|_| Self)
    }
}

#[test]
fn a_type_that_does_not_read_what_it_writes_is_told_where_to_look() {
    for codec in codecs::<Lopsided>() {
        let error = codec.decode(codec.id(), &body(&Lopsided, codec).unwrap(), ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("see whether `Stored::restore` of the type"), "{error}");
    }
}
