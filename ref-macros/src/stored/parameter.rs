//! How a field's type depends on the type parameters of its item.

use super::model::Field;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Generics, Path, PathArguments, Type, TypePath};

/// Returns whether the bounds on the parameters prove that `ty` is `Stored`: it is a parameter, an associated type of
/// one, or a box of such a type.
///
/// For such a box the macro writes no `impl StoredFieldOf` (see `evidence`), and could not: the orphan rule forbids it
/// to implement another crate's trait for `Box<T>`, where `T` is a type parameter.
fn is_bounded(ty: &Type, generics: &Generics) -> bool {
    match ty {
        Type::Group(group) => is_bounded(&group.elem, generics),
        Type::Paren(paren) => is_bounded(&paren.elem, generics),
        Type::Path(path) if path.path.get_ident().is_some_and(|ident| is_parameter(ident, generics)) => true,
        Type::Path(path) if is_associated(path, generics) => true,
        Type::Path(path) => boxed(&path.path).is_some_and(|inner| is_bounded(inner, generics)),
        _ => false,
    }
}

/// Names of types that are `Stored` if their arguments are. A program hardly gives such a name to a type of its own.
const KNOWN: &[&str] = &[
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool",
    "char", "String", "Vec", "Option", "Box",
];

/// Names of collections, and how many of their arguments are keys or values. A collection is `Stored` only if these
/// are. It has a proof of its own as well, since a key needs `Ord`, or `Eq` and `Hash`.
const COLLECTIONS: &[(&str, usize)] = &[("HashMap", 2), ("BTreeMap", 2), ("HashSet", 1), ("BTreeSet", 1)];

/// How many parts the longest tuple has that is `Stored`.
const LONGEST_TUPLE: usize = 12;

/// Returns the parts of `ty` of which nothing proves that they are `Stored`: neither their names, by [`KNOWN`], nor the
/// bounds on the parameters. If all returned parts are `Stored`, `ty` is too. So rustc has less to check, and an error
/// is at the part. The elements of a collection stand before the collection itself.
pub(crate) fn unproven<'t>(ty: &'t Type, generics: &Generics) -> Vec<&'t Type> {
    if is_bounded(ty, generics) {
        return Vec::new();
    }
    let parts: Vec<_> = match ty {
        Type::Group(group) => vec![&*group.elem],
        Type::Paren(paren) => vec![&*paren.elem],
        Type::Array(array) => vec![&*array.elem],
        Type::Tuple(tuple) if tuple.elems.len() <= LONGEST_TUPLE => tuple.elems.iter().collect(),
        Type::Path(TypePath { qself: None, path, .. }) => match known_arguments(path) {
            Some(arguments) => arguments,
            None => {
                let elements = elements(ty).into_iter().flat_map(|element| unproven(element, generics));
                return elements.chain([ty]).collect();
            }
        },
        _ => return vec![ty],
    };
    parts.into_iter().flat_map(|part| unproven(part, generics)).collect()
}

/// Returns the type arguments of one of the types [`KNOWN`], if it is named without a path. Returns `None` for any
/// other type.
fn known_arguments(path: &Path) -> Option<Vec<&Type>> {
    let last =
        path.segments.last().filter(|last| path.segments.len() == 1 && KNOWN.iter().any(|it| last.ident == it))?;
    match &last.arguments {
        PathArguments::None => Some(Vec::new()),
        PathArguments::AngleBracketed(given) => {
            let types = given.args.iter().map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            types.collect()
        }
        PathArguments::Parenthesized(_) => None,
    }
}

/// Returns the types of the keys and the values of one of the [`COLLECTIONS`]. The list is empty for any other type.
pub(crate) fn elements(ty: &Type) -> Vec<&Type> {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return Vec::new() };
    let Some(last) = path.segments.last() else { return Vec::new() };
    let PathArguments::AngleBracketed(given) = &last.arguments else { return Vec::new() };
    let count = COLLECTIONS.iter().find(|(name, _)| last.ident == name).map_or(0, |(_, count)| *count);
    let types = given.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.take(count).collect()
}

/// Returns the `T` of a `Box<T>`.
fn boxed(path: &Path) -> Option<&Type> {
    let last = path.segments.last().filter(|last| last.ident == "Box")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(ty)) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the associated types of parameters that occur in the types of the fields.
pub(crate) fn associated_types<'m>(
    fields: impl Iterator<Item = &'m Field>,
    generics: &'m Generics,
) -> Vec<&'m TypePath> {
    let mut finder = Finder { generics, found: Vec::new() };
    fields.for_each(|field| finder.visit_type(&field.ty));
    finder.found
}

struct Finder<'m> {
    generics: &'m Generics,
    found: Vec<&'m TypePath>,
}

impl<'m> Visit<'m> for Finder<'m> {
    fn visit_type_path(&mut self, path: &'m TypePath) {
        if is_associated(path, self.generics) {
            self.found.push(path);
        } else {
            visit::visit_type_path(self, path);
        }
    }
}

/// Returns whether the path is an associated type of a parameter: `T::Item` or `<T as Trait>::Item`.
fn is_associated(path: &TypePath, generics: &Generics) -> bool {
    match (&path.qself, path.path.segments.first()) {
        (Some(qself), _) => mentions_parameter(&qself.ty, generics),
        (None, Some(first)) => path.path.segments.len() > 1 && is_parameter(&first.ident, generics),
        (None, None) => false,
    }
}

/// Returns whether `ty` names one of the type parameters.
pub(crate) fn mentions_parameter(ty: &Type, generics: &Generics) -> bool {
    generics.type_params().any(|param| mentions(ty, &param.ident))
}

/// Returns whether `ty` has the name `ident` in it.
pub(crate) fn mentions(ty: &Type, ident: &Ident) -> bool {
    fn has(tokens: TokenStream, ident: &Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(found) => found == *ident,
            TokenTree::Group(group) => has(group.stream(), ident),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    has(ty.to_token_stream(), ident)
}

fn is_parameter(ident: &Ident, generics: &Generics) -> bool {
    generics.type_params().any(|param| param.ident == *ident)
}
