//! Field handles: a struct with a `Ref` for each field, and one with a `RefMut` for each field.
//!
//! The structs stand in a block, and outside of it there are aliases for them. So generated code does not name an alias,
//! and an item of the user with the name of an alias is one error.

use super::expand::alias_parameter;
use super::model::{Field, Model};
use crate::names;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::{Generics, parse_quote};

/// Says which of the two structs is meant.
#[derive(Clone, Copy)]
enum Access {
    Shared,
    Exclusive,
}

/// Expands to both structs and the item's `HasFields`, if the item is a struct with named fields.
pub(crate) fn all(model: &Model) -> TokenStream {
    handles(model, has_fields)
}

/// Expands to both structs and an impl of `HasFields` whose functions are never called, for a type with errors. The
/// type's fields need not be borrowable.
pub(crate) fn stand_ins(model: &Model) -> TokenStream {
    handles(model, |model, _| has_fields_of(model, &quote!(::core::unreachable!()), &quote!(::core::unreachable!())))
}

/// Expands to the alias of each struct, if there are structs.
pub(crate) fn aliases(model: &Model) -> impl Iterator<Item = TokenStream> {
    let has_structs = model.named_fields().is_some_and(|fields| !fields.is_empty());
    [Access::Shared, Access::Exclusive].into_iter().filter(move |_| has_structs).map(|access| alias(model, access))
}

fn handles(model: &Model, has_fields: impl FnOnce(&Model, &[Field]) -> TokenStream) -> TokenStream {
    let Some(fields) = model.named_fields().filter(|fields| !fields.is_empty()) else { return TokenStream::new() };
    let shared = structure(model, fields, Access::Shared);
    let exclusive = structure(model, fields, Access::Exclusive);
    let has_fields = has_fields(model, fields);
    quote! {
        const _: () = {
            #shared
            #exclusive
            #has_fields
        };
    }
}

impl Access {
    fn structure(self, of: &Ident) -> Ident {
        match self {
            Self::Shared => names::fields(of),
            Self::Exclusive => names::fields_mut(of),
        }
    }

    /// Returns the name of the struct in `HasFields`.
    fn associated(self) -> Ident {
        let name = match self {
            Self::Shared => "Fields",
            Self::Exclusive => "FieldsMut",
        };
        Ident::new(name, Span::call_site())
    }

    fn handle(self) -> Ident {
        let name = match self {
            Self::Shared => "Ref",
            Self::Exclusive => "RefMut",
        };
        Ident::new(name, Span::call_site())
    }
}

/// Expands to `pub type GridFields<'a> = <Grid as HasFields>::Fields<'a>;`.
fn alias(model: &Model, access: Access) -> TokenStream {
    let (input, this, private) = (&model.input, model.self_type(), &model.private);
    let (vis, generics, lifetime) = (&input.vis, &input.generics, names::lifetime(&input.generics));
    let lifetimes = generics.lifetimes().map(|it| it.lifetime.to_token_stream());
    let parameters = lifetimes.chain(generics.params.iter().filter_map(alias_parameter));
    let (name, structure) = (access.structure(model.ident()), access.associated());
    let doc = format!(" The fields of a stored [`{}`], each borrowed on its own.", input.ident.unraw());
    quote! {
        #[doc = #doc]
        // A program need not use each alias, and an item's name may be written in any case.
        #[allow(dead_code, unreachable_pub, non_camel_case_types)]
        #vis type #name<#lifetime, #(#parameters),*> = <#this as #private::HasFields>::#structure<#lifetime>;
    }
}

fn structure(model: &Model, fields: &[Field], access: Access) -> TokenStream {
    let (input, name) = (&model.input, access.structure(model.ident()));
    let (vis, generics) = (&input.vis, generics(model));
    let clause = &generics.where_clause;
    let doc = format!(" The fields of a stored [`{}`], each borrowed on its own.", input.ident.unraw());
    let fields = fields.iter().map(|field| structure_field(model, field, access));
    quote! {
        #[doc = #doc]
        // A program need not use each field, and an item's name may be written in any case.
        #[allow(dead_code, unreachable_pub, non_camel_case_types)]
        // Whether the type could have `Debug` and `Copy` depends on the types of its borrows.
        #[allow(missing_debug_implementations, missing_copy_implementations)]
        #vis struct #name #generics #clause {
            #(#fields,)*
        }
    }
}

fn structure_field(model: &Model, field: &Field, access: Access) -> TokenStream {
    let (private, lifetime, handle) = (&model.private, names::lifetime(&model.input.generics), access.handle());
    let Field { vis, member, ty, .. } = field;
    let doc = format!(" The field `{}`.", field.label());
    quote! {
        #[doc = #doc]
        #vis #member: #private::#handle<#lifetime, #ty>
    }
}

/// Returns the item's generics, with the lifetime of the borrow before them.
fn generics(model: &Model) -> Generics {
    let lifetime = names::lifetime(&model.input.generics);
    let mut generics = model.input.generics.clone();
    generics.params.insert(0, parse_quote!(#lifetime));
    generics
}

fn has_fields(model: &Model, fields: &[Field]) -> TokenStream {
    let private = &model.private;
    let (shared, exclusive) = (names::fields(model.ident()), names::fields_mut(model.ident()));
    let shared_fields = literal_fields(fields, |member| quote!(#private::borrow(&__whole.#member)));
    let exclusive_fields = literal_fields(fields, |member| quote!(#private::borrow_mut(&mut __whole.#member)));
    has_fields_of(
        model,
        &quote! {
            let __whole = #private::Ref::into_ref(__whole);
            #shared { #shared_fields }
        },
        &quote! {
            let __whole = #private::RefMut::into_mut(__whole);
            #exclusive { #exclusive_fields }
        },
    )
}

/// Expands to `HasFields` with these bodies for its two functions.
fn has_fields_of(model: &Model, fields: &TokenStream, fields_mut: &TokenStream) -> TokenStream {
    let (private, this, unlisted) = (&model.private, model.self_type(), &model.unlisted);
    let (shared, exclusive) = (names::fields(model.ident()), names::fields_mut(model.ident()));
    let (parameters, _, clause) = model.input.generics.split_for_impl();
    let (with_lifetime, lifetime) = (generics(model), names::lifetime(&model.input.generics));
    let (_, arguments, _) = with_lifetime.split_for_impl();
    quote! {
        #unlisted
        #[automatically_derived]
        // The user's item or a field of it may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::HasFields for #this #clause {
            type Fields<#lifetime> = #shared #arguments where Self: #lifetime;
            type FieldsMut<#lifetime> = #exclusive #arguments where Self: #lifetime;

            #[inline]
            fn fields(__whole: #private::Ref<'_, Self>) -> Self::Fields<'_> {
                #fields
            }

            #[inline]
            fn fields_mut(__whole: #private::RefMut<'_, Self>) -> Self::FieldsMut<'_> {
                #fields_mut
            }
        }
    }
}

/// Expands to `step: borrow(&__whole.step), ...`.
fn literal_fields(fields: &[Field], value: impl Fn(&syn::Member) -> TokenStream) -> TokenStream {
    let literals = fields.iter().map(|Field { member, .. }| {
        let value = value(member);
        quote!(#member: #value)
    });
    quote!(#(#literals),*)
}
