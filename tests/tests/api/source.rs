//! The modules of a crate as its files have them, and what a path in one of them means.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, Item, Lit, Meta, UseTree, Visibility};

/// A module: its attributes, its items, and its child modules by name.
pub(crate) struct Module {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) items: Vec<Item>,
    pub(crate) children: BTreeMap<String, Module>,
}

/// The meaning of a name: an item with the path of the module that defines it, or the path of a module.
pub(crate) enum Meaning<'a> {
    Item(Vec<String>, &'a Item),
    Module(Vec<String>),
}

/// Reads the crate with the root file `file`, and returns its root module. Panics if a file cannot be read or parsed.
pub(crate) fn read(file: &Path) -> Module {
    let folder = file.parent().unwrap();
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    module(parsed.attrs, parsed.items, folder)
}

/// Makes a module of its items. `folder` is the folder with the files of its child modules.
fn module(attributes: Vec<Attribute>, items: Vec<Item>, folder: &Path) -> Module {
    let items: Vec<_> = items.into_iter().flat_map(passed_on).collect();
    let mut children = BTreeMap::new();
    for item in &items {
        let Item::Mod(child) = item else { continue };
        if is_for_tests(&child.attrs) {
            continue;
        }
        let name = child.ident.to_string();
        let below = folder.join(&name);
        let read = match &child.content {
            Some((_, items)) => module(child.attrs.clone(), items.clone(), &below),
            None => {
                let (file, below) = place(folder, &name, &child.attrs);
                let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                let parsed = syn::parse_file(&text).unwrap();
                module(parsed.attrs, parsed.items, &below)
            }
        };
        // If a module is written twice, for different `cfg`, the first one counts.
        children.entry(name).or_insert(read);
    }
    Module { attributes, items, children }
}

/// Returns the item itself. If the item is a call of a macro whose input is items, returns those items instead, without
/// the discriminants of variants. In `ref-core`, what follows the `=` of a variant in such a macro is no discriminant,
/// and the macro does not emit it.
fn passed_on(item: Item) -> Vec<Item> {
    let given = match &item {
        Item::Macro(call) if call.ident.is_none() => syn::parse2::<syn::File>(call.mac.tokens.clone()).ok(),
        _ => None,
    };
    let mut items = given.map(|given| given.items).unwrap_or_default();
    for item in &mut items {
        if let Item::Enum(item) = item {
            item.variants.iter_mut().for_each(|variant| variant.discriminant = None);
        }
    }
    if items.is_empty() { vec![item] } else { items }
}

/// Returns the file of a module, and the folder of its child modules.
fn place(folder: &Path, name: &str, attributes: &[Attribute]) -> (PathBuf, PathBuf) {
    if let Some(path) = text_of(attributes, "path").first() {
        return (folder.join(path), folder.join(path).parent().unwrap().to_owned());
    }
    let (alone, contract) = (folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs"));
    (if alone.exists() { alone } else { contract }, folder.join(name))
}

/// Returns whether the module is built for tests only, or under loom only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let only = |condition: &String| {
        let condition = condition.trim_start_matches("all(");
        condition.starts_with("test") || condition.starts_with("loom")
    };
    conditions(attributes).iter().any(only)
}

/// Returns the conditions of the `cfg` attributes, without spaces.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<String> {
    let of = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => Some(list.tokens.to_string().replace(' ', "")),
        _ => None,
    };
    attributes.iter().filter_map(of).collect()
}

/// Returns the texts of attributes of the form `#[name = "text"]`.
pub(crate) fn text_of(attributes: &[Attribute], name: &str) -> Vec<String> {
    let of = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident(name) => match &pair.value {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(of).collect()
}

pub(crate) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Returns whether rustdoc hides the item.
pub(crate) fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

/// Returns the names that a `use` brings into scope, each with its path, but not those of `self` and of a glob.
pub(crate) fn names_of(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let mut names = names_of(&path.tree);
            for (_, target) in &mut names {
                target.insert(0, path.ident.to_string());
            }
            names
        }
        UseTree::Name(name) if name.ident == "self" => Vec::new(),
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => vec![(rename.rename.to_string(), vec![rename.ident.to_string()])],
        UseTree::Group(group) => group.items.iter().flat_map(names_of).collect(),
        UseTree::Glob(_) => Vec::new(),
    }
}

pub(crate) fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
}

impl Module {
    /// Returns the module at `path`, which begins at this module, or `None` if there is none.
    pub(crate) fn at(&self, path: &[String]) -> Option<&Module> {
        path.iter().try_fold(self, |module, name| module.children.get(name))
    }

    /// Returns what `path` means in the module at `from`, a path from this root, or `None` if the path means nothing
    /// in this crate.
    pub(crate) fn meaning(&self, from: &[String], path: &[String]) -> Option<Meaning<'_>> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Meaning::Module(Vec::new()),
            "self" => Meaning::Module(from.to_vec()),
            "super" => Meaning::Module(from.split_last()?.1.to_vec()),
            name => self.named(from, name)?,
        };
        match start {
            Meaning::Item(..) if rest.is_empty() => Some(start),
            Meaning::Item(..) => None,
            Meaning::Module(_) if rest.is_empty() => Some(start),
            Meaning::Module(module) => self.meaning(&module, rest),
        }
    }

    fn named(&self, at: &[String], name: &str) -> Option<Meaning<'_>> {
        let module = self.at(at)?;
        if let Some(item) = module.items.iter().find(|item| name_of(item).is_some_and(|of| of == name)) {
            return Some(Meaning::Item(at.to_vec(), item));
        }
        if module.children.contains_key(name) {
            return Some(Meaning::Module([at, &[name.to_owned()]].concat()));
        }
        let uses = module.items.iter().filter_map(|item| match item {
            Item::Use(item) => Some(names_of(&item.tree)),
            _ => None,
        });
        match uses.flatten().find(|(brought, target)| brought == name && target.as_slice() != [name]) {
            Some((_, target)) => self.meaning(at, &target),
            None if at.is_empty() => self.exported(name),
            None => None,
        }
    }

    /// Returns the macro of that name, from any module: `#[macro_export]` exports a macro at the crate's root.
    fn exported(&self, name: &str) -> Option<Meaning<'_>> {
        let is_it = |item: &&Item| matches!(item, Item::Macro(_)) && name_of(item).is_some_and(|of| of == name);
        let here = self.items.iter().find(is_it).map(|item| Meaning::Item(Vec::new(), item));
        here.or_else(|| self.children.values().find_map(|child| child.exported(name)))
    }
}
