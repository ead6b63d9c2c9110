//! The rules of `#[global_store]` on an item, a function for each. (`parse` has the rules on the options.) All of them
//! run, and all errors are reported together.

use super::model::{Field, Model, Storage};
use super::parse::{FieldOptions, ItemOptions};
use crate::diagnostics::Diagnostics;
use crate::one_process;
use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Lifetime, PathArguments, PathSegment, Type, TypePath, TypeReference};

/// Checks every rule of this module.
pub(crate) fn all(model: &Model, errors: &mut Diagnostics) {
    once_only(model, errors);
    no_lifetimes(model, errors);
    a_plain_name(model, errors);
    no_packed_handles(model, errors);
    if model.options.opaque.is_some() {
        return as_serde_has_it(model, errors);
    }
    an_earlier_definition(model, errors);
    for field in model.fields() {
        only_values(field, errors);
        one_way(field, errors);
    }
}

/// Checks that the attribute stands on the type once.
fn once_only(model: &Model, errors: &mut Diagnostics) {
    for repeated in &model.repeated {
        errors.on(repeated, "`#[global_store]` stands here twice; put the options of both into one");
    }
}

/// Checks that the type has no lifetime parameter: a stored value outlives the process that wrote it. If a reference
/// has the lifetime, `only_values` reports the reference, and the parameter goes with it.
fn no_lifetimes(model: &Model, errors: &mut Diagnostics) {
    let mut borrowed = BorrowedFor(Vec::new());
    let looked_at = model.fields().filter(|field| field.is_written() && model.options.opaque.is_none());
    looked_at.for_each(|field| borrowed.visit_type(&field.ty));
    for param in model.input.generics.lifetimes().filter(|param| !borrowed.0.contains(&&param.lifetime)) {
        let message = format!(
            "a stored type cannot have the lifetime parameter `{}`: its values outlive the process that wrote them; \
             own what it borrows, as `String` does for `&str`",
            param.lifetime
        );
        errors.on(&param.lifetime, message);
    }
}

/// The lifetimes of references.
struct BorrowedFor<'m>(Vec<&'m Lifetime>);

impl<'m> Visit<'m> for BorrowedFor<'m> {
    fn visit_type_reference(&mut self, reference: &'m TypeReference) {
        self.0.extend(&reference.lifetime);
        visit::visit_type_reference(self, reference);
    }
}

/// Checks that a name that the user gives is not empty, and has only letters, digits and the characters `_-.:/`.
fn a_plain_name(model: &Model, errors: &mut Diagnostics) {
    let Some(name) = &model.options.name else { return };
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
    let wrong = match name.value.as_str() {
        "" => "a stored type needs a name".to_owned(),
        value if !value.chars().all(is_plain) => format!("`{value}` cannot name a stored type"),
        _ => return,
    };
    errors.at(name.span, format!("{wrong}; use letters, digits and any of `_-.:/`"));
}

/// Checks that a type with an earlier definition has a `version`, and that `from` does not name the type itself.
fn an_earlier_definition(model: &Model, errors: &mut Diagnostics) {
    let (Some(given), Some(earlier)) = (&model.options.from, &model.earlier) else { return };
    let is_itself = match earlier {
        Type::Path(TypePath { qself: None, path, .. }) => path.is_ident(model.ident()) || is_own(path, model),
        _ => false,
    };
    if is_itself {
        let message = "`from` names the type itself; keep the earlier definition as a type of another name, such as \
                       `CartV1`, and write `from = CartV1`";
        errors.on(&given.value, message);
    } else if model.options.version.is_none() {
        let message = "`from` needs the number of this definition, which is greater than that of the earlier one; \
                       write `version = 2`";
        errors.at(given.span, message);
    }
}

/// Returns whether the path is the item's type with the item's own parameters.
fn is_own(path: &syn::Path, model: &Model) -> bool {
    path.to_token_stream().to_string() == model.self_type().to_string()
}

/// Checks that a packed struct with named fields has `handles = false`: its fields cannot be borrowed one by one.
fn no_packed_handles(model: &Model, errors: &mut Diagnostics) {
    if let (Some(packed), true, Some(_)) = (model.packed(), model.handles, model.named_fields()) {
        let message = "the fields of a packed struct cannot be borrowed, so it has no field handles; \
                       write `#[global_store(handles = false)]`";
        errors.on(packed, message);
    }
}

/// Checks that an opaque type has no option that says how `#[global_store]` describes or writes it.
fn as_serde_has_it(model: &Model, errors: &mut Diagnostics) {
    let ItemOptions { version, from, name, .. } = &model.options;
    let given = [
        version.as_ref().map(|given| ("version", given.span)),
        from.as_ref().map(|given| ("from", given.span)),
        name.as_ref().map(|given| ("name", given.span)),
    ];
    for (option, span) in given.into_iter().flatten() {
        let message = format!(
            "an opaque type is known by its name in the program only; take `{option}` off, or take `opaque` off and \
             write it on the fields that need it"
        );
        errors.at(span, message);
    }
    for field in model.fields() {
        let FieldOptions { opaque, skip, with } = &field.options;
        let span = opaque.as_ref().or(skip.as_ref()).map(|given| given.span).or(with.as_ref().map(|given| given.span));
        if let Some(span) = span {
            let message = "the serde traits of an opaque type write its fields; take this option off, or take `opaque` \
                           off the type";
            errors.at(span, message);
        }
    }
}

/// Checks that a field that is stored has no part that is an address, changes behind a shared borrow, or means
/// something in one process only.
fn only_values(field: &Field, errors: &mut Diagnostics) {
    if field.is_written() {
        // If serde's traits or functions of the user write the field, they may know the types behind a `dyn`.
        let refuses_dyn = matches!(field.storage(), Storage::Stored);
        Values { errors, refuses_dyn }.visit_type(&field.ty);
    }
}

struct Values<'e> {
    errors: &'e mut Diagnostics,
    refuses_dyn: bool,
}

impl<'ast> Visit<'ast> for Values<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(_) => self.errors.on(ty, ADDRESS_REFERENCE),
            Type::Ptr(_) => self.errors.on(ty, ADDRESS_POINTER),
            Type::FnPtr(_) => self.errors.on(ty, ADDRESS_FUNCTION),
            Type::TraitObject(_) if self.refuses_dyn => self.errors.on(ty, UNKNOWN_TYPE),
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(reason) = not_a_value(path) {
            self.errors.on(path, reason);
        } else {
            visit::visit_path(self, path);
        }
    }
}

const ADDRESS_REFERENCE: &str = "a reference cannot be stored: it points into this process; \
                                 own the value (`String` for `&str`, `Vec<T>` for `&[T]`)";
const ADDRESS_POINTER: &str = "a raw pointer cannot be stored: it points into this process; \
                               store the value itself, or a `Box` of it";
const ADDRESS_FUNCTION: &str = "a function pointer cannot be stored: it points into this process; \
                                store an `enum` that says which function is meant";

const UNKNOWN_TYPE: &str = "a `dyn` value cannot be stored: another program does not know which type it has; \
                            store an `enum` of the types that it may have";

/// Returns why a type of the standard library or of `ref-core` is not a value, if `path` names such a type.
fn not_a_value(path: &syn::Path) -> Option<String> {
    if let Some((name, reason)) = one_process::reason(path) {
        return Some(format!("`{name}` cannot be stored: {reason}"));
    }
    let last = path.segments.last()?;
    if !is_of_std(path, last) {
        return None;
    }
    let name = last.ident.to_string();
    let (why, instead) = match name.as_str() {
        "Cell" | "RefCell" | "UnsafeCell" | "OnceCell" | "LazyCell" | "Mutex" | "RwLock" | "OnceLock" | "LazyLock" => {
            (CHANGES, "store the value inside, and change it through `borrow_mut`")
        }
        "Condvar" | "Barrier" => (CHANGES, "wait for a loan instead"),
        "Rc" | "Weak" => (SHARES, "use `Box`, `Arc` or the value itself"),
        name if name.starts_with("Atomic") => (CHANGES, "store the plain number, and change it through `borrow_mut`"),
        _ => return None,
    };
    Some(format!("`{name}` cannot be stored: it {why}; {instead}"))
}

const SHARES: &str = "shares its value within one process";
const CHANGES: &str = "changes behind a shared borrow, which neither the store nor other borrowers would see";

/// Returns true for `std::sync::Mutex<T>`, `sync::Mutex<T>`, `Mutex<T>` and `AtomicU8`, and false for `crate::Mutex<T>`
/// and a `Cell` without arguments.
fn is_of_std(path: &syn::Path, last: &PathSegment) -> bool {
    let before = path.segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
    match before.as_deref() {
        Some(module) => matches!(module, "cell" | "sync" | "rc" | "atomic"),
        None => takes_arguments(last) || ATOMICS.contains(&last.ident.to_string().as_str()),
    }
}

fn takes_arguments(segment: &PathSegment) -> bool {
    matches!(segment.arguments, PathArguments::AngleBracketed(_))
}

const ATOMICS: &[&str] = &[
    "AtomicBool",
    "AtomicPtr",
    "AtomicU8",
    "AtomicU16",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "AtomicI8",
    "AtomicI16",
    "AtomicI32",
    "AtomicI64",
    "AtomicIsize",
];

/// Checks that a field has at most one of the options `opaque`, `skip` and `with`.
fn one_way(field: &Field, errors: &mut Diagnostics) {
    let FieldOptions { opaque, skip, with } = &field.options;
    let given = [
        opaque.as_ref().map(|given| ("opaque", given.span)),
        skip.as_ref().map(|given| ("skip", given.span)),
        with.as_ref().map(|given| ("with", given.span)),
    ];
    let given: Vec<_> = given.into_iter().flatten().collect();
    if let [(first, _), (second, span), ..] = given[..] {
        let message = match (first, second) {
            ("skip", other) | (other, "skip") => {
                format!("a field with `skip` is not stored, and `{other}` says how it is stored; keep one of them")
            }
            _ => format!("`{first}` and `{second}` are two ways to store the field; keep one of them"),
        };
        errors.at(span, message);
    }
}
