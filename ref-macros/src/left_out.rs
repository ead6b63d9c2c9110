//! Finds types that the user leaves to the compiler, as `_`. rustc refuses such a type in an item's signature or
//! fields. rustc reports the type once if no generated code repeats it.

use syn::visit::Visit;
use syn::{DeriveInput, Expr, Signature, TypeInfer};

/// Returns whether the signature has a `_` in place of a type.
pub(crate) fn in_signature(signature: &Signature) -> bool {
    let mut found = LeftOut(false);
    found.visit_signature(signature);
    found.0
}

/// Returns whether the item has a `_` in place of a type.
pub(crate) fn in_item(item: &DeriveInput) -> bool {
    let mut found = LeftOut(false);
    found.visit_derive_input(item);
    found.0
}

struct LeftOut(bool);

impl Visit<'_> for LeftOut {
    fn visit_type_infer(&mut self, _: &TypeInfer) {
        self.0 = true;
    }

    /// Ignores expressions, such as the length of an array: an expression may leave types out.
    fn visit_expr(&mut self, _: &Expr) {}
}
