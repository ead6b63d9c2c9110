//! The search for the edition that wrote a value.

use super::of;
use crate::global_store;
use crate::schema::{Schema, is_replaced, reading};
use crate::stored::Stored;

/// Makes types that each have an earlier definition, and a struct with a field of each type.
macro_rules! changed {
    ($all:ident: $($name:ident $literal:literal $old:ident)+) => {
        $(
            #[global_store(crate = crate, name = $literal, version = 1, handles = false)]
            struct $old(u8);

            #[global_store(crate = crate, version = 2, from = $old, handles = false)]
            struct $name(u16);

            impl From<$old> for $name {
                fn from(old: $old) -> Self {
                    Self(old.0.into())
                }
            }
        )+
        #[global_store(crate = crate, handles = false)]
        struct $all($($name),+);
    };
}

changed! {
    All:
    A "A" A1  B "B" B1  C "C" C1  D "D" D1  E "E" E1  F "F" F1  G "G" G1
    H "H" H1  I "I" I1  J "J" J1  K "K" K1  L "L" L1  M "M" M1  N "N" N1
}

/// Returns the fingerprint of the text of a type.
fn fingerprint(text: &str) -> u64 {
    crate::hash::sha256_prefix(text.as_bytes())
}

#[test]
fn the_search_ends() {
    let text = Schema::of::<All>().to_string();
    let old = |names: &[&str]| {
        let replaced =
            |text: String, name: &&str| text.replace(&format!("{name}@2{{0:u16}}"), &format!("{name}@1{{0:u8}}"));
        fingerprint(&names.iter().fold(text.clone(), replaced))
    };
    // Of fourteen types, all sets of up to five are tried, and only some of the larger sets.
    for names in [&["A"][..], &["N"], &["A", "N"], &["B", "C", "D"], &["K", "L", "M", "N"]] {
        let edition = of::<All>().edition("All", old(names)).unwrap();
        let replaced = || [is_replaced::<A>(), is_replaced::<B>(), is_replaced::<N>()];
        let expected = ["A", "B", "N"].map(|name| names.contains(&name));
        assert_eq!(reading(Some(edition), replaced), expected);
        assert_eq!(replaced(), [false; 3]);
    }
    let all = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N"];
    assert!(of::<All>().edition("All", old(&all)).is_none());
    assert!(of::<All>().edition("Some", old(&["A"])).is_none());
    assert!(of::<All>().edition("All", 7).is_none());
}

#[test]
fn a_type_without_an_earlier_definition_has_no_editions() {
    assert!(of::<Vec<A1>>().edition("Vec<A>", 7).is_none());
    assert!(A1::EARLIER.is_none() && A::EARLIER.is_some());
}
