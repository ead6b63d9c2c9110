//! After errors: the user's function, and stand-ins for `call`, `spawn` and `map`, so that code which uses them is not in
//! error as well.

use super::model::Model;
use crate::diagnostics::Diagnostics;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub(crate) fn all(model: &Model, errors: Diagnostics) -> TokenStream {
    let (function, errors) = (&model.function, errors.into_tokens());
    if model.receiver.is_some() {
        // A method, in an `impl`, where no type can be defined.
        return quote! { #errors #function };
    }
    let (name, vis, cfgs) = (model.name(), &function.vis, model.attributes("cfg"));
    let arguments: Vec<_> = model.parameters.iter().map(|it| format_ident!("_argument{}", it.index)).collect();
    quote! {
        #errors
        #function
        #(#cfgs)*
        #[allow(non_camel_case_types, dead_code, unreachable_pub)]
        #vis enum #name {}
        #(#cfgs)*
        #[allow(dead_code, unreachable_pub)]
        impl #name {
            #vis fn call<__R>(_: impl Sized, #(#arguments: impl Sized),*) -> __R {
                ::core::unreachable!()
            }
            #vis fn spawn<__R>(_: impl Sized, #(#arguments: impl Sized),*) -> __R {
                ::core::unreachable!()
            }
            #vis fn map<__R>(_: impl Sized, _: impl Sized) -> __R {
                ::core::unreachable!()
            }
        }
    }
}
