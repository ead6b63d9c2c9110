//! The expansion after errors: the user's item, and a stub of everything that would have been generated. So code that
//! uses the type adds no errors.

use super::model::{Model, fields_mut, variants_mut};
use super::{expand, fields};
use crate::diagnostics::Diagnostics;
use crate::left_out;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Generics, parse_quote};

pub(crate) fn all(model: &Model, errors: Diagnostics) -> TokenStream {
    let errors = errors.into_tokens();
    let item = item(model);
    let handles = (!left_out::in_item(&model.input)).then(|| expand::handles(model, fields::stand_ins));
    let (serialize, deserialize, stored) = (serialize(model), deserialize(model), stored(model));
    quote! { #errors #item #serialize #deserialize #stored #handles }
}

/// Returns the item. If serde's traits are not derived for it, its serde attributes would be errors, and are left out.
fn item(model: &Model) -> TokenStream {
    let mut input = model.input.clone();
    if model.serde && model.derives.serialize.is_none() && model.derives.deserialize.is_none() {
        retain_foreign(&mut input.attrs);
        variants_mut(&mut input).for_each(|variant| retain_foreign(&mut variant.attrs));
        fields_mut(&mut input).for_each(|field| retain_foreign(&mut field.attrs));
    }
    input.into_token_stream()
}

fn retain_foreign(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| !attribute.path().is_ident("serde"));
}

fn serialize(model: &Model) -> TokenStream {
    if !model.serde || model.derives.serialize.is_some() {
        return TokenStream::new();
    }
    let (private, this, generics) = (&model.private.path, model.self_type(), generics(model));
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #private::serde::Serialize for #this #clause {
            fn serialize<__S>(&self, _: __S) -> ::core::result::Result<__S::Ok, __S::Error>
            where
                __S: #private::serde::Serializer,
            {
                ::core::unreachable!()
            }
        }
    }
}

fn deserialize(model: &Model) -> TokenStream {
    if !model.serde || model.derives.deserialize.is_some() {
        return TokenStream::new();
    }
    let (private, this, mut generics) = (&model.private.path, model.self_type(), generics(model));
    generics.params.insert(0, parse_quote!('__de));
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #private::serde::Deserialize<'__de> for #this #clause {
            fn deserialize<__D>(_: __D) -> ::core::result::Result<Self, __D::Error>
            where
                __D: #private::serde::Deserializer<'__de>,
            {
                ::core::unreachable!()
            }
        }
    }
}

/// Expands to an `impl Stored`. If the type lacks `Send` or `Sync`, rustc reports that where the type is used, and not
/// here.
fn stored(model: &Model) -> TokenStream {
    let (private, this, mut generics) = (&model.private.path, model.self_type(), generics(model));
    let clause = generics.make_where_clause();
    clause.predicates.push(parse_quote!(for<'__any> #this: #private::Send + #private::Sync));
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #private::Stored for #this #clause {
            fn describe(_: &mut #private::Schema) {}
        }
    }
}

/// Returns the generics of the implementations without errors, with every lifetime bounded by `'static`. (Lifetimes are
/// an error that was reported already.)
fn generics(model: &Model) -> Generics {
    let mut generics = expand::stored_generics(model);
    let lifetimes: Vec<_> = generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    if !lifetimes.is_empty() {
        let clause = generics.make_where_clause();
        clause.predicates.extend(lifetimes.iter().map(|it| -> syn::WherePredicate { parse_quote!(#it: 'static) }));
    }
    generics
}
