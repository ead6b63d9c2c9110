//! Published objects: processes find them by their names, and are killed while they publish, change and remove them.

use ref_core::{ErrorKind, Named, Store};
use ref_tests::{Actor, Note, Scene, spawn_asleep};
use std::path::Path;
use std::time::Duration;

fn note(store: &Store) -> Named<Note> {
    store.named("notes/a").unwrap()
}

/// The number of the store's names, as its folder has them.
fn links(scene: &Scene) -> usize {
    std::fs::read_dir(scene.folder().join("names")).unwrap().count()
}

#[test]
fn a_published_object_outlives_every_process() {
    let scene = Scene::new();
    let mut maker = scene.actor();
    maker.ask("named set notes/a 3 100").ok();
    maker.ask("put b 4 100").ok();
    maker.ask("publish b notes/b").ok();
    maker.finish();
    assert!(scene.folder().exists(), "its last session has ended, and the store stays");

    let mut reader = scene.actor();
    assert_eq!(reader.ask("names").ok(), "notes/a notes/b");
    assert_eq!(reader.ask("named snapshot notes/a").ok(), "3");
    reader.kill();

    let mut heir = scene.actor();
    heir.ask("named add notes/a 2").ok();
    assert_eq!(heir.ask("named remove notes/b").ok(), "true");
    heir.ask("named into_owned notes/a").ok();
    assert_eq!(heir.ask("into_inner notes/a").ok(), "5");
    assert_eq!(heir.ask("names").ok(), "");
    heir.finish();
    assert!(!scene.folder().exists(), "nothing is published any more");
}

/// A name is there with its object, or leads to nothing and can be given to another object.
#[test]
fn a_process_killed_while_it_publishes_leaves_a_whole_object_or_a_free_name() {
    let points = [
        ("cell.whole", false),
        ("name.counted", false),
        ("name.linked", false),
        ("leave.open", false),
        ("leave.kind", true),
        ("name.published", true),
    ];
    for (point, stays) in points {
        let scene = Scene::new();
        let store = scene.store();
        let mut maker = scene.actor_with(&format!("kill:{point}"));
        maker.tell("named set notes/a 3 100");
        maker.wait_killed();
        let mut note = note(&store);
        match note.snapshot() {
            Ok(snapshot) if stays => assert_eq!(snapshot.n, 3),
            Err(error) if !stays => assert_eq!(error.kind(), ErrorKind::NotFound, "at {point}"),
            other => panic!("at {point}: {other:?}"),
        }
        note.set(Note::sized(4, 100)).unwrap();
        assert_eq!(scene.actor().ask("named snapshot notes/a").ok(), "4", "at {point}");
        assert_eq!((scene.versions(), links(&scene)), (1, 1), "at {point}");
        assert!(note.remove().unwrap());
        assert_eq!((scene.versions(), links(&scene)), (0, 0), "at {point}");
    }
}

#[test]
fn a_name_that_a_killed_process_left_behind_is_swept() {
    let scene = Scene::new();
    let store = scene.store();
    let mut maker = scene.actor_with("kill:name.linked");
    maker.tell("named set notes/a 3 100");
    maker.wait_killed();
    assert_eq!(links(&scene), 1);
    assert!(store.names("").unwrap().is_empty());
    store.reap().unwrap();
    assert_eq!((scene.versions(), links(&scene)), (0, 0));
}

/// A writer that is killed before its commit has changed nothing. If it is killed after the commit, the change stays.
#[test]
fn a_process_killed_while_it_changes_leaves_the_version_before_or_after() {
    let points = [
        ("reserve.pending", 3),
        ("grant.granted", 3),
        ("cell.written", 3),
        ("cell.whole", 3),
        ("commit.swapped", 4),
        ("commit.placed", 4),
        ("commit.current", 4),
        ("commit.freed", 4),
    ];
    for (point, left) in points {
        for order in ["named add notes/a 1", "named set notes/a 4 100"] {
            let scene = Scene::new();
            let store = scene.store();
            let mut note = note(&store);
            note.set(Note::sized(3, 100)).unwrap();
            let before = note.snapshot().unwrap();
            let mut writer = scene.actor_with(&format!("kill:{point}"));
            writer.tell(order);
            writer.wait_killed();
            assert!(note.snapshot().unwrap().is_whole() && before.n == 3);
            let seen = note.update(|note| std::mem::replace(note, Note::sized(5, 100)).n).unwrap();
            assert_eq!(seen, left, "at {point}: {order}");
            assert_eq!(note.snapshot().unwrap().n, 5);
            assert_eq!(scene.versions(), 1, "at {point}: {order}");
        }
    }
}

#[test]
fn a_process_killed_while_it_takes_or_removes_leaves_the_object_or_nothing() {
    let points = [
        ("reserve.pending", true),
        ("grant.granted", true),
        ("evict.looked", true),
        ("evict.doomed", false),
        ("reclaim.taken", false),
        ("name.unlinked", false),
    ];
    for (point, stays) in points {
        for order in ["named remove notes/a", "named into_owned notes/a"] {
            let scene = Scene::new();
            let store = scene.store();
            let mut note = note(&store);
            note.set(Note::sized(3, 100)).unwrap();
            let mut taker = scene.actor_with(&format!("kill:{point}"));
            taker.tell(order);
            taker.wait_killed();
            let found = note.snapshot().map(|snapshot| snapshot.n).map_err(|error| error.kind());
            assert_eq!(found, if stays { Ok(3) } else { Err(ErrorKind::NotFound) }, "at {point}: {order}");
            // The value of an object that was taken out is in a copy, which no death removes.
            store.reap().unwrap();
            let copies = store.detached::<Note>().unwrap();
            assert_eq!(copies.is_empty(), order.contains("remove") || stays && point != "evict.looked", "at {point}");
            for copy in copies {
                assert_eq!(store.adopt(copy).unwrap().into_inner().unwrap().n, 3, "at {point}: {order}");
            }
            note.set(Note::sized(4, 100)).unwrap();
            assert_eq!(note.snapshot().unwrap().n, 4, "at {point}: {order}");
            store.reap().unwrap();
            assert_eq!((scene.versions(), links(&scene)), (1, 1), "at {point}: {order}");
        }
    }
}

/// The value outlives the process that took it out of the names, and a change that was written does.
#[test]
fn no_death_removes_what_was_published_once() {
    let scene = Scene::new();
    let store = scene.store();
    note(&store).set(Note::sized(3, 100)).unwrap();
    let mut owner = scene.actor();
    owner.ask("named into_owned notes/a").ok();
    owner.ask("set notes/a 4").ok();
    owner.ask("flush notes/a").ok();
    owner.kill();
    store.reap().unwrap();
    let [key] = store.detached::<Note>().unwrap().try_into().unwrap();
    let note = store.adopt(key).unwrap().publish("notes/a").unwrap();
    assert_eq!(note.snapshot().unwrap().n, 4);
    assert_eq!((scene.versions(), links(&scene)), (1, 1));
}

#[test]
fn a_killed_borrower_is_not_waited_for() {
    for order in ["named read notes/a", "named write notes/a 9"] {
        let scene = Scene::new();
        let store = scene.store();
        let mut note = note(&store);
        note.set(Note::sized(3, 100)).unwrap();
        let mut holder = scene.actor();
        holder.ask(order).ok();
        let refused = note.try_borrow_mut().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert!(refused.to_string().contains(&format!("process {}", holder.pid())), "{refused}");
        holder.kill();
        assert_eq!(note.update(|note| note.n).unwrap(), 3, "{order}");
    }
}

/// A process that waits for the lock of the names gets it from a dead process.
#[test]
fn a_stopped_publisher_is_waited_for_until_it_dies() {
    let scene = Scene::new();
    let store = scene.store();
    let mut other = store.named::<Note>("notes/b").unwrap();
    other.set(Note::sized(1, 100)).unwrap();
    let mut maker = scene.actor_with("stop:name.linked");
    maker.tell("named set notes/a 3 100");
    maker.wait_stopped();
    assert_eq!(other.update(|other| other.n).unwrap(), 1, "names that exist are used meanwhile");
    std::thread::scope(|scope| {
        let set = spawn_asleep(scope, || note(&store).set(Note::sized(4, 100)));
        assert!(!set.is_finished(), "it did not wait");
        maker.kill();
        set.join().unwrap().unwrap();
    });
    assert_eq!(note(&store).snapshot().unwrap().n, 4);
}

#[test]
fn changes_of_many_processes_all_count() {
    let scene = Scene::new();
    let store = scene.store();
    note(&store).set(Note::sized(0, 100)).unwrap();
    let mut actors: Vec<Actor> = (0..4).map(|_| scene.actor()).collect();
    actors.iter_mut().for_each(|actor| actor.tell("named add notes/a 100"));
    std::thread::scope(|scope| {
        let all = scope.spawn(|| actors.iter_mut().for_each(|actor| drop(actor.answer().ok())));
        while !all.is_finished() {
            assert!(note(&store).snapshot().unwrap().is_whole());
        }
        all.join().unwrap();
    });
    assert_eq!(note(&store).snapshot().unwrap().n, 400);
    assert_eq!(scene.versions(), 1);
}

/// A process that is killed on its way into the queue of writers, in it or out of it, holds no writer up.
#[test]
fn a_killed_writer_leaves_the_queue() {
    let scene = Scene::new();
    let store = scene.store();
    let mut note = note(&store);
    note.set(Note::sized(3, 100)).unwrap();
    for point in ["queue.joining", "queue.counted", "queue.joined"] {
        let mut dies = scene.actor_with(&format!("kill:{point}"));
        let mut other = store.named::<Note>("notes/a").unwrap();
        let writer = note.borrow_mut().unwrap();
        dies.tell("named add notes/a 1");
        dies.wait_killed();
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || other.update(|note| note.n).unwrap());
            assert!(!waits.is_finished(), "it did not wait");
            drop(writer);
            assert_eq!(waits.join().unwrap(), 3, "at {point}");
        });
    }
    let (mut dies, mut recovers) = (scene.actor_with("kill:queue.joined"), scene.actor_with("kill:recover.queue"));
    let writer = note.borrow_mut().unwrap();
    dies.tell("named add notes/a 1");
    dies.wait_killed();
    recovers.tell("named add notes/a 1");
    drop(writer);
    recovers.wait_killed();
    assert_eq!(note.update(|note| note.n).unwrap(), 3, "the recoverer is killed as well");
    let mut dies = scene.actor_with("kill:queue.left");
    let writer = note.borrow_mut().unwrap();
    dies.tell("named add notes/a 1");
    while !store.objects().unwrap()[0].is_waited_for {
        std::thread::yield_now();
    }
    drop(writer);
    dies.wait_killed();
    assert_eq!(note.update(|note| note.n).unwrap(), 3, "it had reserved the object, and is recovered");
}

/// A writer whose process is stopped while it is the first of the queue is skipped, and has its turn when it goes on.
#[test]
fn a_stopped_writer_is_skipped_and_has_its_turn_later() {
    let scene = Scene::new();
    let store = scene.store();
    let mut note = note(&store);
    note.set(Note::sized(3, 100)).unwrap();
    let mut other = store.named::<Note>("notes/a").unwrap();
    let mut stops = scene.actor_with("stop:queue.joined");
    let writer = note.borrow_mut().unwrap();
    stops.tell("named add notes/a 1");
    stops.wait_stopped();
    std::thread::scope(|scope| {
        let waits = spawn_asleep(scope, || other.update(|note| note.n).unwrap());
        assert!(!waits.is_finished(), "it did not wait");
        drop(writer);
        assert_eq!(waits.join().unwrap(), 3);
    });
    // Its place does not count, so a writer that finds the object free need not wait.
    assert_eq!(note.update(|note| note.n).unwrap(), 3);
    // It is skipped also if the holder is killed, for which only a first call looks often.
    let mut holder = scene.actor();
    holder.ask("named write notes/a 9").ok();
    std::thread::scope(|scope| {
        let waits = spawn_asleep(scope, || other.update(|note| note.n).unwrap());
        assert!(!waits.is_finished(), "it did not wait");
        holder.kill();
        assert_eq!(waits.join().unwrap(), 3);
    });
    stops.signal(rustix::process::Signal::CONT);
    stops.answer().ok();
    assert_eq!(note.snapshot().unwrap().n, 4);
}

/// A user's file in the place of the file with the number of names is neither read nor written.
#[test]
fn a_file_in_the_place_of_the_count_of_names_stays_as_it_is() {
    let scene = Scene::new();
    let store = scene.store();
    let mine: &Path = &scene.folder().join("names.count");
    std::fs::write(mine, "notes of the user").unwrap();
    let refused = note(&store).set(Note::sized(1, 100)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt);
    assert!(refused.to_string().contains("names.count"), "{refused}");
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "notes of the user");
    assert_eq!(store.stats().unwrap().objects, 0);
}

/// Each change of another process wakes a watcher: a first version, a next one, the removal, and another object.
#[test]
fn a_watcher_is_told_of_the_changes_of_other_processes() {
    let scene = Scene::new();
    let note = note_of(&scene);
    let (mut writer, mut far) = (scene.actor(), scene.actor());
    far.ask("named watch notes/a").ok();
    let mut watcher = note.watch().unwrap();
    for (order, left) in [
        ("named set notes/a 3 100", Some(3)),
        ("named add notes/a 1", Some(4)),
        ("named remove notes/a", None),
        ("named set notes/a 3 100", Some(3)),
    ] {
        far.tell("named changed notes/a");
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || watcher.changed());
            assert!(!waits.is_finished(), "before `{order}`: it did not wait");
            writer.ask(order).ok();
            waits.join().unwrap().unwrap();
        });
        assert_eq!(watcher.snapshot().ok().map(|snapshot| snapshot.n), left, "after `{order}`");
        let told = far.answer();
        match left {
            Some(n) => assert_eq!(told.ok(), n.to_string(), "after `{order}`"),
            None => assert_eq!(told.kind(), "NotFound"),
        }
    }
    // The second object has the same number of versions as the first one had, and is another one.
    far.tell("named changed notes/a");
    assert!(!watcher.changed_timeout(Duration::ZERO).unwrap());
    writer.ask("named add notes/a 2").ok();
    assert!(watcher.changed_timeout(Duration::ZERO).unwrap());
    assert!(!watcher.changed_timeout(Duration::ZERO).unwrap(), "two changes at once are one");
    far.answer().ok();
}

/// A change that a dead process has made is told, also if that process could wake no session any more.
#[test]
fn a_watcher_is_told_of_the_last_change_of_a_killed_process() {
    for (point, order, left) in [
        ("commit.swapped", "named add notes/a 1", Some(4)),
        ("commit.current", "named add notes/a 1", Some(4)),
        ("evict.doomed", "named remove notes/a", None),
        ("name.published", "named set notes/b 4 100", Some(4)),
    ] {
        let scene = Scene::new();
        let mut note = note_of(&scene);
        note.set(Note::sized(3, 100)).unwrap();
        let watched = scene.store().named::<Note>(order.split(' ').nth(2).unwrap()).unwrap();
        let mut watcher = watched.watch().unwrap();
        let mut writer = scene.actor_with(&format!("kill:{point}"));
        std::thread::scope(|scope| {
            let waits = spawn_asleep(scope, || watcher.changed());
            assert!(!waits.is_finished(), "at {point}: it did not wait");
            writer.tell(order);
            writer.wait_killed();
            waits.join().unwrap().unwrap();
        });
        assert_eq!(watched.snapshot().ok().map(|snapshot| snapshot.n), left, "at {point}");
    }
}

fn note_of(scene: &Scene) -> Named<Note> {
    note(&scene.store())
}

/// One damaged object keeps no other from being listed.
#[test]
fn what_is_wrong_with_a_published_object_is_in_its_entry() {
    let scene = Scene::new();
    let store = scene.store();
    note(&store).set(Note::sized(1, 100_000)).unwrap();
    remove_files(&scene.folder().join("obj"));
    store.named::<Note>("notes/b").unwrap().set(Note::sized(2, 100)).unwrap();
    let listed = store.names("").unwrap();
    let told = |nth: usize| (&*listed[nth].name, &*listed[nth].type_name, listed[nth].problem.is_some());
    assert_eq!([told(0), told(1)], [("notes/a", "", true), ("notes/b", "Note", false)], "{listed:?}");
    let kept = store.put(Note::sized(3, 100_000)).unwrap().detach().unwrap();
    remove_files(&scene.folder().join("obj"));
    assert!(store.detached::<Note>().unwrap().is_empty(), "its type cannot be told");
    assert!(store.remove(&kept).unwrap());
}

fn remove_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { remove_files(&path) } else { std::fs::remove_file(path).unwrap() }
    }
}
