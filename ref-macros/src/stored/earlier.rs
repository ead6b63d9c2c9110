//! The earlier definition of a type, which `from` names.
//!
//! One place proves that the type after `from` is an earlier definition: `impl EarlierOf<Owner> for Type`, as for the
//! types of fields. The implementations of the owner have the bound `Type: EarlierOf<Owner>`, which always holds. So a
//! missing `From` gives one error, at `from`.

use super::encoding;
use super::expand::stored_generics;
use super::model::Model;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{WherePredicate, parse_quote};

/// Expands to the proof, and to the check of the name and the version. In a type without parameters, the check is a
/// constant, so rustc evaluates it even if no value is ever stored.
pub(super) fn evidence(model: &Model) -> Option<TokenStream> {
    let (private, this, earlier) = (&model.private, model.self_type(), model.earlier.as_ref()?);
    let generics = stored_generics(model);
    let (parameters, _, clause) = generics.split_for_impl();
    let check = model.input.generics.params.is_empty().then(|| {
        let (name, old) = (&model.name, shown(earlier));
        let other_name = format!(
            "`from` names a type that is stored under another name; write `name = \"{name}\"` in the `#[global_store]` of \
             `{old}`"
        );
        let not_earlier = format!(
            "`from` names a definition that is not earlier; write a `version` that is greater than that of `{old}`, or \
             name a definition with a smaller one"
        );
        quote_spanned! {earlier.span()=>
            const _: () = #private::check::<#this, #earlier>(#other_name, #not_earlier);
        }
    });
    Some(quote_spanned! {earlier.span()=>
        #[automatically_derived]
        // The order of the parameters is that of the user's item.
        #[allow(clippy::mismatching_type_param_order)]
        impl #parameters #private::EarlierOf<'_, #this> for #earlier #clause {}

        #check
    })
}

/// Returns a type as text, without spaces.
fn shown(ty: &syn::Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}

/// Returns the bound that the evidence proves.
pub(super) fn assumed(model: &Model) -> Option<WherePredicate> {
    let (private, this, earlier) = (&model.private, model.self_type(), model.earlier.as_ref()?);
    Some(parse_quote!(for<'__any> #earlier: #private::EarlierOf<'__any, #this>))
}

/// Expands to `const EARLIER`, if there is an earlier definition.
pub(super) fn constant(model: &Model) -> Option<TokenStream> {
    let (private, earlier) = (&model.private, model.earlier.as_ref()?);
    Some(quote! {
        const EARLIER: #private::Option<#private::Earlier<Self>> =
            #private::Option::Some(#private::earlier::<Self, #earlier>());
    })
}

/// Expands to the body of `fn restore`.
pub(super) fn restore(model: &Model) -> TokenStream {
    let private = &model.private;
    let restore = encoding::restore(model);
    match &model.earlier {
        None => quote!(#private::#restore(__from)),
        Some(earlier) => quote!(#private::restore_or_convert::<Self, #earlier, __D>(__from, #private::#restore)),
    }
}
