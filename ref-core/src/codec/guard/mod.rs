//! Two bounds that serde's formats do not have: how deep a value is nested, and how many elements it has.
//!
//! A recursive type needs one byte a level, and every level takes stack; elements of no size (`Vec<()>`) need no
//! bytes at all, and every one takes time. So the value that a codec is given to write, and the type that it is given
//! to read, are wrapped: [`Item`] and [`Guarded`] go between a type's serde implementation and the codec's, count, and
//! refuse. Both sides count alike, so that what can be written can be read.
//!
//! The budget reaches [`Guarded`] by a thread-local variable, since `Deserialize` takes no argument. It is read once a
//! value.

mod read;
mod write;

pub(super) use read::Guarded;
pub(super) use write::Item;

use std::cell::Cell;
use std::fmt;

/// How deep a value may be nested, an option, a sequence, a map and an enum being a level each. No type recurs but
/// through one of these.
pub(super) const DEPTH: u32 = 128;

/// How many elements a value may have beyond those that its bytes account for.
pub(super) const SPARE: usize = 1 << 16;

/// A bound that a value broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Depth,
    Elements,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth => write!(f, "it is nested deeper than {DEPTH} levels"),
            Self::Elements => {
                write!(f, "its sequences have more elements than its bytes account for, and {SPARE} more")
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Frame {
    /// How many elements may be counted.
    budget: usize,
    /// How many were.
    counted: usize,
    broken: Option<Bound>,
}

thread_local! {
    static FRAME: Cell<Frame> = const { Cell::new(Frame { budget: 0, counted: 0, broken: None }) };
}

/// What [`watch`] saw.
pub(super) struct Seen {
    pub(super) elements: usize,
    pub(super) broken: Option<Bound>,
}

/// Lets `code` read or write one guarded value of at most `budget` elements.
pub(super) fn watch<R>(budget: usize, code: impl FnOnce() -> R) -> (R, Seen) {
    // A codec may be at work in another's serde code.
    let outer = FRAME.replace(Frame { budget, counted: 0, broken: None });
    let result = code();
    let Frame { counted, broken, .. } = FRAME.replace(outer);
    (result, Seen { elements: counted, broken })
}

/// The elements that may still come.
struct Guard {
    left: Cell<usize>,
}

impl Guard {
    fn new() -> Self {
        Self { left: Cell::new(FRAME.get().budget) }
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
    #[allow(clippy::unnecessary_wraps)]
    fn same(self) -> Result<Self, Bound> {
        Ok(self)
    }

    /// Where what may recur is.
    #[inline]
    fn down(self) -> Result<Self, Bound> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(broken(Bound::Depth)),
        }
    }

    /// Counts `elements` of a sequence or a map.
    #[inline]
    fn count(self, elements: usize) -> Result<(), Bound> {
        match self.guard.left.get().checked_sub(elements) {
            Some(left) => {
                self.guard.left.set(left);
                Ok(())
            }
            None => Err(broken(Bound::Elements)),
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
fn broken(bound: Bound) -> Bound {
    FRAME.set(Frame { broken: Some(bound), ..FRAME.get() });
    bound
}
