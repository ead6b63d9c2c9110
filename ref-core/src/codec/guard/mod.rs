//! Two bounds that serde's formats do not have, how deep a value is nested and how many elements it has; and what
//! serde's contract says of a value's shape and no format looks at.
//!
//! A recursive type needs one byte a level, and every level takes stack; elements of no size (`Vec<()>`) need no
//! bytes at all, and every one takes time. So the value that a codec is given to write, and the type that it is given
//! to read, are wrapped: [`GuardedRef`] and [`Guarded`] go between a type's serde implementation and the codec's, count, and
//! refuse. Both sides count alike, so that what can be written can be read.
//!
//! A positional format (bincode, postcard) writes neither names nor an end: a reader takes the fields that its type
//! has, and as many elements as the length before them says. Bytes of a value that leaves out a field, or that has
//! another number of elements than it said, are read as something else. So [`GuardedRef`] refuses such a value there.
//!
//! The budget reaches [`Guarded`] by a thread-local variable, since `Deserialize` takes no argument. It is read once a
//! value.

mod read;
mod write;

pub(super) use read::Guarded;
pub(super) use write::GuardedRef;

use std::cell::Cell;
use std::fmt;

/// How deep a value may be nested, an option, a sequence, a map and an enum being a level each. No type recurs but
/// through one of these.
pub(super) const DEPTH: u32 = 128;

/// How many elements a value may have beyond those that its bytes account for.
pub(super) const SPARE: usize = 1 << 16;

/// Why a value is neither written nor read: a bound that it broke, or a shape whose bytes would not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    Depth,
    Elements,
    /// A field was left out (serde's `skip_field`).
    Skipped {
        of: &'static str,
        field: &'static str,
    },
    /// Another number of parts than was told before them.
    Count {
        of: &'static str,
        told: usize,
        written: usize,
    },
    /// A sequence or a map of untold length, which the codec does not write.
    UnknownLength,
    /// A map in which keys and values do not take turns.
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
            Self::Count { of, told, written } => {
                write!(f, "{of} says that it has {told} parts and writes {written}, so it would be read as another")
            }
            Self::UnknownLength => write!(f, "it has a map or a sequence that does not say how long it is"),
            Self::Unpaired => write!(f, "it has a map whose keys and values do not take turns"),
        }
    }
}

#[derive(Clone, Copy)]
struct Frame {
    /// How many elements may be counted.
    budget: usize,
    /// How many were.
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

/// Lets `code` read or write one guarded value of at most `budget` elements.
pub(super) fn watch<R>(budget: usize, is_positional: bool, code: impl FnOnce() -> R) -> (R, Seen) {
    // A codec may be at work in another's serde code.
    let outer = FRAME.replace(Frame::new(budget, is_positional));
    let result = code();
    let Frame { counted, violation, .. } = FRAME.replace(outer);
    (result, Seen { elements: counted, violation })
}

/// The elements that may still come, and in which kind of format.
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

    /// Reports what was counted.
    fn close(&self) {
        let frame = FRAME.get();
        FRAME.set(Frame { counted: frame.budget.saturating_sub(self.left.get()), ..frame });
    }
}

/// How deep the value is where it is being read or written.
#[derive(Clone, Copy)]
struct Level<'g> {
    guard: &'g Guard,
    left: u32,
}

impl Level<'_> {
    /// Where a struct or a tuple is: these nest as deep as a type says, so that no bytes can make them recur.
    #[inline]
    #[allow(clippy::unnecessary_wraps, reason = "`down` has the same signature")]
    fn same(self) -> Result<Self, Violation> {
        Ok(self)
    }

    /// Where what may recur is.
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

    /// Counts as many elements as there may be, at most `elements`; answers how many.
    #[inline]
    fn advance(self, elements: usize) -> usize {
        let left = self.guard.left.get();
        let advanced = elements.min(left);
        self.guard.left.set(left - advanced);
        advanced
    }
}

#[cold]
fn note(violation: Violation) -> Violation {
    FRAME.set(Frame { violation: Some(violation), ..FRAME.get() });
    violation
}
