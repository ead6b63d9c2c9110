//! Tests that write and read `Arc`s.

use super::stored;
use crate::codec::envelope::{open, seal};
use crate::stored::{Stored, of};
use crate::sync::Arc;
use std::ffi::{CStr, OsStr};
use std::path::Path;

#[test]
fn an_arc_is_stored_as_what_it_points_to() {
    assert_eq!([stored(Arc::<str>::from("one")), stored(Arc::new(String::from("one")))], ["String"; 2]);
    assert_eq!([stored(Arc::<[u8]>::from([1, 2])), stored(Arc::new(vec![1_u8, 2]))], ["Vec<u8>"; 2]);
    assert_eq!(stored(vec![Some(Arc::<str>::from("deep"))]), "Vec<Option<String>>");
    assert_eq!(stored(Arc::<CStr>::from(c"c")), "CString");
    assert_eq!(stored(Arc::<OsStr>::from(OsStr::new("os"))), "OsString");
    assert_eq!(stored(Arc::<Path>::from(Path::new("/a/b"))), "PathBuf");
}

#[test]
fn an_arc_and_a_box_read_each_other_s_bytes() {
    let bytes = seal(&Arc::<str>::from("one"), of::<Arc<str>>(), Stored::codec(), 99).unwrap();
    assert_eq!(&*open::<Box<str>>(&bytes, of::<Box<str>>(), Stored::codec(), 99).unwrap(), "one");
}

#[test]
fn two_that_share_are_two_when_they_are_read() {
    type Pair = (Arc<str>, Arc<str>);
    let one = Arc::<str>::from("one");
    let bytes = seal(&(one.clone(), one), of::<Pair>(), Stored::codec(), 99).unwrap();
    let (a, b) = open::<Pair>(&bytes, of::<Pair>(), Stored::codec(), 99).unwrap();
    assert_eq!(a, b);
    assert!(!Arc::ptr_eq(&a, &b));
}
