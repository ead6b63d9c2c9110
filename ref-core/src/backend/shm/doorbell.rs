//! The doorbell of a store, for the reactor of this process: a mapping of its own, so that a reactor that sleeps keeps
//! no session open.

use super::shared::SharedStore;
use crate::backend::Doorbell;
use crate::error::Result;
use crate::sync::Arc;

/// Maps the doorbell.
#[cfg(not(loom))]
pub(super) fn map(shared: &SharedStore) -> Result<Option<Arc<dyn Doorbell>>> {
    let words = super::words::Words::map_header(&shared.file)?;
    Ok(Some(Arc::new(MappedDoorbell(words))))
}

/// Loom plays no reactor.
#[cfg(loom)]
pub(super) fn map(_shared: &SharedStore) -> Result<Option<Arc<dyn Doorbell>>> {
    Ok(None)
}

#[cfg(not(loom))]
struct MappedDoorbell(super::words::Words);

#[cfg(not(loom))]
impl Doorbell for MappedDoorbell {
    fn announce(&self) -> (&crate::sync::plain::AtomicU32, u32) {
        let word = self.0.half_word(super::layout::HeaderHalf::Doorbell as u64);
        (word, super::wait::announce(word))
    }
}
