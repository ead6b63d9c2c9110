//! Every error message, word for word.

use super::super::model::Model;
use super::super::{check, global_store, parse};
use crate::diagnostics::Diagnostics;

fn errors(options: &str, item: &str) -> Vec<String> {
    let mut errors = Diagnostics::default();
    let options = parse::item_options(options.parse().unwrap(), &mut errors);
    if let Some(input) = parse::item(item.parse().unwrap(), &mut errors) {
        let model = Model::new(options, input, &mut errors);
        check::all(&model, &mut errors);
    }
    errors.messages()
}

/// Returns the one error of an item without options.
fn error(item: &str) -> String {
    one(errors("", item))
}

/// Returns the one error of `options`.
fn option_error(options: &str) -> String {
    one(errors(options, "struct S;"))
}

fn one(mut errors: Vec<String>) -> String {
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.remove(0)
}

#[test]
fn targets() {
    let on = |what: &str| format!("`#[global_store]` belongs on a `struct` or an `enum`, not on {what}");
    assert_eq!(error("fn f() {}"), on("a function"));
    assert_eq!(error("trait T {}"), on("a trait"));
    assert_eq!(error("impl S {}"), on("an `impl`"));
    assert_eq!(error("type T = u8;"), on("a type alias"));
    assert_eq!(error("mod m {}"), on("a module"));
    assert_eq!(error("static X: u8 = 0;"), on("this item"));
    assert_eq!(
        error("union U { a: u8, b: i8 }"),
        "a union cannot live in a store: nothing says which field is meant; write an `enum`"
    );
}

#[test]
fn options_that_do_not_exist() {
    assert_eq!(
        option_error("verison = 2"),
        "`#[global_store]` has no option `verison` on a type; did you mean `version`?"
    );
    assert_eq!(
        option_error("colour"),
        "`#[global_store]` has no option `colour` on a type; \
         there are `version`, `name`, `crate`, `codec`, `serde`, `handles` and `lossy`"
    );
    assert_eq!(
        option_error("a::b"),
        "`#[global_store]` has no option `a::b` on a type; \
         there are `version`, `name`, `crate`, `codec`, `serde`, `handles` and `lossy`"
    );
    assert_eq!(
        error("struct S { #[global_store(opaqe)] x: u8 }"),
        "`#[global_store]` has no option `opaqe` on a field; did you mean `opaque`?"
    );
    assert_eq!(
        error("enum E { #[global_store(lousy)] A }"),
        "`#[global_store]` has no option `lousy` on a variant; did you mean `lossy`?"
    );
}

#[test]
fn options_in_the_wrong_place() {
    assert_eq!(option_error("opaque"), "`opaque` is an option of a field, not of a type; write it there");
    assert_eq!(
        error("struct S { #[global_store(version = 2)] x: u8 }"),
        "`version` is an option of the type, not of a field; write it there"
    );
    assert_eq!(
        error("enum E { #[global_store(opaque)] A(u8) }"),
        "`opaque` is an option of a field, not of a variant; write it there"
    );
}

#[test]
fn options_given_wrongly() {
    assert_eq!(option_error("version = 1, version = 2"), "`version` is given twice; keep one of them");
    assert_eq!(option_error(r#"version = "2""#), "`version` needs a number up to 4294967295; write `version = 2`");
    assert_eq!(option_error("version"), "`version` needs a number up to 4294967295; write `version = 2`");
    assert_eq!(option_error("name = 3"), "`name` needs a string; write `name = \"grid\"`");
    assert_eq!(option_error(r#"crate = "x""#), "`crate` needs a path; write `crate = ::ref_core`");
    for codec in [r#"codec = "x""#, "codec", "codec(x)", "codec = 200", "codec = <T as C>::D"] {
        assert_eq!(option_error(codec), "`codec` needs a path; write `codec = MyCodec`");
    }
    assert_eq!(option_error("serde = no"), "`serde` needs `true` or `false`; write `serde = false`");
    assert_eq!(option_error("lossy = true"), "`lossy` takes no value; write `lossy`");
    assert_eq!(
        error("struct S { #[global_store] x: u8 }"),
        "`#[global_store]` here needs an option: `opaque` or `lossy`, in parentheses"
    );
    assert_eq!(
        option_error(r#"name = "a{b""#),
        "`a{b` cannot name a stored type; use letters, digits and any of `_-.:/`"
    );
    assert_eq!(option_error(r#"name = """#), "a stored type needs a name; use letters, digits and any of `_-.:/`");
}

#[test]
fn the_attribute_twice() {
    assert_eq!(
        error("#[ref_core::global_store(version = 2)] struct S;"),
        "`#[global_store]` stands here twice; put the options of both into one"
    );
}

#[test]
fn lifetimes() {
    assert_eq!(
        error("struct S<'a> { text: Text<'a> }"),
        "a stored type cannot have the lifetime parameter `'a`: its values outlive the process that wrote them; \
         own what it borrows, as `String` does for `&str`"
    );
}

#[test]
fn addresses() {
    assert_eq!(
        error("struct S { text: Vec<&'static str> }"),
        "a reference cannot be stored: it points into this process; \
         own the value (`String` for `&str`, `Vec<T>` for `&[T]`)"
    );
    assert_eq!(
        error("struct S(*const u8);"),
        "a raw pointer cannot be stored: it points into this process; store the value itself"
    );
    assert_eq!(
        error("enum E { A { f: Option<fn(&u8) -> &u8> } }"),
        "a function pointer cannot be stored: it points into this process; \
         store an `enum` that says which function is meant"
    );
}

#[test]
fn interior_mutability() {
    let changes = |name: &str, instead: &str| {
        format!(
            "`{name}` cannot be stored: it changes behind a shared borrow, \
             which neither the store nor other borrowers would see; {instead}"
        )
    };
    let inside = "store the value inside, and change it through `borrow_mut`";
    let number = "store the plain number, and change it through `borrow_mut`";
    assert_eq!(error("struct S { x: Cell<u8> }"), changes("Cell", inside));
    assert_eq!(error("struct S { x: Vec<std::sync::Mutex<u8>> }"), changes("Mutex", inside));
    assert_eq!(error("struct S { #[global_store(opaque)] x: RwLock<u8> }"), changes("RwLock", inside));
    assert_eq!(error("struct S { x: AtomicU64 }"), changes("AtomicU64", number));
    assert_eq!(error("struct S { x: atomic::AtomicBool }"), changes("AtomicBool", number));
    assert_eq!(error("struct S { x: std::sync::Condvar }"), changes("Condvar", "wait for a loan instead"));
    assert_eq!(
        error("struct S { x: Rc<str> }"),
        "`Rc` cannot be stored: it shares its value within one process; use `Box`, or the value itself"
    );
}

#[test]
fn an_arc_is_a_value_by_a_feature() {
    let found = errors("", "struct S { x: Vec<Arc<str>>, y: std::sync::Arc<u8> }");
    let refused = "`Arc` cannot be stored: it shares its value within one process; use `Box`, or turn on the feature \
                   `rc` of `ref-core`, which stores a copy for each `Arc`";
    assert_eq!(found, if cfg!(feature = "rc") { vec![] } else { vec![refused; 2] });
    assert!(error("struct S { x: Arc<Mutex<u8>> }").starts_with(if cfg!(feature = "rc") {
        "`Mutex`"
    } else {
        "`Arc`"
    }));
}

#[test]
fn types_of_the_same_name_are_not_those_of_std() {
    assert!(errors("", "struct S { a: Vec<Cell>, b: crate::Mutex<u8>, c: AtomicForce }").is_empty());
}

#[test]
fn two_authors_of_serde() {
    let derives = "`#[global_store]` derives serde's traits already; \
                   leave this out, or write `#[global_store(serde = false)]` and derive both";
    let twice = errors("", "#[derive(Debug, Serialize, serde::Deserialize)] struct S;");
    assert_eq!(twice, [derives, derives]);
    assert!(errors("serde = false", "#[derive(Serialize, Deserialize)] struct S;").is_empty());
    assert_eq!(
        error(r#"#[serde(bound = "T: X")] struct S<T>(T);"#),
        "`#[global_store]` writes serde's `bound` itself; leave this out, \
         or write `#[global_store(serde = false)]` and derive serde's traits yourself"
    );
}

#[test]
fn bounds_on_a_field_are_ours_as_well() {
    let item = r#"struct S<T> { #[serde(bound = "T: X")] x: T }"#;
    assert!(error(item).starts_with("`#[global_store]` writes serde's `bound` itself"));
    assert!(errors("serde = false", item).is_empty());
}

#[test]
fn lossy_serde_attributes() {
    let loses = |word: &str, place: &str| {
        format!(
            "serde's `{word}` can store something else than the value of this {place}; \
             if that is meant, say so: `#[global_store(lossy)]` on the {place}"
        )
    };
    assert_eq!(error("struct S { #[serde(skip)] x: u8 }"), loses("skip", "field"));
    assert_eq!(error(r#"struct S { #[serde(with = "m")] x: u8 }"#), loses("with", "field"));
    assert_eq!(error("enum E { #[serde(other)] A }"), loses("other", "variant"));
    assert_eq!(error("#[serde(default)] struct S { x: u8 }"), loses("default", "type"));
    assert!(errors("lossy", "#[serde(default)] struct S { x: u8 }").is_empty());
    assert!(errors("", "struct S { #[global_store(lossy)] #[serde(skip)] x: u8 }").is_empty());
    assert!(errors("", r#"struct S { #[serde(rename = "y", alias = "z")] x: u8 }"#).is_empty());
}

#[test]
fn serde_attributes_that_need_field_names() {
    assert_eq!(
        error("struct S { #[serde(flatten)] x: T }"),
        "serde's `flatten` needs a format with field names, which a store has not; leave it out"
    );
    assert_eq!(
        error("#[serde(untagged)] enum E { A }"),
        "serde's `untagged` needs a format with field names, which a store has not; leave it out"
    );
    assert_eq!(
        error(r#"struct S { #[serde(skip_serializing_if = "Option::is_none")] x: Option<u8> }"#),
        "serde's `skip_serializing_if` leaves out a field that is read nevertheless, since a store writes no field \
         names; leave this attribute out: an empty value takes one byte"
    );
    assert_eq!(
        error("struct S { #[serde(skip_serializing)] x: u8 }"),
        "serde's `skip_serializing` writes other fields than are read, and a store writes no field names to tell; \
         leave it out, or write `#[serde(skip)]` and `#[global_store(lossy)]` for a field that is not stored"
    );
}

#[test]
fn variants_that_would_be_read_as_others() {
    let skipped = "#[global_store(lossy)] #[serde(skip)]";
    assert_eq!(
        error(&format!("enum E {{ A, {skipped} B, C }}")),
        "a variant after `B` would be read as the one after it: serde counts a skipped variant when it writes, and not \
         when it reads; move this variant behind those that are stored"
    );
    assert!(errors("", &format!("enum E {{ A, C, {skipped} B, {skipped} D }}")).is_empty());
}

#[test]
fn marks_without_a_use() {
    assert_eq!(
        error("struct S { #[global_store(lossy)] x: u8 }"),
        "`lossy` has nothing to permit on this field; leave it out"
    );
    assert_eq!(option_error("lossy"), "`lossy` has nothing to permit on this type; leave it out");
    assert_eq!(
        error("struct S { #[global_store(opaque, lossy)] #[serde(skip)] x: u8 }"),
        "`opaque` says how the field is stored, `#[serde(skip)]` that it is not; keep one of them"
    );
}

#[test]
fn hidden_attributes() {
    assert_eq!(
        error("struct S { #[cfg_attr(unix, global_store(opaque))] x: u8 }"),
        "`#[global_store]` cannot see through `cfg_attr`; \
         write the field twice, under `#[cfg(...)]` and `#[cfg(not(...))]`"
    );
    assert_eq!(
        error("#[cfg_attr(unix, serde(untagged))] enum E {}"),
        "`#[global_store]` cannot see through `cfg_attr`; \
         write the type twice, under `#[cfg(...)]` and `#[cfg(not(...))]`"
    );
    assert!(errors("", r#"struct S { #[cfg_attr(unix, doc = "x")] x: u8 }"#).is_empty());
}

#[test]
fn packed_structs() {
    let packed = "#[repr(C, packed(2))] struct S { x: u8 }";
    assert_eq!(
        error(packed),
        "the fields of a packed struct cannot be borrowed, so it has no field handles; \
         write `#[global_store(handles = false)]`"
    );
    assert!(errors("handles = false", packed).is_empty());
}

#[test]
fn all_at_once() {
    let item = "
        #[serde(untagged)]
        enum Everything<'a> {
            A(&'a str, Cell<u8>),
            #[global_store(opaque)]
            B { #[serde(skip)] x: *mut u8, #[global_store(lossi)] y: Rc<RefCell<u8>> },
        }";
    let errors = errors("versio = 2, serde = 1", item);
    assert_eq!(errors.len(), 10, "{errors:#?}");
}

#[test]
fn the_style_of_messages() {
    for message in [error("fn f() {}"), option_error("x"), error("struct S(Rc<u8>);")] {
        assert!(message.starts_with(|c: char| c.is_lowercase() || c == '`'), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[test]
fn the_item_survives_its_errors() {
    let kept = |options: &str, item: &str| {
        let text = global_store(options.parse().unwrap(), item.parse().unwrap()).to_string();
        assert!(text.contains(":: core :: compile_error"), "{text}");
        text
    };
    assert!(kept("", "fn f() {}").contains("fn f () { }"));
    assert!(kept("", "struct S<'a>(&'a u8);").contains("struct S < 'a > (& 'a u8) ;"));
    assert!(kept("oops", "pub struct S { x: u8 }").contains("pub type SRef < 'a ,"));
    assert!(kept("=", "pub enum E { A }").contains("pub enum E { A"));
}
