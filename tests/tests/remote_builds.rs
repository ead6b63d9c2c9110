//! Two builds of one program, which differ in a field of a stored type and in nothing else. The functions have the same
//! path, package, version, line and column in both.

/// In the worker's program, `remote_builds`, this is a `u32`.
type Count = u64;

#[path = "../src/bin/remote_builds/functions.rs"]
mod functions;

ref_core::remote::test_entry!();

use functions::{Basket, fill, fill_all};
use ref_core::{ErrorKind, Schema, Workers};

#[test]
fn a_value_whose_fields_differ_in_another_build_is_told_before_it_is_sent() {
    let error = Workers::builder(1).command(env!("CARGO_BIN_EXE_remote_builds"), [""; 0]).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFunction);
    let text = error.to_string();
    let ours = format!("Basket#{:016x}", Schema::of::<Basket>().fingerprint());
    assert!(text.contains("the worker's `remote_builds::functions::fill` takes (Basket#"), "{text}");
    assert!(text.contains(&format!("the caller's ({ours} -> {ours})")), "{text}");
    assert_eq!(text.matches(&ours).count(), 2, "the worker has another fingerprint: {text}");
}

#[test]
fn values_without_serde_go_by_their_store_encoding_in_one_build() {
    let workers = Workers::start(1).unwrap();
    let basket = |apples| Basket { apples };
    assert_eq!(fill::call(&workers, basket(Count::MAX - 1)).unwrap(), basket(Count::MAX));
    assert_eq!(fill_all::call(&workers, &[basket(1), basket(2)]).unwrap(), Ok(vec![basket(2), basket(3)]));
    assert_eq!(fill_all::call(&workers, &Vec::<Basket>::new()).unwrap(), Err(basket(0)));
}
