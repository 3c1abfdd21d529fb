//! What was shown of large notes, kept beside their Documents: such a note is on the screen before its Document is open.
//! A view is a copy of what stored bytes read as; whether it still is one, those bytes alone decide.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use porchlight_documents::notes::{self, Note};
use porchlight_documents::{DocumentName, Kind};
use porchlight_wire::{GroupId, Hash, Timestamp};

use super::{Book, Shelf, ShelfError};
use crate::device::{ActError, Device};
use crate::io::Write;
use crate::storage::Slot;

#[cfg(test)]
mod tests;

/// Documents with fewer stored bytes than this are open within a few milliseconds even on a slow phone.
const WORTH_KEEPING: usize = 4096;

/// While somebody types, a view is kept anew at most this often.
const PAUSE_MILLIS: u64 = 10_000;

/// What the store holds of a view.
#[derive(Debug, Encode, Decode)]
#[cbor(map)]
struct StoredView {
    /// Of which stored bytes.
    #[n(0)]
    of: Hash,
    #[n(1)]
    bytes: ByteVec,
}

/// The view of one Document.
#[derive(Debug, Default)]
pub(super) struct View {
    stored: Option<Vec<u8>>,
    standing: Standing,
    /// It is to be kept anew.
    wanted: bool,
}

/// Whether a stored view is of what is stored of its Document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Unknown,
    Current,
    Behind,
}

/// Whether views wait to be kept, and until when.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    any: bool,
    due: Option<Timestamp>,
}

impl Waiting {
    /// What is stored of a Document has changed: its view shows something earlier.
    pub(super) fn note(&mut self, view: &mut View) {
        view.standing = Standing::Behind;
        if view.stored.is_some() {
            view.wanted = true;
            self.any = true;
        }
    }
}

impl Shelf {
    /// Takes a view from the store.
    pub(crate) fn put_view(&mut self, kind: &str, key: String, bytes: Vec<u8>) {
        if let Some(kind) = Kind::from_word(kind) {
            self.books.entry(DocumentName { kind, key }).or_default().view.stored = Some(bytes);
        }
    }

    /// A note as it is shown, from its view if that holds and the Document is not open yet.
    fn note_shown(
        &mut self,
        group: &GroupId,
        name: &DocumentName,
        writes: &mut Vec<Write>,
    ) -> Result<Note, ShelfError> {
        if self.has_apart(name) {
            return Ok(notes::note(self.document(name)?));
        }
        let book = self.books.entry(name.clone()).or_default();
        let was_open = book.open.is_some();
        if !was_open && let Some(note) = book.kept_note() {
            return Ok(note);
        }
        let note = notes::note(book.document(name.kind)?);
        if book.is_worth_keeping() && !book.is_current() {
            if was_open {
                (book.view.wanted, self.waiting.any) = (true, true);
            } else {
                book.keep_view(group, name, &note, writes);
            }
        }
        Ok(note)
    }

    /// Keeps the views that wait for it.
    fn keep_views(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        self.waiting = Waiting::default();
        for (name, book) in &mut self.books {
            if !std::mem::take(&mut book.view.wanted) || book.open.is_none() || book.is_current() {
                continue;
            }
            if let Ok(document) = book.document(name.kind) {
                let note = notes::note(document);
                book.keep_view(group, name, &note, writes);
            }
        }
    }

    /// When views are due.
    pub(crate) fn views_due(&self) -> Option<Timestamp> {
        self.waiting.due
    }
}

impl Book {
    fn is_worth_keeping(&self) -> bool {
        let changes: usize = self.changes.values().map(Vec::len).sum();
        self.base.as_ref().map_or(0, Vec::len).saturating_add(changes) >= WORTH_KEEPING
    }

    /// Names what is stored of the Document, and how this version reads it.
    fn stored_bytes(&self) -> Hash {
        let base = Hash::of(notes::LAYOUT, &[self.base.as_deref().unwrap_or_default()]);
        self.changes
            .values()
            .fold(base, |before, change| Hash::of(notes::LAYOUT, &[before.as_bytes(), change.as_slice()]))
    }

    fn stored_view(&self) -> Option<StoredView> {
        minicbor::decode(self.view.stored.as_deref()?).ok()
    }

    fn is_current(&mut self) -> bool {
        if self.view.standing == Standing::Unknown {
            let is_current = self.stored_view().is_some_and(|view| view.of == self.stored_bytes());
            self.view.standing = if is_current { Standing::Current } else { Standing::Behind };
        }
        self.view.standing == Standing::Current
    }

    fn kept_note(&mut self) -> Option<Note> {
        self.is_current().then(|| notes::from_kept(&self.stored_view()?.bytes)).flatten()
    }

    fn keep_view(&mut self, group: &GroupId, name: &DocumentName, note: &Note, writes: &mut Vec<Write>) {
        let stored = StoredView { of: self.stored_bytes(), bytes: notes::to_keep(note).into() };
        let bytes = crate::storage::encoded(&stored);
        writes.push(view_slot(name).put_bytes(group, bytes.clone()));
        self.view = View { stored: Some(bytes), standing: Standing::Current, wanted: false };
    }
}

pub(super) fn view_slot(name: &DocumentName) -> Slot {
    Slot::View { kind: name.kind.word().to_owned(), key: name.key.clone() }
}

impl Device {
    /// A note as it is shown. A large one that did not change since it was last looked at is read from what was kept
    /// then, without opening its Document.
    pub fn note(&mut self, id: GroupId, name: &DocumentName, now: Timestamp) -> Result<Note, ActError> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let name = group.current(name);
        let mut writes = Vec::new();
        let note = group.shelf.note_shown(&id, &name, &mut writes)?;
        // Lost with the power, it is made anew.
        self.keep(writes);
        self.schedule(now);
        Ok(note)
    }

    /// Plans to keep what was looked at or written since.
    pub(crate) fn plan_views(&mut self, now: Timestamp) {
        for group in self.groups.values_mut() {
            let waiting = &mut group.shelf.waiting;
            if waiting.any {
                waiting.due.get_or_insert(now.plus_millis(PAUSE_MILLIS));
            }
        }
    }

    pub(crate) fn keep_due_views(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.shelf.views_due().is_some_and(|due| due <= now) {
            let mut writes = Vec::new();
            group.shelf.keep_views(&id, &mut writes);
            self.keep(writes);
        }
    }
}
