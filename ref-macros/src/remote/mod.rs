//! The attribute `#[remote]`: tokens, then a model, then checks, then code or a fallback.

mod check;
mod expand;
mod fallback;
mod model;
mod parse;

use crate::diagnostics::Diagnostics;
use crate::left_out;
use model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// Expands the attribute.
pub(crate) fn remote(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let options = parse::options(options, &mut errors);
    let Some(function) = parse::function(item.clone(), &mut errors) else {
        let errors = errors.into_tokens();
        return quote! { #errors #item };
    };
    let model = Model::new(options, function);
    check::all(&model, &mut errors);
    let is_refused_by_rustc = left_out::in_signature(&model.function.sig) || model.has_unsized_values();
    match errors.is_empty() && !is_refused_by_rustc {
        true => expand::all(&model),
        false => fallback::all(&model, errors),
    }
}

#[cfg(test)]
mod tests;
