//! A server that went back in time, or a new one: finds where its log and this device's part, reads it from there, and
//! gives back what it lacks.
//!
//! Nothing is ever deleted here because a server lacks it. What this device has read beyond the common place is set
//! aside as strays; once it has read what the server has now, strays that are in the log again are dropped, and the
//! others are sent as they were, with the head that proves them.

use porchlight_documents::ledger::Ledger;
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{ClientFrame, Code, Opened, Refill, Refilled, State};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::roster::{ChangeBody, ChangeKind, Roster, SignedChange};
use porchlight_wire::snapshot::AuthorHead;
use porchlight_wire::{DeviceId, Generation, GroupId, Hash, Position, Sequence, Timestamp};

use crate::device::Device;
use crate::forgetting::is_forget;
use crate::group::{Group, Problem, Standing};
use crate::inbox::InboxError;
use crate::io::{Event, Write};
use crate::kept::{Chunk, authors_before, roster_changes};
use crate::key_box;
use crate::link::Link;
use crate::storage::{Phase, Slot, StoredAuthor, StoredEntry};

/// What is going on with a server that lacks something; nothing of it outlives a connection.
#[derive(Debug, Default)]
pub(crate) struct Mending {
    /// Whether earlier Cursors were sent.
    asked_earlier: bool,
    /// What is given by the Refill that is under way.
    giving: Option<Giving>,
    /// Whether the Group was given to a server that lacks it.
    offered: bool,
    /// Whether the server itself had signed what was given to it last: then it has lost it, else it never had it.
    had_it: bool,
    /// How many of the kept values were given to a server that does not know this device.
    given: usize,
    /// Whether the Group was given to a server whose log ends before all that this device keeps.
    led_past: bool,
    /// How often this device has looked again, for nothing.
    looks: u32,
    /// When to look again whether others have mended it.
    pub(crate) retry_at: Option<Timestamp>,
}

impl Mending {
    /// Everything is to be looked at anew, later each time.
    fn look_later(&mut self, now: Timestamp) {
        self.retry_at = Some(now.plus_millis(RETRY_MILLIS << self.looks.min(5)));
        self.looks = self.looks.saturating_add(1);
    }

    /// Nothing is known any more but how often that was so.
    fn begin_anew(&mut self) {
        *self = Self { looks: self.looks, ..Self::default() };
    }
}

/// What a Refill gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Giving {
    /// The Roster and the first Records.
    Group,
    /// Records up to the one that let this device in.
    Admission,
    /// The Roster and the first kept Records, beyond a server's log to which nothing leads.
    Past,
    /// What this device had read beyond the server's log.
    Stray,
}

/// A server that lacks a Group, and may not take it from this device, is asked again this much later.
const RETRY_MILLIS: u64 = 15_000;

/// How often a device looks whether others have given a server its Records back before it leads it past them: for some
/// two minutes.
const LOOKS_FOR_OTHERS: u32 = 3;

impl Device {
    /// The server says that the Cursor is not on its log: tells it the earlier ones.
    pub(crate) fn find_common(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.forget_said();
        if group.mending.asked_earlier && group.standing == Standing::Opening {
            return self.lead_past(id, now);
        }
        group.mending.asked_earlier = true;
        group.mending.giving = None;
        self.open_group(id, now);
    }

    /// Not even the earliest Cursor that this device has is on the server's log. Others may have earlier ones, and can give
    /// back every Record; if nobody has for some time, then the log is older than what phones keep. A server that has
    /// signed where this device's Records begin is led to there; a Snapshot stands for what is missing.
    fn lead_past(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let is_time = group.mending.looks >= LOOKS_FOR_OTHERS && !group.mending.led_past;
        let refill = is_time.then(|| group.whole_refill()).flatten();
        let ours = refill.filter(|(_, refill)| group.has_signed(&refill.head) && !refill.roster.is_empty());
        let Some((_, refill)) = ours else {
            group.mending.begin_anew();
            return self.problem(id, Problem::OtherHistory);
        };
        group.mending.led_past = true;
        group.mending.giving = Some(Giving::Past);
        group.mending.had_it = true;
        self.send(id, &ClientFrame::Refill(refill), now);
    }

    /// The Cursors to tell: the usual one alone, or the earlier ones too.
    pub(crate) fn earlier_cursors(&self, id: GroupId) -> Option<Vec<Cursor>> {
        let group = self.groups.get(&id)?;
        group.mending.asked_earlier.then(|| group.kept.earlier())
    }

    /// The server goes on from an earlier Cursor: so does this device.
    pub(crate) fn rewind(&mut self, id: GroupId, to: &Cursor) -> Result<(), InboxError> {
        let Some(group) = self.groups.get_mut(&id) else { return Ok(()) };
        let mut writes = Vec::new();
        group.rewind(to, &mut writes)?;
        self.persist(writes);
        Ok(())
    }

    /// Once everything is read: drops the strays that are in the log, and gives back the oldest that is not.
    pub(crate) fn mend(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if !group.is_current() || !group.kept.has_strays() {
            if group.is_current() && std::mem::take(&mut group.mending.asked_earlier) {
                let mut writes = Vec::new();
                group.follow_roster(&mut writes);
                self.persist(writes);
                // What waited until it was open which Entries the log still holds may go out now.
                self.go_on(id, now);
            }
            return;
        }
        let mut writes = Vec::new();
        let signed = |stray: &&Chunk| stray.head.is_some_and(|head| group.has_signed(&head));
        let first = group.kept.strays().filter(signed).map(|stray| stray.generation).min();
        // After a move phones still bring what only the server before had: this one has not lost that.
        let moved = group.roster.as_ref().is_some_and(|roster| roster.servers().len() > 1);
        let since = first.filter(|_| moved).unwrap_or_default();
        let by_others = group.kept.drop_known_strays(&id, since, &mut writes);
        self.persist(writes);
        if let Some(of) = first {
            self.note_put_back(id, by_others, of);
        }
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.mending.giving.is_some() {
            return;
        }
        let Some(stray) = group.kept.first_stray().cloned() else {
            self.mended(id, now);
            return;
        };
        match refill(id, stray.clone()) {
            Some(refill) => {
                group.mending.giving = Some(Giving::Stray);
                group.mending.had_it =
                    group.has_signed(&refill.head) && group.kept.lacks_work(&id, &refill.records);
                self.send(id, &ClientFrame::Refill(refill), now);
            }
            None => self.send_as_usual(id, &stray, now),
        }
    }

    /// The server lacks the Group: gives it the Roster and the first Records that are kept; the rest follows as strays.
    pub(crate) fn give_group(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        // A request opens the Group once more with the Refill: the server says it again, and answers that after it.
        if group.mending.offered && group.mending.giving.is_some() {
            return;
        }
        let first = (!group.mending.offered).then(|| group.whole_refill()).flatten();
        let Some((index, refill)) = first else {
            self.problem(id, Problem::ServerLacksGroup);
            return;
        };
        group.mending.offered = true;
        group.mending.giving = Some(Giving::Group);
        group.mending.given = index.saturating_add(1);
        group.mending.had_it = group.has_signed(&refill.head);
        group.standing = Standing::Opening;
        self.send(id, &ClientFrame::Refill(refill), now);
    }

    /// Tells that the server had lost Records and has them again.
    fn note_put_back(&mut self, id: GroupId, records: u32, of: Generation) {
        let Some(group) = self.groups.get_mut(&id).filter(|_| records > 0) else { return };
        group.progress.put_back = group.progress.put_back.saturating_add(records);
        group.note_loss(of);
        let writes = vec![group.put_progress()];
        self.persist(writes);
        self.event(Event::PutBack { group: id, records });
    }

    /// A server that does not know this device, though the Roster that was verified has it, has lost that part of the
    /// Roster. Perhaps nobody else has seen it: this device gives back what it keeps up to the Record that let it in, one
    /// value after the other. Where none follows what the server has, others must give back first what lies between.
    pub(crate) fn show_admission(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let own = group.keys.id();
        let is_under_way = group.mending.giving.is_some();
        if is_under_way || group.roster.as_ref().is_none_or(|roster| roster.active(&own).is_err()) {
            return;
        }
        if let Some(refill) = group.next_to_admission() {
            group.mending.giving = Some(Giving::Admission);
            group.mending.had_it = group.has_signed(&refill.head);
            return self.send(id, &ClientFrame::Refill(refill), now);
        }
        group.mending.look_later(now);
    }

    /// What keeps a Group from syncing though the server is there may be over without a word from it: others give back
    /// what it had lost, or make the Snapshot that it lacks. So this device looks again some time.
    pub(crate) fn plan_another_look(&mut self, now: Timestamp) {
        for group in self.groups.values_mut() {
            let may_end = group.problem.is_some_and(Problem::may_end_unsaid);
            let is_there = self.links.get(&group.stored.url).is_some_and(Link::is_open);
            if may_end && is_there && group.standing == Standing::Away && group.mending.retry_at.is_none() {
                group.mending.look_later(now);
            }
        }
    }

    /// Looks again whether the server has what it lacked by now.
    pub(crate) fn give_again(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.mending.retry_at.take_if(|at| *at <= now).is_some() && group.standing == Standing::Away {
            group.mending.begin_anew();
            self.enter_open_link(id, now);
        }
    }

    /// The server has taken Records back.
    pub(crate) fn refilled(&mut self, refilled: &Refilled, now: Timestamp) {
        let id = refilled.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let giving = group.mending.giving.take();
        group.problem = None;
        group.forget_said();
        let begins_there = group.mending.offered || giving == Some(Giving::Past);
        if begins_there && group.kept.base().is_some_and(|base| base != Cursor::START) {
            // Below the first Record that phones keep only a Snapshot helps.
            group.snapshots.needed = true;
            group.snapshots.due = Some(now);
        }
        if refilled.added > 0 {
            // A server to which the Group moves takes it in too, and has lost nothing.
            if group.mending.had_it {
                let of = group.progress.cursor.generation;
                self.note_put_back(id, refilled.added, of);
            }
        } else if let Some(stray) =
            group.kept.first_stray().filter(|_| giving == Some(Giving::Stray)).cloned()
        {
            // The log has all of it, by the server's word, but not where this device can see it: send it like anything
            // else, and let it be.
            self.send_as_usual(id, &stray, now);
        }
        // Its log has changed under this connection: find the common place anew.
        if let Some(group) = self.groups.get_mut(&id) {
            group.mending.asked_earlier = true;
        }
        self.open_group(id, now);
    }

    /// The server does not take Records back as they were: they are sent like any others.
    pub(crate) fn refill_refused(&mut self, id: GroupId, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        match group.mending.giving.take() {
            Some(Giving::Admission) => return self.show_admission(id, now),
            Some(Giving::Past) => {
                group.mending.begin_anew();
                return self.problem(id, Problem::OtherHistory);
            }
            _ => {}
        }
        if group.mending.offered && !group.is_current() {
            group.mending.retry_at = Some(now.plus_millis(RETRY_MILLIS));
            self.problem(id, Problem::of_refill(code));
            return;
        }
        if let Some(stray) = group.kept.first_stray().cloned() {
            self.send_as_usual(id, &stray, now);
        }
    }

    /// Sends a stray's Entries without proof: what their authors signed is worth a place, if not the old one.
    fn send_as_usual(&mut self, id: GroupId, stray: &Chunk, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        group.kept.drop_first_stray(&id, &mut writes);
        group.mending.giving = None;
        self.persist(writes);
        let entries = stray.records.iter().filter(|record| record.kind == RecordKind::ENTRY);
        let entries: Vec<_> = entries.map(|record| record.body.clone()).collect();
        for entries in entries.chunks(32) {
            let append = porchlight_wire::frame::Append { group: id, entries: entries.to_vec() };
            self.send(id, &ClientFrame::Append(append), now);
        }
        // What is forgotten here would be there for others again.
        for record in stray.records.iter().filter(|record| is_forget(&id, &record.body).is_some()) {
            self.send(id, &ClientFrame::State(State { group: id, statement: record.body.clone() }), now);
        }
        self.mend(id, now);
    }

    /// Everything that this device has is in the log again.
    fn mended(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.mending = Mending::default();
        let mut writes = Vec::new();
        group.follow_roster(&mut writes);
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
        self.go_on(id, now);
    }
}

/// Notes the head of an Opened if nothing else proves what this device has read.
pub(crate) fn keep_head(group: &mut Group, opened: &Opened, writes: &mut Vec<Write>) {
    let cursor = group.progress.cursor;
    if group.kept.base().is_none() && opened.head.cursor == cursor {
        let (before, generation) = (cursor, cursor.generation);
        let chunk = Chunk { before, generation, records: Vec::new(), head: Some(opened.head) };
        group.kept.take(&group.id, chunk, writes);
    }
}

/// Whether it is by this RosterChange that a device came in.
fn lets_in(change: &[u8], device: &DeviceId) -> bool {
    let signed: Option<SignedChange> = minicbor::decode(change).ok();
    let body = signed.and_then(|signed| minicbor::decode::<ChangeBody>(&signed.body).ok());
    body.is_some_and(|body| match body.kind {
        ChangeKind::Found(_) | ChangeKind::Join(_) | ChangeKind::AddDevice(_) => body.author == *device,
        ChangeKind::Admit(admit) => admit.device == *device,
        _ => false,
    })
}

/// The Entries of this device among Records.
fn own_entries(group: &GroupId, own: &DeviceId, records: &[Record]) -> Vec<StoredEntry> {
    let entries = records.iter().filter(|record| record.kind == RecordKind::ENTRY);
    let entries = entries.filter_map(|record| {
        let entry = VerifiedEntry::verify(group, &record.body).ok()?;
        (entry.device() == *own).then(|| StoredEntry {
            sequence: entry.header().sequence,
            id: entry.id(),
            bytes: record.body.clone(),
            changes: Vec::new(),
            // Before everything that waits: it was in the log before.
            order: 0,
            logged: None,
        })
    });
    entries.collect()
}

fn refill(group: GroupId, chunk: Chunk) -> Option<Refill> {
    let head = chunk.head?;
    Some(Refill {
        group,
        roster: Vec::new(),
        token: None,
        before: chunk.before,
        generation: chunk.generation,
        records: chunk.records,
        head,
        keys: Vec::new(),
        authors: Vec::new(),
        later: None,
    })
}

impl Group {
    /// Goes back to an earlier Cursor of this device; what was read after it becomes strays.
    fn rewind(&mut self, to: &Cursor, writes: &mut Vec<Write>) -> Result<(), InboxError> {
        let known = self.kept.base() == Some(*to) || self.kept.records().any(|(at, _)| at == *to);
        if !known {
            return Err(InboxError::OtherHistory);
        }
        let cut = self.kept.cut(&self.id, to, writes);
        let cut = self.counted((to.position.get().saturating_add(1)..).map(Position::new).zip(&cut));
        self.caution.clear();
        self.caution.done(&self.id, writes);
        self.trail.cut(&self.id, to.position, writes);
        self.take_marks_back(to.position, writes);
        let gone = self.aside.split_off(&to.position.next());
        self.progress.skipped =
            self.progress.skipped.saturating_sub(u32::try_from(gone.len()).unwrap_or(u32::MAX));
        gone.keys().for_each(|position| writes.push(Slot::Aside(position.get()).delete(&self.id)));
        let parked = self.parked.split_off(&to.position.next());
        parked.keys().for_each(|position| writes.push(Slot::Parked(position.get()).delete(&self.id)));
        self.outbox.take_back(&self.id, own_entries(&self.id, &self.keys.id(), &cut), writes);
        for (device, (sequence, entry)) in authors_before(&cut) {
            if sequence == Sequence::new(0) {
                self.authors.remove(&device);
                writes.push(Slot::Author(device.to_string()).delete(&self.id));
            } else {
                let author = StoredAuthor { sequence, id: entry, time: None };
                self.authors.insert(device, author);
                writes.push(Slot::Author(device.to_string()).put(&self.id, &author));
            }
        }
        let read = self.replayed.as_ref().map_or(0, Roster::length);
        let length = read.saturating_sub(roster_changes(&cut));
        if length < read {
            let changes = self.roster_log.iter().take(length).map(|one| (one.change.as_slice(), one.time));
            self.replayed = Roster::verify_all(changes).ok().map(|(roster, _)| roster);
        }
        self.progress.replayed = Some(length as u64);
        let mut ledger = Ledger::new();
        for (document, change, place) in self.ledger.iter() {
            if place.position <= to.position.get() {
                ledger.insert(document, change, place);
            }
        }
        self.set_ledger(ledger, writes);
        self.progress.cursor = *to;
        let last = self.kept.records().last().map(|(_, record)| record.time);
        self.progress.time = last.unwrap_or(self.progress.time);
        writes.push(self.put_progress());
        Ok(())
    }

    /// The Roster up to the first kept Record, and the first kept Records, with the number of the value they are.
    fn whole_refill(&self) -> Option<(usize, Refill)> {
        // Nothing below the newest endorsed Snapshot.
        let endorsed = self.snapshots.endorsed_position();
        let count = self.kept.chunks().count();
        let first = self.kept.chunks().position(|chunk| chunk.last_position() > endorsed);
        let first = first.unwrap_or(count.saturating_sub(1));
        // What nothing proves cannot be given; a Snapshot stands for it then.
        let (index, first) = (first..count).find_map(|index| Some((index, self.kept.proven_from(index)?)))?;
        let after = first.before.position;
        let later = self.kept.records().filter(|(at, _)| at.position > after);
        let records = self.counted(later.map(|(at, record)| (at.position, record)));
        let mut authors: Vec<AuthorHead> = Vec::new();
        let before = authors_before(&records);
        for (device, author) in &self.authors {
            let (sequence, entry) = before.get(device).copied().unwrap_or((author.sequence, author.id));
            if sequence > Sequence::new(0) {
                authors.push(AuthorHead { device: *device, sequence, entry });
            }
        }
        let roster = self.roster_log.get(..self.roster_length_at(after))?.to_vec();
        let keys = vec![key_box::public_key(self.keys.sealing()).into()];
        let token = self.stored.moving_token.clone();
        let refill = self.refill_showing_admission(first)?;
        Some((index, Refill { roster, authors, keys, token, ..refill }))
    }

    /// The next kept Records for a server that does not know this device, up to those that let it in.
    fn next_to_admission(&mut self) -> Option<Refill> {
        let own = self.keys.id();
        let admits =
            |record: &Record| record.kind == RecordKind::ROSTER_CHANGE && lets_in(&record.body, &own);
        let last = self.kept.chunks().position(|chunk| chunk.records.iter().any(admits))?;
        while self.mending.given <= last {
            let next = self.kept.proven_from(self.mending.given);
            self.mending.given = self.mending.given.saturating_add(1);
            let refill = next.and_then(|chunk| self.refill_showing_admission(chunk));
            if refill.is_some() {
                return refill;
            }
        }
        None
    }

    /// A Refill with what shows that its sender may bring it: the RosterChanges behind it up to the one that let this
    /// device in, if that is not among what is before.
    fn refill_showing_admission(&self, chunk: Chunk) -> Option<Refill> {
        let own = self.keys.id();
        let length = self.roster_length_at(chunk.last_position());
        let mut later = self.roster_log.get(length..)?.to_vec();
        let admission = later.iter().position(|one| lets_in(&one.change, &own));
        later.truncate(admission.map_or(0, |at| at.saturating_add(1)));
        Some(Refill { later: Some(later).filter(|later| !later.is_empty()), ..refill(self.id, chunk)? })
    }

    /// How many RosterChanges the log has up to a Position.
    fn roster_length_at(&self, position: Position) -> usize {
        let since = self.kept.records().filter(|(at, _)| at.position > position);
        let since = self.counted(since.map(|(at, record)| (at.position, record)));
        self.replayed.as_ref().map_or(0, Roster::length).saturating_sub(roster_changes(&since))
    }

    /// Whether the Group's server of today has signed a head: then all before it was on its log once.
    fn has_signed(&self, head: &SignedHead) -> bool {
        head.verify(&self.id, &self.stored.server).is_ok()
    }

    /// Whether what waits may go out: not while it is open which Entries of this device the log still holds.
    pub(crate) fn may_send(&self) -> bool {
        !self.mending.asked_earlier && !self.kept.has_strays()
    }

    /// Whether it opens the Group without Records, to start from a Snapshot.
    pub(crate) fn starts_quietly(&self) -> bool {
        let fresh = self.progress.cursor == Cursor::START && matches!(self.stored.phase, Phase::Active);
        fresh && !self.from_the_start
    }

    /// Puts another ledger in place of the one that was read.
    pub(crate) fn set_ledger(&mut self, ledger: Ledger, writes: &mut Vec<Write>) {
        for (document, change, _) in self.ledger.iter() {
            if ledger.get(document, change).is_none() {
                writes.push(crate::storage::claim_slot(document, change).delete(&self.id));
            }
        }
        for (document, change, place) in ledger.iter() {
            if self.ledger.get(document, change) != Some(place) {
                writes.push(crate::storage::put_claim(&self.id, document, change, place));
            }
        }
        self.ledger = ledger;
    }

    /// The hash of every RosterChange, oldest first.
    pub(crate) fn roster_hashes(&self) -> Vec<Hash> {
        let mut hashes: Vec<Hash> = Vec::with_capacity(self.roster_log.len());
        for change in &self.roster_log {
            let Ok(signed) = minicbor::decode::<SignedChange>(&change.change) else { break };
            hashes.push(match hashes.last() {
                None => Hash::from_bytes(*signed.founded_group().as_bytes()),
                Some(previous) => signed.hash(&self.id, previous),
            });
        }
        hashes
    }

    /// Where the log's Roster went another way than the one this device had verified, the log's counts once nothing can
    /// be given back any more: the branch that the server signed first won.
    fn follow_roster(&mut self, writes: &mut Vec<Write>) {
        let (Some(replayed), Some(newest)) = (&self.replayed, &self.roster) else { return };
        if replayed.head() == newest.head() {
            return;
        }
        let length = replayed.length();
        for number in length..self.roster_log.len() {
            writes.push(Slot::Roster(number as u64 + 1).delete(&self.id));
        }
        self.roster_log.truncate(length);
        self.roster = Some(replayed.clone());
    }
}

#[cfg(test)]
mod tests {
    use porchlight_documents::{DocumentName, contacts};

    use super::*;
    use crate::scene::Street;

    #[test]
    fn a_forget_that_cannot_go_back_to_its_place_is_stated_again_by_whoever_has_it() {
        let mut street = Street::of(2);
        street.add(0, "Mrs. Tran");
        let (id, now) = (street.group, street.now);
        let find = |list: &porchlight_documents::Document| contacts::list(list)[0].id.clone();
        let contact = street.phones[0].device.read(id, &DocumentName::contacts(), find).unwrap();
        street.phones[0].device.forget_contact(id, &contact, now).unwrap();
        let body = street.group_of(0).statements.values().next().unwrap().clone();

        let group = street.group_of(1);
        let before = group.progress.cursor;
        let record = Record { time: now, kind: RecordKind::STATEMENT, body: body.clone().into() };
        let records = vec![record];
        // No head of the server's proves it.
        let stray = Chunk { before, generation: before.generation, records, head: None };
        group.kept.restore_stray(1, stray);
        street.phones[1].device.mend(id, now);
        let sent = street.phones[1].drain();
        let states = |frame: &Vec<u8>| match ClientFrame::decode(frame) {
            Ok(Some(ClientFrame::State(state))) => Vec::from(state.statement) == body,
            _ => false,
        };
        assert!(sent.iter().any(states));
        assert!(!street.group_of(1).kept.has_strays());
    }
}
