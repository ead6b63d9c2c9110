//! The rules of `#[global_store]`, a function for each. All of them run, and all errors are reported together.

use super::model::{Field, Model, Storage};
use super::parse::SerdeWord;
use crate::diagnostics::Diagnostics;
use syn::visit::{self, Visit};
use syn::{Attribute, PathArguments, PathSegment, Type};

/// Checks every rule that can be checked without types.
pub(crate) fn all(model: &Model, errors: &mut Diagnostics) {
    once_only(model, errors);
    no_lifetimes(model, errors);
    a_plain_name(model, errors);
    no_packed_handles(model, errors);
    one_author_of_serde(model, errors);
    nothing_hidden("type", &model.hidden, errors);
    for field in model.fields() {
        nothing_hidden("field", &field.hidden, errors);
        only_values(field, errors);
        one_way(field, errors);
    }
    for variant in model.variants() {
        nothing_hidden("variant", &variant.hidden, errors);
    }
    skipped_variants_last(model, errors);
    for part in parts(model) {
        readable_without_names(&part, errors);
        no_unmarked_loss(&part, errors);
        no_idle_mark(&part, errors);
    }
}

/// The attribute stands on a type once.
fn once_only(model: &Model, errors: &mut Diagnostics) {
    for repeated in &model.repeated {
        errors.on(repeated, "`#[global_store]` stands here twice; put the options of both into one");
    }
}

/// A stored value outlives the process that wrote it, so its type borrows nothing.
fn no_lifetimes(model: &Model, errors: &mut Diagnostics) {
    for param in model.input.generics.lifetimes() {
        let message = format!(
            "a stored type cannot have the lifetime parameter `{}`: its values outlive the process that wrote them; \
             own what it borrows, as `String` does for `&str`",
            param.lifetime
        );
        errors.on(&param.lifetime, message);
    }
}

/// The name in the fingerprint is not empty, and has none of the characters that structure a description.
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

/// The fields of a packed struct cannot be borrowed one by one.
fn no_packed_handles(model: &Model, errors: &mut Diagnostics) {
    let mut lists = model.input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr"));
    let packed = lists.find(|list| {
        let tokens = list.meta.require_list().map(|list| list.tokens.to_string());
        tokens.is_ok_and(|tokens| tokens.contains("packed"))
    });
    if let (Some(packed), true, Some(_)) = (packed, model.handles, model.named_fields()) {
        let message = "the fields of a packed struct cannot be borrowed, so it has no field handles; \
                       write `#[global_store(handles = false)]`";
        errors.on(packed, message);
    }
}

/// Serde's traits are derived here or by the user, not by both.
fn one_author_of_serde(model: &Model, errors: &mut Diagnostics) {
    if !model.serde {
        return;
    }
    for derive in [&model.derives.serialize, &model.derives.deserialize].into_iter().flatten() {
        let message = "`#[global_store]` derives serde's traits already; \
                       leave this out, or write `#[global_store(serde = false)]` and derive both";
        errors.on(derive, message);
    }
    let words = parts(model).into_iter().flat_map(|part| part.words);
    for word in words.filter(|word| word.name == "bound" || word.name == "crate") {
        let message = format!(
            "`#[global_store]` writes serde's `{}` itself; leave this out, or write `#[global_store(serde = false)]` \
             and derive serde's traits yourself",
            word.name
        );
        errors.at(word.span, message);
    }
}

/// No attribute that the macro has to know stands in a `#[cfg_attr]`, which the macro cannot evaluate.
fn nothing_hidden(what: &str, hidden: &[Attribute], errors: &mut Diagnostics) {
    for attribute in hidden {
        let message = format!(
            "`#[global_store]` cannot see through `cfg_attr`; \
             write the {what} twice, under `#[cfg(...)]` and `#[cfg(not(...))]`"
        );
        errors.on(attribute, message);
    }
}

/// A field is a value: not an address, and not something that changes behind a shared borrow.
fn only_values(field: &Field, errors: &mut Diagnostics) {
    if field.storage != Storage::Skipped {
        Values { errors }.visit_type(&field.ty);
    }
}

struct Values<'e> {
    errors: &'e mut Diagnostics,
}

impl<'ast> Visit<'ast> for Values<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(_) => self.errors.on(ty, ADDRESS_REFERENCE),
            Type::Ptr(_) => self.errors.on(ty, ADDRESS_POINTER),
            Type::FnPtr(_) => self.errors.on(ty, ADDRESS_FUNCTION),
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
const ADDRESS_POINTER: &str = "a raw pointer cannot be stored: it points into this process; store the value itself";
const ADDRESS_FUNCTION: &str = "a function pointer cannot be stored: it points into this process; \
                                store an `enum` that says which function is meant";

/// Returns why a type of the standard library is not a value, if `path` names such a type.
fn not_a_value(path: &syn::Path) -> Option<String> {
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
        "Arc" if ARC_IS_STORED => return None,
        "Arc" => (SHARES, "use `Box`, or turn on the feature `rc` of `ref-core`, which stores a copy for each `Arc`"),
        "Rc" | "Weak" => (SHARES, "use `Box`, or the value itself"),
        name if name.starts_with("Atomic") => (CHANGES, "store the plain number, and change it through `borrow_mut`"),
        _ => return None,
    };
    Some(format!("`{name}` cannot be stored: it {why}; {instead}"))
}

/// Whether `Arc` is stored. `ref-core` passes its feature `rc` on to this crate.
const ARC_IS_STORED: bool = cfg!(feature = "rc");
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

/// A type, variant or field: it may have serde attributes, and may be marked `lossy`.
struct Part<'m> {
    what: &'static str,
    words: &'m [SerdeWord],
    lossy: Option<proc_macro2::Span>,
    /// The serde words that may store something else than the value of this part.
    lossy_words: &'static [&'static str],
}

fn parts(model: &Model) -> Vec<Part<'_>> {
    let mut parts = vec![Part {
        what: "type",
        words: &model.serde_words,
        lossy: model.options.lossy.as_ref().map(|mark| mark.span),
        lossy_words: &["default", "from", "try_from", "into"],
    }];
    parts.extend(model.variants().iter().map(|variant| Part {
        what: "variant",
        words: &variant.serde_words,
        lossy: variant.options.lossy.as_ref().map(|mark| mark.span),
        lossy_words: &["skip", "other", "with", "serialize_with", "deserialize_with"],
    }));
    parts.extend(model.fields().map(|field| Part {
        what: "field",
        words: &field.serde_words,
        lossy: field.options.lossy.as_ref().map(|mark| mark.span),
        lossy_words: &["skip", "default", "with", "serialize_with", "deserialize_with", "getter"],
    }));
    parts
}

/// Stores write no field names, so no serde attribute may need them.
fn readable_without_names(part: &Part<'_>, errors: &mut Diagnostics) {
    const NAMES: &[&str] = &["flatten", "untagged", "tag", "content"];
    const ONE_SIDED: &[&str] = &["skip_serializing", "skip_deserializing"];
    for word in part.words {
        let name = &word.name;
        if NAMES.contains(&name.as_str()) {
            let message =
                format!("serde's `{name}` needs a format with field names, which a store has not; leave it out");
            errors.at(word.span, message);
        } else if ONE_SIDED.contains(&name.as_str()) {
            let message = format!(
                "serde's `{name}` writes other fields than are read, and a store writes no field names to tell; \
                 leave it out, or write `#[serde(skip)]` and `#[global_store(lossy)]` for a field that is not stored"
            );
            errors.at(word.span, message);
        } else if name == "skip_serializing_if" {
            let message = "serde's `skip_serializing_if` leaves out a field that is read nevertheless, since a store \
                           writes no field names; leave this attribute out: an empty value takes one byte";
            errors.at(word.span, message);
        }
    }
}

/// Skipped variants come last: when serde writes, it numbers a variant among all variants, and when it reads, among
/// those that are not skipped.
fn skipped_variants_last(model: &Model, errors: &mut Diagnostics) {
    let mut before_others = false;
    for variant in model.variants().iter().rev() {
        match variant.serde_words.iter().find(|word| word.name == "skip") {
            Some(word) if before_others => {
                let message = format!(
                    "a variant after `{}` would be read as the one after it: serde counts a skipped variant when it \
                     writes, and not when it reads; move this variant behind those that are stored",
                    variant.ident
                );
                errors.at(word.span, message);
            }
            Some(_) => {}
            None => before_others = true,
        }
    }
}

/// A part is marked `lossy` if a serde attribute may store something else than its value.
fn no_unmarked_loss(part: &Part<'_>, errors: &mut Diagnostics) {
    if part.lossy.is_some() {
        return;
    }
    for word in part.words.iter().filter(|word| part.lossy_words.contains(&word.name.as_str())) {
        let (name, what) = (&word.name, part.what);
        let message = format!(
            "serde's `{name}` can store something else than the value of this {what}; \
             if that is meant, say so: `#[global_store(lossy)]` on the {what}"
        );
        errors.at(word.span, message);
    }
}

/// A field is stored in one way.
fn one_way(field: &Field, errors: &mut Diagnostics) {
    if let (Some(opaque), Storage::Skipped) = (&field.options.opaque, field.storage) {
        let message = "`opaque` says how the field is stored, `#[serde(skip)]` that it is not; keep one of them";
        errors.at(opaque.span, message);
    }
}

/// `lossy` stands only on a part with a serde attribute that needs it.
fn no_idle_mark(part: &Part<'_>, errors: &mut Diagnostics) {
    let has_use = part.words.iter().any(|word| part.lossy_words.contains(&word.name.as_str()));
    if let (Some(span), false) = (part.lossy, has_use) {
        errors.at(span, format!("`lossy` has nothing to permit on this {}; leave it out", part.what));
    }
}
