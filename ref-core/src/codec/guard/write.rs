//! Writing under the guard: every serializer and value that can go deeper is wrapped.

use super::{Bound, Guard, Level};
use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::fmt::Display;

/// A value that is written within the bounds.
pub(crate) struct Item<'v, T: ?Sized>(pub(crate) &'v T);

impl<T: Serialize + ?Sized> Serialize for Item<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let guard = Guard::new();
        let written = self.0.serialize(Writer { inner, level: guard.top() });
        guard.close();
        written
    }
}

/// A part of the value.
struct Part<'v, 'g, T: ?Sized> {
    value: &'v T,
    level: Level<'g>,
}

impl<T: Serialize + ?Sized> Serialize for Part<'_, '_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Writer { inner, level: self.level })
    }
}

struct Writer<'g, S> {
    inner: S,
    level: Level<'g>,
}

impl<'g, S: Serializer> Writer<'g, S> {
    #[inline]
    fn down(&self) -> Result<Level<'g>, S::Error> {
        self.level.down().map_err(S::Error::custom)
    }

    #[inline]
    fn same(&self) -> Result<Level<'g>, S::Error> {
        Ok(self.level)
    }

    /// Goes down to `len` elements and counts them; if nobody knows how many, each is counted as it comes.
    #[inline]
    fn elements(&self, len: Option<usize>) -> Result<(Level<'g>, bool), S::Error> {
        let level = self.down()?;
        level.count(len.unwrap_or(0)).map_err(S::Error::custom)?;
        Ok((level, len.is_none()))
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

/// Methods for what has parts, and whether those are a level further down.
macro_rules! compound {
    ($level:ident $($method:ident($($name:ident: $type:ty),*) -> $compound:ident;)+) => {$(
        #[inline]
        fn $method(self, $($name: $type),*) -> Result<Self::$compound, S::Error> {
            let level = self.$level()?;
            Ok(Parts { inner: self.inner.$method($($name),*)?, level, each: false })
        }
    )+};
}

impl<'g, S: Serializer> Serializer for Writer<'g, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'g, S::SerializeSeq>;
    type SerializeTuple = Parts<'g, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'g, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'g, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'g, S::SerializeMap>;
    type SerializeStruct = Parts<'g, S::SerializeStruct>;
    type SerializeStructVariant = Parts<'g, S::SerializeStructVariant>;

    leaf! {
        serialize_bool(bool); serialize_char(char); serialize_f32(f32); serialize_f64(f64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64); serialize_u128(u128);
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64); serialize_i128(i128);
        serialize_str(&str); serialize_bytes(&[u8]); serialize_unit_struct(&'static str);
    }

    compound! { same
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
    }

    compound! { down
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant;
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let (level, each) = self.elements(len)?;
        Ok(Parts { inner: self.inner.serialize_seq(len)?, level, each })
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let (level, each) = self.elements(len)?;
        Ok(Parts { inner: self.inner.serialize_map(len)?, level, each })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    /// A level, though nothing is in it: who reads does not know that yet.
    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.down()?;
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let level = self.down()?;
        self.inner.serialize_some(&Part { value, level })
    }

    /// A level, as [`serialize_none`](Self::serialize_none).
    #[inline]
    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.down()?;
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Part { value, level: self.level })
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
        self.inner.serialize_newtype_variant(name, index, variant, &Part { value, level })
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

/// What is written part by part.
struct Parts<'g, C> {
    inner: C,
    level: Level<'g>,
    /// Whether each element is counted as it comes.
    each: bool,
}

impl<'g, C> Parts<'g, C> {
    #[inline]
    fn part<'v, T: ?Sized>(&self, value: &'v T) -> Part<'v, 'g, T> {
        Part { value, level: self.level }
    }

    #[inline]
    fn count(&self) -> Result<(), Bound> {
        if self.each { self.level.count(1) } else { Ok(()) }
    }
}

macro_rules! parts {
    ($($trait:ident: $($method:ident($($name:ident: $type:ty),*)),+;)+) => {$(
        impl<C: $trait> $trait for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            $(#[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, $($name: $type,)* value: &T) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.$method($($name,)* &part)
            })+

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )+};
}

parts! {
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(name: &'static str);
    SerializeStructVariant: serialize_field(name: &'static str);
}

impl<C: SerializeSeq> SerializeSeq for Parts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.count().map_err(C::Error::custom)?;
        let part = self.part(value);
        self.inner.serialize_element(&part)
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}

impl<C: SerializeMap> SerializeMap for Parts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.count().map_err(C::Error::custom)?;
        let part = self.part(key);
        self.inner.serialize_key(&part)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        let part = self.part(value);
        self.inner.serialize_value(&part)
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}
