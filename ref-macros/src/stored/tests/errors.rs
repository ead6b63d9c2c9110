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
         there are `version`, `from`, `name`, `crate`, `codec`, `handles`, `opaque` and `diagnostic`"
    );
    assert_eq!(
        option_error("a::b"),
        "`#[global_store]` has no option `a::b` on a type; \
         there are `version`, `from`, `name`, `crate`, `codec`, `handles`, `opaque` and `diagnostic`"
    );
    assert_eq!(
        error("struct S { #[global_store(opaqe)] x: u8 }"),
        "`#[global_store]` has no option `opaqe` on a field; did you mean `opaque`?"
    );
}

#[test]
fn options_in_the_wrong_place() {
    assert_eq!(option_error("skip"), "`skip` is an option of a field, not of a type; write it there");
    assert_eq!(
        error("struct S { #[global_store(version = 2)] x: u8 }"),
        "`version` is an option of the type, not of a field; write it there"
    );
    assert_eq!(
        error("enum E { #[global_store(opaque)] A(u8) }"),
        "`#[global_store]` has no options on a variant; write it on a field of the variant"
    );
}

#[test]
fn options_of_an_opaque_type() {
    for option in ["version = 2", "from = Other", "name = \"s\""] {
        let word = option.split(' ').next().unwrap();
        assert_eq!(
            option_error(&format!("opaque, {option}")),
            format!(
                "an opaque type is known by its name in the program only; take `{word}` off, or take `opaque` off and \
                 write it on the fields that need it"
            )
        );
    }
    for option in ["opaque", "skip", "with = by_hand"] {
        assert_eq!(
            one(errors("opaque", &format!("struct S {{ #[global_store({option})] x: u8 }}"))),
            "the serde traits of an opaque type write its fields; take this option off, or take `opaque` off the type"
        );
    }
    assert!(errors("opaque", "struct S { x: &'static str, y: Mutex<u8> }").is_empty());
    assert_eq!(errors("opaque", "struct S<'a> { x: &'a str }").len(), 1);
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
    for from in ["from = \"CartV1\"", "from", "from(CartV1)", "from = 1"] {
        assert_eq!(option_error(from), "`from` needs a type; write `from = CartV1`");
    }
    assert_eq!(option_error("handles = no"), "`handles` needs `true` or `false`; write `handles = false`");
    assert_eq!(option_error("diagnostic"), "`diagnostic` needs `true` or `false`; write `diagnostic = false`");
    assert_eq!(error("struct S { #[global_store(skip = 1)] x: u8 }"), "`skip` takes no value; write `skip`");
    assert_eq!(error("struct S { #[global_store(with)] x: u8 }"), "`with` needs a path; write `with = module`");
    assert_eq!(
        error("struct S { #[global_store] x: u8 }"),
        "`#[global_store]` on a field needs an option in parentheses: `opaque`, `skip` or `with`"
    );
    assert_eq!(
        option_error(r#"name = "a{b""#),
        "`a{b` cannot name a stored type; use letters, digits and any of `_-.:/`"
    );
    assert_eq!(option_error(r#"name = """#), "a stored type needs a name; use letters, digits and any of `_-.:/`");
}

#[test]
fn earlier_definitions() {
    assert_eq!(
        option_error("from = CartV1"),
        "`from` needs the number of this definition, which is greater than that of the earlier one; write `version = 2`"
    );
    let itself = "`from` names the type itself; keep the earlier definition as a type of another name, such as \
                  `CartV1`, and write `from = CartV1`";
    assert_eq!(option_error("version = 2, from = S"), itself);
    assert_eq!(option_error("version = 2, from = Self"), itself);
    assert_eq!(one(errors("version = 2, from = Pair<T>", "struct Pair<T>(T);")), itself);
    assert_eq!(option_error("version = 2, from = A, from = B"), "`from` is given twice; keep one of them");
    for from in ["A", "a::A", "PairV1<T, 2>", "<A as B>::C", "::a::A<Vec<T>>", "S<u8>"] {
        let options = format!("version = 2, from = {from}, name = \"s\"");
        assert!(errors(&options, "struct S;").is_empty(), "{from}");
    }
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
    let at_the_reference = error("struct S<'a> { text: &'a str }");
    assert!(at_the_reference.starts_with("a reference cannot be stored: "), "{at_the_reference}");
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
        "a raw pointer cannot be stored: it points into this process; store the value itself, or a `Box` of it"
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
        "`Rc` cannot be stored: it shares its value within one process; use `Box`, `Arc` or the value itself"
    );
}

#[test]
fn an_arc_is_a_value() {
    assert!(errors("", "struct S { x: Vec<Arc<str>>, y: std::sync::Arc<u8> }").is_empty());
    assert!(error("struct S { x: Arc<Mutex<u8>> }").starts_with("`Mutex`"));
}

#[test]
fn types_of_the_same_name_are_not_those_of_std() {
    assert!(errors("", "struct S { a: Vec<Cell>, b: crate::Mutex<u8>, c: AtomicForce }").is_empty());
}

#[test]
fn what_serde_says_is_no_business_of_the_store() {
    let item = "
        #[derive(Debug, Serialize, serde::Deserialize)]
        #[serde(untagged, bound = \"T: X\")]
        #[cfg_attr(unix, serde(deny_unknown_fields))]
        enum E<T> {
            #[serde(skip)]
            A,
            B { #[serde(flatten)] x: T, #[serde(skip_serializing_if = \"Option::is_none\")] y: Option<u8> },
        }";
    assert!(errors("", item).is_empty());
}

#[test]
fn two_ways_to_store_a_field() {
    let skipped = |other: &str| {
        format!("a field with `skip` is not stored, and `{other}` says how it is stored; keep one of them")
    };
    assert_eq!(error("struct S { #[global_store(opaque, skip)] x: u8 }"), skipped("opaque"));
    assert_eq!(error("struct S { #[global_store(skip)] #[global_store(with = m)] x: u8 }"), skipped("with"));
    assert_eq!(
        error("struct S { #[global_store(with = m, opaque)] x: u8 }"),
        "`opaque` and `with` are two ways to store the field; keep one of them"
    );
}

#[test]
fn conditions_are_left_to_the_derive() {
    let text = |item: &str| global_store("version = 2".parse().unwrap(), item.parse().unwrap()).to_string();
    let deferred = text("struct S { #[cfg_attr(unix, global_store(opaque))] x: u8, #[global_store(skip)] y: u8 }");
    let begin = "# [derive (:: ref_core :: __private :: StoredItem)] # [__ref_item (version = 2)] struct S";
    assert!(deferred.starts_with(begin), "{deferred}");
    assert!(deferred.contains("# [cfg_attr (unix , __ref_item (opaque))] x : u8"), "{deferred}");
    assert!(deferred.contains("# [__ref_item (skip)] y : u8"), "{deferred}");
    // The derive sees the item with its conditions applied.
    let applied = "#[__ref_item(version = 2)] struct S { #[__ref_item(opaque)] x: Cell<u8> }";
    let derived = super::super::stored_item(applied.parse().unwrap()).to_string();
    assert!(derived.contains("`Cell` cannot be stored") && !derived.contains("struct S {"), "{derived}");
    assert!(!text("#[cfg(unix)] struct S { x: u8 }").contains("StoredItem"));
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
        enum Everything<'a> {
            A(&'a str, Cell<u8>),
            #[global_store(opaque)]
            B { #[global_store(opaque, skip)] x: *mut u8, #[global_store(skipp)] y: Rc<RefCell<u8>> },
        }";
    let errors = errors("versio = 2, handles = 1", item);
    assert_eq!(errors.len(), 8, "{errors:#?}");
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
