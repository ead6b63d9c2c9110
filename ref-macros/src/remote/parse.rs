//! Parses the tokens of the attribute, and those of the function.

use crate::diagnostics::{Diagnostics, did_you_mean};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Expr, Item, ItemFn, Meta, Path, Token, TraitItemFn};

/// The options of `#[remote(...)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) krate: Option<Path>,
    /// Whether calls may be made again.
    pub(crate) idempotent: bool,
}

/// Parses the function. If the tokens are no function, adds an error and returns `None`.
pub(crate) fn function(tokens: TokenStream, errors: &mut Diagnostics) -> Option<ItemFn> {
    match syn::parse2::<ItemFn>(tokens.clone()) {
        Ok(function) => Some(function),
        Err(error) => {
            errors.add(not_a_function(tokens).unwrap_or(error));
            None
        }
    }
}

fn not_a_function(tokens: TokenStream) -> Option<syn::Error> {
    if let Ok(function) = syn::parse2::<TraitItemFn>(tokens.clone()) {
        let message = "a remote function has a body; write it on a free function, which has one";
        return Some(syn::Error::new(function.sig.ident.span(), message));
    }
    let (span, what) = match syn::parse2::<Item>(tokens).ok()? {
        Item::Struct(item) => (item.struct_token.span, "a struct; for a stored type, write `#[global_store]`"),
        Item::Enum(item) => (item.enum_token.span, "an enum; for a stored type, write `#[global_store]`"),
        Item::Impl(item) => (item.impl_token.span, "an `impl`; write free functions that take `&T` or `&mut T`"),
        Item::Trait(item) => (item.trait_token.span, "a trait; write free functions"),
        Item::Mod(item) => (item.mod_token.span, "a module; write it on each function"),
        item => (item.span(), "this item"),
    };
    Some(syn::Error::new(span, format!("`#[remote]` belongs on a function, not on {what}")))
}

pub(crate) fn options(tokens: TokenStream, errors: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    let metas = match Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens) {
        Ok(metas) => metas,
        Err(error) => {
            errors.add(error);
            return options;
        }
    };
    for meta in metas {
        let word = meta.path().to_token_stream().to_string().replace(' ', "");
        match (word.as_str(), path(&meta)) {
            ("crate", Some(_)) if options.krate.is_some() => {
                errors.on(meta.path(), "`crate` is given twice; keep one of them");
            }
            ("crate", Some(path)) => options.krate = Some(path),
            ("idempotent", _) if options.idempotent => {
                errors.on(&meta, "`idempotent` is given twice; keep one of them");
            }
            ("idempotent", _) if matches!(meta, Meta::Path(_)) => options.idempotent = true,
            ("idempotent", _) => errors.on(&meta, "`idempotent` has no value; write `idempotent`"),
            ("crate", None) => errors.on(&meta, "`crate` needs a path; write `crate = ::ref_core`"),
            (other, _) => {
                errors.on(
                    meta.path(),
                    format!("`#[remote]` has no option `{other}`; {}", did_you_mean(other, &["crate", "idempotent"])),
                );
            }
        }
    }
    options
}

fn path(meta: &Meta) -> Option<Path> {
    let Meta::NameValue(pair) = meta else { return None };
    let mut value = &pair.value;
    // `macro_rules!` puts an expression into a group when it passes the expression on.
    while let Expr::Group(group) = value {
        value = &group.expr;
    }
    match value {
        Expr::Path(path) if path.qself.is_none() && path.attrs.is_empty() => Some(path.path.clone()),
        _ => None,
    }
}
