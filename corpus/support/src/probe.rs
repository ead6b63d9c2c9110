//! Comparisons by the traits that a type has, chosen by the compiler (autoref specialization).

use std::fmt::Debug;

/// Two values of a type.
pub struct Pair<'v, T>(pub &'v T, pub &'v T);

/// Compares by `PartialEq`.
pub trait ByEq {
    /// Returns whether the values are equal.
    fn same(&self) -> Option<bool>;
}

impl<T: PartialEq> ByEq for &&Pair<'_, T> {
    fn same(&self) -> Option<bool> {
        Some(self.0 == self.1)
    }
}

/// Compares by `Debug`, if there is no `PartialEq`.
pub trait ByDebug {
    /// Returns whether the values are printed alike.
    fn same(&self) -> Option<bool>;
}

impl<T: Debug> ByDebug for &Pair<'_, T> {
    fn same(&self) -> Option<bool> {
        Some(format!("{:?}", self.0) == format!("{:?}", self.1))
    }
}

/// Compares nothing: for a type that has neither `PartialEq` nor `Debug`.
pub trait ByBytes {
    /// Returns `None`.
    fn same(&self) -> Option<bool>;
}

impl<T> ByBytes for Pair<'_, T> {
    fn same(&self) -> Option<bool> {
        None
    }
}

/// A value that may be its type's default.
pub struct Usual<'v, T>(pub &'v T);

/// Compares with the default, if the type has `Default` and `PartialEq`.
pub trait Default1 {
    /// Returns whether the value is the default.
    fn is_default(&self) -> bool;
}

impl<T: Default + PartialEq> Default1 for &Usual<'_, T> {
    fn is_default(&self) -> bool {
        *self.0 == T::default()
    }
}

/// Compares nothing: for a type without `Default` or without `PartialEq`.
pub trait NoDefault {
    /// Returns false.
    fn is_default(&self) -> bool;
}

impl<T> NoDefault for Usual<'_, T> {
    fn is_default(&self) -> bool {
        false
    }
}
