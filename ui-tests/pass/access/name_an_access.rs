// rule: R15 there are three kinds of access

use ref_core::access::Access;

fn show<A: Access>() {
    println!("{}", A::KIND);
}

fn main() {
    show::<ref_core::Shared>();
}
