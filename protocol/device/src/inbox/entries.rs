//! Takes one Entry in: checks author, order and what it builds on, opens it, applies its Changes, notes its Claims.
//!
//! All its Changes are read and checked before the first is applied. What they build on must be in the log before them:
//! what only this device holds (its own work that waits) does not count, so that all devices decide alike.

use std::collections::BTreeSet;

use porchlight_documents::ledger::Place;
use porchlight_documents::{DocumentName, Incoming, Kind};
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::record::Record;
use porchlight_wire::{DeviceId, Generation, Hash, Position, Sequence, Timestamp};

use super::{AsideReason, Taken, parked, redo, witness};
use crate::group::Group;
use crate::outbox::WaitingEntry;
use crate::payload::{DocumentChanges, Payload};
use crate::seal;
use crate::storage::{Slot, StoredAuthor, StoredCarried, StoredPlace};

/// Whose Entry was set aside, where that can be told, and why.
type Aside = (Option<DeviceId>, AsideReason);

pub(super) fn take_entry(group: &mut Group, record: &Record, taken: &mut Taken) -> Result<(), Aside> {
    let entry =
        VerifiedEntry::verify(&group.id, &record.body).map_err(|_| (None, AsideReason::Unreadable))?;
    let author = entry.device();
    take_verified(group, &entry, record, taken).map_err(|reason| (Some(author), reason))
}

/// Sets an Entry aside without opening it. It counts as its author's next one, so that those after it go on.
pub(super) fn pass_over(group: &mut Group, record: &Record, taken: &mut Taken) -> Aside {
    let Ok(entry) = VerifiedEntry::verify(&group.id, &record.body) else {
        return (None, AsideReason::Quarantined);
    };
    let reason = follow(group, &entry, record, taken).err().unwrap_or(AsideReason::Quarantined);
    (Some(entry.device()), reason)
}

fn take_verified(
    group: &mut Group,
    entry: &VerifiedEntry,
    record: &Record,
    taken: &mut Taken,
) -> Result<(), AsideReason> {
    follow(group, entry, record, taken)?;
    if !group.epochs.contains_key(&entry.header().epoch) {
        // One that could hold its author's key will come to hold it.
        parked::park(group, record, taken);
        return Ok(());
    }
    let outcome = open_and_apply(group, entry, &At::cursor(group), taken);
    if outcome == Err(AsideReason::Dependency) && !group.parked.is_empty() {
        // What it builds on may be parked.
        parked::park(group, record, taken);
        return Ok(());
    }
    outcome
}

/// Opens an Entry that follows its author's last one, and applies it.
pub(super) fn open_and_apply(
    group: &mut Group,
    entry: &VerifiedEntry,
    at: &At,
    taken: &mut Taken,
) -> Result<(), AsideReason> {
    let device = entry.device();
    let key = group.epochs.get(&entry.header().epoch).ok_or(AsideReason::Unreadable)?;
    let payload = seal::open(&group.id, entry, key).map_err(|_| AsideReason::Unreadable)?;
    witness::compare(group, device, &payload, &mut taken.writes);
    let mut in_log = BTreeSet::new();
    let outcome = apply(group, &payload, (&device, at), &mut in_log, taken);
    if device == group.keys.id() && outcome == Err(AsideReason::Dependency) {
        redo::after_refusal(group, &payload, &in_log, taken);
    }
    outcome
}

/// Where an Entry stands in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(super) generation: Generation,
    pub(super) position: Position,
    pub(super) time: Timestamp,
}

impl At {
    /// Where the reader is.
    pub(super) fn cursor(group: &Group) -> Self {
        let cursor = group.progress.cursor;
        Self { generation: cursor.generation, position: cursor.position, time: group.progress.time }
    }
}

/// Checks that its author may write, and that it is the author's next one.
fn follow(
    group: &mut Group,
    entry: &VerifiedEntry,
    record: &Record,
    taken: &mut Taken,
) -> Result<(), AsideReason> {
    let roster = group.replayed.as_ref().ok_or(AsideReason::Author)?;
    let device = entry.device();
    roster.author(&device, &entry.id()).map_err(|_| AsideReason::Author)?;
    if !roster.may_hold(&device, entry.header().epoch) {
        return Err(AsideReason::Author);
    }
    let last = group.authors.get(&device).copied();
    let expected = last.map_or_else(|| Sequence::new(1), |last| last.sequence.next());
    let previous = last.map_or(Hash::ZERO, |last| last.id);
    if entry.header().sequence != expected || entry.header().previous != previous {
        return Err(AsideReason::Sequence);
    }
    // From here on the Entry counts as its author's next one, whatever is inside.
    let author = StoredAuthor { sequence: entry.header().sequence, id: entry.id(), time: Some(record.time) };
    group.authors.insert(device, author);
    taken.writes.push(Slot::Author(device.to_string()).put(&group.id, &author));
    // One with an earlier number should have come before this one: its number was taken, too.
    let waits = |it: &&WaitingEntry| it.stored.sequence <= author.sequence && it.stored.id != author.id;
    if device == group.keys.id() && group.outbox.entries().any(|it| waits(&it)) {
        // Another phone wrote with this one's key, and was first. What waits here is kept.
        taken.cloned = true;
    } else if device == group.keys.id()
        && group.outbox.accepted(&group.id, author.sequence, &mut taken.writes)
    {
        group.progress.last_sent = Some(record.time);
    }
    // What was carried by hand has arrived, or the log holds another in its place and it never will.
    let delivered = |carried: &StoredCarried| carried.device == device && carried.sequence <= author.sequence;
    for carried in group.outbox.drop_carried(&group.id, delivered, &mut taken.writes) {
        let gone = group.shelf.let_go(&group.id, |hash| carried.changes.contains(hash), &mut taken.writes);
        taken.changed.extend(gone.into_iter().map(|(name, _)| name));
    }
    Ok(())
}

/// One Change of an Entry, read.
struct Read<'a> {
    incoming: Incoming,
    raw: &'a [u8],
}

/// Applies Changes until one does not fit; those before it are in the log for everybody, and `in_log` says which.
fn apply(
    group: &mut Group,
    payload: &Payload,
    (author, at): (&DeviceId, &At),
    in_log: &mut BTreeSet<Hash>,
    taken: &mut Taken,
) -> Result<(), AsideReason> {
    let mut documents = Vec::new();
    let mut before = BTreeSet::new();
    for document in &payload.documents {
        documents.push((document, read(group, document, author, &mut before)?));
    }
    for (index, (document, changes)) in documents.into_iter().enumerate() {
        let held: BTreeSet<Hash> = changes.iter().map(|change| change.incoming.hash()).collect();
        let Some(kind) = Kind::from_word(&document.kind) else {
            for Read { raw, .. } in changes {
                let writes = &mut taken.writes;
                group.shelf.keep_for_later(&group.id, &document.kind, &document.key, raw, writes);
            }
            claim(group, payload, (index, at), &held, taken);
            continue;
        };
        let name = DocumentName { kind, key: document.key.clone() };
        if group.is_forgotten(&document.kind, &document.key) {
            let late = changes.len();
            group.note_late_edit((&document.kind, &document.key), *author, late, &mut taken.writes);
            continue;
        }
        if group.shelf.has_apart(&name) {
            // The log decides now: what it holds is part of the Document, or of nothing.
            group.shelf.let_go(&group.id, |hash| held.contains(hash), &mut taken.writes);
            taken.changed.insert(name.clone());
        }
        let hashes: Vec<Hash> = changes.iter().map(|change| change.incoming.hash()).collect();
        let changes = changes.into_iter().map(|change| (change.incoming, change.raw)).collect();
        let ((here, new), outcome) = group.shelf.apply(&group.id, &name, changes, &mut taken.writes);
        let held: BTreeSet<Hash> = hashes.into_iter().take(here).collect();
        group.outbox.logged(&group.id, &held, &mut taken.writes);
        if claim(group, payload, (index, at), &held, taken) || new > 0 {
            taken.changed.insert(name);
        }
        in_log.extend(held);
        outcome.map_err(
            |error| if error.is_missing() { AsideReason::Dependency } else { AsideReason::Change },
        )?;
    }
    Ok(())
}

/// Reads the Changes of one Document; `before` are those that come before them in the Entry.
fn read<'a>(
    group: &Group,
    document: &'a DocumentChanges,
    author: &DeviceId,
    before: &mut BTreeSet<Hash>,
) -> Result<Vec<Read<'a>>, AsideReason> {
    // Of other Documents nobody knows what the log holds: all pass on what is said about them.
    let (kind, key) = (&document.kind, &document.key);
    let is_applied = Kind::from_word(kind).is_some() && !group.is_forgotten(kind, key);
    let mut changes = Vec::with_capacity(document.changes.len());
    for raw in &document.changes {
        let incoming = Incoming::parse(raw).map_err(|_| AsideReason::Change)?;
        let prefix = incoming.actor().prefix();
        if !group.replayed.as_ref().is_some_and(|roster| roster.may_carry(author, &prefix)) {
            return Err(AsideReason::Authorship);
        }
        // What waits here, on a phone that was copied, and comes in this very Entry is in the log with it.
        let lacks = |dep: &Hash| group.outbox.holds(dep) && !before.contains(dep);
        if is_applied && incoming.deps().iter().any(lacks) {
            return Err(AsideReason::Dependency);
        }
        before.insert(incoming.hash());
        changes.push(Read { incoming, raw });
    }
    Ok(changes)
}

/// Notes the Claims of one Document: each counts only if its Change is in this very Entry, and only the first time.
/// Those of a Kind that only a later version knows are kept for it. Says whether there were any.
fn claim(
    group: &mut Group,
    payload: &Payload,
    (index, at): (usize, &At),
    held: &BTreeSet<Hash>,
    taken: &mut Taken,
) -> bool {
    let Some(DocumentChanges { kind, key, .. }) = payload.documents.get(index) else { return false };
    let name = Kind::from_word(kind).map(|kind| DocumentName { kind, key: key.clone() });
    let mut any = false;
    let claims = payload.claims.iter().zip(0_u32..);
    for (claim, number) in claims.filter(|(claim, _)| usize::try_from(claim.document) == Ok(index)) {
        let known = name.as_ref().is_some_and(|name| group.ledger.get(name, claim.change).is_some());
        if known || !held.contains(&claim.change) {
            continue;
        }
        let place = StoredPlace {
            generation: at.generation.get(),
            position: at.position.get(),
            index: number,
            time: at.time,
        };
        if let Some(name) = &name {
            group.ledger.insert(name, claim.change, Place::from(place));
        }
        let slot = Slot::Claim { change: claim.change, kind: kind.clone(), key: key.clone() };
        taken.writes.push(slot.put(&group.id, &place));
        any = true;
    }
    any
}
