//! Orders about objects without an owner, and about copies and transitions.

use super::{Actor, Reply, done, error, number, say, whole};
use ref_core::{Key, Owned, Ownership, Shared, Ticket};
use ref_tests::{Note, Sealed};
use std::time::Duration;

impl Actor {
    /// Obeys an order that names an object by its key.
    pub(super) fn by_key(&mut self, order: &str, key: &str, name: Option<&str>) -> Reply {
        let key = key.parse::<Key<Note>>().map_err(|e| error(&e))?;
        match (order, name) {
            ("get", None) => whole(self.store().get(&key).as_ref()),
            ("wait", None) => whole(self.store().wait(&key, Duration::MAX).as_ref()),
            ("extend", None) => done(self.store().extend(&key, Duration::MAX)),
            ("exists", None) => say(self.store().exists(&key)),
            ("remove_key", None) => say(self.store().remove(&key)),
            ("adopt", Some(name)) => {
                let adopted = self.store().adopt(key);
                done(adopted.map(|owned| self.keep(name, owned)))
            }
            other => panic!("no such order by key: {other:?}"),
        }
    }

    /// Obeys an order about a promise, which the process keeps under `name`.
    pub(super) fn promised(&mut self, order: &str, name: &str, rest: &[&str]) -> Reply {
        let mut promise = || self.promises.remove(name).expect("a promise of that name");
        match (order, rest) {
            ("make", []) => {
                let (promise, key) = self.store().promise().map_err(|e| error(&e))?;
                self.promises.insert(name.to_owned(), promise);
                Ok(key.to_text())
            }
            ("take", [text]) => {
                let taken = self.store().claim_promise(text);
                done(taken.map(|promise| self.promises.insert(name.to_owned(), promise)))
            }
            ("into_text", []) => say(promise().into_text()),
            ("fulfil", [n, size]) => done(promise().fulfil(Note::sized(number(n), number(size) as usize))),
            other => panic!("no such order about a promise: {other:?}"),
        }
    }

    pub(super) fn stats(&self) -> Reply {
        let counted = |stats: ref_core::Stats| format!("{} objects, {} detached", stats.objects, stats.detached);
        say(self.store().stats().map(counted))
    }

    /// Turns an owned note into a sealed one, by a transition.
    pub(super) fn seal(&mut self, name: &str, by: &str) -> Reply {
        let owned = self.owned.remove(name).expect("an owner of that name");
        match owned.transition_or_return(|note| Sealed { note, by: number(by) }) {
            Ok(sealed) => {
                self.sealed.insert(name.to_owned(), sealed);
                Ok(String::new())
            }
            Err(refused) => {
                let (owned, made) = refused.handle;
                assert_eq!(made.map(|sealed| sealed.by), Some(number(by)));
                self.keep(name, owned);
                Err(error(&refused.error))
            }
        }
    }

    /// Obeys an order to the owner of a sealed note.
    pub(super) fn own_sealed(&mut self, order: &str, name: &str) -> Reply {
        match order {
            "borrow" => {
                let sealed = self.sealed[name].borrow().map_err(|e| error(&e))?;
                whole(Ok(&sealed.note)).map(|n| format!("{n} sealed by {}", sealed.by))
            }
            "into_ticket" => {
                let sealed: Owned<Sealed> = self.sealed.remove(name).expect("an owner of that name");
                say(sealed.into_ticket().map(|ticket| ticket.to_text()))
            }
            other => panic!("no such order to the owner of a sealed note: {other}"),
        }
    }

    pub(super) fn claim_sealed(&mut self, name: &str, ticket: &str) -> Reply {
        let claimed = ticket.parse::<Ticket<Sealed, Ownership>>().and_then(|t| self.store().claim(t));
        done(claimed.map(|owned| self.sealed.insert(name.to_owned(), owned)))
    }

    /// Redeems a ticket for a note as if it were a ticket for a sealed note.
    pub(super) fn redeem_sealed(&self, ticket: &str) -> Reply {
        done(ticket.parse::<Ticket<Sealed, Shared>>().and_then(|t| self.store().redeem(t)))
    }
}
