//! What a forked child may do with its copies of handles: everything in its memory, nothing in the store.

use super::{Actor, Reply, number, set};
use ref_core::{Error, Store};
use ref_tests::Note;
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

impl Actor {
    /// Forks; the child changes its copy of the owner to `n`, tries everything, and drops every handle.
    pub(super) fn fork(&mut self, name: &str, n: &str, address: &str) -> Reply {
        Ok(in_child(|| {
            let said = self.as_child(name, number(n), address);
            *self = Self::default(); // drops every handle
            said
        }))
    }

    fn as_child(&mut self, name: &str, n: u64, address: &str) -> String {
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
        tell("try_clone", owned.try_clone().map(drop));
        tell("put", store.put(Note::sized(1, 1)).map(drop).map_err(Error::from));
        tell("stats", store.stats().map(drop));
        tell("reap", store.reap().map(drop));
        tell("open", Store::open(address).map(drop));
        for (name, lease) in self.shared.drain() {
            tell(&format!("read_{name}"), lease.borrow().map(drop));
            tell(&format!("release_{name}"), lease.release().map_err(Error::from));
        }
        let owned = match owned.into_ticket() {
            Ok(_) => return "it was sent".into(),
            Err(refused) => {
                tell("into_ticket", Err(refused.error));
                refused.handle
            }
        };
        let owned = match owned.detach() {
            Ok(_) => return "it was detached".into(),
            Err(refused) => {
                tell("detach", Err(refused.error));
                refused.handle
            }
        };
        tell("release", owned.release().map_err(Error::from));
        said.join(" ")
    }
}

// SAFETY: the C library's own, with these types. The actor has one thread, so nothing in the child's copy of its memory
// is locked or half written; and `_exit` runs nothing that was meant for the parent's end.
#[allow(unsafe_code, reason = "there is no other way to fork")]
unsafe extern "C" {
    safe fn fork() -> i32;
    safe fn _exit(code: i32) -> !;
}

/// What `act` says in a forked child, which then ends.
fn in_child(act: impl FnOnce() -> String) -> String {
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    match fork() {
        -1 => panic!("cannot fork: {}", std::io::Error::last_os_error()),
        0 => {
            let said = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| "panicked".into());
            let _nobody_listens = writer.write_all(said.as_bytes());
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
