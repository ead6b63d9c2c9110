//! Collects the public items of the crate's public modules, which users can name.

use super::source::{self, Meaning, Module, conditions, is_hidden, is_public, name_of, names_of, text_of};
use std::fs;
use std::path::Path;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, Meta, TraitItem, Type, WherePredicate, parse_quote};

/// A public module, by its path from the crate.
pub(crate) struct Area {
    pub(crate) path: String,
    pub(crate) says: String,
    pub(crate) entries: Vec<Entry>,
}

/// A public item.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// `struct`, `trait`, `attribute macro`, ...
    pub(crate) kind: &'static str,
    /// The item with its parameters.
    pub(crate) shape: String,
    /// The first sentence of the item's documentation.
    pub(crate) says: String,
    /// The features of the crate that the item needs.
    pub(crate) features: Vec<String>,
    /// Fields, variants, methods, constants: each with the first sentence of its documentation.
    pub(crate) members: Vec<(String, String)>,
    pub(crate) traits: Vec<String>,
}

pub(crate) fn of_the_crate(repository: &Path) -> Vec<Area> {
    let root = source::read(&repository.join("ref-core/src/lib.rs"));
    let macros = source::read(&repository.join("ref-macros/src/lib.rs"));
    let mut areas = Vec::new();
    collect(repository, &root, &macros, &[], &mut areas);
    areas.sort_by(|a, b| a.path.cmp(&b.path));
    areas
}

fn collect(repository: &Path, root: &Module, macros: &Module, path: &[String], areas: &mut Vec<Area>) {
    let module = root.at(path).unwrap();
    let name = [&["ref_core".to_owned()][..], path].concat().join("::");
    let mut entries: Vec<Entry> =
        module.items.iter().flat_map(|item| of_item(repository, root, macros, path, item)).collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name).then(a.kind.cmp(b.kind)));
    let says = if path.is_empty() { String::new() } else { first_sentence(&module.attributes) };
    areas.push(Area { path: name, says, entries });
    for item in &module.items {
        if let Item::Mod(child) = item
            && is_public(&child.vis)
            && !is_hidden(&child.attrs)
        {
            collect(repository, root, macros, &[path, &[child.ident.to_string()]].concat(), areas);
        }
    }
}

/// Returns the entry of an item of a public module, or the entries of the items that a `use` re-exports, or those of
/// the guide's pages. A hidden or private item has none.
fn of_item(repository: &Path, root: &Module, macros: &Module, path: &[String], item: &Item) -> Vec<Entry> {
    match item {
        Item::Use(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => names_of(&item.tree)
            .iter()
            .filter_map(|(name, target)| {
                let mut entry = match target.split_first() {
                    Some((first, rest)) if first == "ref_macros" => entry(macros, macros.meaning(&[], rest)?)?,
                    _ => entry(root, root.meaning(path, target)?)?,
                };
                let own = Some(first_sentence(&item.attrs)).filter(|own| !own.is_empty());
                if let Some(own) = own.or_else(|| said_on_the_way(root, path, target)) {
                    entry.says = own;
                }
                if entry.name != *name {
                    entry.shape = entry.shape.replacen(&entry.name, name, 1);
                    entry.name.clone_from(name);
                }
                entry.features.extend(features(&item.attrs));
                Some(entry)
            })
            .collect(),
        Item::Macro(item) if item.mac.path.is_ident("pages") => pages(repository, &item.mac.tokens.to_string()),
        item => visible(item).then(|| entry(root, Meaning::Item(path.to_vec(), item))).flatten().into_iter().collect(),
    }
}

/// Follows the re-exports (`use`) that lead to `target`, and returns the first sentence of the first one that is
/// documented.
fn said_on_the_way(root: &Module, from: &[String], target: &[String]) -> Option<String> {
    let (name, module) = target.split_last()?;
    let Meaning::Module(at) = root.meaning(from, module)? else { return None };
    let (attributes, target) = root.at(&at)?.items.iter().find_map(|item| {
        let Item::Use(item) = item else { return None };
        let (_, target) = names_of(&item.tree).into_iter().find(|(brought, _)| brought == name)?;
        Some((&item.attrs, target))
    })?;
    let says = Some(first_sentence(attributes)).filter(|says| !says.is_empty());
    says.or_else(|| said_on_the_way(root, &at, &target))
}

/// Returns the pages of the guide, which the macro's tokens list as `name = "file"`.
fn pages(repository: &Path, tokens: &str) -> Vec<Entry> {
    let pairs = tokens.split(',').filter_map(|pair| pair.trim().split_once(" = "));
    let page = |(name, file): (&str, &str)| {
        let file = repository.join("docs").join(file.trim_matches('"'));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let says = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
        let (name, shape) = (name.to_owned(), name.to_owned());
        Entry { name, kind: "page", shape, says, features: Vec::new(), members: Vec::new(), traits: Vec::new() }
    };
    pairs.map(page).collect()
}

fn visible(item: &Item) -> bool {
    let (visibility, attributes) = match item {
        Item::Struct(item) => (&item.vis, &item.attrs),
        Item::Enum(item) => (&item.vis, &item.attrs),
        Item::Trait(item) => (&item.vis, &item.attrs),
        Item::Type(item) => (&item.vis, &item.attrs),
        Item::Const(item) => (&item.vis, &item.attrs),
        Item::Fn(item) => (&item.vis, &item.attrs),
        _ => return false,
    };
    is_public(visibility) && !is_hidden(attributes)
}

fn entry(root: &Module, meaning: Meaning<'_>) -> Option<Entry> {
    let Meaning::Item(path, item) = meaning else { return None };
    let name = name_of(item)?;
    let (kind, shape, attributes) = match item {
        Item::Struct(item) => ("struct", format!("{name}{}", parameters(&item.generics)), &item.attrs),
        Item::Enum(item) => ("enum", format!("{name}{}", parameters(&item.generics)), &item.attrs),
        Item::Trait(item) => ("trait", format!("{name}{}", parameters(&item.generics)), &item.attrs),
        Item::Type(item) => ("type", format!("{name}{}", parameters(&item.generics)), &item.attrs),
        Item::Const(item) => ("constant", name.clone(), &item.attrs),
        Item::Macro(item) => ("macro", name.clone(), &item.attrs),
        Item::Fn(item) if item.attrs.iter().any(|attribute| attribute.path().is_ident("proc_macro_attribute")) => {
            ("attribute macro", name.clone(), &item.attrs)
        }
        Item::Fn(item) => ("function", signature(&item.sig), &item.attrs),
        _ => return None,
    };
    let mut members = own_members(item);
    let mut traits = derived(attributes);
    if matches!(item, Item::Struct(_) | Item::Enum(_)) {
        let mut methods = Vec::new();
        implemented(root, root, &[], (&path, &name), &mut methods, &mut traits);
        // The methods are sorted by name, so that `docs/api.md` does not change when a method moves to another file.
        methods.sort_by(|a, b| name_in(&a.0).cmp(name_in(&b.0)));
        members.extend(methods);
    }
    traits.sort();
    traits.dedup();
    Some(Entry { name, kind, shape, says: first_sentence(attributes), features: features(attributes), members, traits })
}

/// Returns the public named fields of a struct, the variants of an enum, or the items of a trait. Returns nothing for
/// other items. Hidden fields and hidden items of a trait are left out.
fn own_members(item: &Item) -> Vec<(String, String)> {
    match item {
        Item::Struct(item) => match &item.fields {
            Fields::Named(fields) => {
                let shown = fields.named.iter().filter(|field| is_public(&field.vis) && !is_hidden(&field.attrs));
                let shape = |field: &syn::Field| format!("{}: {}", field.ident.as_ref().unwrap(), type_of(&field.ty));
                shown.map(|field| (shape(field), first_sentence(&field.attrs))).collect()
            }
            _ => Vec::new(),
        },
        Item::Enum(item) => item.variants.iter().map(|of| (variant(of), first_sentence(&of.attrs))).collect(),
        Item::Trait(item) => item.items.iter().filter_map(asked).collect(),
        _ => Vec::new(),
    }
}

fn asked(item: &TraitItem) -> Option<(String, String)> {
    let (shape, attributes) = match item {
        TraitItem::Fn(item) => (signature(&item.sig), &item.attrs),
        TraitItem::Const(item) => (format!("const {}: {}", item.ident, type_of(&item.ty)), &item.attrs),
        TraitItem::Type(item) => (format!("type {}", item.ident), &item.attrs),
        _ => return None,
    };
    (!is_hidden(attributes)).then(|| (shape, first_sentence(attributes)))
}

/// Adds a type's methods to `members` and its traits to `traits`, from each `impl` in `module` and in the modules below
/// it.
fn implemented(
    root: &Module,
    module: &Module,
    path: &[String],
    of: (&[String], &str),
    members: &mut Vec<(String, String)>,
    traits: &mut Vec<String>,
) {
    for item in &module.items {
        let Item::Impl(item) = item else { continue };
        let (reference, ty) = match &*item.self_ty {
            Type::Reference(of) => (if of.mutability.is_some() { " for `&mut`" } else { " for `&`" }, &*of.elem),
            ty => ("", ty),
        };
        let Type::Path(ty) = ty else { continue };
        let segments: Vec<String> = ty.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let is_it = match root.meaning(path, &segments) {
            Some(Meaning::Item(at, item)) => at == of.0 && name_of(item).is_some_and(|name| name == of.1),
            _ => false,
        };
        if !is_it || is_hidden(&item.attrs) || conditions(&item.attrs).iter().any(|condition| condition == "test") {
            continue;
        }
        match implements(root, path, item) {
            Some(name) => traits.extend(name.map(|name| format!("{name}{reference}"))),
            None => members.extend(item.items.iter().filter_map(method)),
        }
    }
    for (name, child) in &module.children {
        implemented(root, child, &[path, std::slice::from_ref(name)].concat(), of, members, traits);
    }
}

/// Returns the trait of an `impl`: `None` if the `impl` has no trait, and `Some(None)` if `docs/api.md` leaves the
/// trait out.
fn implements(root: &Module, path: &[String], item: &ItemImpl) -> Option<Option<String>> {
    let (of, _) = item.trait_.as_ref()?;
    let segments: Vec<String> = of.segments.iter().map(|segment| segment.ident.to_string()).collect();
    // In `ref-core`, no type meets the bound of an `impl` with a bound on `Self`. Such an `impl` exists only so that
    // the compiler prints the message of `ref-core`.
    let is_never =
        item.generics.where_clause.iter().flat_map(|clause| &clause.predicates).any(|predicate| match predicate {
            WherePredicate::Type(of) => matches!(&of.bounded_ty, Type::Path(of) if of.path.is_ident("Self")),
            _ => false,
        });
    let is_seal = path.iter().chain(&segments).any(|name| name.eq_ignore_ascii_case("sealed"));
    // A trait of `ref-core` is shown if it is public.
    let is_public = match root.meaning(path, &segments) {
        Some(Meaning::Item(_, Item::Trait(item))) => is_public(&item.vis) && !is_hidden(&item.attrs),
        _ => true,
    };
    Some(
        (is_public && !is_seal && !is_never)
            .then(|| format!("`{}`", type_of(&parse_quote!(#of)).replace("StdError", "std::error::Error"))),
    )
}

fn method(item: &ImplItem) -> Option<(String, String)> {
    match item {
        ImplItem::Fn(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
            Some((signature(&item.sig), first_sentence(&item.attrs)))
        }
        ImplItem::Const(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
            Some((format!("const {}: {}", item.ident, type_of(&item.ty)), first_sentence(&item.attrs)))
        }
        _ => None,
    }
}

/// Returns the function's name in a signature.
fn name_in(signature: &str) -> &str {
    let after = signature.split_once("fn ").map_or(signature, |(_, after)| after);
    after.split(['(', '<']).next().unwrap_or(after)
}

fn derived(attributes: &[Attribute]) -> Vec<String> {
    let of = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("derive") => Some(list.tokens.to_string()),
        _ => None,
    };
    let lists: Vec<String> = attributes.iter().filter_map(of).collect();
    lists.iter().flat_map(|list| list.split(',')).map(|name| format!("`{}`", name.trim())).collect()
}

fn features(attributes: &[Attribute]) -> Vec<String> {
    let conditions = conditions(attributes);
    let named = conditions.iter().flat_map(|condition| condition.split("feature=\"").skip(1));
    named.filter_map(|rest| rest.split('"').next()).map(|name| format!("`{name}`")).collect()
}

/// Shortens each path to its last name: `Duration`, not `std::time::Duration`.
struct Short;

impl VisitMut for Short {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(last) = path.segments.last().cloned() {
            path.leading_colon = None;
            path.segments = std::iter::once(last).collect();
        }
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.clear();
    }
}

/// Returns the item as rustfmt would write it, but on one line, with short paths and without attributes.
fn printed(mut item: Item) -> String {
    Short.visit_item_mut(&mut item);
    let text = prettyplease::unparse(&parse_quote!(#item));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("( ", "(").replace(", )", ")").replace("< ", "<").replace(", >", ">")
}

fn signature(of: &syn::Signature) -> String {
    let text = printed(parse_quote!(#of {}));
    text.trim_end_matches("{}").trim_end().trim_end_matches(',').replace("(mut self", "(self")
}

fn type_of(of: &Type) -> String {
    let text = printed(parse_quote!(type X = #of;));
    text.trim_start_matches("type X = ").trim_end_matches(';').to_owned()
}

fn parameters(of: &syn::Generics) -> String {
    let mut of = of.clone();
    of.where_clause = None;
    let text = printed(parse_quote!(struct X #of;));
    text.trim_start_matches("struct X").trim_end_matches(';').to_owned()
}

fn variant(of: &syn::Variant) -> String {
    let text = printed(parse_quote!(enum X { #of }));
    text.trim_start_matches("enum X {").trim_end_matches('}').trim().trim_end_matches(',').to_owned()
}

/// Returns the first sentence of the documentation without links, or the whole first paragraph if it is one sentence.
pub(crate) fn first_sentence(attributes: &[Attribute]) -> String {
    let lines = text_of(attributes, "doc");
    let paragraph: Vec<&str> = lines.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
    let text = without_links(&paragraph.join(" "));
    let mut in_code = false;
    for (at, letter) in text.char_indices() {
        in_code ^= letter == '`';
        if letter == '.' && !in_code && text[at + 1..].starts_with(' ') {
            return text[..=at].to_owned();
        }
    }
    text
}

/// Returns the text with `text` in the place of each `[text](target)` and `[text]`.
fn without_links(text: &str) -> String {
    let (mut plain, mut in_code, mut rest) = (String::new(), false, text.chars().peekable());
    let mut depth = 0_u32;
    while let Some(letter) = rest.next() {
        match letter {
            '[' if !in_code => depth += 1,
            ']' if !in_code && depth > 0 => {
                depth -= 1;
                if rest.peek() == Some(&'(') {
                    let _target = rest.by_ref().find(|letter| *letter == ')');
                }
            }
            letter => {
                in_code ^= letter == '`';
                plain.push(letter);
            }
        }
    }
    plain
}
