//! The model of a remote function: how each argument is sent.

use super::parse::Options;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{
    Attribute, FnArg, GenericArgument, Item, ItemFn, Pat, PatType, Path, PathArguments, PathSegment, Receiver,
    ReturnType, Type, TypeReference,
};

pub(crate) struct Model {
    /// The function as the user wrote it, without this attribute.
    pub(crate) function: ItemFn,
    /// The path of `ref_core`, if the user gives one.
    krate: Option<Path>,
    /// Whether calls of the function may be made again.
    pub(crate) idempotent: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) receiver: Option<Receiver>,
    /// The first `Self` in the function or its receiver, outside of items in the function's body.
    pub(crate) own_type: Option<Ident>,
}

pub(crate) struct Parameter {
    /// The parameter as the user wrote it.
    pub(crate) syntax: PatType,
    /// The name of the parameter in generated code.
    pub(crate) name: Ident,
    pub(crate) index: usize,
    pub(crate) kind: Kind,
}

/// How an argument is sent.
pub(crate) enum Kind {
    /// `&T`
    Shared(Type),
    /// `&Store`: the compiler finds out whether that is `ref_core::Store`.
    Store(Type),
    /// `&mut T`
    Exclusive(Type),
    /// `&str`
    Text,
    /// `&[T]`
    Slice(Type),
    /// `&mut [T]`
    SliceMut(Type),
    /// Any other type. The compiler finds out how its values are sent, since the type may be an alias.
    Value(Type),
}

impl Model {
    pub(crate) fn new(options: Options, function: ItemFn) -> Self {
        let typed = function.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed.clone()),
            _ => None,
        });
        let parameters = typed.enumerate().map(|(index, syntax)| Parameter::new(index, syntax)).collect();
        let receiver = function.sig.receiver().cloned();
        let mut own_type = OwnType(None);
        own_type.visit_item_fn(&function);
        let Options { krate, idempotent } = options;
        Self { krate, idempotent, parameters, receiver, own_type: own_type.0, function }
    }

    /// Returns whether the function's tokens show that it stands in an `impl` or a `trait`.
    pub(crate) fn is_associated(&self) -> bool {
        self.receiver.is_some() || self.own_type.is_some()
    }

    /// Returns whether the function takes or returns a `[T]` or `str` itself. rustc reports such a type at the
    /// function, and reports it only once if no generated code repeats the type.
    pub(crate) fn has_unsized_values(&self) -> bool {
        let is_unsized = |ty: &Type| matches!(ungrouped(ty), Type::Slice(_)) || is_str(ty);
        self.parameters.iter().any(|parameter| is_unsized(&parameter.syntax.ty)) || is_unsized(&self.output())
    }

    /// Returns the path of `__private`, located at `span`, so that messages of the compiler point there. Names in the
    /// user's path are still resolved where the user wrote them.
    pub(crate) fn private(&self, span: Span) -> TokenStream {
        let Some(krate) = &self.krate else { return quote_spanned!(span=> ::ref_core::__private) };
        let krate = krate.to_token_stream().into_iter().map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        });
        let krate = TokenStream::from_iter(krate);
        quote_spanned!(span=> #krate::__private)
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.function.sig.ident
    }

    /// Returns the function's attributes of that name, for the generated items.
    pub(crate) fn attributes(&self, named: &str) -> Vec<&Attribute> {
        self.function.attrs.iter().filter(|attribute| attribute.path().is_ident(named)).collect()
    }

    /// Returns the return type as the user wrote it, and `()` if the user wrote none.
    pub(crate) fn output(&self) -> Type {
        match &self.function.sig.output {
            ReturnType::Type(_, ty) => (**ty).clone(),
            ReturnType::Default => syn::parse_quote!(()),
        }
    }
}

/// Finds `Self` outside of items in the body, in which `Self` is another type.
struct OwnType(Option<Ident>);

impl<'ast> Visit<'ast> for OwnType {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        if self.0.is_none() && ident == "Self" {
            self.0 = Some(ident.clone());
        }
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

impl Parameter {
    fn new(index: usize, syntax: PatType) -> Self {
        let name = match &*syntax.pat {
            Pat::Ident(pattern) if pattern.subpat.is_none() => pattern.ident.clone(),
            pattern => format_ident!("argument_{index}", span = pattern.span()),
        };
        let kind = Kind::of(&syntax.ty);
        Self { syntax, name, index, kind }
    }
}

impl Kind {
    fn of(ty: &Type) -> Self {
        match ungrouped(ty) {
            Type::Reference(TypeReference { mutability: Some(_), elem, .. }) => match ungrouped(elem) {
                Type::Slice(slice) => Self::SliceMut((*slice.elem).clone()),
                elem => Self::Exclusive(elem.clone()),
            },
            Type::Reference(TypeReference { elem, .. }) => match ungrouped(elem) {
                Type::Slice(slice) => Self::Slice((*slice.elem).clone()),
                elem if is_str(elem) => Self::Text,
                elem if is_named(elem, "Store") => Self::Store(elem.clone()),
                elem => Self::Shared(elem.clone()),
            },
            other => Self::Value(other.clone()),
        }
    }
}

/// Returns whether the type is a path that ends in `str`.
pub(crate) fn is_str(ty: &Type) -> bool {
    is_named(ty, "str")
}

/// Returns whether the type is a path that ends in `name`, without arguments.
fn is_named(ty: &Type, name: &str) -> bool {
    let named = |last: &PathSegment| last.ident == name && last.arguments.is_none();
    matches!(ungrouped(ty), Type::Path(path) if path.path.segments.last().is_some_and(named))
}

/// Returns whether the attribute's path ends in `remote`.
pub(crate) fn is_remote(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "remote")
}

/// Returns whether the type's name ends in `Owned`: this is so for `Owned<T>`, and for aliases such as `GridOwned`,
/// which `#[global_store]` makes.
pub(crate) fn is_named_owned(ty: &Type) -> bool {
    matches!(ungrouped(ty), Type::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Owned")))
}

/// Returns the type arguments of a path that ends in `name`. Returns `None` for any other type, and if the path has no
/// arguments or one that is not a type.
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

/// Returns the type without the groups around it. `macro_rules!` groups the types that it passes on, and a user may
/// write parentheses.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        _ => ty,
    }
}
