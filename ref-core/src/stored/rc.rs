//! `Stored` for `Arc`: as what it points to, once for each that points there.

use super::Stored;
use crate::schema::Schema;
use crate::sync::Arc;
use std::ffi::{CStr, OsStr};
use std::path::Path;

/// `Stored` as what a box of the same is.
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
