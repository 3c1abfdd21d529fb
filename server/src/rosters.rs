//! The Rosters in use, shared by the writer and all readers, so that a list is verified once and not at each Open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use porchlight_wire::roster::{Roster, RosterError};
use porchlight_wire::{GroupId, Hash};
use thiserror::Error;

use crate::limits;
use crate::store::{GroupRow, ReadStore, StoreError};

/// A bounded set of Rosters; the one that was not used for longest makes room.
#[derive(Debug, Default)]
pub struct Rosters {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    rosters: HashMap<GroupId, (Arc<Roster>, u64)>,
    uses: u64,
    changes: usize,
}

impl Rosters {
    /// The Roster that `row` belongs to, from memory or from the store.
    pub fn load(&self, store: &impl ReadStore, row: &GroupRow) -> Result<Arc<Roster>, LoadError> {
        if let Some(roster) = self.get(&row.id, &row.roster_head) {
            return Ok(roster);
        }
        let changes = store.roster(row.number)?;
        let (roster, _) = Roster::verify_all(changes.iter().map(|one| (&one.change[..], one.time)))?;
        let roster = Arc::new(roster);
        if roster.head() != row.roster_head {
            return Err(LoadError::Store(StoreError::Damaged("roster")));
        }
        self.put(Arc::clone(&roster));
        Ok(roster)
    }

    /// Keeps a Roster, in place of an earlier state of the same Group.
    pub fn put(&self, roster: Arc<Roster>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(roster);
    }

    fn get(&self, group: &GroupId, head: &Hash) -> Option<Arc<Roster>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses = kept.uses.wrapping_add(1);
        let uses = kept.uses;
        let (roster, used) = kept.rosters.get_mut(group)?;
        *used = uses;
        (roster.head() == *head).then(|| Arc::clone(roster))
    }
}

impl Kept {
    fn put(&mut self, roster: Arc<Roster>) {
        self.uses = self.uses.wrapping_add(1);
        self.changes += roster.length();
        let group = roster.group();
        if let Some((replaced, _)) = self.rosters.insert(group, (roster, self.uses)) {
            self.changes -= replaced.length();
        }
        while self.rosters.len() > 1
            && (self.rosters.len() > limits::CACHED_GROUPS || self.changes > limits::CACHED_ROSTER_CHANGES)
        {
            let oldest = self.rosters.iter().min_by_key(|(_, (_, used))| *used).map(|(group, _)| *group);
            let Some((dropped, _)) = oldest.and_then(|oldest| self.rosters.remove(&oldest)) else { return };
            self.changes -= dropped.length();
        }
    }
}

/// Why a Roster cannot be had.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the store holds is not a Roster: put a backup back.
    #[error("the database is damaged: {0}")]
    Roster(#[from] RosterError),
}
