//! Slices of numbers as bytes. A little-endian machine with 64-bit pointers writes them without a copy.

use bytemuck::NoUninit;
use std::borrow::Cow;

/// How a whole slice of `T` becomes bytes and comes back. [`Stored::SLICE`](crate::Stored::SLICE) has one for primitive
/// numbers, `bool`, `char` and arrays of these.
pub struct Slice<T> {
    /// How many bytes an element takes; at least one.
    pub(crate) width: usize,
    pub(crate) bytes: fn(&[T]) -> Cow<'_, [u8]>,
    /// Returns whether bytes, whose number is a multiple of the width, are elements of this type.
    pub(crate) is_valid: fn(&[u8]) -> bool,
    /// Reads all elements of valid bytes.
    pub(crate) all: fn(&[u8]) -> Vec<T>,
    /// Reads the one element of valid bytes.
    pub(crate) one: fn(&[u8]) -> T,
}

/// A type whose values are bytes, without padding.
pub(crate) trait Plain: NoUninit {
    /// Writes the value's bytes, in little-endian order, to `out`.
    fn le(self, out: &mut Vec<u8>);
}

/// Whether values lie in memory as they are stored: little-endian, and `usize` in eight bytes.
pub(crate) const AS_STORED: bool = cfg!(all(target_endian = "little", target_pointer_width = "64"));

/// Returns the bytes of `items`, little-endian.
pub(crate) fn bytes<T: Plain>(items: &[T]) -> Cow<'_, [u8]> {
    if AS_STORED {
        Cow::Borrowed(bytemuck::cast_slice(items))
    } else {
        let mut out = Vec::with_capacity(size_of_val(items));
        items.iter().for_each(|item| item.le(&mut out));
        Cow::Owned(out)
    }
}

/// Implements [`Plain`] for numbers that are stored as themselves or as another number.
macro_rules! plain {
    ($($type:ty as $stored:ty),+ $(,)?) => {$(
        impl Plain for $type {
            fn le(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&(self as $stored).to_le_bytes());
            }
        }
    )+};
}

plain! {
    u8 as u8, u16 as u16, u32 as u32, u64 as u64, u128 as u128, usize as u64,
    i8 as i8, i16 as i16, i32 as i32, i64 as i64, i128 as i128, isize as i64,
    f32 as f32, f64 as f64, bool as u8, char as u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that the bytes in memory are those that `le` writes.
    fn agree<T: Plain>(items: &[T]) {
        let mut written = Vec::new();
        items.iter().for_each(|item| item.le(&mut written));
        assert_eq!(*bytes(items), written);
    }

    #[test]
    fn the_bytes_in_memory_are_those_that_are_stored() {
        agree(&[1_u8, 255]);
        agree(&[1_u16, 0x0203]);
        agree(&[i32::MIN, -2]);
        agree(&[usize::MAX, 7]);
        agree(&[isize::MIN, 7]);
        agree(&[u128::MAX, 7]);
        agree(&[0.5_f64, f64::NAN]);
        agree(&[0.5_f32, -0.0]);
        agree(&[true, false]);
        agree(&['a', '\u{10ffff}']);
        agree::<u64>(&[]);
    }
}
