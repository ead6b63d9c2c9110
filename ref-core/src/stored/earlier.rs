//! Earlier definitions of structs and enums, which `#[global_store(from = ...)]` names.

use super::built::{Built, Versioned};
use super::{Earlier, described};
use crate::codec::decode;
use crate::schema::is_replaced;
use serde::Deserializer;

/// `Self` is the earlier definition of `N`.
///
/// Generated code implements the trait once for each `from`, and the compiler's errors about `from` point there. The
/// lifetime has the purpose that it has in [`StoredFieldOf`](crate::__private::StoredFieldOf).
pub trait EarlierOf<'any, N>: Versioned + ConvertsTo<N> {}

/// A conversion by `From`. If the `From` is missing, the compiler's error is in the words of this crate.
#[diagnostic::on_unimplemented(
    message = "nothing says how a `{Self}` in a store becomes a `{N}`",
    label = "write `impl From<{Self}> for {N}`",
    note = "`from` names the earlier definition of the type: values that it wrote are read by it, and converted"
)]
pub trait ConvertsTo<N> {
    /// Converts the value.
    fn convert(self) -> N;
}

#[diagnostic::do_not_recommend]
impl<O, N: From<O>> ConvertsTo<N> for O {
    #[inline]
    fn convert(self) -> N {
        N::from(self)
    }
}

/// Returns the earlier definition `O` of `N`.
#[must_use]
pub const fn earlier<N: Versioned, O: for<'any> EarlierOf<'any, N>>() -> Earlier<N> {
    const {
        check::<N, O>("`from` names a type of another name", "`from` names no earlier definition");
    }
    Earlier {
        described: described::<O>,
        decode: |codec, body, most, value| {
            let mut earlier: Option<O> = None;
            decode(&mut earlier, codec, body, most)?;
            *value = earlier.map(ConvertsTo::convert);
            Ok(())
        },
    }
}

/// Panics if `O` has another name than `N`, or a version that is not smaller. Generated code calls this in a constant,
/// where the panic is an error of the compiler that points to the attribute.
#[track_caller]
pub const fn check<N: Versioned, O: for<'any> EarlierOf<'any, N>>(other_name: &str, not_earlier: &str) {
    assert!(is_same(N::NAME.as_bytes(), O::NAME.as_bytes()), "{}", other_name);
    assert!(O::VERSION < N::VERSION, "{}", not_earlier);
}

const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

/// Reads a value of a type with an earlier definition: by that definition if the stored value has it, and by the
/// current one otherwise, by `restore`.
///
/// # Errors
/// Those of the format, and of a value that is not of the type that is read.
#[inline]
pub fn restore_or_convert<'de, N, O, D>(from: D, restore: fn(D) -> Result<N, D::Error>) -> Result<N, D::Error>
where
    N: Built,
    O: for<'any> EarlierOf<'any, N>,
    D: Deserializer<'de>,
{
    match is_replaced::<N>() {
        true => O::restore(from).map(ConvertsTo::convert),
        false => restore(from),
    }
}
