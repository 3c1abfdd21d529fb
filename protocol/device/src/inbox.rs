//! Takes Records in, in the order of the log: checks chain, Roster and authors, opens Entries, applies their Changes.
//! Step 14 of a change's life; next: the other phone's screen, `server/web/src/state/contacts.svelte.ts`.
//!
//! Every device decides alike, from what came before in the log alone: a Record that does not fit is set aside and
//! counted, and never blocks what follows.

use std::collections::BTreeSet;

use porchlight_documents::DocumentName;
use porchlight_wire::frame::{Accepted, AcceptedEntry, Records, TimedChange};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::roster::{ChangeKind, Roster, SignedChange};
use porchlight_wire::{Generation, Position};
use thiserror::Error;

use crate::group::Group;
use crate::io::Write;
use crate::kept::Chunk;
use crate::snapshot;
use crate::storage::Slot;

mod aside;
mod caution;
mod entries;
mod parked;
mod redo;
mod witness;

pub(crate) use aside::member_of;
pub use aside::{AsideReason, AsideView};
pub(crate) use caution::{Caution, Step};
pub(crate) use parked::{park, unpark};
pub(crate) use redo::after_drop;
pub use witness::{ForkReason, ForkView};
pub(crate) use witness::{Trail, differs, note as note_fork};

use entries::{At, take_entry};

/// What taking Records in did.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) writes: Vec<Write>,
    pub(crate) changed: BTreeSet<DocumentName>,
    pub(crate) members: bool,
    /// Whether another phone writes with this one's key.
    pub(crate) cloned: bool,
    /// Whether the Group moved to another server.
    pub(crate) moved: bool,
}

/// What to do with the Records of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    /// Take them in.
    Take,
    /// Set them aside unseen: they crashed this device before.
    SetAside,
}

/// Takes the Records that wait; those that were taken before are passed over.
pub(crate) fn take(group: &mut Group, step: &Step) -> Result<Taken, InboxError> {
    let (frame, care) = match step {
        Step::Apply(records) => (records, Care::Take),
        Step::Quarantine(records) => (records, Care::SetAside),
    };
    let cursor = group.progress.cursor;
    let expected = cursor.position.next();
    if frame.first > expected {
        return Err(InboxError::Gap { expected, first: frame.first });
    }
    let known = usize::try_from(expected.get() - frame.first.get()).unwrap_or(usize::MAX);
    let records = frame.records.get(known..).unwrap_or_default();
    // All that was read may come again, of earlier generations too: who opens a Group twice is told everything twice.
    if frame.generation < cursor.generation && !records.is_empty() {
        return Err(InboxError::OtherHistory);
    }
    if let Some(head) = &frame.head {
        check_head(group, frame.generation, records, head)?;
    }
    let mut taken = Taken::default();
    if !records.is_empty() {
        group.note_generation(frame.generation);
    }
    for record in records {
        take_record(group, (frame.generation, record), care, &mut taken);
    }
    for _unfit in 0..group.shelf.settle(&group.id, &mut taken.writes) {
        let at = At::cursor(group);
        aside::note(group, &at, None, AsideReason::Change, &mut taken.writes);
    }
    if !records.is_empty() {
        let (generation, records) = (frame.generation, records.to_vec());
        let chunk = Chunk { before: cursor, generation, records, head: frame.head };
        group.kept.take(&group.id, chunk, &mut taken.writes);
        group.shelf.compact(&group.id, &mut taken.writes);
        taken.writes.push(group.put_progress());
    }
    Ok(taken)
}

/// Checks the chain over Records that are not applied yet against the server's signed word for it.
fn check_head(
    group: &Group,
    generation: Generation,
    records: &[Record],
    head: &SignedHead,
) -> Result<(), InboxError> {
    let start = group.progress.cursor;
    let end = records.iter().fold(start, |cursor, record| cursor.after_in(generation, record));
    head.verify(&group.id, &group.stored.server).map_err(|_| InboxError::NotTheServer)?;
    // A head older than what was read meanwhile says nothing about these Records.
    if records.is_empty() && head.cursor.position < end.position {
        return Ok(());
    }
    if head.cursor == end { Ok(()) } else { Err(InboxError::OtherHistory) }
}

fn take_record(
    group: &mut Group,
    (generation, record): (Generation, &Record),
    care: Care,
    taken: &mut Taken,
) {
    group.progress.cursor = group.progress.cursor.after_in(generation, record);
    group.progress.time = record.time;
    let cursor = group.progress.cursor;
    group.trail.note(&group.id, &cursor, record.time, &mut taken.writes);
    witness::look_back(group, &mut taken.writes);
    let outcome = match record.kind {
        RecordKind::ENTRY if care == Care::SetAside => Err(entries::pass_over(group, record, taken)),
        _ if care == Care::SetAside => Err((None, AsideReason::Quarantined)),
        RecordKind::ENTRY => take_entry(group, record, taken),
        RecordKind::ROSTER_CHANGE => {
            take_roster_change(group, record, taken).map_err(|NotThatRoster| (None, AsideReason::Roster))
        }
        RecordKind::STATEMENT => {
            // One that does not fit says nothing about anybody's Documents.
            let _ = snapshot::take_statement(group, record, taken);
            Ok(())
        }
        // A kind of a later version: chained, and otherwise none of our business.
        _ => Ok(()),
    };
    if let Err((author, reason)) = outcome {
        let at = At::cursor(group);
        aside::note(group, &at, author, reason, &mut taken.writes);
    }
}

/// The RosterChange does not fit the Roster before it.
struct NotThatRoster;

fn take_roster_change(group: &mut Group, record: &Record, taken: &mut Taken) -> Result<(), NotThatRoster> {
    let first = group.progress.cursor.position == Position::new(1);
    let mut started = None;
    if first {
        let roster = Roster::found(&record.body, record.time).map_err(|_| NotThatRoster)?;
        // Which server it names tells nothing: the Group may have moved since.
        if roster.group() != group.id {
            return Err(NotThatRoster);
        }
        group.replayed = Some(roster);
    } else {
        let roster = group.replayed.as_mut().ok_or(NotThatRoster)?;
        let change = roster.verify(&record.body, record.time).map_err(|_| NotThatRoster)?;
        taken.members |= !matches!(change.body().kind, ChangeKind::CloseInvite(_) | ChangeKind::Unknown(_));
        taken.moved |= matches!(change.body().kind, ChangeKind::MoveTo(_));
        started = change.body().kind.new_epoch().map(|epoch| epoch.commitment);
        roster.apply(change).map_err(|_| NotThatRoster)?;
    }
    let Some(roster) = &group.replayed else { return Err(NotThatRoster) };
    group.changes.insert(roster.head());
    if group.roster.as_ref().is_none_or(|newest| newest.length() <= roster.length()) {
        group.roster = Some(roster.clone());
    }
    if group.progress.pinned == Some(roster.head()) {
        group.progress.pinned = None;
    }
    let number = u64::try_from(roster.length()).unwrap_or(u64::MAX);
    let timed = TimedChange { time: record.time, change: record.body.clone() };
    group.progress.replayed = Some(number);
    group.roster_log.truncate(roster.length().saturating_sub(1));
    group.roster_log.push(timed.clone());
    taken.writes.push(Slot::Roster(number).put(&group.id, &timed));
    if let Ok(signed) = minicbor::decode::<SignedChange>(&record.body) {
        group.request_fulfilled(&signed, &mut taken.writes);
    }
    if let (Some(commitment), Some(epoch)) = (started, group.replayed.as_ref().map(Roster::epoch)) {
        group.epoch_started(epoch, &commitment, &mut taken.writes);
    }
    Ok(())
}

/// The Records that an Accepted frame with this head stands for: the new Entries that this device sent, which end there
/// and were not sent back to it. Those that were in the log before, sent again because nobody had said so, stand somewhere
/// before them, and come as Records.
pub(crate) fn own_records(group: &Group, accepted: &Accepted, head: SignedHead) -> Records {
    let mut first = head.cursor.position.next();
    let mut records = Vec::new();
    for AcceptedEntry { device, sequence, time, position } in accepted.entries.iter().rev() {
        if position.next() != first {
            continue;
        }
        let body = if *device == group.keys.id() {
            let mut own = group.outbox.entries();
            own.find(|waiting| waiting.stored.sequence == *sequence).map(|it| &it.stored.bytes)
        } else {
            let mut carried = group.outbox.carried();
            carried.find(|it| it.device == *device && it.sequence == *sequence).map(|it| &it.bytes)
        };
        // What does not wait here any more was read. If it was not after all, something is missing before the others.
        let Some(body) = body else { break };
        records.push(Record { time: *time, kind: RecordKind::ENTRY, body: body.clone() });
        first = *position;
    }
    records.reverse();
    Records { group: group.id, generation: accepted.generation, first, records, head: Some(head) }
}

/// Whether the end of the log that a server names can be a continuation of what was read.
pub(crate) fn continues(cursor: &Cursor, head: &SignedHead) -> bool {
    head.cursor.generation >= cursor.generation
        && (head.cursor.position > cursor.position || head.cursor == *cursor)
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

#[cfg(test)]
mod tests;
