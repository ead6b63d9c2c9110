//! Reads the item and the options from tokens.

use crate::diagnostics::{Diagnostics, did_you_mean};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Expr, Item, Lit, Meta, Path, Token};

/// The value of an option that the user gave, and its place.
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The options of `#[global_store(...)]` on the type.
#[derive(Default)]
pub(crate) struct ItemOptions {
    pub(crate) version: Option<Given<u32>>,
    pub(crate) name: Option<Given<String>>,
    pub(crate) krate: Option<Given<Path>>,
    pub(crate) serde: Option<Given<bool>>,
    pub(crate) handles: Option<Given<bool>>,
    pub(crate) codec: Option<Given<Path>>,
    pub(crate) lossy: Option<Given<()>>,
}

/// The options of `#[global_store(...)]` on a field or a variant.
#[derive(Default)]
pub(crate) struct PartOptions {
    pub(crate) opaque: Option<Given<()>>,
    pub(crate) lossy: Option<Given<()>>,
}

/// One word of a `#[serde(...)]` attribute.
pub(crate) struct SerdeWord {
    pub(crate) name: String,
    pub(crate) has_value: bool,
    pub(crate) span: Span,
}

const ITEM_OPTIONS: &[&str] = &["version", "name", "crate", "codec", "serde", "handles", "lossy"];
const FIELD_OPTIONS: &[&str] = &["opaque", "lossy"];
const VARIANT_OPTIONS: &[&str] = &["lossy"];

/// Parses the item, if it is a struct or an enum.
pub(crate) fn item(tokens: TokenStream, errors: &mut Diagnostics) -> Option<DeriveInput> {
    match syn::parse2::<DeriveInput>(tokens.clone()) {
        Ok(DeriveInput { data: Data::Union(data), .. }) => {
            errors.at(
                data.union_token.span,
                "a union cannot live in a store: nothing says which field is meant; write an `enum`",
            );
            None
        }
        Ok(input) => Some(input),
        Err(error) => {
            errors.add(not_a_type(tokens).unwrap_or(error));
            None
        }
    }
}

/// Returns the error for an item that is not a type.
fn not_a_type(tokens: TokenStream) -> Option<syn::Error> {
    let (span, what) = match syn::parse2::<Item>(tokens).ok()? {
        Item::Fn(item) => (item.sig.fn_token.span, "a function"),
        Item::Trait(item) => (item.trait_token.span, "a trait"),
        Item::Impl(item) => (item.impl_token.span, "an `impl`"),
        Item::Type(item) => (item.type_token.span, "a type alias"),
        Item::Mod(item) => (item.mod_token.span, "a module"),
        item => (item.span(), "this item"),
    };
    Some(syn::Error::new(span, format!("`#[global_store]` belongs on a `struct` or an `enum`, not on {what}")))
}

pub(crate) fn item_options(tokens: TokenStream, errors: &mut Diagnostics) -> ItemOptions {
    let mut options = ItemOptions::default();
    for meta in metas(tokens, errors) {
        match word(&meta).as_str() {
            "version" => once(&mut options.version, &meta, number(&meta, errors), errors),
            "name" => once(&mut options.name, &meta, text(&meta, errors), errors),
            "crate" => once(&mut options.krate, &meta, path(&meta, "::ref_core", errors), errors),
            "codec" => once(&mut options.codec, &meta, path(&meta, "MyCodec", errors), errors),
            "serde" => once(&mut options.serde, &meta, boolean(&meta, errors), errors),
            "handles" => once(&mut options.handles, &meta, boolean(&meta, errors), errors),
            "lossy" => once(&mut options.lossy, &meta, flag(&meta, errors), errors),
            other => unknown(&meta, other, "a type", ITEM_OPTIONS, errors),
        }
    }
    options
}

/// Takes the attributes `#[global_store]` off a field, and returns their options.
pub(crate) fn field_options(attributes: &mut Vec<Attribute>, errors: &mut Diagnostics) -> PartOptions {
    part_options(attributes, "a field", FIELD_OPTIONS, errors)
}

/// Takes the attributes `#[global_store]` off a variant, and returns their options.
pub(crate) fn variant_options(attributes: &mut Vec<Attribute>, errors: &mut Diagnostics) -> PartOptions {
    part_options(attributes, "a variant", VARIANT_OPTIONS, errors)
}

fn part_options(attributes: &mut Vec<Attribute>, on: &str, known: &[&str], errors: &mut Diagnostics) -> PartOptions {
    let mut options = PartOptions::default();
    for attribute in attributes.extract_if(.., |attribute| is_ours(attribute)) {
        for meta in attribute_metas(&attribute, known, errors) {
            match word(&meta).as_str() {
                "opaque" if known.contains(&"opaque") => {
                    once(&mut options.opaque, &meta, flag(&meta, errors), errors);
                }
                "lossy" => once(&mut options.lossy, &meta, flag(&meta, errors), errors),
                other => unknown(&meta, other, on, known, errors),
            }
        }
    }
    options
}

/// Takes further attributes `#[global_store]` off the item, and returns them.
pub(crate) fn repeated(attributes: &mut Vec<Attribute>) -> Vec<Attribute> {
    attributes.extract_if(.., |attribute| is_ours(attribute)).collect()
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "global_store")
}

fn attribute_metas(attribute: &Attribute, known: &[&str], errors: &mut Diagnostics) -> Vec<Meta> {
    match &attribute.meta {
        Meta::List(list) => metas(list.tokens.clone(), errors),
        Meta::Path(_) | Meta::NameValue(_) => {
            let options = known.join("` or `");
            errors.on(attribute, format!("`#[global_store]` here needs an option: `{options}`, in parentheses"));
            Vec::new()
        }
    }
}

/// Returns the `#[cfg]`s among `attributes`, for generated code that depends on the same conditions.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// Returns the `#[cfg_attr]`s in which there are attributes that the macro would have to know.
pub(crate) fn hidden_attributes(attributes: &[Attribute]) -> Vec<Attribute> {
    let hides = |attribute: &&Attribute| {
        let list = attribute.meta.require_list().ok().filter(|_| attribute.path().is_ident("cfg_attr"));
        list.and_then(|list| parse_metas(list.tokens.clone()).ok())
            .is_some_and(|metas| metas.iter().skip(1).any(is_known))
    };
    attributes.iter().filter(hides).cloned().collect()
}

fn is_known(meta: &Meta) -> bool {
    let last = meta.path().segments.last();
    last.is_some_and(|last| last.ident == "global_store" || last.ident == "serde" || last.ident == "cfg")
}

/// Returns every word of every `#[serde(...)]` among `attributes`. An attribute that cannot be parsed is left out,
/// since serde reports it.
pub(crate) fn serde_words(attributes: &[Attribute]) -> Vec<SerdeWord> {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let lists = lists.filter_map(|attribute| attribute.meta.require_list().ok());
    lists.flat_map(|list| parse_metas(list.tokens.clone()).unwrap_or_default()).map(serde_word).collect()
}

fn serde_word(meta: Meta) -> SerdeWord {
    SerdeWord { name: word(&meta), has_value: !matches!(meta, Meta::Path(_)), span: meta.path().span() }
}

fn parse_metas(tokens: TokenStream) -> syn::Result<Punctuated<Meta, Token![,]>> {
    Punctuated::parse_terminated.parse2(tokens)
}

fn metas(tokens: TokenStream, errors: &mut Diagnostics) -> Vec<Meta> {
    match parse_metas(tokens) {
        Ok(metas) => metas.into_iter().collect(),
        Err(error) => {
            errors.add(error);
            Vec::new()
        }
    }
}

fn word(meta: &Meta) -> String {
    meta.path().get_ident().map(ToString::to_string).unwrap_or_default()
}

/// Rule: every option is given once.
fn once<T>(slot: &mut Option<Given<T>>, meta: &Meta, value: Option<T>, errors: &mut Diagnostics) {
    let span = meta.path().span();
    if slot.is_some() {
        errors.at(span, format!("`{}` is given twice; keep one of them", word(meta)));
    } else if let Some(value) = value {
        *slot = Some(Given { value, span });
    }
}

/// Rule: only options that exist are given.
fn unknown(meta: &Meta, given: &str, on: &str, known: &[&str], errors: &mut Diagnostics) {
    let path = meta.path();
    let elsewhere = ITEM_OPTIONS.contains(&given) || FIELD_OPTIONS.contains(&given);
    if elsewhere {
        let target = if ITEM_OPTIONS.contains(&given) { "the type" } else { "a field" };
        return errors.on(path, format!("`{given}` is an option of {target}, not of {on}; write it there"));
    }
    let given = quote!(#path).to_string().replace(' ', "");
    errors.on(path, format!("`#[global_store]` has no option `{given}` on {on}; {}", did_you_mean(&given, known)));
}

fn flag(meta: &Meta, errors: &mut Diagnostics) -> Option<()> {
    if meta.require_path_only().is_err() {
        errors.on(meta, format!("`{0}` takes no value; write `{0}`", word(meta)));
        return None;
    }
    Some(())
}

fn number(meta: &Meta, errors: &mut Diagnostics) -> Option<u32> {
    let found = literal(meta).and_then(|literal| match literal {
        Lit::Int(number) => number.base10_parse().ok(),
        _ => None,
    });
    or_expected(found, meta, "a number up to 4294967295", "2", errors)
}

fn text(meta: &Meta, errors: &mut Diagnostics) -> Option<String> {
    let found = literal(meta).and_then(|literal| match literal {
        Lit::Str(text) => Some(text.value()),
        _ => None,
    });
    or_expected(found, meta, "a string", "\"grid\"", errors)
}

fn boolean(meta: &Meta, errors: &mut Diagnostics) -> Option<bool> {
    let found = literal(meta).and_then(|literal| match literal {
        Lit::Bool(boolean) => Some(boolean.value),
        _ => None,
    });
    or_expected(found, meta, "`true` or `false`", "false", errors)
}

fn path(meta: &Meta, example: &str, errors: &mut Diagnostics) -> Option<Path> {
    let found = match value(meta) {
        Some(Expr::Path(path)) if path.qself.is_none() && path.attrs.is_empty() => Some(path.path.clone()),
        _ => None,
    };
    or_expected(found, meta, "a path", example, errors)
}

fn or_expected<T>(found: Option<T>, meta: &Meta, what: &str, example: &str, errors: &mut Diagnostics) -> Option<T> {
    if found.is_none() {
        errors.on(meta, format!("`{0}` needs {what}; write `{0} = {example}`", word(meta)));
    }
    found
}

fn value(meta: &Meta) -> Option<&Expr> {
    match meta {
        Meta::NameValue(pair) => Some(ungrouped(&pair.value)),
        Meta::Path(_) | Meta::List(_) => None,
    }
}

/// Takes off the group in which `macro_rules!` wraps an expression that it passes on.
fn ungrouped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Group(group) => ungrouped(&group.expr),
        _ => expression,
    }
}

fn literal(meta: &Meta) -> Option<&Lit> {
    match value(meta)? {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    }
}
