//! Published objects and their names.

use crate::places::{Grid, Moody, elsewhere, everywhere};
use ref_core::error::HeldAs;
use ref_core::{ErrorKind, Snapshot, StoreOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::time::Duration;

#[test]
fn a_name_leads_every_session_to_the_newest_version() {
    everywhere(|place| {
        let mut here = place.lender.named::<Grid>("grid").unwrap();
        let mut there = place.borrower.named::<Grid>("grid").unwrap();
        assert_eq!(there.snapshot().unwrap_err().kind(), ErrorKind::NotFound);
        let first = here.set(Grid::at(1)).unwrap();
        assert_eq!(*there.snapshot().unwrap(), Grid::at(1));
        let second = there.set(Grid::at(2)).unwrap();
        assert!(first < second);
        let now = here.snapshot().unwrap();
        assert_eq!((&*now, now.version()), (&Grid::at(2), second));
    });
}

#[test]
fn a_snapshot_is_whole_and_unchanged_whatever_comes_after_it() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        let mut other = place.borrower.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let first = other.snapshot().unwrap();
        assert!(first.is_current());
        assert!(std::ptr::eq(&*first, &*other.snapshot().unwrap()), "nothing is decoded twice");
        grid.set(Grid::at(2)).unwrap();
        assert!(!first.is_current());
        let second = other.snapshot().unwrap();
        assert!(other.remove().unwrap());
        assert!(!second.is_current());
        grid.set(Grid::at(3)).unwrap();
        assert!(!second.is_current(), "the name was made anew, with another object");
        assert_eq!((first.step, second.step, grid.snapshot().unwrap().step), (1, 2, 3));
    });
}

/// A removal by id is that of the object, whatever its name leads to now.
#[test]
fn an_object_is_removed_by_its_id_and_another_of_its_name_stays() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let id = |name: &str| {
            let objects = place.borrower.objects().unwrap();
            objects.into_iter().find(|entry| entry.name.as_deref() == Some(name)).unwrap().id
        };
        let first = id("grid");
        let reader = grid.borrow().unwrap();
        let refused = place.borrower.remove_object(first).unwrap_err();
        assert_eq!(refused.conflict().unwrap().held, HeldAs::Borrow);
        drop(reader);
        assert!(grid.remove().unwrap());
        grid.set(Grid::at(2)).unwrap();
        assert!(!place.borrower.remove_object(first).unwrap());
        assert_eq!(*grid.snapshot().unwrap(), Grid::at(2));

        let second = id("grid");
        assert!(place.borrower.remove_object(second).unwrap());
        assert!(!place.borrower.remove_object(second).unwrap());
        assert!(place.lender.names("").unwrap().is_empty());
        assert_eq!(grid.snapshot().unwrap_err().kind(), ErrorKind::NotFound);
        grid.set(Grid::at(3)).unwrap();
    });
}

/// Neither a writer nor a reader is in the way of a snapshot, and no snapshot in theirs.
#[test]
fn a_snapshot_waits_for_nothing_and_nothing_waits_for_it() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        let other = place.borrower.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let before = other.snapshot().unwrap();
        let mut writer = grid.borrow_mut().unwrap();
        writer.step = 2;
        assert_eq!(other.snapshot().unwrap().step, 1);
        assert!(before.is_current());
        writer.commit().unwrap();
        assert_eq!(other.snapshot().unwrap().step, 2);
        let reader = other.borrow().unwrap();
        assert_eq!(grid.snapshot().unwrap().step, reader.step);
    });
}

#[test]
fn one_writer_or_many_readers_and_the_conflict_names_the_holder() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        let mut other = place.borrower.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let writer = grid.borrow_mut().unwrap();
        let held = |error: ref_core::Error| {
            let conflict = error.conflict().unwrap().clone();
            assert_eq!(conflict.holders[0].pid, std::process::id(), "{error}");
            (error.kind(), conflict.held)
        };
        assert_eq!(held(other.try_borrow_mut().unwrap_err()), (ErrorKind::Conflict, HeldAs::BorrowMut));
        assert_eq!(held(other.remove().unwrap_err()), (ErrorKind::Conflict, HeldAs::BorrowMut));
        drop(writer);
        let (one, two) = (grid.borrow().unwrap(), grid.borrow().unwrap());
        assert_eq!(held(other.try_borrow_mut().unwrap_err()), (ErrorKind::Conflict, HeldAs::Borrow));
        one.release().unwrap();
        let refused = other.into_owned_or_return().unwrap_err();
        assert_eq!(held(refused.error), (ErrorKind::Conflict, HeldAs::Borrow));
        drop(two);
        drop(refused.handle.into_owned().unwrap());
    });
}

#[test]
fn a_writer_that_is_dropped_changes_nothing() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let mut writer = grid.borrow_mut().unwrap();
        writer.step = 2;
        writer.release().unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            grid.update(|grid| {
                grid.step = 3;
                panic!("in the middle of a change");
            })
        }));
        assert!(panicked.is_err());
        let failed: Result<(), Box<dyn std::error::Error>> = grid.try_update(|grid| {
            grid.step = 4;
            Err("no".into())
        });
        assert_eq!(failed.unwrap_err().to_string(), "no");
        assert_eq!(place.borrower.named::<Grid>("grid").unwrap().snapshot().unwrap().step, 1);
        assert_eq!(grid.update(|grid| std::mem::replace(&mut grid.step, 5)).unwrap(), 1);
        assert_eq!(grid.snapshot().unwrap().step, 5);
    });
}

#[test]
fn a_commit_that_fails_gives_the_writer_back() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        assert_eq!(grid.set(Grid::too_large()).unwrap_err().kind(), ErrorKind::TooLarge);
        grid.set(Grid::at(1)).unwrap();
        let mut writer = grid.borrow_mut().unwrap();
        *writer = Grid::too_large();
        let mut refused = writer.commit_or_return().unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::TooLarge);
        refused.handle.cells.truncate(1);
        let mut other = place.borrower.named::<Grid>("grid").unwrap();
        assert_eq!(other.try_borrow_mut().unwrap_err().kind(), ErrorKind::Conflict, "the borrow goes on");
        refused.handle.commit().unwrap();
        assert_eq!(other.snapshot().unwrap().cells.len(), 1);
    });
}

#[test]
fn a_thread_that_would_wait_for_itself_is_told() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let mut others = [grid.clone(), place.borrower.named::<Grid>("grid").unwrap()];
        for other in &mut others {
            let nested = grid.update(|_| other.update(|_| ()).unwrap_err().kind()).unwrap();
            assert_eq!(nested, ErrorKind::WouldDeadlock);
            let nested = grid.update(|_| other.set(Grid::at(2)).unwrap_err().kind()).unwrap();
            assert_eq!(nested, ErrorKind::WouldDeadlock);
            let nested = grid.update(|_| other.borrow().unwrap_err().kind()).unwrap();
            assert_eq!(nested, ErrorKind::WouldDeadlock);
            let reader = grid.borrow().unwrap();
            assert_eq!(other.borrow_mut().unwrap_err().kind(), ErrorKind::WouldDeadlock);
            assert_eq!(other.borrow().unwrap().step, reader.step, "a second reader waits for nothing");
        }
        assert_eq!(grid.snapshot().unwrap().step, 1);
    });
}

#[test]
fn a_writer_waits_for_others_and_no_longer_than_it_is_told() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let (taken, tried) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            let mut other = place.borrower.named::<Grid>("grid").unwrap();
            let holder = scope.spawn(|| {
                let reader = grid.borrow().unwrap();
                taken.wait();
                tried.wait();
                assert_eq!(reader.step, 1);
            });
            taken.wait();
            let late = other.borrow_mut_timeout(Duration::from_millis(5)).unwrap_err();
            assert_eq!(late.kind(), ErrorKind::Timeout);
            assert_eq!(late.conflict().unwrap().held, HeldAs::Borrow);
            tried.wait();
            assert_eq!(other.update(|grid| std::mem::replace(&mut grid.step, 2)).unwrap(), 1);
            holder.join().unwrap();
        });
    });
}

/// No change is lost, whichever session and thread makes it.
#[test]
fn a_watcher_finds_what_has_changed_since_it_looked() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        let mut watcher = place.borrower.named::<Grid>("grid").unwrap().watch().unwrap();
        let mut has_changed = || watcher.changed_timeout(Duration::ZERO).unwrap();
        assert!(!has_changed(), "nothing is published");
        grid.set(Grid::at(1)).unwrap();
        grid.set(Grid::at(2)).unwrap();
        assert!(has_changed() && !has_changed(), "two changes at once are one");
        drop(grid.borrow_mut().unwrap());
        drop(grid.borrow().unwrap());
        assert!(!has_changed(), "a borrow is no change");
        grid.remove().unwrap();
        grid.set(Grid::at(2)).unwrap();
        assert!(has_changed() && !has_changed(), "another object has the name");
        grid.remove().unwrap();
        assert!(has_changed() && !has_changed(), "the name leads to nothing");
        grid.set(Grid::at(3)).unwrap();
        assert_eq!(watcher.snapshot().unwrap().step, 3);
        assert!(!watcher.changed_timeout(Duration::ZERO).unwrap(), "the snapshot was seen");
    });
}

/// A watcher that waits for as long as it takes hears of each of many changes, or of a later one.
#[test]
fn a_watcher_sleeps_through_no_change() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        let mut watcher = place.borrower.named::<Grid>("grid").unwrap().watch().unwrap();
        let last = 200;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for step in 1..=last {
                    grid.set(Grid::at(step)).unwrap();
                }
            });
            let mut seen = 0;
            while seen < last {
                watcher.changed().unwrap();
                let step = watcher.snapshot().unwrap().step;
                assert!(step > seen, "{step} after {seen}");
                seen = step;
            }
        });
    });
}

#[test]
fn a_thread_that_keeps_writers_out_does_not_wait_for_one() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let mut watcher = grid.watch().unwrap();
        let reader = grid.borrow().unwrap();
        assert_eq!(watcher.changed().unwrap_err().kind(), ErrorKind::WouldDeadlock);
        assert!(!watcher.changed_timeout(Duration::ZERO).unwrap(), "it waits for nothing");
        drop(reader);
    });
}

#[test]
fn changes_of_many_threads_all_count() {
    everywhere(|place| {
        place.lender.named::<u64>("count").unwrap().set(0).unwrap();
        std::thread::scope(|scope| {
            for store in [&place.lender, &place.lender, &place.borrower] {
                scope.spawn(move || {
                    let mut count = store.named::<u64>("count").unwrap();
                    (0..50).for_each(|_| count.update(|count| *count += 1).unwrap());
                });
            }
        });
        assert_eq!(*place.borrower.named::<u64>("count").unwrap().snapshot().unwrap(), 150);
    });
}

#[test]
fn of_many_first_values_one_is_the_first() {
    everywhere(|place| {
        for round in 0..10 {
            let name = format!("carts/{round}");
            let start = Barrier::new(3);
            let made: Vec<Snapshot<u64>> = std::thread::scope(|scope| {
                let makers = [&place.lender, &place.borrower, &place.lender].map(|store| {
                    let (name, start) = (&name, &start);
                    scope.spawn(move || {
                        start.wait();
                        let cart = store.named::<u64>(name).unwrap();
                        cart.get_or_insert_with(|| u64::from(std::process::id())).unwrap()
                    })
                });
                makers.into_iter().map(|maker| maker.join().unwrap()).collect()
            });
            assert!(made.iter().all(|cart| cart.version() == made[0].version() && cart.is_current()));
        }
        assert_eq!(place.lender.stats().unwrap().objects, 10, "what came second is not kept");
    });
}

#[test]
fn a_name_has_a_type() {
    everywhere(|place| {
        place.lender.named::<Grid>("grid").unwrap().set(Grid::at(1)).unwrap();
        let mut number = place.borrower.named::<u64>("grid").unwrap();
        assert_eq!(number.snapshot().unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(number.set(1).unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(number.borrow_mut().unwrap_err().kind(), ErrorKind::WrongType);
        let mut newer = place.borrower.named::<elsewhere::Grid>("grid").unwrap();
        let error = newer.set(elsewhere::Grid { step: 1 }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert!(error.to_string().contains("`step`"), "it names the field: {error}");
        assert_eq!(number.into_owned().unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(place.lender.named::<Grid>("grid").unwrap().update(|grid| grid.step).unwrap(), 1, "nothing is held");
    });
}

#[test]
fn a_value_that_cannot_be_read_can_be_replaced_and_removed() {
    everywhere(|place| {
        let mut moody = place.lender.named::<Moody>("moody").unwrap();
        moody.set(Moody(Moody::BAD)).unwrap();
        assert_eq!(moody.snapshot().unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(moody.update(|_| ()).unwrap_err().kind(), ErrorKind::Decode);
        moody.set(Moody(1)).unwrap();
        assert_eq!(moody.snapshot().unwrap().0, 1);
        moody.set(Moody(Moody::BAD)).unwrap();
        assert!(moody.remove().unwrap());
    });
}

#[test]
fn one_of_several_takes_a_published_object() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let other = place.borrower.named::<Grid>("grid").unwrap();
        assert_eq!(other.snapshot().unwrap().step, 1);
        let mut owned = grid.into_owned().unwrap();
        assert_eq!(other.snapshot().unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(other.clone().into_owned().unwrap_err().kind(), ErrorKind::NotFound);
        owned.borrow_mut().unwrap().step = 2;
        let published = owned.publish("elsewhere").unwrap();
        assert_eq!(published.snapshot().unwrap().step, 2);
        assert_eq!(other.snapshot().unwrap_err().kind(), ErrorKind::NotFound, "it has another name now");
        assert_eq!(place.borrower.stats().unwrap().objects, 1);
    });
}

#[test]
fn an_owner_publishes_under_a_free_name_only() {
    everywhere(|place| {
        let mut grid = place.lender.named::<Grid>("grid").unwrap();
        grid.set(Grid::at(1)).unwrap();
        let owned = place.borrower.put(Grid::at(2)).unwrap();
        let refused = owned.publish_or_return("grid").unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::NameTaken);
        assert_eq!(refused.error.conflict().unwrap().held, HeldAs::Published);
        let refused = refused.handle.publish_or_return("no name").unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::MalformedName);
        assert_eq!(place.borrower.stats().unwrap().objects, 2);
        assert!(grid.remove().unwrap());
        refused.handle.publish("grid").unwrap();
        assert_eq!(grid.snapshot().unwrap().step, 2);
    });
}

/// An object's key leads to no published object, so a name is not taken away by a key.
#[test]
fn a_key_leads_to_no_published_object() {
    everywhere(|place| {
        let key = place.lender.put(Grid::at(1)).unwrap().detach().unwrap();
        let grid = place.lender.adopt(key.clone()).unwrap().publish("grid").unwrap();
        assert_eq!(place.borrower.get(&key).unwrap_err().kind(), ErrorKind::Gone);
        assert_eq!(place.borrower.adopt(key.clone()).unwrap_err().kind(), ErrorKind::Gone);
        assert!(!place.borrower.remove(&key).unwrap());
        assert_eq!(grid.snapshot().unwrap().step, 1);
    });
}

#[test]
fn names_are_listed_by_their_beginning() {
    everywhere(|place| {
        let named = |name: &str| place.lender.named::<Grid>(name).unwrap();
        for name in ["carts/ann", "carts/bob", "cartoons", "index"] {
            named(name).set(Grid::at(1)).unwrap();
        }
        let version = named("carts/bob").update(|grid| grid.step = 2).map(|()| named("carts/bob")).unwrap();
        let version = version.snapshot().unwrap().version();
        let names = |prefix: &str| -> Vec<String> {
            place.borrower.names(prefix).unwrap().into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names("carts/"), ["carts/ann", "carts/bob"]);
        assert_eq!(names("").len(), 4);
        assert!(named("carts/ann").remove().unwrap());
        let left = place.borrower.names("carts/").unwrap();
        assert_eq!((left.len(), &*left[0].type_name, left[0].version), (1, "Grid", version));
        assert!(left[0].bytes > 0);
    });
}

#[test]
fn names_are_counted_and_what_is_removed_makes_room() {
    everywhere(|place| {
        let store = StoreOptions::new().max_names(2).open(&place.address).unwrap();
        // A store at `memory:` has a name here, so the address leads to the same one.
        for round in 0..3 {
            store.named::<u64>(&format!("first/{round}")).unwrap().set(1).unwrap();
            let mut second = store.named::<u64>(&format!("second/{round}")).unwrap();
            second.set(2).unwrap();
            let mut third = store.named::<u64>("third").unwrap();
            let full = third.set(3).unwrap_err();
            assert_eq!(full.kind(), ErrorKind::TooManyNames, "{full}");
            assert_eq!(place.lender.stats().unwrap().objects, 2);
            second.update(|second| *second += 1).unwrap();
            drop(second.into_owned().unwrap());
            third.set(3).unwrap();
            assert!(third.remove().unwrap());
            assert!(store.named::<u64>(&format!("first/{round}")).unwrap().remove().unwrap());
        }
    });
}
