//! What `#[global_store]` makes of types: descriptions, fingerprints, and values that come back as they were.

use ref_core::{Key, Ref, RefMut, Result, Schema, Shared, Store, Stored, Ticket, global_store};
use serde::{Deserializer, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

fn text<T: Stored>() -> String {
    Schema::of::<T>().to_string()
}

fn fingerprint<T: Stored>() -> u64 {
    Schema::of::<T>().fingerprint()
}

/// Returns the fingerprint's bytes as hexadecimal digits, in the order in which they are stored.
fn digits<T: Stored>() -> String {
    fingerprint::<T>().to_le_bytes().map(|byte| format!("{byte:02x}")).concat()
}

#[global_store]
#[derive(Debug, PartialEq)]
struct Point {
    x: i64,
    y: i64,
}

#[global_store]
#[derive(Debug, PartialEq)]
struct Tree {
    kids: Vec<Tree>,
}

#[global_store]
#[derive(Debug, PartialEq)]
enum Expression {
    Number(f64),
    Block(Vec<Statement>),
    Both { left: Box<Expression>, right: Box<Self> },
    Nothing,
}

#[global_store]
#[derive(Debug, PartialEq)]
enum Statement {
    Let(String, Expression),
    Do(Expression),
}

#[global_store(version = 2, name = "pair")]
#[derive(Debug, PartialEq, Clone)]
struct Pair<A, B = A> {
    first: A,
    second: B,
}

/// Every stored value has the bytes of its type's fingerprint, so a change of them makes stored values unreadable. The
/// digits are the first 16 that `sha256sum` prints for the description.
#[test]
fn fingerprints_are_pinned() {
    assert_eq!(digits::<u64>(), "1506e6f44c1d6291");
    assert_eq!(digits::<Vec<String>>(), "3ee3d96d9910173c");
    assert_eq!(digits::<Point>(), "8daca93f13ca91fd");
    assert_eq!(digits::<Tree>(), "a425e96d555a5bdd");
    assert_eq!(digits::<Expression>(), "c3e62b25d1643fd4");
    assert_eq!(digits::<Pair<u8>>(), "df9c89814239a203");
}

#[test]
fn descriptions_are_readable() {
    assert_eq!(text::<Point>(), "Point@1{x:i64,y:i64}");
    assert_eq!(text::<Pair<u8, Point>>(), "pair<u8,Point@1{x:i64,y:i64}>@2{first:u8,second:#1}");
    assert_eq!(text::<HashMap<u8, [Point; 2]>>(), "HashMap<u8,array<Point@1{x:i64,y:i64},2>>");
    assert_eq!(text::<(u8, (), Option<char>)>(), "(u8,(),Option<char>)");
}

#[test]
fn recursive_types_end() {
    assert_eq!(text::<Tree>(), "Tree@1{kids:Vec<#0>}");
    assert_eq!(
        text::<Expression>(),
        "Expression@1{Number:{0:f64},Block:{0:Vec<Statement@1{Let:{0:String,1:#0},Do:{0:#0}}>},\
         Both:{left:#0,right:#0},Nothing:{}}"
    );
    assert_ne!(fingerprint::<Expression>(), fingerprint::<Statement>());
}

#[test]
fn a_recursive_type_by_hand_ends_as_well() {
    struct Knot(Vec<Knot>);
    impl Stored for Knot {
        fn describe(schema: &mut Schema) {
            schema.same_as::<Vec<Knot>>();
        }

        fn store<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
            self.0.store(to)
        }

        fn restore<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
            Vec::restore(from).map(Self)
        }
    }
    assert_eq!(text::<Knot>(), "Vec<^0>");
}

/// Types of one name. Each but `again` differs from `original` in one respect.
mod variations {
    use ref_core::global_store;

    macro_rules! variations {
        ($($module:ident: $(#[$meta:meta])* { $($body:tt)* })*) => {$(
            pub(super) mod $module {
                #[ref_core::global_store]
                $(#[$meta])*
                pub(crate) struct Thing { $($body)* }
            }
        )*};
    }
    variations! {
        original: { pub a: u8, pub b: u16 }
        again: { pub a: u8, pub b: u16 }
        renamed: { pub a: u8, pub c: u16 }
        retyped: { pub a: u8, pub b: u32 }
        reordered: { pub b: u16, pub a: u8 }
        shortened: { pub a: u8 }
        opaque: { pub a: u8, #[global_store(opaque)] pub b: u16 }
        opaque_again: { pub a: u8, pub b: ref_core::Opaque<u16> }
        opaque_other: { pub a: u8, #[global_store(opaque)] pub b: u32 }
        skipped: { pub a: u8, pub b: u16, #[global_store(skip)] pub c: u8 }
        with: { pub a: u8, #[global_store(with = super::super::by_hand)] pub b: u16 }
    }

    #[global_store(version = 2, name = "Thing")]
    pub(super) struct Newer {
        pub a: u8,
        pub b: u16,
    }
}

#[test]
fn fingerprints_tell_definitions_apart() {
    use variations::{
        Newer, again, opaque, opaque_again, opaque_other, original, renamed, reordered, retyped, shortened, skipped,
        with,
    };
    let original = fingerprint::<original::Thing>();
    assert_eq!(original, fingerprint::<again::Thing>());
    assert_eq!(fingerprint::<opaque::Thing>(), fingerprint::<opaque_again::Thing>());
    let others = [
        fingerprint::<renamed::Thing>(),
        fingerprint::<retyped::Thing>(),
        fingerprint::<reordered::Thing>(),
        fingerprint::<shortened::Thing>(),
        fingerprint::<opaque::Thing>(),
        fingerprint::<opaque_other::Thing>(),
        fingerprint::<with::Thing>(),
        fingerprint::<skipped::Thing>(),
        fingerprint::<Newer>(),
    ];
    for (nth, other) in others.iter().enumerate() {
        assert_ne!(original, *other, "variation {nth}");
        assert!(!others[..nth].contains(other), "variation {nth}");
    }
}

#[test]
fn fingerprints_tell_arguments_apart() {
    assert_ne!(fingerprint::<Pair<u8>>(), fingerprint::<Pair<u16>>());
    assert_ne!(fingerprint::<Pair<u8, u16>>(), fingerprint::<Pair<u16, u8>>());

    #[global_store]
    struct Sized<const N: usize, const FLAG: bool>;
    assert_ne!(fingerprint::<Sized<1, true>>(), fingerprint::<Sized<2, true>>());
    assert_eq!(text::<Sized<1, false>>(), "Sized<1,false>@1{}");

    #[global_store]
    struct Order<S> {
        state: std::marker::PhantomData<S>,
    }
    #[global_store]
    struct Draft;
    #[global_store]
    struct Paid;
    assert_ne!(fingerprint::<Order<Draft>>(), fingerprint::<Order<Paid>>());
}

#[test]
fn aliases_and_boxes_change_nothing() {
    type Alias = Pair<u8>;
    mod aliased {
        type Number = i64;
        #[ref_core::global_store]
        pub struct Point {
            x: Number,
            y: Box<Number>,
        }
    }
    assert_eq!(fingerprint::<Alias>(), fingerprint::<Pair<u8, u8>>());
    assert_eq!(fingerprint::<aliased::Point>(), fingerprint::<Point>());
    assert_eq!(fingerprint::<Box<[u8]>>(), fingerprint::<Vec<u8>>());
}

/// Each type contains the type before it twice. If a description wrote both out, it would double in length from type to
/// type.
#[test]
fn shared_parts_are_written_once() {
    macro_rules! doubled {
        ($($name:ident of $part:ty),*) => {$(
            #[global_store(handles = false)]
            struct $name($part, $part);
        )*};
    }
    doubled! { A of u8, B of A, C of B, D of C, E of D, F of E, G of F, H of G, I of H, J of I }
    assert!(text::<J>().len() < 200, "{}", text::<J>());
}

/// Functions for a field, in a module.
mod by_hand {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(number: &u16, to: S) -> Result<S::Ok, S::Error> {
        number.serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
        u16::deserialize(from)
    }
}

/// Stores `value`, and returns what is read back.
fn stored<T: Stored>(value: T) -> Result<T> {
    let store = Store::open("memory:")?;
    store.get(&store.put(value)?.detach()?)
}

#[test]
fn values_come_back() -> Result<()> {
    fn comes_back<T: Stored + Debug + PartialEq>(make: impl Fn() -> T) -> Result<()> {
        assert_eq!(stored(make())?, make());
        Ok(())
    }
    comes_back(|| Tree { kids: vec![Tree { kids: vec![] }, Tree { kids: vec![] }] })?;
    comes_back(|| Expression::Both {
        left: Box::new(Expression::Block(vec![Statement::Do(Expression::Nothing)])),
        right: Box::new(Expression::Number(0.5)),
    })?;
    comes_back(|| Pair { first: vec![1, 2], second: BTreeMap::from([(1, Point { x: 1, y: -1 })]) })
}

/// Keys and tickets are values: a list may be linked by keys.
#[test]
fn keys_and_tickets_come_back() -> Result<()> {
    #[global_store]
    struct Link {
        number: u8,
        next: Option<Key<Link>>,
    }
    assert_eq!(text::<Link>(), "Link@1{number:u8,next:Option<Key<#0>>}");
    assert_eq!(text::<Ticket<u8, Shared>>(), "Ticket<u8,shared>");
    let store = Store::open("memory:")?;
    let last = store.put(Link { number: 2, next: None })?.detach()?;
    let first = store.put(Link { number: 1, next: Some(last) })?.detach()?;
    let first = store.get(&first)?;
    assert_eq!((first.number, store.get(&first.next.unwrap())?.number), (1, 2));

    let owned = store.put(7_u8)?;
    let loan = owned.lend()?;
    let sent = store.put(vec![loan.ticket()?])?;
    let ticket = stored(sent.into_inner()?)?.remove(0);
    assert_eq!(*store.redeem(ticket)?.borrow()?, 7);
    Ok(())
}

#[test]
fn handles_have_names() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owned: PairOwned<u8> = store.put(Pair { first: 1, second: 2 })?;
    let borrowed: PairRef<'_, u8> = owned.borrow()?;
    assert_eq!(borrowed.first, 1);
    let mut changed: PairRefMut<'_, u8> = owned.borrow_mut()?;
    changed.second = 3;
    let loan: PairLoan<'_, Shared, u8> = owned.lend()?;
    let ticket: PairTicket<Shared, u8> = loan.ticket()?;
    let lease: PairLease<Shared, u8> = store.redeem(ticket)?;
    assert_eq!(*lease.borrow()?, Pair { first: 1, second: 3 });
    Ok(())
}

#[test]
fn fields_are_borrowed_one_by_one() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut pair = store.put(Pair { first: vec![1, 2, 3], second: 0 })?;
    let PairFieldsMut { first, mut second } = RefMut::fields(pair.borrow_mut()?);
    for number in first.iter() {
        *second += number;
    }
    let PairFields { first, second } = Ref::fields(pair.borrow()?);
    assert_eq!((first.len(), *second), (3, 6));
    Ok(())
}

#[test]
fn what_is_skipped_is_not_stored() -> Result<()> {
    #[global_store]
    #[derive(Debug)]
    struct Cached {
        number: u8,
        #[global_store(skip)]
        cache: Option<std::sync::OnceLock<u8>>,
    }
    let read = stored(Cached { number: 1, cache: Some(1.into()) })?;
    assert_eq!((read.number, read.cache), (1, None));
    Ok(())
}
