//! One object's record: 64 bytes, one cache line.
//!
//! ```text
//! 0  state    mode:4 | doom:1 | wait:1 | slot:11 | epoch:47     everything that decides
//! 8  current  token of the published version
//! 16 prev     the one before, until its file is unlinked
//! 24 birth    epoch at creation: a handle is (index, birth)
//! 32 owner    kind:3 | slot:11 | seq:50
//! 40 readers  bit p: the process in slot p holds a shared borrow (slots 0..64)
//! 48 ticket   of the one open right: an offer or a transit, never both
//! 56 event    futex word
//! 60 note     in transit: the deadline; else of the exclusive loan that ended last: 1 + slot of its dead borrower
//! ```
//! The kind of a loan is the mode, and its epoch is the state's epoch, so that one load decides whether a ticket still
//! fits. The epoch never falls, not even when the record serves another object: token, tag and version name in one.

use super::clock::Deadline;
use super::layout::{RecordHalf, RecordWord};
use super::map::Map;
use crate::error::{Error, ErrorKind, Result};
use crate::id::{Epoch, ObjectId, Right};
use crate::sync::Ordering;
use crate::sync::stepped::{AtomicU32, AtomicU64, LOOKED_AT};

/// The largest epoch.
pub(super) const LAST_EPOCH: u64 = (1 << 47) - 1;
const LAST_SEQ: u64 = (1 << 50) - 1;
/// The slot of [`Mode::Taken`] while the owner makes another ticket.
const VOID: u16 = 1;

/// What a record is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    Free = 0,
    /// Being made by the slot.
    Init = 1,
    /// With its owner, or in transit; nothing is lent.
    Idle = 2,
    /// Lent shared; tickets of this epoch are redeemed.
    Shared = 3,
    /// No longer redeemed; waiting for its readers.
    Closing = 4,
    /// Lent exclusively; the ticket is not redeemed yet.
    Offered = 5,
    /// Lent exclusively; the ticket was redeemed and given back. With slot 1: void, a new one is being made.
    Taken = 6,
    /// Borrowed exclusively by the slot, whose fencing token is the epoch.
    Exclusive = 7,
    /// The slot's commit has happened and is being rolled forward.
    Publishing = 8,
    /// Being taken apart by the slot.
    Reclaiming = 9,
    /// Detached or published: read by whoever asks.
    Open = 10,
    /// The slot waits for the readers of an open object to leave.
    Pending = 11,
    /// The slot looks whether an open object can be adopted.
    Adopting = 12,
    /// Lent exclusively; the borrower in the slot died with it. Otherwise as `Taken`.
    Died = 13,
}

impl Mode {
    const ALL: [Self; 14] = [
        Self::Free,
        Self::Init,
        Self::Idle,
        Self::Shared,
        Self::Closing,
        Self::Offered,
        Self::Taken,
        Self::Exclusive,
        Self::Publishing,
        Self::Reclaiming,
        Self::Open,
        Self::Pending,
        Self::Adopting,
        Self::Died,
    ];
}

/// The state word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    const DOOM: u64 = 1 << 59;
    const WAIT: u64 = 1 << 58;

    pub(super) fn new(mode: Mode, slot: u16, epoch: u64) -> Self {
        Self((mode as u64) << 60 | u64::from(slot & 0x7ff) << 47 | (epoch & LAST_EPOCH))
    }

    /// The ticket is void, and another one is being made.
    pub(super) fn void(epoch: u64) -> Self {
        Self::new(Mode::Taken, VOID, epoch)
    }

    /// All of it.
    #[cfg(all(test, not(loom)))]
    pub(super) fn word(self) -> u64 {
        self.0
    }

    /// What the record is doing; `None` when the word is damaged.
    pub(super) fn mode(self) -> Option<Mode> {
        Mode::ALL.get((self.0 >> 60) as usize).copied()
    }

    pub(super) fn is(self, mode: Mode) -> bool {
        self.mode() == Some(mode)
    }

    pub(super) fn is_void(self) -> bool {
        self.is(Mode::Taken) && self.slot() != 0
    }

    pub(super) fn slot(self) -> u16 {
        (self.0 >> 47) as u16 & 0x7ff
    }

    pub(super) fn epoch(self) -> u64 {
        self.0 & LAST_EPOCH
    }

    pub(super) fn doomed(self) -> bool {
        self.0 & Self::DOOM != 0
    }

    pub(super) fn waited_for(self) -> bool {
        self.0 & Self::WAIT != 0
    }

    /// Whether this is `mode` by `slot` at `epoch`, doomed and waited for or not.
    pub(super) fn matches(self, mode: Mode, slot: u16, epoch: u64) -> bool {
        self.is(mode) && self.slot() == slot && self.epoch() == epoch
    }

    /// Another mode at another epoch; keeps the doom, forgets who waits.
    pub(super) fn to(self, mode: Mode, slot: u16, epoch: u64) -> Self {
        Self(Self::new(mode, slot, epoch).0 | self.0 & Self::DOOM)
    }

    /// The same with a void ticket; keeps the doom.
    pub(super) fn to_void(self, epoch: u64) -> Self {
        self.to(Mode::Taken, VOID, epoch)
    }

    pub(super) fn with_waiter(self) -> Self {
        Self(self.0 | Self::WAIT)
    }

    pub(super) fn with_doom(self) -> Self {
        Self(self.0 | Self::DOOM)
    }

    /// Whether the record has no object, or will have another one.
    pub(super) fn has_no_object(self) -> bool {
        matches!(self.mode(), Some(Mode::Free | Mode::Init | Mode::Reclaiming))
    }

    /// Whether no process is in the middle of something: a doomed record at rest can be reclaimed.
    pub(super) fn at_rest(self) -> bool {
        use Mode::{Closing, Died, Idle, Offered, Open, Shared, Taken};
        matches!(self.mode(), Some(Idle | Shared | Closing | Offered | Taken | Died | Open))
    }
}

/// Whose object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnerKind {
    None = 0,
    Slot = 1,
    Transit = 2,
    Detached = 3,
    Published = 4,
}

impl OwnerKind {
    /// A damaged word names no owner.
    fn from_bits(bits: u64) -> Self {
        match bits {
            1 => Self::Slot,
            2 => Self::Transit,
            3 => Self::Detached,
            4 => Self::Published,
            _ => Self::None,
        }
    }
}

/// The owner word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerWord(u64);

impl OwnerWord {
    pub(super) fn new(kind: OwnerKind, slot: u16, seq: u64) -> Self {
        Self((kind as u64) << 61 | u64::from(slot & 0x7ff) << 50 | (seq & LAST_SEQ))
    }

    pub(super) fn kind(self) -> OwnerKind {
        OwnerKind::from_bits(self.0 >> 61)
    }

    pub(super) fn slot(self) -> u16 {
        (self.0 >> 50) as u16 & 0x7ff
    }

    pub(super) fn seq(self) -> u64 {
        self.0 & LAST_SEQ
    }

    pub(super) fn is_slot(self, slot: u16) -> bool {
        self.kind() == OwnerKind::Slot && self.slot() == slot
    }
}

/// A view of one record.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    map: &'a Map,
    pub(super) index: u32,
}

impl<'a> Record<'a> {
    /// The record of that index, which comes from a ticket and may be anything.
    #[inline]
    pub(super) fn at(map: &'a Map, index: u32) -> Option<Self> {
        (index < map.layout().records).then_some(Self { map, index })
    }

    #[inline]
    fn state_word(self) -> &'a AtomicU64 {
        self.map.record_word(self.index, RecordWord::State)
    }

    #[inline]
    pub(super) fn state(self) -> State {
        State(self.state_word().load(Ordering::Acquire))
    }

    /// The state, looked at after a change of a reader's bit: see [`IN_ORDER`](crate::sync::stepped::IN_ORDER).
    #[inline]
    pub(super) fn state_in_order(self) -> State {
        State(self.state_word().load(LOOKED_AT))
    }

    /// Moves the state from what `next` accepts to what it answers; returns the state before, or the one refused.
    pub(super) fn update_state(self, mut next: impl FnMut(State) -> Option<State>) -> Result<State, State> {
        self.state_word()
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| next(State(word)).map(|state| state.0))
            .map(State)
            .map_err(State)
    }

    /// Moves the state from exactly `from`; somebody who only began to wait does not count.
    pub(super) fn swap_state(self, from: State, to: State) -> Result<State, State> {
        self.update_state(|state| (state.0 | State::WAIT == from.0 | State::WAIT).then_some(to))
    }

    /// Dooms the object in exactly that state; a session that only began to wait does not count, and is not forgotten.
    pub(super) fn doom_from(self, from: State) -> Result<State, State> {
        self.update_state(|state| (state.0 | State::WAIT == from.0 | State::WAIT).then(|| state.with_doom()))
    }

    /// Whether the state is still that one, a session that only began to wait aside.
    pub(super) fn state_is_still(self, from: State) -> bool {
        self.state().0 | State::WAIT == from.0 | State::WAIT
    }

    fn owner_word(self) -> &'a AtomicU64 {
        self.map.record_word(self.index, RecordWord::Owner)
    }

    #[inline]
    pub(super) fn owner(self) -> OwnerWord {
        OwnerWord(self.owner_word().load(Ordering::Acquire))
    }

    /// The owner, looked at after a change of a reader's bit: see [`IN_ORDER`](crate::sync::stepped::IN_ORDER).
    pub(super) fn owner_in_order(self) -> OwnerWord {
        OwnerWord(self.owner_word().load(LOOKED_AT))
    }

    pub(super) fn set_owner(self, owner: OwnerWord) {
        self.owner_word().store(owner.0, Ordering::Release);
    }

    pub(super) fn swap_owner(self, from: OwnerWord, to: OwnerWord) -> bool {
        self.owner_word().compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    #[inline]
    pub(super) fn current(self) -> Epoch {
        Epoch(self.map.record_word(self.index, RecordWord::Current).load(Ordering::Acquire))
    }

    pub(super) fn set_current(self, version: Epoch) {
        self.map.record_word(self.index, RecordWord::Current).store(version.0, Ordering::Release);
    }

    pub(super) fn prev(self) -> Epoch {
        Epoch(self.map.record_word(self.index, RecordWord::Prev).load(Ordering::Acquire))
    }

    pub(super) fn set_prev(self, version: Epoch) {
        self.map.record_word(self.index, RecordWord::Prev).store(version.0, Ordering::Release);
    }

    /// The file of that version is unlinked.
    pub(super) fn clear_prev(self, version: Epoch) {
        let word = self.map.record_word(self.index, RecordWord::Prev);
        let _another_is_there = word.compare_exchange(version.0, 0, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Whether the object goes with its last holder, or is gone.
    pub(super) fn is_over(self, object: ObjectId) -> bool {
        let state = self.state();
        state.doomed() || state.has_no_object() || self.birth() != object.birth
    }

    #[inline]
    pub(super) fn birth(self) -> u64 {
        self.map.record_word(self.index, RecordWord::Birth).load(Ordering::Acquire)
    }

    pub(super) fn set_birth(self, epoch: u64) {
        self.map.record_word(self.index, RecordWord::Birth).store(epoch, Ordering::Release);
    }

    pub(super) fn ticket(self) -> Right {
        Right(self.map.record_word(self.index, RecordWord::Ticket).load(Ordering::Acquire))
    }

    pub(super) fn set_ticket(self, right: Right) {
        self.map.record_word(self.index, RecordWord::Ticket).store(right.0, Ordering::Release);
    }

    pub(super) fn event(self) -> &'a AtomicU32 {
        self.map.record_half(self.index, RecordHalf::Event)
    }

    pub(super) fn note(self) -> u32 {
        self.map.record_half(self.index, RecordHalf::Note).load(Ordering::Acquire)
    }

    pub(super) fn set_note(self, note: u32) {
        self.map.record_half(self.index, RecordHalf::Note).store(note, Ordering::Release);
    }

    /// The slot whose process died with the exclusive loan that its owner ended last.
    pub(super) fn dead_borrower(self) -> Option<u16> {
        self.note().checked_sub(1).and_then(|slot| u16::try_from(slot).ok())
    }

    pub(super) fn set_dead_borrower(self, slot: Option<u16>) {
        self.set_note(slot.map_or(0, |slot| u32::from(slot) + 1));
    }

    /// Until when an object in transit waits to be claimed.
    pub(super) fn deadline(self) -> Deadline {
        Deadline(self.note())
    }

    pub(super) fn set_deadline(self, deadline: Deadline) {
        self.set_note(deadline.0);
    }

    #[inline]
    pub(super) fn readers(self, group: u16) -> &'a AtomicU64 {
        self.map.readers(self.index, group)
    }

    pub(super) fn id(self) -> ObjectId {
        ObjectId { index: self.index, birth: self.birth() }
    }
}

/// The epoch after `epoch`; never wraps.
pub(super) fn next_epoch(epoch: u64) -> Result<u64> {
    match epoch {
        LAST_EPOCH.. => Err(Error::new(ErrorKind::Exhausted, "the object's counter is used up")
            .with_remedy("put the value into the store anew")),
        epoch => Ok(epoch + 1),
    }
}

/// The sequence number after `seq`; never wraps.
pub(super) fn next_seq(seq: u64) -> Result<u64> {
    match seq {
        LAST_SEQ.. => Err(Error::new(ErrorKind::Exhausted, "the object was sent as often as can be counted")
            .with_remedy("put the value into the store anew")),
        seq => Ok(seq + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_keeps_its_parts_apart() {
        let state = State::new(Mode::Publishing, 2046, LAST_EPOCH).with_doom().with_waiter();
        assert_eq!((state.mode(), state.slot(), state.epoch()), (Some(Mode::Publishing), 2046, LAST_EPOCH));
        assert!(state.doomed() && state.waited_for());
        let next = state.to(Mode::Taken, 0, 7);
        assert!(next.matches(Mode::Taken, 0, 7) && next.doomed() && !next.waited_for());
    }

    #[test]
    fn an_owner_keeps_its_parts_apart() {
        let owner = OwnerWord::new(OwnerKind::Transit, 2046, LAST_SEQ);
        assert_eq!((owner.kind(), owner.slot(), owner.seq()), (OwnerKind::Transit, 2046, LAST_SEQ));
    }

    #[test]
    fn counters_end_instead_of_wrapping() {
        assert_eq!(next_epoch(LAST_EPOCH).unwrap_err().kind(), ErrorKind::Exhausted);
        assert_eq!(next_seq(LAST_SEQ).unwrap_err().kind(), ErrorKind::Exhausted);
    }
}
