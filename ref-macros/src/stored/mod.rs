//! The attribute `#[global_store]`: tokens, then a model, then checks, then code or a fallback.

mod check;
mod expand;
mod fallback;
mod fields;
mod model;
mod parameter;
mod parse;
mod private;

use crate::diagnostics::Diagnostics;
use crate::left_out;
use model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// Expands the attribute.
pub(crate) fn global_store(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let options = parse::item_options(options, &mut errors);
    let Some(input) = parse::item(item.clone(), &mut errors) else {
        let errors = errors.into_tokens();
        return quote! { #errors #item };
    };
    let model = Model::new(options, input, &mut errors);
    check::all(&model, &mut errors);
    match errors.is_empty() && !left_out::in_item(&model.input) {
        true => expand::all(&model),
        false => fallback::all(&model, errors),
    }
}

#[cfg(test)]
mod tests;
