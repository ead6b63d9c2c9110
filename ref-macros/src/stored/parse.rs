//! Reads the item and the options from tokens.

use super::conditional;
use crate::diagnostics::{Diagnostics, did_you_mean};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Expr, Ident, Item, Lit, Meta, MetaNameValue, Path, Token, Type};

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
    pub(crate) handles: Option<Given<bool>>,
    /// Whether the type's own serde traits write its values.
    pub(crate) opaque: Option<Given<()>>,
    /// Whether generated code has attributes of the tool `diagnostic`.
    pub(crate) diagnostic: Option<Given<bool>>,
    pub(crate) codec: Option<Given<Path>>,
    /// The type of the earlier definition.
    pub(crate) from: Option<Given<Type>>,
}

/// The options of `#[global_store(...)]` on a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) opaque: Option<Given<()>>,
    pub(crate) skip: Option<Given<()>>,
    pub(crate) with: Option<Given<Path>>,
}

const ITEM_OPTIONS: &[&str] = &["version", "from", "name", "crate", "codec", "handles", "opaque", "diagnostic"];
const FIELD_OPTIONS: &[&str] = &["opaque", "skip", "with"];

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
            "from" => once(&mut options.from, &meta, ty(&meta, "CartV1", errors), errors),
            "name" => once(&mut options.name, &meta, text(&meta, errors), errors),
            "crate" => once(&mut options.krate, &meta, path(&meta, "::ref_core", errors), errors),
            "codec" => once(&mut options.codec, &meta, path(&meta, "MyCodec", errors), errors),
            "handles" => once(&mut options.handles, &meta, boolean(&meta, errors), errors),
            "opaque" => once(&mut options.opaque, &meta, flag(&meta, errors), errors),
            "diagnostic" => once(&mut options.diagnostic, &meta, boolean(&meta, errors), errors),
            other => unknown(&meta, other, "a type", ITEM_OPTIONS, errors),
        }
    }
    options
}

/// Takes the attributes `#[global_store]` off a field, and returns their options.
pub(crate) fn field_options(attributes: &mut Vec<Attribute>, errors: &mut Diagnostics) -> FieldOptions {
    let mut options = FieldOptions::default();
    for attribute in attributes.extract_if(.., |attribute| is_ours(attribute)) {
        for meta in attribute_metas(&attribute, errors) {
            match word(&meta).as_str() {
                "opaque" => once(&mut options.opaque, &meta, flag(&meta, errors), errors),
                "skip" => once(&mut options.skip, &meta, flag(&meta, errors), errors),
                "with" => once(&mut options.with, &meta, path(&meta, "module", errors), errors),
                other => unknown(&meta, other, "a field", FIELD_OPTIONS, errors),
            }
        }
    }
    options
}

/// Takes the attributes `#[global_store]` off a variant, and reports each of them: a variant has no options.
pub(crate) fn no_variant_options(attributes: &mut Vec<Attribute>, errors: &mut Diagnostics) {
    for attribute in attributes.extract_if(.., |attribute| is_ours(attribute)) {
        errors.on(attribute, "`#[global_store]` has no options on a variant; write it on a field of the variant");
    }
}

/// Takes further attributes `#[global_store]` off the item, and returns them.
pub(crate) fn repeated(attributes: &mut Vec<Attribute>) -> Vec<Attribute> {
    attributes.extract_if(.., |attribute| is_ours(attribute)).collect()
}

/// Returns whether the item has another attribute `#[global_store]`.
pub(crate) fn is_repeated(attributes: &[Attribute]) -> bool {
    attributes.iter().any(is_ours)
}

/// Returns whether an attribute is `#[global_store]`, or the helper attribute that stands for `#[global_store]` in the
/// input of the hidden derive.
fn is_ours(attribute: &Attribute) -> bool {
    is_global_store(attribute.path()) || attribute.path().is_ident(conditional::HELPER)
}

/// Returns whether a path is that of `#[global_store]`.
pub(crate) fn is_global_store(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == "global_store")
}

fn attribute_metas(attribute: &Attribute, errors: &mut Diagnostics) -> Vec<Meta> {
    match &attribute.meta {
        Meta::List(list) => metas(list.tokens.clone(), errors),
        Meta::Path(_) | Meta::NameValue(_) => {
            let message = "`#[global_store]` on a field needs an option in parentheses: `opaque`, `skip` or `with`";
            errors.on(attribute, message);
            Vec::new()
        }
    }
}

pub(crate) fn parse_metas(tokens: TokenStream) -> syn::Result<Punctuated<Meta, Token![,]>> {
    let metas = |input: ParseStream<'_>| Punctuated::parse_terminated_with(input, meta);
    metas.parse2(tokens)
}

/// Parses an option. The value of `from` is a type, which syn may not accept as an expression: `PairV1<T>`.
fn meta(input: ParseStream<'_>) -> syn::Result<Meta> {
    let fork = input.fork();
    if fork.call(Ident::parse_any).is_ok_and(|word| word == "from") && fork.peek(Token![=]) {
        let (path, eq_token) = (input.parse::<Ident>()?.into(), input.parse()?);
        if input.fork().parse::<Type>().is_ok() {
            let value = Expr::Verbatim(input.parse::<Type>()?.into_token_stream());
            return Ok(Meta::NameValue(MetaNameValue { path, eq_token, value }));
        }
        return Ok(Meta::NameValue(MetaNameValue { path, eq_token, value: input.parse()? }));
    }
    input.parse()
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

/// Fills in an option, or reports that the option is given twice.
fn once<T>(slot: &mut Option<Given<T>>, meta: &Meta, value: Option<T>, errors: &mut Diagnostics) {
    let span = meta.path().span();
    if slot.is_some() {
        errors.at(span, format!("`{}` is given twice; keep one of them", word(meta)));
    } else if let Some(value) = value {
        *slot = Some(Given { value, span });
    }
}

/// Reports an option that does not exist in this place.
fn unknown(meta: &Meta, given: &str, on: &str, known: &[&str], errors: &mut Diagnostics) {
    let path = meta.path();
    let elsewhere = ITEM_OPTIONS.contains(&given) || FIELD_OPTIONS.contains(&given);
    if elsewhere {
        let target = if FIELD_OPTIONS.contains(&given) { "a field" } else { "the type" };
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

fn ty(meta: &Meta, example: &str, errors: &mut Diagnostics) -> Option<Type> {
    let found = match value(meta) {
        Some(Expr::Verbatim(tokens)) => syn::parse2(tokens.clone()).ok(),
        _ => None,
    };
    or_expected(found, meta, "a type", example, errors)
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
