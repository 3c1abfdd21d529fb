//! A Group's Documents: stored bytes at rest, opened when first needed, changed and compacted. Step 6 of a change's
//! life; next: `seal.rs`.

use std::collections::BTreeMap;

use porchlight_documents::{
    Actor, Document, DocumentName, Incoming, Kind, LoadError, RawChange, ReplayError,
};
use porchlight_wire::{ActorPrefix, GroupId};
use rand_core::Rng;
use thiserror::Error;

use crate::io::Write;
use crate::storage::Slot;

/// A Document is saved whole again once this many Changes wait beside it and weigh half of it: so the cost of saving
/// is spread over many edits, and opening never replays many.
const COMPACT_AFTER: usize = 128;

/// The Documents of one Group.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    books: BTreeMap<DocumentName, Book>,
    /// Changes of Kinds that a later version knows: kept for it.
    later: BTreeMap<u64, (String, String)>,
    next: u64,
}

#[derive(Debug, Default)]
struct Book {
    base: Option<Vec<u8>>,
    changes: BTreeMap<u64, Vec<u8>>,
    open: Option<Document>,
    actor: Option<Actor>,
}

impl Shelf {
    /// Takes a saved Document from the store.
    pub(crate) fn put_base(&mut self, kind: &str, key: String, bytes: Vec<u8>) {
        if let Some(kind) = Kind::from_word(kind) {
            self.books.entry(DocumentName { kind, key }).or_default().base = Some(bytes);
        }
    }

    /// Takes a Change from the store.
    pub(crate) fn put_change(&mut self, number: u64, kind: &str, key: String, bytes: Vec<u8>) {
        self.next = self.next.max(number.saturating_add(1));
        match Kind::from_word(kind) {
            Some(kind) => {
                self.books.entry(DocumentName { kind, key }).or_default().changes.insert(number, bytes);
            }
            None => {
                self.later.insert(number, (kind.to_owned(), key));
            }
        }
    }

    /// The names of all Documents that hold anything.
    pub(crate) fn names(&self) -> impl Iterator<Item = &DocumentName> {
        self.books.keys()
    }

    /// A Document, opened.
    pub(crate) fn document(&mut self, name: &DocumentName) -> Result<&mut Document, ShelfError> {
        let book = self.books.entry(name.clone()).or_default();
        book.document(name.kind)
    }

    /// The actor of this run for a Document: the device's prefix and eight random bytes, drawn at the first write.
    ///
    /// A phone that was restored or cloned draws others, so no (actor, sequence) is ever used twice.
    pub(crate) fn actor(
        &mut self,
        name: &DocumentName,
        prefix: ActorPrefix,
        entropy: &mut impl Rng,
    ) -> Actor {
        let book = self.books.entry(name.clone()).or_default();
        *book.actor.get_or_insert_with(|| {
            let mut bytes = [0; 16];
            let (head, tail) = bytes.split_at_mut(8);
            head.copy_from_slice(prefix.as_bytes());
            entropy.fill_bytes(tail);
            Actor::from_bytes(bytes)
        })
    }

    /// Forgets what is open, back to what is stored.
    pub(crate) fn reopen(&mut self, name: &DocumentName) {
        if let Some(book) = self.books.get_mut(name) {
            book.open = None;
            book.actor = None;
        }
    }

    /// Notes a Change that the open Document already holds, and what to store for it.
    pub(crate) fn note(
        &mut self,
        group: &GroupId,
        name: &DocumentName,
        change: &RawChange,
        writes: &mut Vec<Write>,
    ) {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let Some(book) = self.books.get_mut(name) else { return };
        let bytes = change.as_bytes().to_vec();
        book.changes.insert(number, bytes.clone());
        let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
        writes.push(Slot::Change { number, kind, key }.put_bytes(group, bytes));
    }

    /// Applies Changes of somebody else until one does not fit; says how many were new.
    pub(crate) fn apply(
        &mut self,
        group: &GroupId,
        name: &DocumentName,
        changes: Vec<(Incoming, &[u8])>,
        writes: &mut Vec<Write>,
    ) -> (usize, Result<(), ShelfError>) {
        let document = match self.document(name) {
            Ok(document) => document,
            Err(error) => return (0, Err(error)),
        };
        let (incoming, raws): (Vec<Incoming>, Vec<&[u8]>) = changes.into_iter().unzip();
        let (applied, refused) = document.apply_all(incoming);
        let new: Vec<&[u8]> =
            raws.into_iter().zip(&applied).filter(|(_, applied)| applied.new).map(|(raw, _)| raw).collect();
        for raw in &new {
            let number = self.next;
            self.next = self.next.saturating_add(1);
            if let Some(book) = self.books.get_mut(name) {
                book.changes.insert(number, raw.to_vec());
            }
            let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
            writes.push(Slot::Change { number, kind, key }.put_bytes(group, raw.to_vec()));
        }
        // Automerge itself refused it, so the open Document may be damaged: what is stored is not.
        if matches!(refused, Some(porchlight_documents::ApplyError::Refused(_))) {
            self.reopen(name);
        }
        (new.len(), refused.map_or(Ok(()), |error| Err(ShelfError::DoesNotFit(error))))
    }

    /// Keeps a Change of a Kind that only a later version knows.
    pub(crate) fn keep_for_later(
        &mut self,
        group: &GroupId,
        kind: &str,
        key: &str,
        raw: &[u8],
        writes: &mut Vec<Write>,
    ) {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.later.insert(number, (kind.to_owned(), key.to_owned()));
        writes.push(
            Slot::Change { number, kind: kind.to_owned(), key: key.to_owned() }
                .put_bytes(group, raw.to_vec()),
        );
    }

    /// Saves Documents whole again where many Changes wait beside them.
    pub(crate) fn compact(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        for (name, book) in &mut self.books {
            let waiting: usize = book.changes.values().map(Vec::len).sum();
            let saved = book.base.as_ref().map_or(0, Vec::len);
            if book.changes.len() < COMPACT_AFTER || waiting.saturating_mul(2) < saved {
                continue;
            }
            let Some(document) = book.open.as_mut() else { continue };
            let base = document.save();
            let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
            writes.push(Slot::Base { kind: kind.clone(), key: key.clone() }.put_bytes(group, base.clone()));
            for number in book.changes.keys() {
                let slot = Slot::Change { number: *number, kind: kind.clone(), key: key.clone() };
                writes.push(slot.delete(group));
            }
            book.changes.clear();
            book.base = Some(base);
        }
    }
}

impl Book {
    fn document(&mut self, kind: Kind) -> Result<&mut Document, ShelfError> {
        if self.open.is_none() {
            let mut document = match &self.base {
                Some(bytes) => Document::load(kind, bytes).map_err(ShelfError::Damaged)?,
                None => Document::new(kind),
            };
            document.replay(self.changes.values().map(Vec::as_slice)).map_err(ShelfError::DamagedChange)?;
            self.open = Some(document);
        }
        self.open.as_mut().ok_or(ShelfError::NotOpen)
    }
}

impl ShelfError {
    /// Whether a received Change builds on one that is not here.
    pub(crate) fn is_missing(&self) -> bool {
        use porchlight_documents::ApplyError::{MissingDependency, Skipped};
        matches!(self, Self::DoesNotFit(MissingDependency(_) | Skipped { .. }))
    }
}

/// Why a Document is not available. Stored bytes stay as they are.
#[derive(Debug, Error)]
pub(crate) enum ShelfError {
    /// What was saved cannot be read: show it as an error, never as an empty Document.
    #[error("a stored document cannot be opened")]
    Damaged(#[source] LoadError),
    /// A Change stored beside it cannot be read or does not fit.
    #[error("a stored change cannot be opened")]
    DamagedChange(#[source] ReplayError),
    /// A received Change does not fit.
    #[error("a received change does not fit")]
    DoesNotFit(#[source] porchlight_documents::ApplyError),
    /// Opening left nothing open.
    #[error("the document is not open")]
    NotOpen,
}
