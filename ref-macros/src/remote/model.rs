//! What a remote function is: how each parameter goes, and how the result comes back.

use super::parse::Options;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{
    Attribute, FnArg, GenericArgument, ItemFn, Pat, PatType, PathArguments, Receiver, ReturnType, Type, TypeReference,
};

pub(crate) struct Model {
    /// The user's function, as it was.
    pub(crate) function: ItemFn,
    /// The way to what generated code may call.
    pub(crate) private: TokenStream,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) returns: Returns,
}

pub(crate) struct Parameter {
    /// As the user wrote it.
    pub(crate) syntax: PatType,
    /// What generated code calls it.
    pub(crate) name: Ident,
    pub(crate) index: usize,
    pub(crate) kind: Kind,
}

/// How an argument goes.
pub(crate) enum Kind {
    /// `&T`
    Shared(Type),
    /// `&mut T`
    Exclusive(Type),
    /// `Owned<T>`
    Owned(Type),
    /// `&str`
    Text(Type),
    /// `&[T]`
    Slice(Type, Type),
    /// Anything else.
    Plain(Type),
}

/// How the result comes back.
pub(crate) enum Returns {
    Plain(Type),
    /// `Owned<T>`
    Owned(Type),
    /// `Result<Owned<T>, E>`
    Either(Type, Type),
}

impl Model {
    pub(crate) fn new(options: Options, function: ItemFn) -> Self {
        let krate = options.krate.map_or_else(|| quote!(::ref_core), |krate| quote!(#krate));
        let typed = function.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed.clone()),
            _ => None,
        });
        let parameters = typed.enumerate().map(|(index, syntax)| Parameter::new(index, syntax)).collect();
        let receiver = function.sig.receiver().cloned();
        let returns = Returns::of(&function.sig.output);
        Self { private: quote!(#krate::__private), parameters, receiver, returns, function }
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.function.sig.ident
    }

    /// The attributes of the function that what is generated beside it needs as well.
    pub(crate) fn attributes(&self, named: &str) -> Vec<&Attribute> {
        self.function.attrs.iter().filter(|attribute| attribute.path().is_ident(named)).collect()
    }

    /// The result's type, as the user wrote it.
    pub(crate) fn output(&self) -> Type {
        match &self.function.sig.output {
            ReturnType::Type(_, ty) => (**ty).clone(),
            ReturnType::Default => syn::parse_quote!(()),
        }
    }
}

impl Parameter {
    fn new(index: usize, syntax: PatType) -> Self {
        let name = match &*syntax.pat {
            Pat::Ident(pattern) if pattern.subpat.is_none() => pattern.ident.unraw(),
            _ => format_ident!("argument_{index}"),
        };
        // Generated code has names of its own; `self` and others that cannot be raw stay plain.
        let name = Ident::new(&format!("{name}"), Span::call_site());
        let name = syn::parse_str::<Ident>(&name.to_string()).unwrap_or_else(|_| format_ident!("r#{name}"));
        let kind = Kind::of(&syntax.ty);
        Self { syntax, name, index, kind }
    }
}

impl Kind {
    fn of(ty: &Type) -> Self {
        match ungrouped(ty) {
            Type::Reference(TypeReference { mutability: Some(_), elem, .. }) => {
                Self::Exclusive(ungrouped(elem).clone())
            }
            Type::Reference(TypeReference { elem, .. }) => match ungrouped(elem) {
                Type::Slice(slice) => Self::Slice((*slice.elem).clone(), (**elem).clone()),
                Type::Path(path) if path.path.is_ident("str") => Self::Text((**elem).clone()),
                elem => Self::Shared(elem.clone()),
            },
            other => owned(other).map_or_else(|| Self::Plain(other.clone()), Self::Owned),
        }
    }
}

impl Returns {
    fn of(output: &ReturnType) -> Self {
        let ReturnType::Type(_, ty) = output else { return Self::Plain(syn::parse_quote!(())) };
        if let Some(ty) = owned(ty) {
            return Self::Owned(ty);
        }
        let either = arguments(ty, "Result").and_then(|arguments| match &arguments[..] {
            [ok, error] => owned(ok).map(|ok| Self::Either(ok, error.clone())),
            _ => None,
        });
        either.unwrap_or_else(|| Self::Plain((**ty).clone()))
    }
}

/// The `T` of `Owned<T>`.
pub(crate) fn owned(ty: &Type) -> Option<Type> {
    match &arguments(ty, "Owned")?[..] {
        [ty] => Some(ty.clone()),
        _ => None,
    }
}

/// The type arguments of a path that ends in `name`.
pub(crate) fn arguments(ty: &Type, name: &str) -> Option<Vec<Type>> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(list) = &last.arguments else { return None };
    let types = list.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    types.collect()
}

/// `macro_rules!` wraps what it passes on, and a user may put parentheses.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        _ => ty,
    }
}
