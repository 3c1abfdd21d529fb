//! One Group's end of the log, and the rules for what may come next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minicbor::bytes::ByteVec;
use porchlight_wire::frame::{AcceptedEntry, Changed, Code, Credential, SealedKey};
use porchlight_wire::record::{Cursor, Record, RecordKind};
use porchlight_wire::roster::{ChangeBody, ChangeKind, Roster, RosterError, box_paths, boxes_root};
use porchlight_wire::{DeviceId, Generation, Hash, InvitationId, Position, Timestamp};
use thiserror::Error;

use super::order::{CheckedChange, CheckedEntry};
use crate::limits;
use crate::rosters::{LoadError, Rosters};
use crate::store::{DeviceHead, GroupRow, KeptBox, NewRecord, ReadStore, RecordIndex, Store, StoreError};

/// The state that decides what may be appended; within a transaction it runs ahead of what is durable.
#[derive(Debug)]
pub(super) struct GroupState {
    pub(super) row: GroupRow,
    saved: GroupRow,
    pub(super) roster: Arc<Roster>,
    pub(super) devices: BTreeMap<DeviceId, DeviceHead>,
    /// Devices whose new head is not in the store yet: it is written once for a whole transaction.
    pub(super) unwritten: BTreeSet<DeviceId>,
}

/// What an accepted change leads to, with the Entries that it lets in behind itself.
pub(super) type Changing = Step<(Changed, Vec<CheckedEntry>), Changed>;

/// What an accepted Entry or change leads to.
#[derive(Debug)]
pub(super) enum Step<T, R = T> {
    /// It is in the log now, as this Record.
    New(T, Record),
    /// It was there already.
    Repeated(R),
}

impl GroupState {
    /// Makes a Group whose log begins with the founding change that made `roster`.
    pub(super) fn found(
        store: &mut impl Store,
        roster: Roster,
        change: CheckedChange,
        now: Timestamp,
    ) -> Result<(Self, Changed, Record), StoreError> {
        let number = store.add_group(&change.group, Generation::new(0))?;
        let row = GroupRow {
            id: change.group,
            number,
            head: Cursor::START,
            generation: Generation::new(0),
            base: Cursor::START,
            time: Timestamp::from_millis(0),
            roster_head: change.hash,
            bytes: 0,
        };
        let mut state = Self::new(row, Arc::new(roster));
        let (changed, record) = state.append_change(store, change, now)?;
        Ok((state, changed, record))
    }

    /// Loads a Group that is in the store.
    pub(super) fn load(store: &impl ReadStore, row: GroupRow, rosters: &Rosters) -> Result<Self, LoadError> {
        let roster = rosters.load(store, &row)?;
        Ok(Self::new(row, roster))
    }

    /// Appends an Entry, or finds it there already.
    pub(super) fn append(
        &mut self,
        store: &mut impl Store,
        entry: CheckedEntry,
        now: Timestamp,
    ) -> Result<Step<AcceptedEntry>, Stop> {
        let head = self.device_head(store, &entry.device)?;
        if let Some(head) = head.filter(|head| entry.sequence <= head.sequence) {
            return repeated(store, &self.row, &head, &entry);
        }
        match self.roster.author(&entry.device, &entry.id) {
            Ok(_) => {}
            Err(RosterError::Removed) => {
                let code = self.hold(store, &entry, now)?;
                return Err(Stop::Refused(
                    code,
                    "its author was removed; an organizer decides about it".into(),
                ));
            }
            Err(error) => return Err(error.into()),
        }
        if !self.roster.may_hold(&entry.device, entry.epoch) {
            return Err(Stop::Refused(
                Code::UNKNOWN_EPOCH,
                "its author never held the key of that epoch".into(),
            ));
        }
        let (sequence, previous) = head.map_or((0, Hash::ZERO), |head| (head.sequence.get(), head.entry));
        if entry.sequence.get() != sequence + 1 {
            let detail = format!("the log has {sequence} entries of this device");
            return Err(Stop::Refused(Code::OUT_OF_SEQUENCE, detail));
        }
        if entry.previous != previous {
            return Err(clone());
        }
        self.check_quota(entry.body.len())?;
        let mut head = match head {
            Some(head) => head,
            None => store.add_device(self.row.number, &entry.device)?,
        };
        head.sequence = entry.sequence;
        head.entry = entry.id;
        let index = RecordIndex::Entry(head.number, entry.sequence);
        let record = self.write(store, RecordKind::ENTRY, entry.body, index, now)?;
        self.devices.insert(entry.device, head);
        self.unwritten.insert(entry.device);
        let accepted = AcceptedEntry {
            device: entry.device,
            sequence: entry.sequence,
            position: self.row.head.position,
            time: record.time,
        };
        Ok(Step::New(accepted, record))
    }

    /// Appends a RosterChange if the Roster is the one it was made for, or finds it there already.
    pub(super) fn change(
        &mut self,
        store: &mut impl Store,
        by: &Credential,
        change: CheckedChange,
        attached: (&[Vec<u8>], &[SealedKey]),
        now: Timestamp,
    ) -> Result<Changing, Stop> {
        if change.previous != self.roster.head() {
            let Some((position, time)) = store.roster_change(self.row.number, &change.hash)? else {
                return Err(RosterError::Stale.into());
            };
            let changed = Changed { group: change.group, hash: change.hash, position, time };
            return Ok(Step::Repeated(changed));
        }
        let now = now.max(self.row.time);
        let verified = self.roster.verify(&change.bytes, now)?;
        check_deliverer(by, verified.body())?;
        let (keys, boxes) = attached;
        let keys = named_keys(&verified.body().kind, keys)?;
        boxes.iter().try_for_each(check_box)?;
        let paths = self.check_boxes(store, &verified.body().kind, boxes, now)?;
        let kind = verified.body().kind.clone();
        let attached = keys.len() * porchlight_wire::limits::SEALING_KEY
            + boxes.len() * porchlight_wire::limits::MAX_KEY_BOX;
        self.check_quota(change.bytes.len() + attached)?;
        // From here on only the store can fail.
        Arc::make_mut(&mut self.roster).apply(verified)?;
        self.put_keys(store, &keys)?;
        for sealed in boxes {
            let path = paths.get(&sealed.recipient).cloned().unwrap_or_default();
            self.write_box(store, sealed, path)?;
        }
        let (changed, record) = self.append_change(store, change, now)?;
        let held = match &kind {
            ChangeKind::AcceptHeld(accept) => self.take_held(store, &accept.entries)?,
            ChangeKind::Admit(admit) => {
                self.leave_lobby(store, &admit.device)?;
                Vec::new()
            }
            _ => Vec::new(),
        };
        Ok(Step::New((changed, held), record))
    }

    /// Keeps sealing keys by their hash.
    pub(super) fn put_keys(
        &mut self,
        store: &mut impl Store,
        keys: &[(Hash, &[u8])],
    ) -> Result<(), StoreError> {
        for (hash, key) in keys {
            self.row.bytes += store.put_sealing_key(self.row.number, hash, key)?;
        }
        Ok(())
    }

    /// Keeps those of some sealing keys that the Roster names; anybody may bring them, since their hashes decide.
    pub(super) fn keep_keys(&mut self, store: &mut impl Store, keys: &[ByteVec]) -> Result<(), Stop> {
        let devices = self.roster.devices().filter(|(_, device)| device.gone.is_none());
        let invitations = self.roster.invitations().filter(|(_, invitation)| !invitation.closed);
        let named: BTreeSet<Hash> = devices
            .map(|(_, device)| device.sealing)
            .chain(invitations.map(|(_, invitation)| invitation.sealing))
            .collect();
        let keys: Vec<(Hash, &[u8])> = keys
            .iter()
            .take(porchlight_wire::limits::MAX_ATTACHMENTS)
            .map(|key| key.as_slice())
            .filter(|key| key.len() == porchlight_wire::limits::SEALING_KEY)
            .map(|key| (key_hash(key), key))
            .filter(|(hash, _)| named.contains(hash))
            .collect();
        self.check_quota(keys.len() * porchlight_wire::limits::SEALING_KEY)?;
        Ok(self.put_keys(store, &keys)?)
    }

    /// Keeps a key box, if there is none that whoever started the epoch has made: that one stays.
    pub(super) fn put_box(&mut self, store: &mut impl Store, sealed: &SealedKey) -> Result<(), Stop> {
        check_box(sealed)?;
        if sealed.epoch > self.roster.epoch() {
            return Err(Stop::Refused(Code::UNKNOWN_EPOCH, "the group has no such epoch yet".into()));
        }
        let known = store.key_box(self.row.number, sealed.epoch, &sealed.recipient)?;
        if known.is_some_and(|known| !known.path.is_empty()) {
            return Ok(());
        }
        self.check_quota(sealed.sealed.len())?;
        Ok(self.write_box(store, sealed, Vec::new())?)
    }

    /// Writes what the transaction changed beside the Records themselves.
    pub(super) fn flush(&mut self, store: &mut impl Store) -> Result<(), StoreError> {
        while let Some(device) = self.unwritten.pop_first() {
            if let Some(head) = self.devices.get(&device) {
                store.put_device_head(head)?;
            }
        }
        if self.row != self.saved {
            store.put_group(&self.row)?;
            self.saved = self.row.clone();
        }
        Ok(())
    }

    pub(super) fn new(row: GroupRow, roster: Arc<Roster>) -> Self {
        Self { saved: row.clone(), row, roster, devices: BTreeMap::new(), unwritten: BTreeSet::new() }
    }

    pub(super) fn device_head(
        &mut self,
        store: &impl Store,
        device: &DeviceId,
    ) -> Result<Option<DeviceHead>, StoreError> {
        if let Some(head) = self.devices.get(device) {
            return Ok(Some(*head));
        }
        let head = store.device_head(self.row.number, device)?;
        if let Some(head) = head {
            self.devices.insert(*device, head);
        }
        Ok(head)
    }

    pub(super) fn append_change(
        &mut self,
        store: &mut impl Store,
        change: CheckedChange,
        now: Timestamp,
    ) -> Result<(Changed, Record), StoreError> {
        let (group, hash) = (change.group, change.hash);
        let index = RecordIndex::RosterChange(hash);
        let record = self.write(store, RecordKind::ROSTER_CHANGE, change.bytes, index, now)?;
        self.row.roster_head = hash;
        Ok((Changed { group, hash, position: self.row.head.position, time: record.time }, record))
    }

    /// Checks the boxes that come along: those of a new epoch must be the ones that it commits to, for whom it may be,
    /// and for all whose keys are here. Gives the path that proves each.
    fn check_boxes(
        &self,
        store: &impl Store,
        kind: &ChangeKind,
        boxes: &[SealedKey],
        now: Timestamp,
    ) -> Result<BTreeMap<Hash, Vec<u8>>, Stop> {
        let broken = |detail: &str| Stop::Refused(Code::RULE_BROKEN, detail.into());
        let Some(epoch) = kind.new_epoch() else {
            if boxes.iter().any(|sealed| sealed.epoch > self.roster.epoch()) {
                return Err(Stop::Refused(Code::UNKNOWN_EPOCH, "the group has no such epoch yet".into()));
            }
            return Ok(BTreeMap::new());
        };
        let next = self.roster.epoch().next();
        if boxes.iter().any(|sealed| sealed.epoch != next) {
            return Err(broken("a key box is for another epoch"));
        }
        let all = || boxes.iter().map(|sealed| (sealed.recipient, sealed.sealed.as_slice()));
        if boxes_root(all()) != epoch.boxes {
            return Err(broken("the key boxes are not those that the change names"));
        }
        let removed = if let ChangeKind::Remove(remove) = kind { Some(remove) } else { None };
        let recipients = self.roster.recipients(removed, now);
        if boxes.iter().any(|sealed| !recipients.contains(&sealed.recipient)) {
            return Err(broken("a key box is for somebody who does not get one"));
        }
        let given: BTreeSet<Hash> = boxes.iter().map(|sealed| sealed.recipient).collect();
        for left_out in recipients.difference(&given) {
            if store.sealing_key(self.row.number, left_out)?.is_some() {
                return Err(broken("a device is left without a key box"));
            }
        }
        let paths = box_paths(all()).into_iter();
        Ok(paths.map(|(of, path)| (of, minicbor::to_vec(path).unwrap_or_default())).collect())
    }

    fn write_box(
        &mut self,
        store: &mut impl Store,
        sealed: &SealedKey,
        path: Vec<u8>,
    ) -> Result<(), StoreError> {
        let kept = KeptBox { sealed: sealed.sealed.to_vec(), path };
        self.row.bytes += store.put_key_box(self.row.number, sealed.epoch, &sealed.recipient, &kept)?;
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        store: &mut impl Store,
        kind: RecordKind,
        body: Vec<u8>,
        index: RecordIndex,
        now: Timestamp,
    ) -> Result<Record, StoreError> {
        let record = Record { time: now.max(self.row.time), kind, body: body.into() };
        self.write_as_it_is(store, self.row.generation, &record, index)?;
        Ok(record)
    }

    /// Appends a Record with a time and a generation that it has already.
    pub(super) fn write_as_it_is(
        &mut self,
        store: &mut impl Store,
        generation: Generation,
        record: &Record,
        index: RecordIndex,
    ) -> Result<(), StoreError> {
        let at = self.row.head.after_in(generation, record);
        if self.row.head.position == self.row.base.position || self.row.head.generation != generation {
            store.put_generation(self.row.number, generation, at.position)?;
        }
        store.append(self.row.number, &NewRecord { at, record, index })?;
        self.row.head = at;
        self.row.time = record.time;
        self.row.bytes += record.body.len() as u64;
        Ok(())
    }

    pub(super) fn check_quota(&self, more: usize) -> Result<(), Stop> {
        if self.row.bytes + more as u64 > limits::GROUP_BYTES {
            return Err(Stop::Refused(Code::QUOTA, "the group has used up its room on this server".into()));
        }
        Ok(())
    }
}

fn repeated(
    store: &impl Store,
    row: &GroupRow,
    head: &DeviceHead,
    entry: &CheckedEntry,
) -> Result<Step<AcceptedEntry>, Stop> {
    let Some((position, record)) = store.entry(head.number, entry.sequence)? else {
        // Dropped, and in a Snapshot: whoever sends it again has not heard of that yet.
        let (position, time) = (row.base.position, row.time);
        let accepted = AcceptedEntry { device: entry.device, sequence: entry.sequence, position, time };
        return if row.base.position > Position::new(0) {
            Ok(Step::Repeated(accepted))
        } else {
            Err(StoreError::Damaged("an entry is missing").into())
        };
    };
    // The Record's bytes decide: an Entry's signature covers them, so the same id means the same bytes but for the
    // signature itself, which strict verification makes unique for one signing.
    let known = CheckedEntry::check(&entry.group, record.body.into())
        .map_err(|_| StoreError::Damaged("an entry cannot be read"))?;
    if known.id != entry.id {
        return Err(clone());
    }
    let accepted =
        AcceptedEntry { device: entry.device, sequence: entry.sequence, position, time: record.time };
    Ok(Step::Repeated(accepted))
}

fn clone() -> Stop {
    Stop::Refused(Code::CLONE, "another phone has written with this device's key".into())
}

/// A device of the Group may deliver any change; who holds an invitation only the Join through it.
fn check_deliverer(by: &Credential, body: &ChangeBody) -> Result<(), Stop> {
    let allowed = match (by, &body.kind) {
        (Credential::Device(_), _) => true,
        (Credential::Invitation(key), ChangeKind::Join(join)) => join.invitation == InvitationId::of_key(key),
        (Credential::Invitation(_), _) => false,
    };
    if allowed {
        return Ok(());
    }
    Err(Stop::Refused(Code::NOT_ALLOWED, "an invitation allows to join through it and nothing else".into()))
}

/// Pairs keys with their hashes, and refuses those that the change does not name.
pub(super) fn named_keys<'a>(kind: &ChangeKind, keys: &'a [Vec<u8>]) -> Result<Vec<(Hash, &'a [u8])>, Stop> {
    let named = match kind {
        ChangeKind::Found(found) => Some(found.sealing),
        ChangeKind::Invite(invite) => Some(invite.sealing),
        ChangeKind::Join(join) => Some(join.sealing),
        ChangeKind::Admit(admit) => Some(admit.sealing),
        ChangeKind::AddDevice(add) => Some(add.sealing),
        ChangeKind::CloseInvite(_)
        | ChangeKind::Remove(_)
        | ChangeKind::Leave(_)
        | ChangeKind::SetRole(_)
        | ChangeKind::Rotate(_)
        | ChangeKind::AcceptHeld(_)
        | ChangeKind::MoveTo(_)
        | ChangeKind::Close(_)
        | ChangeKind::Allow(_) => None,
        // A later version knows what it names.
        ChangeKind::Unknown(_) => {
            return Ok(keys.iter().map(|key| (key_hash(key), key.as_slice())).collect());
        }
    };
    let mut pairs = Vec::new();
    for key in keys {
        let hash = key_hash(key);
        if key.len() != porchlight_wire::limits::SEALING_KEY || named != Some(hash) {
            return Err(Stop::Refused(
                Code::RULE_BROKEN,
                "a sealing key is not the one that the change names".into(),
            ));
        }
        pairs.push((hash, key.as_slice()));
    }
    Ok(pairs)
}

fn check_box(sealed: &SealedKey) -> Result<(), Stop> {
    if sealed.sealed.len() > porchlight_wire::limits::MAX_KEY_BOX {
        return Err(Stop::Refused(Code::TOO_LARGE, "the key box is too large".into()));
    }
    Ok(())
}

/// The hash by which the Roster names a sealing key.
pub(super) fn key_hash(key: &[u8]) -> Hash {
    Hash::of("porchlight/sealing-key/1", &[key])
}

/// Why an order goes no further.
#[derive(Debug, Error)]
pub(super) enum Stop {
    /// The peer's fault, or a rule; the transaction goes on without it.
    #[error("{1}")]
    Refused(Code, String),
    /// The store's fault; the whole transaction is undone.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl From<RosterError> for Stop {
    fn from(error: RosterError) -> Self {
        Self::Refused(error.code(), error.to_string())
    }
}

impl From<LoadError> for Stop {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Failed(error),
            LoadError::Roster(_) => Self::Failed(StoreError::Damaged("roster")),
        }
    }
}
