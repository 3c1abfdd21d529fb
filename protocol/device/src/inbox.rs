//! Takes Records in, in the order of the log: checks chain, Roster and authors, opens Entries, applies their Changes.
//! Step 14 of a change's life; next: the other phone's screen, `server/web/src/state/contacts.svelte.ts`.
//!
//! Every device decides alike, from what came before in the log alone: an Entry that does not fit is passed over and
//! counted, and never blocks what follows.

use std::collections::BTreeSet;

use porchlight_documents::{DocumentName, Incoming, Kind};
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{Records, TimedChange};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::roster::{ChangeKind, Roster, SignedChange};
use porchlight_wire::{ActorPrefix, Position};
use thiserror::Error;

use crate::group::Group;
use crate::io::Write;
use crate::payload::Payload;
use crate::seal;
use crate::storage::{Slot, StoredAuthor};

/// What taking Records in did.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) writes: Vec<Write>,
    pub(crate) changed: BTreeSet<DocumentName>,
    pub(crate) members: bool,
}

/// Takes the Records of one frame; those that were taken before are passed over.
pub(crate) fn take(group: &mut Group, frame: &Records) -> Result<Taken, InboxError> {
    let cursor = group.progress.cursor;
    if frame.generation != cursor.generation {
        return Err(InboxError::OtherHistory);
    }
    let expected = cursor.position.next();
    if frame.first > expected {
        return Err(InboxError::Gap { expected, first: frame.first });
    }
    let known = usize::try_from(expected.get() - frame.first.get()).unwrap_or(usize::MAX);
    let records = frame.records.get(known..).unwrap_or_default();
    if let Some(head) = &frame.head {
        check_head(group, records, head)?;
    }
    let mut taken = Taken::default();
    for record in records {
        take_record(group, record, &mut taken);
    }
    if !records.is_empty() {
        group.shelf.compact(&group.id, &mut taken.writes);
        taken.writes.push(group.put_progress());
    }
    Ok(taken)
}

/// Checks the chain over Records that are not applied yet against the server's signed word for it.
fn check_head(group: &Group, records: &[Record], head: &SignedHead) -> Result<(), InboxError> {
    let end = records.iter().fold(group.progress.cursor, |cursor, record| cursor.after(record));
    head.verify(&group.id, &group.stored.server).map_err(|_| InboxError::NotTheServer)?;
    // A head older than what was read meanwhile says nothing about these Records.
    if records.is_empty() && head.cursor.position < end.position {
        return Ok(());
    }
    if head.cursor == end { Ok(()) } else { Err(InboxError::OtherHistory) }
}

fn take_record(group: &mut Group, record: &Record, taken: &mut Taken) {
    group.progress.cursor = group.progress.cursor.after(record);
    group.progress.time = record.time;
    let outcome = match record.kind {
        RecordKind::ENTRY => take_entry(group, record, taken),
        RecordKind::ROSTER_CHANGE => take_roster_change(group, record, taken),
        // A kind of a later version: chained, and otherwise none of our business.
        _ => Ok(()),
    };
    if outcome.is_err() {
        group.progress.skipped = group.progress.skipped.saturating_add(1);
    }
}

fn take_roster_change(group: &mut Group, record: &Record, taken: &mut Taken) -> Result<(), Skipped> {
    let first = group.progress.cursor.position == Position::new(1);
    if first {
        let roster = Roster::found(&record.body, record.time).map_err(|_| Skipped::Roster)?;
        if roster.group() != group.id || roster.server() != group.stored.server {
            return Err(Skipped::Roster);
        }
        group.replayed = Some(roster);
    } else {
        let roster = group.replayed.as_mut().ok_or(Skipped::Roster)?;
        let change = roster.verify(&record.body, record.time).map_err(|_| Skipped::Roster)?;
        taken.members |= matches!(change.body().kind, ChangeKind::Join(_));
        roster.apply(change).map_err(|_| Skipped::Roster)?;
    }
    let Some(roster) = &group.replayed else { return Err(Skipped::Roster) };
    if group.roster.as_ref().is_none_or(|newest| newest.length() <= roster.length()) {
        group.roster = Some(roster.clone());
    }
    if group.progress.pinned == Some(roster.head()) {
        group.progress.pinned = None;
    }
    let number = u64::try_from(roster.length()).unwrap_or(u64::MAX);
    let timed = TimedChange { time: record.time, change: record.body.clone() };
    taken.writes.push(Slot::Roster(number).put(&group.id, &timed));
    if let Ok(signed) = minicbor::decode::<SignedChange>(&record.body) {
        group.outbox.drop_request_with_body(&group.id, &signed.body, &mut taken.writes);
    }
    Ok(())
}

fn take_entry(group: &mut Group, record: &Record, taken: &mut Taken) -> Result<(), Skipped> {
    let entry = VerifiedEntry::verify(&group.id, &record.body).map_err(|_| Skipped::Entry)?;
    let roster = group.replayed.as_ref().ok_or(Skipped::Author)?;
    let device = entry.device();
    roster.writer(&device).map_err(|_| Skipped::Author)?;
    if !roster.may_hold(&device, entry.header().epoch) {
        return Err(Skipped::Author);
    }
    let last = group.authors.get(&device).copied();
    let expected = last.map_or_else(|| porchlight_wire::Sequence::new(1), |last| last.sequence.next());
    let previous = last.map_or(porchlight_wire::Hash::ZERO, |last| last.id);
    if entry.header().sequence != expected || entry.header().previous != previous {
        return Err(Skipped::Sequence);
    }
    // From here on the Entry counts as its author's next one, whatever is inside.
    let author = StoredAuthor { sequence: entry.header().sequence, id: entry.id() };
    group.authors.insert(device, author);
    taken.writes.push(Slot::Author(device.to_string()).put(&group.id, &author));
    if device == group.keys.id() && group.outbox.accepted(&group.id, author.sequence, &mut taken.writes) {
        group.progress.last_sent = Some(record.time);
    }
    let key = group.epochs.get(&entry.header().epoch).ok_or(Skipped::Entry)?;
    let payload = seal::open(&group.id, &entry, key).map_err(|_| Skipped::Entry)?;
    apply(group, &payload, ActorPrefix::of_device(&device), taken)
}

/// Applies an opened Entry: all its Changes are read and their authors checked before the first is applied.
fn apply(
    group: &mut Group,
    payload: &Payload,
    author: ActorPrefix,
    taken: &mut Taken,
) -> Result<(), Skipped> {
    let mut parsed = Vec::new();
    for document in &payload.documents {
        for raw in &document.changes {
            let incoming = Incoming::parse(raw).map_err(|_| Skipped::Change)?;
            if incoming.actor().prefix() != author {
                return Err(Skipped::Author);
            }
            parsed.push((document, raw, incoming));
        }
    }
    let mut parsed = parsed.into_iter().peekable();
    while let Some((document, raw, incoming)) = parsed.next() {
        let Some(kind) = Kind::from_word(&document.kind) else {
            group.shelf.keep_for_later(&group.id, &document.kind, &document.key, raw, &mut taken.writes);
            continue;
        };
        let mut changes = vec![(incoming, raw.as_slice())];
        while let Some((_, raw, incoming)) = parsed.next_if(|(next, ..)| core::ptr::eq(*next, document)) {
            changes.push((incoming, raw.as_slice()));
        }
        let name = DocumentName { kind, key: document.key.clone() };
        let (new, outcome) = group.shelf.apply(&group.id, &name, changes, &mut taken.writes);
        if new > 0 {
            taken.changed.insert(name);
        }
        outcome.map_err(|_| Skipped::Change)?;
    }
    Ok(())
}

/// The Records that an Accepted frame stands for: our own Entries, which were not sent back to us.
pub(crate) fn own_records(group: &Group, accepted: &porchlight_wire::frame::Accepted) -> Option<Records> {
    let first = accepted.entries.first()?.position;
    let mut records = Vec::new();
    for entry in &accepted.entries {
        let waiting = group.outbox.entries().find(|waiting| waiting.stored.sequence == entry.sequence)?;
        records.push(Record {
            time: entry.time,
            kind: RecordKind::ENTRY,
            body: waiting.stored.bytes.clone(),
        });
    }
    Some(Records { group: group.id, generation: accepted.generation, first, records, head: accepted.head })
}

/// Whether the end of the log that a server names can be a continuation of what was read.
pub(crate) fn continues(cursor: &Cursor, head: &SignedHead) -> bool {
    head.cursor.generation == cursor.generation
        && (head.cursor.position > cursor.position || head.cursor == *cursor)
}

/// Why a Record was passed over; counted and shown, the same on every device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skipped {
    Roster,
    Author,
    Sequence,
    Entry,
    Change,
}

/// Why a frame of Records was not taken. Nothing of it was applied. The server's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum InboxError {
    /// Something is missing in between: connect anew and ask from the Cursor on.
    #[error("the server sent record {first} where {expected} comes next")]
    Gap {
        /// What comes next.
        expected: Position,
        /// What came.
        first: Position,
    },
    /// The log is not a continuation of what was read.
    #[error("the server's log is not the one this device has read")]
    OtherHistory,
    /// The head is not signed by the Group's server.
    #[error("the log's end is not signed by the group's server")]
    NotTheServer,
}
