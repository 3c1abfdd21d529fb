//! Compares a Snapshot with what this device has read in the log.

use std::collections::BTreeSet;

use porchlight_documents::{Document, DocumentName, Incoming, Kind};
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::record::RecordKind;
use porchlight_wire::roster::Roster;
use porchlight_wire::snapshot::{Manifest, Reason};
use porchlight_wire::{Hash, Position};

use super::super::part::{Index, Indexed, WholeDocument};
use super::Stop;
use crate::group::Group;
use crate::seal;

impl Group {
    /// Whether chain, time, Roster and authors of a manifest are what this device has read.
    pub(super) fn agrees_with(&self, manifest: &Manifest) -> bool {
        let position = manifest.cursor.position;
        let there = if self.progress.cursor.position == position {
            Some((self.progress.cursor, self.progress.time))
        } else {
            let mut records = self.kept.records().map(|(at, record)| (at, record.time));
            records.find(|(at, _)| at.position == position)
        };
        if there != Some((manifest.cursor, manifest.time)) {
            return false;
        }
        let since = self.kept.records().filter(|(at, _)| at.position > position);
        let records = self.counted(since.map(|(at, record)| (at.position, record)));
        let mut authors = self.author_heads();
        let before = crate::kept::authors_before(&records);
        for author in &mut authors {
            if let Some((sequence, entry)) = before.get(&author.device) {
                (author.sequence, author.entry) = (*sequence, *entry);
            }
        }
        authors.retain(|author| author.sequence.get() > 0);
        let read = self.replayed.as_ref().map_or(0, Roster::length);
        let length = read.saturating_sub(crate::kept::roster_changes(&records));
        let hashes = self.roster_hashes();
        let head = length.checked_sub(1).and_then(|last| hashes.get(last));
        authors == manifest.authors && head == Some(&manifest.roster)
    }

    /// The hashes of all Changes that the log has brought since a Position.
    pub(super) fn changes_since(&self, position: Position) -> BTreeSet<Hash> {
        let mut hashes = BTreeSet::new();
        for (_, record) in self.kept.records().filter(|(at, _)| at.position > position) {
            if record.kind != RecordKind::ENTRY {
                continue;
            }
            let Ok(entry) = VerifiedEntry::verify(&self.id, &record.body) else { continue };
            let Some(key) = self.epochs.get(&entry.header().epoch) else { continue };
            let Ok(payload) = seal::open(&self.id, &entry, key) else { continue };
            let raws = payload.documents.iter().flat_map(|document| &document.changes);
            hashes.extend(raws.filter_map(|raw| Incoming::parse(raw).ok()).map(|incoming| incoming.hash()));
        }
        hashes
    }

    /// Whether a Document here was, before the Changes `since`, what an index says.
    pub(super) fn has_all(&mut self, indexed: &Indexed, since: &BTreeSet<Hash>) -> bool {
        let Some(kind) = Kind::from_word(&indexed.kind) else { return true };
        let Ok(document) = self.shelf.document(&DocumentName { kind, key: indexed.key.clone() }) else {
            return false;
        };
        indexed.heads.iter().all(|head| document.contains(*head))
            && document.beyond(&indexed.heads).iter().all(|hash| since.contains(hash))
    }

    /// Compares a Document from a Snapshot with the one that is here.
    pub(super) fn judge(
        &mut self,
        indexed: &Indexed,
        whole: WholeDocument,
        since: &BTreeSet<Hash>,
    ) -> Result<(), Stop> {
        let different = Stop::Wrong(Reason::DOCUMENTS);
        if (&whole.kind, &whole.key) != (&indexed.kind, &indexed.key) {
            return Err(different);
        }
        // A Kind that only a later version knows is for those who know it.
        let Some(kind) = Kind::from_word(&whole.kind) else { return Ok(()) };
        let saved = whole.saved.ok_or(different)?;
        let loaded = Document::load(kind, &saved).map_err(|_| different)?;
        if loaded.heads() != indexed.heads || !self.has_all(indexed, since) {
            return Err(different);
        }
        Ok(())
    }

    /// Finds Documents that a Snapshot should have, of what was here before the Changes `since`, and does not.
    pub(super) fn judge_missing(&mut self, index: &Index, since: &BTreeSet<Hash>) -> Result<(), Stop> {
        for name in self.shelf.by_use() {
            if index.documents.iter().any(|one| one.is(&name)) {
                continue;
            }
            let fresh = [name.kind.beginning()];
            let document = self.shelf.document(&name).map_err(|_| Stop::Wrong(Reason::DOCUMENTS))?;
            if !document.beyond(&fresh).iter().all(|hash| since.contains(hash)) {
                return Err(Stop::Wrong(Reason::DOCUMENTS));
            }
        }
        Ok(())
    }
}
