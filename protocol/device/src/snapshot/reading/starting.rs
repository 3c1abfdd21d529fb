//! Starts from a Snapshot whose Parts are all in.

use std::collections::BTreeSet;

use porchlight_documents::ledger::{Ledger, Place};
use porchlight_documents::{DocumentName, Kind};
use porchlight_wire::roster::Roster;
use porchlight_wire::{Hash, Sequence};

use super::super::part::Index;
use super::Reading;
use crate::group::Group;
use crate::io::Write;
use crate::storage::{Slot, StoredAuthor};

/// What a Snapshot holds of what this device wrote and had not read in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    AllThere,
    /// Another phone wrote with this one's key: what waits here must go another way.
    WrittenByACopy,
}

impl Group {
    /// All Parts are in: from here on the log is read from the Snapshot's Position.
    pub(super) fn start_from(&mut self, reading: &Reading, writes: &mut Vec<Write>) -> Option<Own> {
        let (manifest, index) = (reading.manifest.as_ref()?, reading.index.as_ref()?);
        let hashes = self.roster_hashes();
        let length = hashes.iter().position(|hash| *hash == manifest.roster)?.saturating_add(1);
        let changes = self.roster_log.iter().take(length).map(|one| (one.change.as_slice(), one.time));
        let (replayed, _) = Roster::verify_all(changes).ok()?;
        let id = self.id;
        self.replayed = Some(replayed);
        self.progress.replayed = Some(length as u64);
        for device in self.authors.keys() {
            writes.push(Slot::Author(device.to_string()).delete(&id));
        }
        self.authors.clear();
        for head in &manifest.authors {
            let author = StoredAuthor { sequence: head.sequence, id: head.entry, time: None };
            writes.push(Slot::Author(head.device.to_string()).put(&id, &author));
            self.authors.insert(head.device, author);
        }
        let lost = self.written_by_a_copy(index);
        if let Some(own) = self.authors.get(&self.keys.id()).copied() {
            let last = lost.map_or(own.sequence, |lost| Sequence::new(lost.get().saturating_sub(1)));
            self.outbox.accepted(&id, last, writes);
        }
        self.set_ledger(ledger_of(index), writes);
        crate::forgetting::keep_all(self, &index.forgotten, writes);
        self.kept.clear(&id, writes);
        writes.extend(self.put_roster());
        self.changes.extend(hashes.iter().copied());
        self.progress.cursor = manifest.cursor;
        self.progress.time = manifest.time;
        self.progress.skipped = index.skipped;
        if self.progress.pinned.is_some_and(|pinned| hashes.iter().take(length).any(|hash| *hash == pinned)) {
            self.progress.pinned = None;
        }
        writes.push(self.put_progress());
        for part in std::mem::take(&mut self.snapshots.loaded) {
            writes.push(Slot::Loaded(part.to_string()).delete(&id));
        }
        if let Some(stored) = reading.stored_index() {
            writes.push(Slot::Index.put(&id, &stored));
            self.snapshots.index = Some(stored);
        }
        Some(if lost.is_some() { Own::WrittenByACopy } else { Own::AllThere })
    }

    /// The first Entry that waits here although the Snapshot stands for its number, without what is in it: another phone
    /// wrote with this one's key.
    fn written_by_a_copy(&mut self, index: &Index) -> Option<Sequence> {
        let own = self.authors.get(&self.keys.id()).copied()?;
        let taken: Vec<(Sequence, Hash, Vec<Hash>)> = self
            .outbox
            .entries()
            .map(|it| (it.stored.sequence, it.stored.id, it.stored.changes.clone()))
            .filter(|(sequence, ..)| *sequence <= own.sequence)
            .collect();
        if taken.is_empty() {
            return None;
        }
        let mut lost = BTreeSet::new();
        for name in self.shelf.by_use() {
            if self.is_forgotten(name.kind.word(), &name.key) {
                continue;
            }
            let listed = index.documents.iter().find(|one| one.is(&name));
            let heads = listed.map_or_else(|| vec![name.kind.beginning()], |one| one.heads.clone());
            // A Document that cannot be read here is no reason to take this phone for a copy.
            let Ok(document) = self.shelf.document(&name) else { continue };
            lost.extend(document.beyond(&heads));
        }
        let is_lost = |(sequence, id, changes): &(Sequence, Hash, Vec<Hash>)| {
            (*sequence == own.sequence && *id != own.id) || changes.iter().any(|change| lost.contains(change))
        };
        taken.into_iter().find(is_lost).map(|(sequence, ..)| sequence)
    }
}

fn ledger_of(index: &Index) -> Ledger {
    let mut ledger = Ledger::new();
    for line in &index.ledger {
        // A Claim in a Document of a later version's Kind is for those who know it.
        let Some(kind) = Kind::from_word(&line.kind) else { continue };
        let place = Place {
            generation: line.generation.get(),
            position: line.position.get(),
            index: line.index,
            time: line.time,
        };
        ledger.insert(&DocumentName { kind, key: line.key.clone() }, line.change, place);
    }
    ledger
}
