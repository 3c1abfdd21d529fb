//! Carrying by hand: what waits goes out in a bundle, and what comes in one is shown at once and delivered for its
//! authors as soon as there is a server. Nothing that came so is part of a Document until the log holds it.

use porchlight_documents::{DocumentName, Incoming, Kind};
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::Code;
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::Roster;
use porchlight_wire::{DeviceId, GroupId, Hash, MemberId, Sequence, Timestamp, limits};

use crate::bundle::{Bundle, BundleError, Greeting};
use crate::device::Device;
use crate::group::Group;
use crate::inbox::{self, ForkReason};
use crate::io::{Event, Write};
use crate::seal;
use crate::storage::{Slot, StoredCarried, StoredMeeting};

/// What came of opening a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleReport {
    /// Of which Group it was.
    pub group: GroupId,
    /// Who made it.
    pub member: Option<MemberId>,
    /// Entries that are new here and will be delivered.
    pub added: usize,
    /// Entries that were here already.
    pub known: usize,
    /// Entries that do not fit: not by a member who may write, out of order, or unreadable.
    pub refused: usize,
    /// Whether the server has shown both devices the same.
    pub meeting: Meeting,
}

/// What comparing two devices' heads says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Both have read the same.
    Same,
    /// The other one is behind, on the same history.
    Behind,
    /// The other one has read further; it is compared again once this device gets there.
    Ahead,
    /// How far the other one has read is no longer known here.
    Unknown,
    /// The other one saw another history.
    Fork(ForkReason),
}

/// What became of one Entry of a bundle.
enum Fate {
    Added,
    Known,
    Refused,
}

impl Device {
    /// A bundle with everything of a Group that the server has not confirmed: own work and what others had carried here.
    ///
    /// Own work is sealed for it, once and for all; the outputs of this call must be carried out before the bundle is
    /// handed out.
    pub fn export_bundle(&mut self, id: GroupId, now: Timestamp) -> Result<Vec<u8>, BundleError> {
        let group = self.groups.get(&id).filter(|group| group.is_in()).ok_or(BundleError::UnknownGroup)?;
        group.newest_key().ok_or(BundleError::NoKey)?;
        while self.seal_next(id, now) {}
        let entries = self.groups.get(&id).map(|group| group.outbox.sealed_waiting()).unwrap_or_default();
        let bundle = self.bundle(id, entries, now);
        self.schedule(now);
        bundle
    }

    /// A bundle without Entries, small enough for one QR code: another phone that opens it learns whether the server has
    /// shown both the same.
    pub fn greeting(&mut self, id: GroupId, now: Timestamp) -> Result<Vec<u8>, BundleError> {
        self.bundle(id, Vec::new(), now)
    }

    pub(crate) fn bundle(
        &mut self,
        id: GroupId,
        entries: Vec<minicbor::bytes::ByteVec>,
        now: Timestamp,
    ) -> Result<Vec<u8>, BundleError> {
        let group = self.groups.get(&id).filter(|group| group.is_in()).ok_or(BundleError::UnknownGroup)?;
        let (epoch, key) = group.newest_key().ok_or(BundleError::NoKey)?;
        let roster = group.replayed.as_ref().or(group.roster.as_ref()).map(Roster::head);
        let roster = roster.ok_or(BundleError::NoKey)?;
        let greeting = Greeting { cursor: group.progress.cursor, roster, clock: now };
        Bundle::seal((id, epoch), &greeting, entries, (&group.keys, key), &mut self.entropy)
    }

    /// Opens a bundle: shows what it brings, delivers it when there is a server, and compares heads with its maker.
    pub fn open_bundle(&mut self, bytes: &[u8], now: Timestamp) -> Result<BundleReport, BundleError> {
        let bundle = Bundle::read(bytes)?;
        let id = bundle.group;
        let group =
            self.groups.get_mut(&id).filter(|group| group.is_in()).ok_or(BundleError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(BundleError::UnknownGroup)?;
        let maker = bundle.device;
        if maker != group.keys.id() {
            roster.active(&maker).map_err(|_| BundleError::UnknownDevice)?;
        }
        let member = roster.device(&maker).map(|device| device.member);
        let key = group.epochs.get(&bundle.epoch).ok_or(BundleError::UnknownEpoch)?;
        let greeting = bundle.greeting(key)?;
        let mut writes = Vec::new();
        let meeting = meet(group, maker, &greeting, &mut writes);
        let mut report = BundleReport { group: id, member, added: 0, known: 0, refused: 0, meeting };
        let mut changed = Vec::new();
        for entry in &bundle.entries {
            match carry(group, entry, &mut changed, &mut writes) {
                Fate::Added => report.added += 1,
                Fate::Known => report.known += 1,
                Fate::Refused => report.refused += 1,
            }
        }
        changed.sort();
        changed.dedup();
        self.persist(writes);
        changed.into_iter().for_each(|name| self.event(Event::DocumentChanged { group: id, name }));
        self.event(Event::StatusChanged { group: id });
        self.send_entries(id, now);
        self.schedule(now);
        Ok(report)
    }

    /// The server refused Entries of somebody else for good: they go, with everything of that device after them.
    pub(crate) fn carried_refused(&mut self, id: GroupId, device: DeviceId, from: Sequence, code: Code) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        let goes = |carried: &StoredCarried| carried.device == device && carried.sequence >= from;
        let dropped = group.outbox.drop_carried(&id, goes, &mut writes);
        if dropped.is_empty() {
            return;
        }
        let taken = inbox::after_drop(group, &dropped);
        let member = group.roster.as_ref().and_then(|roster| roster.device(&device)).map(|it| it.member);
        writes.extend(taken.writes);
        self.persist(writes);
        for name in taken.changed {
            self.event(Event::DocumentChanged { group: id, name });
        }
        self.event(Event::CarriedRefused { group: id, member, code });
        self.event(Event::StatusChanged { group: id });
    }
}

/// Compares heads; remembers a contradiction, and how far the other one is ahead.
fn meet(group: &mut Group, maker: DeviceId, greeting: &Greeting, writes: &mut Vec<Write>) -> Meeting {
    let (here, seen) = (group.progress.cursor, greeting.cursor);
    let ahead = (seen.generation, seen.position) > (here.generation, here.position);
    if ahead {
        let met = StoredMeeting { device: maker, chain: seen.chain, roster: greeting.roster };
        group.met.insert((seen.generation, seen.position), met);
        let slot = Slot::Met { generation: seen.generation.get(), position: seen.position.get() };
        writes.push(slot.put(&group.id, &met));
        return Meeting::Ahead;
    }
    if let Some(reason) = inbox::differs(group, &seen, &greeting.roster) {
        inbox::note_fork(group, maker, reason, (seen, greeting.roster), writes);
        return Meeting::Fork(reason);
    }
    if seen == here {
        return Meeting::Same;
    }
    let known = seen == Cursor::START || group.trail.at(seen.generation, seen.position).is_some();
    if known { Meeting::Behind } else { Meeting::Unknown }
}

/// Takes one Entry of a bundle, if its author may write and it is their next one.
fn carry(group: &mut Group, bytes: &[u8], changed: &mut Vec<DocumentName>, writes: &mut Vec<Write>) -> Fate {
    let Ok(entry) = VerifiedEntry::verify(&group.id, bytes) else { return Fate::Refused };
    let (device, header) = (entry.device(), entry.header());
    if device == group.keys.id() {
        return Fate::Known;
    }
    let logged = group.authors.get(&device).map(|author| (author.sequence, author.id));
    if logged.is_some_and(|(sequence, _)| header.sequence <= sequence) {
        return Fate::Known;
    }
    let is_it = |carried: &&StoredCarried| carried.device == device && carried.sequence == header.sequence;
    if let Some(same) = group.outbox.carried().find(is_it) {
        return if same.id == entry.id() { Fate::Known } else { Fate::Refused };
    }
    let last = group.outbox.carried().filter(|carried| carried.device == device).last();
    let last = last.map(|carried| (carried.sequence, carried.id)).or(logged);
    let (sequence, previous) = last.unwrap_or((Sequence::new(0), Hash::ZERO));
    let follows = header.sequence == sequence.next() && header.previous == previous;
    let writer = group
        .roster
        .as_ref()
        .is_some_and(|roster| roster.writer(&device).is_ok() && roster.may_hold(&device, header.epoch));
    let room = group.outbox.carried().count() < limits::MAX_BUNDLE_ENTRIES;
    let Some(key) = group.epochs.get(&header.epoch).filter(|_| follows && writer && room) else {
        return Fate::Refused;
    };
    let Ok(payload) = seal::open(&group.id, &entry, key) else { return Fate::Refused };
    let mut changes = Vec::new();
    for document in &payload.documents {
        for raw in &document.changes {
            let Ok(incoming) = Incoming::parse(raw) else { return Fate::Refused };
            let prefix = incoming.actor().prefix();
            if !group.roster.as_ref().is_some_and(|roster| roster.may_carry(&device, &prefix)) {
                return Fate::Refused;
            }
            changes.push((document, incoming.hash(), raw.to_vec()));
        }
    }
    let hashes = changes.iter().map(|(_, hash, _)| *hash).collect();
    for (document, hash, raw) in changes {
        let Some(kind) = Kind::from_word(&document.kind) else { continue };
        let name = DocumentName { kind, key: document.key.clone() };
        group.shelf.hold_apart(&group.id, &name, (hash, raw), writes);
        changed.push(name);
    }
    let (sequence, id) = (header.sequence, entry.id());
    let stored = StoredCarried { device, sequence, id, bytes: bytes.to_vec().into(), changes: hashes };
    group.outbox.carry(&group.id, stored, writes);
    Fate::Added
}

#[cfg(test)]
mod tests;
