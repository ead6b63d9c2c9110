//! One object's record: 64 bytes, one cache line.
//!
//! ```text
//! 0  state    mode:4 | doom:1 | wait:1 | slot:11 | epoch:47     decides which commands are granted
//! 8  current  epoch that names the current version, or 0
//! 16 prev     the version before, until its file is unlinked; its cells are in the record's place
//! 24 birth    epoch at which the record was given to its object: the id of the object is (index, birth)
//! 32 owner    kind:3 | slot:11 | seq:50                       the kind also says whether a detached object has a time
//! 40 readers  bit p: the session in slot p holds a shared borrow (slots 0 to 63)
//! 48 ticket   hash of the secret of the one open offer or transit; there is never more than one
//! 56 event    futex word
//! 60 note     deadline of a departure or of a detached object, or 1 + slot of the borrower that died in the last
//!             exclusive loan, or 0
//! ```
//!
//! The mode says which kind of loan the object is in, and the state's epoch says which loan it is. So one load tells
//! whether a shared ticket still fits. The epoch never falls, not even when the record is given to another object. The
//! fencing token, the loan's number and the version's name are epochs.
//!
//! The words are published by release and acquire: every store of a word releases, every load acquires. So a session
//! that sees a value of one word also sees what was stored into other words before that value. Where another order is
//! used, a comment there says why.

use super::clock::Deadline;
use super::layout::{RecordHalf, RecordWord};
use super::map::Map;
use super::place::Place;
use super::state::{OwnerWord, State};
use crate::id::{Epoch, ObjectId, Right};
use crate::sync::stepped::{AtomicU32, AtomicU64, LOOKED_AT};
use crate::sync::{Ordering, mutant};

/// A reference to one record, which may be given to another object at any time.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    map: &'a Map,
    pub(super) index: u32,
}

impl<'a> Record<'a> {
    /// Returns the record with this index, or `None` if there is none. The index comes from a ticket, and may be any
    /// number.
    #[inline]
    pub(super) fn at(map: &'a Map, index: u32) -> Option<Self> {
        (index < map.layout().records).then_some(Self { map, index })
    }

    #[inline]
    fn state_word(self) -> &'a AtomicU64 {
        self.map.record_word(self.index, RecordWord::State)
    }

    /// Loads the state.
    #[inline]
    pub(super) fn state(self) -> State {
        // Acquire: pairs with the swap that made this state. So this session sees the values that ticket, owner and
        // `current` had at that swap, or later values.
        State::from(self.state_word().load(Ordering::Acquire))
    }

    /// Loads the state after this session changed a reader bit: the second half of Dekker's handshake with a lender.
    /// See [`IN_ORDER`](crate::sync::stepped::IN_ORDER).
    #[inline]
    pub(super) fn state_in_order(self) -> State {
        State::from(self.state_word().load(LOOKED_AT))
    }

    /// Replaces the state by the state that `next` returns, in a compare-and-swap loop. Returns the replaced state. If
    /// `next` returns `None`, changes nothing, and returns the state that `next` got as the error.
    pub(super) fn update_state(self, mut next: impl FnMut(State) -> Option<State>) -> Result<State, State> {
        self.state_word()
            // Release publishes what the caller stored before (ticket, files, owner). Acquire, also on failure, since
            // the caller goes on with words that another session stored before its own swap.
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| next(State::from(word)).map(u64::from))
            .map(State::from)
            .map_err(State::from)
    }

    /// Swaps the state from `from` to `to`. Returns the replaced state. If the record has another state than `from`,
    /// changes nothing, and returns that state as the error. The `wait` bit is not compared, and is kept: the sessions
    /// that wait are woken by a later change. If the swap may be what they wait for, the caller takes
    /// [`swap_and_wake`](super::shared::SharedStore::swap_and_wake).
    pub(super) fn swap_state(self, from: State, to: State) -> Result<State, State> {
        let keeps = !mutant("swap without the waiters");
        self.update_state(|state| {
            state.is_but_for_waiter(from).then(|| if keeps { to.with_waiter_of(state) } else { to })
        })
    }

    /// Dooms the object if its state is `from`, and returns the replaced state. Otherwise returns the object's state as
    /// the error. The `wait` bit is not compared, and is kept.
    pub(super) fn doom_from(self, from: State) -> Result<State, State> {
        self.update_state(|state| state.is_but_for_waiter(from).then(|| state.with_doom()))
    }

    /// Whether the state is still `from`, apart from the `wait` bit: a second look, as in a seqlock. A record never has
    /// the same state twice, so an equal state has not changed in between.
    pub(super) fn state_is_still(self, from: State) -> bool {
        self.state().is_but_for_waiter(from)
    }

    fn owner_word(self) -> &'a AtomicU64 {
        self.map.record_word(self.index, RecordWord::Owner)
    }

    #[inline]
    pub(super) fn owner(self) -> OwnerWord {
        OwnerWord::from(self.owner_word().load(Ordering::Acquire))
    }

    /// Loads the owner after this session changed a reader bit or the state. See
    /// [`IN_ORDER`](crate::sync::stepped::IN_ORDER).
    pub(super) fn owner_in_order(self) -> OwnerWord {
        OwnerWord::from(self.owner_word().load(LOOKED_AT))
    }

    /// Stores the owner. Only the session that the state or the owner word names, or its recoverer, may call this (rule
    /// S, see `slot`).
    pub(super) fn set_owner(self, owner: OwnerWord) {
        self.owner_word().store(owner.into(), Ordering::Release);
    }

    /// Swaps the owner from `from` to `to`. Returns whether the owner was `from`; otherwise nothing is changed.
    pub(super) fn swap_owner(self, from: OwnerWord, to: OwnerWord) -> bool {
        // The swap decides between sessions that claim one transit. Acquire: the winner sees the ticket and the
        // deadline that the sender stored before its own swap. Release: the loser sees what the winner stored before
        // this swap.
        self.owner_word().compare_exchange(from.into(), to.into(), Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Loads the current version; 0 if the record has none.
    #[inline]
    pub(super) fn current(self) -> Epoch {
        Epoch(self.map.record_word(self.index, RecordWord::Current).load(Ordering::Acquire))
    }

    /// Makes this version the current one; 0 stands for none. The caller has written the version's bytes already.
    pub(super) fn set_current(self, version: Epoch) {
        // Release: pairs with the acquire in `current`. So a reader of the version finds its bytes.
        self.map.record_word(self.index, RecordWord::Current).store(version.0, Ordering::Release);
    }

    /// The version before the current one, while its file may exist; otherwise 0.
    pub(super) fn prev(self) -> Epoch {
        Epoch(self.map.record_word(self.index, RecordWord::Prev).load(Ordering::Acquire))
    }

    pub(super) fn set_prev(self, version: Epoch) {
        self.map.record_word(self.index, RecordWord::Prev).store(version.0, Ordering::Release);
    }

    /// Clears the word `prev` if it names that version, whose file is unlinked.
    pub(super) fn clear_prev(self, version: Epoch) {
        let word = self.map.record_word(self.index, RecordWord::Prev);
        // A swap, not a store: a later commit of another session may have stored the version that it replaced.
        let _another_is_there = word.compare_exchange(version.0, 0, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Loads the cells of the record's versions.
    #[inline]
    pub(super) fn place(self) -> Place {
        Place::from(self.map.place(self.index).load(Ordering::Acquire))
    }

    /// Stores the cells of the record's versions. Only the session that makes the object, completes its commit or takes
    /// it apart, or that session's recoverer, calls this.
    pub(super) fn set_place(self, place: Place) {
        self.map.place(self.index).store(place.into(), Ordering::Release);
    }

    /// Whether the object is gone or doomed.
    pub(super) fn is_over(self, object: ObjectId) -> bool {
        let state = self.state();
        state.doomed() || state.has_no_object() || self.birth() != object.birth
    }

    /// The epoch at which the record was given to its object; 0 if the record has no object.
    #[inline]
    pub(super) fn birth(self) -> u64 {
        // A second load of the birth confirms the loads between the first and the second. The loads in between acquire,
        // so the second load of the birth cannot move before them (seqlock).
        self.map.record_word(self.index, RecordWord::Birth).load(Ordering::Acquire)
    }

    pub(super) fn set_birth(self, epoch: u64) {
        self.map.record_word(self.index, RecordWord::Birth).store(epoch, Ordering::Release);
    }

    /// The hash of the secret of the last offer's or departure's ticket; 0 if there was none, or if the owner has since
    /// committed.
    pub(super) fn ticket(self) -> Right {
        Right(self.map.record_word(self.index, RecordWord::Ticket).load(Ordering::Acquire))
    }

    pub(super) fn set_ticket(self, right: Right) {
        self.map.record_word(self.index, RecordWord::Ticket).store(right.0, Ordering::Release);
    }

    /// The futex word. It rises whenever a session wakes the sessions that wait for a change of the record.
    pub(super) fn event(self) -> &'a AtomicU32 {
        self.map.record_half(self.index, RecordHalf::Event)
    }

    /// The deadline of a departure or of a detached object, or 1 + the slot of a dead borrower, or 0: whichever was
    /// stored last.
    pub(super) fn note(self) -> u32 {
        self.map.record_half(self.index, RecordHalf::Note).load(Ordering::Acquire)
    }

    pub(super) fn set_note(self, note: u32) {
        self.map.record_half(self.index, RecordHalf::Note).store(note, Ordering::Release);
    }

    /// Returns the slot of the session that died as the borrower of the exclusive loan that was ended last; `None` if
    /// no session died. This holds only until the object is sent: its deadline then takes the slot's place.
    pub(super) fn dead_borrower(self) -> Option<u16> {
        self.note().checked_sub(1).and_then(|slot| u16::try_from(slot).ok())
    }

    pub(super) fn set_dead_borrower(self, slot: Option<u16>) {
        self.set_note(slot.map_or(0, |slot| u32::from(slot) + 1));
    }

    /// The deadline of an object in transit, or of a detached object with a time. Any session may drop the object after
    /// the deadline.
    pub(super) fn deadline(self) -> Deadline {
        Deadline(self.note())
    }

    pub(super) fn set_deadline(self, deadline: Deadline) {
        self.set_note(deadline.0);
    }

    /// The reader bits of one group of slots.
    #[inline]
    pub(super) fn readers(self, group: u16) -> &'a AtomicU64 {
        self.map.readers(self.index, group)
    }

    /// The id of the record's object. Its birth is 0 if the record has no object.
    pub(super) fn id(self) -> ObjectId {
        ObjectId { index: self.index, birth: self.birth() }
    }
}
