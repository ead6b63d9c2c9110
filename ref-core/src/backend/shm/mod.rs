//! `shm://` and `file:`: one host, many processes, any of which may be killed.
//!
//! The ledger is one file that every process maps: it says which session owns, lends and holds which object. Each
//! version is a file beside it. Five ideas carry this backend:
//!
//! 1. Bits instead of counts, so that a recoverer knows what a dead session held.
//! 2. A kernel lock for each session, as proof of life and as the right to recover.
//! 3. Dekker's handshake between a borrower and a lender.
//! 4. A new file for every version, never written again.
//! 5. A commit is one compare-and-swap.
//!
//! # A borrow and an end cannot overlap
//! A borrower sets its bit and then loads the state, both sequentially consistent. A lender changes the state, passes a
//! fence, and loads the bits. These operations are totally ordered: either the lender sees the bit, or the borrower
//! sees the changed state and backs out. The bytes of a version are written before its token is stored with release
//! into `current`, which the borrower's load acquires.
//!
//! # A doomed object is reclaimed
//! The last holder reclaims the object. Each holder changes its own word first (reader bits, owner word or state word)
//! and then looks at the words of the others. So the last holder sees that it is the last.
//!
//! `sync::stepped` says why these orders hold. The tests in `loom` run the handshakes in every order that the memory
//! model allows, and with each fence left out.
//!
//! # Where to look
//!
//! * The words: `layout` (offsets), `words` (the only references into the mapping), `map` (checks each offset), `state`
//!   and `record`, `clock`.
//! * The files: `names`, `folder`, `mark` (whether a ledger is this crate's, or a copy), `ledger_file`, `version`,
//!   `inventory`, `removal`.
//! * A session: `open`, `slot`, `shared` and `session` (the structs), `counts`, `notes`, `fork`, `exit`, `close`.
//! * Commands: `contract` (the trait), `dispatch`, then `own`, `lend`, `borrow`, `commit`, `unowned`. What they share:
//!   `allocate`, `reclaim`, `readers`, `wait`, `conflict`, `denied`.
//! * The dead: `detect`, `recover`. What the system refused: `unfinished`, `retry`. Errors in words: `errors`.

mod allocate;
mod borrow;
mod clock;
mod close;
mod commit;
mod conflict;
mod contract;
mod counts;
mod denied;
mod detect;
mod dispatch;
mod errors;
mod exit;
mod folder;
mod fork;
mod inventory;
mod layout;
mod ledger_file;
mod lend;
#[cfg(all(test, loom))]
mod loom;
mod map;
mod mark;
mod names;
mod notes;
mod open;
mod own;
mod readers;
mod reclaim;
mod record;
mod recover;
mod removal;
mod retry;
mod session;
mod shared;
mod slot;
mod state;
mod stats;
#[cfg(all(test, not(loom)))]
mod tests;
mod unfinished;
mod unowned;
#[cfg_attr(loom, path = "loom/version.rs")]
mod version;
mod wait;
#[cfg_attr(loom, path = "loom/words.rs")]
mod words;

pub(super) use folder::base;
pub(super) use open::{Location, open};
