//! `call_async`, whose arguments lend nothing.

use super::super::model::{Kind, Model, Parameter};
use super::{Back, ends, local, private, unpack};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt as _;

/// Returns `call_async`. If there are owned arguments, also returns `call_async_or_return`, which gives them back if the
/// call fails.
pub(super) fn call_async(model: &Model) -> TokenStream {
    let (private, vis, output) = (&private(model), &model.function.vis, model.output());
    let (this, name) = (Ident::new("call_async", model.name().span()), model.name().unraw());
    let (workers, unpack) = (local("workers"), unpack(model));
    let inputs: Vec<_> = model.parameters.iter().map(|parameter| input(model, parameter)).collect();
    let copies: Vec<_> = model.parameters.iter().map(|parameter| copy(private, parameter)).collect();
    let doc = format!(" Has a worker run `{name}`, as a future: a copy of each `&` argument is sent.");
    let twin = Back::of(model).map(|Back { ty, pick }| {
        let (twin, doc) =
            (format_ident!("{this}_or_return"), format!(" `{this}`, which gives owned arguments back where it fails."));
        quote! {
            #[doc = #doc]
            #[track_caller]
            #vis fn #twin(
                #workers: &#private::remote::Workers,
                #(#inputs),*
            ) -> #private::remote::AsyncCall<#output, #private::remote::Refused<#ty>> {
                #private::remote::#twin(#workers, Self::__arguments(#(#copies),*), #unpack, #pick)
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[track_caller]
        #vis fn #this(#workers: &#private::remote::Workers, #(#inputs),*) -> #private::remote::AsyncCall<#output> {
            #private::remote::#this(#workers, Self::__arguments(#(#copies),*), #unpack)
        }
        #twin
    }
}

/// Returns a parameter, such as `grid: impl CopyOf<Grid>`. The spans are those of the user's type, as in `given`.
fn input(model: &Model, parameter: &Parameter) -> TokenStream {
    let name = &parameter.name;
    let [first, last] = ends(&parameter.syntax.ty);
    let private = model.private(first);
    let of = |bound: &str, ty: TokenStream| {
        let (bound, end) = (Ident::new(bound, first), quote_spanned!(last=> >));
        quote_spanned!(first=> impl #private::remote::#bound<#ty #end)
    };
    let list = |ty: &Type| quote!([#ty]);
    let ty = match &parameter.kind {
        Kind::Shared(ty) | Kind::Store(ty) => of("CopyOf", quote!(#ty)),
        Kind::Slice(ty) => of("CopyOf", list(ty)),
        Kind::Exclusive(ty) => of("NeedsScope", quote!(#ty)),
        Kind::SliceMut(ty) => of("NeedsScope", list(ty)),
        Kind::Text => quote_spanned!(first=> &#private::remote::str),
        Kind::Value(ty) => quote!(#ty),
    };
    quote!(#name: #ty)
}

/// Returns the argument that `__arguments` gets.
fn copy(private: &TokenStream, parameter: &Parameter) -> TokenStream {
    let (name, index) = (&parameter.name, parameter.index);
    match &parameter.kind {
        Kind::Shared(ty) => quote!(#private::remote::copied::<Self, #ty, #index>(#name)),
        Kind::Store(ty) => quote!(#private::remote::copied_store::<Self, #ty, #index>(#name)),
        Kind::Slice(ty) => quote!(#private::remote::copied_list::<Self, #ty, #index>(#name)),
        Kind::Exclusive(ty) => quote!(#private::remote::needs_scope::<#ty>(#name)),
        Kind::SliceMut(ty) => quote!(#private::remote::needs_scope::<[#ty]>(#name)),
        Kind::Text | Kind::Value(_) => quote!(#name),
    }
}
