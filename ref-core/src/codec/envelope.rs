//! The envelope of every stored value: a header that names the type and the codec, and a checksum. The checksum, the
//! lengths and the type are checked before the value is decoded.
//!
//! ```text
//!  0  magic          8 bytes, "\x89ref\r\n\x1a\n": changed by a program that converts line ends
//!  8  version        u16     of this layout; all numbers are little-endian
//! 10  codec          u8
//! 11  zero           u8
//! 12  checksum       u32     CRC-32 of everything else: bytes 0..12, and 16 to the end of the body
//! 16  fingerprint    u64     of the type's definition
//! 24  body length    u64
//! 32  beside length  u64     for large arrays after the body; always 0 so far
//! 40  name length    u32
//! 44  body offset    u32     a multiple of 64
//! 48  zero           16 bytes
//! 64  the type's name, zeros to the body offset, the body
//! ```

use super::errors::too_large;
use super::{CodecOf, MOST, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Edition, Known, reading};

const MAGIC: [u8; 8] = *b"\x89ref\r\n\x1a\n";
const VERSION: u16 = 3;
const HEADER: usize = 64;
const ALIGN: usize = 64;
const CHECKSUM: std::ops::Range<usize> = 12..16;

/// Encodes `value`, of the type `known`, with the header before it.
pub(crate) fn seal<T>(value: &T, known: &Known, codec: CodecOf<T>, max_object_bytes: usize) -> Result<Vec<u8>> {
    let most = max_object_bytes.min(MOST);
    let offset = body_offset(known.name.len());
    let mut front = vec![0; offset];
    front[HEADER..HEADER + known.name.len()].copy_from_slice(known.name.as_bytes());
    let mut sink = Sink::after(front, most);
    codec.encode(value, &mut sink)?;
    let mut bytes = sink.into_bytes();
    let body = (bytes.len() - offset) as u64;
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
    bytes[10] = codec.id();
    bytes[16..24].copy_from_slice(&known.fingerprint.0.to_le_bytes());
    bytes[24..32].copy_from_slice(&body.to_le_bytes());
    bytes[40..44].copy_from_slice(&(known.name.len() as u32).to_le_bytes());
    bytes[44..48].copy_from_slice(&(offset as u32).to_le_bytes());
    let checksum = checksum(&bytes);
    bytes[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Decodes the value in `bytes`, if they are undamaged and have a value of the type `known`, or of an edition of that
/// type. `decode` gets the codec's number, the body, and the largest size of a value.
pub(crate) fn open<T>(
    bytes: &[u8],
    known: &Known,
    max_object_bytes: usize,
    decode: impl FnOnce(u8, &[u8], usize) -> Result<T>,
) -> Result<T> {
    let envelope = Envelope::parse(bytes)?;
    let most = max_object_bytes.min(MOST);
    if envelope.body.len() > most {
        return Err(too_large(Some(envelope.body.len()), most));
    }
    let edition = edition(known, envelope.name, envelope.fingerprint, "the stored value")?;
    reading(edition, || decode(envelope.codec, envelope.body, most))
}

/// Checks that a type with this name and this fingerprint is `known`, or an edition of `known`. Returns the edition, or
/// `None` for the type itself. The error for any other type says that `what` is of that type.
pub(crate) fn edition(known: &Known, name: &str, fingerprint: u64, what: &str) -> Result<Option<&'static Edition>> {
    if name == known.name && fingerprint == known.fingerprint.0 {
        return Ok(None);
    }
    if let Some(edition) = known.edition(name, fingerprint) {
        return Ok(Some(edition));
    }
    Err(other_type(known, name, fingerprint, what))
}

#[cold]
fn other_type(known: &Known, name: &str, fingerprint: u64, what: &str) -> Error {
    if name != known.name {
        let message = format!("{what} is a `{name}`, and `{}` was asked for", known.name);
        return Error::new(ErrorKind::WrongType, message).with_remedy("ask for it by the type that was stored");
    }
    schema_mismatch(format!(
        "{what} has the layout {fingerprint:016x} of `{name}`, and this process was built with {:016x}",
        known.fingerprint.0
    ))
}

/// Returns the error for a stored value of another definition of `known`, with the `difference` of the two definitions.
#[cold]
pub(crate) fn other_definition(known: &Known, difference: &str) -> Error {
    schema_mismatch(format!("the stored value is of another definition of `{}`: {difference}", known.name))
}

fn schema_mismatch(message: String) -> Error {
    Error::new(ErrorKind::SchemaMismatch, message).with_remedy(
        "build both processes from the same definition of the type; a newer definition reads the values of an older one \
         if it names it: `#[global_store(version = .., from = ..)]`",
    )
}

/// Returns the fingerprint in the header of a stored value, if there is a whole header.
pub(crate) fn fingerprint(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk::<HEADER>().map(|header| number(header, 16..24))
}

/// The parts of a stored value whose header and checksum are right.
struct Envelope<'a> {
    codec: u8,
    fingerprint: u64,
    name: &'a str,
    body: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self> {
        let header = bytes.first_chunk::<HEADER>().ok_or_else(|| corrupt("they are shorter than a header"))?;
        if header[..8] != MAGIC {
            return Err(corrupt("they do not begin as a stored value does"));
        }
        let version = u16::from_le_bytes([header[8], header[9]]);
        if version != VERSION {
            return Err(other_version(version));
        }
        let (name, body) = parts(bytes, header).ok_or_else(|| corrupt("their lengths contradict each other"))?;
        if number(header, CHECKSUM) != u64::from(checksum(bytes)) {
            return Err(corrupt("their checksum does not fit"));
        }
        let name = std::str::from_utf8(name).map_err(|_| corrupt("the type's name is not text"))?;
        Ok(Self { codec: header[10], fingerprint: number(header, 16..24), name, body })
    }
}

/// Returns the type's name and the body, if the lengths in the header fit `bytes`.
fn parts<'a>(bytes: &'a [u8], header: &[u8; HEADER]) -> Option<(&'a [u8], &'a [u8])> {
    let length = |range| usize::try_from(number(header, range)).ok();
    let (body, beside) = (length(24..32)?, length(32..40)?);
    let (name, offset) = (length(40..44)?, length(44..48)?);
    if beside != 0 || name > bytes.len() || offset != body_offset(name) || bytes.len().checked_sub(offset)? != body {
        return None;
    }
    Some((bytes.get(HEADER..HEADER + name)?, bytes.get(offset..)?))
}

fn body_offset(name: usize) -> usize {
    (HEADER + name).next_multiple_of(ALIGN)
}

/// Reads the little-endian number, of at most eight bytes, at `range`.
fn number(header: &[u8; HEADER], range: std::ops::Range<usize>) -> u64 {
    let mut wide = [0; 8];
    wide[..range.len()].copy_from_slice(&header[range]);
    u64::from_le_bytes(wide)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..CHECKSUM.start]);
    hasher.update(&bytes[CHECKSUM.end..]);
    hasher.finalize()
}

fn corrupt(why: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the stored bytes are not what was written: {why}"))
        .with_remedy("something else wrote into the store, or its memory is damaged: put the value anew")
}

fn other_version(version: u16) -> Error {
    let message = format!("the value is stored in layout version {version}, and this process reads {VERSION}");
    Error::new(ErrorKind::CodecMismatch, message).with_remedy("build both processes with the same `ref-core`")
}
