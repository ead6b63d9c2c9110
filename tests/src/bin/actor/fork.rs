//! A forked child tries its copies of handles. A copy may change everything in the child's memory, and nothing in the
//! store.

use super::lent::Lending;
use super::{Actor, Reply, number, set};
use ref_core::{Error, Key, Refused, Store};
use ref_tests::Note;
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

impl Actor {
    /// Forks. The child sets the number in its copy of the owner's value to `n`, tries the calls of each handle, and
    /// drops every handle. Returns the outcome of each call.
    pub(super) fn fork(&mut self, name: &str, n: &str, address: &str) -> Reply {
        let store = self.store().clone();
        let key = store.put(Note::sized(1, 1)).map(|note| note.detach().expect("a key")).expect("a note");
        let said = in_child(|| {
            let said = self.as_child(name, number(n), address, &key);
            *self = Self::default(); // drops every handle
            said
        });
        assert_eq!(store.remove(&key).ok(), Some(true), "the child did not");
        Ok(said)
    }

    fn as_child(&mut self, name: &str, n: u64, address: &str, key: &Key<Note>) -> String {
        let store = self.store().clone();
        let mut owned = self.owned.remove(name).expect("an owner of that name");
        let mut said = vec![format!("{:?}", owned.borrow().map(|note| note.n).map_err(|e| e.kind()))];
        let mut tell = |what: &str, result: Result<(), Error>| {
            let kind = result.map_or_else(|e| format!("{:?}", e.kind()), |()| "ok".to_owned());
            said.push(format!("{what}:{kind}"));
        };
        tell("borrow_mut", owned.borrow_mut().map(|mut note| set(&mut note, n)));
        tell("changed", owned.borrow().map(|note| assert_eq!(note.n, n)));
        tell("flush", owned.flush());
        tell("unload", owned.unload());
        tell("lend", owned.lend().map(drop));
        tell("lend_mut", owned.lend_mut().map(drop));
        tell("duplicate", owned.duplicate().map(drop));
        tell("put", store.put(Note::sized(1, 1)).map(drop));
        tell("stats", store.stats().map(drop));
        tell("reap", store.reap().map(drop));
        tell("get", store.get(key).map(drop));
        tell("exists", store.exists(key).map(drop));
        tell("remove_key", store.remove(key).map(drop));
        tell("adopt", store.adopt(key.clone()).map(drop));
        tell("end_loan", owned.end_loan(Duration::ZERO).map(drop));
        tell("revoke_loan", owned.revoke_loan().map(drop));
        tell("open", Store::open(address).map(drop));
        for (name, lease) in self.shared.drain() {
            tell(&format!("read_{name}"), lease.borrow().map(drop));
            tell(&format!("release_{name}"), lease.release());
        }
        for (name, lease) in self.exclusive.drain() {
            let lease = refused(&mut tell, &format!("commit_{name}"), lease.commit_or_return());
            tell(&format!("release_{name}"), lease.release());
        }
        for (name, lending) in self.lent.drain() {
            let (end, revoke) = (format!("end_{name}"), format!("revoke_{name}"));
            match lending {
                Lending::Shared(lent) => {
                    let lent = refused(&mut tell, &end, lent.end_or_return());
                    drop(refused(&mut tell, &revoke, lent.revoke_or_return()));
                }
                Lending::Exclusive(lent) => {
                    tell(&format!("reissue_{name}"), lent.reissue().map(drop));
                    let lent = refused(&mut tell, &end, lent.end_or_return());
                    drop(refused(&mut tell, &revoke, lent.revoke_or_return()));
                }
            }
        }
        let owned = refused(&mut tell, "into_ticket", owned.into_ticket_or_return());
        let owned = refused(&mut tell, "detach", owned.detach_or_return());
        let owned = refused(&mut tell, "into_loan", owned.into_loan_or_return());
        let owned = refused(&mut tell, "into_loan_mut", owned.into_loan_mut_or_return());
        let (owned, _) = refused(&mut tell, "transition", owned.transition_or_return(|note| note.n));
        let owned = refused(&mut tell, "into_inner", owned.into_inner_or_return());
        tell("remove", owned.remove());
        said.join(" ")
    }
}

/// Reports the refusal of a call that consumes a handle, and returns the handle. Panics if the call was granted.
fn refused<H, R>(tell: &mut impl FnMut(&str, Result<(), Error>), what: &str, asked: Result<R, Refused<H>>) -> H {
    match asked {
        Ok(_) => panic!("{what} was granted"),
        Err(Refused { error, handle }) => {
            tell(what, Err(error));
            handle
        }
    }
}

// SAFETY: these are functions of the C library, with these types. With a `shm:` or `file:` store the actor has one
// thread, so nothing in the child's copy of the actor's memory is locked or half written. With a Redis store the actor
// has threads of the library too. What those write is behind locks: if one is held at the fork, the child waits for it
// in vain, and reads nothing half written. `_exit` runs nothing that was meant for the parent's end.
#[allow(unsafe_code, reason = "there is no other way to fork")]
unsafe extern "C" {
    safe fn fork() -> i32;
    safe fn _exit(code: i32) -> !;
}

/// Runs `act` in a forked child, which then ends. Returns the text that `act` returned there, or `panicked`.
fn in_child(act: impl FnOnce() -> String) -> String {
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    match fork() {
        -1 => panic!("cannot fork: {}", std::io::Error::last_os_error()),
        0 => {
            let said = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| "panicked".into());
            let _parent_may_be_dead = writer.write_all(said.as_bytes());
            _exit(0)
        }
        child => {
            drop(writer);
            let mut said = String::new();
            reader.read_to_string(&mut said).expect("the child's words");
            let child = rustix::process::Pid::from_raw(child);
            rustix::process::waitpid(child, rustix::process::WaitOptions::empty()).expect("the child's end");
            said
        }
    }
}
