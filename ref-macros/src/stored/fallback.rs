//! The expansion after errors, and for an item with `_` in place of a type: stubs of the generated items that the
//! user's code may name. So code that uses the type adds no errors.

use super::model::Model;
use super::{expand, fields};
use crate::diagnostics::Diagnostics;
use crate::left_out;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, parse_quote};

pub(crate) fn all(model: &Model, errors: Diagnostics) -> TokenStream {
    let errors = errors.into_tokens();
    let handles = (!left_out::in_item(&model.input)).then(|| expand::handles(model, fields::stand_ins));
    let (stored, built, versioned) = (stored(model), built(model), expand::versioned(model, &generics(model), None));
    quote! { #errors #stored #built #versioned #handles }
}

/// Expands to an `impl Built`, since a later definition may name the type by `from`.
fn built(model: &Model) -> TokenStream {
    let (private, this, generics) = (&model.private, model.self_type(), generics(model));
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        // The user's item or a field of it may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::Built for #this #clause {
            const DEFINITION: &'static #private::Definition = ::core::unreachable!();

            fn build<'__de, __P: #private::PartReader<'__de>>(
                _: #private::u32,
                _: &mut __P,
            ) -> #private::Result<Self, __P::Error> {
                ::core::unreachable!()
            }
        }
    }
}

fn stored(model: &Model) -> TokenStream {
    let (private, this, generics) = (&model.private, model.self_type(), generics(model));
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        // The user's item or a field of it may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::Stored for #this #clause {
            fn describe(_: &mut #private::Schema) {}

            fn store<__S: #private::Serializer>(&self, _: __S) -> #private::Result<__S::Ok, __S::Error> {
                ::core::unreachable!()
            }

            fn restore<'__de, __D: #private::Deserializer<'__de>>(_: __D) -> #private::Result<Self, __D::Error> {
                ::core::unreachable!()
            }
        }
    }
}

/// Returns the item's generics with the bounds of its `impl Stored`, and with every lifetime bounded by `'static`.
/// (Lifetimes are an error that was reported already.)
fn generics(model: &Model) -> Generics {
    let mut generics = expand::stored_generics(model);
    let lifetimes: Vec<_> = generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    if !lifetimes.is_empty() {
        let clause = generics.make_where_clause();
        clause.predicates.extend(lifetimes.iter().map(|it| -> syn::WherePredicate { parse_quote!(#it: 'static) }));
    }
    generics
}
