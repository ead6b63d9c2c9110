//! Arrays beside a value, in a version that is mapped, in one that is copied, and in the value itself.

use super::super::bulk::{bytes_of, items_of};
use super::super::{Opaque, Stored, of};
use super::written::{ROOMY, body, codecs, json, positional, stored};
use crate::bulk::HeldBytes;
use crate::codec::coded::{self, CodedPlace, CodedValue};
use crate::codec::envelope::{self, SealedVersion, VersionBytes};
use crate::codec::{Codec, CodecOf, Failure, Limits, Sink};
use crate::error::{ErrorKind, Result};
use crate::{Bulk, BulkElement, Schema, global_store};
use bytemuck::{Pod, Zeroable};
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde::ser::{Error as _, Serializer};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

#[global_store(crate = crate, handles = false)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Particle {
    place: [f32; 3],
    mass: u32,
}

#[global_store(crate = crate, handles = false)]
#[derive(Clone, Debug, PartialEq)]
struct Table {
    name: String,
    columns: BTreeMap<u8, Bulk<f64>>,
    perhaps: Option<Box<Bulk<u8>>>,
    empty: Bulk<i128>,
    parts: Vec<(Bulk<Particle>, u8)>,
    text: Bulk<str>,
    shared: Arc<Bulk<u16>>,
}

fn table() -> Table {
    let particle = |mass| Particle { place: [0.5, -1.0, f32::MAX], mass };
    Table {
        name: "table".into(),
        columns: (0..3).map(|nth| (nth, (0..9000).map(|n| f64::from(n * i32::from(nth))).collect())).collect(),
        perhaps: Some(Box::new(Bulk::from_vec(vec![7; 65]))),
        empty: Bulk::default(),
        parts: vec![((0..5).map(particle).collect(), 1), (Bulk::default(), 2)],
        text: "zwölf".repeat(1000).into(),
        shared: Arc::new(Bulk::from_vec(vec![0x0102])),
    }
}

/// Bytes that begin at a multiple of 64, as a mapping does.
struct Aligned {
    bytes: Vec<u8>,
    start: usize,
}

impl Aligned {
    fn new(bytes: &[u8]) -> Self {
        let mut room = vec![0; bytes.len() + 64];
        let start = room.as_ptr().align_offset(64);
        room[start..start + bytes.len()].copy_from_slice(bytes);
        Self { bytes: room, start }
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.start..self.bytes.len() + self.start - 64]
    }
}

pub(super) fn version(bytes: &[u8], is_mapped: bool) -> VersionBytes {
    VersionBytes { held: Arc::new(Aligned::new(bytes)) as HeldBytes, is_mapped }
}

pub(super) fn seal<T: Stored>(value: &T, codec: CodecOf<T>) -> Vec<u8> {
    sealed(value, codec, ROOMY).unwrap().pieces().concat()
}

pub(super) fn opened<T: Stored>(version: &VersionBytes, most: usize) -> Result<T> {
    let mut value: Option<T> = None;
    let opened = envelope::open(version, of::<T>(), most, &mut value);
    envelope::read_value(opened, value)
}

pub(super) fn sealed<T: Stored>(value: &T, codec: CodecOf<T>, most: usize) -> Result<SealedVersion> {
    envelope::seal(of::<T>(), most, &CodedValue { value, codec })
}

pub(super) fn open<T: Stored>(version: &VersionBytes, codec: CodecOf<T>) -> Result<T> {
    CodedPlace::read(codec, |place| envelope::open(version, of::<T>(), ROOMY, place))
}

/// Writes the right checksum into the part of a version before the arrays.
fn reseal(bytes: &mut [u8], arrays: usize) {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..12]);
    hasher.update(&bytes[16..bytes.len() - arrays]);
    bytes[12..16].copy_from_slice(&hasher.finalize().to_le_bytes());
}

fn arrays_in(bytes: &[u8]) -> usize {
    u64::from_le_bytes(bytes[32..40].try_into().unwrap()) as usize
}

#[test]
fn arrays_are_read_as_they_were_written() {
    assert!(stored(table()).contains("columns:BTreeMap<u8,Bulk<f64>>"), "a copy");
    for codec in codecs::<Table>() {
        let bytes = seal(&table(), codec);
        for is_mapped in [false, true] {
            assert_eq!(open(&version(&bytes, is_mapped), codec).unwrap(), table(), "{codec:?}, mapped: {is_mapped}");
        }
    }
}

#[test]
fn the_layout_of_arrays_is_the_documented_one() {
    let value = (Bulk::from_vec(vec![1_u8; 70_000]), Bulk::from_vec(vec![0x0102_u16]));
    let bytes = seal(&value, CodecOf::default());
    let (body, name) = (u64::from_le_bytes(bytes[24..32].try_into().unwrap()) as usize, of::<(Bulk<u8>, Bulk<u16>)>());
    let offset = (64 + name.name.len()).next_multiple_of(64);
    let arrays = 70_000_usize.next_multiple_of(64) + 2;
    assert_eq!((arrays_in(&bytes), u32::from_le_bytes(bytes[44..48].try_into().unwrap())), (arrays, offset as u32));
    let area = &bytes[bytes.len() - arrays..];
    assert_eq!((bytes.len() - arrays) % 64, 0);
    let sums: Vec<u8> = area.chunks(1 << 16).flat_map(|chunk| crc32fast::hash(chunk).to_le_bytes()).collect();
    assert_eq!(bytes[offset + body..][..8], sums);
    assert!(bytes[offset + body + 8..bytes.len() - arrays].iter().all(|byte| *byte == 0));
    assert_eq!((&area[..70_000], &area[70_000..]), (&[1; 70_000][..], &[&[0; 16][..], &[2, 1]].concat()[..]));
}

#[test]
fn a_mapped_array_is_not_copied_and_keeps_the_mapping() {
    let codec = Table::codec();
    let mapped = version(&seal(&table(), codec), true);
    let read = open(&mapped, codec).unwrap();
    let inside = |bytes: &[u8]| mapped.bytes().as_ptr_range().contains(&bytes.as_ptr());
    for column in read.columns.values() {
        assert!(column.is_mapped() && inside(bytemuck::cast_slice(column)) && column.as_ptr().is_aligned());
        assert_eq!(column.as_ptr().addr() % 64, 0);
    }
    assert!(read.text.is_mapped() && inside(read.text.as_bytes()) && !read.empty.is_mapped());
    let held = Arc::downgrade(&mapped.held);
    let kept = read.columns[&1].clone();
    drop((mapped, read));
    assert_eq!((kept.is_mapped(), kept[8999], held.strong_count()), (true, 8999.0, 1));
    drop(kept);
    assert_eq!(held.strong_count(), 0);
}

#[test]
fn a_large_array_stays_in_the_bytes_that_were_read() {
    let codec = Table::codec();
    let read_bytes = version(&seal(&table(), codec), false);
    let read = open(&read_bytes, codec).unwrap();
    let inside = |bytes: &[u8]| read_bytes.bytes().as_ptr_range().contains(&bytes.as_ptr());
    assert!(inside(bytemuck::cast_slice(&read.columns[&1])) && inside(read.text.as_bytes()));
    assert!(!read.columns[&1].is_mapped() && !read.text.is_mapped());
    let (held, kept) = (Arc::downgrade(&read_bytes.held), read.columns[&1].clone());
    drop((read_bytes, read));
    assert_eq!((kept[8999], held.strong_count()), (8999.0, 1));
    assert_eq!((kept.into_vec().unwrap()[8999], held.strong_count()), (8999.0, 0));
    let small = version(&seal(&Bulk::from_vec(vec![1_u64; 2048]), CodecOf::default()), false);
    let copied: Bulk<u64> = opened(&small, ROOMY).unwrap();
    assert!(!small.bytes().as_ptr_range().contains(&copied.as_ptr().cast()), "a small one is copied");
}

#[test]
fn an_array_is_changed_in_a_copy() {
    for is_mapped in [false, true] {
        changed_in_a_copy(is_mapped);
    }
}

fn changed_in_a_copy(is_mapped: bool) {
    let codec = Table::codec();
    let mapped = version(&seal(&table(), codec), is_mapped);
    let mut read = open(&mapped, codec).unwrap();
    let column = read.columns.get_mut(&1).unwrap();
    column.to_mut().unwrap()[0] = -1.0;
    assert_eq!((column.is_mapped(), column[0], column[1]), (false, -1.0, 1.0));
    assert_eq!(open(&mapped, codec).unwrap(), table());
    let other = column.clone();
    column.to_mut().unwrap()[0] = -2.0;
    assert_eq!((other[0], column[0]), (-1.0, -2.0));
    let (address, own) = (other.as_ptr(), other.into_vec().unwrap());
    assert_eq!((own.as_ptr(), own[0]), (address, -1.0), "the only clone was copied");
}

#[test]
fn the_description_names_the_elements() {
    assert_eq!(Schema::of::<Bulk<[u32; 2]>>().to_string(), "Bulk<array<u32,2>>");
    assert_eq!(Schema::of::<Bulk<Particle>>().to_string(), "Bulk<Particle@1{place:array<f32,3>,mass:u32}>");
    assert_eq!(Schema::of::<Bulk<str>>().to_string(), "Bulk<str>");
    assert_eq!(of::<Bulk<Particle>>().name, "Bulk<Particle>");
}

#[test]
fn people_read_elements() {
    assert_eq!(json(&Bulk::from_vec(vec![1_u16, 2])), "[1,2]");
    assert_eq!(json(&Bulk::<str>::from("two")), "\"two\"");
    assert_eq!(json(&Bulk::from_vec(vec![Particle::zeroed()])), "[{\"place\":[0.0,0.0,0.0],\"mass\":0}]");
}

/// By serde's traits an array is a sequence: in an opaque value, and in a call's argument of a type with these traits.
#[test]
fn serde_writes_elements() {
    let opaque = Opaque((Bulk::from_vec(vec![1.5_f32, 2.5]), Bulk::<str>::from("text")));
    let codec = CodecOf::default();
    let bytes = seal(&opaque, codec);
    assert_eq!(arrays_in(&bytes), 0);
    assert_eq!(open(&version(&bytes, true), codec).unwrap().0, opaque.0);
    assert_eq!(serde_json::to_string(&opaque.0).unwrap(), r#"[[1.5,2.5],"text"]"#);
}

#[test]
fn each_flipped_bit_is_noticed() {
    let codec = CodecOf::default();
    let value = (Bulk::from_vec(vec![1_u64, 2, 3]), Bulk::from_vec((0..20_000_u32).collect::<Vec<_>>()));
    let bytes = seal(&value, codec);
    let area = bytes.len() - arrays_in(&bytes);
    for at in (0..area + 128).chain((area + 128..bytes.len()).step_by(997)).chain([bytes.len() - 1]) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        let (copied, mapped) = (version(&damaged, false), version(&damaged, true));
        let kinds = [open(&copied, codec).map(drop), envelope::verify(&copied), envelope::verify(&mapped)];
        for result in kinds {
            let kind = result.expect_err("the damage is seen").kind();
            let is_format = (8..10).contains(&at) && kind == ErrorKind::CodecMismatch;
            assert!(kind == ErrorKind::Corrupt || is_format, "byte {at}: {kind:?}");
        }
        assert_eq!(open(&mapped, codec).is_ok(), at >= area, "byte {at}");
    }
    envelope::verify(&version(&bytes, true)).unwrap();
}

/// No array that was mapped and is damaged gets a new checksum, and no damaged array is changed.
#[test]
fn damage_of_a_mapped_array_is_found_before_it_is_copied() {
    let codec = CodecOf::default();
    let value = (Bulk::from_vec(vec![1_u8; 100_000]), Bulk::from_vec(vec![2_u8; 100_000]));
    let mut bytes = seal(&value, codec);
    *bytes.last_mut().unwrap() = 9;
    let (whole, mut damaged) = open(&version(&bytes, true), codec).unwrap();
    whole.verify().unwrap();
    assert_eq!(whole.clone().into_vec().unwrap(), [1; 100_000]);
    let again = sealed(&damaged, CodecOf::default(), ROOMY).map(drop);
    let copied = coded::seal_copy(&damaged, of::<Bulk<u8>>(), CodecOf::default(), ROOMY).map(drop);
    let refused = [damaged.verify(), again, copied, damaged.to_mut().map(drop), damaged.clone().into_vec().map(drop)];
    for result in refused {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

/// Each byte of the encoded value may say anything: the value is read or refused.
#[test]
fn places_may_be_anything() {
    let value = (Bulk::from_vec(vec![1_u64; 40]), Bulk::<str>::from("é".repeat(40).as_str()));
    for codec in positional::<(Bulk<u64>, Bulk<str>)>() {
        let bytes = seal(&value, codec);
        let area = bytes.len() - arrays_in(&bytes);
        let mut refused = 0;
        for at in 128..area {
            for byte in (0..=240).step_by(7).chain(245..=255) {
                let mut hostile = bytes.clone();
                hostile[at] = byte;
                reseal(&mut hostile, arrays_in(&bytes));
                let results = [true, false].map(|is_mapped| open(&version(&hostile, is_mapped), codec));
                refused += results.iter().filter(|read| read.is_err()).count();
                for (numbers, text) in results.iter().flatten() {
                    assert!(numbers.iter().fold(0_u64, |sum, n| sum.wrapping_add(*n)) > 0 || numbers.is_empty());
                    assert_eq!(std::str::from_utf8(text.as_bytes()), Ok(&**text));
                }
            }
        }
        assert!(refused > 100, "{codec:?}: {refused}");
    }
}

#[test]
fn lengths_of_the_header_may_be_anything() {
    let codec = CodecOf::default();
    let bytes = seal(&Bulk::from_vec(vec![1_u64; 40]), codec);
    for length in [0, 1, 319, 321, 384, u64::MAX, u64::MAX / 2, 1 << 62] {
        let mut hostile = bytes.clone();
        hostile[32..40].copy_from_slice(&length.to_le_bytes());
        for arrays in [0, 320] {
            reseal(&mut hostile, arrays);
            let error = open(&version(&hostile, true), codec).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{length}");
        }
    }
}

/// A host of another kind writes the same bytes, and reads them. The two functions are run with what they would be told
/// there; the conversions of the numbers are those of lists.
#[test]
fn another_kind_of_host_converts_numbers() {
    fn agree<T: Stored + Pod + PartialEq + Debug>(items: &[T]) {
        assert_eq!(bytes_of(items, true).unwrap(), None);
        let bytes = bytes_of(items, false).unwrap().unwrap();
        assert_eq!(bytes, bytemuck::cast_slice::<T, u8>(items));
        assert_eq!(items_of::<T>(&bytes, false).unwrap(), items);
        assert_eq!(items_of::<T>(&bytes, true).unwrap(), items);
        assert!(size_of::<T>() == 1 || items_of::<T>(&bytes[1..], false).is_err());
        assert!(size_of::<T>() == 1 || items_of::<T>(&bytes[1..], true).is_err());
    }
    agree(&[1_u8, 255]);
    agree(&[0x0102_u16]);
    agree(&[i64::MIN, 7]);
    agree(&[usize::MAX, 7]);
    agree(&[0.5_f64, -0.0]);
    agree(&[[1_i128, 2]]);
    for refused in [bytes_of(&[Particle::zeroed()], false).map(drop), items_of::<Particle>(&[0; 16], false).map(drop)] {
        assert!(refused.unwrap_err().contains("`Bulk<Particle>`"));
    }
}

/// A field that is not stored lies between the others, and would be stored.
#[test]
fn elements_have_stored_fields_only() {
    #[global_store(crate = crate, handles = false)]
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    #[repr(C)]
    struct Skipping {
        x: u32,
        #[global_store(skip)]
        y: u32,
    }
    #[global_store(crate = crate, handles = false)]
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    #[repr(C)]
    struct Outer(Skipping);

    for error in [
        sealed(&Bulk::from_vec(vec![Skipping::zeroed()]), CodecOf::default(), ROOMY).map(drop),
        sealed(&Bulk::from_vec(vec![Outer::zeroed()]), CodecOf::default(), ROOMY).map(drop),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(error.to_string().contains("a field that is skipped"), "{error}");
    }
}

/// The elements of an array are not converted, so an array of another definition is another type.
#[test]
fn elements_are_not_read_by_an_earlier_definition() {
    #[global_store(crate = crate, handles = false, name = "Cell", version = 1)]
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    #[repr(C)]
    struct Old {
        weight: u32,
    }
    #[global_store(crate = crate, handles = false, version = 2, from = Old)]
    #[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
    #[repr(C)]
    struct Cell {
        weight: f32,
    }
    impl From<Old> for Cell {
        fn from(old: Old) -> Self {
            Self { weight: old.weight as f32 }
        }
    }

    fn read_as<A: Stored, B: Stored>(value: &A) -> Result<B> {
        opened::<B>(&version(&seal(value, A::codec()), true), ROOMY)
    }
    let old = Old { weight: 7 };
    assert_eq!(read_as::<_, Cell>(&old).unwrap(), Cell { weight: 7.0 });
    let refused = read_as::<_, (Cell, Bulk<Cell>)>(&(old, Bulk::from_vec(vec![old])));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SchemaMismatch);
    let refused = read_as::<_, Bulk<Cell>>(&Bulk::from_vec(vec![old]));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SchemaMismatch);
}

/// JSON that is written twice, and bytes of `Bulk`s: the arrays of the second time count.
struct Twice;

impl Codec for Twice {
    const ID: u8 = 211;
    const NAME: &'static str = "twice";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> std::result::Result<(), Failure> {
        drop(rmp_serde::to_vec(value)?);
        std::io::Write::write_all(sink, &rmp_serde::to_vec(value)?)?;
        Ok(())
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> std::result::Result<T, Failure> {
        Ok(rmp_serde::from_slice(bytes)?)
    }
}

#[test]
fn a_codec_may_write_twice() {
    let codec = CodecOf::new::<Twice>();
    let bytes = seal(&table(), codec);
    assert_eq!(arrays_in(&bytes), arrays_in(&seal(&table(), CodecOf::default())));
    assert_eq!(open(&version(&bytes, true), codec).unwrap(), table());
}

/// A value whose code writes and reads another value, in the middle of its own arrays.
#[derive(Debug, PartialEq)]
struct Nested(Bulk<u32>, Bulk<u32>);

impl Stored for Nested {
    fn describe(schema: &mut Schema) {
        schema.named("Nested", 1, |shape| shape.field::<Bulk<u32>>("all"));
    }

    fn store<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let inner = seal(&self.1, CodecOf::default());
        let sent = body(&self.1, CodecOf::default()).map_err(S::Error::custom)?;
        (self.0.clone(), (inner, sent)).store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let (first, (inner, sent)) = <(Bulk<u32>, (Vec<u8>, Vec<u8>))>::restore(from)?;
        let second = open(&version(&inner, true), CodecOf::default()).unwrap();
        let codec = CodecOf::<Bulk<u32>>::default();
        assert_eq!(codec.decode(codec.id(), &sent, ROOMY).unwrap(), second);
        Ok(Self(first, second))
    }
}

#[test]
fn the_arrays_of_one_value_are_not_those_of_another() {
    let value = (Nested(Bulk::from_vec(vec![1; 9]), Bulk::from_vec(vec![2; 9])), Bulk::from_vec(vec![3_u32; 9]));
    let codec = CodecOf::default();
    let bytes = seal(&value, codec);
    assert_eq!(arrays_in(&bytes), 64 + 36, "two arrays");
    assert_eq!(open(&version(&bytes, true), codec).unwrap(), value);
}

/// `Debug`, `PartialEq`, `Send` and `Sync` are those of the slice.
#[test]
fn an_array_is_used_as_a_slice() {
    fn threads<T: Send + Sync + BulkElement + ?Sized>() {}
    threads::<u8>();
    let array: Bulk<f32> = [1.0, f32::NAN].into_iter().collect();
    assert_eq!(format!("{array:?} {:?}", Bulk::<str>::from("a")), "[1.0, NaN] \"a\"");
    assert_ne!(array, array.clone());
    assert_eq!((&array).into_iter().count() + array.iter().count(), 4);
    assert_eq!(Bulk::<u64>::default(), Bulk::from(Vec::new()));
}
