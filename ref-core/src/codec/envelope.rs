//! The envelope of every stored value: a header that names the type and the codec, and a checksum. The checksum, the
//! lengths and the type are checked before the value is decoded.
//!
//! ```text
//!  0  magic          8 bytes, "\x89ref\r\n\x1a\n": changed by a program that converts line ends
//!  8  version        u16     of this layout; all numbers are little-endian
//! 10  codec          u8      127 if there is no value yet
//! 11  zero           u8
//! 12  checksum       u32     CRC-32 of everything else before the arrays: bytes 0..12, and 16 to the arrays or the end
//! 16  fingerprint    u64     of the type's definition
//! 24  body length    u64
//! 32  beside length  u64     of the arrays beside the body, with the padding between them; 0 without arrays
//! 40  name length    u32
//! 44  body offset    u32     a multiple of 64
//! 48  zero           16 bytes
//! 64  the type's name, zeros to the body offset, the body
//! ```
//!
//! If the value has arrays, the body is followed by the CRC-32 of each 64 KiB of the arrays (the last may be shorter),
//! zeros to a multiple of 64, and the arrays. Each array begins at a multiple of 64, after zeros. The body says where
//! each array is. The arrays' own checksums are compared when a version is read into memory, and not when it is mapped.

use super::beside::{self, Gathered};
use super::errors::{too_large, too_large_with_arrays};
use super::spare::SPARE;
use super::{Decode, Encode, MOST, Sink, decode, guarded};
use crate::bulk::{ALIGN, Arrays, HeldBytes, Summing, sums_length};
use crate::error::{Error, ErrorKind, Result};
use crate::id::MAGIC;
use crate::schema::{Edition, Known, reading};
use crate::sync::Arc;
use std::ops::Range;

const VERSION: u16 = 3;
const HEADER: usize = 64;
const CHECKSUM: Range<usize> = 12..16;
/// Stands in the place of a codec's number in the header of an object that has no value yet.
pub(super) const NO_CODEC: u8 = 127;

/// A value that is ready for a store: the header, the body and the checksums of the arrays; and the arrays.
pub(crate) struct SealedVersion {
    front: Vec<u8>,
    arrays: Gathered,
}

impl SealedVersion {
    /// Returns the bytes of the version.
    pub(crate) fn pieces(&self) -> Vec<&[u8]> {
        [&self.front[..]].into_iter().chain(self.arrays.pieces()).collect()
    }

    pub(crate) fn has_arrays(&self) -> bool {
        self.arrays.length > 0
    }

    /// Returns how many bytes the version has.
    pub(crate) fn length(&self) -> usize {
        self.front.len() + self.arrays.length
    }

    /// Returns whether this version has `length` bytes, and begins with `head`.
    pub(crate) fn begins_with(&self, head: &[u8], length: usize) -> bool {
        let left = self.pieces().into_iter().try_fold(head, |head, piece| {
            let (here, rest) = head.split_at(piece.len().min(head.len()));
            piece.starts_with(here).then_some(rest)
        });
        length == self.length() && left.is_some_and(<[u8]>::is_empty)
    }
}

impl Drop for SealedVersion {
    fn drop(&mut self) {
        SPARE.keep(std::mem::take(&mut self.front));
    }
}

/// Encodes a value of the type `known`, with the header before it.
///
/// # Errors
/// `Corrupt` if an array of the value is in another version whose bytes something else has changed; `TooLarge`; else
/// the errors of the codec.
pub(crate) fn seal(known: &Known, max_object_bytes: usize, value: &dyn Encode) -> Result<SealedVersion> {
    let mut sink = after_header(known, max_object_bytes).with_arrays(max_object_bytes);
    guarded::encode(value, &mut sink)?;
    with_header(sink, known, value.format().id)
}

/// Returns a header for a value of the type `known`, and no value. Opening it fails with `CodecMismatch`.
///
/// # Errors
/// `Corrupt` if the header cannot be written.
pub(crate) fn seal_nothing(known: &Known) -> Result<SealedVersion> {
    with_header(after_header(known, 0), known, NO_CODEC)
}

/// Does what [`seal`] does, for a copy that is sent and not stored: arrays are a part of the body.
///
/// # Errors
/// `TooLarge`, and the errors of the codec.
#[allow(dead_code, reason = "only remote calls send copies")]
pub(crate) fn seal_copy(value: &dyn Encode, known: &Known, max_object_bytes: usize) -> Result<Vec<u8>> {
    let mut sink = after_header(known, max_object_bytes);
    guarded::encode(value, &mut sink)?;
    with_header(sink, known, value.format().id).map(|mut sealed| std::mem::take(&mut sealed.front))
}

/// Returns a sink that has the type's name, and room for the header before it.
pub(super) fn after_header(known: &Known, max_object_bytes: usize) -> Sink {
    let mut front = vec![0; body_offset(known.name.len())];
    front[HEADER..HEADER + known.name.len()].copy_from_slice(known.name.as_bytes());
    Sink::after(front, max_object_bytes.min(MOST))
}

/// Writes the header before the body in `sink`, and the checksums of the arrays behind the body.
pub(super) fn with_header(sink: Sink, known: &Known, codec: u8) -> Result<SealedVersion> {
    let offset = body_offset(known.name.len());
    let (mut bytes, arrays) = sink.into_parts();
    let body = (bytes.len() - offset) as u64;
    if arrays.length > 0 {
        bytes.extend(sums(&arrays)?);
        bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
    }
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
    bytes[10] = codec;
    bytes[16..24].copy_from_slice(&known.fingerprint.0.to_le_bytes());
    bytes[24..32].copy_from_slice(&body.to_le_bytes());
    bytes[32..40].copy_from_slice(&(arrays.length as u64).to_le_bytes());
    bytes[40..44].copy_from_slice(&(known.name.len() as u32).to_le_bytes());
    bytes[44..48].copy_from_slice(&(offset as u32).to_le_bytes());
    write_checksum(&mut bytes);
    Ok(SealedVersion { front: bytes, arrays })
}

fn write_checksum(front: &mut [u8]) {
    let checksum = checksum(front);
    front[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
}

/// Writes a version whose only array was sealed as room: `fill` writes the array where it stays. `version` has as many
/// zeros as [`SealedVersion::length`] says.
pub(crate) fn fill(sealed: &SealedVersion, version: &mut [u8], fill: impl FnOnce(&mut [u8])) {
    let Some((front, array)) = version.split_at_mut_checked(sealed.front.len()) else { return };
    fill(array);
    let mut summing = Summing::default();
    summing.push(array);
    front.copy_from_slice(&sealed.front);
    let sums = summing.finish();
    if let Some(place) = sums_place(front).and_then(|place| front.get_mut(place)) {
        place.copy_from_slice(&sums);
    }
    write_checksum(front);
}

/// Returns the place of the checksums in the front of a version.
fn sums_place(front: &[u8]) -> Option<Range<usize>> {
    let header = front.first_chunk::<HEADER>()?;
    let word = |range| usize::try_from(number(header, range)).ok();
    let start = word(44..48)?.checked_add(word(24..32)?)?;
    Some(start..start.checked_add(sums_length(word(32..40)?))?)
}

/// Returns the checksums of the arrays. First compares arrays of other versions with their checksums, so that no damage
/// gets a new checksum.
fn sums(arrays: &Gathered) -> Result<Vec<u8>> {
    arrays.blocks.iter().try_for_each(|block| block.check())?;
    let mut summing = Summing::default();
    arrays.pieces().for_each(|piece| summing.push(piece));
    let mut sums = summing.finish();
    // An array that comes later has room for its checksums.
    sums.resize(sums_length(arrays.length), 0);
    Ok(sums)
}

/// The bytes of a version that was read.
#[derive(Clone)]
pub(crate) struct VersionBytes {
    pub(crate) held: HeldBytes,
    /// Whether the bytes are a mapped file of a store.
    pub(crate) is_mapped: bool,
}

impl VersionBytes {
    pub(crate) fn bytes(&self) -> &[u8] {
        (*self.held).as_ref()
    }
}

/// Decodes the value of a version, if the bytes are undamaged and have a value of the type `known`, or of an edition of
/// that type. Arrays that are mapped may be damaged.
pub(crate) fn open(
    version: &VersionBytes,
    known: &Known,
    max_object_bytes: usize,
    value: &mut dyn Decode,
) -> Result<()> {
    let envelope = Envelope::parse(version.bytes())?;
    let arrays = envelope.parts.arrays_of(version).map(Arc::new);
    open_envelope(&envelope, arrays, known, max_object_bytes, value)
}

/// Does what [`open`] does, for a copy that [`seal_copy`] has made.
///
/// # Errors
/// Those of [`open`].
#[allow(dead_code, reason = "only remote calls send copies")]
pub(crate) fn open_copy(bytes: &[u8], known: &Known, max_object_bytes: usize, value: &mut dyn Decode) -> Result<()> {
    open_envelope(&Envelope::parse(bytes)?, None, known, max_object_bytes, value)
}

/// Returns the value that was read, if it was.
pub(crate) fn read_value<T>(opened: Result<()>, value: Option<T>) -> Result<T> {
    match (opened, value) {
        (Ok(()), Some(value)) => Ok(value),
        (Ok(()), None) => Err(not_kept()),
        (Err(error), _) => Err(error),
    }
}

#[cold]
pub(crate) fn not_kept() -> Error {
    Error::new(ErrorKind::Decode, "the value was decoded and is missing; this is a bug in `ref-core`")
}

fn open_envelope(
    envelope: &Envelope<'_>,
    arrays: Option<Arc<Arrays>>,
    known: &Known,
    max_object_bytes: usize,
    value: &mut dyn Decode,
) -> Result<()> {
    let most = max_object_bytes.min(MOST);
    let edition = envelope.checked(arrays.as_deref(), known, max_object_bytes)?;
    beside::reading(arrays, || reading(edition, || decode(value, envelope.codec, envelope.body, most)))
}

/// Compares all bytes of a version with their checksums.
///
/// # Errors
/// `Corrupt` if something else has changed the bytes.
pub(crate) fn verify(version: &VersionBytes) -> Result<()> {
    let envelope = Envelope::parse(version.bytes())?;
    envelope.parts.arrays_of(version).map_or(Ok(()), |arrays| arrays.check_all())
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

/// Checks the first bytes of a version that has `length` bytes: whether its value is of the type `known` or of an edition
/// of it, and no larger than `most`. Returns the number of its codec. The value may be damaged.
pub(crate) fn check_head(head: &[u8], length: usize, known: &Known, most: usize) -> Result<u8> {
    let header = header_of(head)?;
    let parts = Parts::of(length, header).ok_or_else(contradiction)?;
    check_sizes(parts.body.len(), parts.arrays.len(), most)?;
    let name = head.get(parts.name).and_then(|name| std::str::from_utf8(name).ok()).ok_or_else(no_name)?;
    edition(known, name, number(header, 16..24), "the stored value")?;
    Ok(header[10])
}

/// Checks that the stored value is of the type `known`, or of an edition of it. Returns `Ok` for damaged bytes, which are
/// of no type.
pub(crate) fn check(bytes: &[u8], known: &Known) -> Result<()> {
    match Envelope::parse(bytes) {
        Ok(envelope) => edition(known, envelope.name, envelope.fingerprint, "the stored value").map(drop),
        Err(_damaged) => Ok(()),
    }
}

/// Returns the name of the stored value's type, if the header is whole.
pub(crate) fn type_name(bytes: &[u8]) -> Option<&str> {
    let parts = Parts::of(bytes.len(), bytes.first_chunk::<HEADER>()?)?;
    bytes.get(parts.name).and_then(|name| std::str::from_utf8(name).ok())
}

/// Returns the fingerprint in the header of a stored value, if there is a whole header.
pub(crate) fn fingerprint(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk::<HEADER>().map(|header| number(header, 16..24))
}

/// The parts of a stored value whose header and checksum are right.
pub(super) struct Envelope<'a> {
    pub(super) codec: u8,
    pub(super) fingerprint: u64,
    pub(super) name: &'a str,
    pub(super) body: &'a [u8],
    pub(super) parts: Parts,
}

impl<'a> Envelope<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let header = header_of(bytes)?;
        let parts = Parts::of(bytes.len(), header).ok_or_else(contradiction)?;
        let part = |range: &Range<usize>| bytes.get(range.clone()).ok_or_else(contradiction);
        if number(header, CHECKSUM) != u64::from(checksum(part(&(0..parts.arrays.start))?)) {
            return Err(corrupt("their checksum does not fit"));
        }
        let name = std::str::from_utf8(part(&parts.name)?).map_err(|_| no_name())?;
        let (codec, fingerprint, body) = (header[10], number(header, 16..24), part(&parts.body)?);
        Ok(Self { codec, fingerprint, name, body, parts })
    }
}

impl Envelope<'_> {
    /// Checks that the value is no larger than `most`, that its type is `known` or an edition of `known`, and that
    /// arrays which are copied are undamaged. Returns the edition.
    fn checked(&self, arrays: Option<&Arrays>, known: &Known, most: usize) -> Result<Option<&'static Edition>> {
        check_sizes(self.body.len(), self.parts.arrays.len(), most)?;
        let edition = edition(known, self.name, self.fingerprint, "the stored value")?;
        if let Some(arrays) = arrays.filter(|arrays| !arrays.is_mapped()) {
            arrays.check_all()?;
        }
        Ok(edition)
    }
}

/// Returns the header of a version of this layout, which may be damaged.
fn header_of(bytes: &[u8]) -> Result<&[u8; HEADER]> {
    let header = bytes.first_chunk::<HEADER>().ok_or_else(|| corrupt("they are shorter than a header"))?;
    if header[..8] != MAGIC {
        return Err(corrupt("they do not begin as a stored value does"));
    }
    match u16::from_le_bytes([header[8], header[9]]) {
        VERSION => Ok(header),
        version => Err(other_version(version)),
    }
}

fn check_sizes(body: usize, arrays: usize, most: usize) -> Result<()> {
    if body > most.min(MOST) {
        return Err(too_large(Some(body), most.min(MOST)));
    }
    match body.saturating_add(arrays) {
        both if both > most => Err(too_large_with_arrays(both, most)),
        _ => Ok(()),
    }
}

/// Where the parts of a stored value are in its bytes.
pub(super) struct Parts {
    name: Range<usize>,
    body: Range<usize>,
    sums: Range<usize>,
    /// The arrays, which are the end of the bytes. Empty if there are none.
    pub(super) arrays: Range<usize>,
}

impl Parts {
    /// Returns the places that the header names, if they are those of `length` bytes.
    fn of(length: usize, header: &[u8; HEADER]) -> Option<Self> {
        let word = |range| usize::try_from(number(header, range)).ok();
        let (body, beside, name, offset) = (word(24..32)?, word(32..40)?, word(40..44)?, word(44..48)?);
        if name > length || offset != body_offset(name) {
            return None;
        }
        let sums = offset.checked_add(body)?..offset.checked_add(body)?.checked_add(sums_length(beside))?;
        let start = if beside > 0 { sums.end.checked_next_multiple_of(ALIGN)? } else { sums.end };
        let arrays = start..start.checked_add(beside)?;
        let (name, body) = (HEADER..HEADER + name, offset..sums.start);
        (arrays.end == length).then_some(Self { name, body, sums, arrays })
    }

    /// Returns the arrays of a version with these parts, if it has any.
    fn arrays_of(&self, version: &VersionBytes) -> Option<Arrays> {
        let new = || Arrays::new(Arc::clone(&version.held), version.is_mapped, self.arrays.clone(), self.sums.clone());
        (!self.arrays.is_empty()).then(new)
    }
}

pub(super) fn body_offset(name: usize) -> usize {
    (HEADER + name).next_multiple_of(ALIGN)
}

/// Returns the name of a value's type, from the first bytes of the value's version. If there are fewer bytes than the
/// header and the name have, the name ends with `…`. Returns `None` if the bytes do not begin as a version does.
pub(crate) fn named_type(head: &[u8]) -> Option<String> {
    let header = head.first_chunk::<HEADER>()?;
    let is_ours = header[..8] == MAGIC && number(header, 8..10) == u64::from(VERSION);
    let length = usize::try_from(number(header, 40..44)).ok().filter(|_| is_ours)?;
    let rest = &head[HEADER..];
    let name = String::from_utf8_lossy(&rest[..length.min(rest.len())]);
    let whole =
        if length <= rest.len() { name.into_owned() } else { format!("{}…", name.trim_end_matches('\u{fffd}')) };
    Some(whole).filter(|name| !name.chars().any(char::is_control))
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

fn contradiction() -> Error {
    corrupt("their lengths contradict each other")
}

fn no_name() -> Error {
    corrupt("the type's name is not text")
}

fn other_version(version: u16) -> Error {
    let message = format!("the value is stored in layout version {version}, and this process reads {VERSION}");
    Error::new(ErrorKind::CodecMismatch, message).with_remedy("build both processes with the same `ref-core`")
}
