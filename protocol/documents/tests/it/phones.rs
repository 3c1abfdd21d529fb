//! Devices that edit one document without knowing of each other, for tests.

use std::fmt::Debug;

use porchlight_documents::{Actor, Author, Document, Editor, Incoming, Kind, OwnChange, RawChange};
use porchlight_wire::{ActorPrefix, Timestamp};

/// One person's device: its copy, and all changes it knows in the order in which it got them.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) document: Document,
    pub(crate) author: Author,
    pub(crate) known: Vec<RawChange>,
}

impl Phone {
    pub(crate) fn new(kind: Kind, number: u8) -> Self {
        let actor = Actor::from_bytes([number.saturating_add(1); 16]);
        let author = Author { actor, time: Timestamp::from_millis(u64::from(number) * 60_000) };
        Self { document: Document::new(kind), author, known: Vec::new() }
    }

    pub(crate) fn who(&self) -> ActorPrefix {
        self.author.actor.prefix()
    }

    pub(crate) fn wait(&mut self, millis: u64) {
        self.author.time = self.author.time.plus_millis(millis);
    }

    pub(crate) fn try_edit<T, E>(&mut self, f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>) -> Result<T, E> {
        let (value, change) = self.document.edit(self.author, f)?;
        self.known.extend(change.map(OwnChange::into_raw));
        Ok(value)
    }

    pub(crate) fn edit<T, E: Debug>(&mut self, f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>) -> T {
        self.try_edit(f).unwrap()
    }

    /// Takes what another knows, as it would come through the log.
    pub(crate) fn take(&mut self, other: &Self) {
        for change in &other.known {
            if self.document.apply(Incoming::parse(change.as_bytes()).unwrap()).unwrap().new {
                self.known.push(change.clone());
            }
        }
    }

    /// The same document, opened again from what was saved.
    pub(crate) fn reopened(&mut self) -> Document {
        Document::load(self.document.kind(), &self.document.save()).unwrap()
    }
}
