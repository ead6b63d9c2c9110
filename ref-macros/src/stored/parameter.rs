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
pub(crate) fn is_bounded(ty: &Type, generics: &Generics) -> bool {
    match ty {
        Type::Group(group) => is_bounded(&group.elem, generics),
        Type::Paren(paren) => is_bounded(&paren.elem, generics),
        Type::Path(path) if path.path.get_ident().is_some_and(|ident| is_parameter(ident, generics)) => true,
        Type::Path(path) if is_associated(path, generics) => true,
        Type::Path(path) => boxed(&path.path).is_some_and(|inner| is_bounded(inner, generics)),
        _ => false,
    }
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
    fn mentions(tokens: TokenStream, generics: &Generics) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => is_parameter(&ident, generics),
            TokenTree::Group(group) => mentions(group.stream(), generics),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    mentions(ty.to_token_stream(), generics)
}

fn is_parameter(ident: &Ident, generics: &Generics) -> bool {
    generics.type_params().any(|param| param.ident == *ident)
}
