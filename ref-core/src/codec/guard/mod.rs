//! The guard between a value and its codec. It sets two bounds that not every format of serde has: on the depth of a
//! value, and on the number of its elements. It also checks rules of serde on a value's shape that no format checks.
//!
//! The bounds are needed: a level of a recursive type may take a single byte, and takes a frame of the stack. An
//! element of no size (`Vec<()>`) takes no byte, but takes time. The encoding of [`Stored`](crate::Stored) knows where
//! a value nests, and counts by [`descend`] and [`count`]. A value that serde's traits write is wrapped: [`GuardedRef`]
//! and [`Guarded`] stand between the serde implementation of a type and its format, and count in the same way. So a
//! value that keeps the bounds when it is written keeps them when it is read.
//!
//! The shape is checked, since a reader takes as many parts as the length before them says. The bytes of a value that
//! has another number of parts than it said would be read as another value. And the formats of opaque values write a
//! `Some` as the value in it. A `Some` around nothing would be read as `None`. [`GuardedRef`] refuses such values.
//!
//! Thread-local variables pass the budget to the value and the findings back, since the methods of a `Serializer` and a
//! `Deserializer` take no such argument.

mod read;
mod write;

pub(crate) use read::Guarded;
pub(crate) use write::GuardedRef;

use serde::de::{self, Deserializer, Error as _};
use serde::ser::{self, Error as _, Serializer};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::{ManuallyDrop, forget};

/// How deep a value may be nested. An option, a sequence, a map and an enum are a level each: every recursive type
/// recurs through one of these.
pub(crate) const DEPTH: u32 = 128;

/// How many elements a value may have in addition to [`ELEMENTS_PER_BYTE`](super::Codec::ELEMENTS_PER_BYTE) for each
/// byte.
pub(crate) const SPARE: usize = 1 << 16;

/// Why a value is not written or read: it breaks a bound or a rule on its shape, or an opaque part cannot be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    Depth,
    Elements,
    /// The value has another number of parts than it announced.
    Count {
        of: &'static str,
        announced: usize,
        written: usize,
    },
    /// A map in which keys and values do not alternate.
    Unpaired,
    /// Two keys of a map, or two elements of a set, are equal when they are read.
    EqualKeys,
    /// A `Some` around `None` or `()`.
    EmptySome,
    /// An opaque value of the type `of` cannot be read.
    Unreadable {
        of: String,
        why: String,
    },
    /// An opaque value of the type `of` would be read as another value.
    Changed {
        of: String,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth => write!(f, "it is nested deeper than {DEPTH} levels"),
            Self::Elements => {
                write!(f, "its sequences have more elements than its bytes account for, and {SPARE} more")
            }
            Self::Count { of, announced, written } => {
                write!(
                    f,
                    "{of} says that it has {announced} parts and writes {written}, so it would be read as another"
                )
            }
            Self::Unpaired => write!(f, "it has a map whose keys and values do not take turns"),
            Self::EqualKeys => write!(f, "two keys of a map, or two elements of a set, are read as equal ones"),
            Self::EmptySome => write!(f, "it has a `Some(None)` or a `Some(())`, which would be read as `None`"),
            Self::Unreadable { of, why } => write!(f, "its opaque part `{of}` cannot be read: {why}"),
            Self::Changed { of } => write!(f, "its opaque part `{of}` would be read as another value"),
        }
    }
}

/// The budget and the findings of one value that is being written or read.
struct Frame {
    /// How many elements may be counted.
    budget: usize,
    /// `ManuallyDrop`, so that the thread-local frame has no destructor: without one, the frame can still be used by a
    /// function that `exit` runs after the destructors of the thread.
    violation: ManuallyDrop<Option<Violation>>,
    /// Whether the whole value has to be read back after it is written.
    reads_back: bool,
}

/// How many levels and elements may still come in the value that is being written or read.
#[derive(Clone, Copy)]
pub(super) struct Left {
    levels: u32,
    elements: usize,
}

impl Frame {
    const fn new(budget: usize) -> Self {
        Self { budget, violation: ManuallyDrop::new(None), reads_back: false }
    }
}

impl Left {
    const fn new(budget: usize) -> Self {
        Self { levels: DEPTH, elements: budget }
    }
}

thread_local! {
    static FRAME: RefCell<Frame> = const { RefCell::new(Frame::new(0)) };
    static LEFT: Cell<Left> = const { Cell::new(Left::new(0)) };
}

/// What a [`ValueWatch`] saw.
pub(super) struct Seen {
    pub(super) elements: usize,
    pub(super) violation: Option<Violation>,
    /// Whether the value has an opaque part that was not read back when it was written.
    pub(super) reads_back: bool,
}

/// Watches the reading or writing of one value, until it is finished or dropped. If the serde code of an outer value has
/// called a codec for this one, this has the counts of the outer value. The destructor restores them, also if the codec
/// panics.
#[must_use = "the value is watched until this is dropped"]
pub(super) struct ValueWatch {
    budget: usize,
    outer_frame: Option<Frame>,
    outer_left: Left,
}

impl ValueWatch {
    pub(super) fn begin(budget: usize) -> Self {
        let (frame, left) = (Frame::new(budget), Left::new(budget));
        Self { budget, outer_frame: Some(FRAME.replace(frame)), outer_left: LEFT.replace(left) }
    }

    pub(super) fn finish(self) -> Seen {
        let elements = self.budget.saturating_sub(LEFT.get().elements);
        let (violation, reads_back) = FRAME.with_borrow_mut(|frame| (frame.violation.take(), frame.reads_back));
        Seen { elements, violation, reads_back }
    }
}

impl Drop for ValueWatch {
    fn drop(&mut self) {
        if let Some(frame) = self.outer_frame.take() {
            drop(FRAME.replace(frame).violation.take());
        }
        LEFT.set(self.outer_left);
    }
}

/// Begins to count from the start: a codec may write or read the value more than once.
pub(super) fn restart() {
    LEFT.set(Left::new(FRAME.with_borrow(|frame| frame.budget)));
}

/// Returns how many levels and elements may still come.
pub(super) fn left() -> Left {
    LEFT.get()
}

/// Sets how many levels and elements may still come, for another pass over a part. Returns the
/// numbers that were set before.
pub(super) fn replace(left: Left) -> Left {
    LEFT.replace(left)
}

/// Notes that the whole value has to be read back after it is written.
pub(super) fn read_back_later() {
    FRAME.with_borrow_mut(|frame| frame.reads_back = true);
}

/// Returns what the guard has noted in the value that is being written or read.
pub(super) fn noted() -> Option<Violation> {
    FRAME.with_borrow(|frame| (*frame.violation).clone())
}

/// One level down, in a value that counts its own levels. The destructor goes up again.
#[must_use = "the level ends when this is dropped"]
pub(crate) struct Descent(());

impl Drop for Descent {
    #[inline]
    fn drop(&mut self) {
        up();
    }
}

/// Goes one level up, after [`down_to_write`] or [`down_to_read`]. If the value's code panics in between, the level stays
/// counted until the value's [`ValueWatch`] is dropped.
///
/// A panic cannot leave an `extern "C"` function. So rustc compiles no code that drops the value if `up` panics, which it
/// would compile for each type of values. `up` does not panic: the variable of a thread that has no destructor is there
/// until the thread ends.
#[inline]
pub(crate) extern "C" fn up() {
    let left = LEFT.get();
    LEFT.set(Left { levels: left.levels + 1, ..left });
}

/// Goes one level down.
///
/// # Errors
/// If there is no level left.
#[inline]
pub(crate) fn descend() -> Result<Descent, Violation> {
    let left = LEFT.get();
    match left.levels.checked_sub(1) {
        Some(levels) => {
            LEFT.set(Left { levels, ..left });
            Ok(Descent(()))
        }
        None => Err(note(Violation::Depth)),
    }
}

// The following four have no `#[inline]`: rustc would compile their bodies for each type of values, and they are the same
// for all types that one format writes or reads. LLVM inlines them all the same.

/// Does what [`descend`] does, with an error of the format that writes the value.
///
/// # Errors
/// If there is no level left.
pub(crate) fn descend_to_write<E: ser::Error>() -> Result<Descent, E> {
    descend().map_err(E::custom)
}

/// Does what [`descend_to_write`] does, for a caller that goes [`up`] itself. Returns `to`: a caller that has it only
/// after this call needs no code that drops it.
///
/// # Errors
/// If there is no level left.
pub(crate) fn down_to_write<S: Serializer>(to: S) -> Result<S, S::Error> {
    descend().map(forget).map(|()| to).map_err(S::Error::custom)
}

/// Does what [`descend_to_read`] does, for a caller that goes [`up`] itself. Returns `from`.
///
/// # Errors
/// If there is no level left.
pub(crate) fn down_to_read<'de, D: Deserializer<'de>>(from: D) -> Result<D, D::Error> {
    descend().map(forget).map(|()| from).map_err(D::Error::custom)
}

/// Does what [`descend`] does, with an error of the format that reads the value.
///
/// # Errors
/// If there is no level left.
pub(crate) fn descend_to_read<E: de::Error>() -> Result<Descent, E> {
    descend().map_err(E::custom)
}

/// Counts `elements` of a sequence or a map.
///
/// # Errors
/// If fewer elements may still come.
#[inline]
pub(crate) fn count(elements: usize) -> Result<(), Violation> {
    let left = LEFT.get();
    match left.elements.checked_sub(elements) {
        Some(elements) => {
            LEFT.set(Left { elements, ..left });
            Ok(())
        }
        None => Err(note(Violation::Elements)),
    }
}

/// Checks that a map or a set has as many entries as were read. The keys of two entries may have been different when
/// they were written, and be equal when they are read: a skipped field told them apart, or a conversion from an earlier
/// definition made them equal.
///
/// # Errors
/// If an entry has replaced another one.
#[inline]
pub(crate) fn none_replaced(read: usize, kept: usize) -> Result<(), Violation> {
    match read == kept {
        true => Ok(()),
        false => Err(note(Violation::EqualKeys)),
    }
}

/// The guard of a value that serde's traits write or read: how many elements and levels may still come.
struct Guard {
    left: Cell<usize>,
    levels: u32,
}

impl Guard {
    fn new() -> Self {
        let Left { levels, elements } = LEFT.get();
        Self { left: Cell::new(elements), levels }
    }

    fn top(&self) -> Level<'_> {
        Level { guard: self, left: self.levels }
    }

    /// Notes in `LEFT` how many elements may still come.
    fn close(&self) {
        LEFT.set(Left { elements: self.left.get(), ..LEFT.get() });
    }
}

/// A place in a value, with how many levels may still come below it.
#[derive(Clone, Copy)]
struct Level<'g> {
    guard: &'g Guard,
    left: u32,
}

impl Level<'_> {
    /// Returns the level inside a struct or a tuple. The type fixes their depth, so it is not counted.
    #[inline]
    #[allow(clippy::unnecessary_wraps, reason = "`down` has the same signature")]
    fn same(self) -> Result<Self, Violation> {
        Ok(self)
    }

    /// Returns the level inside an option, a sequence, a map or an enum, through which a type may recur. Fails if there
    /// is no level left.
    #[inline]
    fn down(self) -> Result<Self, Violation> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(note(Violation::Depth)),
        }
    }

    /// Counts `elements` of a sequence or a map. Fails if fewer elements may still come.
    #[inline]
    fn count(self, elements: usize) -> Result<(), Violation> {
        match self.guard.left.get().checked_sub(elements) {
            Some(left) => {
                self.guard.left.set(left);
                Ok(())
            }
            None => Err(note(Violation::Elements)),
        }
    }

    /// Counts `elements` elements, or as many of them as may still come. Returns how many it counted.
    #[inline]
    fn advance(self, elements: usize) -> usize {
        let left = self.guard.left.get();
        let advanced = elements.min(left);
        self.guard.left.set(left - advanced);
        advanced
    }
}

/// Writes the violation to the frame, and returns it.
#[cold]
pub(super) fn note(violation: Violation) -> Violation {
    FRAME.with_borrow_mut(|frame| *frame.violation = Some(violation.clone()));
    violation
}
