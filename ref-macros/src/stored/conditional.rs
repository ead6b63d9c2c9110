//! Items with fields or variants under a condition.
//!
//! An attribute macro sees an item before its `#[cfg]`s are applied, and a derive macro sees it afterwards. So for an
//! item with a `#[cfg]` or `#[cfg_attr]` inside, the attribute adds a hidden derive to the item, and the derive
//! generates the code. The options of the attribute are passed on in a helper attribute of the derive.

use super::model::{fields_mut, variants_mut};
use super::parse::{is_global_store, parse_metas};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, DeriveInput, Meta, parse_quote};

/// The helper attribute, which stands for `#[global_store]`. Where `#[global_store]` is not imported, the compiler
/// suggests names that are alike: so this one is not.
pub(crate) const HELPER: &str = "__ref_item";

/// Returns whether a field or a variant of the item is under a condition, or has an attribute under one.
pub(crate) fn is_conditional(input: &mut DeriveInput) -> bool {
    let is_condition = |attribute: &Attribute| is_condition(&attribute.meta);
    variants_mut(input).any(|variant| variant.attrs.iter().any(is_condition))
        || fields_mut(input).any(|field| field.attrs.iter().any(is_condition))
}

fn is_condition(meta: &Meta) -> bool {
    meta.path().is_ident("cfg") || meta.path().is_ident("cfg_attr")
}

/// Expands to the item with the hidden derive.
pub(crate) fn deferred(private: &TokenStream, options: &TokenStream, mut input: DeriveInput) -> TokenStream {
    variants_mut(&mut input).flat_map(|variant| &mut variant.attrs).for_each(|attribute| rename(&mut attribute.meta));
    fields_mut(&mut input).flat_map(|field| &mut field.attrs).for_each(|attribute| rename(&mut attribute.meta));
    quote! {
        #[derive(#private::StoredItem)]
        #[__ref_item(#options)]
        #input
    }
}

/// Makes `#[global_store]` the helper attribute, also in a `cfg_attr`.
fn rename(meta: &mut Meta) {
    if is_global_store(meta.path()) {
        let path = match meta {
            Meta::Path(path) => path,
            Meta::List(list) => &mut list.path,
            Meta::NameValue(pair) => &mut pair.path,
        };
        *path = parse_quote!(__ref_item);
    } else if let Meta::List(list) = meta
        && list.path.is_ident("cfg_attr")
        && let Ok(mut metas) = parse_metas(list.tokens.clone())
    {
        metas.iter_mut().skip(1).for_each(rename);
        list.tokens = metas.to_token_stream();
    }
}

/// Takes the helper attribute off the item of the derive, and returns the options in it.
pub(crate) fn options(attributes: &mut Vec<Attribute>) -> TokenStream {
    let found = attributes.extract_if(.., |attribute| attribute.path().is_ident(HELPER)).next();
    found.and_then(|attribute| attribute.meta.require_list().map(|list| list.tokens.clone()).ok()).unwrap_or_default()
}
