//! Forgets a Document for good: it is written anew without its history, or not at all, and the old one is marked
//! forgotten. The mark is signed, sealed and permanent; what the mark is about is neither kept here nor sent again.
//!
//! A mark counts once it stands in the log, for its author too: where two organizers forget at the same time, all take
//! the first one. What the other wanted stays a wish, and is done again in the list that the first one left.

mod wishes;

use minicbor::{Decode, Encode};
use porchlight_documents::contacts::{self, ContactId};
use porchlight_documents::{Document, DocumentName, Kind};
use porchlight_wire::record::Record;
use porchlight_wire::roster::Role;
use porchlight_wire::snapshot::{Statement, VerifiedStatement};
use porchlight_wire::{ActorPrefix, DeviceId, GroupId, Hash, Position, Timestamp};
use thiserror::Error;

use crate::device::{ActError, Device};
use crate::group::Group;
use crate::inbox::{self, Taken};
use crate::io::Write;
use crate::snapshot::part::{self, Forgotten};
use crate::storage::Slot;

pub(crate) use wishes::{Wish, is_forget};

/// What is honest to say after something was forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgetReceipt {
    /// How many other devices hold it until they next connect.
    pub devices: usize,
    /// What the members are called whose devices these are.
    pub members: Vec<String>,
    /// The server drops its sealed copy with the next Snapshot that an organizer's device endorses. Up to this
    /// Position it has records of it now.
    pub position: Position,
}

/// Somebody went on editing what had been forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LateEdit {
    /// The kind of what was forgotten.
    #[n(0)]
    pub kind: String,
    /// Whose device it was.
    #[n(1)]
    pub author: DeviceId,
    /// When the server received it.
    #[n(2)]
    pub time: Timestamp,
    /// How many Changes it had.
    #[n(3)]
    pub changes: u32,
}

/// A forgotten Document until what this device wrote there is carried into the one that took its place.
#[derive(Debug)]
pub(crate) struct Unseen {
    old: Document,
    seen: Vec<Hash>,
    replacement: DocumentName,
}

impl Device {
    /// Forgets a contact for good: the list is written anew without that contact and without any history.
    pub fn forget_contact(
        &mut self,
        id: GroupId,
        contact: &ContactId,
        now: Timestamp,
    ) -> Result<ForgetReceipt, ForgetError> {
        let name = DocumentName::contacts();
        self.may_forget(id)?;
        let all = self.read(id, &name, contacts::all)?;
        if !all.iter().any(|one| one.id == *contact) {
            return Err(ForgetError::NoSuchContact);
        }
        self.wish(id, &name, Some(contact.as_str()), now)
    }

    /// Forgets a whole Document for good; nothing takes its place.
    pub fn forget_document(
        &mut self,
        id: GroupId,
        name: &DocumentName,
        now: Timestamp,
    ) -> Result<ForgetReceipt, ForgetError> {
        if name.kind == Kind::Index {
            return Err(ForgetError::Needed);
        }
        self.may_forget(id)?;
        self.wish(id, name, None, now)
    }

    /// The contacts that are to be forgotten and are still here, because the log does not say so yet.
    pub fn being_forgotten(&self, id: GroupId) -> Vec<String> {
        let wishes = self.groups.get(&id).into_iter().flat_map(|group| group.wishes.values());
        wishes.filter_map(|wish| wish.contact.clone()).collect()
    }

    /// Edits of others to what had been forgotten: for a person to ask about.
    pub fn late_edits(&self, id: GroupId) -> Vec<LateEdit> {
        self.groups.get(&id).map(|group| group.late_edits.values().cloned().collect()).unwrap_or_default()
    }

    /// Writes into the Documents that took the place of forgotten ones what this device had written into the old ones
    /// and whoever forgot them had not seen. The old ones go in the same step.
    pub(crate) fn carry_unseen(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let by = ActorPrefix::of_device(&group.keys.id());
        for Unseen { old, seen, replacement } in std::mem::take(&mut group.unseen) {
            // Whoever may not write any more cannot; all else that could fail leaves the old list's Changes in the log,
            // where they count as late.
            let Some(name) = self.groups.get(&id).map(|group| group.original(&replacement)) else { return };
            let _ = self.edit_quietly(id, &name, None, now, |editor| old.carry_into(editor, &seen, by));
        }
    }

    fn may_forget(&self, id: GroupId) -> Result<(), ForgetError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(ActError::NotInYet)?;
        match roster.active(&group.keys.id()) {
            // What nobody has read yet would be lost.
            Ok((_, member)) if member.role == Role::Organizer && !group.is_current() => {
                Err(ForgetError::NotCurrent)
            }
            Ok((_, member)) if member.role == Role::Organizer => Ok(()),
            Ok(_) => Err(ForgetError::NotAnOrganizer),
            Err(error) => Err(ActError::from(error).into()),
        }
    }
}

impl Group {
    /// The Document that stands in the place of one that may have been forgotten.
    pub(crate) fn current(&self, name: &DocumentName) -> DocumentName {
        let mut current = name.clone();
        // Each step leads to a Document that was made later, so this ends; the bound is for a group that means harm.
        for _ in 0..=self.snapshots.forgotten.len() {
            let next = self.snapshots.forgotten.iter().find(|one| is(one, &current));
            match next.and_then(|next| next.replacement.clone()) {
                Some(key) => current.key = key,
                None => break,
            }
        }
        current
    }

    /// The name by which screens know a Document that stands in the place of a forgotten one.
    pub(crate) fn original(&self, name: &DocumentName) -> DocumentName {
        let mut original = name.clone();
        for _ in 0..=self.snapshots.forgotten.len() {
            // Not what came second in its place: that was never what screens knew.
            let before = self.snapshots.forgotten.iter().find(|one| {
                one.kind == original.kind.word()
                    && one.replacement.as_ref() == Some(&original.key)
                    && one.seen.is_some()
            });
            match before {
                Some(before) => original.key = before.key.clone(),
                None => break,
            }
        }
        original
    }

    /// Keeps what is about to go, if this device wrote something that whoever forgot it may not have seen.
    fn keep_unseen(&mut self, name: &DocumentName, forgotten: &Forgotten) {
        let (Some(key), Some(seen)) = (&forgotten.replacement, &forgotten.seen) else { return };
        if !self.shelf.names().any(|there| there == name) {
            return;
        }
        // Whoever forgot it had also seen what only waited then; a device that does not know any more what that was has
        // written it into the replacement.
        let here = if forgotten.by == self.keys.id() {
            let Some(here) = self.wishes.values().find_map(|wish| wish.seen_by(key)) else { return };
            Some(here.to_vec())
        } else {
            None
        };
        let outbox = &self.outbox;
        let Ok(old) = self.shelf.document(name) else { return };
        let seen = match here {
            Some(here) => here,
            None if seen.iter().all(|hash| old.contains(*hash)) => seen.clone(),
            // Where a Snapshot told of it the log was not read up to there: what waits was certainly not seen.
            None => old.heads_without(|hash| outbox.holds(hash)),
        };
        let replacement = DocumentName { kind: name.kind, key: key.clone() };
        self.unseen.push(Unseen { old: old.clone(), seen, replacement });
    }

    /// Whether a Document is forgotten for good.
    pub(crate) fn is_forgotten(&self, kind: &str, key: &str) -> bool {
        self.snapshots.forgotten.iter().any(|one| one.kind == kind && one.key == key)
    }

    /// Notes that somebody edited what was forgotten.
    pub(crate) fn note_late_edit(
        &mut self,
        kind: &str,
        author: DeviceId,
        changes: usize,
        writes: &mut Vec<Write>,
    ) {
        let position = self.progress.cursor.position.get();
        let changes = u32::try_from(changes).unwrap_or(u32::MAX);
        let late = LateEdit { kind: kind.to_owned(), author, time: self.progress.time, changes };
        writes.push(Slot::Late(position).put(&self.id, &late));
        self.late_edits.insert(position, late);
    }
}

/// Takes a Forget that stands in the log; one whose key is not here yet waits for it.
pub(crate) fn take(
    group: &mut Group,
    device: &DeviceId,
    sealed: &[u8],
    record: &Record,
    taken: &mut Taken,
) -> Option<()> {
    let roster = group.replayed.as_ref()?;
    let (_, member) = roster.active(device).ok()?;
    let epoch = part::epoch_of(sealed)?;
    if member.role != Role::Organizer || !roster.may_hold(device, epoch) {
        return None;
    }
    // The first Forget of a Document counts: none overtakes another one that waits.
    if group.awaits_key(epoch) || !group.parked.is_empty() {
        inbox::park(group, record, taken);
        return Some(());
    }
    apply(group, device, sealed, taken)
}

/// Takes a Forget that waited for its key; says whether it waits no more.
pub(crate) fn take_parked(group: &mut Group, body: &[u8], taken: &mut Taken) -> bool {
    // Only what was verified is parked, and what its author might do was looked at then.
    let Ok(verified) = VerifiedStatement::verify(&group.id, body) else { return true };
    let Statement::Forget { sealed } = verified.statement() else { return true };
    if part::epoch_of(sealed).is_some_and(|epoch| group.awaits_key(epoch)) {
        return false;
    }
    // One that does not fit says nothing about anybody's Documents.
    let _ = apply(group, &verified.device(), sealed, taken);
    true
}

fn apply(group: &mut Group, device: &DeviceId, sealed: &[u8], taken: &mut Taken) -> Option<()> {
    let forgotten: Forgotten = part::open(sealed, &group.id, |epoch| group.epochs.get(&epoch)).ok()?;
    if forgotten.by != *device || forgotten.kind == Kind::Index.word() {
        return None;
    }
    if let Some(kind) = Kind::from_word(&forgotten.kind) {
        taken.changed.insert(DocumentName { kind, key: forgotten.key.clone() });
    }
    keep(group, forgotten, &mut taken.writes);
    Some(())
}

/// Remembers for good that a Document is forgotten, and lets go of it. Where another Forget came first, it is what the
/// later one put in its place that goes: those who write there are led to what the first one put there.
pub(crate) fn keep(group: &mut Group, forgotten: Forgotten, writes: &mut Vec<Write>) {
    let all = &group.snapshots.forgotten;
    let Some(first) = all.iter().find(|one| one.kind == forgotten.kind && one.key == forgotten.key) else {
        return mark(group, forgotten, writes);
    };
    let Some(key) = forgotten.replacement else { return };
    let counts = all
        .iter()
        .any(|one| one.kind == forgotten.kind && (one.key == key || one.replacement.as_ref() == Some(&key)));
    if !counts {
        let replacement = first.replacement.clone();
        mark(group, Forgotten { key, replacement, seen: None, ..forgotten }, writes);
    }
}

fn mark(group: &mut Group, forgotten: Forgotten, writes: &mut Vec<Write>) {
    let (kind, key) = (forgotten.kind.clone(), forgotten.key.clone());
    writes.push(Slot::Forgotten { kind, key }.put(&group.id, &forgotten));
    if let Some(kind) = Kind::from_word(&forgotten.kind) {
        let name = DocumentName { kind, key: forgotten.key.clone() };
        group.keep_unseen(&name, &forgotten);
        group.shelf.forget(&group.id, &name, writes);
    }
    group.snapshots.forgotten.push(forgotten);
    group.snapshots.forgotten.sort_by(|a, b| (&a.kind, &a.key).cmp(&(&b.kind, &b.key)));
}

fn is(forgotten: &Forgotten, name: &DocumentName) -> bool {
    forgotten.kind == name.kind.word() && forgotten.key == name.key
}

/// Why something was not forgotten. Nothing changed.
#[derive(Debug, Error)]
pub enum ForgetError {
    /// The Group does not allow it.
    #[error(transparent)]
    Act(#[from] ActError),
    /// Ask an organizer.
    #[error("only organizers can forget something for good")]
    NotAnOrganizer,
    /// Others may have written something that this device has not read yet.
    #[error("connect first: to forget something for good, everything that others wrote must have been read")]
    NotCurrent,
    /// No contact has this id.
    #[error("there is no such contact")]
    NoSuchContact,
    /// The index belongs to the Group.
    #[error("the group's index cannot be forgotten")]
    Needed,
    /// The Document could not be written anew.
    #[error("it could not be written anew without its history")]
    CannotRewrite,
}
