//! `shm://` and `file:`: one host, many processes, any of which may be killed.
//!
//! Everything that decides is in one file, the ledger, mapped by every process; versions are files beside it. Five ideas
//! carry it: bits instead of counts, so that a dead holder's share is known; a kernel lock as proof of life and right to
//! recover; Dekker's handshake between borrower and lender; a new file for every version; one swap that is the commit.
//!
//! # A borrow and an end cannot overlap
//! A borrower sets its bit and then loads the state, both sequentially consistent; a lender changes the state, fences,
//! loads the bits. These are totally ordered: either the lender sees the bit, or the borrower sees the changed state and
//! backs out. The bytes of a version are written before its token is released into `current`, which the borrower's
//! load acquires.
//!
//! # A doomed object is reclaimed by somebody
//! By the last who lets go of it: each changes its word (a bit, the owner, the state of a writer), and looks at the words
//! of the others, in that order for all.
//!
//! `sync::stepped` says why these orders hold. `loom` plays the handshakes in every order, and with each of their fences
//! left out.

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
