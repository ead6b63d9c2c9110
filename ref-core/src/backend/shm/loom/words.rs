//! The words of a ledger as loom's atomics. There is no file: the sessions of an execution share the words in memory.

use super::layout::{CELL, Header, HeaderHalf, Layout, RECORD};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::plain;
use crate::sync::stepped::{AtomicU32, AtomicU64};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

/// The words by their offsets, which are the same as in the mapping of a file.
#[derive(Clone)]
pub(super) struct Words(Arc<Parts>);

struct Parts {
    words: BTreeMap<u64, AtomicU64>,
    halves: BTreeMap<u64, AtomicU32>,
    message_word: plain::AtomicU64,
}

impl Words {
    pub(super) fn new(layout: Layout) -> Self {
        let records = || (0..u64::from(layout.records)).map(|nth| layout.record_words() + nth * RECORD);
        let planes = (1..layout.groups()).map(|group| layout.plane(group).0);
        let planes = planes.flat_map(|plane| (0..u64::from(layout.records)).map(move |nth| plane + nth * 8));
        let header = (0..15).map(|nth| nth * 8).chain([Header::Clock as u64]);
        let slots = (0..u64::from(layout.slots)).map(|nth| layout.slot_words() + nth * 8);
        let in_records = records().flat_map(|record| (0..7).map(move |nth| record + nth * 8));
        let places = (0..u64::from(layout.records)).map(|nth| layout.places() + nth * 8);
        let states = (0..u64::from(layout.cells)).map(|nth| layout.cell_states() + nth * 8);
        let cells = (0..u64::from(layout.cells) * CELL / 8).map(|nth| layout.cell_words() + nth * 8);
        let words = header.chain(slots).chain(in_records).chain(planes).chain(places).chain(states).chain(cells);
        let halves = records()
            .flat_map(|record| [record + 56, record + 60])
            .chain([HeaderHalf::Named as u64, HeaderHalf::Doorbell as u64]);
        Self(Arc::new(Parts {
            words: words.map(|offset| (offset, AtomicU64::new(0))).collect(),
            halves: halves.map(|offset| (offset, AtomicU32::new(0))).collect(),
            message_word: plain::AtomicU64::new(0),
        }))
    }

    pub(super) fn map(_file: &File, _layout: Layout) -> Result<Self> {
        Err(Error::new(ErrorKind::Unsupported, "loom sees no files"))
    }

    pub(super) fn word(&self, offset: u64) -> &AtomicU64 {
        &self.0.words[&offset]
    }

    /// Returns the same word for every offset, since no result of a test under loom depends on these words.
    pub(super) fn message_word(&self, _offset: u64) -> &plain::AtomicU64 {
        &self.0.message_word
    }

    pub(super) fn half_word(&self, offset: u64) -> &AtomicU32 {
        &self.0.halves[&offset]
    }
}
