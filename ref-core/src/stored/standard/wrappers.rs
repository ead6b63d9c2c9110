//! `Stored` for options, boxes, tuples, ranges, and for the other types of the standard library that wrap values.

use crate::bulk::Slice;
use crate::codec::{CodecOf, guard};
use crate::schema::Schema;
use crate::stored::built::{
    Built, Content, Definition, FieldDefinition, PartReader, Restored, SomeRef, Storing, VariantDefinition,
    VariantKind, newtype_variant, no_arguments, restore_enum, restore_named, structure, unit_variant, unknown_variant,
};
use crate::stored::converted::slice_as;
use crate::stored::{Stored, described};
use crate::sync::Arc;
use serde::de::{self, Deserialize as _, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{SerializeTuple as _, Serializer};
use std::cmp::Reverse;
use std::fmt;
use std::marker::PhantomData;
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, Range, RangeFrom, RangeInclusive, RangeTo};

#[diagnostic::do_not_recommend]
impl Stored for () {
    fn describe(schema: &mut Schema) {
        schema.primitive("()");
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <()>::deserialize(from)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Stored> Stored for PhantomData<T> {
    fn describe(schema: &mut Schema) {
        schema.generic_of("PhantomData", const { described::<T>() });
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <()>::deserialize(from).map(|()| Self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Stored> Stored for Option<T> {
    fn describe(schema: &mut Schema) {
        schema.generic_of("Option", const { described::<T>() });
    }

    /// A `None` counts as a level, since a reader goes down before it knows that there is no value.
    #[inline]
    #[expect(
        clippy::question_mark,
        reason = "`?` would be compiled for each type, as a destructor that goes up would be"
    )]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let to = match guard::down_to_write(to) {
            Ok(to) => to,
            Err(error) => return Err(error),
        };
        let written = match self {
            Some(value) => to.serialize_some(&SomeRef(value)),
            None => to.serialize_none(),
        };
        guard::up();
        written
    }

    #[inline]
    #[expect(
        clippy::question_mark,
        reason = "`?` would be compiled for each type, as a destructor that goes up would be"
    )]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let from = match guard::down_to_read(from) {
            Ok(from) => from,
            Err(error) => return Err(error),
        };
        let read = from.deserialize_option(OptionVisitor(PhantomData));
        guard::up();
        read
    }
}

struct OptionVisitor<T>(PhantomData<T>);

impl<'de, T: Stored> Visitor<'de> for OptionVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an option")
    }

    #[inline]
    fn visit_none<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    #[inline]
    fn visit_unit<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<T>, D::Error> {
        // `map` would be compiled for each type.
        match T::restore(from) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(error),
        }
    }
}

/// Implements `Stored` for a pointer that is described as its value is, and so is stored as its value is: alone, in
/// lists, and by the same codec.
macro_rules! pointer {
    ($($type:ident)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Stored> Stored for $type<T> {
            fn describe(schema: &mut Schema) {
                schema.same_as::<T>();
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                T::store(self, to)
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                match T::restore(from) {
                    Ok(value) => Ok(Self::new(value)),
                    Err(error) => Err(error),
                }
            }

            fn codec() -> CodecOf<Self> {
                CodecOf::of_pointer::<T>()
            }

            const SLICE: Option<Slice<Self>> = slice_as!(T: value => **value, Self::new);
        }
    )+};
}

pointer! { Box Arc }

/// Implements `Stored` for a wrapper that has a name of its own. Alone, it is written as its value is.
macro_rules! wrapper {
    ($($type:ident)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Stored> Stored for $type<T> {
            fn describe(schema: &mut Schema) {
                schema.generic_of(stringify!($type), const { described::<T>() });
            }

            #[inline]
            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                T::store(&self.0, to)
            }

            #[inline]
            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                match T::restore(from) {
                    Ok(value) => Ok(Self(value)),
                    Err(error) => Err(error),
                }
            }
        }
    )+};
}

wrapper! { Reverse Wrapping Saturating }

/// Implements `Stored` for tuples.
macro_rules! tuple {
    ($count:literal: $($part:ident $nth:tt)+) => {
        #[diagnostic::do_not_recommend]
        impl<$($part: Stored),+> Stored for ($($part,)+) {
            fn describe(schema: &mut Schema) {
                schema.tuple(|shape| { $(shape.arg::<$part>();)+ });
            }

            fn store<Z: Serializer>(&self, to: Z) -> Result<Z::Ok, Z::Error> {
                let mut tuple = to.serialize_tuple($count)?;
                $(tuple.serialize_element(&Storing(&self.$nth))?;)+
                tuple.end()
            }

            fn restore<'de, Z: Deserializer<'de>>(from: Z) -> Result<Self, Z::Error> {
                from.deserialize_tuple($count, TupleVisitor::<Self>(PhantomData))
            }
        }

        impl<'de, $($part: Stored),+> Visitor<'de> for TupleVisitor<($($part,)+)> {
            type Value = ($($part,)+);

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("a tuple of ", $count))
            }

            fn visit_seq<Z: SeqAccess<'de>>(self, mut access: Z) -> Result<Self::Value, Z::Error> {
                Ok(($(match access.next_element::<Restored<$part>>()? {
                    Some(read) => read.0,
                    None => return Err(Z::Error::invalid_length($nth, &self)),
                },)+))
            }
        }
    };
}

struct TupleVisitor<T>(PhantomData<T>);

tuple! { 1: A 0 }
tuple! { 2: A 0 B 1 }
tuple! { 3: A 0 B 1 C 2 }
tuple! { 4: A 0 B 1 C 2 D 3 }
tuple! { 5: A 0 B 1 C 2 D 3 E 4 }
tuple! { 6: A 0 B 1 C 2 D 3 E 4 F 5 }
tuple! { 7: A 0 B 1 C 2 D 3 E 4 F 5 G 6 }
tuple! { 8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 }
tuple! { 9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 }
tuple! { 10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 }
tuple! { 11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 }
tuple! { 12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 }

const fn field<T: Stored>(name: &'static str) -> FieldDefinition {
    FieldDefinition { name, content: Content::of::<T>() }
}

const fn definition(
    name: &'static str,
    variants: &'static [VariantDefinition],
    variant_names: &'static [&'static str],
) -> Definition {
    Definition {
        name,
        version: 1,
        arguments: no_arguments,
        is_enum: !variant_names.is_empty(),
        variants,
        variant_names,
    }
}

/// Implements `Stored` for ranges, as structs.
macro_rules! range {
    ($($name:ident<T>($($field:ident: $get:expr),+) $make:expr;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Stored> Stored for $name<T> {
            fn describe(schema: &mut Schema) {
                schema.generic_of(stringify!($name), const { described::<T>() });
            }

            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                structure(to, Self::DEFINITION, &[$({ let get: fn(&Self) -> &T = $get; get(self) }),+])
            }

            fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                restore_named(from)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Stored> Built for $name<T> {
            const DEFINITION: &'static Definition = &definition(
                stringify!($name),
                &[VariantDefinition {
                    name: "",
                    kind: VariantKind::Named,
                    stored: &[$(stringify!($field)),+],
                    fields: &[$(field::<T>(stringify!($field))),+],
                }],
                &[],
            );

            fn build<'de, P: PartReader<'de>>(_: u32, from: &mut P) -> Result<Self, P::Error> {
                $(let $field = from.part()?;)+
                Ok($make)
            }
        }
    )+};
}

range! {
    Range<T>(start: |range| &range.start, end: |range| &range.end) start..end;
    RangeInclusive<T>(start: Self::start, end: Self::end) start..=end;
    RangeFrom<T>(start: |range| &range.start) start..;
    RangeTo<T>(end: |range| &range.end) ..end;
}

const fn newtype<T: Stored>(name: &'static str) -> VariantDefinition {
    VariantDefinition { name, kind: VariantKind::Newtype, stored: &["0"], fields: &const { [field::<T>("0")] } }
}

#[diagnostic::do_not_recommend]
impl<T: Stored, E: Stored> Stored for Result<T, E> {
    fn describe(schema: &mut Schema) {
        schema.generic("Result", |shape| {
            shape.arg::<T>();
            shape.arg::<E>();
        });
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Ok(value) => newtype_variant(to, Self::DEFINITION, 0, value),
            Err(error) => newtype_variant(to, Self::DEFINITION, 1, error),
        }
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        restore_enum(from)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Stored, E: Stored> Built for Result<T, E> {
    const DEFINITION: &'static Definition =
        &definition("Result", &[newtype::<T>("Ok"), newtype::<E>("Err")], &["Ok", "Err"]);

    fn build<'de, P: PartReader<'de>>(variant: u32, from: &mut P) -> Result<Self, P::Error> {
        match variant {
            0 => from.part().map(Ok),
            1 => from.part().map(Err),
            _ => unknown_variant(from, variant),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Stored> Stored for Bound<T> {
    fn describe(schema: &mut Schema) {
        schema.generic_of("Bound", const { described::<T>() });
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unbounded => unit_variant(to, Self::DEFINITION, 0),
            Self::Included(value) => newtype_variant(to, Self::DEFINITION, 1, value),
            Self::Excluded(value) => newtype_variant(to, Self::DEFINITION, 2, value),
        }
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        restore_enum(from)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Stored> Built for Bound<T> {
    const DEFINITION: &'static Definition = &definition(
        "Bound",
        &[
            VariantDefinition { name: "Unbounded", kind: VariantKind::Unit, stored: &[], fields: &[] },
            newtype::<T>("Included"),
            newtype::<T>("Excluded"),
        ],
        &["Unbounded", "Included", "Excluded"],
    );

    fn build<'de, P: PartReader<'de>>(variant: u32, from: &mut P) -> Result<Self, P::Error> {
        match variant {
            0 => Ok(Self::Unbounded),
            1 => from.part().map(Self::Included),
            2 => from.part().map(Self::Excluded),
            _ => unknown_variant(from, variant),
        }
    }
}
