//! `ref dump`: the value of an object, as JSON.

mod description;
mod opaque;
mod out;
mod pieces;
mod times;
mod types;
mod walk;

use crate::fields::{FORMAT, ObjectFields};
use crate::show::find;
use crate::{Done, Place};
use description::Description;
use ref_core::inspect::{EncodedValue, Inspector};
use serde::Serialize;
use serde::de::DeserializeSeed as _;
use types::Types;
use walk::{ValueSeed, Walk};

#[derive(Serialize)]
struct Dumped {
    format: u32,
    object: ObjectFields,
    codec: &'static str,
    description: String,
}

/// The bytes of the stack of the thread that reads a value: enough for the deepest value that is read.
const STACK: usize = 256 << 20;

pub(crate) fn run(place: &Place, object: &str, most_mib: u64) -> Done {
    let store = Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let entry = find(&store, object)?;
    let most = most_mib.saturating_mul(1 << 20);
    let value = store.encoded_value(entry.id, most).map_err(|error| match error.kind() {
        ref_core::ErrorKind::TooLarge => format!("{} has {} bytes: `--most` permits more", entry.id, entry.bytes),
        _ => error.to_string(),
    })?;
    let (codec, description) = understood(&value)?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let read = std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK);
        let reader = reader.spawn_scoped(scope, || json_of(&value, codec, &description, most));
        reader.map(|reader| reader.join()).map_err(|error| format!("cannot start a thread: {error}"))
    });
    let json = read?.unwrap_or_else(|_| Err("the value could not be read, by a fault of `ref`".to_owned()))?;
    if !place.json {
        return Ok(json + "\n");
    }
    let object = ObjectFields::from(&entry);
    let about = Dumped { format: FORMAT, object, codec: codec.name(), description };
    let about = serde_json::to_string_pretty(&about).map_err(|error| error.to_string())?;
    let about = about.trim_end_matches('}').trim_end();
    Ok(format!("{about},\n  \"value\": {}\n}}\n", json.replace('\n', "\n  ")))
}

/// A codec of the library.
#[derive(Clone, Copy, Debug)]
enum KnownCodec {
    Bincode,
    Postcard,
}

impl KnownCodec {
    fn name(self) -> &'static str {
        match self {
            Self::Bincode => "bincode",
            Self::Postcard => "postcard",
        }
    }
}

/// Returns the codec and the description of a value.
fn understood(value: &EncodedValue) -> Result<(KnownCodec, String), String> {
    let of = |what: String| format!("the value of the type `{}` {what}", crate::text::plain(&value.type_name));
    let codec = match value.codec {
        Some(1) => KnownCodec::Bincode,
        Some(2) => KnownCodec::Postcard,
        None => return Err(of("is promised: there is none yet".to_owned())),
        Some(number @ 128..) => {
            return Err(of(format!(
                "was written by the program's own codec number {number}: only the program reads it"
            )));
        }
        Some(number) => {
            return Err(of(format!("was written by the codec number {number}, of a newer `ref`: use that one")));
        }
    };
    let none = "has no description in the store, or a damaged one: a process that writes such a value writes it anew";
    value.description.clone().map(|text| (codec, text)).ok_or_else(|| of(none.to_owned()))
}

/// Reads the value by each reading of its description, and returns the first that fits all of its bytes.
fn json_of(value: &EncodedValue, codec: KnownCodec, description: &str, most: usize) -> Result<String, String> {
    let description = Description::parse(description)?;
    let mut first = None;
    for reading in description.readings() {
        let types = Types { description: &description, reading: &reading };
        match json_by(value, codec, types, most) {
            Ok(json) => return Ok(json),
            Err(why) => first = first.or(Some(why)),
        }
    }
    Err(first.unwrap_or_else(|| "the description of the type contradicts itself".to_owned()))
}

fn json_by(value: &EncodedValue, codec: KnownCodec, types: Types<'_>, most: usize) -> Result<String, String> {
    let mut walk = Walk::new(types, &value.arrays, most);
    let seed = ValueSeed(&mut walk, 0);
    let read = match codec {
        KnownCodec::Bincode => bincode::serde::seed_decode_from_slice(seed, &value.body, bincode::config::standard())
            .map(|((), used)| value.body.len() - used)
            .map_err(|error| error.to_string()),
        KnownCodec::Postcard => {
            let mut from = postcard::Deserializer::from_bytes(&value.body);
            let read = seed.deserialize(&mut from).and_then(|()| from.finalize());
            read.map(<[u8]>::len).map_err(|error| error.to_string())
        }
    };
    match (read, walk.problem) {
        (Ok(0), None) => Ok(walk.out.finish()),
        (_, Some(problem)) => Err(problem),
        (Ok(rest), None) => Err(format!("the value does not fit its description: {rest} bytes are left over")),
        (Err(why), None) => Err(format!("the value does not fit its description: {}", crate::text::plain(&why))),
    }
}

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod tests;
