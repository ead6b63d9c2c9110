//! The function library that is sent to the server, put together from the files in `scripts/`.
//!
//! A library is loaded once, and its functions share the rules of the ledger. A script is a function of the library.
//! The library's name has a hash of its text in it, and so have the functions' names: programs with other texts can use
//! the same server.

use crate::sync::OnceLock;

/// A function of the library. A server that has begun a function runs no other command until the function ends.
pub(super) struct Script {
    pub(super) name: &'static str,
    called: OnceLock<String>,
}

impl Script {
    /// Returns the function's name in the server.
    pub(super) fn called(&self) -> &str {
        self.called.get_or_init(|| format!("{}{}", library().name, self.name.to_ascii_lowercase()))
    }
}

impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The library as the server gets it.
pub(super) struct Library {
    /// Its name, with which the names of its functions begin.
    pub(super) name: String,
    pub(super) text: String,
}

/// The text of the function `RENEW` as a script of its own, for a server that cannot load the library.
pub(super) const RENEWAL: &str = concat!("#!lua flags=allow-oom\n", include_str!("scripts/renew.lua"));

/// Returns the library.
pub(super) fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let hash = redis::Script::new(TEXT).get_hash()[..12].to_owned();
        let name = format!("ref_{hash}_");
        let text = format!("#!lua name={name}\nlocal LIBRARY = '{name}'\n{TEXT}");
        Library { name, text }
    })
}

/// A server that is out of memory begins a function only if the function has the flag `allow-oom`. The functions with
/// this flag end a loan or a borrow, remove an object, look at an object or wait for it, confirm a commit, undo another
/// request, or renew, end or recover a session.
macro_rules! scripts {
    ($($kind:ident $name:ident $flags:literal $file:literal,)*) => {
        $(pub(super) static $name: Script = Script { name: stringify!($name), called: OnceLock::new() };)*

        /// The text of the library: what all functions share, and then each function.
        const TEXT: &str = concat!(
            include_str!("scripts/session.lua"),
            include_str!("scripts/object.lua"),
            include_str!("scripts/readers.lua"),
            include_str!("scripts/ledger.lua"),
            include_str!("scripts/queue.lua"),
            include_str!("scripts/soon.lua"),
            include_str!("scripts/finish.lua"),
            include_str!("scripts/pool.lua"),
            $(scripts!($kind $file $flags),)*
        );

        /// All functions.
        #[cfg(test)]
        pub(super) const ALL: &[&Script] = &[$(&$name),*];
    };
    (ledger $file:literal $flags:literal) => {
        concat!("ledger('", $file, "', { ", $flags, " }, function()\n", scripts!(file $file), "end)\n")
    };
    (soon $file:literal $flags:literal) => {
        concat!(
            "ledger('", $file, "', { ", $flags, " }, function()\n", scripts!(file $file), "end, function()\n",
            include_str!(concat!("scripts/", $file, "_soon.lua")), "end)\n",
        )
    };
    (alone $file:literal $flags:literal) => {
        concat!("alone('", $file, "', { ", $flags, " }, function(KEYS, ARGV)\n", scripts!(file $file), "end)\n")
    };
    (file $file:literal) => { include_str!(concat!("scripts/", $file, ".lua")) };
}

scripts! {
    soon PUT "" "put",
    soon OPEN_SHARED "" "open_shared",
    soon OPEN_EXCLUSIVE "" "open_exclusive",
    ledger REISSUE "" "reissue",
    soon END "'allow-oom'" "end",
    ledger REVOKE "'allow-oom'" "revoke",
    soon REDEEM_SHARED "" "redeem_shared",
    soon REDEEM_EXCLUSIVE "" "redeem_exclusive",
    soon GIVE_BACK "'allow-oom'" "give_back",
    ledger ABORT "'allow-oom'" "abort",
    soon COMMIT "" "commit",
    ledger CHECKPOINT "" "checkpoint",
    soon OWNER_COMMIT "" "owner_commit",
    soon DROP_OWNER "'allow-oom'" "drop_owner",
    ledger SEND "" "send",
    ledger CLAIM "'allow-oom'" "claim",
    ledger TRANSIT_EXPIRED "'allow-oom'" "transit_expired",
    ledger LEAVE "'allow-oom'" "leave",
    ledger EXTEND "'allow-oom'" "extend",
    ledger TIME_EXPIRED "'allow-oom'" "time_expired",
    ledger KEEP "'allow-oom'" "keep",
    ledger ADOPT "" "adopt",
    ledger GET "'allow-oom'" "get",
    ledger PUBLISH "" "publish",
    ledger EVICT "'allow-oom'" "evict",
    ledger SHARE "" "share",
    ledger RESERVE "" "reserve",
    ledger LEAVE_QUEUE "'allow-oom'" "leave_queue",
    ledger GRANT "" "grant",
    ledger CONFIRM "'allow-oom'" "confirm",
    ledger LOOK "'allow-oom'" "look",
    alone BEGIN "" "begin",
    alone RENEW "'allow-oom'" "renew",
    alone CLOSE "'allow-oom'" "close",
    alone EXPIRE "'allow-oom'" "expire",
    alone FORGET "'allow-oom'" "forget",
    alone RESTORE "'allow-oom'" "restore",
    alone SWEEP "'allow-oom'" "sweep",
    alone DESCRIBE "" "describe",
    alone FORGET_NAME "'allow-oom'" "forget_name",
    alone WATCH "'allow-oom'" "watch",
    alone POOL_JOIN "" "pool_join",
    alone POOL_BEAT "'allow-oom'" "pool_beat",
    alone POOL_LOOK "'allow-oom'" "pool_look",
    alone POOL_LEAVE "'allow-oom'" "pool_leave",
    alone POOL_SUBMIT "" "pool_submit",
    alone POOL_WITHDRAW "'allow-oom'" "pool_withdraw",
    alone POOL_ANSWER "'allow-oom'" "pool_answer",
    alone POOL_STOP "'allow-oom'" "pool_stop",
    alone POOL_STATS "'allow-oom'" "pool_stats",
}
