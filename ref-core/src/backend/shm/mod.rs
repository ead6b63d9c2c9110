//! The backend of `shm://` and `file:`: one host, many processes, any of which may be killed.
//!
//! The ledger is one file that every process of the store maps. The ledger says which session owns, lends and holds
//! which object. Each version has a file of its own. The backend uses five ideas:
//!
//! 1. Bits instead of counts: the bits tell a recoverer what a dead session held.
//! 2. A kernel lock for each session, as proof of life and as the right to recover.
//! 3. Dekker's handshake between a borrower and a lender.
//! 4. A file for every version, never written while anything has it open, or new cells for a small version.
//! 5. A commit is one compare-and-swap.
//!
//! # A borrow and an end cannot overlap
//! A borrower sets its bit and then loads the state. Both operations are sequentially consistent. A lender changes the
//! state, passes a sequentially consistent fence, and loads the bits. The borrower's operations and the lender's fence
//! have one total order. So either the lender sees the bit, or the borrower sees the changed state and backs out. The
//! bytes of a version are written before the version's epoch is stored into `current`. That store releases, and the
//! borrower's load of `current` acquires.
//!
//! # A doomed object is reclaimed
//! The last holder, or its recoverer, reclaims the object. A holder that leaves changes its own word first (reader
//! bits, owner word or state word), and then looks at the words of the others. So the last holder sees that it is the
//! last.
//!
//! `sync::stepped` proves that these operations are ordered as said here. The tests in `loom` run the handshakes in
//! every order that loom explores, up to a number of preemptions. Loom leaves out load buffering. Other runs of these
//! tests leave out one fence each, and must fail.
//!
//! # Where to look
//!
//! * The words: `layout` (offsets), `words` (the only references into the mapping), `map` (checks each offset), `state`
//!   and `record`, `clock`, `cell` (one cell) and `place` (the cells of a record).
//! * The files: `names`, `folder`, `mark` (whether a ledger is this crate's, or a copy), `ledger_file`, `version`,
//!   `content`, `retired` (files that are written again), `sole` (whether nothing else has a file open), `unnamed`
//!   (a version from another process), `types` (the descriptions of types), `index` (the names of published objects), `inventory`, `removal`,
//!   `stats` (counts what is in a store), `inspect` (looks at each object and session).
//! * Versions of few bytes: `cells` (all cells of a store), `packed` (their words), `locate` (in cells, or in a file).
//! * A session: `open`, `slot`, `shared` and `session` (the structs), `counts`, `notes`, `fork`, `exit`, `close`.
//! * Commands: `contract` (the trait), `dispatch`, then `own`, `lend`, `borrow`, `commit`, `unowned`. Used by several
//!   commands: `allocate`, `reclaim`, `readers`, `wait`, `queue`, `conflict`, `denied`.
//! * The dead: `detect`, `recover`. Steps that the system refused: `unfinished`, `retry`. Messages: `errors`.

mod allocate;
mod borrow;
mod cell;
mod cells;
mod clock;
mod close;
mod commit;
mod conflict;
#[cfg_attr(loom, allow(dead_code, reason = "loom writes no files"))]
mod content;
mod contract;
mod counts;
mod denied;
mod detect;
mod dispatch;
mod doorbell;
mod errors;
mod exit;
mod folder;
mod fork;
mod index;
mod inspect;
mod inventory;
mod layout;
mod ledger_file;
mod lend;
mod locate;
#[cfg(all(test, loom))]
mod loom;
mod map;
mod mark;
mod names;
mod notes;
mod open;
mod own;
mod packed;
mod place;
mod queue;
mod readers;
mod reclaim;
mod record;
mod recover;
mod removal;
#[cfg_attr(loom, allow(dead_code, reason = "loom writes no files"))]
mod retired;
mod retry;
mod session;
mod shared;
mod slot;
#[cfg_attr(loom, allow(dead_code, reason = "loom writes no files"))]
mod sole;
mod state;
mod stats;
#[cfg(all(test, not(loom)))]
mod tests;
mod timed;
mod types;
mod unfinished;
#[cfg_attr(loom, allow(dead_code, reason = "loom writes no files"))]
mod unnamed;
mod unowned;
#[cfg_attr(loom, path = "loom/version.rs")]
mod version;
mod wait;
#[cfg_attr(loom, path = "loom/words.rs")]
mod words;

pub(super) use folder::base;
pub(super) use inspect::inspect;
pub(super) use open::{Location, open};
#[allow(unused_imports, reason = "only workers write such files")]
pub(crate) use unnamed::{map_version_file, write_version_in_memory};
