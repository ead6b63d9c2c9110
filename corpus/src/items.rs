//! The structs and enums of a file, found in its tokens. In macros, only those that derive traits of serde are found.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use std::ops::Range;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, GenericParam};

/// A struct or an enum. Outside of macros, it need not derive traits of serde.
pub(crate) struct Item {
    /// The item's name, or a macro's variable.
    pub(crate) name: String,
    /// The bytes of the item and its attributes.
    pub(crate) range: Range<usize>,
    /// Where an entry for the type can stand; `None` in the definition or the call of a macro other than `bitflags!`.
    pub(crate) after: Option<usize>,
    /// The bytes of each `#[cfg(...)]` of the item.
    pub(crate) conditions: Vec<Range<usize>>,
    /// The bytes of each path to a trait of serde in the item's derives.
    pub(crate) derives: Vec<Range<usize>>,
    /// The bytes of each field.
    pub(crate) fields: Vec<Range<usize>>,
    /// The type with its arguments, such as `Pair<f64>`.
    pub(crate) concrete: String,
    /// Whether the item has a lifetime.
    pub(crate) borrows: bool,
}

const DERIVES: &[&str] = &["Serialize", "Deserialize", "Serialize_repr", "Deserialize_repr"];

/// Returns the items of a file.
pub(crate) fn of(text: &str) -> Vec<Item> {
    let Ok(tokens) = text.parse::<TokenStream>() else { return Vec::new() };
    let mut found = Vec::new();
    walk(tokens, Place { after: None, is_macro: false }, &mut found);
    found
}

/// What is around a place.
#[derive(Clone, Copy)]
struct Place {
    /// The end of the call of `bitflags!` around the place.
    after: Option<usize>,
    /// Whether the place is in the definition or the call of another macro.
    is_macro: bool,
}

fn walk(tokens: TokenStream, place: Place, found: &mut Vec<Item>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut nth = 0;
    while nth < trees.len() {
        if let Some((item, end)) = item(&trees, nth, place) {
            found.push(item);
            nth = end;
            continue;
        }
        if let TokenTree::Group(group) = &trees[nth] {
            walk(group.stream(), inside(&trees, nth, place), found);
        }
        nth += 1;
    }
}

/// Returns the place inside the group with the number `nth`.
fn inside(trees: &[TokenTree], nth: usize, place: Place) -> Place {
    let before = |back: usize| nth.checked_sub(back).map(|nth| trees[nth].to_string()).unwrap_or_default();
    let (is_call, is_definition) = (before(1) == "!", before(2) == "!");
    let name = if is_call { before(2) } else { before(3) };
    match (is_call || (is_definition && name == "macro_rules"), name.as_str()) {
        (true, "bitflags") if !place.is_macro => {
            let end = trees[nth].span().byte_range().end;
            let next = trees.get(nth + 1).filter(|next| next.to_string() == ";");
            Place { after: Some(next.map_or(end, |next| next.span().byte_range().end)), is_macro: false }
        }
        (true, _) => Place { is_macro: true, ..place },
        _ => place,
    }
}

/// Returns the item that begins with the token `nth`, and the number of the token behind the item. Returns `None` if no
/// item begins there, or if the item is in a macro and does not derive traits of serde.
fn item(trees: &[TokenTree], nth: usize, place: Place) -> Option<(Item, usize)> {
    let (mut conditions, mut derives, mut at) = (Vec::new(), Vec::new(), nth);
    while let (Some(TokenTree::Punct(hash)), Some(TokenTree::Group(group))) = (trees.get(at), trees.get(at + 1)) {
        if hash.as_char() != '#' || group.delimiter() != Delimiter::Bracket {
            break;
        }
        find_derives(group.stream(), false, &mut derives);
        if group.stream().into_iter().next().is_some_and(|first| first.to_string() == "cfg") {
            conditions.push(hash.span().byte_range().start..group.span().byte_range().end);
        }
        at += 2;
    }
    // `pub(crate)` is two tokens.
    let is_keyword = |nth: &usize| ["struct", "enum"].contains(&trees[*nth].to_string().as_str());
    let is_visible = |nth: &usize| matches!(&trees[*nth], TokenTree::Group(_)) || trees[*nth].to_string() == "pub";
    let keyword = (at..trees.len().min(at + 3)).find(|nth| !is_visible(nth)).filter(is_keyword)?;
    // In a macro, an item counts only if it derives traits of serde.
    let is_alone = derives.is_empty() && (place.is_macro || place.after.is_some());
    if is_alone {
        return None;
    }
    let variable = usize::from(trees.get(keyword + 1)?.to_string() == "$");
    let name = trees.get(keyword + 1 + variable)?.to_string();
    let end = (keyword..trees.len()).find(|nth| match &trees[*nth] {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        tree => tree.to_string() == ";",
    })?;
    let range = trees[nth].span().byte_range().start..trees[end].span().byte_range().end;
    let parsed = syn::parse2::<DeriveInput>(trees[nth..=end].iter().cloned().collect()).ok();
    let is_named = variable == 0 && !place.is_macro;
    let after = is_named.then(|| place.after.unwrap_or(range.end));
    let fields = parsed.as_ref().filter(|_| place.after.is_none()).map(fields).unwrap_or_default();
    let concrete = parsed.as_ref().map_or_else(|| name.clone(), concrete);
    // An item whose name is a macro's variable is not parsed.
    let next = |nth: usize| trees.get(keyword + variable + nth).map(ToString::to_string);
    let borrows = (next(2).as_deref(), next(3).as_deref()) == (Some("<"), Some("'"));
    Some((Item { name, range, after, conditions, derives, fields, concrete, borrows }, end + 1))
}

/// Finds serde's traits in `derive(...)`, also in `cfg_attr(..., derive(...))`.
fn find_derives(tokens: TokenStream, inside: bool, found: &mut Vec<Range<usize>>) {
    let mut path: Option<Range<usize>> = None;
    let mut was_derive = false;
    for tree in tokens {
        let range = tree.span().byte_range();
        match &tree {
            TokenTree::Group(group) => find_derives(group.stream(), was_derive, found),
            TokenTree::Ident(ident) if inside => {
                let start = path.take().map_or(range.start, |path| path.start);
                if is_serde(ident) {
                    found.push(start..range.end);
                }
                path = Some(start..range.end);
            }
            TokenTree::Punct(punct) if inside && punct.as_char() == ',' => path = None,
            TokenTree::Punct(_) if inside => path = Some(path.map_or(range.start, |path| path.start)..range.end),
            _ => {}
        }
        was_derive = matches!(&tree, TokenTree::Ident(ident) if ident == "derive");
    }
}

fn is_serde(ident: &Ident) -> bool {
    DERIVES.iter().any(|name| ident == name)
}

fn fields(input: &DeriveInput) -> Vec<Range<usize>> {
    let range = |field: &syn::Field| {
        let start = field.attrs.first().map_or(field.span(), |first| first.span()).byte_range().start;
        start.min(field.span().byte_range().start)..field.ty.span().byte_range().end
    };
    match &input.data {
        syn::Data::Struct(data) => data.fields.iter().map(range).collect(),
        syn::Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).map(range).collect(),
        syn::Data::Union(_) => Vec::new(),
    }
}

/// Returns the type with `f64` for each parameter without a default, and `3` for each constant without
/// one.
fn concrete(input: &DeriveInput) -> String {
    let arguments: Vec<&str> = input
        .generics
        .params
        .iter()
        .filter_map(|param| match param {
            GenericParam::Type(param) if param.default.is_none() => Some("f64"),
            GenericParam::Const(param) if param.default.is_none() => Some("3"),
            _ => None,
        })
        .collect();
    match arguments.is_empty() {
        true => input.ident.to_string(),
        false => format!("{}<{}>", input.ident, arguments.join(", ")),
    }
}
