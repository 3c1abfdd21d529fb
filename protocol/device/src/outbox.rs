//! What a device has not yet seen accepted: Changes that wait to be sealed, sealed Entries, RosterChanges. Step 8 of a
//! change's life; next: `link.rs`.
//!
//! An Entry is sealed once, stored before it is sent, and never sealed again: a lost acknowledgement leads to a repeat
//! of the same bytes, which the server recognizes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use porchlight_wire::{GroupId, Hash, Sequence, limits};

use crate::io::Write;
use crate::storage::{Slot, StoredEdit, StoredEntry, StoredRequest};

/// Changes are gathered into an Entry up to about this many bytes before compression.
const GATHER: usize = limits::MAX_ENTRY / 2;

/// The three waiting rows.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    edits: BTreeMap<u64, StoredEdit>,
    entries: VecDeque<WaitingEntry>,
    requests: BTreeMap<u64, WaitingRequest>,
    /// The hashes of all Changes that wait: no Entry of somebody else may build on them yet.
    unlogged: BTreeSet<Hash>,
    next: u64,
}

/// A sealed Entry, and whether it went out on the connection that stands.
#[derive(Debug)]
pub(crate) struct WaitingEntry {
    pub(crate) stored: StoredEntry,
    pub(crate) sent: bool,
}

/// A RosterChange, and for which Roster it was last signed and sent on the connection that stands.
#[derive(Debug)]
pub(crate) struct WaitingRequest {
    pub(crate) stored: StoredRequest,
    pub(crate) sent_for: Option<Hash>,
    pub(crate) hash: Option<Hash>,
}

impl Outbox {
    /// Takes an edit, entry or request from the store.
    pub(crate) fn restore_edit(&mut self, number: u64, edit: StoredEdit) {
        self.next = self.next.max(number.saturating_add(1));
        self.unlogged.insert(edit.hash);
        self.edits.insert(number, edit);
    }

    /// Takes an Entry from the store; they come in the order of their sequence.
    pub(crate) fn restore_entry(&mut self, stored: StoredEntry) {
        self.unlogged.extend(&stored.changes);
        self.entries.push_back(WaitingEntry { stored, sent: false });
    }

    /// Takes a RosterChange from the store.
    pub(crate) fn restore_request(&mut self, number: u64, stored: StoredRequest) {
        self.next = self.next.max(number.saturating_add(1));
        self.requests.insert(number, WaitingRequest { stored, sent_for: None, hash: None });
    }

    /// Adds a Change.
    pub(crate) fn add_edit(&mut self, group: &GroupId, edit: StoredEdit, writes: &mut Vec<Write>) {
        let number = self.number();
        writes.push(Slot::Edit(number).put(group, &edit));
        self.unlogged.insert(edit.hash);
        self.edits.insert(number, edit);
    }

    /// Adds a RosterChange.
    pub(crate) fn add_request(&mut self, group: &GroupId, stored: StoredRequest, writes: &mut Vec<Write>) {
        let number = self.number();
        writes.push(Slot::Request(number).put(group, &stored));
        self.requests.insert(number, WaitingRequest { stored, sent_for: None, hash: None });
    }

    /// The numbers and Changes that the next Entry should hold; empty if nothing waits.
    pub(crate) fn gather(&self) -> Vec<(u64, &StoredEdit)> {
        let mut size = 0_usize;
        let mut gathered = Vec::new();
        for (number, edit) in &self.edits {
            size = size.saturating_add(edit.change.len());
            if size > GATHER && !gathered.is_empty() {
                break;
            }
            gathered.push((*number, edit));
        }
        gathered
    }

    /// Puts a sealed Entry in the place of the Changes it holds, in one write.
    pub(crate) fn sealed(
        &mut self,
        group: &GroupId,
        held: &[u64],
        stored: StoredEntry,
        writes: &mut Vec<Write>,
    ) {
        writes.push(Slot::Entry(stored.sequence.get()).put(group, &stored));
        for number in held {
            self.edits.remove(number);
            writes.push(Slot::Edit(*number).delete(group));
        }
        self.entries.push_back(WaitingEntry { stored, sent: false });
    }

    /// The sequence and id of the last Entry sealed and not yet accepted.
    pub(crate) fn last_sealed(&self) -> Option<(Sequence, Hash)> {
        self.entries.back().map(|entry| (entry.stored.sequence, entry.stored.id))
    }

    /// Whether this Change waits here, so that the log does not hold it yet.
    pub(crate) fn holds(&self, change: &Hash) -> bool {
        self.unlogged.contains(change)
    }

    /// The waiting Entries.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &WaitingEntry> {
        self.entries.iter()
    }

    /// Entries that did not go out on this connection, marked as sent; at most `count`, and at most a frame's worth.
    pub(crate) fn take_unsent(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut size = 0_usize;
        let mut taken = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| !entry.sent).take(count) {
            size = size.saturating_add(entry.stored.bytes.len());
            if size > limits::MAX_ENTRY && !taken.is_empty() {
                break;
            }
            entry.sent = true;
            taken.push(entry.stored.bytes.to_vec());
        }
        taken
    }

    /// Drops the Entries up to one that the log holds; says whether there were any.
    pub(crate) fn accepted(&mut self, group: &GroupId, sequence: Sequence, writes: &mut Vec<Write>) -> bool {
        let before = self.entries.len();
        while let Some(entry) = self.entries.front().filter(|entry| entry.stored.sequence <= sequence) {
            writes.push(Slot::Entry(entry.stored.sequence.get()).delete(group));
            for change in &entry.stored.changes {
                self.unlogged.remove(change);
            }
            self.entries.pop_front();
        }
        self.entries.len() < before
    }

    /// The waiting RosterChanges, oldest first.
    pub(crate) fn requests(&mut self) -> impl Iterator<Item = (u64, &mut WaitingRequest)> {
        self.requests.iter_mut().map(|(number, request)| (*number, request))
    }

    /// Drops a RosterChange that was accepted, or refused for good.
    pub(crate) fn drop_request(&mut self, group: &GroupId, hash: &Hash, writes: &mut Vec<Write>) -> bool {
        let found = self.requests.iter().find(|(_, request)| request.hash.as_ref() == Some(hash));
        let Some(number) = found.map(|(number, _)| *number) else { return false };
        self.requests.remove(&number);
        writes.push(Slot::Request(number).delete(group));
        true
    }

    /// Drops the RosterChange with this body: it is in the Roster.
    pub(crate) fn drop_request_with_body(&mut self, group: &GroupId, body: &[u8], writes: &mut Vec<Write>) {
        let found = self.requests.iter().find(|(_, request)| request.stored.body.as_slice() == body);
        if let Some(number) = found.map(|(number, _)| *number) {
            self.requests.remove(&number);
            writes.push(Slot::Request(number).delete(group));
        }
    }

    /// Nothing that went out on the last connection counts as sent on the next.
    pub(crate) fn forget_sent(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.sent = false);
        self.requests.values_mut().for_each(|request| request.sent_for = None);
    }

    /// How many Changes and RosterChanges wait.
    pub(crate) fn waiting(&self) -> usize {
        let sealed: usize = self.entries.iter().map(|entry| entry.stored.changes.len()).sum();
        self.edits.len() + sealed + self.requests.len()
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        number
    }
}
