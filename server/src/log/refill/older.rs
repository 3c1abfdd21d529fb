//! A log that ends before all that phones keep: a backup so old that no Records lead from its end to theirs.
//!
//! It begins anew, after the Position where the Records of a phone begin, as the log of a server that lost everything
//! does: a Snapshot stands for what was before. What is only in the old log, such as what was appended since the backup
//! was put back, is appended behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use porchlight_wire::frame::Refill;
use porchlight_wire::{DeviceId, Hash, Position, Sequence, ServerKey};

use super::{Returned, Returning, begin_after, check_authors, lies_on, roster_after, roster_of};
use crate::log::group::{GroupState, Stop};
use crate::store::{ReadStore, Store, StoreError};

impl GroupState {
    /// Whether the server itself once had a longer log than this one, to which nothing leads from here. The longer one
    /// wins, so two that know nothing of each other cannot take turns.
    pub(super) fn is_older_than(
        &self,
        store: &impl ReadStore,
        refill: &Refill,
        own: ServerKey,
    ) -> Result<bool, StoreError> {
        let is_longer = refill.head.cursor.position > self.row.head.position;
        let ours = refill.head.verify(&refill.group, &own).is_ok();
        Ok(is_longer && ours && !refill.roster.is_empty() && !lies_on(store, &self.row, &refill.before)?)
    }

    /// Begins anew after what is missing, with the Records of a Refill; what was here moves behind them. Says how many
    /// Records came back.
    pub(super) fn lead_past(
        &mut self,
        store: &mut impl Store,
        by: &DeviceId,
        refill: &Refill,
        records: Vec<Returned>,
    ) -> Result<usize, Stop> {
        let roster = roster_of(by, refill, &records)?;
        let after = roster_after(roster, refill, &records)?;
        let authors = refill.authors.iter().map(|author| (author.device, (author.sequence, author.entry)));
        check_authors(&records, authors.collect(), |_| Ok((Sequence::new(0), Hash::ZERO)))?;
        let here = self.records_after(store, Position::new(0))?;
        let size = |records: &[Returned]| records.iter().map(|one| one.record.body.len()).sum::<usize>();
        let changes: usize = refill.roster.iter().map(|change| change.change.len()).sum();
        self.check_quota(size(&records) + changes)?;
        // From here on only the store can fail.
        store.cut(self.row.number, Position::new(0))?;
        self.forget_heads(store, &here)?;
        self.row.bytes = self.row.bytes.saturating_sub(size(&here) as u64);
        let (added, time) = (records.len(), self.row.time);
        begin_after(store, &mut self.row, refill)?;
        let hash = self.row.roster_head;
        self.put_all_back(store, refill, records, hash)?;
        self.row.roster_head = after.head();
        self.roster = Arc::new(after);
        // A quota that is used up keeps out sealing keys, which whoever has them brings again.
        match self.keep_keys(store, &refill.keys) {
            Err(Stop::Failed(error)) => return Err(error.into()),
            Err(Stop::Refused(..)) | Ok(()) => {}
        }
        self.move_behind(store, here)?;
        self.row.time = self.row.time.max(time);
        Ok(added)
    }

    /// No Entry of those who wrote these Records is in the log any more.
    fn forget_heads(&mut self, store: &mut impl Store, here: &[Returned]) -> Result<(), StoreError> {
        let authors: BTreeSet<DeviceId> = here
            .iter()
            .filter_map(|one| match &one.what {
                Returning::Entry { device, .. } => Some(*device),
                _ => None,
            })
            .collect();
        self.devices.clear();
        self.unwritten.clear();
        for device in authors {
            if let Some(mut head) = store.device_head(self.row.number, &device)? {
                (head.sequence, head.entry) = (Sequence::new(0), Hash::ZERO);
                store.put_device_head(&head)?;
            }
        }
        Ok(())
    }
}
