//! The names of the items and parameters that `#[global_store]` generates.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt as _;
use syn::{Generics, Lifetime};

/// The handles for which a stored type gets an alias: `Grid` and `Ref` make `GridRef`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    Owned,
    Ref,
    RefMut,
    Loan,
    Ticket,
    Lease,
}

impl Handle {
    /// Every handle.
    pub(crate) const ALL: &[Self] = &[Self::Owned, Self::Ref, Self::RefMut, Self::Loan, Self::Ticket, Self::Lease];

    /// Returns the handle's name in `ref_core`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Owned => "Owned",
            Self::Ref => "Ref",
            Self::RefMut => "RefMut",
            Self::Loan => "Loan",
            Self::Ticket => "Ticket",
            Self::Lease => "Lease",
        }
    }

    /// Returns whether the handle's type has a lifetime, as `Handle<'a, T>` has.
    pub(crate) fn has_lifetime(self) -> bool {
        matches!(self, Self::Ref | Self::RefMut | Self::Loan)
    }

    /// Returns whether the handle's type has a kind of access, as `Handle<T, A>` has.
    pub(crate) fn has_access(self) -> bool {
        matches!(self, Self::Loan | Self::Ticket | Self::Lease)
    }

    /// Returns a sentence of documentation for the alias of `of`.
    pub(crate) fn doc(self, of: &Ident) -> String {
        let what = match self {
            Self::Owned => "The owner",
            Self::Ref => "A shared borrow",
            Self::RefMut => "An exclusive borrow",
            Self::Loan => "The lender's record of a loan",
            Self::Ticket => "A handle in transit",
            Self::Lease => "The borrower's side of a loan",
        };
        format!(" {what} of a stored [`{}`].", of.unraw())
    }
}

/// Returns the name of an alias, such as `GridRef` for `Grid` and `Ref`, with the span of the user's `Grid`.
pub(crate) fn handle(of: &Ident, handle: Handle) -> Ident {
    suffixed(of, handle.name())
}

/// Returns the name `GridFields` for `Grid`.
pub(crate) fn fields(of: &Ident) -> Ident {
    suffixed(of, "Fields")
}

/// Returns the name `GridFieldsMut` for `Grid`.
pub(crate) fn fields_mut(of: &Ident) -> Ident {
    suffixed(of, "FieldsMut")
}

/// Returns the name `__GridItems` for `Grid`, of the macro from which the aliases come.
pub(crate) fn items(of: &Ident) -> Ident {
    format_ident!("__{}Items", of.unraw(), span = Span::call_site())
}

/// Returns a name for the type parameter of a kind of access: the first of `A` and `Access` that neither the item
/// nor its parameters use, and otherwise `__Access`.
pub(crate) fn access(item: &Ident, generics: &Generics) -> Ident {
    let is_taken = |name: &str| item == name || mentions(generics.params.to_token_stream(), name);
    let free = ["A", "Access"].into_iter().find(|name| !is_taken(name));
    Ident::new(free.unwrap_or("__Access"), Span::call_site())
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns the lifetime `'a`, or `'__a` if `taken` uses the name `a`.
pub(crate) fn lifetime(taken: &Generics) -> Lifetime {
    let is_taken = mentions(taken.params.to_token_stream(), "a") || mentions(taken.where_clause.to_token_stream(), "a");
    Lifetime::new(if is_taken { "'__a" } else { "'a" }, Span::call_site())
}

fn suffixed(of: &Ident, suffix: &str) -> Ident {
    format_ident!("{}{suffix}", of.unraw(), span = of.span())
}
