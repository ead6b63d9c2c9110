//! The path to `ref_core::__private`.

use crate::names;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Path;

/// The path to `__private`, as tokens, and as text for the strings in serde's attributes.
pub(crate) struct Private {
    pub(crate) path: TokenStream,
    pub(crate) text: String,
    /// The import that `text` needs; empty if it needs none.
    pub(crate) import: TokenStream,
}

impl Private {
    /// Returns [`text`](Self::text) as tokens.
    pub(crate) fn spelled(&self) -> TokenStream {
        self.text.parse().unwrap_or_else(|_| self.path.clone())
    }

    pub(crate) fn new(krate: Option<&Path>, ident: &Ident) -> Self {
        let path = krate.map_or_else(|| quote!(::ref_core::__private), |krate| quote!(#krate::__private));
        match spelled(path.clone()) {
            Some(text) => Self { path, text: text.replace(' ', ""), import: TokenStream::new() },
            None => {
                let name = names::import(ident);
                let import = quote! {
                    #[doc(hidden)]
                    // Only attributes of serde name the import, and its name contains the item's.
                    #[allow(unused_imports, non_snake_case)]
                    use #path as #name;
                };
                Self { path, text: name.to_string(), import }
            }
        }
    }
}

/// Returns the tokens as text of the same meaning; `None` for `$crate`, which cannot be text.
pub(crate) fn spelled(tokens: TokenStream) -> Option<String> {
    let text = tokens.to_string();
    (!text.contains('$')).then_some(text)
}
