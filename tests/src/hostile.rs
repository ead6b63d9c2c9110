//! Untrusted input: texts for tickets, bytes for stored values, words for a ledger.
//!
//! Each function takes any bytes, and panics only if the library has a bug. Ordinary tests call the functions with
//! random bytes and with the inputs kept in `fuzz/corpus`; `cargo +nightly fuzz run NAME` calls one of them until the
//! command is stopped or the function panics.

use crate::{Note, Scene};
use ref_core::{ErrorKind, Exclusive, Owned, Ownership, Shared, Store, StoreOptions, Ticket};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::Duration;

/// Reads the bytes as a ticket of each kind. An accepted ticket must write the same text again, without white
/// space around the text. The ticket must not give access, since the store that is asked is a new one.
///
/// # Panics
/// If an accepted ticket writes another text or gives access, or a refusal has an unexpected kind.
pub fn ticket(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let store = Store::open("memory:").expect("a store in memory");
    let back = |parsed: String| assert_eq!(parsed, text.trim(), "another ticket than was written");
    match text.parse::<Ticket<Note, Shared>>() {
        Ok(ticket) => {
            back(ticket.to_text());
            assert_eq!(store.redeem(ticket).expect_err("another store's").kind(), ErrorKind::WrongStore);
        }
        Err(error) => refused(error.kind()),
    }
    match text.parse::<Ticket<Note, Exclusive>>() {
        Ok(ticket) => {
            back(ticket.to_text());
            assert_eq!(store.redeem(ticket).expect_err("another store's").kind(), ErrorKind::WrongStore);
        }
        Err(error) => refused(error.kind()),
    }
    match text.parse::<Ticket<Note, Ownership>>() {
        Ok(ticket) => {
            back(ticket.to_text());
            assert_eq!(store.claim(ticket).expect_err("another store's").kind(), ErrorKind::WrongStore);
        }
        Err(error) => refused(error.kind()),
    }
}

fn refused(kind: ErrorKind) {
    use ErrorKind::{MalformedTicket, SchemaMismatch, WrongAccess, WrongType};
    assert!(matches!(kind, MalformedTicket | WrongAccess | WrongType | SchemaMismatch), "{kind:?}");
}

/// Reads all bytes but the first as a stored value. If the first byte is odd and at least 16 bytes follow,
/// the value's checksum is corrected first.
///
/// # Panics
/// If the result is neither a value nor an error about the bytes.
pub fn envelope(bytes: &[u8]) {
    let (repair, mut bytes) = match bytes {
        [first, rest @ ..] => (first % 2 == 1, rest.to_vec()),
        [] => (false, Vec::new()),
    };
    if repair && bytes.len() >= 16 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&bytes[..12]);
        hasher.update(&bytes[16..]);
        bytes[12..16].copy_from_slice(&hasher.finalize().to_le_bytes());
    }
    let scene = Scene::new();
    let store = small(&scene, Some(0));
    let owned = store.put(Note::sized(3, 10)).expect("a note");
    let file = version(&scene);
    fs::remove_file(&file).and_then(|()| fs::write(&file, &bytes)).expect("its file is there");
    let loan = owned.lend().expect("what is stored is lent");
    let lease = store.redeem(loan.ticket().expect("a ticket")).expect("it is redeemed");
    if let Err(error) = lease.borrow() {
        use ErrorKind::{CodecMismatch, Corrupt, Decode, SchemaMismatch, TooLarge, WrongType};
        let kind = error.kind();
        let known = matches!(kind, CodecMismatch | Corrupt | Decode | SchemaMismatch | TooLarge | WrongType);
        assert!(known, "{error:?}");
    }
}

/// Uses a store whose ledger was overwritten, in the session that was open, and in a new one if the store can be opened
/// again. Each ten bytes of the input overwrite one word, up to 32 words. The first two of the ten are a little-endian
/// number, from which `place` computes the word's offset, and the other eight are the new value.
///
/// # Panics
/// If a call on the store panics.
pub fn open(bytes: &[u8]) {
    let scene = Scene::new();
    let store = small(&scene, None);
    let mut owned: Vec<Owned<Note>> = (0..6).map(|n| store.put(Note::sized(n, 10)).expect("there is room")).collect();
    let sent = owned.remove(5).into_ticket().expect("it is sent");
    let lent = owned.remove(4);
    let loan = lent.lend().expect("it is lent");
    let shared = loan.ticket().expect("a ticket");
    let lease = store.redeem(shared.clone()).expect("it is redeemed");

    let ledger = OpenOptions::new().write(true).open(scene.folder().join("ledger")).expect("the ledger");
    for one in bytes.chunks_exact(10).take(32) {
        let (at, word) = one.split_at(2);
        ledger.write_all_at(word, place(u16::from_le_bytes([at[0], at[1]]))).expect("it can be written");
    }

    let _answered = (lease.borrow().is_ok(), lease.is_current().is_ok());
    if let Ok(other) = Store::open(&format!("file:{}", scene.folder().display())) {
        use_up(&other, &mut Vec::new());
        let _answered = (other.redeem(shared).is_ok(), other.claim(sent).is_ok());
    }
    let _answered = loan.end_timeout(Duration::ZERO).is_ok();
    use_up(&store, &mut owned);
    drop((lease, owned));
}

fn use_up(store: &Store, owned: &mut Vec<Owned<Note>>) {
    owned.extend(store.put(Note::sized(9, 10)));
    for one in owned.iter_mut() {
        if let Ok(mut note) = one.borrow_mut() {
            note.n += 1;
        }
        let _answered = one.flush().is_ok();
        if let Ok(loan) = one.lend() {
            let _answered = loan.ticket().map(|ticket| store.redeem(ticket).is_ok()).is_ok();
            let _answered = loan.end_timeout(Duration::ZERO).is_ok();
        }
        if let Ok(loan) = one.lend_mut() {
            let lease = loan.ticket().map(|ticket| store.redeem(ticket));
            if let Ok(Ok(lease)) = lease {
                let _answered = lease.commit().is_ok();
            }
            let _answered = loan.end_timeout(Duration::ZERO).is_ok();
        }
    }
    let _answered = owned.pop().map(|one| one.remove().is_ok());
    let _answered = (store.stats().is_ok(), store.reap().is_ok());
}

/// Returns the offset in the ledger of the word that `nth` chooses: a word of the header, a slot's word, a word of a
/// record, a record's place, or a word of a cell of a [`small`] store.
fn place(nth: u16) -> u64 {
    match u64::from(nth) % 124 {
        nth @ 0..8 => nth * 8,
        nth @ 8..16 => 4096 + (nth - 8) * 8,
        nth @ 16..80 => 8192 + (nth - 16) * 8,
        // The other words come last, since the inputs in `fuzz/corpus` were made without them.
        nth @ 80..84 => (nth - 72) * 8,
        nth @ 84..92 => 8192 + 4096 + (nth - 84) * 8,
        nth @ 92..100 => 8192 + 2 * 4096 + 8 * 4096 + (nth - 92) * 8,
        nth @ 100..121 => 8192 + 3 * 4096 + 8 * 4096 + (nth - 100) * 8,
        nth => 96 + (nth - 121) * 8,
    }
}

/// Makes a store with room for few objects, and with so many bytes for small values, or as many as is usual.
fn small(scene: &Scene, small_value_bytes: Option<u64>) -> Store {
    let options = StoreOptions::new().max_objects(8).max_sessions(8);
    let options = small_value_bytes.map_or(options.clone(), |bytes| options.small_value_bytes(bytes));
    options.open(&format!("file:{}", scene.folder().display())).expect("a small store")
}

/// Returns the path of the file of the only version in the store.
fn version(scene: &Scene) -> PathBuf {
    let first =
        |folder: PathBuf| fs::read_dir(folder).expect("a folder").next().expect("in it").expect("readable").path();
    first(first(scene.folder().join("obj")))
}
