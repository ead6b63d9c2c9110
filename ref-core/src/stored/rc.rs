//! `Stored` for `Arc`: in the form of the value that it points to, written once for each `Arc`.

use super::Stored;
use crate::schema::Schema;
use crate::sync::Arc;
use std::ffi::{CStr, OsStr};
use std::path::Path;

/// `Stored` in the form of a box of the same type.
macro_rules! as_boxed {
    ($($(of $arg:ident in)? ($target:ty)),+ $(,)?) => {$(
        impl $(<$arg: Stored>)? Stored for Arc<$target> {
            fn describe(schema: &mut Schema) {
                schema.same_as::<Box<$target>>();
            }
        }
    )+};
}

as_boxed! { of T in (T), of T in ([T]), (str), (CStr), (OsStr), (Path) }
