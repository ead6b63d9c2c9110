//! Turns the model into Rust code. No function here can fail.
//!
//! One place proves that a field's type is `Stored`: `impl StoredFieldOf<Owner, INDEX> for Type`. (Some types need no
//! proof, and a `Vec<Point>` needs only that of `Point`: see `unproven`. The proof for a map assumes those for its keys
//! and values, so a `Point` that is not `Stored` is an error at the `Point`.) The other implementations have the bound
//! `Type: StoredFieldOf<Owner, INDEX>`, which always holds, and from which `Type: Stored` follows. So a type that is
//! not `Stored` gives one error, at the field, and none at a use of the owner. The bound has an unused lifetime,
//! `for<'__any>`: with it, rustc does not check at the bound that the type is `Stored`.

use super::earlier;
use super::encoding;
use super::fields;
use super::model::{Field, Model, Storage};
use super::opaque;
use super::parameter::{associated_types, elements, mentions, mentions_parameter, unproven};
use crate::names::{self, Handle};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{GenericParam, Generics, Type, WherePredicate, parse_quote};

/// Expands to everything beside the user's item.
pub(crate) fn all(model: &Model) -> TokenStream {
    let handles = handles(model, fields::all);
    if model.options.opaque.is_some() {
        let stored = opaque::all(model);
        return quote! { #stored #handles };
    }
    let evidence = model.fields().map(|field| evidence(model, field));
    let (earlier, stored) = (earlier::evidence(model), stored(model));
    quote! { #(#evidence)* #earlier #stored #handles }
}

/// Expands to the aliases of the handles, and the field handles.
///
/// The aliases come out of a macro that rustc finds by an import. rustc resolves imports after it has expanded all
/// attributes, so it meets the aliases after all items with attributes. If the program has another stored type with the
/// name of an alias, the name is that type's. So that type's generated code is right, and the alias is the one error.
pub(crate) fn handles(model: &Model, fields: fn(&Model) -> TokenStream) -> TokenStream {
    if !model.handles {
        return TokenStream::new();
    }
    let aliases = Handle::ALL.iter().map(|handle| alias(model, *handle)).chain(fields::aliases(model));
    let (private, items, fields) = (&model.private, names::items(model.ident()), fields(model));
    quote! {
        use #private::items as #items;
        #items! { #(#aliases)* }
        #fields
    }
}

/// An `impl` that proves that a field can be stored: of a type in the field, or of the whole item.
struct Proof {
    /// The name of the trait.
    name: Ident,
    ty: TokenStream,
    span: Span,
    /// Whether the proof assumes those before it in the field, which prove the elements of a collection.
    assumes: bool,
    /// The number of the type: the number of its field, plus [`MOST_FIELDS`] for each type before it in the field.
    index: Literal,
}

/// Returns the proofs of a field. The list is empty if the bounds on the parameters or the names in the field's type
/// prove that it can be stored, or if the field is not stored as its type is.
fn proofs(model: &Model, field: &Field) -> Vec<Proof> {
    let generics = &model.input.generics;
    let whole = |ty: &Type| (ty.to_token_stream(), ty.span(), !elements(ty).is_empty());
    let (name, types) = match field.storage() {
        Storage::Stored => ("StoredFieldOf", unproven(&field.ty, generics).into_iter().map(whole).collect()),
        Storage::Opaque if !mentions_parameter(&field.ty, generics) => ("OpaqueFieldOf", vec![whole(&field.ty)]),
        Storage::Flags => ("FlagsFieldOf", vec![(model.self_type(), field.span(), false)]),
        Storage::Skipped if !mentions_parameter(&field.ty, generics) => ("SkippedFieldOf", vec![whole(&field.ty)]),
        _ => return Vec::new(),
    };
    let numbers = (field.number..).step_by(MOST_FIELDS);
    let proof = |((ty, span, is_collection), number)| Proof {
        name: Ident::new(name, Span::call_site()),
        ty,
        span,
        assumes: is_collection && number != field.number && is_plain(model, field),
        index: Literal::usize_unsuffixed(number),
    };
    types.into_iter().zip(numbers).map(proof).collect()
}

/// The distance between the numbers of two types in one field. No item has as many fields.
const MOST_FIELDS: usize = 100_000;

/// Expands to the one place where rustc checks that a field can be stored, if a check is needed. For a field with the
/// option `with`, expands to an implementation of `WithField` that calls the user's functions.
fn evidence(model: &Model, field: &Field) -> TokenStream {
    let (private, this) = (&model.private, model.self_type());
    let generics = stored_generics(model);
    let (parameters, _, clause) = generics.split_for_impl();
    let mut before = generics.clone();
    if let Storage::With(path) = field.storage() {
        let (index, functions) = (&field.index, encoding::functions(private, path, &field.ty));
        return quote_spanned! {path.span()=>
            #[automatically_derived]
            impl #parameters #private::WithField<#index> for #this #clause { #functions }
        };
    }
    let proofs = proofs(model, field).into_iter().map(|proof| {
        let clause = if proof.assumes { before.where_clause.clone() } else { clause.cloned() };
        before.make_where_clause().predicates.push(assumption(model, &proof));
        let Proof { name, ty, span, index, .. } = proof;
        quote_spanned! {span=>
            #[automatically_derived]
            // The order of the parameters is that of the user's item.
            #[allow(clippy::mismatching_type_param_order)]
            impl #parameters #private::#name<'_, #this, #index> for #ty #clause {}
        }
    });
    quote!(#(#proofs)*)
}

/// Returns the bounds that the evidence proves.
///
/// A type with an associated type in it gets no such bound: if `T::Item` is the type of another field too, rustc finds
/// two proofs and accepts neither. The bounds on the parameters prove such a type as well.
fn assumed(model: &Model) -> Vec<WherePredicate> {
    let proofs = model.fields().filter(|field| is_plain(model, field)).flat_map(|field| proofs(model, field));
    proofs.map(|proof| assumption(model, &proof)).collect()
}

/// Returns the bound that a proof proves.
fn assumption(model: &Model, Proof { name, ty, index, .. }: &Proof) -> WherePredicate {
    let (private, this) = (&model.private, model.self_type());
    parse_quote!(for<'__any> #ty: #private::#name<'__any, #this, #index>)
}

/// Returns whether no associated type of a parameter is in the field's type.
fn is_plain(model: &Model, field: &Field) -> bool {
    associated_types(std::iter::once(field), &model.input.generics).is_empty()
}

/// Returns the item's generics, with the bounds of its `impl Stored`.
pub(crate) fn stored_generics(model: &Model) -> Generics {
    let mut generics = model.input.generics.clone();
    let predicates = predicates(model);
    if !predicates.is_empty() {
        generics.make_where_clause().predicates.extend(predicates);
    }
    generics
}

/// Returns the bounds of the generated implementations. A type parameter is `Stored` if a field that is written names
/// it, and `'static` otherwise. An associated type of a parameter is `Stored` if it is in a field that is stored as its
/// type is. The type of an opaque field that names a parameter has serde's traits, and the type of such a skipped field
/// is `Default`. An opaque type with parameters has serde's traits itself.
fn predicates(model: &Model) -> Vec<WherePredicate> {
    let (private, generics) = (&model.private, &model.input.generics);
    if model.options.opaque.is_some() {
        let this = model.self_type();
        let own = generics.type_params().map(|syn::TypeParam { ident, .. }| parse_quote!(#ident: 'static));
        let whole = (!generics.params.is_empty()).then(|| parse_quote!(#this: #private::Serde));
        return own.chain(whole).collect();
    }
    let stored: Vec<_> = stored_parameters(model).collect();
    let parameters = generics.type_params().map(|syn::TypeParam { ident, .. }| match stored.contains(&ident) {
        true => parse_quote!(#ident: #private::Stored),
        false => parse_quote!(#ident: 'static),
    });
    let plain = model.fields().filter(|field| matches!(field.storage(), Storage::Stored));
    let associated = associated_types(plain, generics).into_iter().map(|ty| parse_quote!(#ty: #private::Stored));
    let others = model.fields().filter(|field| mentions_parameter(&field.ty, generics)).filter_map(|field| {
        let ty = &field.ty;
        match field.storage() {
            Storage::Opaque => Some(parse_quote!(#ty: #private::Serde)),
            Storage::Skipped => Some(parse_quote!(#ty: #private::HasDefault)),
            Storage::Stored | Storage::Flags | Storage::With(_) => None,
        }
    });
    parameters.chain(associated).chain(others).collect()
}

/// Returns the type parameters that the written fields name. They are arguments in the description.
fn stored_parameters(model: &Model) -> impl Iterator<Item = &Ident> {
    let is_stored = |ident: &Ident| model.fields().any(|field| field.is_written() && mentions(&field.ty, ident));
    model.input.generics.type_params().map(|param| &param.ident).filter(move |ident| is_stored(ident))
}

/// Expands to `impl Stored`, `impl Built` and `impl Versioned`.
fn stored(model: &Model) -> TokenStream {
    let (private, this, mut generics) = (&model.private, model.self_type(), stored_generics(model));
    let assumed: Vec<_> = assumed(model).into_iter().chain(earlier::assumed(model)).collect();
    if !assumed.is_empty() {
        generics.make_where_clause().predicates.extend(assumed);
    }
    let (parameters, _, clause) = generics.split_for_impl();
    let (store, codec, earlier) = (encoding::store(model), codec(model), earlier::constant(model));
    let restore = earlier::restore(model);
    let (definition, build) = (encoding::definition(model, &arguments(model)), encoding::build(model));
    // In a type with parameters the attribute would hide which argument is not `Stored`.
    let unlisted = model.unlisted.as_ref().filter(|_| model.input.generics.params.is_empty());
    let versioned = versioned(model, &stored_generics(model), unlisted);
    quote! {
        #unlisted
        #[automatically_derived]
        // The user's item or a field of it may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::Stored for #this #clause {
            #[inline]
            fn describe(__schema: &mut #private::Schema) {
                #private::describe::<Self>(__schema);
            }

            #store

            fn restore<'__de, __D: #private::Deserializer<'__de>>(__from: __D) -> #private::Result<Self, __D::Error> {
                #restore
            }

            #codec

            #earlier
        }

        #unlisted
        #[automatically_derived]
        // The user's item or a field of it may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::Built for #this #clause {
            #definition

            #build
        }

        #versioned
    }
}

/// Expands to `impl Versioned`, without the bounds that the evidence proves.
pub(super) fn versioned(model: &Model, generics: &Generics, unlisted: Option<&TokenStream>) -> TokenStream {
    let (private, this, name, version) = (&model.private, model.self_type(), &model.name, &model.version);
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #unlisted
        #[automatically_derived]
        // The user's item may be deprecated.
        #[allow(deprecated)]
        impl #parameters #private::Versioned for #this #clause {
            const NAME: &'static #private::str = #name;
            const VERSION: #private::u32 = #version;
        }
    }
}

/// Expands to `fn codec`, if the type chooses a codec. In a type without parameters the codec is made in a constant:
/// rustc then checks the codec's number even if no value is ever stored.
pub(super) fn codec(model: &Model) -> Option<TokenStream> {
    let codec = &model.options.codec.as_ref()?.value;
    let (private, this) = (&model.private, model.self_type());
    let chosen = quote_spanned!(codec.span()=> #private::codec::<#this, #codec>());
    let chosen = match model.input.generics.params.is_empty() {
        true => quote!(const CHOSEN: #private::CodecOf<#this> = #chosen; CHOSEN),
        false => quote_spanned!(codec.span()=> #private::CodecOf::<Self>::new::<#codec>()),
    };
    Some(quote!(fn codec() -> #private::CodecOf<Self> { #chosen }))
}

/// Expands to the function that writes the type's arguments to its description.
fn arguments(model: &Model) -> TokenStream {
    let private = &model.private;
    let stored: Vec<_> = stored_parameters(model).collect();
    let arguments: Vec<_> = model
        .input
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(syn::TypeParam { ident, .. }) if stored.contains(&ident) => {
                Some(quote!(#private::Shape::arg::<#ident>(__shape);))
            }
            GenericParam::Const(syn::ConstParam { ident, .. }) => {
                Some(quote!(#private::Shape::constant(__shape, #ident);))
            }
            GenericParam::Type(_) | GenericParam::Lifetime(_) => None,
        })
        .collect();
    match arguments.is_empty() {
        true => quote!(#private::no_arguments),
        false => quote!(|__shape| { #(#arguments)* }),
    }
}

/// Expands to `pub type GridRef<'a> = Ref<'a, Grid>;`.
fn alias(model: &Model, handle: Handle) -> TokenStream {
    let (input, this, private) = (&model.input, model.self_type(), &model.private);
    let (vis, generics) = (&input.vis, &input.generics);
    let (lifetime, access) = (names::lifetime(generics), names::access(&input.ident, generics));
    let lifetime = handle.has_lifetime().then_some(lifetime).into_iter();
    let access = handle.has_access().then_some(access).into_iter();
    let lifetimes =
        lifetime.clone().map(|it| quote!(#it)).chain(generics.lifetimes().map(|it| it.lifetime.to_token_stream()));
    let parameters = access.clone().map(|it| quote!(#it)).chain(generics.params.iter().filter_map(alias_parameter));
    let (name, target) = (names::handle(&input.ident, handle), Ident::new(handle.name(), Span::call_site()));
    let doc = handle.doc(&input.ident);
    quote! {
        #[doc = #doc]
        // A program need not use each alias, and an item's name may be written in any case.
        #[allow(dead_code, unreachable_pub, non_camel_case_types)]
        #vis type #name<#(#lifetimes,)* #(#parameters),*> = #private::#target<#(#lifetime,)* #this #(, #access)*>;
    }
}

/// Returns a parameter with its default and without its bounds, which rustc does not check in an alias.
pub(super) fn alias_parameter(param: &GenericParam) -> Option<TokenStream> {
    match param {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(syn::TypeParam { ident, default, .. }) => {
            let default = default.as_ref().map(|(equals, default)| quote!(#equals #default));
            Some(quote!(#ident #default))
        }
        GenericParam::Const(param) => {
            let mut param = param.clone();
            param.attrs.clear();
            Some(param.into_token_stream())
        }
    }
}
