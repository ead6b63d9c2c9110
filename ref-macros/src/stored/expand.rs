//! The model as Rust code. Nothing here can fail.
//!
//! A field's type is proved `Stored` at one place, `impl StoredFieldOf<Owner, INDEX> for Type`. All else asks for
//! `Type: StoredFieldOf<Owner, INDEX>`, which always holds and from which `Type: Stored` follows. So a type that is not
//! `Stored` is one error, at the field, and none in serde's code or where the owner is used. In serde's where clauses
//! the bound has an unused lifetime, `for<'__any>`, that keeps rustc from proving on the spot what follows from it.
//!
//! An attribute macro sees fields before their `#[cfg]`s are applied, so all that is made of a field repeats them.

use super::fields;
use super::model::{
    Field, Model, Shape, Storage, Variant, fields_mut, is_parameter, is_projection, mentions_parameter, spelled,
};
use crate::names::{self, Handle};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Attribute, GenericParam, LitStr, parse_quote};

/// The user's item and all that goes with it.
pub(crate) fn all(model: &Model) -> TokenStream {
    let import = &model.private.import;
    let item = item(model);
    let evidence = model.fields().filter_map(|field| evidence(model, field));
    let stored = stored(model);
    let handles = handles(model);
    quote! { #item #import #(#evidence)* #stored #handles }
}

/// The names of the handles, and the field handles.
pub(crate) fn handles(model: &Model) -> TokenStream {
    if !model.handles {
        return TokenStream::new();
    }
    let aliases = Handle::ALL.iter().map(|handle| alias(model, *handle));
    let fields = fields::all(model);
    quote! { #(#aliases)* #fields }
}

/// The user's item with serde's derives and their bounds.
fn item(model: &Model) -> TokenStream {
    let mut input = model.input.clone();
    if !model.serde {
        return input.into_token_stream();
    }
    for (syntax, field) in fields_mut(&mut input).zip(model.fields()) {
        syntax.attrs.extend(serde_field_bound(model, field));
    }
    let serde = format!("{}::serde", model.private.text);
    let bound = parameters_bound(model);
    let derives = &model.private.path;
    quote! {
        #[derive(#derives::serde::Serialize, #derives::serde::Deserialize)]
        #[serde(crate = #serde, bound = #bound)]
        #input
    }
}

/// `"T: Stored, U: Stored"`
fn parameters_bound(model: &Model) -> String {
    let stored = |param: &syn::TypeParam| format!("{}: {}::Stored", param.ident, model.private.text);
    model.input.generics.type_params().map(stored).collect::<Vec<_>>().join(", ")
}

/// What serde's implementations may take for granted about a field.
fn serde_field_bound(model: &Model, field: &Field) -> Option<Attribute> {
    let serialize = spelled_bound(model, field);
    let deserialize = [serialize.clone(), default_bound(model, field)].into_iter().flatten().collect::<Vec<_>>();
    if deserialize.is_empty() {
        return None;
    }
    let (serialize, deserialize) = (serialize.unwrap_or_default(), deserialize.join(", "));
    let is_one = serialize == deserialize;
    let [serialize, deserialize] = [serialize, deserialize].map(|bound| LitStr::new(&bound, field.span()));
    if is_one {
        return Some(parse_quote!(#[serde(bound = #serialize)]));
    }
    Some(parse_quote!(#[serde(bound(serialize = #serialize, deserialize = #deserialize))]))
}

fn spelled_bound(model: &Model, field: &Field) -> Option<String> {
    let (ty, this) = (spelled(field.ty.to_token_stream())?, spelled(model.self_type())?);
    let private = &model.private.text;
    Some(match bound(model, field)? {
        Bound::Stored => format!("{ty}: {private}::Stored"),
        Bound::Evidence(name) => format!("for<'__any> {ty}: {private}::{name}<{this}, {}>", field.index),
    })
}

/// serde fills in a field that it does not read by `Default`.
fn default_bound(model: &Model, field: &Field) -> Option<String> {
    let fills_in =
        field.serde_words.iter().any(|word| (word.name == "skip" || word.name == "default") && !word.has_value);
    if fills_in && mentions_parameter(&field.ty, &model.input) {
        return Some(format!("{}: ::core::default::Default", spelled(field.ty.to_token_stream())?));
    }
    None
}

/// What the implementations ask of a field's type.
enum Bound {
    Stored,
    Evidence(Ident),
}

fn bound(model: &Model, field: &Field) -> Option<Bound> {
    let evidence = |name| Some(Bound::Evidence(Ident::new(name, Span::call_site())));
    match field.storage {
        Storage::Stored if is_parameter(&field.ty, &model.input) => None,
        Storage::Stored if is_projection(&field.ty, &model.input) => Some(Bound::Stored),
        Storage::Stored => evidence("StoredFieldOf"),
        Storage::Opaque => evidence("OpaqueFieldOf"),
        Storage::Custom | Storage::Skipped => None,
    }
}

/// The one place where rustc looks whether a field's type is `Stored`.
fn evidence(model: &Model, field: &Field) -> Option<TokenStream> {
    let Bound::Evidence(name) = bound(model, field)? else { return None };
    let (private, this, ty, index) = (&model.private.path, model.self_type(), &field.ty, field.index);
    let (generics, cfgs) = (stored_generics(model), &field.cfgs);
    let (parameters, _, clause) = generics.split_for_impl();
    Some(quote_spanned! {field.span()=>
        #(#cfgs)*
        #[automatically_derived]
        impl #parameters #private::#name<#this, #index> for #ty #clause {}
    })
}

/// The item's generics, with every type parameter `Stored`.
pub(crate) fn stored_generics(model: &Model) -> syn::Generics {
    let mut generics = model.input.generics.clone();
    let private = &model.private.path;
    let parameters: Vec<_> = generics.type_params().map(|param| param.ident.clone()).collect();
    if !parameters.is_empty() {
        let clause = generics.make_where_clause();
        clause
            .predicates
            .extend(parameters.iter().map(|param| -> syn::WherePredicate { parse_quote!(#param: #private::Stored) }));
    }
    generics
}

/// `impl Stored`
fn stored(model: &Model) -> TokenStream {
    let mut generics = stored_generics(model);
    let (private, this) = (&model.private.path, model.self_type());
    let unproved = model.fields().filter(|field| matches!(bound(model, field), Some(Bound::Stored)));
    for Field { ty, .. } in unproved {
        generics.make_where_clause().predicates.push(parse_quote!(#ty: #private::Stored));
    }
    let (parameters, _, clause) = generics.split_for_impl();
    let describe = describe(model);
    quote! {
        #[automatically_derived]
        impl #parameters #private::Stored for #this #clause {
            #describe
        }
    }
}

fn describe(model: &Model) -> TokenStream {
    let (private, name, version) = (&model.private.path, &model.name, model.version);
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
    let (this, index) = (model.self_type(), field.index);
    let call = match (field.storage, bound(model, field)) {
        (Storage::Skipped, _) => return None,
        (Storage::Opaque | Storage::Custom, _) => quote!(#private::Shape::opaque(__shape, #label);),
        (Storage::Stored, Some(Bound::Evidence(_))) => {
            quote_spanned!(field.span()=> #private::field::<#this, #ty, #index>(__shape, #label);)
        }
        (Storage::Stored, _) => quote_spanned!(field.span()=> #private::Shape::field::<#ty>(__shape, #label);),
    };
    Some(quote!(#(#cfgs)* #call))
}

fn variant_part(model: &Model, variant: &Variant) -> TokenStream {
    let (private, name, cfgs) = (&model.private.path, variant.ident.unraw().to_string(), &variant.cfgs);
    let fields: Vec<_> = variant.fields.iter().filter_map(|field| part(model, field)).collect();
    let shape = if fields.is_empty() { quote!(_) } else { quote!(__shape) };
    quote!(#(#cfgs)* #private::Shape::variant(__shape, #name, |#shape| { #(#fields)* });)
}

/// `pub type GridRef<'a> = Ref<'a, Grid>;`
fn alias(model: &Model, handle: Handle) -> TokenStream {
    let (input, this, private) = (&model.input, model.self_type(), &model.private.path);
    let (vis, generics) = (&input.vis, &input.generics);
    let (lifetime, access) = (names::lifetime(generics), names::access(generics));
    let lifetime = handle.has_lifetime().then_some(lifetime).into_iter();
    let access = handle.has_access().then_some(access).into_iter();
    let lifetimes =
        lifetime.clone().map(|it| quote!(#it)).chain(generics.lifetimes().map(|it| it.lifetime.to_token_stream()));
    let parameters = access.clone().map(|it| quote!(#it)).chain(generics.params.iter().filter_map(alias_parameter));
    let (name, target) = (names::handle(&input.ident, handle), Ident::new(handle.name(), Span::call_site()));
    let doc = handle.doc(&input.ident);
    quote! {
        #[doc = #doc]
        #[allow(dead_code, unreachable_pub, non_camel_case_types)]
        #vis type #name<#(#lifetimes,)* #(#parameters),*> = #private::#target<#(#lifetime,)* #this #(, #access)*>;
    }
}

/// A parameter with its default and without its bounds, which aliases do not check.
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
