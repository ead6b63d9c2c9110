//! Types that the user leaves to the compiler, as `_`. It refuses them where an item needs them written out: once, if
//! nothing that is generated repeats them.

use syn::visit::Visit;
use syn::{DeriveInput, Expr, Signature, TypeInfer};

/// Whether the signature has such a type.
pub(crate) fn in_signature(signature: &Signature) -> bool {
    let mut found = LeftOut(false);
    found.visit_signature(signature);
    found.0
}

/// Whether a field of the item has such a type.
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

    /// What computes an array's length may leave types out.
    fn visit_expr(&mut self, _: &Expr) {}
}
