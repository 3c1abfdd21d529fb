//! Whole copies of a document: how one takes in what another holds, and what one holds beyond another.

use automerge::ChangeHash;
use porchlight_wire::Hash;

use super::{ApplyError, Document};

impl Document {
    /// Adds all changes that another copy of the same document holds and this one lacks; says how many. Nothing that is
    /// here goes. The other copy must come from somebody who checked its changes, one by one.
    pub fn merge(&mut self, other: &mut Self) -> Result<usize, ApplyError> {
        let new = other.beyond(&self.heads()).into_iter().filter(|hash| !self.contains(*hash)).count();
        self.automerge.merge(&mut other.automerge)?;
        for (actor, theirs) in &other.last {
            let last = self.last.entry(*actor).or_default();
            *last = (*last).max(*theirs);
        }
        Ok(new)
    }

    /// The first change that somebody made.
    pub fn first_change(&self) -> Option<Hash> {
        self.beyond(&Self::new(self.kind).heads()).first().copied()
    }

    /// The hashes of the changes that are here beyond those that `heads` stand for.
    pub fn beyond(&self, heads: &[Hash]) -> Vec<Hash> {
        let heads: Vec<ChangeHash> = heads.iter().map(|hash| ChangeHash(*hash.as_bytes())).collect();
        let changes = self.automerge.get_changes_meta(&heads);
        changes.into_iter().map(|change| Hash::from_bytes(change.hash.0)).collect()
    }
}
