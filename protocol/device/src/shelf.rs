//! A Group's Documents: stored bytes at rest, opened when first needed, changed and compacted. Step 6 of a change's
//! life; next: `seal.rs`.

use std::collections::BTreeMap;

use porchlight_documents::{
    Actor, Document, DocumentName, Gathered, Incoming, Kind, LoadError, RawChange, ReplayError,
};
use porchlight_wire::{ActorPrefix, GroupId, Hash};
use rand_core::Rng;
use thiserror::Error;

use crate::io::Write;
use crate::storage::Slot;

mod views;
mod whole;

/// A Document is saved whole again once this many Changes wait beside it and weigh half of it: so the cost of saving
/// is spread over many edits, and opening never replays many.
const COMPACT_AFTER: usize = 128;

/// The Documents of one Group.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    books: BTreeMap<DocumentName, Book>,
    /// Changes that came by hand, and own ones that build on them: shown, but not part of the Documents until the log
    /// holds them.
    apart: BTreeMap<u64, Apart>,
    /// Changes of Kinds that a later version knows: kept for it.
    later: BTreeMap<u64, (String, String, Vec<u8>)>,
    next: u64,
    waiting: views::Waiting,
}

#[derive(Debug, Default)]
struct Book {
    base: Option<Vec<u8>>,
    changes: BTreeMap<u64, Vec<u8>>,
    open: Option<Document>,
    /// What was taken in since, and the open Document does not hold yet.
    gathered: Gathered,
    /// The numbers of the Changes that were gathered.
    since: Vec<u64>,
    /// Changes that turned out to fit nothing, and are to be taken out of the store.
    unfit: Vec<u64>,
    /// The Document with what is held apart.
    copy: Option<Document>,
    actor: Option<Actor>,
    /// What was shown of it when it was last open.
    view: views::View,
}

/// A Change that is shown, and that the log does not hold yet.
#[derive(Clone, Debug)]
struct Apart {
    name: DocumentName,
    hash: Hash,
    bytes: Vec<u8>,
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
                self.later.insert(number, (kind.to_owned(), key, bytes));
            }
        }
    }

    /// The names of all Documents that hold anything: not of those that were only looked at.
    pub(crate) fn names(&self) -> impl Iterator<Item = &DocumentName> {
        self.books
            .iter()
            .filter(|(name, book)| book.holds_anything() || self.has_apart(name))
            .map(|(name, _)| name)
    }

    /// A Document, opened, as it is shown: with what came by hand, if there is any.
    pub(crate) fn document(&mut self, name: &DocumentName) -> Result<&mut Document, ShelfError> {
        let apart: Vec<&[u8]> =
            self.apart.values().filter(|one| one.name == *name).map(|one| one.bytes.as_slice()).collect();
        let book = self.books.entry(name.clone()).or_default();
        if apart.is_empty() { book.document(name.kind) } else { book.copy(name.kind, &apart) }
    }

    /// A Document, opened, as the log and this device's own work on it make it.
    pub(crate) fn logged(&mut self, name: &DocumentName) -> Result<&mut Document, ShelfError> {
        self.books.entry(name.clone()).or_default().document(name.kind)
    }

    /// Takes a Change that is held apart from the store.
    pub(crate) fn put_apart(&mut self, number: u64, name: DocumentName, bytes: Vec<u8>) -> Option<()> {
        self.next = self.next.max(number.saturating_add(1));
        let hash = Incoming::parse(&bytes).ok()?.hash();
        self.books.entry(name.clone()).or_default();
        self.apart.insert(number, Apart { name, hash, bytes });
        Some(())
    }

    /// Whether something is held apart for a Document: what is written now builds on it.
    pub(crate) fn has_apart(&self, name: &DocumentName) -> bool {
        self.apart.values().any(|one| one.name == *name)
    }

    /// The hashes of everything that is held apart.
    pub(crate) fn apart_hashes(&self) -> std::collections::BTreeSet<Hash> {
        self.apart.values().map(|one| one.hash).collect()
    }

    /// Holds a Change apart.
    pub(crate) fn hold_apart(
        &mut self,
        group: &GroupId,
        name: &DocumentName,
        (hash, bytes): (Hash, Vec<u8>),
        writes: &mut Vec<Write>,
    ) {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
        writes.push(Slot::Apart { number, kind, key }.put_bytes(group, bytes.clone()));
        let book = self.books.entry(name.clone()).or_default();
        // One that was just made is in the copy already; one from elsewhere may not be.
        if book.copy.as_ref().is_some_and(|copy| !copy.contains(hash)) {
            book.copy = None;
        }
        self.apart.insert(number, Apart { name: name.clone(), hash, bytes });
    }

    /// Lets go of Changes that are held apart: the log holds them now, or never will. Says which Documents look
    /// different now.
    pub(crate) fn let_go(
        &mut self,
        group: &GroupId,
        goes: impl Fn(&Hash) -> bool,
        writes: &mut Vec<Write>,
    ) -> Vec<(DocumentName, Vec<u8>)> {
        let numbers: Vec<u64> =
            self.apart.iter().filter(|(_, one)| goes(&one.hash)).map(|(number, _)| *number).collect();
        let mut gone = Vec::new();
        for number in numbers {
            let Some(Apart { name, bytes, .. }) = self.apart.remove(&number) else { continue };
            let (kind, key) = (name.kind.word().to_owned(), name.key.clone());
            writes.push(Slot::Apart { number, kind, key }.delete(group));
            if let Some(book) = self.books.get_mut(&name) {
                book.copy = None;
            }
            gone.push((name, bytes));
        }
        gone
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

    /// Draws a fresh actor for a Document.
    pub(crate) fn forget_actor(&mut self, name: &DocumentName) {
        if let Some(book) = self.books.get_mut(name) {
            book.actor = None;
        }
    }

    /// Draws fresh actors from now on: this device writes under another name.
    pub(crate) fn forget_actors(&mut self) {
        self.books.values_mut().for_each(|book| book.actor = None);
    }

    /// Forgets what is open, back to what is stored.
    pub(crate) fn reopen(&mut self, name: &DocumentName) {
        if let Some(book) = self.books.get_mut(name) {
            book.close();
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
        book.copy = None;
        self.waiting.note(&mut book.view);
        let bytes = change.as_bytes().to_vec();
        book.changes.insert(number, bytes.clone());
        writes.push(change_slot(name, number).put_bytes(group, bytes));
    }

    /// Takes Changes of somebody else in until one does not fit; says how many are here now, and how many of them are new.
    pub(crate) fn apply(
        &mut self,
        group: &GroupId,
        name: &DocumentName,
        changes: Vec<(Incoming, &[u8])>,
        writes: &mut Vec<Write>,
    ) -> ((usize, usize), Result<(), ShelfError>) {
        let book = self.books.entry(name.clone()).or_default();
        if let Err(error) = book.open(name.kind) {
            return ((0, 0), Err(error));
        }
        let (incoming, raws): (Vec<Incoming>, Vec<&[u8]>) = changes.into_iter().unzip();
        let (applied, refused) = match book.open.as_mut() {
            Some(document) => document.gather(&mut book.gathered, incoming),
            None => return ((0, 0), Err(ShelfError::NotOpen)),
        };
        if matches!(refused, Some(porchlight_documents::ApplyError::Refused(_))) {
            // About what was gathered before: these do not fit what is left of it.
            book.part(name.kind);
            return ((0, 0), refused.map_or(Ok(()), |error| Err(ShelfError::DoesNotFit(error))));
        }
        let new: Vec<&[u8]> =
            raws.into_iter().zip(&applied).filter(|(_, applied)| applied.new).map(|(raw, _)| raw).collect();
        for raw in &new {
            let number = self.next;
            self.next = self.next.saturating_add(1);
            book.changes.insert(number, raw.to_vec());
            book.since.push(number);
            writes.push(change_slot(name, number).put_bytes(group, raw.to_vec()));
        }
        if !new.is_empty() {
            book.copy = None;
            self.waiting.note(&mut book.view);
        }
        ((applied.len(), new.len()), refused.map_or(Ok(()), |error| Err(ShelfError::DoesNotFit(error))))
    }

    /// Puts everything that was taken in into the open Documents. Says how many Changes turned out not to fit.
    pub(crate) fn settle(&mut self, group: &GroupId, writes: &mut Vec<Write>) -> usize {
        let mut unfit = 0_usize;
        for (name, book) in &mut self.books {
            book.settle(name.kind);
            if !book.unfit.is_empty() {
                self.waiting.note(&mut book.view);
            }
            for number in std::mem::take(&mut book.unfit) {
                writes.push(change_slot(name, number).delete(group));
                unfit = unfit.saturating_add(1);
            }
        }
        unfit
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
        self.later.insert(number, (kind.to_owned(), key.to_owned(), raw.to_vec()));
        writes.push(
            Slot::Change { number, kind: kind.to_owned(), key: key.to_owned() }
                .put_bytes(group, raw.to_vec()),
        );
    }

    /// How many such Changes there are.
    pub(crate) fn kept_for_later(&self) -> usize {
        self.later.len()
    }

    /// Saves Documents whole again where many Changes wait beside them.
    pub(crate) fn compact(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        for (name, book) in &mut self.books {
            let waiting: usize = book.changes.values().map(Vec::len).sum();
            let saved = book.base.as_ref().map_or(0, Vec::len);
            if book.changes.len() < COMPACT_AFTER || waiting.saturating_mul(2) < saved {
                continue;
            }
            book.save_whole(group, name, writes);
            self.waiting.note(&mut book.view);
        }
    }
}

impl Book {
    fn holds_anything(&self) -> bool {
        self.base.is_some() || !self.changes.is_empty()
    }

    /// The Document with Changes that are held apart, as far as they fit.
    fn copy(&mut self, kind: Kind, apart: &[&[u8]]) -> Result<&mut Document, ShelfError> {
        if self.copy.is_none() {
            let mut copy = self.document(kind)?.clone();
            for incoming in apart.iter().filter_map(|bytes| Incoming::parse(bytes).ok()) {
                // What does not fit yet may fit once more of the log is here.
                if let Err(porchlight_documents::ApplyError::Refused(_)) = copy.apply(incoming) {
                    copy = self.document(kind)?.clone();
                }
            }
            self.copy = Some(copy);
        }
        self.copy.as_mut().ok_or(ShelfError::NotOpen)
    }

    /// Puts the open Document, saved whole, in the place of what is stored of it.
    fn save_whole(&mut self, group: &GroupId, name: &DocumentName, writes: &mut Vec<Write>) {
        self.settle(name.kind);
        let Some(document) = self.open.as_mut() else { return };
        let base = document.save();
        writes.push(base_slot(name).put_bytes(group, base.clone()));
        for number in self.changes.keys() {
            writes.push(change_slot(name, *number).delete(group));
        }
        self.changes.clear();
        self.base = Some(base);
    }

    fn document(&mut self, kind: Kind) -> Result<&mut Document, ShelfError> {
        self.settle(kind);
        self.open(kind)?;
        self.open.as_mut().ok_or(ShelfError::NotOpen)
    }

    fn open(&mut self, kind: Kind) -> Result<(), ShelfError> {
        if self.open.is_none() {
            let mut document = match &self.base {
                Some(bytes) => Document::load(kind, bytes).map_err(ShelfError::Damaged)?,
                None => Document::new(kind),
            };
            document.replay(self.changes.values().map(Vec::as_slice)).map_err(ShelfError::DamagedChange)?;
            self.open = Some(document);
        }
        Ok(())
    }

    /// Forgets what is open; what was gathered is stored as well.
    fn close(&mut self) {
        self.open = None;
        self.copy = None;
        self.actor = None;
        self.gathered = Gathered::default();
        self.since.clear();
    }

    /// Puts what was gathered into the open Document.
    fn settle(&mut self, kind: Kind) {
        if self.gathered.is_empty() {
            return;
        }
        match self.open.as_mut().map(|document| document.settle(&mut self.gathered)) {
            Some(Ok(())) => self.since.clear(),
            Some(Err(_)) => self.part(kind),
            None => self.close(),
        }
    }

    /// Automerge refused some of what was gathered although it was found sound, so the open Document may be damaged:
    /// what was stored before is not. One by one, what fits is kept.
    fn part(&mut self, kind: Kind) {
        let since = std::mem::take(&mut self.since);
        self.close();
        let gathered: Vec<_> = since.iter().filter_map(|it| Some((*it, self.changes.remove(it)?))).collect();
        for (number, bytes) in gathered {
            let fits = self.open(kind).is_ok()
                && match (&mut self.open, Incoming::parse(&bytes)) {
                    (Some(document), Ok(incoming)) => document.apply(incoming).is_ok(),
                    _ => false,
                };
            if fits {
                self.changes.insert(number, bytes);
            } else {
                self.open = None;
                self.unfit.push(number);
            }
        }
    }
}

fn base_slot(name: &DocumentName) -> Slot {
    Slot::Base { kind: name.kind.word().to_owned(), key: name.key.clone() }
}

fn change_slot(name: &DocumentName, number: u64) -> Slot {
    Slot::Change { number, kind: name.kind.word().to_owned(), key: name.key.clone() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Street;

    #[test]
    fn a_document_that_was_only_looked_at_is_not_listed() {
        let mut street = Street::of(2);
        let note = |key: &str| DocumentName { kind: Kind::Note, key: key.to_owned() };
        let group = street.group;
        let listed = |street: &Street| street.phones[1].device.documents(group).unwrap();
        let before = listed(&street);
        street.phones[1].device.read(group, &note("no-such"), |_| ()).unwrap();
        assert_eq!(listed(&street), before);

        // What came by hand is shown, and is listed for as long as it is held apart.
        let shelf = &mut street.group_of(1).shelf;
        shelf.hold_apart(&group, &note("by-hand"), (Hash::from_bytes([7; 32]), Vec::new()), &mut Vec::new());
        assert!(listed(&street).contains(&note("by-hand")));
        street.group_of(1).shelf.let_go(&group, |_| true, &mut Vec::new());
        assert_eq!(listed(&street), before);
    }
}
