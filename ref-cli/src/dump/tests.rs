//! Values of many types, as `ref dump` shows them: the JSON is that which the value itself writes to a codec of JSON.

use super::{KnownCodec, json_of, understood};
use proptest::prelude::*;
use ref_core::codec::{Codec, CodecOf, Failure, Limits, Postcard, Sink};
use ref_core::inspect::{EncodedValue, Inspector};
use ref_core::{Bulk, Opaque, Schema, Store, Stored, bytemuck, global_store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZero, Wrapping};
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Returns the value as a store has it.
fn encoded<T: Stored>(value: T) -> EncodedValue {
    use std::sync::atomic::{AtomicU64, Ordering};
    static STORES: AtomicU64 = AtomicU64::new(0);
    let address = format!("memory:dump-{}", STORES.fetch_add(1, Ordering::Relaxed));
    let store = Store::open(&address).unwrap();
    let owned = store.put(value).unwrap();
    Inspector::open(&address).unwrap().encoded_value(owned.id(), 1 << 30).unwrap()
}

fn dumped(value: &EncodedValue) -> Result<String, String> {
    let (codec, description) = understood(value)?;
    json_of(value, codec, &description, 1 << 24)
}

/// A codec for people.
struct Json;

impl Codec for Json {
    const ID: u8 = 200;
    const NAME: &'static str = "json";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        Ok(serde_json::to_writer(sink, value)?)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// A value that is written by [`Json`].
struct InJson<T>(Arc<T>);

impl<T: Stored> Stored for InJson<T> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<T>();
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Arc::restore(from).map(Self)
    }

    fn codec() -> CodecOf<Self> {
        CodecOf::new::<Json>()
    }
}

/// Checks that the value is shown as the JSON that it writes itself.
#[track_caller]
pub(super) fn check<T: Stored + Send + Sync>(value: T) {
    let (value, schema) = (Arc::new(value), Schema::of::<T>());
    let own = encoded(InJson(Arc::clone(&value)));
    let shown = dumped(&encoded(value)).unwrap_or_else(|why| panic!("{schema}: {why}"));
    let [shown, own] =
        [shown.as_bytes(), &own.body].map(|json| serde_json::from_slice::<serde_json::Value>(json).unwrap());
    assert_eq!(shown, own, "{schema}");
}

/// Checks the text that the value is shown as.
#[track_caller]
pub(super) fn check_text<T: Stored>(value: T, text: &str) {
    assert_eq!(dumped(&encoded(value)).unwrap(), text, "{}", Schema::of::<T>());
}

#[global_store]
#[derive(Clone, Debug)]
struct Leaf {
    number: i32,
    letters: Vec<char>,
    #[global_store(skip)]
    cached: u64,
}

#[global_store]
#[derive(Clone, Debug)]
enum Tree {
    Nothing,
    Number(i64),
    Pair(u8, String),
    Leaf { leaf: Leaf, at: Option<u16> },
    Branch(Vec<Tree>),
    Boxed(Option<Box<Tree>>),
    Map(BTreeMap<String, Tree>),
}

#[global_store]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Colour {
    Red,
    Green,
}

#[global_store]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

#[global_store]
struct Marker;

#[global_store]
struct Two(u8, Marker);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Point { x: f32, y: Option<f64> },
    Words { words: Vec<String>, more: BTreeMap<String, u8> },
}

#[global_store]
#[derive(Clone, Debug)]
struct Many {
    small: (i8, u16, i64, usize),
    wide: (u128, i128),
    truth: Vec<bool>,
    floats: (f32, f64, Vec<f32>),
    text: String,
    bytes: Vec<u8>,
    nested: Vec<Vec<[u16; 2]>>,
    array: [Name; 2],
    deque: VecDeque<u32>,
    set: BTreeSet<i16>,
    by_number: BTreeMap<i32, Option<u8>>,
    by_name: BTreeMap<Name, Colour>,
    by_colour: BTreeMap<Colour, ()>,
    result: Result<u8, String>,
    wrapped: Wrapping<u64>,
    tree: Tree,
    #[global_store(opaque)]
    tagged: Tagged,
    whole: Opaque<(u8, String)>,
    bulk: Bulk<f64>,
    points: Bulk<Point>,
    written: Bulk<str>,
}

#[global_store]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[bytemuck(crate = "ref_core::bytemuck")]
#[repr(C)]
struct Point {
    x: f32,
    id: u32,
    cells: [u16; 4],
}

#[global_store(codec = Postcard)]
struct InPostcard(Many);

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Nothing),
        any::<i64>().prop_map(Tree::Number),
        any::<(u8, String)>().prop_map(|(number, text)| Tree::Pair(number, text)),
        any::<(i32, Vec<char>, Option<u16>)>()
            .prop_map(|(number, letters, at)| Tree::Leaf { leaf: Leaf { number, letters, cached: 7 }, at }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::Branch),
            prop::option::of(inner.clone()).prop_map(|tree| Tree::Boxed(tree.map(Box::new))),
            prop::collection::btree_map(any::<String>(), inner, 0..3).prop_map(Tree::Map),
        ]
    })
}

fn finite() -> impl Strategy<Value = f64> {
    use prop::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    NORMAL | ZERO | SUBNORMAL | POSITIVE | NEGATIVE
}

fn tagged() -> impl Strategy<Value = Tagged> {
    prop_oneof![
        (-1000..1000_i16, prop::option::of(finite())).prop_map(|(x, y)| Tagged::Point { x: f32::from(x) / 8.0, y }),
        any::<(Vec<String>, BTreeMap<String, u8>)>().prop_map(|(words, more)| Tagged::Words { words, more }),
    ]
}

prop_compose! {
    fn numbers()(
        small in any::<(i8, u16, i64, usize)>(),
        wide in any::<(u64, i64)>(),
        truth in any::<Vec<bool>>(),
        floats in (any::<i16>(), finite(), prop::collection::vec(-1e6_f32..1e6, 0..5)),
        nested in any::<Vec<Vec<[u16; 2]>>>(),
        points in prop::collection::vec((-10_f32..10.0, any::<u32>(), any::<[u16; 4]>()), 0..4),
        bulk in prop::collection::vec(finite(), 0..9),
        deque in any::<VecDeque<u32>>(),
        set in any::<BTreeSet<i16>>(),
    ) -> (Many, ()) {
        let many = Many {
            small,
            wide: (wide.0.into(), wide.1.into()),
            truth,
            floats: (f32::from(floats.0) / 64.0, floats.1, floats.2),
            nested,
            points: points.into_iter().map(|(x, id, cells)| Point { x, id, cells }).collect(),
            bulk: bulk.into_iter().collect(),
            deque,
            set,
            ..empty()
        };
        (many, ())
    }
}

fn empty() -> Many {
    Many {
        small: (0, 0, 0, 0),
        wide: (0, 0),
        truth: Vec::new(),
        floats: (0.0, 0.0, Vec::new()),
        text: String::new(),
        bytes: Vec::new(),
        nested: Vec::new(),
        array: [Name(String::new()), Name(String::new())],
        deque: VecDeque::new(),
        set: BTreeSet::new(),
        by_number: BTreeMap::new(),
        by_name: BTreeMap::new(),
        by_colour: BTreeMap::new(),
        result: Ok(0),
        wrapped: Wrapping(0),
        tree: Tree::Nothing,
        tagged: Tagged::Point { x: 0.0, y: None },
        whole: Opaque((0, String::new())),
        bulk: Bulk::default(),
        points: Bulk::default(),
        written: Bulk::from(String::new()),
    }
}

prop_compose! {
    fn values()(
        (numbers, ()) in numbers(),
        texts in any::<(String, Vec<u8>, [String; 2])>(),
        maps in any::<(BTreeMap<i32, Option<u8>>, BTreeMap<String, bool>, bool)>(),
        result in any::<Result<u8, String>>(),
        wrapped in any::<u64>(),
        tree in trees(),
        tagged in tagged(),
        whole in any::<(u8, String)>(),
        written in any::<String>(),
    ) -> Many {
        let colour = |red| if red { Colour::Red } else { Colour::Green };
        Many {
            text: texts.0,
            bytes: texts.1,
            array: texts.2.map(Name),
            by_number: maps.0,
            by_name: maps.1.into_iter().map(|(name, red)| (Name(name), colour(red))).collect(),
            by_colour: BTreeMap::from([(colour(maps.2), ())]),
            result,
            wrapped: Wrapping(wrapped),
            tree,
            tagged,
            whole: Opaque(whole),
            written: Bulk::from(written),
            ..numbers
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_shown_as_the_json_that_it_writes(value in values()) {
        check(value.clone());
        check(InPostcard(value));
    }

    /// Bytes that are no value are refused, and so is a value behind the description of another type.
    #[test]
    fn hostile_bytes_and_descriptions_are_refused(
        body in any::<Vec<u8>>(),
        text in "[a-z<>(){},:@#^0-9]{0,40}",
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        by_bincode in any::<bool>(),
    ) {
        let codec = if by_bincode { KnownCodec::Bincode } else { KnownCodec::Postcard };
        let mut value = encoded(empty());
        let description = value.description.clone().unwrap();
        let _any = json_of(&value, codec, &text, 1 << 16);
        let mut damaged = description.clone().into_bytes();
        let place = at.index(damaged.len());
        damaged[place] = byte;
        let _any = json_of(&value, codec, &String::from_utf8_lossy(&damaged), 1 << 16);
        value.body = body;
        let _any = json_of(&value, codec, &description, 1 << 16);
    }
}

#[test]
fn types_of_the_standard_library_are_shown() {
    check((Duration::new(3, 5), SystemTime::UNIX_EPOCH, NonZero::<u8>::new(7), Some(()), ()));
    check((1.5_f64..2.5, 1_u8..=3, 2_u8.., ..5_i64, Bound::Included(1_u8), Bound::<u8>::Unbounded));
    let address: SocketAddr = "[::1]:80".parse().unwrap();
    check((IpAddr::from([127, 0, 0, 1]), address, std::path::PathBuf::from("/tmp")));
    check((vec![Box::new(1.5_f64)], Wrapping(Arc::new([7_u16; 2])), vec![InJson(Arc::new(7_u32))]));
    check((Two(1, Marker), vec![Marker, Marker], HashMap::from([(true, 1_u8)])));
    check(vec![Tree::Branch(vec![Tree::Nothing])]);
    check(Box::new(Tree::Boxed(Some(Box::new(Tree::Number(1))))));
    check(Some(Box::new(vec![Node { children: vec![Node { children: Vec::new() }] }])));
    check(Forest { trees: Box::new(vec![Node { children: vec![Node { children: Vec::new() }] }]) });
}

#[global_store]
struct Node {
    children: Vec<Node>,
}

#[global_store]
#[expect(clippy::box_collection, reason = "a box is not in the description")]
struct Forest {
    trees: Box<Vec<Node>>,
}

#[test]
fn what_json_lacks_is_shown_all_the_same() {
    check_text(vec![f64::NAN, f64::INFINITY, -0.0], "[\"NaN\", \"inf\", -0.0]");
    check_text((f32::NEG_INFINITY, u128::MAX), &format!("[\n  \"-inf\",\n  {}\n]", u128::MAX));
    check_text(BTreeMap::from([((1_u8, 2_u8), 3_u8)]), "[\n  [\n    [\n      1,\n      2\n    ],\n    3\n  ]\n]");
    use std::os::unix::ffi::OsStringExt as _;
    check_text(std::ffi::OsString::from_vec(vec![97, 255]), "[97, 255]");
    check_text((c"text".to_owned(), std::ffi::OsString::from("a")), "[\n  \"text\",\n  \"a\"\n]");
    check_text(String::from("\u{1b}[2J"), "\"\\u001b[2J\"");
    let store = Store::open("memory:").unwrap();
    let mut owned = store.put(1_u8).unwrap();
    let loan = owned.lend_mut().unwrap();
    check_text(loan.ticket().unwrap(), "\"ref-exclusive-…\"");
}

#[test]
fn a_deep_value_is_shown_and_a_hostile_one_is_refused() {
    let mut deep = Tree::Nothing;
    for _ in 0..60 {
        deep = Tree::Branch(vec![deep]);
    }
    assert!(dumped(&encoded(deep)).unwrap().contains("Nothing"));
    let mut value = encoded(1_u8);
    for (description, body, why) in [
        ("A@1{a:#0}", vec![], "nested too deep"),
        ("Wrapping<^0>", vec![], "nested too deep"),
        ("A@1{a:^7}", vec![], "contradicts itself"),
        ("Vec<Wrapping<^1>>", vec![1], "nested too deep"),
        ("array<(),99999999999>", vec![], "more JSON than `--most`"),
        ("Vec<()>", vec![253, 255, 255, 255, 255, 255, 255, 255, 255], "more JSON than `--most`"),
        ("Vec<array<u8,18446744073709551615>>", vec![3, 1, 2, 3], "no list of elements"),
        ("Bulk<u8>", vec![1, 200, 200], "not all in the arrays"),
        ("Bulk<PhantomData<u8>>", vec![0, 1, 1], "lie in memory"),
        ("Strange", vec![1], "does not know"),
        ("u8", vec![1, 2], "1 bytes are left over"),
        ("u16", vec![251], "does not fit its description"),
        ("#7", vec![1], "does not have"),
        ("Opaque<A>", vec![1, 193], "cannot be read"),
        ("char", vec![255], "does not fit"),
    ] {
        value.body = body;
        let refused = run_deep(&value, description).unwrap_err();
        assert!(refused.contains(why), "{description}: {refused}");
    }
    let own = dumped(&encoded(InJson(Arc::new(1_u8)))).unwrap_err();
    assert_eq!(
        own,
        "the value of the type `u8` was written by the program's own codec number 200: only the program reads it"
    );
    let doubled: String = (0..200).map(|nth| format!("n{nth}:T{nth}@1{{a:#{nth},b:#{nth}}},")).collect();
    value.body = vec![0, 0];
    let text = format!("R@1{{{doubled}z:Bulk<#200>}}");
    assert!(run_deep(&value, &text).is_err());
}

/// Reads on a thread with the stack that the command has.
fn run_deep(value: &EncodedValue, description: &str) -> Result<String, String> {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(super::STACK);
        reader
            .spawn_scoped(scope, || json_of(value, KnownCodec::Bincode, description, 1 << 24))
            .unwrap()
            .join()
            .unwrap()
    })
}
