//! The attribute `#[global_store]`: tokens, then a model, then checks, then code or a fallback.

mod check;
mod conditional;
mod earlier;
mod encoding;
mod expand;
mod fallback;
mod fields;
mod model;
mod opaque;
mod parameter;
mod parse;

use crate::diagnostics::Diagnostics;
use crate::left_out;
use model::Model;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// Expands the attribute.
pub(crate) fn global_store(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let given = parse::item_options(options.clone(), &mut errors);
    let Some(mut input) = parse::item(item.clone(), &mut errors) else {
        let errors = errors.into_tokens();
        return quote! { #errors #item };
    };
    if conditional::is_conditional(&mut input) && !parse::is_repeated(&input.attrs) {
        return conditional::deferred(&private(given.krate.as_ref().map(|krate| &krate.value)), &options, input);
    }
    let model = Model::new(given, input, &mut errors);
    let code = code(&model, errors);
    let item = &model.input;
    quote! { #item #code }
}

/// Expands the hidden derive to which the attribute leaves an item with conditions.
pub(crate) fn stored_item(item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let Some(mut input) = parse::item(item, &mut errors) else { return errors.into_tokens() };
    let options = parse::item_options(conditional::options(&mut input.attrs), &mut errors);
    let model = Model::new(options, input, &mut errors);
    code(&model, errors)
}

/// Returns the code beside the item.
fn code(model: &Model, mut errors: Diagnostics) -> TokenStream {
    check::all(model, &mut errors);
    match errors.is_empty() && !left_out::in_item(&model.input) {
        true => expand::all(model),
        false => fallback::all(model, errors),
    }
}

/// Returns the path to `ref_core::__private`.
fn private(krate: Option<&Path>) -> TokenStream {
    krate.map_or_else(|| quote!(::ref_core::__private), |krate| quote!(#krate::__private))
}

#[cfg(test)]
mod tests;
