//! The rules of `#[remote]`, with one function for each rule. All rules are checked, and all errors are reported at
//! once.

use super::model::{Kind, Model, Parameter, is_remote, is_str, ungrouped};
use crate::diagnostics::Diagnostics;
use crate::one_process;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::visit::{self, Visit};
use syn::{
    ConstParam, GenericArgument, GenericParam, PathArguments, ReturnType, Safety, Type, TypePath, TypeReference,
};

/// Checks every rule that can be checked on tokens, without types.
pub(crate) fn all(model: &Model, errors: &mut Diagnostics) {
    attributed_once(model, errors);
    a_plain_function(model, errors);
    one_of_it(model, errors);
    free(model, errors);
    not_the_start(model, errors);
    for parameter in &model.parameters {
        no_attributes(parameter, errors);
        borrowed_whole(parameter, errors);
        a_value_of_its_own(parameter, errors);
    }
    a_result_of_its_own(model, errors);
}

/// Checks that the attribute stands on the function once: a second one would generate the same items again.
fn attributed_once(model: &Model, errors: &mut Diagnostics) {
    for attribute in &model.function.attrs {
        if is_remote(attribute) {
            errors.on(attribute, "`#[remote]` stands here twice; keep one of them");
        }
    }
}

/// Checks that the function is neither `async`, `unsafe` nor `extern`: a worker calls it as an ordinary function, and
/// waits for its end.
fn a_plain_function(model: &Model, errors: &mut Diagnostics) {
    let signature = &model.function.sig;
    if let Some(token) = signature.asyncness {
        errors.on(
            token,
            "a remote function is not `async`: its worker runs it to its end; remove `async`: with `spawn`, the caller \
             goes on meanwhile",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.on(
            token,
            "a remote function is not `unsafe`: no caller can promise anything about another process's memory; \
             remove `unsafe`",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.on(abi, "a remote function is called by Rust alone; remove `extern`");
    }
}

/// Checks that the function has no type or const parameters: a worker finds a function by its key, and a key names one
/// function.
fn one_of_it(model: &Model, errors: &mut Diagnostics) {
    for param in &model.function.sig.generics.params {
        let (what, instead) = match param {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(_) => {
                ("a type parameter", "write one for each type, which calls the generic one".to_owned())
            }
            GenericParam::Const(constant) => ("a const parameter", as_a_value(constant)),
        };
        let why = "workers find it by its name, and have one of it";
        errors.on(param, format!("a remote function cannot have {what}: {why}; {instead}"));
    }
}

/// Returns what to write for a const parameter: a parameter of the same type.
fn as_a_value(ConstParam { ident, ty, .. }: &ConstParam) -> String {
    let name = ident.unraw().to_string().to_lowercase();
    format!("take `{name}: {}` in its place", ty.to_token_stream())
}

/// Checks that the function is no method and does not name the `Self` of an `impl`: a remote function is a free
/// function.
fn free(model: &Model, errors: &mut Diagnostics) {
    if let Some(receiver) = &model.receiver {
        errors.on(
            receiver,
            "a remote function has no `self`; write a free function that takes `&T` or `&mut T` in its place",
        );
    } else if let Some(own_type) = &model.own_type {
        errors.on(
            own_type,
            "a remote function stands outside of every `impl`; write a free function, which names the type in place of \
             `Self`",
        );
    }
}

/// Checks that the function is not `main`: a worker starts with `main` too, and calls a remote function later.
fn not_the_start(model: &Model, errors: &mut Diagnostics) {
    if model.name() == "main" {
        errors.on(
            model.name(),
            "`main` begins every process, workers too, so it is no remote function; put the work into a function of \
             its own, and call that from `main`",
        );
    }
}

/// Checks that a parameter has no attributes: `#[cfg]` could remove the parameter, and the generated code would still
/// name it.
fn no_attributes(parameter: &Parameter, errors: &mut Diagnostics) {
    for attribute in &parameter.syntax.attrs {
        errors.on(attribute, "a parameter of a remote function has no attributes; put `#[cfg]` on the function");
    }
}

/// Checks that a parameter that is a reference does not borrow for `'static` and does not refer to a handle, and that a
/// `&mut` does not refer to a `str`.
fn borrowed_whole(parameter: &Parameter, errors: &mut Diagnostics) {
    let Type::Reference(TypeReference { lifetime, mutability, elem, .. }) = ungrouped(&parameter.syntax.ty) else {
        return;
    };
    if let Some(lifetime) = lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
        errors.on(lifetime, "a remote function borrows until its call is over, not for `'static`; remove the lifetime");
    }
    match mutability {
        Some(_) if is_str(elem) => errors.on(
            &parameter.syntax.ty,
            "`&mut str` cannot be lent to another process: what changes there is a whole `String`; take `&mut String`",
        ),
        _ => no_handle(&parameter.syntax.ty, elem, errors),
    }
}

/// Checks that a parameter is no reference to a handle: the caller lends its handle, and the function gets a reference
/// to the value.
fn no_handle(whole: &Type, elem: &Type, errors: &mut Diagnostics) {
    if let Some(handle) = handle(elem, HANDLES) {
        let message = format!(
            "a remote function borrows the value, not its handle: take `&T` or `&mut T`; callers lend their `{handle}` \
             for it"
        );
        errors.on(whole, message);
    }
}

/// Checks that the type of the value that a parameter takes or refers to has no part that [`SentTypes`] finds: a value
/// that is sent owns all its parts.
fn a_value_of_its_own(parameter: &Parameter, errors: &mut Diagnostics) {
    match &parameter.kind {
        Kind::Shared(ty) | Kind::Exclusive(ty) if handle(ty, HANDLES).is_some() => {}
        Kind::Store(_) => {}
        Kind::Shared(ty) | Kind::Exclusive(ty) => owns_all(ty, "a value that is lent", errors),
        Kind::Slice(ty) | Kind::SliceMut(ty) | Kind::Value(ty) => owns_all(ty, "a value that is sent", errors),
        Kind::Text => {}
    }
}

/// Checks that the function returns, and that the type of its result has no part that [`SentTypes`] finds.
fn a_result_of_its_own(model: &Model, errors: &mut Diagnostics) {
    let ReturnType::Type(_, ty) = &model.function.sig.output else { return };
    match ungrouped(ty) {
        Type::Never(never) => {
            errors.on(never, "a remote function returns to its caller; remove `-> !`, and let the function end")
        }
        ty => owns_all(ty, "a result that is sent back", errors),
    }
}

fn owns_all(ty: &Type, what: &'static str, errors: &mut Diagnostics) {
    SentTypes { what, errors }.visit_type(ty);
}

/// Finds types that cannot be sent to another process: types of one process, references, pointers, functions, `impl`
/// and `dyn` types, handles with a lifetime, and types with a lifetime other than `'static`.
struct SentTypes<'e> {
    what: &'static str,
    errors: &'e mut Diagnostics,
}

impl<'ast> Visit<'ast> for SentTypes<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        let what = self.what;
        match ty {
            Type::Path(path) if one_process::reason(&path.path).is_some_and(|(name, _)| name != "Owned") => {
                let (name, reason) = one_process::reason(&path.path).unwrap_or_default();
                self.errors.on(ty, format!("`{name}` cannot be sent to another process: {reason}"));
            }
            Type::Reference(reference) => self.errors.on(
                reference,
                format!("{what} cannot hold a reference: it goes to another process; write the owned type, as `String` for `&str`"),
            ),
            Type::ImplTrait(found) => {
                self.errors.on(found, format!("{what} has one type, which both processes know; write that type in place of `impl`, such as `Vec<u64>`"));
            }
            Type::FnPtr(found) => {
                self.errors.on(found, format!("{what} cannot be a function: its address means nothing in another process; send a value that says which is meant, such as an `enum`"));
            }
            Type::Ptr(found) => {
                self.errors.on(found, format!("{what} cannot be a pointer: its address means nothing in another process; send the value"));
            }
            Type::TraitObject(found) => {
                self.errors.on(found, format!("{what} has one type, which both processes know; write that type in place of `dyn`, or an `enum` of several"));
            }
            Type::Path(path) if borrowed(path).is_some() => {
                let handle = borrowed(path).unwrap_or_default();
                let message =
                    format!("`{handle}` borrows in this process; take `&T` or `&mut T`: callers lend a `{handle}` for it");
                self.errors.on(ty, message);
            }
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
        if lifetime.ident != "static" {
            let what = self.what;
            self.errors.on(
                lifetime,
                format!(
                    "{what} cannot have a lifetime: it goes to another process; write a type that owns what it holds"
                ),
            );
        }
    }
}

/// The handles to which a parameter must not be a reference.
const HANDLES: &[&str] = &["Owned", "Ref", "RefMut", "Lease", "Loan"];
/// The handles with a lifetime.
const BORROWED: &[&str] = &["Ref", "RefMut", "Loan"];

/// Returns the name of the type if it is one of `BORROWED` with arguments, or has a lifetime and ends in one of these
/// names. `#[global_store]` makes aliases of such names, as `GridRef<'_>`.
fn borrowed(path: &TypePath) -> Option<String> {
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let has_lifetime = arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Lifetime(_)));
    let name = last.ident.to_string();
    let is_handle = |handle: &str| name == handle || (has_lifetime && name.ends_with(handle));
    BORROWED.iter().any(|handle| is_handle(handle)).then_some(name)
}

/// Returns which of `handles` the type is, if any. A type of such a name without arguments counts as another type.
fn handle(ty: &Type, handles: &'static [&str]) -> Option<&'static str> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let last = path.path.segments.last()?;
    let has_arguments = matches!(last.arguments, PathArguments::AngleBracketed(_));
    handles.iter().copied().find(|handle| has_arguments && last.ident == handle)
}
