//! `Stored` for the types of `ndarray`. An array is stored as its shape and its elements, in the order of their
//! indices: the order of the elements in memory is no part of the value.

use super::Stored;
use super::built::ElementRef;
use super::converted::append;
use super::slice;
use crate::bulk::Bulk;
use crate::schema::Schema;
use bytemuck::Pod;
use ndarray::{
    ArcArray, Array, ArrayBase, ArrayD, ArrayView, Data, Dimension, ErrorKind, IntoDimension, IxDyn, ShapeError,
};
use serde::de::Error as _;
use serde::ser::{Serialize, SerializeTuple as _};
use serde::{Deserializer, Serializer};

/// Implements `Stored` for arrays that own their elements.
macro_rules! stored {
    ($($name:ident)+) => {$(
        impl<T: Stored, D: Dimension + 'static> Stored for $name<T, D> {
            fn describe(schema: &mut Schema) {
                schema.generic("Array", |shape| {
                    shape.elements::<T>();
                    match D::NDIM {
                        Some(axes) => shape.constant(axes),
                        None => shape.constant("Dyn"),
                    }
                });
            }

            fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let mut tuple = to.serialize_tuple(2)?;
                tuple.serialize_element(&ElementRef(&self.shape().to_vec()))?;
                tuple.serialize_element(&Elements(self))?;
                tuple.end()
            }

            fn restore<'de, Z: Deserializer<'de>>(from: Z) -> Result<Self, Z::Error> {
                let (shape, elements) = <(Vec<usize>, Vec<T>)>::restore(from)?;
                let array = ArrayD::from_shape_vec(IxDyn(&shape), elements).and_then(Array::into_dimensionality);
                array.map(Self::from).map_err(|error| Z::Error::custom(format_args!("an array's shape: {error}")))
            }
        }
    )+};
}

stored! { Array ArcArray }

impl<T: Pod + Send + Sync> Bulk<T> {
    /// Returns the elements as an array of `ndarray` with this shape, without copying them (feature `ndarray`).
    ///
    /// # Errors
    /// If the shape is of another number of elements.
    ///
    /// ```
    /// # fn main() -> Result<(), ndarray::ShapeError> {
    /// let cells: ref_core::Bulk<f64> = (0..6).map(f64::from).collect();
    /// let matrix = cells.as_array((2, 3))?;
    /// assert_eq!(matrix.row(1).sum(), 12.0);
    /// assert!(cells.as_array((2, 2)).is_err());
    /// assert!(cells.as_array((usize::MAX, 2)).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_array<D>(&self, shape: impl IntoDimension<Dim = D>) -> Result<ArrayView<'_, T, D>, ShapeError>
    where
        D: Dimension,
    {
        let shape = shape.into_dimension();
        match shape.size_checked() == Some(self.len()) {
            true => ArrayView::from_shape(shape, self),
            false => Err(ShapeError::from_kind(ErrorKind::IncompatibleShape)),
        }
    }
}

/// The elements of an array. They are written as a `Vec` of them is.
struct Elements<'a, S: Data, D>(&'a ArrayBase<S, D>);

impl<S: Data<Elem: Stored>, D: Dimension> Serialize for Elements<'_, S, D> {
    fn serialize<Z: Serializer>(&self, to: Z) -> Result<Z::Ok, Z::Error> {
        let Self(array) = self;
        match (array.as_slice(), S::Elem::SLICE) {
            (Some(items), _) => slice::store_slice(items, to),
            (None, Some(_)) if !to.is_human_readable() => {
                let mut bytes = Vec::new();
                array.iter().for_each(|item| append(item, &mut bytes));
                to.serialize_bytes(&bytes)
            }
            (None, _) => slice::store_elements(array.len(), array.iter(), to),
        }
    }
}
