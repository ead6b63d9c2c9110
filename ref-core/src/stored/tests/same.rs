//! Types with one description have one encoding.

use super::super::{Schema, Stored, of};
use super::written::{ROOMY, body, codecs};
use crate::codec::{CodecOf, coded, envelope};
use crate::sync::Arc;
use serde::{Deserializer, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

/// Checks that the types have one description, that every codec writes the values in the same bytes, and that each type
/// reads them.
#[track_caller]
fn same<A: Stored, B: Stored>(a: &A, b: &B) {
    assert_eq!(Schema::of::<A>().to_string(), Schema::of::<B>().to_string());
    for (codec, other) in codecs::<A>().into_iter().zip(codecs::<B>()) {
        let written = body(a, codec).unwrap();
        assert_eq!(written, body(b, other).unwrap(), "{} by {codec:?}", Schema::of::<A>());
        let read = codec.decode(codec.id(), &written, ROOMY).unwrap();
        assert_eq!(body(&read, codec).unwrap(), written);
    }
}

/// Returns values in all the places in which a value is written in a way of its own.
fn everywhere<T: Stored + Clone + Ord>(one: T) -> impl Stored {
    let lists =
        (vec![one.clone(); 2], [one.clone()], vec![[one.clone()]; 2], vec![(one.clone(),)], vec![vec![one.clone()]]);
    let others = (VecDeque::from([one.clone()]), BTreeSet::from([one.clone()]), Some(one.clone()));
    let maps = (BTreeMap::from([(0_u8, one.clone())]), Ok::<T, T>(one.clone()));
    let slices = (
        Box::<[T]>::from([one.clone()]),
        Arc::<[T]>::from([one.clone()]),
        Cow::<'static, [T]>::Owned(vec![one.clone()]),
    );
    (one.clone(), lists, others, maps, slices, of_other_crates(one))
}

#[cfg(all(feature = "ndarray", feature = "nalgebra", feature = "smallvec"))]
fn of_other_crates<T: Stored + Clone + Ord>(one: T) -> impl Stored {
    let both = [one.clone(), one.clone()];
    let matrix = nalgebra::base::ArrayStorage([both.clone()]);
    let array = ndarray::Array1::from_vec(both.to_vec());
    (
        smallvec::SmallVec::from(both),
        nalgebra::Matrix::<T, nalgebra::Const<2>, nalgebra::Const<1>, _>::from_data(matrix),
        array,
    )
}

#[cfg(not(all(feature = "ndarray", feature = "nalgebra", feature = "smallvec")))]
fn of_other_crates<T: Stored>(one: T) -> impl Stored {
    one
}

#[test]
fn pointers_and_lists_are_written_as_what_they_are_described_as() {
    same(&everywhere(7_u64), &everywhere(Box::new(7_u64)));
    same(&everywhere([7_u16; 2]), &everywhere(Box::new([Arc::new(7_u16), Arc::new(7)])));
    same(&BTreeMap::from([(7_u64, 1_u8)]), &BTreeMap::from([(Box::new(7_u64), Arc::new(1_u8))]));
    same(&vec![vec![1_i32]], &vec![Cow::<'static, [Box<i32>]>::Owned(vec![Box::new(1)])]);
    same(&vec![vec![true]], &vec![Arc::<[Arc<bool>]>::from([Arc::new(true)])]);
    same(&vec![String::from("t")], &vec![Box::new(Arc::<str>::from("t"))]);
    same(&(Box::<str>::from("t"), String::new()), &(Cow::<'static, str>::Borrowed("t"), Box::<str>::from("")));
    let (c, os, path): (&CStr, &OsStr, &Path) = (c"c", OsStr::new("os"), Path::new("/a"));
    let owned = (CString::from(c), OsString::from(os), PathBuf::from(path));
    same(&owned, &(Box::<CStr>::from(c), Box::<OsStr>::from(os), Box::<Path>::from(path)));
    same(&owned, &(Arc::<CStr>::from(c), Arc::<OsStr>::from(os), Arc::<Path>::from(path)));
}

#[cfg(all(feature = "bytes", feature = "smallvec"))]
#[test]
fn so_are_those_of_other_crates() {
    let of = |bytes: &'static [u8]| (bytes::Bytes::from_static(bytes), bytes::BytesMut::from(bytes));
    same(&vec![of(b"ab").0], &vec![of(b"ab").1]);
    same(&vec![vec![1_u64]], &vec![smallvec::SmallVec::<[Box<u64>; 1]>::from_vec(vec![Box::new(1)])]);
}

/// A wrapper in a program, which cannot say that a list of wrappers goes in one piece.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wrapped<T>(T);

impl<T: Stored> Stored for Wrapped<T> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<T>();
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::restore(from).map(Self)
    }

    fn codec() -> CodecOf<Self> {
        *codecs().last().unwrap()
    }
}

#[test]
fn a_list_of_wrappers_is_described_as_it_is_written() {
    same(&(7_u64, Some(7_u64)), &(Wrapped(7_u64), Some(Wrapped(7_u64))));
    same(&vec![(String::from("t"), vec![1_u8])], &vec![(Wrapped(String::from("t")), Wrapped(vec![1_u8]))]);
    same(&everywhere(Wrapped(7_u64)), &everywhere(Box::new(Wrapped(Wrapped(Arc::new(7_u64))))));
    let described = [
        Schema::of::<Vec<Wrapped<u64>>>(),
        Schema::of::<Vec<Box<Wrapped<u64>>>>(),
        Schema::of::<Wrapped<Vec<Wrapped<Box<u64>>>>>(),
        Schema::of::<Vec<Wrapped<[Wrapped<u64>; 3]>>>(),
        Schema::of::<Vec<[Wrapped<u64>; 3]>>(),
        Schema::of::<Vec<Wrapped<[u64; 3]>>>(),
        Schema::of::<Vec<(Wrapped<u64>, Option<Wrapped<u64>>)>>(),
    ];
    let one_by_one = "Vec<array<OneByOne<u64>,3>>";
    assert_eq!(
        described.map(|schema| schema.to_string()),
        [
            "Vec<OneByOne<u64>>",
            "Vec<OneByOne<u64>>",
            "Vec<OneByOne<u64>>",
            one_by_one,
            one_by_one,
            "Vec<OneByOne<array<u64,3>>>",
            "Vec<(u64,Option<u64>)>"
        ]
    );
    assert_eq!(of::<Vec<Wrapped<u64>>>().name, "Vec<u64>");
}

/// A process that reads a value as the value itself knows no other codec than that of the value's type.
#[test]
fn a_pointer_has_the_codec_of_its_value() {
    let wrapped = Wrapped(7_u64);
    let header = |codec| format!("{codec:?}");
    assert_eq!(header(<Arc<Box<Wrapped<u64>>>>::codec().id()), header(Wrapped::<u64>::codec().id()));
    let of_box =
        coded::seal_copy(&Box::new(wrapped.clone()), of::<Box<Wrapped<u64>>>(), Stored::codec(), ROOMY).unwrap();
    assert_eq!(of_box, coded::seal_copy(&wrapped, of::<Wrapped<u64>>(), Stored::codec(), ROOMY).unwrap());
    let mut read: Option<Arc<Wrapped<u64>>> = None;
    envelope::open_copy(&of_box, of::<Arc<Wrapped<u64>>>(), ROOMY, &mut read).unwrap();
    assert_eq!(read.unwrap().0, 7);
}

/// Names of types without parts. Two of them are equal only if the types are written in the same way.
#[cfg(all(feature = "chrono", feature = "time", feature = "uuid", feature = "bytes"))]
#[test]
fn types_without_parts_have_names_of_their_own() {
    macro_rules! names {
        ($($type:ty),+) => { vec![$(Schema::of::<$type>().to_string()),+] };
    }
    use std::{net, num, time as standard};
    let names = names![
        u8,
        u16,
        u32,
        u64,
        u128,
        usize,
        i8,
        i16,
        i32,
        i64,
        i128,
        isize,
        f32,
        f64,
        bool,
        char,
        (),
        String,
        CString,
        OsString,
        PathBuf,
        standard::Duration,
        standard::SystemTime,
        net::IpAddr,
        net::Ipv4Addr,
        net::Ipv6Addr,
        net::SocketAddr,
        net::SocketAddrV4,
        net::SocketAddrV6,
        num::NonZeroU64,
        num::Wrapping<u64>,
        num::Saturating<u64>,
        std::cmp::Reverse<u64>,
        bytes::Bytes,
        uuid::Uuid,
        uuid::NonNilUuid,
        chrono::DateTime<chrono::Utc>,
        chrono::DateTime<chrono::FixedOffset>,
        chrono::NaiveDate,
        chrono::NaiveTime,
        chrono::NaiveDateTime,
        chrono::TimeDelta,
        chrono::Weekday,
        chrono::Month,
        time::Date,
        time::Time,
        time::PrimitiveDateTime,
        time::OffsetDateTime,
        time::UtcDateTime,
        time::UtcOffset,
        time::Duration,
        time::Weekday,
        time::Month
    ];
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
}
