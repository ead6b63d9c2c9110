//! Detached objects and their keys.

use crate::places::{Grid, Moody, elsewhere, everywhere};
use ref_core::error::HeldAs;
use ref_core::{Bulk, ErrorKind, Key, Shared, Store, Ticket};
use std::collections::HashSet;

#[test]
fn what_is_detached_is_listed_by_its_type() {
    everywhere(|place| {
        let keys = [1, 2].map(|step| place.lender.put(Grid::at(step)).unwrap().detach().unwrap());
        let number = place.lender.put(1_u64).unwrap().detach().unwrap();
        let _owned = place.lender.put(Grid::at(3)).unwrap();
        let _published = place.lender.put(Grid::at(4)).unwrap().publish("grid").unwrap();
        let listed = |store: &Store| store.detached::<Grid>().unwrap().into_iter().collect::<HashSet<_>>();
        assert_eq!(listed(&place.borrower), HashSet::from(keys.clone()));
        assert_eq!(place.borrower.detached::<u64>().unwrap(), [number]);
        let adopted = place.borrower.adopt(keys[0].clone()).unwrap();
        assert_eq!(listed(&place.lender), HashSet::from([keys[1].clone()]));
        let again = adopted.detach().unwrap();
        assert!(place.lender.remove(&keys[1]).unwrap());
        assert_eq!(listed(&place.lender), HashSet::from([again]));
        let [unreadable] = &place.lender.detached::<elsewhere::Grid>().unwrap()[..] else { panic!("one has the name") };
        assert!(place.lender.remove(unreadable).unwrap(), "what cannot be read can be removed");
        assert!(listed(&place.borrower).is_empty());
    });
}

#[test]
fn a_detached_object_is_read_by_whoever_has_its_key() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        grid.borrow_mut().unwrap().step = 2;
        let (id, key) = (grid.id(), grid.detach().unwrap());
        assert_eq!(key.id(), id);
        let copy: Key<Grid> = key.to_text().parse().unwrap();
        for store in [&place.lender, &place.borrower, &place.open()] {
            assert_eq!(store.get(&copy).unwrap(), Grid::at(2), "with the last change");
            assert!(store.exists(&key).unwrap());
        }
        let owned = place.borrower.adopt(key).unwrap();
        assert!(!owned.is_loaded(), "the first borrow reads it");
        assert_eq!(owned.into_inner().unwrap(), Grid::at(2));
    });
}

#[test]
fn an_adopted_object_is_its_owner_s_alone() {
    everywhere(|place| {
        let key = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        let mut owned = place.borrower.adopt(key.clone()).unwrap();
        owned.borrow_mut().unwrap().step = 2;
        let held = |error: &ref_core::Error| {
            assert_eq!(error.kind(), ErrorKind::Conflict);
            let conflict = error.conflict().unwrap();
            assert_eq!((conflict.held, conflict.holders.len()), (HeldAs::Owner, 1), "{error}");
        };
        held(&place.lender.get(&key).unwrap_err());
        held(&place.lender.remove(&key).unwrap_err());
        let refused = place.lender.adopt_or_return(key).unwrap_err();
        held(&refused.error);
        let key = refused.handle;
        assert!(place.lender.exists(&key).unwrap(), "it is there, and somebody's");
        assert_eq!(owned.detach().unwrap(), key, "an object keeps its name");
        assert_eq!(place.lender.get(&key).unwrap().step, 2);
    });
}

#[test]
fn one_of_many_adopts() {
    everywhere(|place| {
        let key = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        let stores: Vec<_> = (0..4).map(|_| place.open()).collect();
        let owners: Vec<_> = std::thread::scope(|scope| {
            let adopt = |store: &ref_core::Store| store.adopt(key.clone());
            let threads: Vec<_> = stores.iter().map(|store| scope.spawn(move || adopt(store))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let refused =
            |result: &ref_core::Result<_>| result.as_ref().is_err_and(|refused| refused.kind() == ErrorKind::Conflict);
        assert_eq!(owners.iter().filter(|result| refused(result)).count(), 3);
        let winner = owners.into_iter().find_map(Result::ok).unwrap();
        assert_eq!(winner.into_inner().unwrap(), Grid::at(1));
    });
}

/// Sessions take turns to adopt a number, and each adds one to the number. No addition is lost, since each adopter
/// reads the present value.
#[test]
fn nothing_is_lost_between_owners_who_take_turns() {
    const EACH: u64 = 100;
    fn add_one(store: &Store, key: &mut Key<u64>) {
        loop {
            match store.adopt(key.clone()) {
                Ok(mut count) => {
                    *count.borrow_mut().unwrap() += 1;
                    *key = count.detach().unwrap();
                    return;
                }
                Err(refused) => assert_eq!(refused.kind(), ErrorKind::Conflict),
            }
        }
    }
    everywhere(|place| {
        let key = place.lender.put(0_u64).unwrap().detach().unwrap();
        let stores = [place.open(), place.open(), place.open()];
        std::thread::scope(|scope| {
            for store in &stores {
                let mut key = key.clone();
                scope.spawn(move || (0..EACH).for_each(|_| add_one(store, &mut key)));
            }
        });
        assert_eq!(place.lender.get(&key).unwrap(), EACH * stores.len() as u64);
        assert!(place.lender.remove(&key).unwrap());
    });
}

#[test]
fn what_is_lent_is_not_detached() {
    everywhere(|place| {
        let grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend().unwrap();
        let lease = place.borrower.redeem(loan.ticket().unwrap()).unwrap();
        drop(loan);
        let refused = grid.detach_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict);
        drop(lease);
        let key = refused.handle.detach().unwrap();
        assert!(place.borrower.remove(&key).unwrap());
    });
}

#[test]
fn a_change_that_cannot_be_written_is_not_detached() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        *grid.borrow_mut().unwrap() = Grid::too_large();
        let refused = grid.detach_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        assert_eq!(*refused.handle.borrow().unwrap(), Grid::too_large());
    });
}

#[test]
fn an_evicted_object_is_gone_for_every_key() {
    everywhere(|place| {
        let key = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        assert!(place.borrower.remove(&key).unwrap());
        assert!(!place.lender.remove(&key).unwrap());
        assert!(!place.lender.exists(&key).unwrap());
        assert_eq!(place.lender.get(&key).unwrap_err().kind(), ErrorKind::Gone);
        assert_eq!(place.lender.adopt(key).unwrap_err().kind(), ErrorKind::Gone);
        assert_eq!(place.lender.stats().unwrap().objects, 0);
    });
}

#[test]
fn what_its_first_bytes_exclude_is_not_adopted() {
    everywhere(|place| {
        let grid = place.open().put(Grid::too_large()).unwrap().detach().unwrap();
        let refused = place.borrower.adopt_or_return(grid).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        let [elsewhere] = &place.lender.detached::<elsewhere::Grid>().unwrap()[..] else { panic!("one has the name") };
        assert_eq!(place.open().adopt(elsewhere.clone()).unwrap_err().kind(), ErrorKind::SchemaMismatch);
        assert_eq!(place.lender.stats().unwrap().detached, 1);
        assert!(place.lender.remove(&refused.handle).unwrap(), "no look holds it");
    });
}

#[test]
fn an_adopted_object_whose_first_read_fails_is_detached_again() {
    everywhere(|place| {
        let key = place.lender.put(Moody(Moody::BAD)).unwrap().detach().unwrap();
        assert_eq!(place.borrower.get(&key).unwrap_err().kind(), ErrorKind::Decode);
        let owned = place.borrower.adopt(key).unwrap();
        let error = owned.into_inner().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let key = error.key().unwrap().parse::<Key<Moody>>().unwrap();
        let stats = || place.lender.stats().unwrap();
        assert_eq!((stats().objects, stats().detached), (1, 1), "as it was found");

        let owned = place.lender.adopt(key.clone()).unwrap();
        assert!(owned.borrow().is_err());
        drop(owned.transition(|_| 1_u64).unwrap_err());
        assert_eq!(stats().detached, 1);
        drop(place.borrower.adopt(key).unwrap());
        assert_eq!(stats().objects, 0, "a drop without a failure removes");
    });
}

#[test]
fn a_value_that_is_given_to_an_adopter_is_the_stored_one() {
    everywhere(|place| {
        // A `Moody` that cannot be decoded: so nothing has decoded it.
        let key = place.lender.put(Moody(Moody::BAD)).unwrap().detach().unwrap();
        let refused = place.borrower.adopt_with_or_return(key, Moody(1)).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Diverged);
        assert_eq!((refused.handle.1.0, place.lender.stats().unwrap().detached), (1, 1), "it stays detached");
        let owned = place.borrower.adopt_with(refused.handle.0, Moody(Moody::BAD)).unwrap();
        assert_eq!(owned.borrow().unwrap().0, Moody::BAD);
        drop(owned);
        assert_eq!(place.lender.stats().unwrap().objects, 0, "the owner's drop removes it");

        // Arrays stand after the encoded value, and behind the part that a server sends of a large version.
        let (stored, mut other) = (vec![7_u8; 100_000], vec![7_u8; 100_000]);
        other[99_999] = 8;
        let key = place.open().put(Bulk::from_vec(stored.clone())).unwrap().detach().unwrap();
        let other = place.open().adopt_with(key.clone(), Bulk::from_vec(other)).unwrap_err();
        assert_eq!(other.kind(), ErrorKind::Diverged);
        let shorter = place.open().adopt_with(key.clone(), Bulk::from_vec(vec![7_u8; 99_999])).unwrap_err();
        assert_eq!(shorter.kind(), ErrorKind::Diverged);
        assert!(place.open().adopt_with(key, Bulk::from_vec(stored)).unwrap().is_loaded());
    });
}

#[test]
fn a_key_of_an_earlier_type_reads_nothing() {
    everywhere(|place| {
        let old = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        let owned = place.borrower.adopt(old.clone()).unwrap();
        let new = owned.transition(|grid| grid.step.to_string()).unwrap().detach().unwrap();
        assert_eq!(new.id(), old.id());
        assert_eq!(place.lender.get(&new).unwrap(), "1");
        assert_eq!(place.lender.get(&old).unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(place.lender.adopt(old).unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(place.lender.adopt(new).unwrap().into_inner().unwrap(), "1");
    });
}

#[test]
fn a_key_of_another_store_is_refused() {
    everywhere(|place| {
        let other = ref_core::Store::open("memory:").unwrap();
        let key = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        assert_eq!(other.get(&key).unwrap_err().kind(), ErrorKind::WrongStore);
        assert_eq!(other.exists(&key).unwrap_err().kind(), ErrorKind::WrongStore);
        assert_eq!(other.remove(&key).unwrap_err().kind(), ErrorKind::WrongStore);
        let refused = other.adopt_or_return(key).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::WrongStore);
        assert!(place.borrower.adopt(refused.handle).is_ok());
    });
}

#[test]
fn keys_are_names_compared_hashed_and_copied() {
    everywhere(|place| {
        let put = |step| place.lender.put(Grid::at(step)).unwrap().detach().unwrap();
        let (a, b) = (put(1), put(2));
        let keys: HashSet<Key<Grid>> = [a.clone(), b.clone(), a.to_text().parse().unwrap()].into();
        assert_eq!(keys.len(), 2);
        assert!(keys.contains(&a) && keys.contains(&b) && a != b);
        assert!(format!("{a:?}").contains(&a.id().to_string()), "{a:?}");
        let elsewhere = Store::open("memory:").unwrap().put(Grid::at(1)).unwrap().detach().unwrap();
        assert!(a.id() != elsewhere.id() || a != elsewhere, "an object's name is good in its store");
        for key in keys {
            place.borrower.remove(&key).unwrap();
        }
    });
}

#[test]
fn a_key_is_no_ticket_and_says_what_it_is() {
    everywhere(|place| {
        let line = place.lender.put(Grid::at(1)).unwrap().detach().unwrap().to_text();
        assert!(line.starts_with("ref-key-"), "{line}");
        let error = line.parse::<Ticket<Grid, Shared>>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongAccess);
        assert!(error.to_string().contains("this is a key") && error.to_string().contains("store.get"), "{error}");

        let ticket = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap().to_text();
        let error = ticket.parse::<Key<Grid>>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongAccess);
        assert!(error.to_string().contains("a ticket for ownership access"), "{error}");

        assert_eq!(line.parse::<Key<String>>().unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(line.parse::<Key<elsewhere::Grid>>().unwrap_err().kind(), ErrorKind::SchemaMismatch);
        for end in 0..line.len() {
            assert_eq!(line[..end].parse::<Key<Grid>>().unwrap_err().kind(), ErrorKind::MalformedTicket, "{end}");
        }
        place.lender.remove(&line.parse::<Key<Grid>>().unwrap()).unwrap();
    });
}
