//! Values that were written by an earlier definition of their type. The modules `first` and `second` have the
//! definitions of two earlier builds of the program.

use crate::places::{Place, everywhere};
use ref_core::{ErrorKind, Exclusive, Key, Owned, Ownership, Schema, Shared, Stored, Ticket, global_store};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

/// The first build.
pub(crate) mod first {
    #[ref_core::global_store]
    pub(crate) struct Item {
        pub(crate) name: String,
        pub(crate) price: u32,
    }

    #[ref_core::global_store]
    pub(crate) struct Cart {
        pub(crate) items: Vec<Item>,
    }
}

/// The second build: the item has changed, and the cart has not.
mod second {
    use super::ItemV1;

    #[ref_core::global_store(version = 2, from = ItemV1)]
    pub(crate) struct Item {
        pub(crate) name: String,
        pub(crate) price: u64,
    }

    impl From<ItemV1> for Item {
        fn from(old: ItemV1) -> Self {
            Self { name: old.name, price: u64::from(old.price) * 100 }
        }
    }

    #[ref_core::global_store]
    pub(crate) struct Cart {
        pub(crate) items: Vec<Item>,
    }
}

#[global_store(name = "Item", version = 1)]
pub(crate) struct ItemV1 {
    name: String,
    price: u32,
}

#[global_store(name = "Item", version = 2, from = ItemV1)]
struct ItemV2 {
    name: String,
    price: u64,
}

impl From<ItemV1> for ItemV2 {
    fn from(old: ItemV1) -> Self {
        Self { name: old.name, price: u64::from(old.price) * 100 }
    }
}

#[global_store(version = 3, from = ItemV2)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    name: String,
    cents: u64,
    amount: u32,
}

impl From<ItemV2> for Item {
    fn from(old: ItemV2) -> Self {
        Self { name: old.name, cents: old.price, amount: 1 }
    }
}

#[global_store(name = "Cart", version = 1)]
struct CartV1 {
    items: Vec<Item>,
}

#[global_store(version = 2, from = CartV1)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cart {
    pub(crate) items: Vec<Item>,
    pub(crate) note: Option<String>,
}

impl From<CartV1> for Cart {
    fn from(old: CartV1) -> Self {
        Self { items: old.items, note: None }
    }
}

/// Returns a cart as the first build writes it, and as this build reads it.
pub(crate) fn carts() -> (first::Cart, Cart) {
    let old = first::Cart { items: vec![first::Item { name: "tea".into(), price: 3 }] };
    (old, Cart { items: vec![Item { name: "tea".into(), cents: 300, amount: 1 }], note: None })
}

/// Puts and detaches `old`, and returns its key as a key of another type.
pub(crate) fn detached<O: Stored, N: Stored>(place: &Place, old: O) -> Key<N> {
    place.lender.put(old).unwrap().detach().unwrap().to_text().parse().unwrap()
}

/// Puts and detaches `old`, and checks that it is read as `new`.
#[track_caller]
pub(crate) fn reads<O: Stored, N: Stored + PartialEq + Debug>(place: &Place, old: O, new: N) {
    assert_eq!(place.borrower.get(&detached::<O, N>(place, old)).unwrap(), new);
}

#[test]
fn an_earlier_value_is_read_wherever_a_value_is_read() {
    everywhere(|place| {
        let ((old, new), (lender, borrower)) = (carts(), (&place.lender, &place.borrower));
        let mut old = lender.put(old).unwrap();
        {
            let loan = old.lend().unwrap();
            let ticket: Ticket<Cart, Shared> = loan.ticket().unwrap().to_text().parse().unwrap();
            assert_eq!(*borrower.redeem(ticket).unwrap().borrow().unwrap(), new);
        }
        {
            let loan = old.lend_mut().unwrap();
            let ticket: Ticket<Cart, Exclusive> = loan.ticket().unwrap().to_text().parse().unwrap();
            let mut lease = borrower.redeem(ticket).unwrap();
            assert_eq!(*lease.borrow_mut().unwrap(), new);
            lease.release().unwrap();
        }
        let ticket: Ticket<Cart, Ownership> = old.into_ticket().unwrap().to_text().parse().unwrap();
        let claimed: Owned<Cart> = borrower.claim(ticket).unwrap();
        assert_eq!(*claimed.borrow().unwrap(), new);
        assert_eq!(claimed.transition(|cart| cart.items.len() as u64).unwrap().into_inner().unwrap(), 1);

        let key: Key<Cart> = detached(place, carts().0);
        assert_eq!(borrower.get(&key).unwrap(), new);
        assert_eq!(borrower.adopt(key).unwrap().into_inner().unwrap(), new);
    });
}

#[test]
fn an_earlier_value_stays_until_the_next_write() {
    everywhere(|place| {
        let (lender, borrower) = (&place.lender, &place.borrower);
        let of_first = lender.put(carts().0).unwrap().detach().unwrap();
        let here = || of_first.to_text().parse::<Key<Cart>>().unwrap();
        let owned = borrower.adopt(here()).unwrap();
        assert_eq!(owned.borrow().unwrap().note, None);
        let _ = owned.detach().unwrap();
        assert_eq!(lender.get(&of_first).unwrap().items[0].price, 3);

        let mut owned = borrower.adopt(here()).unwrap();
        owned.borrow_mut().unwrap().note = Some("new".into());
        let _ = owned.detach().unwrap();
        assert_eq!(borrower.get(&here()).unwrap().note.as_deref(), Some("new"));
        let error = lender.get(&of_first).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert!(error.to_string().contains("the field `note` of `Cart` is in the store and not here"), "{error}");
        assert!(error.to_string().contains("#[global_store(version = .., from = ..)]"), "{error}");
        lender.remove(&of_first).unwrap();
    });
}

/// A lender of the first build lends to a borrower of this build, which writes its own definition.
#[test]
fn a_lender_of_an_earlier_build_is_told_of_a_later_value() {
    everywhere(|place| {
        let mut old = place.lender.put(carts().0).unwrap();
        {
            let loan = old.lend_mut().unwrap();
            let ticket: Ticket<Cart, Exclusive> = loan.ticket().unwrap().to_text().parse().unwrap();
            let mut lease = place.borrower.redeem(ticket).unwrap();
            lease.borrow_mut().unwrap().note = Some("new".into());
            let _ = lease.commit().unwrap();
        }
        assert_eq!(old.borrow().map(|_| ()).unwrap_err().kind(), ErrorKind::SchemaMismatch);
        // The value is not lost: a process of this build can still become its owner.
        let ticket: Ticket<Cart, Ownership> = old.into_ticket().unwrap().to_text().parse().unwrap();
        assert_eq!(place.borrower.claim(ticket).unwrap().borrow().unwrap().note.as_deref(), Some("new"));
    });
}

#[test]
fn every_earlier_build_is_read() {
    everywhere(|place| {
        let (old, new) = carts();
        reads(place, old, new.clone());
        let second = second::Cart { items: vec![second::Item { name: "tea".into(), price: 300 }] };
        reads(place, second, new.clone());
        reads(place, vec![Some(carts().0), None], vec![Some(new.clone()), None]);
        let many = |cart: fn() -> first::Cart| HashMap::from([(1_u8, [cart(), cart()])]);
        reads(place, many(|| carts().0), HashMap::from([(1_u8, [new.clone(), new.clone()])]));
        reads(place, Box::new((carts().0, 7_u8)), (new.clone(), 7_u8));
        reads(place, Err::<u8, _>(carts().0), Err::<u8, _>(new.clone()));
        reads(place, CartV1 { items: new.items.clone() }, new);
    });
}

#[test]
fn a_key_or_ticket_of_an_earlier_build_is_passed_on_as_it_came() {
    everywhere(|place| {
        let line = place.lender.put(carts().0).unwrap().detach().unwrap().to_text();
        let key: Key<Cart> = line.parse().unwrap();
        assert_eq!(key.to_text(), line);
        assert_eq!(key.clone().to_text(), line);
        // In a stored value, the key is written as that line.
        let stored = place.borrower.put(vec![key]).unwrap().detach().unwrap();
        let read = place.borrower.get(&stored).unwrap();
        assert_eq!(read[0].to_text(), line);
        assert_eq!(place.borrower.get(&read[0]).unwrap(), carts().1);

        let keys: Key<Vec<Key<Cart>>> = detached(place, vec![line.parse::<Key<first::Cart>>().unwrap()]);
        let keys = place.borrower.get(&keys).unwrap();
        assert_eq!(place.borrower.adopt(keys[0].clone()).unwrap().into_inner().unwrap(), carts().1);
    });
}

#[test]
fn what_is_no_earlier_definition_is_refused() {
    mod other {
        #[ref_core::global_store]
        pub(crate) struct Item {
            pub(crate) name: String,
            pub(crate) price: i32,
        }
        #[ref_core::global_store]
        pub(crate) struct Cart {
            pub(crate) items: Vec<Item>,
        }
    }
    everywhere(|place| {
        let other = other::Cart { items: vec![other::Item { name: "tea".into(), price: 3 }] };
        let key = place.lender.put(other).unwrap().detach().unwrap();
        assert_eq!(key.to_text().parse::<Key<Cart>>().unwrap_err().kind(), ErrorKind::SchemaMismatch);
        place.lender.remove(&key).unwrap();
        let key = place.lender.put(carts().1).unwrap().detach().unwrap();
        assert_eq!(key.to_text().parse::<Key<first::Cart>>().unwrap_err().kind(), ErrorKind::SchemaMismatch);
        assert_eq!(key.to_text().parse::<Key<CartV1>>().unwrap_err().kind(), ErrorKind::SchemaMismatch);
        place.lender.remove(&key).unwrap();
    });
}

/// The first build's definition of a recursive type.
mod trees {
    #[ref_core::global_store]
    pub(crate) struct Tree {
        pub(crate) kids: Vec<Tree>,
        pub(crate) next: Option<Box<Self>>,
    }
}

#[global_store(name = "Tree", version = 1)]
struct TreeV1 {
    kids: Vec<TreeV1>,
    next: Option<Box<Tree>>,
}

#[global_store(version = 2, from = TreeV1)]
#[derive(Debug, PartialEq)]
struct Tree {
    count: usize,
    kids: Vec<Tree>,
    next: Option<Box<Tree>>,
}

impl From<TreeV1> for Tree {
    fn from(old: TreeV1) -> Self {
        Self { count: old.kids.len(), kids: old.kids.into_iter().map(Self::from).collect(), next: old.next }
    }
}

#[test]
fn recursive_types_change() {
    let leaf = || trees::Tree { kids: Vec::new(), next: None };
    let new = |kids: Vec<Tree>, next| Tree { count: kids.len(), kids, next };
    everywhere(|place| {
        let old = trees::Tree { kids: vec![leaf(), leaf()], next: Some(Box::new(leaf())) };
        let leaf = || new(Vec::new(), None);
        reads(place, old, new(vec![leaf(), leaf()], Some(Box::new(leaf()))));
    });
}

#[global_store(name = "Word", version = 1)]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct WordV1(String);

/// A word in lower case.
#[global_store(version = 2, from = WordV1)]
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Word(String);

impl From<WordV1> for Word {
    fn from(old: WordV1) -> Self {
        Self(old.0.to_lowercase())
    }
}

fn words() -> [WordV1; 3] {
    ["b", "A", "B"].map(|word| WordV1(word.into()))
}

#[test]
fn keys_that_a_conversion_makes_equal_are_refused() {
    fn refused<O: Stored, N: Stored>(place: &Place, old: O) {
        let error = place.borrower.get(&detached::<O, N>(place, old)).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let text = error.to_string();
        assert!(text.contains("would lose entries") && text.contains("after the `From`"), "{text}");
    }
    everywhere(|place| {
        let numbered = || words().into_iter().zip(0_u8..);
        refused::<BTreeMap<WordV1, u8>, BTreeMap<Word, u8>>(place, numbered().collect());
        refused::<HashMap<WordV1, u8>, HashMap<Word, u8>>(place, numbered().collect());
        refused::<BTreeSet<WordV1>, BTreeSet<Word>>(place, words().into());
        refused::<HashSet<WordV1>, HashSet<Word>>(place, words().into());
        let two = || words().into_iter().take(2);
        let sorted = BTreeSet::from([Word("a".into()), Word("b".into())]);
        reads(place, BTreeSet::from_iter(two()), sorted);
        reads(place, Vec::from(words()), Vec::from(["b", "a", "b"].map(|word| Word(word.into()))));
    });
}

/// Two keys that differ only in a field that is not stored are equal when they are read.
#[test]
fn keys_that_a_skipped_field_told_apart_are_refused() {
    #[global_store]
    #[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
    struct Name(String, #[global_store(skip)] u8);
    everywhere(|place| {
        let name = |number| Name("n".into(), number);
        let key = place.lender.put(BTreeMap::from([(name(1), 1_u8), (name(2), 2)])).unwrap().detach().unwrap();
        assert_eq!(place.borrower.get(&key).map(|_| ()).unwrap_err().kind(), ErrorKind::Decode);
        place.lender.remove(&key).unwrap();
    });
}

/// The code of a `From` may read other values. They are read by their own definitions.
#[test]
fn a_conversion_may_read_other_values() {
    use std::cell::RefCell;
    thread_local! {
        static ASK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    }
    mod curious {
        #[ref_core::global_store]
        pub(crate) struct Curious(pub(crate) super::first::Item, pub(crate) super::first::Item);
    }
    #[global_store(name = "Curious", version = 1)]
    struct CuriousV1(Item, Item);
    #[global_store(version = 2, from = CuriousV1)]
    #[derive(Debug, PartialEq)]
    struct Curious(Vec<Item>);
    impl From<CuriousV1> for Curious {
        fn from(old: CuriousV1) -> Self {
            if let Some(ask) = ASK.take() {
                ask();
            }
            Self(vec![old.0, old.1])
        }
    }
    everywhere(|place| {
        let item = || first::Item { name: "tea".into(), price: 3 };
        let new = carts().1.items.remove(0);
        let current = place.borrower.put(new.clone()).unwrap().detach().unwrap();
        let (store, asked) = (place.borrower.clone(), new.clone());
        ASK.set(Some(Box::new(move || assert_eq!(store.get(&current).unwrap(), asked))));
        let old = vec![curious::Curious(item(), item()), curious::Curious(item(), item())];
        let pair = || Curious(vec![new.clone(), new.clone()]);
        reads(place, old, vec![pair(), pair()]);
        assert!(ASK.take().is_none());

        ASK.set(Some(Box::new(|| panic!("not in the mood"))));
        let key: Key<Curious> = detached(place, curious::Curious(item(), item()));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| place.borrower.get(&key)));
        assert!(panicked.is_err());
        reads(place, new.clone(), new.clone());
        assert_eq!(place.borrower.get(&key).unwrap(), pair());
    });
}

/// A type whose description by hand calls the `describe` of a type that has changed.
#[test]
fn a_description_by_hand_follows_the_change() {
    struct Wrapped<T>(T);
    impl<T: Stored> Stored for Wrapped<T> {
        fn describe(schema: &mut Schema) {
            T::describe(schema);
        }

        fn store<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            self.0.store(to)
        }

        fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            T::restore(from).map(Self)
        }
    }
    everywhere(|place| {
        let key: Key<Wrapped<Cart>> = detached(place, Wrapped(carts().0));
        assert_eq!(place.borrower.get(&key).unwrap().0, carts().1);
        let pair: Key<(Cart, Wrapped<Cart>)> = detached(place, (carts().0, Wrapped(carts().0)));
        let (cart, wrapped) = place.borrower.get(&pair).unwrap();
        assert_eq!((cart, wrapped.0), (carts().1, carts().1));
    });
}
