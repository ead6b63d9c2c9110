//! The model as Rust code. Nothing here can fail.
//!
//! Beside the function stands an `enum` of its name without variants: types and functions have names of their own each,
//! and, other than a module, it works in a function's body. A parameter's type is proved at one place, an `impl` for it;
//! all else asks for the trait that this implements, so that a type which does not fit is one error.

use super::model::{Kind, Model, Parameter, Returns};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

/// The user's function and all that goes with it.
pub(crate) fn all(model: &Model) -> TokenStream {
    let (function, name, private) = (&model.function, model.name(), &model.private);
    let (doc, vis, cfgs) = (doc(model), &model.function.vis, model.attributes("cfg"));
    let cfgs = quote!(#(#cfgs)*);
    let evidence = evidence(model);
    let (call, spawn, map) = (call(model), spawn(model), map(model));
    let (run, registered) = (run(model), registered(model));
    quote! {
        // What can be lent is a whole `Vec` or `String`.
        #[allow(clippy::ptr_arg)]
        #function
        #cfgs
        #(#doc)*
        #[allow(non_camel_case_types, dead_code, unreachable_pub, clippy::empty_enums)]
        #vis enum #name {}
        #(#cfgs #[automatically_derived] #evidence)*
        #cfgs
        #[automatically_derived]
        #[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
        impl #name {
            #call
            #spawn
            #map
            #run
            #registered
        }
        #cfgs
        #private::inventory::submit! { #private::remote::Registered(#name::__function) }
    }
}

/// The function's documentation, and what there is beside it.
fn doc(model: &Model) -> Vec<TokenStream> {
    let name = model.name().unraw();
    let what = format!(
        "The function `{name}`, run by another process: `{name}::call` waits for it, `{name}::spawn` does not, \
         `{name}::map` calls it many times."
    );
    let own = model.attributes("doc").into_iter().map(|attribute| attribute.to_token_stream());
    let between = quote!(#[doc = ""]);
    own.chain([between, quote!(#[doc = #what])]).collect()
}

/// `impl StoredArgument<diffuse, 0> for Grid`
fn evidence(model: &Model) -> Vec<TokenStream> {
    let (name, private) = (model.name(), &model.private);
    let stored = |ty: &Type, index: TokenStream| quote_spanned!(ty.span()=> impl #private::remote::StoredArgument<'_, #name, {#index}> for #ty {});
    let plain = |ty: &Type, index: TokenStream| quote_spanned!(ty.span()=> impl #private::remote::PlainArgument<'_, #name, {#index}> for #ty {});
    let parameters = model.parameters.iter().map(|parameter| {
        let index = parameter.index.to_token_stream();
        match &parameter.kind {
            Kind::Shared(ty) | Kind::Exclusive(ty) | Kind::Owned(ty) => stored(ty, index),
            Kind::Plain(ty) => plain(ty, index),
            Kind::Text(_) => plain(&sent(model, parameter), index),
            Kind::Slice(item, _) => {
                let list = sent(model, parameter);
                quote_spanned! {item.span()=>
                    impl #private::remote::PlainArgument<'_, #name, {#index}> for #list {}
                }
            }
        }
    });
    let (result, error) = (quote!(#private::remote::RESULT), quote!(#private::remote::ERROR));
    let returned = match &model.returns {
        Returns::Plain(ty) => vec![plain(ty, result)],
        Returns::Owned(ty) => vec![stored(ty, result)],
        Returns::Either(ok, failure) => vec![stored(ok, result), plain(failure, error)],
    };
    parameters.chain(returned).collect()
}

/// The type that a plain argument is on its way.
fn sent(model: &Model, parameter: &Parameter) -> Type {
    let private = &model.private;
    match &parameter.kind {
        Kind::Text(_) => syn::parse_quote!(#private::remote::String),
        Kind::Slice(item, _) => syn::parse_quote!(#private::remote::Vec<#item>),
        Kind::Shared(ty) | Kind::Exclusive(ty) | Kind::Owned(ty) | Kind::Plain(ty) => ty.clone(),
    }
}

/// What a caller gives for a parameter.
fn given(model: &Model, parameter: &Parameter, lifetime: &TokenStream) -> TokenStream {
    let private = &model.private;
    match &parameter.kind {
        Kind::Shared(ty) => quote!(#private::remote::Lend<#lifetime, #ty>),
        Kind::Exclusive(ty) => quote!(#private::remote::LendMut<#lifetime, #ty>),
        Kind::Owned(ty) => quote!(#private::remote::Owned<#ty>),
        Kind::Text(ty) | Kind::Slice(_, ty) => quote!(&#lifetime #ty),
        Kind::Plain(ty) => quote!(#ty),
    }
}

fn is_lent(parameter: &Parameter) -> bool {
    matches!(parameter.kind, Kind::Shared(_) | Kind::Exclusive(_))
}

/// `grid: impl Lend<'scope, Grid>, rounds: u64`
fn inputs(model: &Model, lifetime: &TokenStream) -> Vec<TokenStream> {
    let input = |parameter: &Parameter| {
        let (name, given) = (&parameter.name, given(model, parameter, lifetime));
        if is_lent(parameter) { quote!(#name: impl #given) } else { quote!(#name: #given) }
    };
    model.parameters.iter().map(input).collect()
}

/// Puts the arguments into a call.
fn arguments(model: &Model) -> Vec<TokenStream> {
    let private = &model.private;
    let argument = |parameter: &Parameter| {
        let (name, index) = (&parameter.name, parameter.index);
        let add = |ty: &Type, with: &str, by: TokenStream| {
            let with = Ident::new(with, Span::call_site());
            quote!(#private::remote::#with::<Self, #ty, #index>(&mut __call, #by #name);)
        };
        match &parameter.kind {
            Kind::Shared(ty) => quote!(#private::remote::lend::<#ty>(&mut __call, #name);),
            Kind::Exclusive(ty) => quote!(#private::remote::lend_mut::<#ty>(&mut __call, #name);),
            Kind::Owned(ty) => add(ty, "send", TokenStream::new()),
            Kind::Plain(ty) => add(ty, "value", quote!(&)),
            Kind::Text(unsized_ty) | Kind::Slice(_, unsized_ty) => {
                let ty = sent(model, parameter);
                quote!(#private::remote::borrowed_value::<Self, #ty, #unsized_ty, #index>(&mut __call, #name);)
            }
        }
    };
    model.parameters.iter().map(argument).collect()
}

/// The function that reads the result.
fn unpack(model: &Model) -> TokenStream {
    let private = &model.private;
    match &model.returns {
        Returns::Plain(ty) => quote!(#private::remote::unpack::<Self, #ty>),
        Returns::Owned(ty) => quote!(#private::remote::unpack_owned::<Self, #ty>),
        Returns::Either(ok, error) => quote!(#private::remote::unpack_either::<Self, #ok, #error>),
    }
}

/// A name for our own parameter that none of the user's has.
fn ours(model: &Model, name: &str) -> Ident {
    let taken = model.parameters.iter().any(|parameter| parameter.name == name);
    if taken { format_ident!("__{name}") } else { format_ident!("{name}") }
}

fn call(model: &Model) -> TokenStream {
    let (private, vis, output, unpack) = (&model.private, &model.function.vis, model.output(), unpack(model));
    let (inputs, arguments, workers) = (inputs(model, &quote!('__call)), arguments(model), ours(model, "workers"));
    let doc = format!(" Has a worker run [`{}`], and waits for what it returns.", model.name().unraw());
    quote! {
        #[doc = #doc]
        #[track_caller]
        #vis fn call<'__call>(
            #workers: &'__call #private::remote::Workers,
            #(#inputs),*
        ) -> #private::remote::Result<#output> {
            #[allow(unused_mut)]
            let mut __call = #private::remote::Call::new(Self::__function());
            #(#arguments)*
            #private::remote::call(#workers, __call, #unpack)
        }
    }
}

fn spawn(model: &Model) -> TokenStream {
    let (private, vis, output, unpack) = (&model.private, &model.function.vis, model.output(), unpack(model));
    let (inputs, arguments, scope) = (inputs(model, &quote!('__scope)), arguments(model), ours(model, "scope"));
    let doc = format!(" Has a worker run [`{}`] until the scope ends, or the run is joined.", model.name().unraw());
    quote! {
        #[doc = #doc]
        #[track_caller]
        #vis fn spawn<'__scope>(
            #scope: &'__scope #private::remote::Scope<'__scope, '_>,
            #(#inputs),*
        ) -> #private::remote::Result<#private::remote::Run<'__scope, #output>> {
            #[allow(unused_mut)]
            let mut __call = #private::remote::Call::new(Self::__function());
            #(#arguments)*
            #private::remote::spawn(#scope, __call, #unpack)
        }
    }
}

/// The same for many tuples of arguments; of a single parameter, for many arguments.
fn map(model: &Model) -> Option<TokenStream> {
    let (private, vis, output, unpack) = (&model.private, &model.function.vis, model.output(), unpack(model));
    let lifetime = quote!('__call);
    let parameter = |parameter: &Parameter| format_ident!("__A{}", parameter.index);
    let lent: Vec<_> = model.parameters.iter().filter(|parameter| is_lent(parameter)).collect();
    let generics = lent.iter().map(|lent| (parameter(lent), given(model, lent, &lifetime)));
    let generics: Vec<_> = generics.map(|(name, bound)| quote!(#name: #bound + '__call)).collect();
    let items = model.parameters.iter().map(|it| match is_lent(it) {
        true => parameter(it).into_token_stream(),
        false => given(model, it, &lifetime),
    });
    let names: Vec<_> = model.parameters.iter().map(|parameter| &parameter.name).collect();
    let (item, pattern) = match (&items.collect::<Vec<_>>()[..], &names[..]) {
        ([], _) => return None,
        ([item], [name]) => (quote!(#item), quote!(#name)),
        (items, names) => (quote!((#(#items),*)), quote!((#(#names),*))),
    };
    let (arguments, workers) = (arguments(model), ours(model, "workers"));
    let doc =
        format!(" Has the workers run [`{}`] for each, and returns what they return, in order.", model.name().unraw());
    Some(quote! {
        #[doc = #doc]
        #vis fn map<'__call, #(#generics),*>(
            #workers: &'__call #private::remote::Workers,
            arguments: impl #private::remote::IntoIterator<Item = #item>,
        ) -> #private::remote::Result<#private::remote::Vec<#output>> {
            let __calls = #private::remote::IntoIterator::into_iter(arguments);
            let __calls = #private::remote::Iterator::map(__calls, |#pattern| {
                let mut __call = #private::remote::Call::new(Self::__function());
                #(#arguments)*
                __call
            });
            #private::remote::map(#workers, __calls, #unpack)
        }
    })
}

/// The worker's side: takes the arguments, ownership last, calls the function, and gives everything back.
fn run(model: &Model) -> TokenStream {
    let (private, name) = (&model.private, model.name());
    let remote = quote!(#private::remote);
    let takes = |owned: bool| {
        let parameters = model.parameters.iter();
        parameters.filter(move |it| matches!(it.kind, Kind::Owned(_)) == owned).map(|parameter| take(model, parameter))
    };
    let (first, last) = (takes(false), takes(true));
    let exclusive: Vec<_> = model.parameters.iter().filter(|it| matches!(it.kind, Kind::Exclusive(_))).collect();
    let slots: Vec<_> = exclusive.iter().map(|parameter| slot(parameter)).collect();
    let types: Vec<_> = exclusive.iter().map(|parameter| sent(model, parameter)).collect();
    let indices: Vec<_> = exclusive.iter().map(|parameter| parameter.index).collect();
    let lent: Vec<_> = exclusive.iter().map(|parameter| format_ident!("__lent{}", parameter.index)).collect();
    let passed = model.parameters.iter().map(|parameter| {
        let slot = slot(parameter);
        match &parameter.kind {
            Kind::Shared(_) | Kind::Text(_) | Kind::Slice(..) => quote!(&#slot),
            Kind::Exclusive(_) => format_ident!("__lent{}", parameter.index).into_token_stream(),
            Kind::Owned(_) | Kind::Plain(_) => quote!(#slot),
        }
    });
    let pack = match &model.returns {
        Returns::Plain(ty) => quote!(#remote::pack::<Self, #ty>),
        Returns::Owned(ty) => quote!(#remote::pack_owned::<Self, #ty>),
        Returns::Either(ok, error) => quote!(#remote::pack_either::<Self, #ok, #error>),
    };
    quote! {
        #[doc(hidden)]
        fn __run(__call: &mut #remote::Incoming<'_>) -> #remote::Result<#remote::Vec<u8>> {
            #(#first)*
            #(let #lent = #remote::changing::<Self, #types, #indices>(&mut #slots)?;)*
            #(#last)*
            let __result = #name(#(#passed),*);
            #(#remote::changed::<Self, #types, #indices>(__call, #slots)?;)*
            #pack(__result)
        }
    }
}

/// Where the worker keeps an argument.
fn slot(parameter: &Parameter) -> Ident {
    format_ident!("__argument{}", parameter.index)
}

fn take(model: &Model, parameter: &Parameter) -> TokenStream {
    let (private, slot, index, ty) = (&model.private, slot(parameter), parameter.index, sent(model, parameter));
    let (mutability, how) = match &parameter.kind {
        Kind::Shared(_) => (None, "shared"),
        Kind::Exclusive(_) => (Some(quote!(mut)), "exclusive"),
        Kind::Owned(_) => (None, "owned"),
        Kind::Text(_) | Kind::Slice(..) | Kind::Plain(_) => (None, "plain"),
    };
    let how = Ident::new(how, Span::call_site());
    quote!(let #mutability #slot = #private::remote::#how::<Self, #ty, #index>(__call)?;)
}

/// What is registered: name, place, signature, and how to run it.
fn registered(model: &Model) -> TokenStream {
    let (private, name, output) = (&model.private, model.name(), model.output());
    let parameters = model.parameters.iter().map(|parameter| {
        let (index, ty) = (parameter.index, sent(model, parameter));
        let before = match &parameter.kind {
            Kind::Shared(_) => "&",
            Kind::Exclusive(_) => "&mut ",
            Kind::Owned(_) => "owned ",
            Kind::Text(_) | Kind::Slice(..) | Kind::Plain(_) => {
                return quote!(#private::remote::Signature::value::<#ty>(__signature););
            }
        };
        quote!(#private::remote::describe_stored::<Self, #ty, #index>(__signature, #before);)
    });
    quote! {
        #[doc(hidden)]
        fn __describe(__signature: &mut #private::remote::Signature) {
            #(#parameters)*
            #private::remote::Signature::returns::<#output>(__signature);
        }

        #[doc(hidden)]
        fn __name() -> &'static str {
            #private::remote::name_of(&#name)
        }

        #[doc(hidden)]
        fn __function() -> &'static #private::remote::Function {
            static __FUNCTION: #private::remote::Function = #private::remote::Function::new(
                #name::__name,
                (::core::line!(), ::core::column!()),
                #name::__describe,
                #name::__run,
            );
            &__FUNCTION
        }
    }
}
