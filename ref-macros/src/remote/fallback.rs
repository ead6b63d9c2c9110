//! What the macro returns if it has found errors: these errors, the user's function, and stand-ins for `call`, `spawn`,
//! their `_or_return` twins and `map`. So the code that uses these adds no errors. The stand-ins accept arguments of
//! any type. Their results have the function's return type, if that can be written outside of the function, and
//! otherwise any type. In an `impl` or a trait, there are no stand-ins.

use super::model::{Model, is_remote, is_str};
use crate::diagnostics::Diagnostics;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::visit::{self, Visit};
use syn::{GenericParam, Ident, Lifetime, Type};

pub(crate) fn all(model: &Model, errors: Diagnostics) -> TokenStream {
    let (mut function, errors) = (model.function.clone(), errors.into_tokens());
    function.attrs.retain(|attribute| !is_remote(attribute));
    if model.is_associated() {
        // The function stands in an `impl` or a trait, where no type can be defined.
        return quote! { #errors #function };
    }
    let (name, vis, cfgs) = (model.name(), &function.vis, model.attributes("cfg"));
    let arguments: Vec<_> = model.parameters.iter().map(|it| format_ident!("_argument{}", it.index)).collect();
    let private = model.private(Span::call_site());
    let remote = quote!(#private::remote);
    let (output, any) = output(model);
    quote! {
        #errors
        #function
        #(#cfgs)*
        #[#private::beside(
            // The expansion without errors allows these lints too.
            #[allow(non_camel_case_types, dead_code, unreachable_pub)]
            #vis enum #name {}
        )]
        // The expansion without errors allows these lints too, and others.
        #[allow(dead_code, unreachable_pub)]
        impl #name {
            #vis fn call<#any>(_: &#remote::Workers, #(#arguments: impl Sized),*) -> #remote::Result<#output> {
                ::core::unreachable!()
            }
            #vis fn spawn<'__scope, #any>(
                _: impl #remote::InScope<'__scope>,
                #(#arguments: impl Sized),*
            ) -> #remote::Result<#remote::Run<'__scope, #output, (), #remote::Idempotent>> {
                ::core::unreachable!()
            }
            #vis fn call_or_return<__H, #any>(
                _: &#remote::Workers,
                #(#arguments: impl Sized),*
            ) -> #remote::Result<#output, #remote::Refused<__H>> {
                ::core::unreachable!()
            }
            #vis fn spawn_or_return<'__scope, __H, #any>(
                _: impl #remote::InScope<'__scope>,
                #(#arguments: impl Sized),*
            ) -> #remote::Result<#remote::Run<'__scope, #output, __H>, #remote::Refused<__H>> {
                ::core::unreachable!()
            }
            #vis fn map<#any>(_: &#remote::Workers, _: impl Sized) -> #remote::Result<#remote::Vec<#output>> {
                ::core::unreachable!()
            }
        }
    }
}

/// Returns the type of the stand-ins' results, and the type parameter if that type is one.
fn output(model: &Model) -> (TokenStream, Option<Ident>) {
    let output = model.output();
    let parameters = model.function.sig.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    });
    let mut found = Unsayable { parameters: parameters.collect(), found: false };
    found.visit_type(&output);
    if found.found {
        let any = format_ident!("__R");
        return (quote!(#any), Some(any));
    }
    (quote!(#output), None)
}

/// Finds types that the stand-ins cannot return: references, slices, `str`, `impl Trait`, `!`, `_`, and types that name
/// a lifetime or parameter of the function.
struct Unsayable<'m> {
    parameters: Vec<&'m Ident>,
    found: bool,
}

impl<'ast> Visit<'ast> for Unsayable<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(_) | Type::Slice(_) | Type::ImplTrait(_) | Type::Never(_) | Type::Infer(_) => {
                self.found = true;
            }
            ty if is_str(ty) => self.found = true,
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.found |= lifetime.ident != "static";
    }

    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.found |= self.parameters.contains(&ident);
    }
}
