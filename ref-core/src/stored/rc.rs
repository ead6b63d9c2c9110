//! `Stored` for `Arc`. An `Arc` is stored as the value that it points to, once for each `Arc`.

use super::Stored;
use crate::schema::Schema;
use crate::sync::Arc;
use std::ffi::{CStr, OsStr};
use std::path::Path;

/// Makes an `Arc` stored as a `Box` of the same type is.
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
