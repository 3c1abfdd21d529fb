//! Snapshots on a device: what others state about them, what this device remembers of them, and what it is doing now.
//!
//! One thing at a time: making one ([`making`]), or reading one ([`reading`]) to start from it or to judge it.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use porchlight_wire::frame::{
    ClientFrame, Code, GetSnapshots, PartKept, Piece, Snapshots as SnapshotList, State, Stated,
};
use porchlight_wire::record::Record;
use porchlight_wire::roster::{Role, Roster};
use porchlight_wire::snapshot::{SignedStatement, Statement, VerifiedStatement, statement_hash};
use porchlight_wire::{DeviceId, Generation, GroupId, Hash, Position, Timestamp};
use rand_core::Rng;

use crate::device::{ActError, Device};
use crate::forgetting::{Mark, is_forget};
use crate::group::{Group, GroupError, Problem, decode};
use crate::inbox::Taken;
use crate::io::Write;
use crate::kept::KEEP_MILLIS;
use crate::keys::DeviceKeys;
use crate::link::BUSY_MILLIS;
use crate::storage::Slot;

pub(crate) mod making;
pub(crate) mod part;
pub(crate) mod reading;

use making::Making;
use part::Indexed;
use reading::Reading;

/// A Snapshot is made once the log has grown by this much since the last one: a phone that joins then still gets on
/// quickly, and making one costs far less than it saves.
const AFTER_BYTES: usize = 512 * 1024;

/// How long a device that may use the network freely waits at most before it makes or judges a Snapshot, so that not
/// all do it at once; one that pays for what it sends waits so long at least, and up to twice as long.
const DELAY_MILLIS: u64 = 10 * 60 * 1000;

/// Pieces of Parts are this long: on a line that breaks every few hundred kilobytes most of them arrive.
const PIECE: usize = 48 * 1024;

/// Offers that are remembered.
const OFFERS: usize = 8;

/// What a device may spend on the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// A phone that may pay for what it sends.
    #[default]
    Metered,
    /// A computer on a cable.
    Unmetered,
}

/// What was stated about a Snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredOffer {
    #[n(0)]
    pub(crate) size: u32,
    #[n(1)]
    pub(crate) maker: DeviceId,
    /// The last Position that it stands for.
    #[n(2)]
    pub(crate) position: Position,
    #[n(3)]
    pub(crate) endorsed: Option<Timestamp>,
    #[n(4)]
    pub(crate) objected: bool,
    /// Whether this device has stated what it found.
    #[n(5)]
    pub(crate) judged: bool,
    /// The generation of the log in which it was offered.
    #[n(6)]
    pub(crate) generation: Option<Generation>,
}

/// A Snapshot whose Parts this device knows to hold its own Documents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredIndex {
    #[n(0)]
    pub(crate) manifest: Hash,
    #[n(1)]
    pub(crate) position: Position,
    #[n(2)]
    pub(crate) documents: Vec<Indexed>,
    /// The size of each Part.
    #[n(3)]
    pub(crate) sizes: Vec<u32>,
}

/// Everything about Snapshots of one Group.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    pub(crate) offers: BTreeMap<Hash, StoredOffer>,
    pub(crate) index: Option<StoredIndex>,
    /// What is forgotten for good, sorted by what it is.
    pub(crate) marks: Vec<Mark>,
    /// Parts that were taken in while a Snapshot is loaded, and pieces of the next one.
    pub(crate) loaded: BTreeSet<Hash>,
    pub(crate) pieces: BTreeMap<(Hash, u64), Vec<u8>>,
    pub(crate) work: Option<Work>,
    /// When to make or judge one.
    pub(crate) due: Option<Timestamp>,
    /// Whether somebody asked by hand for one to be judged or made.
    pub(crate) asked_for: bool,
    /// Whether the server needs one: it lacks what is older than phones keep.
    pub(crate) needed: bool,
    /// What the server has, none of it endorsed by anybody whom this device knew then: the newest Roster was asked for.
    pub(crate) unknown: Option<SnapshotList>,
}

/// What is going on.
#[derive(Debug)]
pub(crate) enum Work {
    Making(Box<Making>),
    Reading(Box<Reading>),
}

/// What the screen says about Snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotStatus {
    /// Up to which Position the newest one stands for the log.
    pub newest: Option<Position>,
    /// Up to which Position the newest one does that an organizer's device has endorsed.
    pub endorsed: Option<Position>,
    /// Whether somebody objected to one that is kept.
    pub objected: bool,
    /// Whether this device starts from one at the moment, and how many Documents are still to come.
    pub loading: Option<usize>,
    /// Whether this device makes or reads one at the moment.
    pub busy: bool,
    /// How many Documents are forgotten for good.
    pub forgotten: usize,
}

impl Snapshots {
    pub(crate) fn status(&self) -> SnapshotStatus {
        let newest = |endorsed: bool| {
            let offers = self.offers.values().filter(move |offer| !endorsed || offer.endorsed.is_some());
            offers.map(|offer| offer.position).max()
        };
        let loading = match &self.work {
            Some(Work::Reading(reading)) => reading.loading(),
            _ => None,
        };
        SnapshotStatus {
            newest: newest(false),
            endorsed: newest(true),
            objected: self.offers.values().any(|offer| offer.objected),
            loading,
            busy: self.work.is_some() || self.asked_for,
            forgotten: self.marks.len(),
        }
    }

    /// Takes a value from the store.
    pub(crate) fn restore(&mut self, slot: Slot, value: Vec<u8>) -> Result<(), GroupError> {
        let hash = |text: &str| Hash::from_hex(text).ok_or(GroupError::Damaged);
        match slot {
            Slot::Offer(manifest) => {
                self.offers.insert(hash(&manifest)?, decode(&value)?);
            }
            Slot::Index => self.index = Some(decode(&value)?),
            Slot::Piece { part, offset } => {
                self.pieces.insert((hash(&part)?, offset), value);
            }
            Slot::Loaded(part) => {
                self.loaded.insert(hash(&part)?);
            }
            Slot::Forgotten { .. } => self.marks.push(Mark::restore(&value)?),
            _ => return Err(GroupError::Damaged),
        }
        Ok(())
    }

    pub(crate) fn endorsed_position(&self) -> Position {
        let endorsed = self.offers.values().filter(|offer| offer.endorsed.is_some() && !offer.objected);
        endorsed.map(|offer| offer.position).max().unwrap_or_default()
    }

    /// Whether there were Snapshots, and none since the server lost something: it may lack them, and phones what they
    /// stand for.
    fn are_of_before(&self, generation: Generation) -> bool {
        let offered = self.offers.values().map(|offer| offer.generation.unwrap_or_default()).max();
        offered.is_some_and(|offered| offered < generation)
    }

    fn newest_position(&self) -> Position {
        self.offers
            .values()
            .filter(|offer| !offer.objected)
            .map(|offer| offer.position)
            .max()
            .unwrap_or_default()
    }
}

/// Takes a statement that stands in the log.
pub(crate) fn take_statement(group: &mut Group, record: &Record, taken: &mut Taken) -> Option<()> {
    let verified = VerifiedStatement::verify(&group.id, &record.body).ok()?;
    let device = verified.device();
    // Also what this phone signed before it went on as another Device.
    if !group.statements.is_empty() {
        group.drop_statement(&verified.hash(), &mut taken.writes);
    }
    let roster = group.replayed.as_ref()?;
    roster.writer(&device).ok()?;
    let offers = &mut group.snapshots.offers;
    let (manifest, offer) = match verified.statement() {
        Statement::Offer { manifest, position } => {
            let fresh = StoredOffer {
                size: manifest.size,
                maker: device,
                position: *position,
                endorsed: None,
                objected: false,
                judged: false,
                generation: Some(group.progress.cursor.generation),
            };
            (manifest.hash, offers.entry(manifest.hash).or_insert(fresh))
        }
        Statement::Endorse { manifest } => {
            let offer = offers.get_mut(manifest)?;
            if !may_endorse(roster, &device, &offer.maker) {
                return None;
            }
            offer.endorsed.get_or_insert(record.time);
            (*manifest, offer)
        }
        Statement::Object { manifest, .. } => {
            let offer = offers.get_mut(manifest)?;
            offer.objected = true;
            (*manifest, offer)
        }
        Statement::Forget { sealed } => {
            return crate::forgetting::take(group, &device, sealed, record, taken);
        }
        Statement::Unknown(_) => return Some(()),
    };
    let writes = &mut taken.writes;
    writes.push(Slot::Offer(manifest.to_string()).put(&group.id, offer));
    while offers.len() > OFFERS {
        let oldest = offers.iter().min_by_key(|(_, offer)| offer.position).map(|(hash, _)| *hash)?;
        offers.remove(&oldest);
        writes.push(Slot::Offer(oldest.to_string()).delete(&group.id));
    }
    let (endorsed, before) = (group.snapshots.endorsed_position(), record.time.millis());
    let before = Timestamp::from_millis(before.saturating_sub(KEEP_MILLIS));
    group.kept.trim(&group.id, endorsed, before, writes);
    Some(())
}

/// The rule by which servers and devices alike count an endorsement.
fn may_endorse(roster: &Roster, device: &DeviceId, maker: &DeviceId) -> bool {
    let Ok((_, member)) = roster.active(device) else { return false };
    roster.members().count() == 1 || (member.role == Role::Organizer && device != maker)
}

/// A statement of this device, signed.
pub(crate) fn sign_statement(keys: &DeviceKeys, group: &GroupId, statement: &Statement) -> (Vec<u8>, Hash) {
    let (device, body) = (keys.id(), statement.encode());
    let signature = keys.sign(&SignedStatement::message(group, &device, &body));
    let signed = SignedStatement { device, body: body.into(), signature };
    let hash = statement_hash(group, &signed);
    let mut bytes = Vec::new();
    // Writing to a Vec has no failure to report.
    let _ = minicbor::encode(signed, &mut bytes);
    (bytes, hash)
}

impl Device {
    /// Says what this device may spend on the network; a metered line is what it expects otherwise.
    pub fn set_line(&mut self, line: Line) {
        self.line = line;
    }

    /// Judges the Snapshot that waits for this device's word, or makes one, as soon as this device is up to date, without
    /// waiting for the log to grow.
    pub fn make_snapshot(&mut self, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        if !group.is_in() {
            return Err(ActError::NotInYet);
        }
        group.may_write()?;
        group.snapshots.asked_for = true;
        group.snapshots.due = Some(now);
        self.snapshot_due(id, now);
        self.schedule(now);
        Ok(())
    }

    /// Looks whether a Snapshot is to be made or judged, once there is nothing else to do.
    pub(crate) fn consider_snapshot(&mut self, id: GroupId, now: Timestamp) {
        let spread = self.entropy.next_u64() % DELAY_MILLIS;
        let delay = match self.line {
            Line::Unmetered => spread,
            Line::Metered => DELAY_MILLIS + spread,
        };
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.snapshots.due.is_none() && (group.wants_snapshot() || group.to_judge().is_some()) {
            group.snapshots.due = Some(now.plus_millis(delay));
        }
        if group.snapshots.due.is_some_and(|due| due <= now) {
            self.snapshot_due(id, now);
        }
    }

    /// Makes or judges a Snapshot if the time has come and nothing else is to be done.
    pub(crate) fn snapshot_due(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let due = group.snapshots.due.is_some_and(|due| due <= now);
        if !due || group.snapshots.work.is_some() || !group.is_idle() {
            return;
        }
        group.snapshots.due = None;
        if let Some(manifest) = group.to_judge() {
            group.snapshots.asked_for = false;
            self.start_judging(id, manifest, now);
        } else if group.wants_snapshot() {
            self.start_making(id, now);
        }
    }

    /// Goes on with what was going on when the connection broke.
    pub(crate) fn resume_snapshot(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        match &group.snapshots.work {
            Some(Work::Making(_)) => self.upload_next(id, now),
            Some(Work::Reading(_)) => self.read_anew(id, now),
            None => {}
        }
    }

    /// The server has named its Snapshots.
    pub(crate) fn snapshots_listed(&mut self, list: &SnapshotList, now: Timestamp) {
        self.choose_snapshot(list, now);
    }

    /// The server keeps so much of a Part.
    pub(crate) fn part_kept(&mut self, kept: &PartKept, now: Timestamp) {
        self.uploaded(kept, now);
    }

    /// A piece of a Part has come.
    pub(crate) fn piece_arrived(&mut self, piece: &Piece, now: Timestamp) {
        self.take_piece(piece, now);
    }

    /// Something about a Snapshot was refused: it is tried again some time later, with everything that is kept.
    pub(crate) fn snapshot_refused(&mut self, id: GroupId, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        // Said of a Group that is about to be opened again: this goes on then.
        if code == Code::NOT_OPEN {
            return;
        }
        let was = group.snapshots.work.take();
        group.snapshots.asked_for = false;
        if let Some(Work::Reading(reading)) = was {
            // What the server lacks of this one is a reason the more to make another.
            if group.snapshots.needed {
                group.snapshots.due = Some(now);
            }
            if reading.loading().is_some() {
                group.snapshots.due = None;
                self.problem(id, Problem::NoSnapshot);
            } else if code == Code::NO_PART {
                self.objected_because(id, reading.manifest(), now);
            }
        } else {
            group.snapshots.needed = false;
        }
    }

    pub(crate) fn ask_for_snapshots(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let snapshots = &group.snapshots;
        let fresh = snapshots.work.is_none() && snapshots.loaded.is_empty() && snapshots.pieces.is_empty();
        // What is here already is not to come again.
        let pieces = fresh.then(|| u32::try_from(PIECE).unwrap_or(u32::MAX));
        self.send(id, &ClientFrame::GetSnapshots(GetSnapshots { group: id, pieces }), now);
    }

    /// States something: it is stored, and sent until it is in the log.
    pub(crate) fn state(&mut self, id: GroupId, statement: &Statement, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let (bytes, _) = sign_statement(&group.keys, &id, statement);
        let mut writes = Vec::new();
        group.add_statement(bytes, &mut writes);
        self.persist(writes);
        self.send_statements(id, now);
    }

    /// Sends the statements that wait, after all that was written before them: what takes the place of a forgotten
    /// Document must be in the log first.
    pub(crate) fn send_statements(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get(&id).filter(|_| self.can_send(id)) else { return };
        if group.statements.range(group.statements_sent..).next().is_none() {
            return;
        }
        self.flush(id, now);
        let Some(group) = self.groups.get_mut(&id) else { return };
        let unlogged = group.outbox.has_edits() || group.outbox.entries().next().is_some();
        // A line that breaks, a new key, a full server: until the list that was written anew is in the log, nobody is to
        // let go of the old one.
        let waits = |bytes: &[u8]| unlogged && is_forget(&id, bytes).is_some();
        let unsent = group.statements.range(group.statements_sent..);
        let unsent = unsent.take_while(|(_, bytes)| !waits(bytes));
        let unsent: Vec<(u64, Vec<u8>)> = unsent.map(|(number, bytes)| (*number, bytes.clone())).collect();
        if let Some((last, _)) = unsent.last() {
            group.statements_sent = last.saturating_add(1);
        }
        for (_, bytes) in unsent {
            self.send(id, &ClientFrame::State(State { group: id, statement: bytes.into() }), now);
        }
    }

    /// A statement of this device is in the log. It waits until it was read there, unless that was done before.
    pub(crate) fn stated(&mut self, stated: &Stated) {
        let Some(group) = self.groups.get_mut(&stated.group) else { return };
        if stated.position > group.progress.cursor.position {
            return;
        }
        let mut writes = Vec::new();
        group.drop_statement(&stated.hash, &mut writes);
        self.persist(writes);
    }

    /// A statement was refused: what it said is not true any more, or not this device's to say.
    pub(crate) fn statement_refused(&mut self, id: GroupId, hash: &Hash, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.statements_sent = 0;
        match code {
            // Sent again once the Group is open again.
            Code::NOT_OPEN => group.forget_said(),
            Code::STORAGE | Code::BUSY | Code::QUOTA | Code::CLOCK_JUMPED => {
                group.due = Some(now.plus_millis(BUSY_MILLIS));
                self.problem(id, Problem::ServerBusy(code));
            }
            _ => {
                let mut writes = Vec::new();
                let was = group.drop_statement(hash, &mut writes);
                let own = group.keys.id();
                let was = was.map(|was| (was.device() == own, was.statement().clone()));
                if code == Code::NO_PART && matches!(was, Some((_, Statement::Offer { .. }))) {
                    // The server has dropped Parts that were there once: seal and send all of them.
                    group.snapshots.asked_for = group.snapshots.index.take().is_some();
                    writes.push(Slot::Index.delete(&id));
                    group.snapshots.due = Some(now);
                    self.persist(writes);
                    return self.snapshot_due(id, now);
                }
                self.persist(writes);
                if matches!(was, Some((true, Statement::Forget { .. }))) {
                    return self.forget_refused(id);
                }
                self.snapshot_refused(id, code, now);
            }
        }
    }
}

impl Group {
    pub(crate) fn add_statement(&mut self, bytes: Vec<u8>, writes: &mut Vec<Write>) {
        let number = self.statements.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        let number = number.max(self.statements_sent);
        writes.push(Slot::Statement(number).put_bytes(&self.id, bytes.clone()));
        self.statements.insert(number, bytes);
    }

    /// Drops a statement that waits; gives it back.
    fn drop_statement(&mut self, hash: &Hash, writes: &mut Vec<Write>) -> Option<VerifiedStatement> {
        let id = self.id;
        let mut dropped = None;
        self.statements.retain(|number, bytes| {
            let verified = VerifiedStatement::verify(&id, bytes);
            let gone = verified.as_ref().map_or(true, |verified| verified.hash() == *hash);
            if gone {
                writes.push(Slot::Statement(*number).delete(&id));
                dropped = verified.ok().or(dropped.take());
            }
            !gone
        });
        dropped
    }

    /// Whether everything is read and nothing waits: what is here is exactly what the log says.
    pub(crate) fn is_idle(&self) -> bool {
        let waits = self.outbox.waiting() > 0
            || !self.statements.is_empty()
            || !self.parked.is_empty()
            || self.lacks_key().is_some();
        self.is_current() && !waits && !self.kept.has_strays() && self.problem.is_none()
    }

    /// Whether the log has grown enough for this device to make a Snapshot.
    fn wants_snapshot(&self) -> bool {
        let Some(roster) = &self.replayed else { return false };
        let own = self.keys.id();
        let Ok((_, member)) = roster.active(&own) else { return false };
        if !member.role.writes() {
            return false;
        }
        if self.snapshots.asked_for {
            return true;
        }
        // The only device that could endorse leaves the making to others.
        let organizers = roster.devices().filter(|(device, _)| {
            roster.active(device).is_ok_and(|(_, member)| member.role == Role::Organizer)
        });
        let only_judge = member.role == Role::Organizer && organizers.count() == 1;
        let alone = roster.members().count() == 1;
        let grown = self.kept.bytes_since(self.snapshots.newest_position()) >= AFTER_BYTES;
        let lacks = self.snapshots.needed || self.snapshots.are_of_before(self.progress.cursor.generation);
        (grown || lacks) && (alone || !only_judge)
    }

    /// A Snapshot that this device should look at.
    fn to_judge(&self) -> Option<Hash> {
        let roster = self.replayed.as_ref()?;
        let own = self.keys.id();
        let open = self.snapshots.offers.iter().filter(|(_, offer)| {
            let settled = offer.endorsed.is_some() || offer.objected || offer.judged;
            !settled && may_endorse(roster, &own, &offer.maker)
        });
        open.max_by_key(|(_, offer)| offer.position).map(|(manifest, _)| *manifest)
    }
}
