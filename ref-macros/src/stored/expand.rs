//! Turns the model into Rust code. No function here can fail.
//!
//! One place proves that a field's type is `Stored`: `impl StoredFieldOf<Owner, INDEX> for Type`. All other generated
//! code has the bound `Type: StoredFieldOf<Owner, INDEX>`, which always holds, and from which `Type: Stored` follows.
//! So a type that is not `Stored` gives one error, at the field, and none in serde's code or at a use of the owner. In
//! where clauses the bound has an unused lifetime, `for<'__any>`: with it, rustc does not check there that the type
//! is `Stored`.
//!
//! An attribute macro sees fields before their `#[cfg]`s are applied, so the code that is generated for a field repeats
//! them.

use super::fields;
use super::model::{Field, Model, Shape, Storage, Variant, fields_mut};
use super::parameter::{associated_types, is_bounded, mentions_parameter};
use super::private::spelled;
use crate::names::{self, Handle};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, GenericParam, Generics, LitStr, WherePredicate, parse_quote};

/// Expands to the user's item and everything beside it.
pub(crate) fn all(model: &Model) -> TokenStream {
    let import = &model.private.import;
    let item = item(model);
    let evidence = model.fields().filter_map(|field| evidence(model, field));
    let (whole, stored) = (evidence_of_the_whole(model), stored(model));
    let handles = handles(model, fields::all);
    quote! { #item #import #(#evidence)* #whole #stored #handles }
}

/// Expands to the aliases of the handles, and the field handles.
pub(crate) fn handles(model: &Model, fields: fn(&Model) -> TokenStream) -> TokenStream {
    if !model.handles {
        return TokenStream::new();
    }
    let aliases = Handle::ALL.iter().map(|handle| alias(model, *handle));
    let fields = fields(model);
    quote! { #(#aliases)* #fields }
}

/// Expands to the user's item, with serde's derives and their bounds.
fn item(model: &Model) -> TokenStream {
    let mut input = model.input.clone();
    if !model.serde {
        return input.into_token_stream();
    }
    for (syntax, field) in fields_mut(&mut input).zip(model.fields()) {
        syntax.attrs.extend(serde_field_bound(model, field));
    }
    let serde = format!("{}::serde", model.private.text);
    let bound = serde_bound(model);
    let private = &model.private.path;
    quote! {
        #[derive(#private::serde::Serialize, #private::serde::Deserialize)]
        #[serde(crate = #serde, bound = #bound)]
        #input
    }
}

/// Returns the bounds of serde's implementations on the type's parameters.
fn serde_bound(model: &Model) -> String {
    let texts = predicates(model, &model.private.spelled());
    texts.into_iter().filter_map(|predicate| spelled(predicate.into_token_stream())).collect::<Vec<_>>().join(", ")
}

/// Returns the bound of serde's implementations on a field's type.
fn serde_field_bound(model: &Model, field: &Field) -> Option<Attribute> {
    let name = assumed_trait(model, field)?;
    let (ty, this) = (spelled(field.ty.to_token_stream())?, spelled(model.self_type())?);
    let bound = format!("for<'__any> {ty}: {}::{name}<'__any, {this}, {}>", model.private.text, field.index);
    let bound = LitStr::new(&bound, field.span());
    Some(parse_quote!(#[serde(bound = #bound)]))
}

/// Returns the trait whose `impl` proves that a field's type can be stored. Returns `None` if the bounds on the
/// parameters prove it, or if serde attributes store or skip the field.
fn evidence_trait(model: &Model, field: &Field) -> Option<Ident> {
    let name = match field.storage {
        Storage::Stored if !is_bounded(&field.ty, &model.input.generics) => "StoredFieldOf",
        Storage::Opaque => "OpaqueFieldOf",
        Storage::Stored | Storage::Custom | Storage::Skipped => return None,
    };
    Some(Ident::new(name, Span::call_site()))
}

/// Returns that trait for use as a bound. Returns `None` if there is an associated type in the field's type: if
/// `T::Item` is the type of another field too, rustc finds two proofs and accepts neither.
fn assumed_trait(model: &Model, field: &Field) -> Option<Ident> {
    let is_plain = associated_types(std::iter::once(field), &model.input.generics).is_empty();
    evidence_trait(model, field).filter(|_| is_plain)
}

/// Expands to the one place where rustc checks that a field's type is `Stored`.
fn evidence(model: &Model, field: &Field) -> Option<TokenStream> {
    let name = evidence_trait(model, field)?;
    let (private, this, ty, index) = (&model.private.path, model.self_type(), &field.ty, &field.index);
    let (generics, cfgs) = (stored_generics(model), &field.cfgs);
    let (parameters, _, clause) = generics.split_for_impl();
    Some(quote_spanned! {field.span()=>
        #(#cfgs)*
        #[automatically_derived]
        // The order of the parameters is that of the user's item.
        #[allow(clippy::mismatching_type_param_order)]
        impl #parameters #private::#name<'_, #this, #index> for #ty #clause {}
    })
}

/// Expands to the one place where rustc checks that the item has the supertraits of `Stored`, provided that its fields'
/// types are right. (Fields under a `#[cfg]` are left out: a where clause cannot have a condition.)
fn evidence_of_the_whole(model: &Model) -> TokenStream {
    let (private, this) = (&model.private.path, model.self_type());
    let mut generics = stored_generics(model);
    let fields = model.fields().filter(|field| field.cfgs.is_empty());
    let assumed: Vec<WherePredicate> = fields
        .filter_map(|field| {
            let (name, ty, index) = (assumed_trait(model, field)?, &field.ty, &field.index);
            Some(parse_quote!(for<'__any> #ty: #private::#name<'__any, #this, #index>))
        })
        .collect();
    if !assumed.is_empty() {
        generics.make_where_clause().predicates.extend(assumed);
    }
    let (parameters, _, clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #private::StoredItem<'_> for #this #clause {}
    }
}

/// Returns the item's generics, with the bounds of its `impl Stored`.
pub(crate) fn stored_generics(model: &Model) -> Generics {
    let mut generics = model.input.generics.clone();
    let predicates = predicates(model, &model.private.path);
    if !predicates.is_empty() {
        generics.make_where_clause().predicates.extend(predicates);
    }
    generics
}

/// Returns the bounds of the generated implementations. Every type parameter is `Stored`, and so is every associated
/// type of a parameter in a stored field. A field that serde fills in when it reads has a `Default`.
fn predicates(model: &Model, private: &TokenStream) -> Vec<WherePredicate> {
    let generics = &model.input.generics;
    let parameters = generics.type_params().map(|syn::TypeParam { ident, .. }| parse_quote!(#ident: #private::Stored));
    let stored = model.fields().filter(|field| field.storage == Storage::Stored);
    let associated = associated_types(stored, generics).into_iter().map(|ty| parse_quote!(#ty: #private::Stored));
    let filled = model.fields().filter(|field| is_filled_in(field) && mentions_parameter(&field.ty, generics));
    let defaults = filled.map(|Field { ty, .. }| parse_quote!(#ty: ::core::default::Default));
    parameters.chain(associated).chain(defaults).collect()
}

/// Returns whether serde fills in the field by `Default`.
fn is_filled_in(field: &Field) -> bool {
    field.serde_words.iter().any(|word| (word.name == "skip" || word.name == "default") && !word.has_value)
}

/// Expands to `impl Stored`.
fn stored(model: &Model) -> TokenStream {
    let (private, this, mut generics) = (&model.private.path, model.self_type(), stored_generics(model));
    generics.make_where_clause().predicates.push(parse_quote!(for<'__any> #this: #private::StoredItem<'__any>));
    let (parameters, _, clause) = generics.split_for_impl();
    let (describe, codec) = (describe(model), codec(model));
    quote! {
        #[automatically_derived]
        impl #parameters #private::Stored for #this #clause {
            #describe
            #codec
        }
    }
}

/// Expands to `fn codec`, if the type chooses a codec. In a type without parameters the codec is made in a constant:
/// rustc then checks the codec's number even if no value is ever stored.
fn codec(model: &Model) -> Option<TokenStream> {
    let codec = &model.options.codec.as_ref()?.value;
    let (private, this) = (&model.private.path, model.self_type());
    let chosen = quote_spanned!(codec.span()=> #private::codec::<#this, #codec>());
    let chosen = match model.input.generics.params.is_empty() {
        true => quote!(const CHOSEN: #private::CodecOf<#this> = #chosen; CHOSEN),
        false => quote_spanned!(codec.span()=> #private::CodecOf::<Self>::new::<#codec>()),
    };
    Some(quote!(fn codec() -> #private::CodecOf<Self> { #chosen }))
}

fn describe(model: &Model) -> TokenStream {
    let (private, name, version) = (&model.private.path, &model.name, &model.version);
    let arguments = model.input.generics.params.iter().filter_map(|param| argument(model, param));
    let parts: Vec<_> = match &model.shape {
        Shape::Struct(fields) => fields.iter().filter_map(|field| part(model, field)).collect(),
        Shape::Enum(variants) => variants.iter().map(|variant| variant_part(model, variant)).collect(),
    };
    quote! {
        fn describe(__schema: &mut #private::Schema) {
            #private::Schema::named(__schema, #name, #version, |__shape| {
                #(#arguments)*
                #(#parts)*
            });
        }
    }
}

fn argument(model: &Model, param: &GenericParam) -> Option<TokenStream> {
    let private = &model.private.path;
    match param {
        GenericParam::Type(syn::TypeParam { ident, .. }) => Some(quote!(#private::Shape::arg::<#ident>(__shape);)),
        GenericParam::Const(syn::ConstParam { ident, .. }) => Some(quote!(#private::Shape::constant(__shape, #ident);)),
        GenericParam::Lifetime(_) => None,
    }
}

fn part(model: &Model, field: &Field) -> Option<TokenStream> {
    let (private, label, ty, cfgs) = (&model.private.path, field.label(), &field.ty, &field.cfgs);
    let (this, index) = (model.self_type(), &field.index);
    // `__shape` does not get the field's span: by hygiene, a local variable is found only under the span at which it
    // was declared, and the field may come from a `macro_rules!`.
    let shape = quote!(__shape);
    let call = match (field.storage, evidence_trait(model, field)) {
        (Storage::Skipped, _) => return None,
        (Storage::Opaque | Storage::Custom, _) => quote!(#private::Shape::opaque(#shape, #label);),
        (Storage::Stored, Some(_)) => {
            quote_spanned!(field.span()=> #private::field::<#this, #ty, #index>(#shape, #label);)
        }
        (Storage::Stored, None) => quote_spanned!(field.span()=> #private::Shape::field::<#ty>(#shape, #label);),
    };
    Some(quote!(#(#cfgs)* #call))
}

fn variant_part(model: &Model, variant: &Variant) -> TokenStream {
    let (private, name, cfgs) = (&model.private.path, variant.ident.unraw().to_string(), &variant.cfgs);
    let fields: Vec<_> = variant.fields.iter().filter_map(|field| part(model, field)).collect();
    let shape = if fields.is_empty() { quote!(_) } else { quote!(__shape) };
    quote!(#(#cfgs)* #private::Shape::variant(__shape, #name, |#shape| { #(#fields)* });)
}

/// Expands to `pub type GridRef<'a> = Ref<'a, Grid>;`.
fn alias(model: &Model, handle: Handle) -> TokenStream {
    let (input, this, private) = (&model.input, model.self_type(), &model.private.path);
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
fn alias_parameter(param: &GenericParam) -> Option<TokenStream> {
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
