//! Tests that write and read the types of the standard library that are `Stored`.

use super::written::stored;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Checks that the smallest and the largest value of each type are read as they were written, also as a `NonZero`. They
/// are checked as one value, since the compiler takes long for each type that is written by all codecs.
macro_rules! numbers {
    ($($type:ident)+) => {$(
        let plain = ($type::MIN, $type::MAX, Wrapping($type::MAX));
        let described = stored((plain, (NonZero::<$type>::MIN, NonZero::<$type>::MAX)));
        assert_eq!(described, "((u8,u8,Wrapping<u8>),(NonZero<u8>,NonZero<u8>))".replace("u8", stringify!($type)));
    )+};
}

macro_rules! saturating {
    ($($type:ident)+) => {
        let described = stored(($(Saturating($type::MAX),)+));
        assert_eq!(described, concat!("(", $("Saturating<", stringify!($type), ">,",)+ ")").replace(",)", ")"));
    };
}

#[test]
fn numbers() {
    numbers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }
    saturating! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }
    assert_eq!([stored(f32::MIN_POSITIVE), stored(f64::MIN)], ["f32", "f64"]);
    assert_eq!([stored(true), stored(char::MAX), stored(())], ["bool", "char", "()"]);
}

#[test]
fn texts_and_paths() {
    let text = "zw\u{f6}lf\0";
    let texts = [stored(text.to_owned()), stored(Box::<str>::from(text)), stored(Cow::<'static, str>::Borrowed(text))];
    assert_eq!(texts, ["String"; 3]);
    let c: &CStr = c"c";
    assert_eq!([stored(CString::from(c)), stored(Box::<CStr>::from(c))], ["CString"; 2]);
    let os = OsStr::new("os");
    assert_eq!([stored(OsString::from(os)), stored(Box::<OsStr>::from(os))], ["OsString"; 2]);
    let path = Path::new("/a/b");
    assert_eq!([stored(PathBuf::from(path)), stored(Box::<Path>::from(path))], ["PathBuf"; 2]);
}

#[test]
fn times_and_addresses() {
    assert_eq!(stored(Duration::new(u64::MAX, 999_999_999)), "Duration");
    assert_eq!(stored(SystemTime::UNIX_EPOCH + Duration::from_nanos(1)), "SystemTime");
    let (v4, v6) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    assert_eq!([stored(v4), stored(v6), stored(IpAddr::V6(v6))], ["Ipv4Addr", "Ipv6Addr", "IpAddr"]);
    let (s4, s6) = (SocketAddrV4::new(v4, 1), SocketAddrV6::new(v6, 2, 0, 0));
    assert_eq!([stored(s4), stored(s6), stored(SocketAddr::V4(s4))], ["SocketAddrV4", "SocketAddrV6", "SocketAddr"]);
}

#[test]
fn sequences_and_sets() {
    let parts = [1_u8, 2];
    let vecs = [
        stored(parts.to_vec()),
        stored(Box::<[u8]>::from(parts)),
        stored(Box::new(parts.to_vec())),
        stored(Cow::<'static, [u8]>::Owned(parts.to_vec())),
    ];
    assert_eq!(vecs, ["Vec<u8>"; 4]);
    assert_eq!(stored(VecDeque::from(parts)), "VecDeque<u8>");
    assert_eq!(stored(LinkedList::from(parts)), "LinkedList<u8>");
    assert_eq!([stored(BTreeSet::from(parts)), stored(HashSet::from(parts))], ["BTreeSet<u8>", "HashSet<u8>"]);
    let heap = std::collections::BinaryHeap::from(parts);
    let bytes = crate::codec::coded::seal_copy(&heap, super::of::<Heap>(), super::Stored::codec(), 99).unwrap();
    let mut read: Option<Heap> = None;
    crate::codec::envelope::open_copy(&bytes, super::of::<Heap>(), 99, &mut read).unwrap();
    assert_eq!(read.unwrap().into_sorted_vec(), parts);
}

type Heap = std::collections::BinaryHeap<u8>;

#[test]
fn maps() {
    assert_eq!(stored(BTreeMap::from([(1_u8, true)])), "BTreeMap<u8,bool>");
    assert_eq!(stored(HashMap::from([(1_u8, true)])), "HashMap<u8,bool>");
}

#[test]
fn arrays_and_tuples() {
    assert_eq!([stored([0_u8; 0]), stored([7_u8; 100])], ["array<u8,0>", "array<u8,100>"]);
    assert_eq!(stored((1_u8,)), "(u8)");
    let twelve = (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8, 10_u8, 11_u8, true);
    assert_eq!(stored(twelve), "(u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,u8,bool)");
}

#[test]
fn wrappers_and_ranges() {
    assert_eq!([stored(Some(1_u8)), stored(None::<u8>)], ["Option<u8>"; 2]);
    assert_eq!([stored(Ok::<u8, ()>(1)), stored(Err::<u8, ()>(()))], ["Result<u8,()>"; 2]);
    assert_eq!([stored(Reverse(1_u8)), stored(PhantomData::<u8>)], ["Reverse<u8>", "PhantomData<u8>"]);
    assert_eq!([stored(0..1_u8), stored(Bound::Excluded(1_u8))], ["Range<u8>", "Bound<u8>"]);
    assert_eq!(
        [stored(1_u8..), stored(..1_u8), stored(0..=1_u8)],
        ["RangeFrom<u8>", "RangeTo<u8>", "RangeInclusive<u8>"]
    );
}
