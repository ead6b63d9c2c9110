//! Tests of descriptions.

use super::short_name;

#[test]
fn a_short_name_has_no_paths() {
    assert_eq!(short_name::<Vec<Option<super::Schema>>>(), "Vec<Option<Schema>>");
    assert_eq!(short_name::<(u8, [String; 3], &'static str)>(), "(u8,[String; 3],&str)");
    assert_eq!(short_name::<std::collections::HashMap<String, ()>>(), "HashMap<String,()>");
    assert_eq!(short_name::<Box<dyn std::error::Error>>(), "Box<dyn Error>");
}
