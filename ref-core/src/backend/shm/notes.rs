//! Notes on a slot's page, for error messages only: which process is in the slot, which objects its session made, lent
//! or got, and in which line of code.
//!
//! ```text
//! word 0      process number
//! word 1      when the session began, milliseconds of the wall clock
//! words 2..   the end of the program's file name, 8 words
//! words 16..  borrows, by record index modulo 128: index + 1 : 29 | stamp : 30 | caller : 5, then milliseconds
//! words 272.. callers, 29 of 8 words: stamp, then the end of `file:line`
//! words 504.. no note: the session's places in queues of writers (`queue`)
//! ```
//!
//! A session writes a note when it makes, lends, borrows, claims or adopts an object, but not if it lends or reads the
//! object already. A note takes only three stores and one look at a coarse clock, if the text of its line of code is on
//! the page already. [`CallerTexts`] remembers which texts are on the page. A text that replaces another line's text
//! gets another stamp. A borrow that was noted with the old stamp then has no line any more.

use super::clock;
use super::map::Map;
use super::shared::SharedStore;
use crate::backend::Caller;
use crate::error::Holder;
use crate::sync::plain::AtomicU64;
use crate::sync::{Mutex, Ordering, lock};

/// Where the words of the table above are on a page.
const PID: u64 = 0;
const SINCE: u64 = 1;
const PROGRAM: u64 = 2;
const PROGRAM_WORDS: u64 = 8;
const BORROWS: u64 = 16;
const BORROW_WORDS: u64 = 2;
const BORROWS_KEPT: u64 = 128;
const CALLERS: u64 = BORROWS + BORROWS_KEPT * BORROW_WORDS;
const CALLER_WORDS: u64 = 8;
const CALLERS_KEPT: u64 = 29;
/// In how many of the places for texts a line's text may be: the length of a probe sequence in a small hash table.
const PROBES: u64 = 4;
/// The largest stamp. A stamp has 30 bits.
const STAMPS: u64 = (1 << 30) - 1;

/// Which lines of code have their text on this session's page. A line is identified by the address of its `Location`.
pub(super) struct CallerTexts {
    lines: [AtomicU64; CALLERS_KEPT as usize],
    /// How many texts were written. The lock is held while a text is written.
    written: Mutex<u64>,
}

impl CallerTexts {
    pub(super) fn new() -> Self {
        Self { lines: std::array::from_fn(|_| AtomicU64::new(0)), written: Mutex::new(0) }
    }

    /// Notes on the slot's page in which line of code its session made, lent, borrowed, claimed or adopted an object.
    pub(super) fn note_borrow(&self, map: &Map, slot: u16, index: u32, at: Caller) {
        let (nth, stamp) = self.find(map, slot, at);
        let first = borrow(index);
        let word = |nth| map.page_word(slot, nth);
        // The note is 0 while its time is stored, and the release of the last store publishes the time. A reader does
        // not look twice, so a message may show the time of a later note.
        word(first).store(0, Ordering::Relaxed);
        word(first + 1).store(clock::coarse_millis(), Ordering::Relaxed);
        word(first).store((u64::from(index) + 1) << 35 | stamp << 5 | nth, Ordering::Release);
    }

    /// Returns the number of the caller's text, and the text's stamp. Writes the text if it is not on the page.
    fn find(&self, map: &Map, slot: u16, at: Caller) -> (u64, u64) {
        let line = std::ptr::from_ref(at).addr() as u64;
        // The stamp is read before the line. `write` clears the line before it stores a new stamp, and stores the new
        // line last. So a line is found with its own stamp, or with an older one, which no text has any more.
        let known = probes(line).find_map(|nth| {
            let stamp = map.page_word(slot, caller_text(nth)).load(Ordering::Acquire);
            (self.lines[nth as usize].load(Ordering::Acquire) == line).then_some((nth, stamp & STAMPS))
        });
        known.unwrap_or_else(|| self.write(map, slot, at, line))
    }

    /// Writes the text of a line, over another line's text if no place is free. Returns the text's number and stamp.
    #[cold]
    fn write(&self, map: &Map, slot: u16, at: Caller, line: u64) -> (u64, u64) {
        let mut written = lock(&self.written);
        *written += 1;
        let is_free = |nth: &u64| self.lines[*nth as usize].load(Ordering::Relaxed) == 0;
        let nth = probes(line).find(is_free).or_else(|| probes(line).nth((*written % PROBES) as usize)).unwrap_or(0);
        let stamp = *written & STAMPS;
        // As in a seqlock: the line is 0 while the text is written, and the new stamp is stored before the text. So a
        // reader of the old text finds another stamp at its second look. Relaxed stores of the text are enough, since a
        // text is only shown in messages.
        self.lines[nth as usize].store(0, Ordering::Release);
        map.page_word(slot, caller_text(nth)).store(stamp, Ordering::Release);
        write_text(map, slot, caller_text(nth) + 1, CALLER_WORDS - 1, &format!("{}:{}", at.file(), at.line()));
        self.lines[nth as usize].store(line, Ordering::Release);
        (nth, stamp)
    }
}

/// Returns the numbers of the places in which the line's text may be.
fn probes(line: u64) -> impl Iterator<Item = u64> {
    // A `Location` takes 24 bytes, so the addresses of two neighbours differ by 24.
    (0..PROBES).map(move |step| (line / 24 + step) % CALLERS_KEPT)
}

/// Returns the number of a text's first word on the page, which has the stamp.
fn caller_text(nth: u64) -> u64 {
    CALLERS + nth * CALLER_WORDS
}

impl SharedStore {
    /// Writes which process is in the slot, and clears the notes of the session that was in the slot earlier.
    pub(super) fn describe_session(&self, slot: u16) {
        let page = |nth| self.map.page_word(slot, nth);
        // Relaxed is enough for all stores of this function: the slot's word is stored with release after them.
        page(PID).store(std::process::id().into(), Ordering::Relaxed);
        page(SINCE).store(clock::coarse_millis(), Ordering::Relaxed);
        let program =
            std::env::current_exe().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        write_text(&self.map, slot, PROGRAM, PROGRAM_WORDS, &program.unwrap_or_default());
        (0..BORROWS_KEPT).for_each(|nth| page(BORROWS + nth * BORROW_WORDS).store(0, Ordering::Relaxed));
        (0..CALLERS_KEPT).for_each(|nth| page(caller_text(nth)).store(0, Ordering::Relaxed));
        self.clear_queue_places(slot);
    }

    /// Returns the process number on the page of a slot, which must be in use.
    pub(super) fn pid(&self, slot: u16) -> u32 {
        self.map.page_word(slot, PID).load(Ordering::Relaxed) as u32
    }

    /// Returns the process in a slot, and when its session began. If there is no such slot, or if it was never used, the
    /// process number is 0.
    pub(super) fn process_in(&self, slot: u16) -> Holder {
        let holder = self.holder(slot, 0);
        let began = (holder.pid != 0).then(|| self.map.page_word(slot, SINCE).load(Ordering::Relaxed));
        Holder { since: began.map(clock::from_wall_millis), at: None, ..holder }
    }

    /// Returns the process in a slot, and in which line and since when its session holds the record, as far as the
    /// notes say. If there is no such slot, or if it was never used, the process number is 0.
    pub(super) fn holder(&self, slot: u16, index: u32) -> Holder {
        let unknown = Holder { pid: 0, program: String::new(), host: None, since: None, at: None };
        if slot >= self.map.layout().slots || self.map.slot(slot).load(Ordering::Acquire) == 0 {
            return unknown;
        }
        let word = |nth| self.map.page_word(slot, nth).load(Ordering::Acquire);
        let note = word(borrow(index));
        let noted = note >> 35 == u64::from(index) + 1;
        Holder {
            host: None,
            pid: word(PID) as u32,
            program: read_text(&self.map, slot, PROGRAM, PROGRAM_WORDS),
            since: noted.then(|| clock::from_wall_millis(word(borrow(index) + 1))),
            at: if noted { self.caller_of(slot, note) } else { None },
        }
    }

    /// Returns the line of code that a note names, if the line's text is still on the page.
    fn caller_of(&self, slot: u16, note: u64) -> Option<String> {
        let (nth, stamp) = (note & 31, note >> 5 & STAMPS);
        let is_there = || {
            nth < CALLERS_KEPT
                && self.map.page_word(slot, caller_text(nth)).load(Ordering::Acquire) == stamp
                && stamp > 0
        };
        if !is_there() {
            return None;
        }
        let text = read_text(&self.map, slot, caller_text(nth) + 1, CALLER_WORDS - 1);
        // A second look at the stamp, as in a seqlock: another text may have been written since the first look.
        is_there().then_some(text)
    }
}

/// Returns the number of the first word of the note that a record's borrow has on the page.
fn borrow(index: u32) -> u64 {
    BORROWS + u64::from(index) % BORROWS_KEPT * BORROW_WORDS
}

/// Writes `text`, or as much of its end as there is room for: the end of a path says more than the beginning.
fn write_text(map: &Map, slot: u16, first: u64, words: u64, text: &str) {
    let room = words as usize * 8;
    let bytes = &text.as_bytes()[text.len().saturating_sub(room)..];
    for (nth, chunk) in (0..words).zip(bytes.chunks(8).chain(std::iter::repeat(&[][..]))) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        map.page_word(slot, first + nth).store(u64::from_le_bytes(word), Ordering::Relaxed);
    }
}

/// Returns the text in these words. Bytes that are not UTF-8 are replaced.
fn read_text(map: &Map, slot: u16, first: u64, words: u64) -> String {
    let word = |nth| map.page_word(slot, first + nth).load(Ordering::Relaxed).to_le_bytes();
    let bytes: Vec<u8> = (0..words).flat_map(word).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
