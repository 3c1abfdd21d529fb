//! What a device has not yet seen accepted: Changes that wait to be sealed, sealed Entries, RosterChanges. Step 8 of a
//! change's life; next: `link.rs`.
//!
//! An Entry is sealed once, stored before it is sent, and never sealed again: a lost acknowledgement leads to a repeat
//! of the same bytes, which the server recognizes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minicbor::bytes::ByteVec;
use porchlight_documents::Incoming;
use porchlight_wire::roster::{ChangeBody, ChangeKind};
use porchlight_wire::{DeviceId, GroupId, Hash, MemberId, Sequence, limits};

use crate::io::Write;
use crate::storage::{Slot, StoredCarried, StoredEdit, StoredEntry, StoredRequest};

/// Changes are gathered into an Entry up to about this many bytes before compression.
const GATHER: usize = limits::MAX_ENTRY / 2;

/// The three waiting rows.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    edits: BTreeMap<u64, StoredEdit>,
    entries: VecDeque<WaitingEntry>,
    requests: BTreeMap<u64, WaitingRequest>,
    /// Entries of others that came by hand and that the log does not hold yet.
    carried: BTreeMap<u64, CarriedEntry>,
    /// The hashes of all Changes that wait: no Entry of somebody else may build on them yet.
    unlogged: BTreeSet<Hash>,
    /// For which Roster the fresh Device that takes over was last asked for on the connection that stands.
    pub(crate) successor_sent: Option<Hash>,
    next: u64,
}

/// A sealed Entry, and whether it went out on the connection that stands.
#[derive(Debug)]
pub(crate) struct WaitingEntry {
    pub(crate) stored: StoredEntry,
    pub(crate) sent: bool,
}

/// An Entry of somebody else that came in a bundle, and whether it went out on the connection that stands.
#[derive(Debug)]
pub(crate) struct CarriedEntry {
    pub(crate) stored: StoredCarried,
    pub(crate) sent: bool,
}

/// A RosterChange, and for which Roster it was last signed and sent on the connection that stands.
#[derive(Debug)]
pub(crate) struct WaitingRequest {
    pub(crate) stored: StoredRequest,
    pub(crate) sent_for: Option<Hash>,
    pub(crate) hash: Option<Hash>,
    /// Whether it was stored before the app was opened: then it may have been sent.
    restored: bool,
}

/// What became of the wish for another role that was thought better of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// There was none.
    None,
    /// It is gone, and no server heard it.
    Unheard,
    /// A server may have heard it: what counts after all must be asked for.
    PerhapsHeard,
}

impl WaitingRequest {
    fn asks(&self, is_such: impl Fn(&ChangeKind) -> bool) -> bool {
        minicbor::decode::<ChangeBody>(&self.stored.body).is_ok_and(|body| is_such(&body.kind))
    }
}

fn is_move(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::MoveTo(_))
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
        self.next = self.next.max(stored.order.saturating_add(1));
        self.unlogged.extend(&stored.changes);
        self.entries.push_back(WaitingEntry { stored, sent: false });
    }

    /// Takes a carried Entry from the store.
    pub(crate) fn restore_carried(&mut self, number: u64, stored: StoredCarried) {
        self.next = self.next.max(number.saturating_add(1));
        self.carried.insert(number, CarriedEntry { stored, sent: false });
    }

    /// Takes a RosterChange from the store.
    pub(crate) fn restore_request(&mut self, number: u64, stored: StoredRequest) {
        self.next = self.next.max(number.saturating_add(1));
        self.requests.insert(number, WaitingRequest { stored, sent_for: None, hash: None, restored: true });
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
        self.requests.insert(number, WaitingRequest { stored, sent_for: None, hash: None, restored: false });
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
        mut stored: StoredEntry,
        writes: &mut Vec<Write>,
    ) {
        stored.order = self.number();
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

    /// The log holds these Changes: what waits of them elsewhere, on a phone that was copied or put back, waits no more.
    /// Others may build on them from here on.
    pub(crate) fn logged(&mut self, group: &GroupId, changes: &BTreeSet<Hash>, writes: &mut Vec<Write>) {
        if changes.is_disjoint(&self.unlogged) {
            return;
        }
        self.withdraw(group, |edit| changes.contains(&edit.hash), writes);
        for entry in &mut self.entries {
            let stored = &mut entry.stored;
            let (logged, rest) = stored.changes.iter().partition(|hash| changes.contains(*hash));
            stored.changes = rest;
            stored.logged.get_or_insert_default().extend::<Vec<Hash>>(logged);
            writes.push(Slot::Entry(stored.sequence.get()).put(group, stored));
        }
        self.unlogged.retain(|hash| !changes.contains(hash));
    }

    /// Takes Entries of this device back that the log does not hold any more: they wait again, before all others.
    pub(crate) fn take_back(&mut self, group: &GroupId, lost: Vec<StoredEntry>, writes: &mut Vec<Write>) {
        for stored in lost.into_iter().rev() {
            let waits = self.entries.iter().any(|entry| entry.stored.sequence == stored.sequence);
            if !waits {
                writes.push(Slot::Entry(stored.sequence.get()).put(group, &stored));
                self.entries.push_front(WaitingEntry { stored, sent: false });
            }
        }
    }

    /// The waiting Entries.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &WaitingEntry> {
        self.entries.iter()
    }

    /// Entries that did not go out on this connection, marked as sent; at most `count`, and at most a frame's worth.
    ///
    /// Own ones and carried ones go in the order in which they were sealed and arrived: each builds at most on those
    /// before it.
    pub(crate) fn take_unsent(&mut self, count: usize) -> Vec<Vec<u8>> {
        let own = self.entries.iter_mut().map(|it| (it.stored.order, &mut it.sent, &it.stored.bytes));
        let carried = self.carried.iter_mut().map(|(order, it)| (*order, &mut it.sent, &it.stored.bytes));
        let mut unsent: Vec<_> = own.chain(carried).filter(|(_, sent, _)| !**sent).collect();
        unsent.sort_by_key(|(order, ..)| *order);
        let mut size = 0_usize;
        let mut taken = Vec::new();
        for (_, sent, bytes) in unsent.into_iter().take(count) {
            size = size.saturating_add(bytes.len());
            if size > limits::MAX_ENTRY && !taken.is_empty() {
                break;
            }
            *sent = true;
            taken.push(bytes.to_vec());
        }
        taken
    }

    /// How many Entries went out on this connection and are not in the log yet.
    pub(crate) fn in_flight(&self) -> usize {
        let own = self.entries.iter().filter(|entry| entry.sent).count();
        own + self.carried.values().filter(|entry| entry.sent).count()
    }

    /// Everything that is sealed and not in the log yet, in the order in which it is to be appended.
    pub(crate) fn sealed_waiting(&self) -> Vec<ByteVec> {
        let own = self.entries.iter().map(|it| (it.stored.order, &it.stored.bytes));
        let carried = self.carried.iter().map(|(order, it)| (*order, &it.stored.bytes));
        let mut all: Vec<_> = own.chain(carried).collect();
        all.sort_by_key(|(order, _)| *order);
        all.into_iter().map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The carried Entries, in the order in which they came.
    pub(crate) fn carried(&self) -> impl Iterator<Item = &StoredCarried> {
        self.carried.values().map(|entry| &entry.stored)
    }

    /// Adds an Entry of somebody else.
    pub(crate) fn carry(&mut self, group: &GroupId, stored: StoredCarried, writes: &mut Vec<Write>) {
        let number = self.number();
        writes.push(Slot::Carried(number).put(group, &stored));
        self.carried.insert(number, CarriedEntry { stored, sent: false });
    }

    /// Drops the carried Entries of a device that `goes` names, and gives them back.
    pub(crate) fn drop_carried(
        &mut self,
        group: &GroupId,
        goes: impl Fn(&StoredCarried) -> bool,
        writes: &mut Vec<Write>,
    ) -> Vec<StoredCarried> {
        let numbers: Vec<u64> =
            self.carried.iter().filter(|(_, entry)| goes(&entry.stored)).map(|(number, _)| *number).collect();
        numbers
            .into_iter()
            .filter_map(|number| {
                writes.push(Slot::Carried(number).delete(group));
                self.carried.remove(&number).map(|entry| entry.stored)
            })
            .collect()
    }

    /// Takes all own Entries out.
    pub(crate) fn take_entries(&mut self, group: &GroupId, writes: &mut Vec<Write>) -> Vec<StoredEntry> {
        let entries = std::mem::take(&mut self.entries);
        for entry in &entries {
            writes.push(Slot::Entry(entry.stored.sequence.get()).delete(group));
        }
        entries.into_iter().map(|entry| entry.stored).collect()
    }

    /// Puts the waiting Changes into an order in which each comes after those it builds on. Some were put back among
    /// later ones; in the wrong order an Entry is set aside by everybody but its author.
    pub(crate) fn put_in_order(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        let waiting: Vec<&StoredEdit> = self.edits.values().collect();
        let order = order_of(&waiting);
        if order.is_sorted() {
            return;
        }
        let mut edits: Vec<_> = self.withdraw(group, |_| true, writes).into_iter().map(Some).collect();
        for place in order {
            if let Some(edit) = edits.get_mut(place).and_then(Option::take) {
                self.add_edit(group, edit, writes);
            }
        }
    }

    /// Takes back Changes that wait to be sealed.
    pub(crate) fn withdraw(
        &mut self,
        group: &GroupId,
        goes: impl Fn(&StoredEdit) -> bool,
        writes: &mut Vec<Write>,
    ) -> Vec<StoredEdit> {
        let numbers: Vec<u64> =
            self.edits.iter().filter(|(_, edit)| goes(edit)).map(|(number, _)| *number).collect();
        numbers
            .into_iter()
            .filter_map(|number| {
                writes.push(Slot::Edit(number).delete(group));
                let edit = self.edits.remove(&number)?;
                self.unlogged.remove(&edit.hash);
                Some(edit)
            })
            .collect()
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

    /// What the waiting RosterChanges are to do, oldest first.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = ChangeKind> {
        let bodies =
            self.requests.values().map(|request| minicbor::decode::<ChangeBody>(&request.stored.body));
        bodies.filter_map(|body| body.ok().map(|body| body.kind))
    }

    /// Lets another Device of the same Member ask for the waiting RosterChanges.
    pub(crate) fn ask_as(&mut self, group: &GroupId, author: DeviceId, writes: &mut Vec<Write>) {
        for (number, request) in &mut self.requests {
            let Ok(body) = minicbor::decode::<ChangeBody>(&request.stored.body) else { continue };
            request.stored.body = ChangeBody { author, ..body }.encode().into();
            (request.sent_for, request.hash) = (None, None);
            writes.push(Slot::Request(*number).put(group, &request.stored));
        }
    }

    /// Drops a RosterChange that was accepted, or refused for good.
    pub(crate) fn drop_request(
        &mut self,
        group: &GroupId,
        hash: &Hash,
        writes: &mut Vec<Write>,
    ) -> Option<StoredRequest> {
        let found = self.requests.iter().find(|(_, request)| request.hash.as_ref() == Some(hash));
        let number = found.map(|(number, _)| *number)?;
        writes.push(Slot::Request(number).delete(group));
        self.requests.remove(&number).map(|request| request.stored)
    }

    /// Drops the RosterChange with this body: it is in the Roster.
    pub(crate) fn drop_request_with_body(&mut self, group: &GroupId, body: &[u8], writes: &mut Vec<Write>) {
        let found = self.requests.iter().find(|(_, request)| request.stored.body.as_slice() == body);
        if let Some(number) = found.map(|(number, _)| *number) {
            self.requests.remove(&number);
            writes.push(Slot::Request(number).delete(group));
        }
    }

    /// Drops a request by its number.
    pub(crate) fn drop_request_numbered(&mut self, group: &GroupId, number: u64, writes: &mut Vec<Write>) {
        if self.requests.remove(&number).is_some() {
            writes.push(Slot::Request(number).delete(group));
        }
    }

    /// Drops what would give a member another role, as far as no server can have heard it.
    pub(crate) fn withdraw_role(
        &mut self,
        group: &GroupId,
        member: &MemberId,
        writes: &mut Vec<Write>,
    ) -> Withdrawn {
        let gives = |kind: &ChangeKind| matches!(kind, ChangeKind::SetRole(set) if set.member == *member);
        let unheard = |request: &WaitingRequest| !request.restored && request.hash.is_none();
        let dropped: Vec<u64> = self
            .requests
            .extract_if(.., |_, request| request.asks(gives) && unheard(request))
            .map(|(number, _)| number)
            .collect();
        writes.extend(dropped.iter().map(|number| Slot::Request(*number).delete(group)));
        if self.requests.values().any(|request| request.asks(gives)) {
            Withdrawn::PerhapsHeard
        } else if dropped.is_empty() {
            Withdrawn::None
        } else {
            Withdrawn::Unheard
        }
    }

    /// Drops all requests.
    pub(crate) fn drop_requests(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        for number in std::mem::take(&mut self.requests).into_keys() {
            writes.push(Slot::Request(number).delete(group));
        }
    }

    /// Drops the requests that move the Group to another server.
    pub(crate) fn drop_moves(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        for (number, _) in self.requests.extract_if(.., |_, request| request.asks(is_move)) {
            writes.push(Slot::Request(number).delete(group));
        }
    }

    /// Whether a request waits that starts an epoch.
    pub(crate) fn starts_epoch(&self) -> bool {
        self.asks(|kind| kind.new_epoch().is_some())
    }

    /// Whether a request waits that moves the Group to another server.
    pub(crate) fn moves(&self) -> bool {
        self.asks(is_move)
    }

    fn asks(&self, is_such: impl Fn(&ChangeKind) -> bool) -> bool {
        self.requests.values().any(|request| request.asks(&is_such))
    }

    /// Whether Changes wait to be sealed.
    pub(crate) fn has_edits(&self) -> bool {
        !self.edits.is_empty()
    }

    /// Nothing that went out on the last connection counts as sent on the next.
    pub(crate) fn forget_sent(&mut self) {
        self.forget_sent_entries();
        self.successor_sent = None;
        self.requests.values_mut().for_each(|request| request.sent_for = None);
    }

    /// All Entries are to be sent again.
    pub(crate) fn forget_sent_entries(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.sent = false);
        self.carried.values_mut().for_each(|entry| entry.sent = false);
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

/// The places of Changes so that each comes after those it builds on, and otherwise as they stand.
fn order_of(edits: &[&StoredEdit]) -> Vec<usize> {
    let places: BTreeMap<Hash, usize> =
        edits.iter().zip(0..).map(|(edit, place)| (edit.hash, place)).collect();
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut missing = vec![0_usize; edits.len()];
    for (place, (edit, missing)) in edits.iter().zip(&mut missing).enumerate() {
        let Ok(incoming) = Incoming::parse(&edit.change) else { continue };
        for before in incoming.deps().iter().filter_map(|hash| places.get(hash)) {
            followers.entry(*before).or_default().push(place);
            *missing = missing.saturating_add(1);
        }
    }
    let free = |(place, missing): (usize, &usize)| (*missing == 0).then_some(place);
    let mut ready: BTreeSet<usize> = missing.iter().enumerate().filter_map(free).collect();
    let mut order = Vec::with_capacity(edits.len());
    while let Some(place) = ready.pop_first() {
        order.push(place);
        for follower in followers.remove(&place).unwrap_or_default() {
            if let Some(missing) = missing.get_mut(follower) {
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    ready.insert(follower);
                }
            }
        }
    }
    order
}
