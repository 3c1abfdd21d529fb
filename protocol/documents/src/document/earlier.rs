//! A document as it was when somebody opened a form: what they write there is written without what others wrote since.

use std::collections::BTreeSet;

use automerge::{ChangeHash, ReadDoc};
use porchlight_wire::{ActorPrefix, Hash};

use super::{Actor, ApplyError, Author, Document, Incoming, OwnChange};
use crate::editor::Editor;
use crate::soundness::Unsound;

/// A document at an earlier state. What is edited in it is a change made beside those that came later, as if the person
/// had had no network since, so that the same rules of merging hold: other fields stay, of the same text both versions
/// are shown, and an edit beats a removal.
#[derive(Debug)]
pub struct Earlier {
    document: Document,
    since: BTreeSet<Actor>,
}

impl Earlier {
    /// Whether an actor wrote since: it cannot make a change beside its own, so another must.
    pub fn lacks(&self, actor: &Actor) -> bool {
        self.since.contains(actor)
    }

    /// Makes one change like [`Document::edit`], and brings it to the document as it is `now`; says if it does not fit
    /// there. The author's actor must not have written since.
    pub fn edit<T, E>(
        mut self,
        now: &mut Document,
        author: Author,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<(T, Result<Option<OwnChange>, ApplyError>), E> {
        let (value, change) = self.document.edit(author, f)?;
        let Some(change) = change else { return Ok((value, Ok(None))) };
        let taken = match Incoming::parse(change.as_bytes()) {
            Ok(incoming) => now.apply(incoming).map(|_| Some(change)),
            Err(_) => Err(ApplyError::Unsound(Unsound::Unusual)),
        };
        Ok((value, taken))
    }
}

impl Document {
    /// The name of this state.
    pub fn version(&self) -> String {
        self.heads().iter().map(Hash::to_string).collect::<Vec<_>>().join(".")
    }

    /// The state that a version names, if another device than `own` wrote since. Nothing where nobody did, and where
    /// the version is not of this document: it has been forgotten and written anew.
    pub fn earlier(&self, version: &str, own: ActorPrefix) -> Option<Earlier> {
        let (heads, since) = self.since(version)?;
        if since.iter().all(|actor| actor.prefix() == own) {
            return None;
        }
        self.at(&heads, since)
    }

    /// The state that a version names, whoever wrote since: what is written there stands beside it.
    pub fn beside(&self, version: &str) -> Option<Earlier> {
        let (heads, since) = self.since(version)?;
        self.at(&heads, since)
    }

    fn since(&self, version: &str) -> Option<(Vec<ChangeHash>, BTreeSet<Actor>)> {
        let heads = hashes(version).filter(|heads| self.automerge.get_missing_deps(heads).is_empty())?;
        let changes = self.automerge.get_changes_meta(&heads);
        let since = changes.iter().filter_map(|change| Actor::from_automerge(&change.actor)).collect();
        Some((heads, since))
    }

    fn at(&self, heads: &[ChangeHash], since: BTreeSet<Actor>) -> Option<Earlier> {
        let automerge = self.automerge.fork_at(heads).ok()?;
        let document = Self { kind: self.kind, automerge, last: self.last.clone() };
        Some(Earlier { document, since })
    }
}

/// The changes that a version names.
fn hashes(version: &str) -> Option<Vec<ChangeHash>> {
    version.split('.').map(|hash| Some(ChangeHash(*Hash::from_hex(hash)?.as_bytes()))).collect()
}
