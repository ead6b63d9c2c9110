//! Values for tests of panics, and functions that take and return such values. When a test asks for it, a value panics
//! in its own code, which writes or reads it, or in its destructor.

use ref_core::{Owned, Schema, Store, Stored, global_store, remote};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A moment in which a [`Touchy`] may panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Moment {
    Writing,
    Reading,
    Dropping,
}

thread_local! {
    /// The moment in which a `Touchy` panics next, and how many such moments pass before the panic.
    static NEXT_PANIC: Cell<Option<(Moment, u64)>> = const { Cell::new(None) };
    /// How many `Touchy` this thread has dropped.
    static DROPPED: Cell<u64> = const { Cell::new(0) };
}

/// Makes a `Touchy` of this thread panic once, in that moment, after `before` such moments.
pub(crate) fn panic_in(moment: Moment, before: u64) {
    NEXT_PANIC.set(Some((moment, before)));
}

/// Returns whether the panic that `panic_in` has asked for has happened. If not, there will be no such panic.
pub(crate) fn has_panicked() -> bool {
    NEXT_PANIC.take().is_none()
}

fn touch(now: Moment) {
    match NEXT_PANIC.get() {
        Some((moment, 0)) if moment == now => {
            NEXT_PANIC.set(None);
            panic!("{now:?}");
        }
        Some((moment, before)) if moment == now => NEXT_PANIC.set(Some((moment, before - 1))),
        _ => {}
    }
}

/// A number whose own code and destructor can panic. The type is not opaque: the tests count the moments, and an
/// opaque value is read back, written again and dropped whenever it is written.
#[derive(Debug, PartialEq)]
pub(crate) struct Touchy(pub(crate) u64);

impl Stored for Touchy {
    fn describe(schema: &mut Schema) {
        schema.named("Touchy", 1, |shape| shape.field::<u64>("0"));
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        touch(Moment::Writing);
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = u64::restore(from)?;
        touch(Moment::Reading);
        Ok(Self(number))
    }
}

/// An opaque type with a `Touchy` in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Brittle(pub(crate) Touchy);

impl Serialize for Brittle {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.store(to)
    }
}

impl<'de> Deserialize<'de> for Brittle {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Touchy::restore(from).map(Self)
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
        touch(Moment::Dropping);
    }
}

/// A stored value with a `Touchy` in it.
#[global_store]
#[derive(Debug, PartialEq)]
pub(crate) struct Glass {
    pub(crate) touchy: Touchy,
}

impl Glass {
    pub(crate) fn of(number: u64) -> Self {
        Self { touchy: Touchy(number) }
    }

    pub(crate) fn number(&self) -> u64 {
        self.touchy.0
    }
}

/// A type whose `Stored::describe` panics when a test asks for it. Only calls describe this type, and not the start of
/// the workers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Shy(u64);

/// How many more times `describe` panics in this process. The environment variable `REF_TEST_SHY` has the number at
/// first; without it the number is 0.
pub(crate) static SHY: LazyLock<AtomicU64> = LazyLock::new(|| {
    let times = std::env::var("REF_TEST_SHY").ok().and_then(|times| times.parse().ok());
    AtomicU64::new(times.unwrap_or(0))
});

impl Stored for Shy {
    fn describe(schema: &mut Schema) {
        let left = SHY.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        assert!(left.is_err(), "shy");
        schema.named("Shy", 1, |shape| shape.field::<u64>("0"));
    }

    fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}

#[remote]
pub(crate) fn hide(address: String) -> Result<Owned<Shy>, String> {
    let store = Store::open(&address).map_err(|error| error.to_string())?;
    store.put(Shy(7)).map_err(|error| error.to_string())
}

#[remote]
pub(crate) fn touchy(number: u64) -> Touchy {
    Touchy(number)
}

/// Takes and returns an opaque value.
#[remote]
pub(crate) fn brittle(Brittle(touchy): Brittle) -> Brittle {
    Brittle(Touchy(touchy.0 + 1))
}

#[remote]
pub(crate) fn peek(glass: &Glass) -> u64 {
    glass.number()
}

#[remote]
pub(crate) fn peek_all(glasses: &[Glass]) -> u64 {
    glasses.iter().map(Glass::number).sum()
}

/// Adds one to each number.
#[remote]
pub(crate) fn raise_all(glasses: &mut [Glass]) {
    glasses.iter_mut().for_each(|glass| glass.touchy.0 += 1);
}

/// Adds one to each number, and returns the sum.
#[remote]
pub(crate) fn raise(first: &mut Glass, second: &mut Glass) -> Touchy {
    first.touchy.0 += 1;
    second.touchy.0 += 1;
    Touchy(first.number() + second.number())
}

#[remote]
pub(crate) fn bump(glass: &mut Glass) {
    glass.touchy.0 += 1;
}

/// Returns how many `Touchy` the worker has dropped.
#[remote]
pub(crate) fn dropped() -> u64 {
    DROPPED.get()
}

/// Makes a `Touchy` of the worker panic once, in that moment, after `before` such moments.
#[remote]
pub(crate) fn panic_in_worker(moment: Moment, before: u64) {
    panic_in(moment, before);
}

/// Panics with a payload whose destructor panics.
#[remote]
pub(crate) fn panic_twice() {
    panic_in(Moment::Dropping, 0);
    std::panic::panic_any(Touchy(1));
}
