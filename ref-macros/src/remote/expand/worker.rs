//! The code that runs the function in the worker, and the code that registers the function.

use super::super::model::{Kind, Model, Parameter};
use super::{local, private};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// Returns the function that takes the arguments out of the call, calls the user's function, gives borrows back, and
/// packs the result.
pub(super) fn run(model: &Model) -> TokenStream {
    let (private, name) = (&private(model), model.name());
    let (call, returned) = (local("__call"), local("__returned"));
    let pack = pack(model, &returned);
    let read = model.parameters.iter().map(|parameter| take(model, parameter));
    // Owners are claimed after all other arguments were read. If another argument cannot be read, the caller can claim
    // the owners again by their first tickets. If an owner cannot be claimed, the owners before it are sent back.
    let claim = model.parameters.iter().filter(|parameter| matches!(parameter.kind, Kind::Value(_))).map(|parameter| {
        let slot = slot(parameter);
        quote!(let #slot = #private::remote::Argument::claim(#slot, #call)?;)
    });
    let exclusive = || {
        model.parameters.iter().filter_map(|parameter| match &parameter.kind {
            Kind::Exclusive(ty) => Some((slot(parameter), ["changing", "changed"], ty, parameter.index)),
            Kind::SliceMut(ty) => Some((slot(parameter), ["changing_list", "changed_list"], ty, parameter.index)),
            _ => None,
        })
    };
    let change = exclusive().map(|(slot, [changing, _], ty, index)| {
        let (lent, changing) = (lent(index), Ident::new(changing, Span::call_site()));
        quote!(let #lent = #private::remote::#changing::<Self, #ty, #index>(&mut #slot)?;)
    });
    let changed = exclusive().map(|(slot, [_, changed], ty, index)| {
        let changed = Ident::new(changed, Span::call_site());
        quote!(#private::remote::#changed::<Self, #ty, #index>(#call, #slot)?;)
    });
    let passed = model.parameters.iter().map(|parameter| {
        let (slot, lent) = (slot(parameter), lent(parameter.index));
        match &parameter.kind {
            Kind::Shared(_) | Kind::Store(_) | Kind::Text | Kind::Slice(_) => quote!(&#slot),
            Kind::Exclusive(_) | Kind::SliceMut(_) => quote!(#lent),
            Kind::Value(_) => quote!(#private::remote::Argument::into_value(#slot)?),
        }
    });
    quote! {
        #[doc(hidden)]
        fn __run(#call: &mut #private::remote::Incoming<'_>) -> #private::remote::Result<#private::remote::Vec<#private::remote::u8>> {
            #(#read)*
            #(#change)*
            #(#claim)*
            let #returned = #name(#(#passed),*);
            #(#changed)*
            #pack
        }
    }
}

/// Returns the name of the variable that holds an argument.
fn slot(parameter: &Parameter) -> Ident {
    local(&format!("__argument{}", parameter.index))
}

/// Returns the name of the variable that holds a `&mut` to the value of an argument.
fn lent(index: usize) -> Ident {
    local(&format!("__lent{index}"))
}

fn take(model: &Model, parameter: &Parameter) -> TokenStream {
    let (private, slot, index, call) = (&private(model), slot(parameter), parameter.index, local("__call"));
    let (mutability, take, ty) = match &parameter.kind {
        Kind::Shared(ty) => (None, "shared", ty),
        Kind::Store(ty) => (None, "store", ty),
        Kind::Exclusive(ty) => (Some(quote!(mut)), "exclusive", ty),
        Kind::Slice(ty) => (None, "list", ty),
        Kind::SliceMut(ty) => (Some(quote!(mut)), "exclusive_list", ty),
        Kind::Value(ty) => (None, "argument", ty),
        Kind::Text => return quote!(let #slot = #private::remote::string(#call, #index)?;),
    };
    let take = Ident::new(take, Span::call_site());
    quote!(let #mutability #slot = #private::remote::#take::<Self, #ty, #index>(#call)?;)
}

fn pack(model: &Model, packed: &Ident) -> TokenStream {
    let (private, output, call) = (private(model), model.output(), local("__call"));
    quote!(#private::remote::pack::<Self, #output>(#call, #packed))
}

/// Returns the functions that describe the user's function for its registration: its name, where it was written, its
/// signature, and how to run it.
pub(super) fn registered(model: &Model) -> TokenStream {
    let (private, name, signature) = (&private(model), model.name(), local("__signature"));
    let parameters = model.parameters.iter().map(|parameter| {
        let index = parameter.index;
        let (describe, before, ty) = match &parameter.kind {
            Kind::Shared(ty) => ("describe_stored", "&", ty),
            Kind::Exclusive(ty) => ("describe_stored", "&mut ", ty),
            Kind::Slice(ty) => ("describe_list", "&", ty),
            Kind::SliceMut(ty) => ("describe_list", "&mut ", ty),
            Kind::Store(ty) => return quote!(#private::remote::describe_store::<Self, #ty, #index>(#signature);),
            Kind::Value(ty) => return quote!(#private::remote::describe_value::<Self, #ty, #index>(#signature);),
            Kind::Text => return quote!(#private::remote::Signature::text(#signature);),
        };
        let describe = Ident::new(describe, Span::call_site());
        quote!(#private::remote::#describe::<Self, #ty, #index>(#signature, #before);)
    });
    let output = model.output();
    quote! {
        #[doc(hidden)]
        fn __describe(#signature: &mut #private::remote::Signature) {
            #(#parameters)*
            #private::remote::describe_returned::<Self, #output>(#signature);
        }

        #[doc(hidden)]
        fn __name() -> &'static #private::remote::str {
            #private::remote::name_of(&#name)
        }

        #[doc(hidden)]
        fn __function() -> &'static #private::remote::Function {
            static __FUNCTION: #private::remote::Function = #private::remote::Function::new(
                #name::__name,
                #private::remote::DefinedAt {
                    package: [::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION")],
                    at: ::core::panic::Location::caller(),
                },
                #name::__describe,
                #name::__run,
            );
            &__FUNCTION
        }
    }
}
