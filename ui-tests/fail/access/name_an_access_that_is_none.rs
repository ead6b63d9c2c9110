// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/name_an_access.rs

use ref_core::access::Access;

fn show<A: Access>() {
    println!("{}", A::KIND);
}

fn main() {
    show::<String>();
}
