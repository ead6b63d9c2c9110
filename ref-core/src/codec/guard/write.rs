//! Writing under the guard. Every serializer is wrapped, and every part of a value.

use super::{Guard, Level, Violation, note};
use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::fmt::Display;

/// A value that is written under the guard.
pub(crate) struct GuardedRef<'v, T: ?Sized>(pub(crate) &'v T);

impl<T: Serialize + ?Sized> Serialize for GuardedRef<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let guard = Guard::new();
        let written = self.0.serialize(GuardedSerializer { inner, level: guard.top(), in_some: false });
        guard.close();
        written
    }
}

/// A part of the value.
struct GuardedPart<'v, 'g, T: ?Sized> {
    value: &'v T,
    level: Level<'g>,
    in_some: bool,
}

impl<T: Serialize + ?Sized> Serialize for GuardedPart<'_, '_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(GuardedSerializer { inner, level: self.level, in_some: self.in_some })
    }
}

struct GuardedSerializer<'g, S> {
    inner: S,
    level: Level<'g>,
    /// Whether the value is in a `Some`, directly or in newtypes.
    in_some: bool,
}

impl<'g, S: Serializer> GuardedSerializer<'g, S> {
    #[inline]
    fn down(&self) -> Result<Level<'g>, S::Error> {
        self.level.down().map_err(S::Error::custom)
    }

    #[inline]
    fn same(&self) -> Result<Level<'g>, S::Error> {
        Ok(self.level)
    }

    /// Refuses a value that is written as `None` is, if the value is in a `Some`.
    #[inline]
    fn fills_some(&self) -> Result<(), S::Error> {
        if self.in_some { Err(S::Error::custom(note(Violation::EmptySome))) } else { Ok(()) }
    }

    /// Goes one level down, and counts `len` elements. Elements of unknown number are counted when they come.
    #[inline]
    fn elements(&self, len: Option<usize>) -> Result<Level<'g>, S::Error> {
        let level = self.down()?;
        level.count(len.unwrap_or(0)).map_err(S::Error::custom)?;
        Ok(level)
    }
}

macro_rules! leaf {
    ($($method:ident($type:ty);)+) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        }
    )+};
}

/// Makes methods for values of `len` parts. `$level` says whether the parts are one level down, and `$of` is the name
/// of the whole in an error.
macro_rules! compound {
    ($level:ident $($method:ident($($name:ident: $type:ty),*) -> $compound:ident of $of:expr;)+) => {$(
        #[inline]
        fn $method(self, $($name: $type,)* len: usize) -> Result<Self::$compound, S::Error> {
            let level = self.$level()?;
            Ok(GuardedParts::new(self.inner.$method($($name,)* len)?, level, $of, Some(len)))
        }
    )+};
}

impl<'g, S: Serializer> Serializer for GuardedSerializer<'g, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = GuardedParts<'g, S::SerializeSeq>;
    type SerializeTuple = GuardedParts<'g, S::SerializeTuple>;
    type SerializeTupleStruct = GuardedParts<'g, S::SerializeTupleStruct>;
    type SerializeTupleVariant = GuardedParts<'g, S::SerializeTupleVariant>;
    type SerializeMap = GuardedParts<'g, S::SerializeMap>;
    type SerializeStruct = GuardedParts<'g, S::SerializeStruct>;
    type SerializeStructVariant = GuardedParts<'g, S::SerializeStructVariant>;

    leaf! {
        serialize_bool(bool); serialize_char(char); serialize_f32(f32); serialize_f64(f64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64); serialize_u128(u128);
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64); serialize_i128(i128);
        serialize_str(&str); serialize_bytes(&[u8]);
    }

    compound! { same
        serialize_tuple() -> SerializeTuple of "a tuple";
        serialize_struct(name: &'static str) -> SerializeStruct of name;
        serialize_tuple_struct(name: &'static str) -> SerializeTupleStruct of name;
    }

    compound! { down
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str)
            -> SerializeTupleVariant of variant;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str)
            -> SerializeStructVariant of variant;
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let level = self.elements(len)?;
        Ok(GuardedParts::new(self.inner.serialize_seq(len)?, level, "a sequence", len))
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let level = self.elements(len)?;
        Ok(GuardedParts::new(self.inner.serialize_map(len)?, level, "a map", len))
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.fills_some()?;
        self.inner.serialize_unit()
    }

    /// `MessagePack` writes a unit struct as a list without elements, and JSON writes it as `None`.
    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        if self.inner.is_human_readable() {
            self.fills_some()?;
        }
        self.inner.serialize_unit_struct(name)
    }

    /// Counts as a level, since a reader goes down before it knows that there is no value.
    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.down()?;
        self.fills_some()?;
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let level = self.down()?;
        self.inner.serialize_some(&GuardedPart { value, level, in_some: true })
    }

    /// Counts as a level, for the same reason as [`serialize_none`](Self::serialize_none).
    #[inline]
    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.down()?;
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &GuardedPart { value, level: self.level, in_some: self.in_some })
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let level = self.down()?;
        self.inner.serialize_newtype_variant(name, index, variant, &GuardedPart { value, level, in_some: false })
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// A value that is written part by part.
struct GuardedParts<'g, C> {
    inner: C,
    level: Level<'g>,
    /// The name of the whole in an error.
    of: &'static str,
    /// How many parts the value said that it has; `None` if it did not say.
    announced: Option<usize>,
    written: usize,
    /// Whether a key was written whose value was not.
    awaits_value: bool,
}

impl<'g, C> GuardedParts<'g, C> {
    #[inline]
    fn new(inner: C, level: Level<'g>, of: &'static str, announced: Option<usize>) -> Self {
        Self { inner, level, of, announced, written: 0, awaits_value: false }
    }

    #[inline]
    fn part<'v, T: ?Sized>(&mut self, value: &'v T) -> GuardedPart<'v, 'g, T> {
        self.written += 1;
        GuardedPart { value, level: self.level, in_some: false }
    }

    #[inline]
    fn count(&self) -> Result<(), Violation> {
        if self.announced.is_none() { self.level.count(1) } else { Ok(()) }
    }

    /// Notes that a key or a value comes next. Checks that keys and values alternate: in the bytes, nothing tells keys
    /// from values.
    #[inline]
    fn alternate(&mut self, is_key: bool) -> Result<(), Violation> {
        if self.awaits_value == is_key {
            return Err(note(Violation::Unpaired));
        }
        self.awaits_value = is_key;
        Ok(())
    }

    /// Checks that as many parts were written as the value announced.
    #[inline]
    fn whole(&self) -> Result<(), Violation> {
        match self.announced {
            Some(announced) if announced != self.written => {
                Err(note(Violation::Count { of: self.of, announced, written: self.written }))
            }
            _ => Ok(()),
        }
    }
}

macro_rules! end {
    () => {
        #[inline]
        fn end(self) -> Result<C::Ok, C::Error> {
            self.whole().map_err(C::Error::custom)?;
            self.inner.end()
        }
    };
}

macro_rules! parts {
    ($($trait:ident: $method:ident($($name:ident: $type:ty),*) $($skip:ident)?;)+) => {$(
        impl<C: $trait> $trait for GuardedParts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, $($name: $type,)* value: &T) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.$method($($name,)* &part)
            }

            $(fn $skip(&mut self, field: &'static str) -> Result<(), C::Error> {
                self.inner.$skip(field)
            })?

            end!();
        }
    )+};
}

parts! {
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(name: &'static str) skip_field;
    SerializeStructVariant: serialize_field(name: &'static str) skip_field;
}

impl<C: SerializeSeq> SerializeSeq for GuardedParts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.count().map_err(C::Error::custom)?;
        let part = self.part(value);
        self.inner.serialize_element(&part)
    }

    end!();
}

impl<C: SerializeMap> SerializeMap for GuardedParts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.count().and_then(|()| self.alternate(true)).map_err(C::Error::custom)?;
        let part = self.part(key);
        self.inner.serialize_key(&part)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.alternate(false).map_err(C::Error::custom)?;
        let part = GuardedPart { value, level: self.level, in_some: false };
        self.inner.serialize_value(&part)
    }

    #[inline]
    fn end(mut self) -> Result<C::Ok, C::Error> {
        self.alternate(true).and_then(|()| self.whole()).map_err(C::Error::custom)?;
        self.inner.end()
    }
}
