//! Makes values of a type, stores them, reads them back, and compares.

use crate::make::{Maker, Random};
use ref_core::codec::{Codec, CodecOf, Failure, Limits, Postcard, Sink};
use ref_core::{Schema, Store, Stored};
use serde::de::DeserializeOwned;
use serde::{Deserializer, Serialize, Serializer};
use std::cell::Cell;
use std::io::Write as _;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What became of a type.
pub enum Outcome {
    /// All values came back equal. Not all of them were the default, or the type has no size.
    Equal,
    /// All values were the default, and came back equal.
    OnlyDefault,
    /// No value was made.
    NotMade(String),
    /// A value came back as another.
    Differs(String),
    /// A value was not written, or not read.
    Refused(String),
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
    static PRINTED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A codec that reads a value from random numbers.
struct Generator;

impl Codec for Generator {
    const ID: u8 = 222;
    const NAME: &'static str = "generator";

    fn encode<T: Serialize>(_: &T, sink: &mut Sink) -> Result<(), Failure> {
        Ok(sink.write_all(&SEED.get().to_le_bytes())?)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        let mut random = Random::new(u64::from_le_bytes(bytes.try_into()?));
        Ok(T::deserialize(Maker::new(&mut random))?)
    }
}

/// JSON. What was written last is left in `PRINTED`, too.
struct Printer;

impl Codec for Printer {
    const ID: u8 = 223;
    const NAME: &'static str = "printer";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        let text = serde_json::to_vec(value)?;
        sink.write_all(&text)?;
        PRINTED.set(text);
        Ok(())
    }

    // The library reads opaque values back when they are written.
    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// A value that [`Generator`] makes.
struct Made<T>(Option<T>);

/// A value that the codec `C` writes: postcard, or [`Printer`].
struct By<C, T>(T, PhantomData<C>);

impl<C, T> By<C, T> {
    fn new(value: T) -> Self {
        Self(value, PhantomData)
    }
}

impl<C: Codec, T: Stored> Stored for By<C, T> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<T>();
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.store(to)
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::restore(from).map(Self::new)
    }

    fn codec() -> CodecOf<Self> {
        CodecOf::new::<C>()
    }
}

impl<T: Stored> Stored for Made<T> {
    fn describe(schema: &mut Schema) {
        schema.same_as::<T>();
    }

    fn store<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }

    fn restore<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::restore(from).map(|value| Self(Some(value)))
    }

    fn codec() -> CodecOf<Self> {
        CodecOf::new::<Generator>()
    }
}

const ATTEMPTS: u64 = 400;
const ENOUGH: u32 = 12;

fn made<T: Stored>(store: &Store, seed: u64) -> ref_core::Result<T> {
    SEED.set(seed);
    let key = store.put(Made::<T>(None))?.detach()?;
    let made = store.get(&key);
    let _was_there = store.remove(&key)?;
    Ok(made?.0.expect("`restore` makes a value"))
}

/// Makes values of the type, stores each by both codecs, reads it back, and compares. A panic counts as `Refused`.
pub fn trip<T: Stored>(same: fn(&T, &T) -> Option<bool>, is_default: fn(&T) -> bool) -> Outcome {
    let done = catch_unwind(AssertUnwindSafe(|| every(same, is_default)));
    done.unwrap_or_else(|_| Outcome::Refused("a panic".into()))
}

fn every<T: Stored>(same: fn(&T, &T) -> Option<bool>, is_default: fn(&T) -> bool) -> Outcome {
    let Ok(store) = Store::open("memory:") else { return Outcome::NotMade("no store".into()) };
    let (mut equal, mut other, mut why) = (0, 0, String::new());
    for seed in 0..ATTEMPTS {
        let value: T = match made(&store, seed) {
            Ok(value) => value,
            Err(error) => {
                why = error.to_string();
                continue;
            }
        };
        other += u32::from(!is_default(&value));
        let read: ref_core::Result<(T, T)> = (|| {
            let by_bincode = store.put(made::<T>(&store, seed)?)?.detach()?;
            let by_postcard = store.put(By::<Postcard, T>::new(made(&store, seed)?))?.detach()?;
            Ok((store.get(&by_bincode)?, store.get(&by_postcard)?.0))
        })();
        match read {
            Err(error) => return Outcome::Refused(format!("seed {seed}: {error}")),
            Ok((first, second)) => {
                let verdicts = match (same(&value, &first), same(&value, &second)) {
                    (Some(first), Some(second)) => [first, second],
                    _ => match printed_alike(&store, value, first, second) {
                        Ok(verdicts) => verdicts,
                        Err(error) => return Outcome::Refused(format!("seed {seed}, as JSON: {error}")),
                    },
                };
                for (is_same, codec) in verdicts.into_iter().zip(["bincode", "postcard"]) {
                    if !is_same {
                        return Outcome::Differs(format!("seed {seed}, {codec}"));
                    }
                }
            }
        }
        equal += 1;
        if equal >= ENOUGH && other > 0 {
            break;
        }
    }
    match (equal, other) {
        (0, _) => Outcome::NotMade(why),
        (_, 0) if size_of::<T>() > 0 => Outcome::OnlyDefault,
        _ => Outcome::Equal,
    }
}

/// Compares a value with two others by their JSON, if their type has neither `PartialEq` nor `Debug`. The order of a
/// map's keys does not matter.
fn printed_alike<T: Stored>(store: &Store, value: T, first: T, second: T) -> ref_core::Result<[bool; 2]> {
    let [value, first, second] = [value, first, second].map(|value| {
        let _printed = store.put(By::<Printer, T>::new(value))?;
        let json: Option<serde_json::Value> = serde_json::from_slice(&PRINTED.take()).ok();
        Ok::<_, ref_core::Error>(json)
    });
    let value = value?;
    Ok([first?, second?].map(|other| value.is_some() && other == value))
}
