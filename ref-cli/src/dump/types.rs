//! The types of a description, in one of its readings.

use super::description::{Description, Field, FieldContent, Shape, TypeNumber};
use super::out::JsonText;
use super::times::is_of_time;

/// A description, and what each `^n` in it means.
#[derive(Clone, Copy)]
pub(super) struct Types<'d> {
    pub(super) description: &'d Description,
    pub(super) reading: &'d [TypeNumber],
}

impl<'d> Types<'d> {
    /// Returns the shape of a type, which is neither `#n` nor `^n` unless the description is wrong.
    pub(super) fn shape(self, number: TypeNumber) -> &'d Shape {
        let meant = self.reading.get(number).copied().unwrap_or(number);
        self.description.shapes.get(meant).unwrap_or(&Shape::Opaque)
    }

    /// Returns the name of a type of the library; empty for any other type.
    pub(super) fn name(self, number: TypeNumber) -> &'d str {
        if let Shape::Library(name, _) = self.shape(number) { name } else { "" }
    }

    /// Returns the length of an array, which is its second argument.
    pub(super) fn length(self, array: TypeNumber) -> Option<usize> {
        match self.shape(array) {
            Shape::Library(_, arguments) => self.name(*arguments.get(1)?).parse().ok(),
            _ => None,
        }
    }

    /// Whether the JSON of a value of this type is short, so that a list of them is written on one line.
    pub(super) fn is_short(self, number: TypeNumber) -> bool {
        matches!(self.shape(number), Shape::Library(name, arguments) if arguments.is_empty() && name != "Bytes"
            && !name.starts_with("Json") && !matches!(&**name, "String" | "PathBuf" | "CString" | "OsString" | "Url"))
    }

    /// Whether a value of this type is written as one text or whole number, which can be the name in an object.
    pub(super) fn is_name(self, number: TypeNumber) -> bool {
        self.is_name_at(number, 0)
    }

    fn is_name_at(self, number: TypeNumber, depth: usize) -> bool {
        if depth > 16 {
            return false;
        }
        match self.shape(number) {
            Shape::Library(name, arguments) => match (&**name, &arguments[..]) {
                ("NonZero" | "DateTime", [_]) => true,
                ("Reverse" | "Wrapping" | "Saturating" | "OneByOne", [part]) => self.is_name_at(*part, depth + 1),
                (name, []) if is_of_time(name) => true,
                (_, []) => matches!(
                    &**name,
                    "u8" | "u16"
                        | "u32"
                        | "u64"
                        | "u128"
                        | "usize"
                        | "i8"
                        | "i16"
                        | "i32"
                        | "i64"
                        | "i128"
                        | "isize"
                        | "bool"
                        | "char"
                        | "String"
                        | "PathBuf"
                        | "Url"
                        | "Uuid"
                        | "NonNilUuid"
                        | "IpAddr"
                        | "Ipv4Addr"
                        | "Ipv6Addr"
                        | "SocketAddr"
                        | "SocketAddrV4"
                        | "SocketAddrV6"
                        | "NaiveDate"
                        | "NaiveTime"
                        | "NaiveDateTime"
                        | "Month"
                        | "Weekday"
                ),
                _ => false,
            },
            Shape::Struct(fields) => match &fields[..] {
                [Field { name, content: FieldContent::Stored(part) }] if name == "0" => {
                    self.is_name_at(*part, depth + 1)
                }
                _ => false,
            },
            Shape::Enum(variants) => variants.iter().all(|variant| variant.fields.is_empty()),
            _ => false,
        }
    }

    /// Begins the JSON of a struct or variant with these fields: a list if the fields have numbers for names, and an
    /// object otherwise. Returns whether it is a list. A single stored field with a number is no list, but the value
    /// itself, and no fields are `null`: then nothing has begun, and `None` is returned.
    pub(super) fn begin_fields(self, fields: &[Field], out: &mut JsonText) -> Result<Option<bool>, String> {
        let are_numbered = fields.iter().all(|field| field.name.starts_with(|c: char| c.is_ascii_digit()));
        match fields {
            [] => out.raw("null").map(|()| None),
            [Field { content: FieldContent::Stored(_), .. }] if are_numbered => Ok(None),
            _ if are_numbered => out.open_list(false).map(|()| Some(true)),
            _ => out.open_object().map(|()| Some(false)),
        }
    }
}
