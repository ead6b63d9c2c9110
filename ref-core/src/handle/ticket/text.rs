//! A ticket or key as text.
//!
//! The text is `ref-`, the kind of access or `key`, `-`, and these bytes in base64url without padding:
//!
//! ```text
//!  0  version      1 byte; all numbers are little-endian
//!  1  kind         1 byte   1 ownership, 2 shared, 3 exclusive, 4 key, 5 promise
//!  2  store        u64
//! 10  index        u32      of the object
//! 14  birth        u64      of the object
//! 22  number       u64      shared: epoch of the loan; ownership, promise: number of the departure; key of a
//!                          promise: epoch of the version that is no value; key of an object that has a time: all
//!                          ones; else 0
//! 30  nonce        16 bytes zeros in a shared ticket or key
//! 46  fingerprint  u64      of the type's definition
//! 54  the type's name, then the CRC-32 of everything before it
//! ```

use super::grant::{Grant, Pass};
use crate::codec::envelope::edition;
use crate::error::{AccessKind, DetachedKey, Error, ErrorKind, Result};
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::ledger::Command;
use crate::schema::Known;
use crate::store::Store;
use crate::store::unwritten::LeaveBehind;
use data_encoding::BASE64URL_NOPAD;
use std::fmt;

/// The number in the key of an object that goes when its time is over. It is no epoch.
const TIMED: u64 = u64::MAX;

/// The nonce that is written for a grant without a secret.
const NO_SECRET: Nonce = Nonce([0; 16]);

const VERSION: u8 = 2;
const FIXED: usize = 54;
const CHECKSUM: usize = 4;
/// The largest number of characters after the prefix. It leaves room for a type's name of 12,000 bytes.
const LONGEST: usize = 16 * 1024;

/// The kind of a text: a ticket for one kind of access, or a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::handle) enum TextKind {
    Ticket(AccessKind),
    Key,
    Promise,
}

const KINDS: [TextKind; 5] = [
    TextKind::Ticket(AccessKind::Own),
    TextKind::Ticket(AccessKind::Borrow),
    TextKind::Ticket(AccessKind::BorrowMut),
    TextKind::Key,
    TextKind::Promise,
];

impl TextKind {
    /// Returns the word in the prefix of the text, and the byte `kind`.
    fn written(self) -> (&'static str, u8) {
        match self {
            Self::Ticket(AccessKind::Own) => ("ownership", 1),
            Self::Ticket(AccessKind::Borrow) => ("shared", 2),
            Self::Ticket(AccessKind::BorrowMut) => ("exclusive", 3),
            Self::Key => ("key", 4),
            Self::Promise => ("promise", 5),
        }
    }
}

impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(access) => write!(f, "a ticket for {access} access"),
            Self::Key => f.write_str("a key"),
            Self::Promise => f.write_str("a promise"),
        }
    }
}

impl Grant {
    fn kind(self) -> TextKind {
        match self {
            Self::Borrow(_) => TextKind::Ticket(AccessKind::Borrow),
            Self::BorrowMut(_) => TextKind::Ticket(AccessKind::BorrowMut),
            Self::Own { .. } => TextKind::Ticket(AccessKind::Own),
            Self::Promise { .. } => TextKind::Promise,
            Self::Name | Self::Timed | Self::Promised(_) => TextKind::Key,
        }
    }

    /// Returns the fields `number` and `nonce`. A field that the grant does not have is zero.
    fn to_fields(self) -> (u64, Nonce) {
        match self {
            Self::Borrow(loan) => (loan.0, NO_SECRET),
            Self::BorrowMut(nonce) => (0, nonce),
            Self::Own { departure, nonce } | Self::Promise { departure, nonce } => (departure, nonce),
            Self::Name => (0, NO_SECRET),
            Self::Timed => (TIMED, NO_SECRET),
            Self::Promised(first) => (first.0, NO_SECRET),
        }
    }

    /// Returns the grant with the fields that [`to_fields`](Grant::to_fields) returned. Returns `None` if a field that
    /// this kind does not have is not zero.
    fn from_fields(kind: TextKind, number: u64, nonce: Nonce) -> Option<Self> {
        let grant = match kind {
            TextKind::Ticket(AccessKind::Borrow) => Self::Borrow(Epoch(number)),
            TextKind::Ticket(AccessKind::BorrowMut) => Self::BorrowMut(nonce),
            TextKind::Ticket(AccessKind::Own) => Self::Own { departure: number, nonce },
            TextKind::Promise => Self::Promise { departure: number, nonce },
            TextKind::Key if number == 0 => Self::Name,
            TextKind::Key if number == TIMED => Self::Timed,
            TextKind::Key => Self::Promised(Epoch(number)),
        };
        (grant.to_fields() == (number, nonce)).then_some(grant)
    }
}

pub(in crate::handle) fn write(pass: &Pass) -> String {
    let (word, kind) = pass.grant.kind().written();
    let (number, nonce) = pass.grant.to_fields();
    let mut bytes = vec![VERSION, kind];
    bytes.extend(pass.store.0.to_le_bytes());
    bytes.extend(pass.object.index.to_le_bytes());
    bytes.extend(pass.object.birth.to_le_bytes());
    bytes.extend(number.to_le_bytes());
    bytes.extend(nonce.0);
    let (name, fingerprint) = pass.value_type();
    bytes.extend(fingerprint.0.to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    format!("ref-{word}-{}", BASE64URL_NOPAD.encode(&bytes))
}

/// Returns what an owner's drop needs to detach an object of the type `known`, and to write its key.
pub(in crate::handle) fn left_behind(known: fn() -> &'static Known) -> LeaveBehind {
    let name = |store: &Store, object, detached, known| {
        let has_time = matches!(detached, Command::DetachFor { .. });
        write(&if has_time {
            Pass::new(store.id(), object, Grant::Timed, known)
        } else {
            Pass::key(store, object, known)
        })
    };
    LeaveBehind { name, known, key: DetachedKey::default() }
}

/// Reads a ticket or key, of the kind `asked`, for an object of the type `known`.
///
/// Checks the text first, then its kind, then its type. If several of the three are wrong, the error is about the first
/// wrong one, which may be the reason for the others.
pub(in crate::handle) fn read(text: &str, asked: TextKind, known: &'static Known) -> Result<Pass> {
    let (kind, coded) = split_prefix(text.trim())?;
    let bytes = decode(coded)?;
    let mut fields = FieldReader(&bytes);
    let mut pass = fields.pass(kind, known).ok_or_else(|| malformed("its fields do not fit together"))?;
    if kind != asked {
        return Err(wrong_access(kind, asked));
    }
    let fingerprint = u64::from_le_bytes(fields.take().ok_or_else(cut_off)?);
    let name = std::str::from_utf8(fields.0).map_err(|_| malformed("its type has no readable name"))?;
    let what = match kind {
        TextKind::Key => "the key's object",
        TextKind::Promise => "the promised object",
        TextKind::Ticket(_) => "the ticket's object",
    };
    pass.edition = edition(known, name, fingerprint, what)?;
    Ok(pass)
}

/// Returns the kind that the prefix names, and the text behind the prefix.
fn split_prefix(text: &str) -> Result<(TextKind, &str)> {
    let rest = text.strip_prefix("ref-").ok_or_else(|| malformed("it does not begin with `ref-`"))?;
    let kinds = KINDS.into_iter().filter_map(|kind| Some((kind, rest.strip_prefix(kind.written().0)?)));
    let found = kinds.filter_map(|(kind, rest)| Some((kind, rest.strip_prefix('-')?))).next();
    found.ok_or_else(|| {
        malformed(
            "it does not begin with `ref-shared-`, `ref-exclusive-`, `ref-ownership-`, `ref-key-` or `ref-promise-`",
        )
    })
}

/// Decodes `coded`, and returns the bytes before the checksum. Fails with `MalformedTicket` if `coded` is too long, is
/// damaged, or has another version.
fn decode(coded: &str) -> Result<Vec<u8>> {
    if coded.len() > LONGEST {
        return Err(malformed("it is too long"));
    }
    let mut bytes = BASE64URL_NOPAD.decode(coded.as_bytes()).map_err(|_| cut_off())?;
    if bytes.first().is_some_and(|&version| version != VERSION) {
        return Err(malformed("it was written by another version of `ref-core`"));
    }
    let end = bytes.len().checked_sub(CHECKSUM).filter(|&end| end >= FIXED).ok_or_else(cut_off)?;
    if bytes[end..] != crc32fast::hash(&bytes[..end]).to_le_bytes() {
        return Err(cut_off());
    }
    bytes.truncate(end);
    Ok(bytes)
}

/// The bytes that were not read yet. Each read takes a field from their front.
struct FieldReader<'a>(&'a [u8]);

impl FieldReader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    /// Reads all fields before the fingerprint. Returns `None` if the fields do not fit `kind`, the kind that the
    /// prefix names.
    fn pass(&mut self, kind: TextKind, known: &'static Known) -> Option<Pass> {
        let [_version, number] = self.take()?;
        if number != kind.written().1 {
            return None;
        }
        let store = StoreId(u64::from_le_bytes(self.take()?));
        let index = u32::from_le_bytes(self.take()?);
        let birth = u64::from_le_bytes(self.take()?);
        let number = u64::from_le_bytes(self.take()?);
        let grant = Grant::from_fields(kind, number, Nonce(self.take()?))?;
        Some(Pass::new(store, ObjectId { index, birth }, grant, known))
    }
}

fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::MalformedTicket, format!("this text is not a ticket or key: {why}"))
        .with_remedy("pass on the whole line that `to_text` made")
}

fn cut_off() -> Error {
    Error::new(ErrorKind::MalformedTicket, "this ticket or key was cut off or changed on its way")
        .with_remedy("pass on the whole line that `to_text` made")
}

/// Returns the error for a ticket or key that is used as a ticket of another kind.
pub(in crate::handle) fn wrong_grant(grant: Grant, asked: AccessKind) -> Error {
    wrong_access(grant.kind(), TextKind::Ticket(asked))
}

/// Returns the error for a ticket or key that is used as a promise.
pub(in crate::handle) fn wrong_promise(grant: Grant) -> Error {
    wrong_access(grant.kind(), TextKind::Promise)
}

fn wrong_access(kind: TextKind, asked: TextKind) -> Error {
    let message = match (kind, asked) {
        (TextKind::Ticket(kind), TextKind::Ticket(asked)) => {
            format!("the ticket grants {kind} access, and {asked} access was asked for")
        }
        (kind, asked) => format!("this is {kind}, and {asked} was asked for"),
    };
    let remedy = match kind {
        TextKind::Ticket(AccessKind::Own) => {
            "read it as a `Ticket<_, Ownership>` and claim it with `store.claim(ticket)`"
        }
        TextKind::Ticket(AccessKind::Borrow) => "read it as a `Ticket<_, Shared>`, or ask the lender to use `lend_mut`",
        TextKind::Ticket(AccessKind::BorrowMut) => {
            "read it as a `Ticket<_, Exclusive>`, or ask the lender to use `lend`"
        }
        TextKind::Promise => "take it with `store.claim_promise(text)`",
        TextKind::Key => "read it as a `Key<_>`: `store.get(&key)` reads its object, and `store.adopt(key)` owns it",
    };
    Error::new(ErrorKind::WrongAccess, message).with_remedy(remedy)
}
