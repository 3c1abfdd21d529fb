//! One Group on a device: its keys, Roster, Documents and Outbox, and how they are loaded.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteArray;
use porchlight_documents::ledger::Ledger;
use porchlight_documents::{DocumentName, Kind};
use porchlight_wire::frame::{Code, TimedChange};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::{Departure, Roster, RosterError};
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, Timestamp};
use thiserror::Error;

use crate::epochs::Seeking;
use crate::forgetting::{LateEdit, Unseen, Wish};
use crate::held::HeldView;
use crate::inbox::{Caution, Trail};
use crate::io::Write;
use crate::kept::{Chunk, KeptLog};
use crate::keys::{DeviceKeys, EpochKey, InvitationSecret, Secret};
use crate::lobby::WaitingView;
use crate::outbox::Outbox;
use crate::presence::Doing;
use crate::refill::Mending;
use crate::rotation::Rotation;
use crate::shelf::Shelf;
use crate::snapshot::Snapshots;
use crate::storage::{
    Phase, Slot, StoredAside, StoredAuthor, StoredFork, StoredGroup, StoredMeeting, StoredParked,
    StoredPlace, StoredProgress,
};

/// Everything a device knows of one Group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    pub(crate) stored: StoredGroup,
    pub(crate) keys: DeviceKeys,
    /// The newest Roster that this device has verified.
    pub(crate) roster: Option<Roster>,
    /// The Roster at the Cursor, by which Records are judged; behind the newest while a newcomer reads the log.
    pub(crate) replayed: Option<Roster>,
    pub(crate) epochs: BTreeMap<Epoch, EpochKey>,
    /// Who waits in the lobby, and what is held, when the server was last asked; never stored.
    pub(crate) lobby: Vec<WaitingView>,
    pub(crate) held: Vec<HeldView>,
    pub(crate) rotation: Rotation,
    pub(crate) seeking: Seeking,
    /// Entries that wait for a key, by Position.
    pub(crate) parked: BTreeMap<Position, StoredParked>,
    pub(crate) progress: StoredProgress,
    pub(crate) authors: BTreeMap<DeviceId, StoredAuthor>,
    pub(crate) shelf: Shelf,
    /// Where the Claims that count stand in the log.
    pub(crate) ledger: Ledger,
    pub(crate) outbox: Outbox,
    /// The hashes of all RosterChanges that were read.
    pub(crate) changes: BTreeSet<Hash>,
    pub(crate) trail: Trail,
    /// Records that were set aside, by Position.
    pub(crate) aside: BTreeMap<Position, StoredAside>,
    /// Who saw another history.
    pub(crate) forks: BTreeMap<Position, StoredFork>,
    /// How far those had read whom this phone met, where that is further than here.
    pub(crate) met: BTreeMap<(Generation, Position), StoredMeeting>,
    pub(crate) caution: Caution,
    /// Who is doing what, as last heard; never stored.
    pub(crate) present: BTreeMap<DeviceId, (Doing, Timestamp)>,
    /// The Roster that shows how this device went, and its changes, while it asks to come in anew.
    pub(crate) parted: Option<(Roster, Vec<TimedChange>)>,
    /// The RosterChanges as they are stored, oldest first.
    pub(crate) roster_log: Vec<TimedChange>,
    pub(crate) kept: KeptLog,
    pub(crate) mending: Mending,
    pub(crate) snapshots: Snapshots,
    /// Statements that wait to be appended.
    pub(crate) statements: BTreeMap<u64, Vec<u8>>,
    /// Those before this number went out on the connection that stands.
    pub(crate) statements_sent: u64,
    /// What is to be forgotten, until the log says that it is.
    pub(crate) wishes: BTreeMap<u64, Wish>,
    pub(crate) late_edits: BTreeMap<u64, LateEdit>,
    /// Forgotten Documents of which something is to be carried on; within one call only.
    pub(crate) unseen: Vec<Unseen>,
    /// Whether this device has asked which Snapshots there are, to start from one.
    pub(crate) awaits_snapshot: bool,
    /// Whether the server said that this device was removed, and was asked for the Roster that shows it.
    pub(crate) removal_claimed: bool,
    /// Whether everything from the Join to the wish for a Snapshot went out in one breath, and its answers are to come.
    pub(crate) entering: bool,
    /// The server said that the invitation was turned off: whoever is not in then cannot be let in by it any more.
    pub(crate) turned_off: bool,
    /// Whether it reads the log from the first Record, since there is no Snapshot to start from.
    pub(crate) from_the_start: bool,
    pub(crate) standing: Standing,
    pub(crate) problem: Option<Problem>,
    /// The founding change's bytes, as long as the server has not confirmed it.
    pub(crate) founding: Option<Vec<u8>>,
    /// When the last Entry was sealed, and when the Changes that wait are due.
    pub(crate) sealed_at: Option<Timestamp>,
    /// How long Changes are gathered at the moment, in milliseconds.
    pub(crate) gather: u64,
    pub(crate) due: Option<Timestamp>,
}

/// Where a Group stands on the connection to its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing was asked on this connection yet.
    Away,
    /// Asked to be let in, with the invitation.
    Knocking,
    /// The Join went out.
    Asking,
    /// Open went out as a device of the Group.
    Opening,
    /// Let in; the log ends here at least.
    Open { end: Position },
}

/// Something that keeps a Group from syncing and that a person should know. Nothing is ever deleted because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The server does not know the Group: it may be new, emptied, or an old backup.
    ServerLacksGroup,
    /// The server to which the Group was moved, or that lost it, did not take it: it takes no new ones, or wants another
    /// token. An organizer gives one with [`crate::Device::move_to`].
    NotTaken(Code),
    /// The server's log is not a continuation of what this device has read.
    OtherHistory,
    /// Another server answers at the Group's address.
    OtherServer,
    /// The server speaks no version that this app knows.
    UnsupportedVersion,
    /// The server says that this device is not of the Group.
    NotAMember,
    /// The server did not let the Group be founded.
    FoundingRefused(Code),
    /// Another device writes with this device's key: a copied phone or a restored backup.
    Clone,
    /// The server refused what this device wants to send; it is kept.
    EntryRefused(Code),
    /// The server cannot store anything at the moment; it is kept and sent later.
    ServerBusy(Code),
    /// The key box does not hold the key that the Group agreed on: a bad epoch. What is written here is kept, until an
    /// organizer changes the key again.
    BadKeyBox,
    /// The Group's newest key has not come yet. What is written here is kept until it has.
    NoKeyYet,
    /// This device was taken out of the Group, or has left it; see [`crate::GroupStatus::departure`].
    Removed,
    /// The server has dropped old Records, and no Snapshot that can be used stands for them.
    NoSnapshot,
}

impl Problem {
    /// Whether it may be over without a word from the server: others give back what it lacks, or make the Snapshot.
    pub(crate) fn may_end_unsaid(self) -> bool {
        use Problem::{NoSnapshot, NotTaken, OtherHistory, ServerLacksGroup};
        matches!(self, OtherHistory | ServerLacksGroup | NotTaken(_) | NoSnapshot)
    }

    /// What it means that a server without the Group refuses to take it.
    pub(crate) fn of_refill(code: Code) -> Self {
        let wants_token = matches!(code, Code::BAD_TOKEN | Code::GROUPS_CLOSED | Code::QUOTA);
        if wants_token { Self::NotTaken(code) } else { Self::ServerLacksGroup }
    }
}

/// How long Changes are gathered before the next Entry, at most.
pub(crate) const GATHER_MILLIS: u64 = 1000;

/// How many round trips to the server that is. An Entry costs some hundred bytes beyond its content: worth a wait of a
/// second on a bad network, but where the server answers in a few milliseconds the wait would be all that is felt.
const GATHER_TRIPS: u64 = 4;

impl Group {
    /// A Group that is about to be founded or joined.
    pub(crate) fn new(id: GroupId, stored: StoredGroup, keys: DeviceKeys) -> Self {
        let progress = StoredProgress {
            cursor: Cursor::START,
            time: Timestamp::default(),
            skipped: 0,
            last_sent: None,
            pinned: None,
            replayed: None,
            put_back: 0,
            lost: None,
            heard: None,
        };
        Self {
            id,
            stored,
            keys,
            roster: None,
            replayed: None,
            epochs: BTreeMap::new(),
            lobby: Vec::new(),
            held: Vec::new(),
            rotation: Rotation::default(),
            seeking: Seeking::default(),
            parked: BTreeMap::new(),
            progress,
            authors: BTreeMap::new(),
            shelf: Shelf::default(),
            ledger: Ledger::new(),
            outbox: Outbox::default(),
            changes: BTreeSet::new(),
            trail: Trail::default(),
            aside: BTreeMap::new(),
            forks: BTreeMap::new(),
            met: BTreeMap::new(),
            caution: Caution::default(),
            present: BTreeMap::new(),
            roster_log: Vec::new(),
            kept: KeptLog::default(),
            mending: Mending::default(),
            snapshots: Snapshots::default(),
            statements: BTreeMap::new(),
            statements_sent: 0,
            wishes: BTreeMap::new(),
            late_edits: BTreeMap::new(),
            unseen: Vec::new(),
            awaits_snapshot: false,
            removal_claimed: false,
            entering: false,
            turned_off: false,
            from_the_start: false,
            standing: Standing::Away,
            problem: None,
            parted: None,
            founding: None,
            sealed_at: None,
            gather: GATHER_MILLIS,
            due: None,
        }
    }

    /// The newest epoch's key, if it is here; for a device that is not in the Group any more, the last one it had.
    pub(crate) fn newest_key(&self) -> Option<(Epoch, &EpochKey)> {
        let roster = self.roster.as_ref()?;
        let epoch = self.departure().map_or_else(|| roster.epoch(), |gone| gone.epoch);
        self.epochs.get(&epoch).map(|key| (epoch, key))
    }

    /// Whether the key of an epoch is still to come: with the newest one come all that ever will.
    pub(crate) fn awaits_key(&self, epoch: Epoch) -> bool {
        !self.epochs.contains_key(&epoch) && self.newest_key().is_none_or(|(newest, _)| epoch > newest)
    }

    /// How this device went, if it is not in the Group any more.
    pub(crate) fn departure(&self) -> Option<Departure> {
        self.roster.as_ref()?.device(&self.keys.id())?.gone
    }

    /// Whether the Group's key is here and the device is in the Roster.
    pub(crate) fn is_in(&self) -> bool {
        !matches!(self.stored.phase, Phase::Joining(_))
    }

    /// Whether this device may write, as far as it knows; a newcomer who is still reading the Roster may.
    pub(crate) fn may_write(&self) -> Result<(), RosterError> {
        let Some(roster) = &self.roster else { return Ok(()) };
        match roster.writer(&self.keys.id()) {
            Err(RosterError::NotActive) if self.progress.pinned.is_some() => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// The invitation through which this device is joining.
    pub(crate) fn invitation(&self) -> Option<InvitationSecret> {
        match &self.stored.phase {
            Phase::Joining(invitation) if !invitation.recovery => {
                Secret::from_slice(invitation.secret.as_slice()).map(InvitationSecret)
            }
            _ => None,
        }
    }

    /// The last Entry of this device: sealed and waiting, or in the log.
    pub(crate) fn own_last(&self) -> (Sequence, Hash) {
        let in_log = self.authors.get(&self.keys.id()).map(|author| (author.sequence, author.id));
        let nothing = (Sequence::new(0), Hash::ZERO);
        self.outbox.last_sealed().or(in_log).unwrap_or(nothing)
    }

    /// Nothing that was said counts: it was lost with the connection, or the Open before it was refused and all that
    /// followed with it. It is said again once the Group is open.
    pub(crate) fn forget_said(&mut self) {
        self.outbox.forget_sent();
        self.rotation.forget_asked();
        self.seeking.forget_asked();
        self.statements_sent = 0;
    }

    /// Whether the device has read everything the server had when it let it in.
    pub(crate) fn is_current(&self) -> bool {
        match self.standing {
            Standing::Open { end } => self.progress.cursor.position >= end,
            _ => false,
        }
    }

    /// A write of the Group's own record.
    pub(crate) fn put_self(&self) -> Write {
        Slot::Group.put(&self.id, &self.stored)
    }

    /// A write of how far the device has read.
    pub(crate) fn put_progress(&self) -> Write {
        Slot::Progress.put(&self.id, &self.progress)
    }

    /// Notes that Changes wait, and when they are due: at once if the last Entry is long enough ago, else after the
    /// usual gathering.
    pub(crate) fn note_edit(&mut self, now: Timestamp) {
        let after_last = self.sealed_at.map_or(now, |last| last.plus_millis(self.gather));
        if self.due.is_none() {
            self.due = Some(after_last.max(now));
        }
    }

    /// Notes that an Entry was accepted: how long that took says how long it is worth gathering.
    pub(crate) fn note_trip(&mut self, now: Timestamp) {
        let Some(sealed) = self.sealed_at else { return };
        self.gather = now.since(sealed).saturating_mul(GATHER_TRIPS).min(GATHER_MILLIS);
        self.due = self.due.map(|due| due.min(sealed.plus_millis(self.gather)).max(now));
    }
}

/// What was stored of one Group, as it comes out of the store in any order.
#[derive(Debug, Default)]
pub(crate) struct StoredParts {
    group: Option<StoredGroup>,
    roster: BTreeMap<u64, TimedChange>,
    progress: Option<StoredProgress>,
    authors: BTreeMap<DeviceId, StoredAuthor>,
    epochs: BTreeMap<Epoch, EpochKey>,
    entries: BTreeMap<u64, crate::storage::StoredEntry>,
    shelf: Shelf,
    ledger: Ledger,
    outbox: Outbox,
    trail: Trail,
    aside: BTreeMap<Position, StoredAside>,
    forks: BTreeMap<Position, StoredFork>,
    met: BTreeMap<(Generation, Position), StoredMeeting>,
    caution: Caution,
    kept: BTreeMap<u64, Chunk>,
    log: KeptLog,
    snapshots: Snapshots,
    statements: BTreeMap<u64, Vec<u8>>,
    wishes: BTreeMap<u64, Wish>,
    late_edits: BTreeMap<u64, LateEdit>,
    parked: BTreeMap<Position, StoredParked>,
    rotation: Rotation,
}

impl StoredParts {
    /// Takes one value.
    pub(crate) fn take(&mut self, slot: Slot, value: Vec<u8>) -> Result<(), GroupError> {
        match slot {
            Slot::Group => self.group = Some(decode(&value)?),
            Slot::Roster(number) => {
                self.roster.insert(number, decode(&value)?);
            }
            Slot::Progress => self.progress = Some(decode(&value)?),
            Slot::Author(device) => {
                let device = DeviceId::from_hex(&device).ok_or(GroupError::Damaged)?;
                self.authors.insert(device, decode(&value)?);
            }
            Slot::Epoch(number) => {
                let epoch = Epoch::new(u32::try_from(number).map_err(|_| GroupError::Damaged)?);
                let key = Secret::from_slice(&value).ok_or(GroupError::Damaged)?;
                self.epochs.insert(epoch, EpochKey(key));
            }
            Slot::Base { kind, key } => self.shelf.put_base(&kind, key, value),
            Slot::View { kind, key } => self.shelf.put_view(&kind, key, value),
            Slot::Change { number, kind, key } => self.shelf.put_change(number, &kind, key, value),
            Slot::Edit(number) => self.outbox.restore_edit(number, decode(&value)?),
            Slot::Entry(number) => {
                self.entries.insert(number, decode(&value)?);
            }
            Slot::Request(number) => self.outbox.restore_request(number, decode(&value)?),
            Slot::Claim { change, kind, key } => {
                let place: StoredPlace = decode(&value)?;
                // One of a Kind that a later version knows stays in the store for it.
                if let Some(kind) = Kind::from_word(&kind) {
                    self.ledger.insert(&DocumentName { kind, key }, change, place.into());
                }
            }
            Slot::Chain { generation, position } => self.trail.restore(generation, position, decode(&value)?),
            Slot::Aside(position) => {
                self.aside.insert(Position::new(position), decode(&value)?);
            }
            Slot::Fork(position) => {
                self.forks.insert(Position::new(position), decode(&value)?);
            }
            Slot::Carried(number) => self.outbox.restore_carried(number, decode(&value)?),
            Slot::Apart { number, kind, key } => {
                let kind = Kind::from_word(&kind).ok_or(GroupError::Damaged)?;
                let name = DocumentName { kind, key };
                self.shelf.put_apart(number, name, value).ok_or(GroupError::Damaged)?;
            }
            Slot::Met { generation, position } => {
                let at = (Generation::new(generation), Position::new(position));
                self.met.insert(at, decode(&value)?);
            }
            Slot::Mark => self.caution.restore(decode(&value)?),
            Slot::Kept(position) => {
                self.kept.insert(position, decode(&value)?);
            }
            Slot::Stray(number) => self.log.restore_stray(number, decode(&value)?),
            Slot::Statement(number) => {
                self.statements.insert(number, value);
            }
            Slot::Wish(number) => {
                self.wishes.insert(number, decode(&value)?);
            }
            Slot::Late(position) => {
                self.late_edits.insert(position, decode(&value)?);
            }
            Slot::Parked(position) => {
                self.parked.insert(Position::new(position), decode(&value)?);
            }
            Slot::Pending(commitment) => {
                let commitment = Hash::from_hex(&commitment).ok_or(GroupError::Damaged)?;
                let key = Secret::from_slice(&value).ok_or(GroupError::Damaged)?;
                self.rotation.pending.insert(commitment, EpochKey(key));
            }
            Slot::Sealing(hash) => {
                let hash = Hash::from_hex(&hash).ok_or(GroupError::Damaged)?;
                self.rotation.known.insert(hash, value);
            }
            slot => self.snapshots.restore(slot, value)?,
        }
        Ok(())
    }

    /// Puts the Group together, verifying its Roster anew.
    pub(crate) fn build(self, id: GroupId) -> Result<Group, GroupError> {
        let stored = self.group.ok_or(GroupError::Incomplete)?;
        let secret = |bytes: &ByteArray<32>| Secret::from_slice(bytes.as_slice()).ok_or(GroupError::Damaged);
        let keys = DeviceKeys::from_secrets(secret(&stored.signing)?, secret(&stored.sealing)?);
        let mut group = Group::new(id, stored, keys);
        if !self.roster.is_empty() {
            let changes = self.roster.values().map(|change| (change.change.as_slice(), change.time));
            let (roster, hashes) = Roster::verify_all(changes)?;
            group.changes = hashes.into_iter().collect();
            if roster.group() != id {
                return Err(GroupError::Damaged);
            }
            let read = self.progress.as_ref().and_then(|progress| progress.replayed);
            let read = read.and_then(|read| usize::try_from(read).ok()).unwrap_or(usize::MAX);
            group.replayed = match read {
                0 => None,
                _ if read >= roster.length() => Some(roster.clone()),
                _ => {
                    let changes = self.roster.values().take(read);
                    let changes = changes.map(|change| (change.change.as_slice(), change.time));
                    Some(Roster::verify_all(changes)?.0)
                }
            };
            group.roster_log = self.roster.values().cloned().collect();
            group.roster = Some(roster);
            group.founding = self.roster.values().next().map(|change| change.change.to_vec());
        }
        if let Some(progress) = self.progress {
            group.progress = progress;
        }
        group.authors = self.authors;
        group.epochs = self.epochs;
        group.shelf = self.shelf;
        group.ledger = self.ledger;
        group.outbox = self.outbox;
        group.trail = self.trail;
        group.aside = self.aside;
        group.forks = self.forks;
        group.met = self.met;
        group.caution = self.caution;
        group.kept = self.log;
        self.kept.into_values().for_each(|chunk| group.kept.restore(chunk));
        group.snapshots = self.snapshots;
        group.statements = self.statements;
        group.wishes = self.wishes;
        group.late_edits = self.late_edits;
        group.parked = self.parked;
        group.rotation = self.rotation;
        if group.departure().is_some() {
            group.problem = Some(Problem::Removed);
        }
        if group.stored.before.is_some() {
            group.parted = group.roster.clone().map(|roster| (roster, group.roster_log.clone()));
        }
        self.entries.into_values().for_each(|entry| group.outbox.restore_entry(entry));
        Ok(group)
    }
}

pub(crate) fn decode<'b, T: minicbor::Decode<'b, ()>>(value: &'b [u8]) -> Result<T, GroupError> {
    minicbor::decode(value).map_err(|_| GroupError::Damaged)
}

/// Why a stored Group cannot be loaded. Keep the store as it is; a later version or a person may mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GroupError {
    /// A value is not of the form this version writes.
    #[error("a stored value is damaged")]
    Damaged,
    /// There are values of a Group, but not the one that describes it.
    #[error("the group's own record is missing")]
    Incomplete,
    /// The stored Roster does not verify.
    #[error("the stored roster is damaged: {0}")]
    Roster(#[from] RosterError),
}

#[cfg(test)]
mod tests {
    use porchlight_wire::ServerKey;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::membership::stored_group;

    fn group() -> Group {
        let keys = DeviceKeys::draw(&mut ChaCha20Rng::from_seed([1; 32]));
        let (url, server) = ("http://127.0.0.1".to_owned(), ServerKey::from_bytes([0; 32]));
        let (name, member) = ("Maple Street".to_owned(), "Rosa".to_owned());
        let stored = stored_group(url, server, name, member, &keys, Phase::Active);
        Group::new(GroupId::from_bytes([0; 32]), stored, keys)
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// Seals at 0, is answered after `trip`, and edits right then; says when the edit is due.
    fn due_after(trip: u64) -> Option<Timestamp> {
        let mut group = group();
        group.sealed_at = Some(at(0));
        group.note_trip(at(trip));
        group.note_edit(at(trip));
        group.due
    }

    #[test]
    fn the_first_edit_is_due_at_once() {
        let mut group = group();
        group.note_edit(at(5000));
        assert_eq!(group.due, Some(at(5000)));
    }

    #[test]
    fn edits_are_gathered_for_four_round_trips_and_at_most_a_second() {
        assert_eq!(due_after(3), Some(at(12)));
        assert_eq!(due_after(80), Some(at(320)));
        assert_eq!(due_after(900), Some(at(1000)));
        assert_eq!(due_after(60_000), Some(at(60_000)));
    }

    #[test]
    fn edits_that_wait_for_a_slow_server_are_due_earlier_once_it_turns_out_quick() {
        let mut group = group();
        group.sealed_at = Some(at(0));
        group.note_edit(at(2));
        assert_eq!(group.due, Some(at(1000)));
        group.note_trip(at(5));
        assert_eq!(group.due, Some(at(20)));
    }
}
