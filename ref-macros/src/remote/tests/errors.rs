//! Tests every message of the macro, word for word. An item gives no more errors than the expected ones.

use super::super::model::Model;
use super::super::{check, parse, remote};
use crate::diagnostics::Diagnostics;

fn errors(options: &str, item: &str) -> Vec<String> {
    let mut errors = Diagnostics::default();
    let options = parse::options(options.parse().unwrap(), &mut errors);
    if let Some(function) = parse::function(item.parse().unwrap(), &mut errors) {
        check::all(&Model::new(options, function), &mut errors);
    }
    errors.messages()
}

/// Returns the one error of an item without options.
fn error(item: &str) -> String {
    one(errors("", item))
}

/// Returns the one error of `options`.
fn option_error(options: &str) -> String {
    one(errors(options, "fn f() {}"))
}

/// Returns the one error of a function with this parameter.
fn parameter_error(ty: &str) -> String {
    error(&format!("fn f(x: {ty}) {{}}"))
}

/// Returns the one error of a function with this result.
fn result_error(ty: &str) -> String {
    error(&format!("fn f() -> {ty} {{ loop {{}} }}"))
}

fn one(mut errors: Vec<String>) -> String {
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.remove(0)
}

#[test]
fn targets() {
    let on = |what: &str| format!("`#[remote]` belongs on a function, not on {what}");
    assert_eq!(error("struct S;"), on("a struct; for a stored type, write `#[global_store]`"));
    assert_eq!(error("enum E {}"), on("an enum; for a stored type, write `#[global_store]`"));
    assert_eq!(error("impl S {}"), on("an `impl`; write free functions that take `&T` or `&mut T`"));
    assert_eq!(error("trait T {}"), on("a trait; write free functions"));
    assert_eq!(error("mod m {}"), on("a module; write it on each function"));
    assert_eq!(error("static X: u8 = 0;"), on("this item"));
    assert_eq!(error("fn f(&self);"), "a remote function has a body; write it on a free function, which has one");
}

#[test]
fn options() {
    assert_eq!(option_error("krate = ::x"), "`#[remote]` has no option `krate`; did you mean `crate`?");
    assert_eq!(option_error("version = 2"), "`#[remote]` has no option `version`; there are `crate` and `idempotent`");
    assert_eq!(option_error("a::b"), "`#[remote]` has no option `a::b`; there are `crate` and `idempotent`");
    assert_eq!(option_error("crate = ::x, crate = ::x"), "`crate` is given twice; keep one of them");
    for option in ["crate", r#"crate = "x""#, "crate(x)", "crate = 2", "crate = <T as C>::D"] {
        assert_eq!(option_error(option), "`crate` needs a path; write `crate = ::ref_core`");
    }
    assert_eq!(option_error("crate ="), "unexpected end of input, expected an expression");
    for legal in ["", "crate = ::x", "crate = crate::x::y,"] {
        assert!(errors(legal, "fn f() {}").is_empty());
    }
}

#[test]
fn the_attribute_twice() {
    let twice = "`#[remote]` stands here twice; keep one of them";
    assert_eq!(error("#[remote] fn f() {}"), twice);
    assert_eq!(error("#[ref_core::remote(crate = x)] fn f() {}"), twice);
}

#[test]
fn functions_of_another_kind() {
    assert_eq!(
        error("async fn f() {}"),
        "a remote function is not `async`: its worker runs it to its end; remove `async`: with `spawn`, the caller goes \
         on meanwhile"
    );
    assert_eq!(
        error("unsafe fn f() {}"),
        "a remote function is not `unsafe`: no caller can promise anything about another process's memory; \
         remove `unsafe`"
    );
    assert_eq!(error(r#"extern "C" fn f() {}"#), "a remote function is called by Rust alone; remove `extern`");
    assert_eq!(
        error("fn f(&self) {}"),
        "a remote function has no `self`; write a free function that takes `&T` or `&mut T` in its place"
    );
    let outside = "a remote function stands outside of every `impl`; write a free function, which names the type in \
                   place of `Self`";
    for of_an_impl in ["fn f() -> Self { loop {} }", "fn f(x: Vec<Self>) {}", "fn f() { Self::new(Self::X) }"] {
        assert_eq!(error(of_an_impl), outside);
    }
    assert_eq!(errors("", "fn f(self) -> Self { Self }").len(), 1);
    assert!(errors("", "fn f() { impl X { fn new() -> Self { Self } } }").is_empty());
    assert!(errors("", "const fn f() {}").is_empty());
}

#[test]
fn parameters_of_types() {
    let why = "workers find it by its name, and have one of it";
    assert_eq!(
        error("fn f<T>() {}"),
        format!(
            "a remote function cannot have a type parameter: {why}; write one for each type, which calls the generic one"
        )
    );
    assert_eq!(
        error("fn f<const N: usize>() {}"),
        format!("a remote function cannot have a const parameter: {why}; take `n: usize` in its place")
    );
    assert!(errors("", "fn f<'a, 'b: 'a>(x: &'a Grid, y: &'b mut Grid, z: &'a [u8]) where 'b: 'b {}").is_empty());
}

#[test]
fn what_is_borrowed() {
    assert_eq!(
        parameter_error("&mut str"),
        "`&mut str` cannot be lent to another process: what changes there is a whole `String`; take `&mut String`"
    );
    assert_eq!(
        parameter_error("&'static Grid"),
        "a remote function borrows until its call is over, not for `'static`; remove the lifetime"
    );
    for handle in ["Owned", "Ref", "RefMut", "Lease", "Loan"] {
        let message = format!(
            "a remote function borrows the value, not its handle: take `&T` or `&mut T`; callers lend their `{handle}` for it"
        );
        let types = [format!("&{handle}<Grid>"), format!("&mut ref_core::{handle}<'_, Grid>")];
        for ty in types {
            assert_eq!(parameter_error(&ty), message, "{ty}");
        }
    }
    assert_eq!(
        parameter_error("Ref<'_, Grid>"),
        "`Ref` borrows in this process; take `&T` or `&mut T`: callers lend a `Ref` for it"
    );
    assert_eq!(
        parameter_error("ref_core::RefMut<Grid>"),
        "`RefMut` borrows in this process; take `&T` or `&mut T`: callers lend a `RefMut` for it"
    );
    for legal in
        ["&str", "&[u8]", "&mut [u8]", "&Grid", "&mut Grid", "(&Grid)", "&[u8; 3]", "&mut [u8; 3]", "&'_ Grid", "&Ref"]
    {
        assert!(errors("", &format!("fn f(x: {legal}) {{}}")).is_empty(), "{legal}");
    }
}

#[test]
fn what_points_into_this_process() {
    let sent = "a value that is sent";
    let references =
        "cannot hold a reference: it goes to another process; write the owned type, as `String` for `&str`";
    assert_eq!(parameter_error("Vec<&str>"), format!("{sent} {references}"));
    assert_eq!(parameter_error("&[&str]"), format!("{sent} {references}"));
    assert_eq!(parameter_error("Owned<&str>"), format!("{sent} {references}"));
    assert_eq!(parameter_error("&Vec<&str>"), format!("a value that is lent {references}"));
    assert_eq!(result_error("&u8"), format!("a result that is sent back {references}"));
    assert_eq!(result_error("Option<&'static u8>"), format!("a result that is sent back {references}"));
    let one_type = "has one type, which both processes know; write that type in place of";
    let of_impl = format!("{one_type} `impl`, such as `Vec<u64>`");
    assert_eq!(parameter_error("impl Copy"), format!("{sent} {of_impl}"));
    assert_eq!(parameter_error("Box<dyn Copy>"), format!("{sent} {one_type} `dyn`, or an `enum` of several"));
    assert_eq!(result_error("impl Copy"), format!("a result that is sent back {of_impl}"));
    assert_eq!(
        parameter_error("fn(u8) -> u8"),
        format!(
            "{sent} cannot be a function: its address means nothing in another process; send a value that says which is \
             meant, such as an `enum`"
        )
    );
    assert_eq!(
        parameter_error("*const u8"),
        format!("{sent} cannot be a pointer: its address means nothing in another process; send the value")
    );
    assert_eq!(
        error("fn f<'a>(x: Text<'a>) {}"),
        format!("{sent} cannot have a lifetime: it goes to another process; write a type that owns what it holds")
    );
    assert_eq!(result_error("!"), "a remote function returns to its caller; remove `-> !`, and let the function end");
}

#[test]
fn attributes_of_parameters() {
    assert_eq!(
        error("fn f(#[cfg(test)] x: u8) {}"),
        "a parameter of a remote function has no attributes; put `#[cfg]` on the function"
    );
}

#[test]
fn all_at_once() {
    let item = "#[remote] async unsafe extern \"C\" fn f<T>(#[x] a: &mut str, b: Vec<&'static T>) -> ! {}";
    assert_eq!(errors("a = 1, b = 2, crate = 3", item).len(), 12);
}

/// Any tokens give code or errors, and the macro does not panic.
#[test]
fn odd_input_is_answered() {
    let odd = [
        "",
        ";",
        "fn",
        "fn f",
        "fn f()",
        "fn f(",
        "fn f(x) {}",
        "fn f(x: ) {}",
        "fn f(_: u8, (a, b): (u8, u8), [c]: [u8; 1], S { d }: S, mut e: u8, ref g: u8, h @ 1..: u8, _: _) {}",
        "fn f(self) {}",
        "fn f() -> Self {}",
        "fn f(self: Box<Self>, x: u8) {}",
        "fn f() -> {}",
        "fn f() -> Result {}",
        "fn f() -> Result<> {}",
        "fn f() -> Result<u8> {}",
        "fn f() -> Result<'a, u8, u8> {}",
        "fn f() -> Result<u8, u8, u8> {}",
        "fn f() -> Owned {}",
        "fn f() -> Owned<A, B> {}",
        "fn f(x: Owned, y: Owned<>, z: Owned<1>) -> (Owned<u8>) {}",
        "fn f(x: r#type, r#fn: u8) {}",
        "fn r#fn(crate_: u8) {}",
        "unsafe extern fn f(x: ...) {}",
        "fn f(x: macro_type!()) -> macro_type![u8] {}",
        "fn f(x: <T as U>::V, y: [u8; { 1 + 1 }], z: (), w: ((u8))) {}",
        "fn f(x: &&u8, y: &mut &mut u8, z: &dyn A, w: &mut impl B, v: &(u8, &str)) {}",
        "fn f(x: for<'a> fn(&'a u8) -> &'a u8) {}",
        "#[a] #[b(c)] #![d] fn f() {}",
        "pub(in a::b) const fn f() where Self: Sized {}",
        "struct S",
        "fn f() {} fn g() {}",
        "macro_rules! m { () => {} }",
        "\"text\"",
        "é",
    ];
    for options in ["", "crate", "crate = ::x", ",", "=", "x(", "crate = $crate"] {
        for item in odd {
            let (Ok(options), Ok(item)) = (options.parse(), item.parse()) else { continue };
            assert!(!remote(options, item).is_empty() || odd[0].is_empty());
        }
    }
}
