//! The arrays of a value, which a version has beside the encoded value.
//!
//! A [`Bulk`](crate::Bulk) that is written hands its bytes to [`gather`], and writes only their place to the codec. The
//! envelope puts these bytes behind the encoded value. A `Bulk` that is read takes its bytes from [`arrays`]. A value
//! that is sent and not stored has nothing beside it, so there a `Bulk` writes its bytes to the codec.
//!
//! Thread-local variables pass the arrays, since the methods of a `Serializer` and a `Deserializer` take no such
//! argument. The variables are set anew for each value, and restored after it: user code of one value may write or read
//! another one. Another variable passes the error of a damaged array, since a format of serde takes no error but a text.

use crate::bulk::{ALIGN, Arrays, Block};
use crate::error::Error;
use crate::sync::Arc;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::thread::LocalKey;

/// The arrays that a value has written.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) blocks: Vec<Block>,
    /// How many bytes the arrays take, with the padding between them.
    pub(super) length: usize,
}

impl Gathered {
    /// Returns the pieces of which the area of the arrays consists: each array, after the padding before it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut end = 0_usize;
        self.blocks.iter().flat_map(move |block| {
            let (padding, bytes) = (end.next_multiple_of(ALIGN) - end, block.bytes());
            end += padding + bytes.len();
            [&[0; ALIGN][..padding], bytes]
        })
    }
}

/// A variable of a thread. `ManuallyDrop`, so that it has no destructor: without one, it can still be used by a function
/// that `exit` runs after the destructors of the thread.
type Variable<V> = RefCell<ManuallyDrop<Option<V>>>;

thread_local! {
    static WRITTEN: Variable<Gathered> = const { RefCell::new(ManuallyDrop::new(None)) };
    static READ: Variable<Arc<Arrays>> = const { RefCell::new(ManuallyDrop::new(None)) };
    static DAMAGED: Variable<Error> = const { RefCell::new(ManuallyDrop::new(None)) };
}

fn replace<V>(variable: &'static LocalKey<Variable<V>>, value: Option<V>) -> Option<V> {
    ManuallyDrop::into_inner(variable.replace(ManuallyDrop::new(value)))
}

/// The arrays of the outer value, if the code of an outer value writes or reads this one. The destructor restores them,
/// also after a panic.
struct OuterArrays<V: 'static> {
    variable: &'static LocalKey<Variable<V>>,
    value: Option<V>,
}

impl<V> OuterArrays<V> {
    fn replace(variable: &'static LocalKey<Variable<V>>, value: Option<V>) -> Self {
        Self { variable, value: replace(variable, value) }
    }
}

impl<V> Drop for OuterArrays<V> {
    fn drop(&mut self) {
        drop(replace(self.variable, self.value.take()));
    }
}

/// Gathers the arrays of one value that is written, until it is finished or dropped. The destructor restores the arrays
/// of the outer value.
#[must_use = "arrays are gathered until this is dropped"]
pub(super) struct Gathering(OuterArrays<Gathered>);

impl Gathering {
    /// Gathers nothing if `has_room` is false: then the arrays are written in the value.
    pub(super) fn begin(has_room: bool) -> Self {
        Self(OuterArrays::replace(&WRITTEN, has_room.then(Gathered::default)))
    }

    pub(super) fn finish(self) -> Gathered {
        replace(self.0.variable, None).unwrap_or_default()
    }
}

/// Forgets the arrays that were gathered: a codec may write the value more than once.
pub(super) fn restart() {
    let is_gathering = WRITTEN.with_borrow(|gathered| gathered.is_some());
    drop(replace(&WRITTEN, is_gathering.then(Gathered::default)));
}

/// Puts the array beside the value that this thread writes. Returns the array's place in the area of the arrays, or the
/// array if it is to be written in the value.
pub(crate) fn gather(block: Block) -> Result<Range<usize>, Block> {
    WRITTEN.with_borrow_mut(|gathered| match &mut **gathered {
        Some(gathered) => {
            let start = gathered.length.next_multiple_of(ALIGN);
            let end = start.saturating_add(block.length());
            gathered.length = end;
            gathered.blocks.push(block);
            Ok(start..end)
        }
        None => Err(block),
    })
}

/// Runs `read`, which reads one value with these arrays beside it.
pub(super) fn reading<R>(arrays: Option<Arc<Arrays>>, read: impl FnOnce() -> R) -> R {
    let _outer = OuterArrays::replace(&READ, arrays);
    read()
}

/// Returns the arrays of the value that this thread reads, if there are any.
pub(crate) fn arrays() -> Option<Arc<Arrays>> {
    READ.with_borrow(|arrays| (**arrays).clone())
}

/// Keeps the error of an array that is not what was written, for [`damage`]. Returns its text, for the format.
pub(crate) fn damaged(error: Error) -> String {
    let text = error.to_string();
    drop(replace(&DAMAGED, Some(error)));
    text
}

/// Returns the error of a damaged array which this thread has met since the last call.
pub(super) fn damage() -> Option<Error> {
    replace(&DAMAGED, None)
}
