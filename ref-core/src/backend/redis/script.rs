//! The texts of the scripts that are sent to the server, put together from the files in `scripts/`.

use crate::sync::OnceLock;

/// A script. A server that has begun a script runs no other command until the script ends.
pub(super) struct Script {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    hash: OnceLock<String>,
}

impl Script {
    /// Returns the hash of the text. It is the script's name in the server.
    pub(super) fn hash(&self) -> &str {
        self.hash.get_or_init(|| redis::Script::new(self.text).get_hash().to_owned())
    }
}

impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A server that is out of memory begins a script only if the script has the flag `allow-oom`. The scripts with this
/// flag end a loan or a borrow, remove an object, look at an object, undo another request, or renew, end or recover a
/// session.
macro_rules! scripts {
    ($($kind:ident $name:ident $flags:literal,)*) => {
        $(pub(super) static $name: Script = Script {
            name: stringify!($name),
            text: scripts!($kind $name $flags),
            hash: OnceLock::new(),
        };)*
        /// All scripts.
        #[cfg(test)]
        pub(super) const ALL: &[&Script] = &[$(&$name),*];
    };
    (soon $name:ident $flags:literal) => {
        concat!(
            "#!lua", $flags, "\n",
            include_str!("scripts/session.lua"), scripts!(first $name),
            include_str!("scripts/ledger.lua"), scripts!(file $name), include_str!("scripts/finish.lua"))
    };
    (first REDEEM_SHARED) => { include_str!("scripts/redeem_shared_soon.lua") };
    (first GIVE_BACK) => { include_str!("scripts/give_back_soon.lua") };
    (ledger $name:ident $flags:literal) => {
        concat!("#!lua", $flags, "\n", include_str!("scripts/session.lua"),
            include_str!("scripts/ledger.lua"), scripts!(file $name), include_str!("scripts/finish.lua"))
    };
    (alone $name:ident $flags:literal) => {
        concat!("#!lua", $flags, "\n", scripts!(file $name))
    };
    (file PUT) => { include_str!("scripts/put.lua") };
    (file OPEN_SHARED) => { include_str!("scripts/open_shared.lua") };
    (file OPEN_EXCLUSIVE) => { include_str!("scripts/open_exclusive.lua") };
    (file REISSUE) => { include_str!("scripts/reissue.lua") };
    (file END) => { include_str!("scripts/end.lua") };
    (file REVOKE) => { include_str!("scripts/revoke.lua") };
    (file REDEEM_SHARED) => { include_str!("scripts/redeem_shared.lua") };
    (file REDEEM_EXCLUSIVE) => { include_str!("scripts/redeem_exclusive.lua") };
    (file GIVE_BACK) => { include_str!("scripts/give_back.lua") };
    (file ABORT) => { include_str!("scripts/abort.lua") };
    (file COMMIT) => { include_str!("scripts/commit.lua") };
    (file OWNER_COMMIT) => { include_str!("scripts/owner_commit.lua") };
    (file DROP_OWNER) => { include_str!("scripts/drop_owner.lua") };
    (file SEND) => { include_str!("scripts/send.lua") };
    (file CLAIM) => { include_str!("scripts/claim.lua") };
    (file TRANSIT_EXPIRED) => { include_str!("scripts/transit_expired.lua") };
    (file LEAVE) => { include_str!("scripts/leave.lua") };
    (file ADOPT) => { include_str!("scripts/adopt.lua") };
    (file GET) => { include_str!("scripts/get.lua") };
    (file EVICT) => { include_str!("scripts/evict.lua") };
    (file SHARE) => { include_str!("scripts/share.lua") };
    (file RESERVE) => { include_str!("scripts/reserve.lua") };
    (file GRANT) => { include_str!("scripts/grant.lua") };
    (file LOOK) => { include_str!("scripts/look.lua") };
    (file BEGIN) => { include_str!("scripts/begin.lua") };
    (file RENEW) => { include_str!("scripts/renew.lua") };
    (file CLOSE) => { include_str!("scripts/close.lua") };
    (file EXPIRE) => { include_str!("scripts/expire.lua") };
    (file FORGET) => { include_str!("scripts/forget.lua") };
    (file STAGE) => { include_str!("scripts/stage.lua") };
}

scripts! {
    ledger PUT "",
    ledger OPEN_SHARED "",
    ledger OPEN_EXCLUSIVE "",
    ledger REISSUE "",
    ledger END " flags=allow-oom",
    ledger REVOKE " flags=allow-oom",
    soon REDEEM_SHARED "",
    ledger REDEEM_EXCLUSIVE "",
    soon GIVE_BACK " flags=allow-oom",
    ledger ABORT " flags=allow-oom",
    ledger COMMIT "",
    ledger OWNER_COMMIT "",
    ledger DROP_OWNER " flags=allow-oom",
    ledger SEND "",
    ledger CLAIM " flags=allow-oom",
    ledger TRANSIT_EXPIRED " flags=allow-oom",
    ledger LEAVE " flags=allow-oom",
    ledger ADOPT "",
    ledger GET "",
    ledger EVICT " flags=allow-oom",
    ledger SHARE "",
    ledger RESERVE "",
    ledger GRANT "",
    ledger LOOK " flags=allow-oom",
    alone BEGIN "",
    alone RENEW " flags=allow-oom",
    alone CLOSE " flags=allow-oom",
    alone EXPIRE " flags=allow-oom",
    alone FORGET " flags=allow-oom",
    alone STAGE "",
}
