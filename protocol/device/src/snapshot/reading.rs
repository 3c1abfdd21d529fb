//! Reads a Snapshot, Part by Part and piece by piece: to start from it, or to judge it.
//!
//! One who starts from it has each Document as soon as its Part is here, the index first; every piece is stored, so a
//! broken line or a restart costs no more than one piece. Nothing that this device has is replaced: Documents are
//! merged.

use std::collections::{BTreeSet, VecDeque};

use porchlight_documents::{Document, DocumentName, Incoming, Kind};
use porchlight_wire::frame::{Piece, RosterList, Snapshots as SnapshotList};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::Roster;
use porchlight_wire::snapshot::{Manifest, PartName, Reason, Statement, VerifiedStatement, part_hash};
use porchlight_wire::{Epoch, GroupId, Hash, Position, Timestamp};

use super::making::ledger_lines;
use super::part::{self, Index, Indexed, WholeDocument};
use super::{StoredIndex, Work, may_endorse};
use crate::device::Device;
use crate::group::{Group, Problem};
use crate::io::{Event, Write};
use crate::storage::Slot;

mod ahead;
mod judging;
mod starting;

use ahead::Ahead;
use starting::Own;

/// What a Snapshot is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Load,
    Judge,
}

/// A Snapshot that is being read.
#[derive(Debug)]
pub(crate) struct Reading {
    purpose: Purpose,
    name: PartName,
    manifest: Option<Manifest>,
    index: Option<Index>,
    queue: VecDeque<(PartName, Indexed)>,
    /// The Part that is read, and what is here of it.
    current: PartName,
    bytes: Vec<u8>,
    ahead: Ahead,
    /// Whether that Part was here whole and could not be opened: its key is on the way.
    waits_for_key: bool,
    /// For one who judges: what the log has brought since its Position, and up to where that was read.
    since: (Cursor, BTreeSet<Hash>),
}

impl Reading {
    fn new(purpose: Purpose, name: PartName) -> Self {
        let (manifest, index, queue) = (None, None, VecDeque::new());
        Self {
            purpose,
            name,
            manifest,
            index,
            queue,
            current: name,
            bytes: Vec::new(),
            ahead: Ahead::default(),
            waits_for_key: false,
            since: (Cursor::START, BTreeSet::new()),
        }
    }

    /// How many Documents are still to come, for one who starts from it.
    pub(super) fn loading(&self) -> Option<usize> {
        (self.purpose == Purpose::Load).then_some(self.queue.len())
    }

    pub(super) fn manifest(&self) -> Hash {
        self.name.hash
    }
}

impl Device {
    /// Starts from the newest Snapshot that may be trusted, or from the first Record if there is none.
    pub(super) fn choose_snapshot(&mut self, list: &SnapshotList, now: Timestamp) {
        let id = list.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let waits = group.snapshots.work.is_none() && group.awaits_snapshot;
        if !waits {
            return;
        }
        group.awaits_snapshot = false;
        let found = group.trusted_snapshot(list);
        match found {
            Some(name) => {
                let mut reading = Reading::new(Purpose::Load, name);
                reading.take_stored(group);
                if list.follows == Some(name.hash) {
                    reading.ahead = Ahead::unasked();
                }
                group.snapshots.work = Some(Work::Reading(Box::new(reading)));
                self.read_next(id, now);
            }
            None if list.base == Position::new(0) => {
                group.from_the_start = true;
                self.open_group(id, now);
            }
            // Whoever was away for long may not know yet whose word counts today.
            None if group.snapshots.unknown.is_none() => {
                group.awaits_snapshot = true;
                // What the server sent unasked behind this list has gone by until then.
                group.snapshots.unknown = Some(SnapshotList { follows: None, ..list.clone() });
                self.ask_for_roster(id, now);
            }
            None => self.problem(id, Problem::NoSnapshot),
        }
    }

    pub(super) fn start_judging(&mut self, id: GroupId, manifest: Hash, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(offer) = group.snapshots.offers.get(&manifest) else { return };
        let name = PartName { hash: manifest, size: offer.size };
        group.snapshots.work = Some(Work::Reading(Box::new(Reading::new(Purpose::Judge, name))));
        self.read_next(id, now);
    }

    pub(super) fn take_piece(&mut self, piece: &Piece, now: Timestamp) {
        let id = piece.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(Work::Reading(mut reading)) = group.snapshots.work.take() else { return };
        reading.ahead.arrived(piece.bytes.len());
        let here = u32::try_from(reading.bytes.len()).unwrap_or(u32::MAX);
        let fits = piece.part == reading.current.hash
            && piece.offset == here
            && !piece.bytes.is_empty()
            && reading.bytes.len() + piece.bytes.len() <= reading.current.size as usize;
        if !fits {
            // Asked for twice over two connections, or a server that makes things up: ask again, or give up.
            let stale = piece.part != reading.current.hash || piece.offset != here;
            let lost = reading.ahead.is_unasked();
            group.snapshots.work = stale.then_some(Work::Reading(reading));
            if lost {
                self.read_anew(id, now);
            }
            return;
        }
        reading.bytes.extend_from_slice(&piece.bytes);
        let whole = reading.bytes.len() == reading.current.size as usize;
        let mut writes = Vec::new();
        if reading.purpose == Purpose::Load && !whole {
            let slot = Slot::Piece { part: piece.part.to_string(), offset: u64::from(here) };
            writes.push(slot.put_bytes(&id, piece.bytes.to_vec()));
            group.snapshots.pieces.insert((piece.part, u64::from(here)), piece.bytes.to_vec());
        }
        self.keep(writes);
        let step = if whole { self.take_part(id, &mut reading, now) } else { Ok(()) };
        let Some(group) = self.groups.get_mut(&id) else { return };
        match step {
            Err(Stop::Done) => {}
            Err(Stop::Waits) => {
                // Only what is being read again may ask for a key before the Group is open.
                group.snapshots.work = Some(Work::Reading(reading));
                self.seek_key(id, now);
            }
            Err(Stop::Outdated) => {
                let mut writes = Vec::new();
                group.mark_judged(&reading.name.hash, &mut writes);
                self.persist(writes);
            }
            Err(Stop::Wrong(reason)) if reading.purpose == Purpose::Judge => {
                self.object(id, reading.name.hash, reason, now);
            }
            Err(Stop::Wrong(_)) => self.problem(id, Problem::NoSnapshot),
            Ok(()) => {
                group.snapshots.work = Some(Work::Reading(reading));
                self.read_next(id, now);
            }
        }
    }

    /// A whole Part is here: check it, take it in, and go on to the next.
    fn take_part(&mut self, id: GroupId, reading: &mut Reading, now: Timestamp) -> Result<(), Stop> {
        let group = self.groups.get_mut(&id).ok_or(Stop::Done)?;
        let bytes = std::mem::take(&mut reading.bytes);
        if part_hash(&bytes) != reading.current.hash {
            return Err(Stop::Wrong(Reason::UNREADABLE));
        }
        if reading.manifest.is_some()
            && let Some(epoch) = part::epoch_of(&bytes)
            && !group.epochs.contains_key(&epoch)
        {
            return self.wait_for_key(id, reading, epoch, now);
        }
        reading.ahead.next_part();
        let mut writes = group.snapshots.drop_pieces(&id, &reading.current.hash);
        let mut lacks_roster = false;
        let unreadable = Stop::Wrong(Reason::UNREADABLE);
        if reading.manifest.is_none() {
            let manifest = Manifest::decode(&bytes).map_err(|_| unreadable)?;
            if reading.purpose == Purpose::Judge && !group.agrees_with(&manifest) {
                return Err(Stop::Wrong(Reason::LOG));
            }
            reading.current = manifest.parts.first().copied().ok_or(unreadable)?;
            reading.manifest = Some(manifest);
            lacks_roster = reading.lacks_roster(group);
        } else if reading.index.is_none() {
            let index: Index =
                part::open(&bytes, &id, |epoch| group.epochs.get(&epoch)).map_err(|_| unreadable)?;
            reading.plan(group, index)?;
        } else if let Some((name, indexed)) = reading.queue.pop_front() {
            let whole: WholeDocument =
                part::open(&bytes, &id, |epoch| group.epochs.get(&epoch)).map_err(|_| unreadable)?;
            match reading.purpose {
                Purpose::Judge => {
                    reading.look_since(group);
                    group.judge(&indexed, whole, &reading.since.1)?;
                }
                Purpose::Load => {
                    let changed = group.load(&indexed, whole, &mut writes)?;
                    group.snapshots.loaded.insert(name.hash);
                    writes.push(Slot::Loaded(name.hash.to_string()).put_bytes(&id, Vec::new()));
                    if let Some(name) = changed {
                        self.event(Event::DocumentChanged { group: id, name });
                    }
                }
            }
        }
        self.keep(writes);
        self.event(Event::StatusChanged { group: id });
        if lacks_roster {
            self.ask_for_roster(id, now);
        }
        if reading.index.is_some() {
            match reading.queue.front() {
                Some((name, _)) => reading.current = *name,
                None if self.groups.get(&id).is_some_and(|group| reading.lacks_roster(group)) => {
                    return Err(Stop::Waits);
                }
                None => {
                    self.finish_reading(id, reading, now);
                    return Err(Stop::Done);
                }
            }
        }
        if let Some(group) = self.groups.get(&id) {
            reading.take_stored(group);
        }
        Ok(())
    }

    /// A Part is sealed under a key that is not here: whoever starts from it asks for what that takes, and goes on when it
    /// has come; whoever judges does so another time.
    fn wait_for_key(
        &mut self,
        id: GroupId,
        reading: &mut Reading,
        epoch: Epoch,
        now: Timestamp,
    ) -> Result<(), Stop> {
        let group = self.groups.get_mut(&id).ok_or(Stop::Done)?;
        if reading.purpose == Purpose::Judge {
            return Err(Stop::Done);
        }
        reading.waits_for_key = true;
        reading.ahead = Ahead::default();
        reading.take_stored(group);
        let is_named = group.roster.as_ref().is_some_and(|roster| roster.epoch() >= epoch);
        if !is_named && !reading.lacks_roster(group) {
            self.ask_for_roster(id, now);
        }
        Err(Stop::Waits)
    }

    /// Goes on with a Snapshot that waited for a key.
    pub(crate) fn read_with_key(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if let Some(Work::Reading(reading)) = &mut group.snapshots.work
            && std::mem::take(&mut reading.waits_for_key)
        {
            self.read_anew(id, now);
        }
    }

    fn finish_reading(&mut self, id: GroupId, reading: &Reading, now: Timestamp) {
        match reading.purpose {
            Purpose::Judge => self.endorse(id, reading, now),
            Purpose::Load => {
                let Some(group) = self.groups.get_mut(&id) else { return };
                let mut writes = Vec::new();
                let done = group.start_from(reading, &mut writes);
                self.persist(writes);
                self.carry_unseen(id, now);
                let Some(outcome) = done else { return self.problem(id, Problem::NoSnapshot) };
                self.open_group(id, now);
                if outcome == Own::WrittenByACopy {
                    self.go_on_afresh(id, now);
                }
            }
        }
    }

    fn endorse(&mut self, id: GroupId, reading: &Reading, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let manifest = reading.name.hash;
        let mut writes = Vec::new();
        if let Some(index) = reading.stored_index() {
            writes.push(Slot::Index.put(&id, &index));
            group.snapshots.index = Some(index);
        }
        group.mark_judged(&manifest, &mut writes);
        self.persist(writes);
        self.state(id, &Statement::Endorse { manifest }, now);
    }

    fn object(&mut self, id: GroupId, manifest: Hash, reason: Reason, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        group.mark_judged(&manifest, &mut writes);
        self.persist(writes);
        self.state(id, &Statement::Object { manifest, reason }, now);
    }

    pub(super) fn objected_because(&mut self, id: GroupId, manifest: Hash, now: Timestamp) {
        self.object(id, manifest, Reason::UNREADABLE, now);
    }

    /// The whole Roster, for one who starts from a Snapshot. Says whether it was for that.
    pub(crate) fn roster_for_loading(&mut self, list: &RosterList, now: Timestamp) -> bool {
        let Some(group) = self.groups.get_mut(&list.group) else { return false };
        let id = list.group;
        let loads = matches!(&group.snapshots.work, Some(Work::Reading(it)) if it.purpose == Purpose::Load);
        let to_choose = group.snapshots.unknown.clone().filter(|_| group.awaits_snapshot);
        if !loads && to_choose.is_none() {
            return false;
        }
        let known = group.roster.as_ref().map(Roster::head);
        let verified = Roster::verify_all(list.changes.iter().map(|one| (one.change.as_slice(), one.time)));
        let holds = |(roster, hashes): &(Roster, Vec<Hash>)| {
            roster.group() == id && known.is_none_or(|known| hashes.contains(&known))
        };
        let Some((roster, hashes)) = verified.ok().filter(holds) else {
            self.problem(id, Problem::OtherHistory);
            return true;
        };
        group.roster = Some(roster);
        group.changes.extend(hashes);
        group.roster_log = list.changes.clone();
        let writes = group.put_roster();
        // Where all Parts are here already, nothing else was waited for.
        let all_here = |work: &mut Work| matches!(work, Work::Reading(reading) if reading.is_all_here());
        let done = group.snapshots.work.take_if(all_here);
        self.persist(writes);
        self.event(Event::MembersChanged { group: id });
        match (done, to_choose) {
            (Some(Work::Reading(reading)), _) => self.finish_reading(id, &reading, now),
            (_, Some(snapshots)) if !loads => self.choose_snapshot(&snapshots, now),
            _ => self.seek_key(id, now),
        }
        true
    }
}

impl Reading {
    /// Opens what the log has brought since the Position, unless that was done and no more has come.
    fn look_since(&mut self, group: &Group) {
        let (cursor, position) = (group.progress.cursor, self.manifest.as_ref().map(|it| it.cursor.position));
        if self.since.0 != cursor {
            self.since = (cursor, group.changes_since(position.unwrap_or_default()));
        }
    }

    /// Whether the Roster that is here does not reach as far as the manifest says, for one who starts from it.
    fn lacks_roster(&self, group: &Group) -> bool {
        let head = self.manifest.as_ref().map(|manifest| manifest.roster);
        self.purpose == Purpose::Load && head.is_some_and(|head| !group.roster_hashes().contains(&head))
    }

    /// Whether no Part is to come any more.
    fn is_all_here(&self) -> bool {
        self.index.is_some() && self.queue.is_empty()
    }

    /// Lists what is to be read, in the order of the index; one who judges passes over Parts that it knows.
    fn plan(&mut self, group: &mut Group, index: Index) -> Result<(), Stop> {
        let manifest = self.manifest.clone().ok_or(Stop::Done)?;
        if self.purpose == Purpose::Judge {
            let position = manifest.cursor.position;
            let mut here = index
                .forgotten
                .iter()
                .map(|one| group.snapshots.standing().any(|here| here.agrees_with(one)));
            if index.ledger != ledger_lines(group, Some(position)) || !here.all(|is_here| is_here) {
                return Err(Stop::Wrong(Reason::LOG));
            }
            if index.forgotten.len() < group.snapshots.standing().count() {
                return Err(Stop::Outdated);
            }
            self.look_since(group);
            group.judge_missing(&index, &self.since.1)?;
        }
        let known = group.snapshots.index.take();
        for indexed in &index.documents {
            let part = manifest.parts.iter().find(|part| part.hash == indexed.part);
            let part = *part.ok_or(Stop::Wrong(Reason::UNREADABLE))?;
            let passed = match self.purpose {
                Purpose::Load => group.snapshots.loaded.contains(&part.hash),
                Purpose::Judge => {
                    let same = known
                        .as_ref()
                        .and_then(|known| known.find(&indexed.kind, &indexed.key, &indexed.heads));
                    // What was compared once under this hash needs no second reading; whether it is still what is
                    // here does.
                    same == Some(part) && group.has_all(indexed, &self.since.1)
                }
            };
            if !passed {
                self.queue.push_back((part, indexed.clone()));
            }
        }
        group.snapshots.index = known;
        self.index = Some(index);
        let planned = self.queue.iter().map(|(part, _)| part);
        if self.ahead.is_unasked() && !planned.eq(manifest.parts.iter().skip(1)) {
            // What follows comes in another order, or is not all wanted.
            self.ahead = Ahead::default();
        }
        Ok(())
    }

    fn stored_index(&self) -> Option<StoredIndex> {
        let (manifest, index) = (self.manifest.as_ref()?, self.index.as_ref()?);
        let size = |hash: &Hash| manifest.parts.iter().find(|part| part.hash == *hash).map(|part| part.size);
        let sizes = index.documents.iter().map(|one| size(&one.part)).collect::<Option<_>>()?;
        let documents = index.documents.clone();
        Some(StoredIndex { manifest: self.name.hash, position: manifest.cursor.position, documents, sizes })
    }
}

impl super::Snapshots {
    fn drop_pieces(&mut self, group: &GroupId, part: &Hash) -> Vec<Write> {
        let gone: Vec<u64> =
            self.pieces.keys().filter(|(hash, _)| hash == part).map(|(_, offset)| *offset).collect();
        gone.into_iter()
            .map(|offset| {
                self.pieces.remove(&(*part, offset));
                Slot::Piece { part: part.to_string(), offset }.delete(group)
            })
            .collect()
    }
}

impl Group {
    /// The newest Snapshot that an organizer's device has endorsed and nobody objected to.
    fn trusted_snapshot(&self, list: &SnapshotList) -> Option<PartName> {
        let roster = self.roster.as_ref()?;
        let mut best: Option<(Position, PartName)> = None;
        for kept in &list.snapshots {
            let mut offered = None;
            let (mut endorsed, mut objected) = (false, false);
            for bytes in &kept.statements {
                let Ok(verified) = VerifiedStatement::verify(&self.id, bytes) else { continue };
                if verified.statement().manifest() != Some(kept.manifest) {
                    continue;
                }
                match verified.statement() {
                    Statement::Offer { manifest, position } => {
                        offered = Some((verified.device(), *manifest, *position));
                    }
                    Statement::Endorse { .. } => {
                        endorsed |= offered
                            .is_some_and(|(maker, ..)| may_endorse(roster, &verified.device(), &maker));
                    }
                    Statement::Object { .. } => objected |= roster.writer(&verified.device()).is_ok(),
                    Statement::Forget { .. } | Statement::Unknown(_) => {}
                }
            }
            // What the server dropped nothing else stands for; an objection came too late for that.
            let stands = offered.is_some_and(|(.., position)| position == list.base);
            if let Some((_, name, position)) = offered
                && endorsed
                && (!objected || stands)
                && best.is_none_or(|(newest, _)| newest < position)
            {
                best = Some((position, name));
            }
        }
        best.map(|(_, name)| name)
    }

    /// Takes in a Document from a Snapshot.
    fn load(
        &mut self,
        indexed: &Indexed,
        whole: WholeDocument,
        writes: &mut Vec<Write>,
    ) -> Result<Option<DocumentName>, Stop> {
        let unreadable = Stop::Wrong(Reason::UNREADABLE);
        let Some(kind) = Kind::from_word(&whole.kind) else {
            for change in &whole.changes {
                self.shelf.keep_for_later(&self.id, &whole.kind, &whole.key, change, writes);
            }
            return Ok(None);
        };
        let name = DocumentName { kind, key: whole.key };
        if let Some(saved) = whole.saved {
            let loaded = Document::load(kind, &saved).map_err(|_| unreadable)?;
            if loaded.heads() != indexed.heads {
                return Err(unreadable);
            }
            self.shelf.adopt(&self.id, &name, (loaded, saved.into()), writes).map_err(|_| unreadable)?;
        } else {
            // The maker did not know the Kind; this device does.
            let mut changes = Vec::new();
            for raw in &whole.changes {
                changes.push((Incoming::parse(raw).map_err(|_| unreadable)?, raw.as_slice()));
            }
            let (_, outcome) = self.shelf.apply(&self.id, &name, changes, writes);
            outcome.map_err(|_| unreadable)?;
        }
        Ok(Some(name))
    }

    /// Writes of all RosterChanges that are here.
    pub(crate) fn put_roster(&self) -> Vec<Write> {
        let numbered = (1..).zip(&self.roster_log);
        numbered.map(|(number, change)| Slot::Roster(number).put(&self.id, change)).collect()
    }

    fn mark_judged(&mut self, manifest: &Hash, writes: &mut Vec<Write>) {
        if let Some(offer) = self.snapshots.offers.get_mut(manifest) {
            offer.judged = true;
            writes.push(Slot::Offer(manifest.to_string()).put(&self.id, offer));
        }
    }
}

/// Why reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Nothing is left to read.
    Done,
    /// The Roster or a key is still to come.
    Waits,
    /// It holds what was forgotten since: it was right, and is of no use any more.
    Outdated,
    /// The Snapshot is not what it should be.
    Wrong(Reason),
}
