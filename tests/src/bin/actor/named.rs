//! Orders about published objects.

use super::{Actor, Reply, done, error, number, say, whole};
use ref_core::{Error, Named, NamedMut, NamedRef};
use ref_tests::Note;
use std::time::Duration;

/// A borrow of a published object that the process keeps.
pub(super) enum Kept {
    Reader(NamedRef<'static, Note>),
    Writer(NamedMut<'static, Note>),
}

impl Actor {
    /// Obeys an order that names a published object by its name.
    pub(super) fn by_name(&mut self, order: &str, name: &str, rest: &[&str]) -> Reply {
        let mut named = self.store().named::<Note>(name).map_err(|e| error(&e))?;
        match (order, rest) {
            ("set", [n, size]) => done(named.set(Note::sized(number(n), number(size) as usize))),
            ("snapshot", []) => whole(named.snapshot().as_deref()),
            ("try", [n]) => done(named.try_borrow_mut().and_then(|writer| change(writer, number(n)))),
            ("within", [millis, n]) => {
                let borrowed = named.borrow_mut_timeout(Duration::from_millis(number(millis)));
                done(borrowed.and_then(|writer| change(writer, number(n))))
            }
            ("add", [times]) => done(
                (0..number(times))
                    .try_for_each(|_| named.update(|note| *note = Note::sized(note.n + 1, note.body.len()))),
            ),
            ("remove", []) => say(named.remove()),
            // The watcher lives as long as the process.
            ("watch", []) => done(named.watch().map(|watcher| drop(self.watchers.insert(name.into(), watcher)))),
            ("changed", []) => {
                let watcher = self.watchers.get_mut(name).expect("a watcher of that name");
                watcher.changed().map_err(|e| error(&e))?;
                whole(watcher.snapshot().as_deref())
            }
            ("into_owned", []) => done(named.into_owned().map(|owned| self.keep(name, owned))),
            // The borrow lives as long as the process, or until the order `give_back`.
            ("read", []) => done(forget(named).borrow().map(|reader| self.borrowed.push(Kept::Reader(reader)))),
            ("write", [n]) => done(forget(named).borrow_mut().map(|mut writer| {
                *writer = Note::sized(number(n), writer.body.len());
                self.borrowed.push(Kept::Writer(writer));
            })),
            other => panic!("no such order by name: {other:?}"),
        }
    }

    /// Gives the last borrow back that the process keeps; a writer commits.
    pub(super) fn give_back(&mut self) -> Reply {
        match self.borrowed.pop().expect("a borrow") {
            Kept::Reader(reader) => done(reader.release()),
            Kept::Writer(writer) => done(writer.commit()),
        }
    }

    pub(super) fn publish(&mut self, owner: &str, name: &str) -> Reply {
        done(self.owned.remove(owner).expect("an owner of that name").publish(name))
    }

    pub(super) fn names(&self, prefix: &str) -> Reply {
        let list = |entries: Vec<ref_core::NamedEntry>| {
            entries.into_iter().map(|entry| entry.name).collect::<Vec<_>>().join(" ")
        };
        say(self.store().names(prefix).map(list))
    }
}

fn forget(named: Named<Note>) -> &'static mut Named<Note> {
    Box::leak(Box::new(named))
}

fn change(mut writer: NamedMut<'_, Note>, n: u64) -> Result<(), Error> {
    *writer = Note::sized(n, writer.body.len());
    writer.commit().map(drop)
}
