//! Turns the model into Rust code. Nothing here can fail.
//!
//! The code has an `enum` without variants, which has the function's name. Both can have one name, since types and
//! functions have separate namespaces. A module in place of the `enum` would not do: a module in a function's body does
//! not see the types of that body.
//!
//! The type of a parameter is checked once, by an `impl` of a trait for that type. All other code has that trait as a
//! bound. So a type that does not fit gives one error.
//!
//! What `call`, `spawn` and `map` take for a parameter of the user has the span of that parameter, so that the
//! compiler's notes show the user's function. Other parameters and local variables have `mixed_site` spans, so that no
//! name of the user's code refers to one of them.
//!
//! All items but the function and one `impl` are in the attribute of that `impl`, `#[__private::beside(..)]`, which adds
//! them. No token shows that a function without `self` stands in an `impl` of the user, where rustc refuses every `impl`
//! and `enum`. So rustc refuses one item there, and reports one error, at `#[remote]`.

mod awaited;
mod worker;

use super::model::{Kind, Model, Parameter, arguments, is_named_owned, ungrouped};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

/// Returns the user's function, and all code that is generated for it.
pub(crate) fn all(model: &Model) -> TokenStream {
    let (function, name, private) = (&model.function, model.name(), &private(model));
    let (doc, vis, cfgs) = (doc(model), &model.function.vis, model.attributes("cfg"));
    let cfgs = quote!(#(#cfgs)*);
    let evidence = evidence(model);
    let (call, call_async, spawn, map) = (call(model), awaited::call_async(model), spawn(model), map(model));
    let arguments = make_call(model);
    let (run, registered) = (worker::run(model), worker::registered(model));
    quote! {
        // Clippy would ask for a slice in place of `&Vec`, and for a value in place of a reference or a reference in
        // place of a value. But the type of a parameter says how its argument is sent.
        #[allow(clippy::ptr_arg, clippy::trivially_copy_pass_by_ref, clippy::needless_pass_by_value)]
        #function
        #cfgs
        #[#private::beside(
            #(#doc)*
            // The type has the function's name and no values, and a program may use only the function.
            #[allow(non_camel_case_types, dead_code, unreachable_pub, missing_debug_implementations, clippy::empty_enums)]
            #vis enum #name {}
            #(#[automatically_derived] #evidence)*
            #private::inventory::submit! { #private::remote::Registered(#name::__function) }
        )]
        #[automatically_derived]
        // A program need not call each of these functions, and the lints of the user's code are not for this code.
        #[allow(dead_code, unreachable_pub, deprecated, clippy::all, clippy::pedantic)]
        impl #name {
            #call
            #call_async
            #spawn
            #map
            #arguments
            #run
            #registered
        }
    }
}

fn private(model: &Model) -> TokenStream {
    model.private(Span::call_site())
}

/// Returns the name of a local variable of the generated code.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Returns the documentation of the `enum`: that of the function, and a sentence about `call`, `spawn` and `map`.
fn doc(model: &Model) -> Vec<TokenStream> {
    let name = model.name().unraw();
    let many = if model.parameters.is_empty() { String::new() } else { format!(", `{name}::map` calls it many times") };
    let what = format!(
        " The function `{name}`, run by another process: `{name}::call` waits for it, `{name}::call_async` is a future, \
         `{name}::spawn` does not wait{many}."
    );
    let own: Vec<_> = model.attributes("doc").into_iter().map(|attribute| attribute.to_token_stream()).collect();
    let between = (!own.is_empty()).then(|| quote!(#[doc = ""]));
    own.into_iter().chain(between).chain([quote!(#[doc = #what])]).collect()
}

/// Returns an `impl` for the type of each parameter, except `&str`, and for each type of the result, such as
/// `impl StoredArgument<diffuse, 0> for Grid`.
fn evidence(model: &Model) -> Vec<TokenStream> {
    let (name, private) = (model.name(), &private(model));
    let lent = |what: &str, ty: &Type, index: &TokenStream| {
        let what = Ident::new(what, ty.span());
        quote_spanned!(ty.span()=> impl #private::remote::#what<'_, #name, {#index}> for #ty {})
    };
    // The probe and its method have one span: rustc would add a label if these were two.
    let probed = |probe: &str, span: Span| {
        let (probe, private) = (Ident::new(probe, span), model.private(span));
        quote_spanned!(span=> #private::remote::#probe::<Self>::NEW)
    };
    let way = |ty: &Type, index: &TokenStream, way: TokenStream| {
        quote! {
            impl #private::remote::ValueArgument<'_, #name, {#index}> for #ty {
                fn way() -> #private::remote::Way<Self> {
                    #way
                }
            }
        }
    };
    let value = |ty: &Type, index: &TokenStream| {
        let probe = if model.idempotent { "RepeatedProbe" } else { "OwnerProbe" };
        let (probe, sent) = (probed(probe, word(ty)), sent(word(ty)));
        way(ty, index, quote!(#private::remote::Way::of(#probe #sent)))
    };
    let slice = |ty: &Type, index: &TokenStream| {
        let (probe, sent) = (probed("StoredProbe", word(ty)), sent(word(ty)));
        quote! {
            impl #private::remote::SentArgument<'_, #name, {#index}> for #ty {
                fn crossing() -> #private::remote::Crossing<Self> {
                    #probe #sent
                }
            }
        }
    };
    let parameters = model.parameters.iter().filter_map(|parameter| {
        let index = parameter.index.to_token_stream();
        match &parameter.kind {
            Kind::Shared(ty) | Kind::Exclusive(ty) => Some(lent("StoredArgument", ty, &index)),
            Kind::Store(ty) => Some(lent("StoreParameter", ty, &index)),
            Kind::Slice(ty) | Kind::SliceMut(ty) => Some(slice(ty, &index)),
            Kind::Value(ty) => Some(value(ty, &index)),
            Kind::Text => None,
        }
    });
    let output = model.output();
    let [value_at, error_at] = words_of_result(&output);
    let value = [probed("ResultProbe", value_at), quote_spanned!(value_at=> .value()), sent(value_at)];
    let error = [probed("ResultProbe", error_at), quote_spanned!(error_at=> .error()), sent(error_at)];
    let joined = quote!(#private::remote::ResultProbe::<Self>::NEW.join(#(#value)*, #(#error)*));
    let returned = way(&output, &quote!(#private::remote::RESULT), joined);
    parameters.chain([returned]).collect()
}

/// Returns the call by which a probe says how its type is sent.
fn sent(span: Span) -> TokenStream {
    quote_spanned!(span=> .sent())
}

/// Returns the spans of the errors for the value and for the error of a result. Of a `Result` of one argument, an alias,
/// the error's type is the alias's.
fn words_of_result(ty: &Type) -> [Span; 2] {
    match arguments(ty, "Result").as_deref() {
        Some([value]) => [word(value), word(ty)],
        Some([value, error]) => [word(value), word(error)],
        _ => [word(ty), word(ty)],
    }
}

/// Returns the span of the error for a type that cannot be sent: the span of a path's last word, or of another type's
/// first token. On stable Rust, the spans of several tokens cannot be joined. For a `Vec` or another wrapper, the span
/// is in its argument, since the argument is the type that cannot be sent.
fn word(ty: &Type) -> Span {
    if let Some([inner]) = WRAPPERS.iter().find_map(|wrapper| arguments(ty, wrapper)).as_deref() {
        return word(inner);
    }
    match ungrouped(ty) {
        Type::Path(path) => path.path.segments.last().map_or_else(|| ty.span(), |last| last.ident.span()),
        ty => ty.span(),
    }
}

/// Types of one argument that can be sent if their argument can.
const WRAPPERS: &[&str] = &["Owned", "Vec", "Option", "Box", "Arc", "VecDeque", "BTreeSet", "HashSet"];

/// Returns the type of a caller's argument. For an argument that is lent, returns the trait of its type. Except for
/// `&str`, the first and last tokens have the spans of the first and last tokens of the parameter's type. So
/// the compiler underlines that whole type.
fn given(model: &Model, parameter: &Parameter, lifetime: &TokenStream) -> TokenStream {
    let [first, last] = ends(&parameter.syntax.ty);
    let private = model.private(first);
    let of = |name: &str, ty: &Type| {
        let (name, end) = (Ident::new(name, first), quote_spanned!(last=> >));
        quote_spanned!(first=> #private::remote::#name<#lifetime, #ty #end)
    };
    match &parameter.kind {
        Kind::Shared(ty) | Kind::Store(ty) => of("Lend", ty),
        Kind::Exclusive(ty) => of("LendMut", ty),
        Kind::Text => quote_spanned!(first=> & #lifetime #private::remote::str),
        Kind::Slice(ty) => of("LendList", ty),
        Kind::SliceMut(ty) => of("LendListMut", ty),
        Kind::Value(ty) => quote!(#ty),
    }
}

fn ends(ty: &Type) -> [Span; 2] {
    let mut tokens = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = tokens.next().unwrap_or_else(Span::call_site);
    [first, tokens.last().unwrap_or(first)]
}

fn is_lent(parameter: &Parameter) -> bool {
    !matches!(parameter.kind, Kind::Text | Kind::Value(_))
}

/// Returns the parameters of `call` and `spawn`, such as `grid: impl Lend<'scope, Grid>, rounds: u64`.
fn inputs(model: &Model, lifetime: &TokenStream) -> Vec<TokenStream> {
    model.parameters.iter().map(|parameter| input(model, parameter, lifetime, lifetime)).collect()
}

/// Returns a parameter. A `&str` has the lifetime `of_text`.
fn input(model: &Model, parameter: &Parameter, lifetime: &TokenStream, of_text: &TokenStream) -> TokenStream {
    let lifetime = if matches!(parameter.kind, Kind::Text) { of_text } else { lifetime };
    let (name, given) = (&parameter.name, given(model, parameter, lifetime));
    if is_lent(parameter) { quote!(#name: impl #given) } else { quote!(#name: #given) }
}

/// Returns the function that makes a `Call` of the arguments.
fn make_call(model: &Model) -> TokenStream {
    let (private, call) = (&private(model), local("__call"));
    // A text is copied at once, so it need not live as long as the call.
    let inputs = model.parameters.iter().map(|parameter| input(model, parameter, &quote!('__call), &quote!()));
    let arguments = model.parameters.iter().map(|parameter| {
        let (name, index) = (&parameter.name, parameter.index);
        let (add, ty) = match &parameter.kind {
            Kind::Shared(ty) => ("lend", ty),
            Kind::Store(ty) => ("lend_store", ty),
            Kind::Exclusive(ty) => ("lend_mut", ty),
            Kind::Value(ty) => ("value", ty),
            Kind::Slice(ty) => ("lend_list", ty),
            Kind::SliceMut(ty) => ("lend_list_mut", ty),
            Kind::Text => return quote!(#private::remote::text(&mut #call, #name);),
        };
        let add = Ident::new(add, Span::call_site());
        quote!(#private::remote::#add::<Self, #ty, #index>(&mut #call, #name);)
    });
    let new = Ident::new(if model.idempotent { "repeatable" } else { "new" }, Span::call_site());
    quote! {
        #[doc(hidden)]
        #[track_caller]
        fn __arguments<'__call>(#(#inputs),*) -> #private::remote::Call<'__call> {
            // For a function without parameters, nothing is added to the call.
            #[allow(unused_mut)]
            let mut #call = #private::remote::Call::#new(Self::__function());
            #(#arguments)*
            #call
        }
    }
}

/// Returns the path of the function that says how the caller reads the result.
fn unpack(model: &Model) -> TokenStream {
    let (private, output) = (private(model), model.output());
    quote!(#private::remote::unpack::<Self, #output>)
}

/// Returns the kind of the function's runs, if that is not the usual one: such functions have no owned arguments.
fn kind(model: &Model) -> Option<TokenStream> {
    let private = private(model);
    model.idempotent.then(|| quote!(#private::remote::Idempotent))
}

/// Returns the names of the user's parameters.
fn names(model: &Model) -> Vec<&Ident> {
    model.parameters.iter().map(|parameter| &parameter.name).collect()
}

fn call(model: &Model) -> TokenStream {
    let (private, output) = (&private(model), model.output());
    let (this, name) = (Ident::new("call", model.name().span()), model.name().unraw());
    let (first, unpack) = (local("workers"), unpack(model));
    let doc = format!(" Has a worker run `{name}`, and waits for what it returns.");
    let way = Way {
        lifetime: quote!('__call),
        first: quote!(#first: &'__call #private::remote::Workers),
        given: first,
        returned: &|_| quote!(#output),
        doc,
    };
    pair(model, &this, &way, &unpack)
}

fn spawn(model: &Model) -> TokenStream {
    let (private, output) = (&private(model), model.output());
    let (this, name) = (Ident::new("spawn", model.name().span()), model.name().unraw());
    let (first, unpack) = (local("scope"), unpack(model));
    let doc = format!(" Has a worker run `{name}` until the scope ends, or the run is joined.");
    let way = Way {
        lifetime: quote!('__scope),
        first: quote!(#first: impl #private::remote::InScope<'__scope>),
        given: first,
        returned: &|back| match kind(model) {
            Some(kind) => quote!(#private::remote::Run<'__scope, #output, (), #kind>),
            None => quote!(#private::remote::Run<'__scope, #output #back>),
        },
        doc,
    };
    pair(model, &this, &way, &unpack)
}

/// The parts in which `call` and `spawn` differ.
struct Way<'m> {
    lifetime: TokenStream,
    /// The parameter before the function's own.
    first: TokenStream,
    /// The name of that parameter.
    given: Ident,
    /// Makes the return type. The argument is a comma and the type of the handles that are given back, or `None`.
    returned: &'m dyn Fn(Option<TokenStream>) -> TokenStream,
    doc: String,
}

/// Returns `call` or `spawn`. If there are owned arguments, also returns `call_or_return` or `spawn_or_return`, which
/// gives these arguments back if the call fails.
fn pair(model: &Model, this: &Ident, way: &Way<'_>, unpack: &TokenStream) -> TokenStream {
    let (private, vis, names) = (&private(model), &model.function.vis, names(model));
    let (inputs, Way { lifetime, first, given, returned, doc }) = (inputs(model, &way.lifetime), way);
    let twin = format_ident!("{this}_or_return");
    let dropped =
        Back::of(model).map(|_| format!(" Owned arguments of what fails are dropped: `{twin}` gives them back."));
    let (output, dropped) = (returned(None), dropped.map(|doc| quote!(#[doc = ""] #[doc = #doc])));
    let twin = Back::of(model).map(|Back { ty, pick }| {
        let output = returned(Some(quote!(, #ty)));
        let doc =
            format!(" `{this}`, which gives owned arguments back where it fails, those that no worker had claimed.");
        quote! {
            #[doc = #doc]
            #[track_caller]
            #vis fn #twin<#lifetime>(
                #first,
                #(#inputs),*
            ) -> #private::remote::Result<#output, #private::remote::Refused<#ty>> {
                #private::remote::#twin(#given, Self::__arguments(#(#names),*), #unpack, #pick)
            }
        }
    });
    quote! {
        #[doc = #doc]
        #dropped
        #[track_caller]
        #vis fn #this<#lifetime>(#first, #(#inputs),*) -> #private::remote::Result<#output> {
            #private::remote::#this(#given, Self::__arguments(#(#names),*), #unpack)
        }
        #twin
    }
}

/// The owned arguments that a failed call gives back: their type, and the closure that takes them out of `Handles`.
struct Back {
    ty: TokenStream,
    pick: TokenStream,
}

impl Back {
    fn of(model: &Model) -> Option<Self> {
        let (private, handles) = (private(model), local("handles"));
        let owned = model.parameters.iter().filter_map(|parameter| match &parameter.kind {
            Kind::Value(ty) => Some((back(ty, &private)?, parameter.index)),
            _ => None,
        });
        // An owner is an error of the compiler there, and a twin would add another one.
        let owned = owned.filter(|_| !model.idempotent);
        let (types, picks): (Vec<_>, Vec<_>) = owned
            .map(|(back, index)| {
                let pick = quote!(#handles.take::<#back>(#index));
                (back, pick)
            })
            .unzip();
        let (ty, picked) = match (&types[..], &picks[..]) {
            ([], _) => return None,
            ([ty], [pick]) => (quote!(#ty), quote!(#pick)),
            (types, picks) => (quote!((#(#types),*)), quote!((#(#picks),*))),
        };
        Some(Self { ty, pick: quote!(|mut #handles| #picked) })
    }
}

/// Returns what a failed call gives back of an argument of the type: the type itself, with an `Option` around each type
/// that is named as an owner is. Returns `None` for a type that is no owner and no list, option or tuple of owners.
fn back(ty: &Type, private: &TokenStream) -> Option<TokenStream> {
    if is_named_owned(ty) {
        return Some(quote!(#private::remote::Option<#ty>));
    }
    if let Type::Tuple(tuple) = ungrouped(ty) {
        let backs: Vec<_> = tuple.elems.iter().map(|ty| back(ty, private)).collect::<Option<_>>()?;
        return (!backs.is_empty()).then(|| quote!((#(#backs,)*)));
    }
    ["Vec", "Option"].into_iter().find_map(|name| match &arguments(ty, name)?[..] {
        [inner] => {
            let (name, back) = (Ident::new(name, Span::call_site()), back(inner, private)?);
            Some(quote!(#private::remote::#name<#back>))
        }
        _ => None,
    })
}

/// Returns `map`, which takes an iterator of tuples of arguments, or an iterator of arguments if the function has one
/// parameter. A function without parameters has no `map`.
fn map(model: &Model) -> Option<TokenStream> {
    let (private, vis, output) = (&private(model), &model.function.vis, model.output());
    let lifetime = quote!('__call);
    let parameter = |parameter: &Parameter| format_ident!("__A{}", parameter.index);
    let lent = model.parameters.iter().filter(|parameter| is_lent(parameter));
    let generics = lent.map(|lent| (parameter(lent), given(model, lent, &lifetime)));
    let generics: Vec<_> = generics.map(|(name, bound)| quote!(#name: #bound + '__call)).collect();
    // The bound of the one parameter stands at the iterator, so that the compiler underlines the argument.
    let only = match &model.parameters[..] {
        [only] if is_lent(only) => Some(given(model, only, &lifetime)),
        _ => None,
    };
    let items = model.parameters.iter().map(|it| match is_lent(it) {
        true => parameter(it).into_token_stream(),
        false => given(model, it, &lifetime),
    });
    let (names, unpack) = (names(model), unpack(model));
    let (item, pattern) = match (&items.collect::<Vec<_>>()[..], &names[..]) {
        ([], _) => return None,
        ([item], [name]) => {
            (only.as_ref().map_or_else(|| quote!(= #item), |only| quote!(: #only + '__call)), quote!(#name))
        }
        (items, names) => (quote!(= (#(#items),*)), quote!((#(#names),*))),
    };
    let generics = generics.into_iter().filter(|_| only.is_none());
    let kind = kind(model).unwrap_or_else(|| quote!(#private::remote::Once));
    let (this, workers, all) = (Ident::new("map", model.name().span()), local("workers"), local("arguments"));
    let doc = format!(
        " Has the workers run `{}` for each, and returns what they return, in order. With `&workers`, all of it, and after \
         the first error no more are begun. In a scope, an iterator, in which a failure costs one result.",
        model.name().unraw()
    );
    Some(quote! {
        #[doc = #doc]
        #vis fn #this<'__call, __M: #private::remote::MapIn<'__call>, #(#generics),*>(
            #workers: __M,
            #all: impl #private::remote::IntoIterator<Item #item, IntoIter: '__call>,
        ) -> <__M as #private::remote::MapIn<'__call>>::Results<#output, #kind> {
            let #all = #private::remote::IntoIterator::into_iter(#all);
            let #all = #private::remote::Iterator::map(#all, |#pattern| Self::__arguments(#(#names),*));
            #private::remote::map(#workers, #all, #unpack)
        }
    })
}
