//! `shm://` and `file:`: one host, many processes, any of which may be killed.
//!
//! All that decides is in one file, the ledger, which every process maps; versions are files beside it. Five ideas
//! carry this backend:
//!
//! 1. Bits instead of counts, so that the share of a dead holder is known.
//! 2. A kernel lock as proof of life, and as the right to recover.
//! 3. Dekker's handshake between a borrower and a lender.
//! 4. A new file for every version, never written again.
//! 5. One compare-and-swap that is the commit.
//!
//! # A borrow and an end cannot overlap
//! A borrower sets its bit and then loads the state, both sequentially consistent. A lender changes the state, passes a
//! fence, and loads the bits. These are totally ordered: either the lender sees the bit, or the borrower sees the
//! changed state and backs out. The bytes of a version are written before its token is stored with release into
//! `current`, which the borrower's load acquires.
//!
//! # A doomed object is reclaimed
//! The last holder reclaims it. Each holder changes its own word first (a bit, the owner, the state of a writer) and
//! then looks at the words of the others; so the last one sees that it is the last.
//!
//! `sync::stepped` says why these orders hold. `loom` plays the handshakes in every order, and with each of their
//! fences left out.
//!
//! # Where to look
//!
//! * The words: `layout` (offsets), `words` (the only references into the mapping), `map` (checked), `state` and
//!   `record`, `clock`.
//! * The files: `names`, `folder`, `mark` (is a ledger ours, or a copy), `ledger_file`, `version`, `inventory`,
//!   `removal`.
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
