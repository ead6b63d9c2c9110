//! `Stored` for the types of `nalgebra`. A matrix is stored by its columns.
//!
//! A [`Unit`] and a [`Rotation`] are read as they were written. As with the serde traits of `nalgebra`, nothing checks
//! that a `Unit` in hostile bytes has the length 1, or that the matrix of a `Rotation` is a rotation.

use super::converted::slice_as;
use super::slice;
use super::{Stored, built::ElementRef};
use crate::bulk::Slice;
use crate::schema::{Schema, Shape};
use nalgebra::base::storage::RawStorage;
use nalgebra::{
    ArrayStorage, Const, Dim, Isometry, Matrix, OPoint, Quaternion, Rotation, SMatrix, SVector, Scalar, Translation,
    Unit, VecStorage,
};
use serde::de::Error as _;
use serde::ser::SerializeTuple as _;
use serde::{Deserializer, Serializer};

/// A matrix whose size is known to the compiler is stored as an array of its columns.
impl<T: Stored, const R: usize, const C: usize> Stored for Matrix<T, Const<R>, Const<C>, ArrayStorage<T, R, C>> {
    fn describe(schema: &mut Schema) {
        schema.generic("SMatrix", |shape| {
            shape.elements::<T>();
            shape.constant(R);
            shape.constant(C);
        });
    }

    #[inline]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        slice::store_array(&self.data.0, to)
    }

    #[inline]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        slice::restore_array(from).map(|columns| Self::from_data(ArrayStorage(columns)))
    }

    const SLICE: Option<Slice<Self>> =
        slice_as!([[T; R]; C]: matrix => matrix.data.0, |columns| Self::from_data(ArrayStorage(columns)));
}

/// Any other matrix is stored as its number of rows, its number of columns, and its elements by columns.
impl<T: Stored, R: Dim, C: Dim> Stored for Matrix<T, R, C, VecStorage<T, R, C>>
where
    VecStorage<T, R, C>: RawStorage<T, R, C>,
{
    fn describe(schema: &mut Schema) {
        schema.generic("Matrix", |shape| {
            shape.elements::<T>();
            extent::<R>(shape);
            extent::<C>(shape);
        });
    }

    #[inline]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (rows, columns) = self.shape();
        let mut tuple = to.serialize_tuple(3)?;
        tuple.serialize_element(&ElementRef(&rows))?;
        tuple.serialize_element(&ElementRef(&columns))?;
        tuple.serialize_element(&ElementRef(self.data.as_vec()))?;
        tuple.end()
    }

    #[inline]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (rows, columns, elements) = <(usize, usize, Vec<T>)>::restore(from)?;
        let fits = is_extent::<R>(rows) && is_extent::<C>(columns) && rows.checked_mul(columns) == Some(elements.len());
        match fits {
            true => Ok(Self::from_data(VecStorage::new(R::from_usize(rows), C::from_usize(columns), elements))),
            false => Err(D::Error::custom(format_args!(
                "a matrix of {rows} rows and {columns} columns does not have {} elements, or is not of this type",
                elements.len()
            ))),
        }
    }
}

/// Writes the number of rows or columns to a description, or `Dyn` if the type does not fix the number.
fn extent<D: Dim>(shape: &mut Shape<'_>) {
    match D::try_to_usize() {
        Some(extent) => shape.constant(extent),
        None => shape.constant("Dyn"),
    }
}

fn is_extent<D: Dim>(number: usize) -> bool {
    D::try_to_usize().is_none_or(|extent| extent == number)
}

/// Implements `Stored` for types that are stored as a vector or a matrix is.
macro_rules! wrapped {
    ($($type:ty, $name:literal $([$D:ident])? as $inner:ty: $value:ident => $place:expr, $make:expr;)+) => {$(
        impl<T: Stored + Scalar $(, const $D: usize)?> Stored for $type {
            fn describe(schema: &mut Schema) {
                schema.generic($name, |shape| {
                    shape.elements::<T>();
                    $(shape.constant($D);)?
                });
            }

            #[inline]
            fn store<Z: Serializer>(&self, to: Z) -> Result<Z::Ok, Z::Error> {
                let $value = self;
                <$inner>::store(&$place, to)
            }

            #[inline]
            fn restore<'de, Z: Deserializer<'de>>(from: Z) -> Result<Self, Z::Error> {
                <$inner>::restore(from).map($make)
            }

            const SLICE: Option<Slice<Self>> = slice_as!($inner: $value => $place, $make);
        }
    )+};
}

wrapped! {
    OPoint<T, Const<D>>, "Point" [D] as SVector<T, D>: point => point.coords, |coords| Self { coords };
    Translation<T, D>, "Translation" [D] as SVector<T, D>: shift => shift.vector, |vector| Self { vector };
    Rotation<T, D>, "Rotation" [D] as SMatrix<T, D, D>: rotation => *rotation.matrix(), Self::from_matrix_unchecked;
    Quaternion<T>, "Quaternion" as SVector<T, 4>: number => number.coords, |coords| Self { coords };
}

impl<T: Stored> Stored for Unit<T> {
    fn describe(schema: &mut Schema) {
        schema.generic("Unit", |shape| shape.arg::<T>());
    }

    #[inline]
    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_ref().store(to)
    }

    #[inline]
    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::restore(from).map(Self::new_unchecked)
    }

    const SLICE: Option<Slice<Self>> = slice_as!(T: unit => *unit.as_ref(), Self::new_unchecked);
}

impl<T: Stored + Scalar, R: Stored, const D: usize> Stored for Isometry<T, R, D> {
    fn describe(schema: &mut Schema) {
        schema.generic("Isometry", |shape| {
            shape.arg::<T>();
            shape.arg::<R>();
            shape.constant(D);
        });
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut tuple = to.serialize_tuple(2)?;
        tuple.serialize_element(&ElementRef(&self.translation))?;
        tuple.serialize_element(&ElementRef(&self.rotation))?;
        tuple.end()
    }

    fn restore<'de, Z: Deserializer<'de>>(from: Z) -> Result<Self, Z::Error> {
        <(Translation<T, D>, R)>::restore(from).map(|(translation, rotation)| Self { rotation, translation })
    }
}
