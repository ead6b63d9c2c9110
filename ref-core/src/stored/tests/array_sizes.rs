//! How large a value with arrays may be, and how its elements may be aligned.

use super::arrays::{open, opened, seal, sealed, version};
use crate::codec::CodecOf;
use crate::error::ErrorKind;
use crate::{Bulk, global_store};
use bytemuck::{Pod, Zeroable};

#[test]
fn arrays_count_as_bytes_of_the_value() {
    let codec = CodecOf::default();
    let seal = |length, most| sealed(&Bulk::from_vec(vec![0_u8; length]), codec, most);
    let error = seal(2000, 1999).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let bytes = seal(1900, 1999).unwrap().pieces().concat();
    let open = |most| opened::<Bulk<u8>>(&version(&bytes, true), most);
    assert_eq!(open(1999).unwrap().len(), 1900);
    assert_eq!(open(1900).unwrap_err().kind(), ErrorKind::TooLarge);
}

/// The rest of the value takes 1 GiB at most, and the arrays what the store allows.
#[test]
fn arrays_may_be_larger_than_the_rest_of_a_value() {
    let seal = |most| {
        let array = Bulk::<u64>::room(3 << 30);
        sealed(&array, CodecOf::default(), most)
    };
    assert!(seal(4 << 30).unwrap().length() > 3 << 30);
    let error = seal(1 << 30).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("raise `StoreOptions::max_object_bytes`"), "{error}");
}

/// An alignment above that of an array in a version.
#[global_store(crate = crate, handles = false)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C, align(256))]
struct Page([u8; 256]);

#[test]
fn a_larger_alignment_is_copied() {
    let pages: Bulk<Page> = (0..4).map(|nth| Page([nth; 256])).collect();
    let codec = CodecOf::default();
    for first in 0..4 {
        // The array begins at another address each time, and at most one of these is a multiple of 256.
        let value = (Bulk::from_vec(vec![0_u8; 1 + 64 * first]), pages.clone());
        let mut bytes = seal(&value, codec);
        let read = open(&version(&bytes, true), codec).unwrap();
        assert_eq!(read, value);
        assert!(read.1.as_ptr().is_aligned());
        *bytes.last_mut().unwrap() = 9;
        // What is copied is compared with its checksum.
        match open(&version(&bytes, true), codec) {
            Ok(damaged) => assert!(damaged.1.is_mapped()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt),
        }
    }
}
