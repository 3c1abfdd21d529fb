//! Forgets a Document for good: it is written anew without its history, or not at all, and the old one is marked
//! forgotten. The mark is signed, sealed and permanent; what the mark is about is neither kept here nor sent again.
//!
//! A mark counts once it stands in the log, for its author too: where two organizers forget at the same time, all take
//! the first one. What the other wanted stays a wish, and is done again in the list that the first one left.

mod wishes;

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use porchlight_documents::contacts::late::Places;
use porchlight_documents::contacts::{self, ContactId};
use porchlight_documents::{Document, DocumentName, Editor, Kind};
use porchlight_wire::record::Record;
use porchlight_wire::roster::Role;
use porchlight_wire::snapshot::{Statement, VerifiedStatement};
use porchlight_wire::{ActorPrefix, DeviceId, GroupId, Hash, MemberId, Position, Timestamp};
use thiserror::Error;

use crate::device::{ActError, Device, EditError, On};
use crate::group::{Group, GroupError, decode};
use crate::inbox::{self, Taken};
use crate::io::Write;
use crate::snapshot::Snapshots;
use crate::snapshot::part::{self, Forgotten};
use crate::storage::Slot;

pub(crate) use wishes::Wish;

/// For so long it is kept which maps of a forgotten list were which contacts.
const PLACES_MILLIS: u64 = 31 * 24 * 60 * 60_000;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateView {
    /// The kind of what was forgotten.
    pub kind: String,
    /// Who, unless the Roster does not know any more.
    pub member: Option<MemberId>,
    /// When the server received it.
    pub time: Timestamp,
    /// How many Changes it had.
    pub changes: u32,
}

/// The same as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct LateEdit {
    #[n(0)]
    kind: String,
    #[n(1)]
    author: DeviceId,
    #[n(2)]
    time: Timestamp,
    #[n(3)]
    changes: u32,
}

/// A Document that is forgotten for good, and what says so.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Mark {
    #[n(0)]
    pub(crate) forgotten: Forgotten,
    /// Where the Forget stands in the log; none if a Snapshot said it.
    #[n(1)]
    position: Option<Position>,
    /// Whether that part of the log was taken back. The Document stays forgotten here, for what it held is gone; but the
    /// first Forget of it that comes now counts, this one again or another.
    #[n(2)]
    taken_back: bool,
    /// Which of its maps were which contacts: what a removed device had written there may be let in later.
    #[n(3)]
    places: Option<Places>,
}

impl Mark {
    /// Takes a value from the store, also of a device that did not keep where the Forget stands.
    pub(crate) fn restore(value: &[u8]) -> Result<Self, GroupError> {
        decode(value).or_else(|_| {
            Ok(Self { forgotten: decode(value)?, position: None, taken_back: false, places: None })
        })
    }

    fn slot(&self) -> Slot {
        Slot::Forgotten { kind: self.forgotten.kind.clone(), key: self.forgotten.key.clone() }
    }
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
        wishes.filter(|wish| wish.is_open()).filter_map(|wish| wish.contact.clone()).collect()
    }

    /// The contacts of which the log says that they were forgotten for good: what is known of them is their ids.
    pub(crate) fn forgotten_contacts(&self, id: GroupId) -> BTreeSet<ContactId> {
        let marks = self.groups.get(&id).into_iter().flat_map(|group| group.snapshots.forgotten());
        marks.filter_map(|one| one.contacts.as_ref()).flatten().map(|id| ContactId::new(id)).collect()
    }

    /// Edits of others to what had been forgotten: for a person to ask about.
    pub fn late_edits(&self, id: GroupId) -> Vec<LateView> {
        let Some(group) = self.groups.get(&id) else { return Vec::new() };
        let view = |late: &LateEdit| LateView {
            kind: late.kind.clone(),
            member: inbox::member_of(group, &late.author),
            time: late.time,
            changes: late.changes,
        };
        group.late_edits.values().map(view).collect()
    }

    /// Writes into the Documents that took the place of forgotten ones what this device had written into the old ones
    /// and whoever forgot them had not seen. The old ones go in the same step.
    pub(crate) fn carry_unseen(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let by = ActorPrefix::of_device(&group.keys.id());
        for Unseen { old, seen, replacement } in std::mem::take(&mut group.unseen) {
            // Whoever may not write any more cannot; all else that could fail leaves the old list's Changes in the log,
            // where they count as late.
            let _ =
                self.edit_from_beginning(id, &replacement, now, |editor| old.carry_into(editor, &seen, by));
        }
    }

    /// Writes into a list that was written anew, beside all that was written there since: where two wrote the same without
    /// knowing of each other, both stand.
    pub(crate) fn edit_from_beginning<T, E>(
        &mut self,
        id: GroupId,
        list: &DocumentName,
        now: Timestamp,
        f: impl FnOnce(&mut Editor<'_>) -> Result<T, E>,
    ) -> Result<T, EditError<E>> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let first = group.shelf.document(list).map_err(ActError::from)?.first_change();
        let (name, first) = (group.original(list), first.map(|first| first.to_string()));
        self.edit_quietly(id, &name, first.as_deref().map_or(On::Newest, On::Beside), now, f)
    }

    fn may_forget(&self, id: GroupId) -> Result<(), ForgetError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(ActError::NotInYet)?;
        match roster.active(&group.keys.id()) {
            // What nobody has read yet would be lost.
            // Nor while it is open what of the log stays.
            Ok((_, member))
                if member.role == Role::Organizer && (!group.is_current() || group.kept.has_strays()) =>
            {
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
        for _ in 0..=self.snapshots.marks.len() {
            let next = self.snapshots.forgotten().find(|one| is(one, &current));
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
        for _ in 0..=self.snapshots.marks.len() {
            // Not what came second in its place: that was never what screens knew.
            let before = self.snapshots.forgotten().find(|one| {
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
        let Some(key) = &forgotten.replacement else { return };
        if !self.shelf.names().any(|there| there == name) {
            return;
        }
        // Whoever forgot it had also seen what only waited then; a device that does not know any more what that was has
        // written it into the replacement.
        let here = if forgotten.seen.is_some() && forgotten.by == self.keys.id() {
            let Some(here) = self.wishes.values().find_map(|wish| wish.seen_by(key)) else { return };
            Some(here.to_vec())
        } else {
            None
        };
        let outbox = &self.outbox;
        let Ok(old) = self.shelf.document(name) else { return };
        let seen = match (here, &forgotten.seen) {
            (Some(here), _) => here,
            // It came second, and was made in one step of what the first one was made of. Whoever took it for the first,
            // on a server that had gone back in time, may have written there since.
            (None, None) => old.first_change().into_iter().collect(),
            (None, Some(seen)) if seen.iter().all(|hash| old.contains(*hash)) => seen.clone(),
            // Where a Snapshot told of it the log was not read up to there: what waits was certainly not seen.
            (None, Some(_)) => old.heads_without(|hash| outbox.holds(hash)),
        };
        let replacement = DocumentName { kind: name.kind, key: key.clone() };
        self.unseen.push(Unseen { old: old.clone(), seen, replacement });
    }

    /// Which maps of a list that is about to go are contacts of the one in its place.
    fn places(&mut self, forgotten: &Forgotten) -> Option<Places> {
        let kind = Kind::from_word(&forgotten.kind).filter(|kind| *kind == Kind::Contacts)?;
        let old = DocumentName { kind, key: forgotten.key.clone() };
        let new = self.current(&DocumentName { kind, key: forgotten.replacement.clone()? });
        let is_here = |name: &DocumentName| self.shelf.names().any(|there| there == name);
        if !is_here(&old) || !is_here(&new) {
            // Said again of what is gone already.
            let mut marks = self.snapshots.marks.iter();
            return marks.find(|mark| is(&mark.forgotten, &old)).and_then(|mark| mark.places.clone());
        }
        let old = self.shelf.document(&old).ok()?.clone();
        Some(Places::of(&old, self.shelf.document(&new).ok()?))
    }

    /// The same of a list that is gone.
    pub(crate) fn places_of(&self, name: &DocumentName) -> Option<&Places> {
        let mut marks = self.snapshots.marks.iter();
        marks.find(|mark| is(&mark.forgotten, name)).and_then(|mark| mark.places.as_ref())
    }

    /// Whether a Document is forgotten for good.
    pub(crate) fn is_forgotten(&self, kind: &str, key: &str) -> bool {
        self.snapshots.forgotten().any(|one| one.kind == kind && one.key == key)
    }

    /// A part of the log is taken back: what it said about forgetting counts only once it is said again.
    pub(crate) fn take_marks_back(&mut self, to: Position, writes: &mut Vec<Write>) {
        for mark in &mut self.snapshots.marks {
            if mark.position.is_some_and(|position| position > to) {
                mark.taken_back = true;
                writes.push(mark.slot().put(&self.id, mark));
            }
        }
        for position in self.late_edits.split_off(&to.next().get()).into_keys() {
            writes.push(Slot::Late(position).delete(&self.id));
        }
        self.wish_again(to, writes);
    }

    /// Notes that somebody edited what was forgotten; not what stands before the Forget, where that was taken back and is
    /// still to come again.
    pub(crate) fn note_late_edit(
        &mut self,
        (kind, key): (&str, &str),
        author: DeviceId,
        changes: usize,
        writes: &mut Vec<Write>,
    ) {
        if !self.snapshots.standing().any(|one| one.kind == kind && one.key == key) {
            return;
        }
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
    let position = group.progress.cursor.position;
    apply(group, (device, position), sealed, taken)
}

/// Takes a Forget that waited for its key; says whether it waits no more.
pub(crate) fn take_parked(group: &mut Group, (at, body): (Position, &[u8]), taken: &mut Taken) -> bool {
    // Only what was verified is parked, and what its author might do was looked at then.
    let Ok(verified) = VerifiedStatement::verify(&group.id, body) else { return true };
    let Statement::Forget { sealed } = verified.statement() else { return true };
    if part::epoch_of(sealed).is_some_and(|epoch| group.awaits_key(epoch)) {
        return false;
    }
    // One that does not fit says nothing about anybody's Documents.
    let _ = apply(group, (&verified.device(), at), sealed, taken);
    true
}

/// Whose Forget it is, if these bytes are one.
pub(crate) fn is_forget(group: &GroupId, bytes: &[u8]) -> Option<DeviceId> {
    let verified = VerifiedStatement::verify(group, bytes).ok()?;
    matches!(verified.statement(), Statement::Forget { .. }).then(|| verified.device())
}

fn apply(
    group: &mut Group,
    (device, at): (&DeviceId, Position),
    sealed: &[u8],
    taken: &mut Taken,
) -> Option<()> {
    let forgotten: Forgotten = part::open(sealed, &group.id, |epoch| group.epochs.get(&epoch)).ok()?;
    if forgotten.by != *device || forgotten.kind == Kind::Index.word() {
        return None;
    }
    if let Some(kind) = Kind::from_word(&forgotten.kind) {
        taken.changed.insert(DocumentName { kind, key: forgotten.key.clone() });
    }
    keep(group, forgotten, at, &mut taken.writes);
    Some(())
}

/// Takes over what a Snapshot says is forgotten: it stands for the log, whatever this device had read there.
pub(crate) fn keep_all(group: &mut Group, all: &[Forgotten], writes: &mut Vec<Write>) {
    for forgotten in all {
        mark(group, forgotten.clone(), None, writes);
    }
}

/// Remembers for good that a Document is forgotten, and lets go of it. Where another Forget came first, it is what the
/// later one put in its place that goes: those who write there are led to what the first one put there.
fn keep(group: &mut Group, forgotten: Forgotten, at: Position, writes: &mut Vec<Write>) {
    // It was no organizer's to say for a while, and others have forgotten by then what it was to put there.
    let is_gone = |one: &Forgotten| {
        one.kind == forgotten.kind
            && one.replacement.is_none()
            && forgotten.replacement.as_ref() == Some(&one.key)
    };
    if group.snapshots.standing().any(is_gone) {
        return;
    }
    let same = |one: &&Forgotten| one.kind == forgotten.kind && one.key == forgotten.key;
    let Some(first) = group.snapshots.standing().find(same) else {
        return mark(group, forgotten, Some(at), writes);
    };
    let Some(key) = forgotten.replacement else { return };
    let counts = group
        .snapshots
        .standing()
        .any(|one| one.kind == forgotten.kind && (one.key == key || one.replacement.as_ref() == Some(&key)));
    if !counts {
        let replacement = first.replacement.clone();
        // What it was to leave out is still in the list that the first one left, until that is said again.
        let second = Forgotten { key, replacement, seen: None, contacts: None, ..forgotten };
        mark(group, second, Some(at), writes);
    }
}

fn mark(group: &mut Group, mut forgotten: Forgotten, position: Option<Position>, writes: &mut Vec<Write>) {
    // A Snapshot of an earlier version says it without them.
    let before = group.snapshots.forgotten().find(|one| one.agrees_with(&forgotten));
    forgotten.contacts = forgotten.contacts.or_else(|| before.and_then(|one| one.contacts.clone()));
    let places = group.places(&forgotten);
    let mark = Mark { forgotten, position, taken_back: false, places };
    writes.push(mark.slot().put(&group.id, &mark));
    let forgotten = &mark.forgotten;
    if let Some(kind) = Kind::from_word(&forgotten.kind) {
        let name = DocumentName { kind, key: forgotten.key.clone() };
        group.keep_unseen(&name, forgotten);
        group.shelf.forget(&group.id, &name, writes);
    }
    let marks = &mut group.snapshots.marks;
    // A server holds what removed devices wrote for 30 days; after that nobody asks for places any more.
    let oldest = group.progress.time.millis().saturating_sub(PLACES_MILLIS);
    for old in marks.iter_mut().filter(|old| old.forgotten.time.millis() < oldest) {
        if old.places.take().is_some() {
            writes.push(old.slot().put(&group.id, old));
        }
    }
    marks.retain(|one| (&one.forgotten.kind, &one.forgotten.key) != (&forgotten.kind, &forgotten.key));
    marks.push(mark);
    marks.sort_by(|a, b| (&a.forgotten.kind, &a.forgotten.key).cmp(&(&b.forgotten.kind, &b.forgotten.key)));
}

impl Snapshots {
    /// What is forgotten for good, sorted.
    pub(crate) fn forgotten(&self) -> impl Iterator<Item = &Forgotten> {
        self.marks.iter().map(|mark| &mark.forgotten)
    }

    /// The same as the log says it up to where this device has read it.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Forgotten> {
        self.marks.iter().filter(|mark| !mark.taken_back).map(|mark| &mark.forgotten)
    }
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
