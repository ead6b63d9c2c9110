//! The two words of a record that decide commands: the state word and the owner word.

use crate::error::{Error, ErrorKind, Result};

/// Where the fields of the state word begin. The epoch is in the lowest bits.
const MODE: u32 = 60;
const SLOT: u32 = 47;
/// Where the fields of the owner word begin. The number of the last departure is in the lowest bits.
const KIND: u32 = 61;
const OWNER_SLOT: u32 = 50;
/// The largest value of a slot's field, which has 11 bits in both words.
const LAST_SLOT: u64 = (1 << 11) - 1;
/// The largest epoch.
pub(super) const LAST_EPOCH: u64 = (1 << 47) - 1;
const LAST_SEQ: u64 = (1 << 50) - 1;
/// The slot field of [`Mode::Taken`] while the owner makes another ticket.
const VOID: u16 = 1;

/// What a record is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    /// The record has no object.
    Free = 0,
    /// The session in the slot makes an object.
    Init = 1,
    /// The object is not lent. It has an owner or is in transit, or it is doomed.
    Idle = 2,
    /// The object is lent shared. Tickets of this epoch can be redeemed, unless the object is doomed.
    Shared = 3,
    /// The object is lent shared. No ticket of this epoch can be redeemed any more, and the owner can end the loan when
    /// the last reader has left.
    Closing = 4,
    /// The object is lent exclusively. The ticket is not redeemed yet.
    Offered = 5,
    /// The object is lent exclusively. If the slot is 0, the ticket was redeemed, and the borrow is over. If the slot
    /// is 1, the ticket is void, and the owner is making another one.
    Taken = 6,
    /// The session in the slot borrows exclusively. The epoch is its fencing token.
    Exclusive = 7,
    /// The commit of the session in the slot has happened, and is being completed.
    Publishing = 8,
    /// The session in the slot takes the object apart.
    Reclaiming = 9,
    /// The object is detached or published, and no session writes or has reserved it. Any session that has the key or
    /// the name may borrow it, unless it is doomed.
    Open = 10,
    /// The session in the slot waits until the readers of an open object have left.
    Pending = 11,
    /// The session in the slot looks whether it can adopt an open object.
    Adopting = 12,
    /// Like `Taken`, but the borrower died. The slot is the dead session's.
    Died = 13,
    /// Like `Publishing`, and the session in the slot borrows on when the commit is complete.
    Checkpointing = 14,
}

impl Mode {
    const ALL: [Self; 15] = [
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
        Self::Checkpointing,
    ];
}

/// The state word. It is loaded and swapped as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    /// A tombstone: no borrow of the object is granted any more, and its last holder reclaims it.
    const DOOM: u64 = 1 << 59;
    /// The `wait` bit: a session waits for the next change of the state.
    const WAIT: u64 = 1 << 58;

    /// Returns a state in which the bits for doom and `wait` are clear. A swap to it that does not keep the `wait` bit of
    /// the state before is followed by `wake_if`: no bit is cleared without a wake.
    pub(super) fn new(mode: Mode, slot: u16, epoch: u64) -> Self {
        Self((mode as u64) << MODE | (u64::from(slot) & LAST_SLOT) << SLOT | (epoch & LAST_EPOCH))
    }

    /// Returns the state while the owner makes another ticket. No ticket fits this state.
    pub(super) fn void(epoch: u64) -> Self {
        Self::new(Mode::Taken, VOID, epoch)
    }

    /// What the record is doing; `None` if the word is damaged.
    pub(super) fn mode(self) -> Option<Mode> {
        // There are 15 modes in 4 bits. A damaged word may have the other value.
        Mode::ALL.get((self.0 >> MODE) as usize).copied()
    }

    /// Whether the mode is this one.
    pub(super) fn is(self, mode: Mode) -> bool {
        self.mode() == Some(mode)
    }

    /// Whether the ticket is void, and the owner is making another one.
    pub(super) fn is_void(self) -> bool {
        self.is(Mode::Taken) && self.slot() != 0
    }

    pub(super) fn slot(self) -> u16 {
        (self.0 >> SLOT & LAST_SLOT) as u16
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

    /// Whether the two states differ in nothing but the `wait` bit.
    pub(super) fn is_but_for_waiter(self, other: Self) -> bool {
        self.0 | Self::WAIT == other.0 | Self::WAIT
    }

    /// Whether mode, slot and epoch are those of the other state; the bits for doom and `wait` are ignored.
    pub(super) fn is_like(self, other: Self) -> bool {
        (self.mode(), self.slot(), self.epoch()) == (other.mode(), other.slot(), other.epoch())
    }

    /// Whether mode, slot and epoch are these; the bits for doom and `wait` are ignored.
    pub(super) fn matches(self, mode: Mode, slot: u16, epoch: u64) -> bool {
        self.is(mode) && self.slot() == slot && self.epoch() == epoch
    }

    /// Returns the next state, with this mode, slot and epoch. Keeps the doom and the `wait` bit.
    pub(super) fn to(self, mode: Mode, slot: u16, epoch: u64) -> Self {
        Self(Self::new(mode, slot, epoch).0 | self.0 & (Self::DOOM | Self::WAIT))
    }

    /// Returns the next state while the owner makes another ticket. Keeps the doom and the `wait` bit.
    pub(super) fn to_void(self, epoch: u64) -> Self {
        self.to(Mode::Taken, VOID, epoch)
    }

    pub(super) fn with_waiter(self) -> Self {
        Self(self.0 | Self::WAIT)
    }

    /// Returns this state, with the `wait` bit if `before` has it.
    pub(super) fn with_waiter_of(self, before: Self) -> Self {
        Self(self.0 | before.0 & Self::WAIT)
    }

    pub(super) fn without_waiter(self) -> Self {
        Self(self.0 & !Self::WAIT)
    }

    pub(super) fn with_doom(self) -> Self {
        Self(self.0 | Self::DOOM)
    }

    /// Whether the record has no object, or one that is being made or taken apart.
    pub(super) fn has_no_object(self) -> bool {
        matches!(self.mode(), Some(Mode::Free | Mode::Init | Mode::Reclaiming))
    }

    /// Whether the record has an object that no session writes, reserves, adopts, makes or takes apart. Only such an
    /// object can be reclaimed when it is doomed.
    pub(super) fn at_rest(self) -> bool {
        use Mode::{Closing, Died, Idle, Offered, Open, Shared, Taken};
        matches!(self.mode(), Some(Idle | Shared | Closing | Offered | Taken | Died | Open))
    }
}

impl From<u64> for State {
    fn from(word: u64) -> Self {
        Self(word)
    }
}

impl From<State> for u64 {
    fn from(state: State) -> Self {
        state.0
    }
}

/// The kind of an object's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnerKind {
    /// The object has no owner any more, or the record has no object.
    None = 0,
    /// A session owns the object.
    Slot = 1,
    /// The object was sent and is not yet claimed.
    Transit = 2,
    /// No session owns the object. Any session that has its key may borrow, adopt or evict it.
    Detached = 3,
    /// No session owns the object. Any session that has its name may borrow it or become its owner.
    Published = 4,
}

impl OwnerKind {
    /// Returns the kind that the highest three bits of an owner word stand for, or [`OwnerKind::None`] if they stand
    /// for no kind.
    fn from_bits(bits: u64) -> Self {
        match bits {
            1 | LASTING_SLOT => Self::Slot,
            2 | LASTING_TRANSIT => Self::Transit,
            3 | TIMED => Self::Detached,
            4 => Self::Published,
            _ => Self::None,
        }
    }
}

/// The highest three bits of the owner word of a lasting object that a session owns, and of one in transit. An object
/// that is detached or published is always lasting.
const LASTING_SLOT: u64 = 5;
const LASTING_TRANSIT: u64 = 6;
/// The highest three bits of the owner word of a detached object that goes at its deadline.
const TIMED: u64 = 7;

/// The owner word: kind, slot, and the number of the last departure of an object of this record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerWord(u64);

impl OwnerWord {
    pub(super) fn new(kind: OwnerKind, slot: u16, seq: u64) -> Self {
        Self((kind as u64) << KIND | (u64::from(slot) & LAST_SLOT) << OWNER_SLOT | (seq & LAST_SEQ))
    }

    /// Returns the word of the same object with another owner: the number of the last departure stays, and a lasting
    /// object stays lasting.
    pub(super) fn to(self, kind: OwnerKind, slot: u16) -> Self {
        let next = Self::new(kind, slot, self.seq());
        if self.is_lasting() { next.with_lasting() } else { next }
    }

    /// Returns the word of the same object, which is lasting now.
    pub(super) fn with_lasting(self) -> Self {
        let kind = match self.kind() {
            OwnerKind::Slot => LASTING_SLOT,
            OwnerKind::Transit => LASTING_TRANSIT,
            _ => return self,
        };
        Self(kind << KIND | self.0 & !(7 << KIND))
    }

    /// Returns the word of the same detached object, which goes at its deadline now.
    pub(super) fn with_time(self) -> Self {
        Self(TIMED << KIND | self.0 & !(7 << KIND))
    }

    /// Whether the object is detached and goes at its deadline.
    pub(super) fn is_timed(self) -> bool {
        self.0 >> KIND == TIMED
    }

    /// Returns the word after another departure.
    pub(super) fn with_seq(self, seq: u64) -> Self {
        Self(self.0 & !LAST_SEQ | seq & LAST_SEQ)
    }

    pub(super) fn kind(self) -> OwnerKind {
        OwnerKind::from_bits(self.0 >> KIND)
    }

    /// Whether the object outlives the death of its owner.
    pub(super) fn is_lasting(self) -> bool {
        matches!(self.0 >> KIND, LASTING_SLOT | LASTING_TRANSIT) || self.is_open()
    }

    /// Whether the object is detached or published.
    pub(super) fn is_open(self) -> bool {
        matches!(self.kind(), OwnerKind::Detached | OwnerKind::Published)
    }

    pub(super) fn slot(self) -> u16 {
        (self.0 >> OWNER_SLOT & LAST_SLOT) as u16
    }

    pub(super) fn seq(self) -> u64 {
        self.0 & LAST_SEQ
    }

    /// Whether the session in that slot owns the object.
    pub(super) fn is_slot(self, slot: u16) -> bool {
        self.kind() == OwnerKind::Slot && self.slot() == slot
    }
}

impl From<u64> for OwnerWord {
    fn from(word: u64) -> Self {
        Self(word)
    }
}

impl From<OwnerWord> for u64 {
    fn from(owner: OwnerWord) -> Self {
        owner.0
    }
}

/// Returns the epoch after `epoch`.
///
/// # Errors
/// `Exhausted` if the counter is used up. The counter never wraps, since an epoch is used once.
pub(super) fn next_epoch(epoch: u64) -> Result<u64> {
    match epoch {
        LAST_EPOCH.. => Err(Error::new(ErrorKind::Exhausted, "the object's counter is used up")
            .with_remedy("put the value into the store anew")),
        epoch => Ok(epoch + 1),
    }
}

/// Returns the number of the departure after `seq`. Departures have odd numbers, and an even number follows that of a
/// departure whose ticket has expired.
///
/// # Errors
/// `Exhausted` if the counter is used up. The counter never wraps.
pub(super) fn next_seq(seq: u64) -> Result<u64> {
    match seq.saturating_add(1) | 1 {
        LAST_SEQ.. => Err(Error::new(ErrorKind::Exhausted, "the object was sent as often as can be counted")
            .with_remedy("put the value into the store anew")),
        next => Ok(next),
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
        assert!(next.matches(Mode::Taken, 0, 7) && next.doomed() && next.waited_for());
        assert!(next.without_waiter().doomed() && !next.without_waiter().waited_for());
    }

    #[test]
    fn an_owner_keeps_its_parts_apart() {
        let owner = OwnerWord::new(OwnerKind::Transit, 2046, LAST_SEQ);
        assert_eq!((owner.kind(), owner.slot(), owner.seq()), (OwnerKind::Transit, 2046, LAST_SEQ));
        assert!(!owner.is_lasting() && !owner.to(OwnerKind::Slot, 1).is_lasting());
        let lasting = owner.to(OwnerKind::Detached, 0).to(OwnerKind::Slot, 7);
        assert_eq!((lasting.kind(), lasting.slot(), lasting.seq()), (OwnerKind::Slot, 7, LAST_SEQ));
        assert!(lasting.is_lasting() && lasting.to(OwnerKind::Transit, 0).with_seq(3).is_lasting());
        assert!(!lasting.to(OwnerKind::None, 0).is_lasting());
        let timed = owner.to(OwnerKind::Detached, 0).with_time();
        assert_eq!((timed.kind(), timed.seq()), (OwnerKind::Detached, LAST_SEQ));
        assert!(timed.is_timed() && timed.is_open() && timed.is_lasting());
        assert!(!timed.to(OwnerKind::Slot, 7).is_timed() && timed.to(OwnerKind::Slot, 7).is_lasting());
    }

    #[test]
    fn counters_end_instead_of_wrapping() {
        assert_eq!(next_epoch(LAST_EPOCH).unwrap_err().kind(), ErrorKind::Exhausted);
        assert_eq!(next_seq(LAST_SEQ).unwrap_err().kind(), ErrorKind::Exhausted);
        assert_eq!(next_seq(LAST_SEQ - 2).unwrap_err().kind(), ErrorKind::Exhausted);
        assert_eq!([0, 1, 2, 3].map(|seq| next_seq(seq).unwrap()), [1, 3, 3, 5]);
    }
}
