//! Elements that lie one after the other, each of a known number of bytes: in lists of numbers, and in arrays.

use super::description::{FieldContent, Shape, TypeNumber};
use super::out::JsonText;
use super::types::Types;

/// How many types are looked at to tell how many bytes an element takes. A description can name a type many times.
const STEPS: usize = 10_000;

/// How many bytes an element takes in a list, if lists of this type are written in one piece.
pub(super) fn in_lists(types: Types<'_>, number: TypeNumber) -> Option<usize> {
    Widths { types, in_memory: false, steps: STEPS }.of(number).filter(|width| *width > 0)
}

/// How many bytes an element of an array takes, as it lies in memory.
fn in_arrays(types: Types<'_>, number: TypeNumber) -> Option<usize> {
    Widths { types, in_memory: true, steps: STEPS }.of(number)
}

/// Finds out how many bytes elements take.
struct Widths<'d> {
    types: Types<'d>,
    /// Whether the elements are those of an array, which lie as in memory.
    in_memory: bool,
    /// How many more types are looked at.
    steps: usize,
}

impl Widths<'_> {
    fn of(&mut self, number: TypeNumber) -> Option<usize> {
        self.steps = self.steps.checked_sub(1)?;
        let in_memory = self.in_memory;
        match self.types.shape(number) {
            Shape::Library(name, arguments) => match (&**name, &arguments[..]) {
                ("u8" | "i8" | "bool", []) => Some(1),
                ("u16" | "i16" | "f16" | "bf16", []) => Some(2),
                ("u32" | "i32" | "f32" | "char", []) => Some(4),
                ("u64" | "i64" | "f64" | "usize" | "isize", []) => Some(8),
                ("u128" | "i128" | "Decimal", []) => Some(16),
                ("array", [part, _]) => {
                    self.of(*part)?.checked_mul(self.types.length(number)?).filter(|width| *width > 0)
                }
                ("Unit", [part]) => self.of(*part),
                ("Wrapping" | "NonZero", [part]) if in_memory => self.of(*part),
                ("Option", [part]) if in_memory && self.types.name(*part) == "NonZero" => self.of(*part),
                _ => None,
            },
            Shape::Struct(fields) if in_memory => fields.iter().try_fold(0_usize, |all, field| match field.content {
                FieldContent::Stored(part) => all.checked_add(self.of(part)?),
                FieldContent::Opaque | FieldContent::Skipped => None,
            }),
            _ => None,
        }
    }
}

/// Writes the elements of a list that was written in one piece.
pub(super) fn write_list(types: Types<'_>, part: TypeNumber, bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    let width = in_lists(types, part).ok_or("these elements do not go in one piece")?;
    write_all(types, part, width, bytes, out)
}

/// Writes the elements of an array.
pub(super) fn write_array(types: Types<'_>, part: TypeNumber, bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    let width = in_arrays(types, part).filter(|width| *width > 0);
    let width = width.ok_or("the description does not say how the elements of an array lie in memory")?;
    write_all(types, part, width, bytes, out)
}

fn write_all(types: Types<'_>, part: TypeNumber, width: usize, bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    if !bytes.len().is_multiple_of(width) {
        return Err(format!("{} bytes are no list of elements of {width} bytes", bytes.len()));
    }
    out.open_list(types.is_short(part))?;
    bytes.chunks_exact(width).try_for_each(|bytes| write(types, part, bytes, out))?;
    out.close()
}

/// Writes one element, whose bytes are as many as its type takes.
fn write(types: Types<'_>, number: TypeNumber, bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    macro_rules! number {
        ($type:ty) => {
            out.number(<$type>::from_le_bytes(bytes.try_into().map_err(|_| "an element has too few bytes")?))
        };
    }
    let (name, arguments) = match types.shape(number) {
        Shape::Library(name, arguments) => (&**name, &arguments[..]),
        Shape::Struct(fields) => return write_struct(types, fields, bytes, out),
        _ => return Err("an element of an array is of another kind".to_owned()),
    };
    match (name, arguments) {
        ("u8", []) => number!(u8),
        ("i8", []) => number!(i8),
        ("u16", []) => number!(u16),
        ("i16", []) => number!(i16),
        ("u32", []) => number!(u32),
        ("i32", []) => number!(i32),
        ("u64" | "usize", []) => number!(u64),
        ("i64" | "isize", []) => number!(i64),
        ("u128", []) => number!(u128),
        ("i128", []) => number!(i128),
        ("f32" | "f64" | "f16" | "bf16" | "Decimal", []) => write_fraction(name, bytes, out),
        ("bool", []) => match bytes {
            [0] => out.raw("false"),
            [1] => out.raw("true"),
            _ => Err("a `bool` is neither 0 nor 1".to_owned()),
        },
        ("char", []) => {
            let code = u32::from_le_bytes(bytes.try_into().map_err(|_| "a `char` has too few bytes")?);
            out.text(&char::from_u32(code).ok_or("a `char` is no letter")?.to_string())
        }
        ("array", [part, _]) => {
            out.open_list(types.is_short(*part))?;
            let width = bytes.len() / types.length(number).unwrap_or(1).max(1);
            bytes.chunks_exact(width.max(1)).try_for_each(|bytes| write(types, *part, bytes, out))?;
            out.close()
        }
        ("Option", [_]) if bytes.iter().all(|byte| *byte == 0) => out.raw("null"),
        ("Unit" | "Wrapping" | "NonZero" | "Option", [part]) => write(types, *part, bytes, out),
        _ => Err(format!("`{name}` is no element of an array")),
    }
}

fn write_struct(
    types: Types<'_>,
    fields: &[super::description::Field],
    mut bytes: &[u8],
    out: &mut JsonText,
) -> Result<(), String> {
    let is_tuple = types.begin_fields(fields, out)?;
    for field in fields {
        let FieldContent::Stored(part) = field.content else { continue };
        let width = in_arrays(types, part).unwrap_or_default();
        let (own, rest) = bytes.split_at_checked(width).ok_or("an element has too few bytes")?;
        if is_tuple == Some(false) {
            out.name(&super::out::quoted(&field.name))?;
        }
        write(types, part, own, out)?;
        bytes = rest;
    }
    if is_tuple.is_some() { out.close() } else { Ok(()) }
}

/// Writes a number with a point, of its bytes.
pub(super) fn write_fraction(name: &str, bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    let short = |number: f32| (f64::from(number), serde_json::to_string(&number).unwrap_or_default());
    let (number, text) = match (name, bytes) {
        ("f32", bytes) => short(f32::from_le_bytes(bytes.try_into().map_err(|_| "an `f32` has too few bytes")?)),
        ("f64", bytes) => {
            let number = f64::from_le_bytes(bytes.try_into().map_err(|_| "an `f64` has too few bytes")?);
            (number, serde_json::to_string(&number).unwrap_or_default())
        }
        ("bf16", [low, high]) => short(f32::from_le_bytes([0, 0, *low, *high])),
        ("f16", [low, high]) => short(half(u16::from_le_bytes([*low, *high]))),
        ("Decimal", bytes) => return decimal(bytes, out),
        _ => return Err(format!("`{name}` is no number")),
    };
    out.float(number, text)
}

/// Returns the number with these bits: a sign, 5 bits of an exponent, and 10 of a fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    let size = match exponent {
        0 => fraction * 2_f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction) * 2_f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Writes a number of `rust_decimal` as text: four bytes with the sign and the place of the point, and 96 bits.
fn decimal(bytes: &[u8], out: &mut JsonText) -> Result<(), String> {
    let [_, _, scale @ 0..=28, sign @ (0 | 128), digits @ ..] = bytes else {
        return Err("these bytes are no decimal number".to_owned());
    };
    let mut wide = [0; 16];
    wide.get_mut(..digits.len().min(12)).unwrap_or_default().copy_from_slice(digits.get(..12).unwrap_or(digits));
    let digits = format!("{:0>width$}", u128::from_le_bytes(wide), width = usize::from(*scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(*scale));
    let (minus, point) = (if *sign == 128 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
    out.text(&format!("{minus}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_the_numbers_of_their_bits() {
        for (bits, number) in [(0, 0.0), (0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (1, 5.960_464_5e-8)] {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f32::NEG_INFINITY);
    }
}
