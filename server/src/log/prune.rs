//! Drops Entries that an endorsed Snapshot stands for, one small transaction after another.
//!
//! Each step is decided from what is durable alone, so a crash after any of them changes nothing about the end.
//! RosterChanges are never dropped.

use porchlight_wire::snapshot::Manifest;
use porchlight_wire::{GroupId, Hash, Position, Timestamp};

use super::group::GroupState;
use super::{Log, Stop};
use crate::limits;
use crate::store::{GroupRow, ReadStore, SnapshotRow, Store, StoreError, Unused};

impl<S: Store> Log<S> {
    /// Takes one step of tidying up; whether there may be another.
    pub fn prune(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        if !self.clock.trusts(&self.store, now)? {
            return Ok(false);
        }
        for group in self.store.groups_with_parts()? {
            if self.prune_group(&group, now)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn prune_group(&mut self, group: &GroupId, now: Timestamp) -> Result<bool, StoreError> {
        let Some(row) = self.store.group(group)? else { return Ok(false) };
        let Some(step) = next_step(&self.store, &row, self.keep_millis, now)? else { return Ok(false) };
        self.store.begin()?;
        let done = match self.state(group) {
            Ok((state, store)) => state.carry_out(store, step).and_then(|()| state.flush(store)),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Refused(..)) => Err(StoreError::Damaged("group")),
        };
        let done = done.and_then(|()| self.store.commit());
        if done.is_err() {
            self.store.roll_back();
            self.groups.clear();
        }
        done.map(|()| true)
    }
}

/// One small thing to do.
#[derive(Debug, PartialEq, Eq)]
enum PruneStep {
    /// From here on the Snapshot stands for what is before.
    MoveBase(SnapshotRow),
    /// Drop some Records that lie before the base.
    DropRecords,
    /// Drop a Snapshot that is not needed.
    DropSnapshot(Hash),
    /// Drop some Parts that no Snapshot names.
    DropParts(Vec<Hash>, Timestamp),
}

fn next_step(
    store: &impl ReadStore,
    row: &GroupRow,
    keep_millis: u64,
    now: Timestamp,
) -> Result<Option<PruneStep>, StoreError> {
    let snapshots = store.snapshots(row.number)?;
    let ripe = |snapshot: &&SnapshotRow| {
        let kept = snapshot.endorsed.is_some_and(|endorsed| now.since(endorsed) >= keep_millis);
        kept && !snapshot.objected && snapshot.cursor.position > row.base.position
    };
    if let Some(snapshot) = snapshots.iter().rev().find(ripe) {
        return Ok(Some(PruneStep::MoveBase(snapshot.clone())));
    }
    if store.has_entries(row.number, row.base.position)? {
        return Ok(Some(PruneStep::DropRecords));
    }
    let kept = kept(&snapshots, row.base.position);
    if let Some(superseded) = snapshots.iter().find(|snapshot| !kept.contains(&snapshot.manifest)) {
        return Ok(Some(PruneStep::DropSnapshot(superseded.manifest)));
    }
    let used = named(store, row, &snapshots)?;
    let before = Timestamp::from_millis(now.millis().saturating_sub(limits::PART_UNNAMED_MILLIS));
    if store.has_unused(row.number, &Unused { used: &used, before, count: 1 })? {
        return Ok(Some(PruneStep::DropParts(used, before)));
    }
    Ok(None)
}

/// The one that stands for dropped Entries, the two newest that are endorsed, and the two newest that are not (yet).
fn kept(snapshots: &[SnapshotRow], base: Position) -> Vec<Hash> {
    let newest = |endorsed: bool| {
        let alike = snapshots.iter().rev().filter(move |one| one.endorsed.is_some() == endorsed);
        alike.take(limits::SNAPSHOTS).map(|one| one.manifest)
    };
    let stands = snapshots.iter().rev().find(|one| one.endorsed.is_some() && one.cursor.position == base);
    stands.map(|one| one.manifest).into_iter().chain(newest(true)).chain(newest(false)).collect()
}

/// All Parts that Snapshots name, their manifests among them.
fn named(store: &impl ReadStore, row: &GroupRow, snapshots: &[SnapshotRow]) -> Result<Vec<Hash>, StoreError> {
    let mut used = Vec::new();
    for snapshot in snapshots {
        used.push(snapshot.manifest);
        let Some(part) = store.part(row.number, &snapshot.manifest)? else { continue };
        let bytes = store.piece(&part, 0, part.size)?;
        let manifest = Manifest::decode(&bytes).map_err(|_| StoreError::Damaged("manifest"))?;
        used.extend(manifest.parts.iter().map(|part| part.hash));
    }
    Ok(used)
}

impl GroupState {
    fn carry_out(&mut self, store: &mut impl Store, step: PruneStep) -> Result<(), StoreError> {
        let number = self.row.number;
        let freed = match step {
            PruneStep::MoveBase(snapshot) => {
                self.row.base = snapshot.cursor;
                0
            }
            PruneStep::DropRecords => {
                store.drop_records(number, self.row.base.position, limits::DROPPED_AT_ONCE)?.1
            }
            PruneStep::DropSnapshot(manifest) => {
                store.drop_snapshot(number, &manifest)?;
                0
            }
            PruneStep::DropParts(used, before) => {
                let unused = Unused { used: &used, before, count: limits::DROPPED_AT_ONCE };
                store.drop_parts(number, &unused)?.1
            }
        };
        self.row.bytes = self.row.bytes.saturating_sub(freed);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
