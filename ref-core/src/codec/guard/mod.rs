//! The guard between a value and its codec. It sets two bounds that serde's formats do not have: on the depth of a
//! value, and on the number of its elements. It also checks rules of serde on a value's shape that no format checks.
//!
//! The bounds are needed, since a level of a recursive type takes one byte and a frame of the stack. An element of no
//! size (`Vec<()>`) takes no byte, and some time. So a codec writes and reads wrappers, [`GuardedRef`] and [`Guarded`].
//! They stand between the serde implementation of a type and the codec, count levels and elements, and refuse a value
//! with too many. Both wrappers count in the same way, so every value that can be written can be read.
//!
//! The shape is checked, since a positional format (bincode, postcard) writes neither names nor an end. A reader takes
//! the fields of its type, and as many elements as the length before them says. The bytes of a value that leaves out a
//! field, or that has another number of elements than it said, would be read as another value. [`GuardedRef`] refuses
//! such values.
//!
//! A thread-local variable passes the budget to the wrappers and the findings back, since the methods of `Serialize`
//! and `Deserialize` take no such argument. The budget is read once for each value.

mod read;
mod write;

pub(super) use read::Guarded;
pub(super) use write::GuardedRef;

use std::cell::Cell;
use std::fmt;

/// How deep a value may be nested. An option, a sequence, a map and an enum are a level each: every recursive type
/// recurs through one of these.
pub(super) const DEPTH: u32 = 128;

/// How many elements a value may have in addition to [`ELEMENTS_PER_BYTE`](super::Codec::ELEMENTS_PER_BYTE) for each
/// byte.
pub(super) const SPARE: usize = 1 << 16;

/// Why a value is not written or read: it breaks a bound, or a rule on its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    Depth,
    Elements,
    /// A field was left out (serde's `skip_field`).
    Skipped {
        of: &'static str,
        field: &'static str,
    },
    /// The value has another number of parts than it announced.
    Count {
        of: &'static str,
        announced: usize,
        written: usize,
    },
    /// A sequence or a map of unknown length, which the codec does not write.
    UnknownLength,
    /// A map in which keys and values do not alternate.
    Unpaired,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth => write!(f, "it is nested deeper than {DEPTH} levels"),
            Self::Elements => {
                write!(f, "its sequences have more elements than its bytes account for, and {SPARE} more")
            }
            Self::Skipped { of, field } => {
                write!(f, "`{of}` leaves out its field `{field}`, and the bytes after it would be read as that field")
            }
            Self::Count { of, announced, written } => {
                write!(
                    f,
                    "{of} says that it has {announced} parts and writes {written}, so it would be read as another"
                )
            }
            Self::UnknownLength => write!(f, "it has a map or a sequence that does not say how long it is"),
            Self::Unpaired => write!(f, "it has a map whose keys and values do not take turns"),
        }
    }
}

/// The bounds and the findings of one value that is being written or read.
#[derive(Clone, Copy)]
struct Frame {
    /// How many elements may be counted.
    budget: usize,
    /// How many elements were counted.
    counted: usize,
    /// Whether the format writes neither names nor an end.
    is_positional: bool,
    violation: Option<Violation>,
}

impl Frame {
    const fn new(budget: usize, is_positional: bool) -> Self {
        Self { budget, counted: 0, is_positional, violation: None }
    }
}

thread_local! {
    static FRAME: Cell<Frame> = const { Cell::new(Frame::new(0, false)) };
}

/// What [`watch`] saw.
pub(super) struct Seen {
    pub(super) elements: usize,
    pub(super) violation: Option<Violation>,
}

/// Runs `code`, which reads or writes one guarded value. Returns the result of `code`, and what the guard saw.
pub(super) fn watch<R>(budget: usize, is_positional: bool, code: impl FnOnce() -> R) -> (R, Seen) {
    // The serde code of a value may itself call a codec, so frames nest.
    let outer = FRAME.replace(Frame::new(budget, is_positional));
    let result = code();
    let Frame { counted, violation, .. } = FRAME.replace(outer);
    (result, Seen { elements: counted, violation })
}

/// The guard of one value: how many elements may still come, and in which kind of format.
struct Guard {
    left: Cell<usize>,
    is_positional: bool,
}

impl Guard {
    fn new() -> Self {
        let Frame { budget, is_positional, .. } = FRAME.get();
        Self { left: Cell::new(budget), is_positional }
    }

    fn top(&self) -> Level<'_> {
        Level { guard: self, left: DEPTH }
    }

    /// Writes the count to the frame.
    fn close(&self) {
        let frame = FRAME.get();
        FRAME.set(Frame { counted: frame.budget.saturating_sub(self.left.get()), ..frame });
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

    /// Counts `elements` of a sequence or a map.
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
fn note(violation: Violation) -> Violation {
    FRAME.set(Frame { violation: Some(violation), ..FRAME.get() });
    violation
}
