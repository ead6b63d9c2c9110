//! Bytes that would overflow the stack, hang the reader or take all memory, and values that would be written as such
//! bytes. Opaque values are tested beside values of `Stored` types.

use super::super::{Opaque, Stored};
use super::written::{ROOMY, body, positional};
use crate::codec::guard::{DEPTH, SPARE};
use crate::codec::{Codec, CodecOf, Failure, Limits, Sink};
use crate::error::ErrorKind;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::fmt::Debug;

/// A type whose values are stored by both encodings.
trait Either: Stored + Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: Stored + Serialize + DeserializeOwned + PartialEq + Debug> Either for T {}

/// Returns `bytes` as the bytes of an opaque value.
fn opaque_body(bytes: &[u8], id: u8) -> Vec<u8> {
    body(&bytes.to_vec(), same(id)).unwrap()
}

/// Types that nest without end.
mod nesting {
    use super::*;
    use crate::global_store;
    use std::sync::Arc;

    macro_rules! types {
        ($($item:item)+) => {$(
            #[global_store(crate = crate, handles = false)]
            #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            $item
        )+};
    }

    types! {
        struct Chain(Option<Box<Chain>>);
        struct Tree { kids: Vec<Tree> }
        struct Queue(VecDeque<Queue>);
        struct Folder(BTreeMap<u8, Folder>);
        // Bytes that are all 1 nest without end, since `Not` is the variant with the number 1.
        enum Term { Leaf, Not(Box<Term>) }
        enum Both { Leaf, Two(Box<Both>, u8) }
        enum Record { Leaf, Next { next: Box<Record> } }
        struct Fat { next: Option<Box<Fat>>, weight: [[u64; 16]; 8] }
        struct Plump { next: Option<Box<Plump>>, weight: [[u64; 16]; 2] }
        struct Everything {
            chain: Chain,
            tree: Tree,
            terms: Vec<Term>,
            numbers: (u8, i16, u32, i64, u128, f32, f64),
            texts: Vec<(String, char)>,
            units: Vec<()>,
            choice: Result<Option<bool>, std::time::Duration>,
            bytes: std::ffi::CString,
            address: std::net::IpAddr,
            range: std::ops::Range<u8>,
        }
    }

    /// Serde's traits are not implemented for an `Arc`.
    #[global_store(crate = crate, handles = false)]
    #[derive(Debug, PartialEq)]
    enum Sum {
        Leaf,
        Of(Arc<Sum>),
    }

    /// Runs `test` on a thread with a stack of the usual size.
    fn on_a_usual_stack(test: impl FnOnce() + Send + 'static) {
        std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
    }

    #[test]
    fn bytes_that_nest_for_ever_do_not_overflow_the_stack() {
        on_a_usual_stack(|| {
            let bytes = vec![1; 10 << 20];
            let why = "deeper than 128 levels";
            refuses::<Chain>(&bytes, why);
            refuses::<Tree>(&bytes, why);
            refuses::<Queue>(&bytes, why);
            refuses::<Folder>(&bytes, why);
            refuses::<Term>(&bytes, why);
            refuses::<Both>(&bytes, why);
            refuses::<Record>(&bytes, why);
            refuses::<Fat>(&bytes, why);
            refuses::<Sum>(&bytes, why);
            refuses_opaque::<Chain>(b"\xc3", why);
            refuses_opaque::<Tree>(b"\x91", why);
            refuses_opaque::<Tree>(b"\x81\xa4kids\x91", why);
            refuses_opaque::<Queue>(b"\x91", why);
            refuses_opaque::<Folder>(b"\x81\0", why);
            refuses_opaque::<Term>(b"\x81\xa3Not", why);
            refuses_opaque::<Both>(b"\x81\xa3Two\x92", why);
            refuses_opaque::<Record>(b"\x81\xa4Next\x81\xa4next", why);
            refuses_opaque::<Plump>(b"\x82\xa4next", why);
            refuses_opaque::<serde::de::IgnoredAny>(b"\x91", why);
        });
    }

    /// Checks that an opaque `T` is not read from many repeated `levels`, each inside the level before. `why` is in the
    /// error.
    fn refuses_opaque<T: DeserializeOwned + 'static>(levels: &[u8], why: &str) {
        for id in positional::<u8>().map(|codec| codec.id()) {
            let bytes = opaque_body(&levels.repeat(10_000), id);
            let error = same::<Sealed<T>>(id).decode(id, &bytes, ROOMY).map(drop).unwrap_err();
            assert!(error.to_string().contains(why), "{} {error}", std::any::type_name::<T>());
        }
    }

    /// Returns a value of `levels` levels, which wraps `innermost`.
    fn nested<T>(levels: u32, innermost: T, wrap: impl Fn(T) -> T) -> T {
        (1..levels).fold(innermost, |inner, _| wrap(inner))
    }

    /// Checks that a value of [`DEPTH`] levels is written and read, and that a value with one level more is neither.
    fn reaches<T: Either>(make: impl Fn(u32) -> T) {
        reaches_stored(&make);
        reaches_stored(|levels| Opaque(make(levels)));
    }

    fn reaches_stored<T: Stored + PartialEq + Debug>(make: impl Fn(u32) -> T) {
        for codec in positional::<T>() {
            let most = make(DEPTH);
            let bytes = body(&most, codec).unwrap();
            assert!(codec.decode(codec.id(), &bytes, ROOMY).unwrap() == most);
            let error = body(&make(DEPTH + 1), codec).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Encode);
            assert!(error.to_string().contains("deeper than 128 levels"), "{error}");
        }
    }

    #[test]
    fn what_can_be_written_can_be_read() {
        on_a_usual_stack(|| {
            // An opaque `Chain` in a `Chain` would be refused: it is a `Some` around a `None`.
            reaches_stored(|levels| nested(levels, Chain(None), |chain| Chain(Some(Box::new(chain)))));
            reaches_stored(|levels| nested(levels, Sum::Leaf, |sum| Sum::Of(Arc::new(sum))));
            reaches(|levels| nested(levels, Tree { kids: vec![] }, |tree| Tree { kids: vec![tree] }));
            reaches(|levels| nested(levels, Queue(VecDeque::new()), |queue| Queue(VecDeque::from([queue]))));
            reaches(|levels| nested(levels, Folder(BTreeMap::new()), |inner| Folder(BTreeMap::from([(0, inner)]))));
            reaches(|levels| nested(levels, Term::Leaf, |term| Term::Not(Box::new(term))));
            reaches(|levels| nested(levels, Both::Leaf, |pair| Both::Two(Box::new(pair), 0)));
            reaches(|levels| nested(levels, Record::Leaf, |next| Record::Next { next: Box::new(next) }));
            let fat = |next| Fat { next, weight: [[1; 16]; 8] };
            reaches_stored(|levels| nested(levels, fat(None), |inner| fat(Some(Box::new(inner)))));
            let plump = |next| Plump { next, weight: [[1; 16]; 2] };
            reaches(|levels| nested(levels, plump(None), |inner| plump(Some(Box::new(inner)))));
        });
    }

    /// The levels of a value are given back: many values beside each other are no deep value.
    #[test]
    fn a_wide_value_is_not_deep() {
        let chains = || (0..1000).map(|_| Chain(Some(Box::new(Chain(None))))).collect::<Vec<_>>();
        for codec in positional::<Vec<Chain>>() {
            let bytes = body(&chains(), codec).unwrap();
            assert!(codec.decode(codec.id(), &bytes, ROOMY).unwrap() == chains());
            // A refused value gives its levels back, too: the value after it is not deep.
            let deep = nested(200, Chain(None), |chain| Chain(Some(Box::new(chain))));
            assert!(body(&vec![deep], codec).is_err());
            assert!(body(&chains(), codec).is_ok());
        }
        // An opaque part begins at the level of its place.
        let trees = |levels| vec![Opaque(nested(levels, Tree { kids: vec![] }, |tree| Tree { kids: vec![tree] }))];
        for codec in positional::<Vec<Opaque<Tree>>>() {
            let bytes = body(&trees(DEPTH - 1), codec).unwrap();
            assert!(codec.decode(codec.id(), &bytes, ROOMY).unwrap() == trees(DEPTH - 1));
            assert_eq!(body(&trees(DEPTH), codec).unwrap_err().kind(), ErrorKind::Encode);
        }
    }

    #[test]
    fn a_value_without_end_is_refused_before_the_stack_is() {
        on_a_usual_stack(|| {
            let tree = || nested(10_000, Tree { kids: vec![] }, |tree| Tree { kids: vec![tree] });
            for id in positional::<u8>().map(|codec| codec.id()) {
                assert_eq!(body(&tree(), same(id)).unwrap_err().kind(), ErrorKind::Encode);
                assert_eq!(body(&Opaque(tree()), same(id)).unwrap_err().kind(), ErrorKind::Encode);
            }
        });
    }

    /// A codec may write and read a value twice.
    #[test]
    fn each_pass_counts_from_the_start() {
        #[cfg(feature = "bincode")]
        passes_twice::<crate::codec::Bincode>();
        #[cfg(feature = "postcard")]
        passes_twice::<crate::codec::Postcard>();
    }

    fn passes_twice<C: Codec>() {
        let codec = CodecOf::<(Vec<()>, Tree)>::new::<Twice<C>>();
        let tree = nested(60, Tree { kids: vec![] }, |tree| Tree { kids: vec![tree] });
        let value = (vec![(); SPARE - 100], tree);
        let bytes = body(&value, codec).unwrap();
        assert!(codec.decode(codec.id(), &bytes, ROOMY).unwrap() == value);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn random_bytes_never_panic(
            wild in proptest::collection::vec(any::<u8>(), 0..400),
            // Bytes of small numbers nest most deeply.
            tame in proptest::collection::vec(0_u8..3, 0..4000),
        ) {
            for bytes in [&wild, &tame] {
                decodes_or_not::<Everything>(bytes);
                decodes_or_not::<Tree>(bytes);
                decodes_or_not::<Folder>(bytes);
                decodes_or_not::<Vec<Record>>(bytes);
                decodes_or_not::<BTreeMap<(), Vec<()>>>(bytes);
            }
            for id in positional::<u8>().map(|codec| codec.id()) {
                for bytes in [&wild, &tame] {
                    let bytes = opaque_body(bytes, id);
                    decodes_or_not::<Opaque<Everything>>(&bytes);
                    decodes_or_not::<Opaque<Tree>>(&bytes);
                    decodes_or_not::<Opaque<serde_json::Value>>(&bytes);
                    decodes_or_not::<Opaque<BTreeMap<(), Vec<()>>>>(&bytes);
                }
            }
        }

        #[test]
        fn what_random_bytes_decode_to_is_written_and_read_again(tame in proptest::collection::vec(0_u8..3, 0..300)) {
            for codec in positional::<Tree>() {
                for end in 0..tame.len().min(40) {
                    let Ok(tree) = codec.decode(codec.id(), &tame[..end], ROOMY) else { continue };
                    let bytes = body(&tree, codec).unwrap();
                    prop_assert_eq!(codec.decode(codec.id(), &bytes, ROOMY).unwrap(), tree);
                }
            }
        }
    }
}

/// Writes each value as JSON and then by `C`, and reads it twice by `C`.
struct Twice<C>(C);

impl<C: Codec> Codec for Twice<C> {
    const ID: u8 = 211;
    const NAME: &'static str = "twice";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        let _first = serde_json::to_string(value)?;
        C::encode(value, sink)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, Failure> {
        let _first: T = C::decode(bytes, limits)?;
        C::decode(bytes, limits)
    }
}

fn decodes_or_not<T: Stored>(bytes: &[u8]) {
    for codec in positional::<T>() {
        let kind = codec.decode(codec.id(), bytes, ROOMY).map_or_else(|error| error.kind(), |_| ErrorKind::Decode);
        assert_eq!(kind, ErrorKind::Decode);
    }
}

fn refuses<T: Stored + Debug>(bytes: &[u8], why: &str) {
    for codec in positional::<T>() {
        let error = codec.decode(codec.id(), bytes, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{codec:?} {}", std::any::type_name::<T>());
        assert!(error.to_string().contains(why), "{codec:?} {}: {error}", std::any::type_name::<T>());
    }
}

#[test]
fn a_count_of_elements_that_take_no_bytes_does_not_hang() {
    let why = "more elements than its bytes account for";
    // The number 2^60 - 1, as bincode and as postcard write it. Each codec refuses what the other one writes.
    let counts = [
        [&[253][..], &((1_u64 << 60) - 1).to_le_bytes()].concat(),
        vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ];
    for (codec, count) in positional::<Vec<()>>().map(|codec| (codec, &counts[usize::from(codec.id()) - 1])) {
        let says = |error: crate::Error| assert!(error.to_string().contains(why), "{codec:?}: {error}");
        says(codec.decode(codec.id(), count, ROOMY).unwrap_err());
        says(same::<VecDeque<[(); 4]>>(codec.id()).decode(codec.id(), count, ROOMY).unwrap_err());
        says(same::<LinkedList<()>>(codec.id()).decode(codec.id(), count, ROOMY).unwrap_err());
        says(same::<BTreeSet<()>>(codec.id()).decode(codec.id(), count, ROOMY).unwrap_err());
        says(same::<BTreeMap<(), ()>>(codec.id()).decode(codec.id(), count, ROOMY).unwrap_err());
        says(same::<Vec<[u8; 0]>>(codec.id()).decode(codec.id(), count, ROOMY).unwrap_err());
        // The allowance is for the whole value, not for each of its lists.
        let many = [&[100][..], &count.repeat(100)].concat();
        says(same::<Vec<Vec<()>>>(codec.id()).decode(codec.id(), &many, ROOMY).unwrap_err());
    }
    // A list of 2^32 - 1 elements in `MessagePack`, whose elements take a byte each.
    for id in positional::<u8>().map(|codec| codec.id()) {
        let bytes = opaque_body(b"\xdd\xff\xff\xff\xff\xc0\xc0", id);
        let error = same::<Opaque<Vec<()>>>(id).decode(id, &bytes, ROOMY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

/// A value of `T` that is read as an opaque value, and never written.
struct Sealed<T>(std::marker::PhantomData<T>);

impl<T: DeserializeOwned + 'static> Stored for Sealed<T> {
    fn describe(schema: &mut crate::schema::Schema) {
        schema.primitive("Sealed");
    }

    fn store<S: serde::Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
        unreachable!("it is never written")
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
            .map(|_: crate::codec::opaque::OpaqueRead<T>| Self(std::marker::PhantomData))
    }
}

fn same<T: Stored>(id: u8) -> CodecOf<T> {
    positional().find(|codec| codec.id() == id).unwrap()
}

#[test]
fn elements_that_take_no_bytes_are_limited_when_they_are_put() {
    for codec in positional::<Vec<()>>() {
        let bytes = body(&vec![(); SPARE], codec).unwrap();
        assert_eq!(codec.decode(codec.id(), &bytes, ROOMY).unwrap().len(), SPARE);
        let error = body(&vec![(); SPARE + 100], codec).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(error.to_string().contains("and 65536 more"), "{error}");
        assert_eq!(body(&vec![(); usize::MAX], codec).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn elements_that_take_bytes_are_not_limited() {
    type Value = (Vec<u8>, Vec<Vec<Option<u8>>>, Vec<Vec<u64>>);
    let value: Value = (vec![0; 3 * SPARE], vec![vec![None; 3]; SPARE], vec![Vec::new(); SPARE]);
    for codec in positional::<Value>() {
        let bytes = body(&value, codec).unwrap();
        assert!(codec.decode(codec.id(), &bytes, ROOMY).unwrap() == value);
    }
    let value = Opaque(value);
    for codec in positional::<Opaque<Value>>() {
        let bytes = body(&value, codec).unwrap();
        assert!(codec.decode(codec.id(), &bytes, ROOMY).unwrap() == value);
    }
}
