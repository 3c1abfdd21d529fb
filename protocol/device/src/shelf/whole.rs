//! Whole Documents, as Snapshots hold them: which there are, taking one in, and forgetting one.

use std::collections::BTreeMap;

use porchlight_documents::{Document, DocumentName, Kind};
use porchlight_wire::GroupId;

use super::views::view_slot;
use super::{Shelf, ShelfError, base_slot, change_slot};
use crate::io::Write;

impl Shelf {
    /// The Documents that hold anything, most used first: the index, the contacts, then what was changed last.
    pub(crate) fn by_use(&self) -> Vec<DocumentName> {
        let held = self.books.iter().filter(|(_, book)| book.base.is_some() || !book.changes.is_empty());
        let mut names: Vec<_> = held
            .map(|(name, book)| {
                let rank = (name.kind != Kind::Index, name.kind != Kind::Contacts);
                let last = book.changes.last_key_value().map_or(0, |(number, _)| *number);
                (rank, u64::MAX - last, name.clone())
            })
            .collect();
        names.sort();
        names.into_iter().map(|(_, _, name)| name).collect()
    }

    /// The Changes of Kinds that only a later version knows, by kind and key, in the order of the log.
    pub(crate) fn later(&self) -> BTreeMap<(&str, &str), Vec<&[u8]>> {
        let mut later: BTreeMap<_, Vec<&[u8]>> = BTreeMap::new();
        for (kind, key, bytes) in self.later.values() {
            later.entry((kind.as_str(), key.as_str())).or_default().push(bytes);
        }
        later
    }

    /// Takes in everything that a whole Document from a Snapshot holds, `saved` there like this; nothing that is here
    /// goes.
    pub(crate) fn adopt(
        &mut self,
        group: &GroupId,
        name: &DocumentName,
        (mut whole, saved): (Document, Vec<u8>),
        writes: &mut Vec<Write>,
    ) -> Result<usize, ShelfError> {
        let book = self.books.entry(name.clone()).or_default();
        if !book.holds_anything() {
            // A newcomer's: nothing to merge, and nothing to save anew.
            let new = whole.beyond(&[name.kind.beginning()]).len();
            writes.push(base_slot(name).put_bytes(group, saved.clone()));
            (book.base, book.open, book.copy) = (Some(saved), Some(whole), None);
            self.waiting.note(&mut book.view);
            return Ok(new);
        }
        let new = match self.document(name)?.merge(&mut whole) {
            Ok(new) => new,
            Err(error) => {
                // What is open may be damaged: what is stored is not.
                self.reopen(name);
                return Err(ShelfError::DoesNotFit(error));
            }
        };
        if let Some(book) = self.books.get_mut(name).filter(|_| new > 0) {
            book.save_whole(group, name, writes);
            self.waiting.note(&mut book.view);
        }
        Ok(new)
    }

    /// Forgets a Document for good: this device keeps nothing of it.
    pub(crate) fn forget(&mut self, group: &GroupId, name: &DocumentName, writes: &mut Vec<Write>) {
        let Some(book) = self.books.remove(name) else { return };
        writes.push(base_slot(name).delete(group));
        writes.push(view_slot(name).delete(group));
        for number in book.changes.keys() {
            writes.push(change_slot(name, *number).delete(group));
        }
    }
}
