//! Tests with untrusted input: the kept inputs of the fuzzers, and random ones.
//!
//! The checks are those of `ref_tests::hostile`, which `fuzz/` calls too.

use proptest::prelude::*;
use ref_core::Store;
use ref_tests::{Note, hostile};
use std::fs;
use std::path::Path;

fn replay(target: &str, judge: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let kept: Vec<_> = fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(kept.len() >= 3, "the corpus of `{target}` was not found");
    for input in kept {
        judge(&fs::read(input).unwrap());
    }
}

#[test]
fn kept_texts_are_no_tickets() {
    replay("ticket", hostile::ticket);
}

#[test]
fn kept_bytes_are_values_or_errors() {
    replay("envelope", hostile::envelope);
}

#[test]
fn kept_ledgers_are_answered() {
    replay("open", hostile::open);
}

#[test]
fn every_target_has_its_judge() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/Cargo.toml")).unwrap();
    for target in ["ticket", "envelope", "open"] {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
    }
}

fn written() -> String {
    let store = Store::open("memory:").unwrap();
    let owned = store.put(Note::sized(1, 1)).unwrap();
    let loan = owned.lend().unwrap();
    loan.ticket().unwrap().to_text()
}

/// Returns the bytes of a stored note, after the byte that tells `hostile::envelope` whether to repair the checksum.
fn stored() -> Vec<u8> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/envelope/note");
    fs::read(kept).unwrap()
}

fn changed(from: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = from.len();
    let changes = proptest::collection::vec((0..length, any::<u8>()), 0..6);
    (changes, 0..=length, any::<bool>()).prop_map(move |(changes, end, cut)| {
        let mut bytes = from.clone();
        changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        bytes.truncate(if cut { end } else { length });
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_may_be_offered_as_a_ticket(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        hostile::ticket(&bytes);
    }

    #[test]
    fn any_changed_ticket_may_be_offered(bytes in changed(written().into_bytes())) {
        hostile::ticket(&bytes);
    }

    #[test]
    fn any_bytes_may_be_a_stored_value(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        hostile::envelope(&bytes);
    }

    #[test]
    fn any_changed_value_may_be_stored(bytes in changed(stored())) {
        hostile::envelope(&bytes);
    }
}
