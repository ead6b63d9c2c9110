//! Counting what is in the store, without changing anything.

use super::record::Record;
use super::shared::SharedStore;
use super::state::{Mode, OwnerKind};
use crate::backend::Stats;
use crate::error::Result;

impl SharedStore {
    /// Counts sessions and objects. Other sessions may change records during the count, so the numbers need not be of
    /// one moment.
    pub(super) fn count(&self) -> Result<Stats> {
        let layout = self.map.layout();
        let mut stats = Stats {
            sessions: (0..layout.slots).filter(|slot| self.is_in_use(*slot)).count() as u64,
            max_objects: Some(layout.records.into()),
            max_sessions: Some(layout.slots.into()),
            ..Stats::default()
        };
        self.used_records().try_for_each(|record| self.count_in(&mut stats, record))?;
        Ok(stats)
    }

    /// Returns how many bytes the current versions of all objects have.
    pub(super) fn count_bytes(&self) -> Result<u64> {
        let has_none = |record: &Record<'_>| matches!(record.state().mode(), None | Some(Mode::Free | Mode::Init));
        self.used_records().filter(|record| !has_none(record)).map(|record| self.length(record)).sum()
    }

    /// Adds the record's object to the counts. Does nothing if the record has no object.
    fn count_in(&self, stats: &mut Stats, record: Record<'_>) -> Result<()> {
        let state = record.state();
        if matches!(state.mode(), None | Some(Mode::Free | Mode::Init | Mode::Reclaiming)) {
            return Ok(());
        }
        stats.objects += 1;
        stats.bytes += self.length(record)?;
        match (record.owner().kind(), state.mode()) {
            // The object was evicted, and is not reclaimed yet.
            (OwnerKind::Detached, _) if state.doomed() => {}
            (OwnerKind::Transit, _) => stats.in_transit += 1,
            (OwnerKind::Detached, _) => stats.detached += 1,
            (OwnerKind::Slot, Some(Mode::Shared | Mode::Closing)) => stats.lent_shared += 1,
            (
                OwnerKind::Slot,
                Some(Mode::Offered | Mode::Taken | Mode::Died | Mode::Exclusive | Mode::Checkpointing),
            ) => stats.lent_exclusively += 1,
            _ => {}
        }
        Ok(())
    }
}
