//! Objects without an owner: shares, writes, adoptions and evictions at the same time.

use super::*;
use crate::backend::Awaited;
use crate::backend::shm::clock::Deadline;
use std::time::Duration;

fn detached(world: &World) -> (Arc<Shm>, Arc<Shm>, ObjectId) {
    let (owner, other) = (world.session(0), world.session(1));
    let object = owner.put_old();
    owner.do_now(object, Command::Detach);
    (owner, other, object)
}

#[test]
fn a_reader_or_an_adopter() {
    every_order(|world| {
        let (adopter, reader, object) = detached(world);
        let shared = meanwhile(&reader, move |reader| reader.is_granted(object, Command::Share));
        let adopted = adopter.ask(object, Command::Adopt).is_ok();
        assert!(!(shared.join().unwrap() && adopted), "shared and adopted");
    });
}

/// A reader of an evicted object reads on, and reclaims the object when it leaves.
#[test]
fn a_reader_and_an_evictor() {
    every_order(|world| {
        let (evictor, reader, object) = detached(world);
        let reading = meanwhile(&reader, move |reader| {
            if reader.is_granted(object, Command::Share) {
                let record = reader.shared.record(object.index).unwrap();
                assert!(
                    reader.shared.versions().read(object.index, record.current()).is_ok(),
                    "it went under a reader"
                );
                reader.do_now(object, RETURN);
            }
        });
        evictor.do_now(object, Command::Evict);
        reading.join().unwrap();
        world.assert_clean(0);
    });
}

#[test]
fn two_evictors() {
    every_order(|world| {
        let (first, second, object) = detached(world);
        let other = meanwhile(&second, move |second| {
            let _gone_if_second = second.ask(object, Command::Evict);
        });
        let _gone_if_second = first.ask(object, Command::Evict);
        other.join().unwrap();
        world.assert_clean(0);
    });
}

/// The time of an object ends while a session extends it: the object goes, or its time is extended.
#[test]
fn an_extension_or_the_end_of_a_time() {
    every_order(|world| {
        let (extender, ender) = (world.session(0), world.session(1));
        let object = extender.put_old();
        extender.do_now(object, Command::DetachFor { time: Duration::ZERO });
        // Under loom no time passes. Here it has passed the first deadline, and no later one.
        let ended = meanwhile(&ender, move |ender| {
            let record = ender.shared.record(object.index).unwrap();
            ender.drop_if_over(record, |deadline| deadline == Deadline::after(Duration::ZERO))
        });
        let extended = extender.ask(object, Command::Extend { time: Duration::from_secs(1) }).is_ok();
        let has_gone = ended.join().unwrap();
        assert!(extended != has_gone, "of an extension and an end, one wins");
        world.assert_clean(usize::from(!has_gone));
    });
}

/// A reader and a writer never have the object at the same time.
#[test]
fn a_reader_or_a_writer() {
    every_order(|world| {
        let (writer, reader, object) = detached(world);
        let value = Value::new();
        value.write();
        let reads = value.clone();
        let reading = meanwhile(&reader, move |reader| {
            if reader.is_granted(object, Command::Share) {
                reads.read();
                reader.do_now(object, RETURN);
            }
        });
        if let Ok(Reply::Opened(token)) = writer.ask(object, Command::Reserve) {
            if writer.ask(object, Command::Grant).is_ok() {
                value.write();
                writer.do_now(object, Command::Commit { token });
            } else {
                writer.do_now(object, Command::Abort { token });
            }
        }
        reading.join().unwrap();
        world.assert_clean(1);
    });
}

#[test]
fn two_writers() {
    every_order(|world| {
        let (first, second, object) = detached(world);
        let value = Value::new();
        value.write();
        let write = |value: Value| {
            move |writer: &Shm| {
                if let Ok(Reply::Opened(token)) = writer.ask(object, Command::Reserve) {
                    writer.do_now(object, Command::Grant);
                    value.write();
                    writer.do_now(object, Command::Commit { token });
                }
            }
        };
        let other = meanwhile(&second, write(value.clone()));
        write(value)(&first);
        other.join().unwrap();
        world.assert_clean(1);
    });
}

#[test]
fn a_writer_and_an_evictor() {
    every_order(|world| {
        let (evictor, writer, object) = detached(world);
        let writing = meanwhile(&writer, move |writer| {
            if let Ok(Reply::Opened(token)) = writer.ask(object, Command::Reserve) {
                if writer.ask(object, Command::Grant).is_ok() {
                    let _committed_or_gone = writer.ask(object, Command::Commit { token });
                }
            }
        });
        evictor.do_now(object, Command::Evict);
        writing.join().unwrap();
        world.assert_clean(0);
    });
}

/// Exactly one of an evictor and an adopter succeeds.
#[test]
fn an_evictor_or_an_adopter() {
    every_order(|world| {
        let (evictor, adopter, object) = detached(world);
        let adopted = meanwhile(&adopter, move |adopter| {
            adopter
                .ask(object, Command::Adopt)
                .is_ok()
                .then(|| adopter.do_now(object, Command::OpenExclusive { right: RIGHT }))
        });
        let evicted = evictor.ask(object, Command::Evict).is_ok();
        let adopted = adopted.join().unwrap().is_some();
        assert!(evicted != adopted, "evicted: {evicted}, adopted: {adopted}");
        world.assert_clean(usize::from(adopted));
    });
}

/// A session evicts an object by an old key, while the owner detaches the object and adopts it again. If the owner has
/// adopted the object, it is not evicted.
#[test]
fn an_evictor_and_an_owner_that_comes_and_goes() {
    every_order(|world| {
        let (owner, evictor) = (world.session(0), world.session(1));
        let object = owner.put_old();
        let evicted = meanwhile(&evictor, move |evictor| evictor.ask(object, Command::Evict).is_ok());
        owner.do_now(object, Command::Detach);
        let adopted = owner.ask(object, Command::Adopt).is_ok();
        let evicted = evicted.join().unwrap();
        assert!(!(evicted && adopted), "evicted and owned");
        if adopted {
            let record = owner.record(object).unwrap();
            assert!(!record.state().doomed() && owner.shared.versions().read(object.index, record.current()).is_ok());
        }
    });
}

/// The lender of a lasting object is dead and is recovered, while its borrower ends. Afterwards the object is detached
/// and open, and a session that adopts it is its only owner.
#[test]
fn a_borrower_and_the_recovery_of_its_lender() {
    for ends_by_commit in [false, true] {
        every_order(move |world| {
            let (lender, writer, object) = detached(world);
            lender.do_now(object, Command::Adopt);
            lender.do_now(object, Command::OpenExclusive { right: RIGHT });
            let token = writer.take_up(object);
            let recovered = meanwhile(&lender, move |lender| {
                let record = lender.shared.record(object.index).unwrap();
                lender.shared.detach_lasting(record, record.owner());
            });
            let end = if ends_by_commit { Command::Commit { token } } else { Command::Abort { token } };
            writer.do_now(object, end);
            let early = writer.ask(object, Command::Adopt).is_ok();
            recovered.join().unwrap();
            let late = writer.ask(object, Command::Adopt).is_ok();
            assert!(early != late, "adopted before: {early}, and after: {late}");
            writer.do_now(object, Command::OpenShared);
        });
    }
}

/// A session that waits for a version of a published object sleeps only if its next version wakes it.
#[test]
fn a_watcher_or_a_commit() {
    every_order(|world| {
        let (writer, watcher) = (world.session(0), world.session(1));
        let object = writer.put_old();
        writer.do_now(object, Command::Publish);
        let watching = meanwhile(&watcher, move |watcher| {
            let seen = watcher.watch(object);
            let Reply::Version(known) = watcher.do_now(object, Command::Get) else { panic!("a version") };
            let record = watcher.shared.record(object.index).unwrap();
            watcher.announce_watch(object, record, known).then_some((seen, known))
        });
        let Reply::Opened(token) = writer.do_now(object, Command::Reserve) else { panic!("a token") };
        writer.do_now(object, Command::Grant);
        writer.do_now(object, Command::Commit { token });
        if let Some((seen, known)) = watching.join().unwrap() {
            assert!(known == token || writer.watch(object) != seen, "it sleeps through the commit");
        }
    });
}

/// A session that waits for the publication of an object finds the object or is woken. The owner word of the object
/// stands for its name, which is no word of the ledger.
#[test]
fn a_watcher_of_a_name_or_a_publication() {
    every_order(|world| {
        let (publisher, watcher) = (world.session(0), world.session(1));
        let object = publisher.put_old();
        let watching = meanwhile(&watcher, move |watcher| {
            let seen = watcher.shared.announce_name_wait();
            let is_found = watcher.ask(object, Command::Get).is_ok();
            (!is_found).then_some(seen)
        });
        publisher.do_now(object, Command::Publish);
        publisher.shared.wake_for_name();
        if let Some(seen) = watching.join().unwrap() {
            assert!(publisher.shared.announce_name_wait() != seen, "it sleeps through the publication");
        }
    });
}

/// A reactor that looks at a record and then sleeps is woken by a change after the look.
#[test]
fn a_reactor_that_falls_asleep_or_a_commit() {
    every_order(|world| {
        let (writer, waiter) = (world.session(0), world.session(1));
        let object = writer.put_old();
        writer.do_now(object, Command::Publish);
        let watch = waiter.watch(object);
        let Reply::Version(known) = waiter.do_now(object, Command::Get) else { panic!("a version") };
        assert!(waiter.arm(&Awaited::Version(object, known), watch));
        let sleeping = meanwhile(&waiter, move |waiter| {
            let seen = waiter.shared.announce_reactor();
            (waiter.watch(object) == watch).then_some(seen)
        });
        let Reply::Opened(token) = writer.do_now(object, Command::Reserve) else { panic!("a token") };
        writer.do_now(object, Command::Grant);
        writer.do_now(object, Command::Commit { token });
        if let Some(seen) = sleeping.join().unwrap() {
            assert!(writer.shared.announce_reactor() != seen, "it sleeps through the commit");
        }
    });
}

/// A session that waits until an owner detaches its object sleeps only if that wakes it.
#[test]
fn a_waiter_for_a_detachment_or_the_detachment() {
    every_order(|world| {
        let (owner, waiter) = (world.session(0), world.session(1));
        let object = owner.put_old();
        let waiting = meanwhile(&waiter, move |waiter| {
            let seen = waiter.watch(object);
            if waiter.ask(object, Command::Get).is_ok() {
                return None;
            }
            let record = waiter.shared.record(object.index).unwrap();
            waiter.announce_detach_wait(object, record).then_some(seen)
        });
        owner.do_now(object, Command::Detach);
        if let Some(seen) = waiting.join().unwrap() {
            assert!(owner.watch(object) != seen, "it sleeps through the detachment");
        }
    });
}
