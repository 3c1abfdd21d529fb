//! What connections ask the log to do, and what comes of it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use porchlight_wire::entry::{EntryError, EntryHeader, SealedEntry, VerifiedEntry};
use porchlight_wire::frame::{
    About, AcceptedEntry, Changed, Code, Credential, KeyBox, LobbyAnswer, PartKept, PutKeys, PutPart,
    Records, Refilled, Refused, SealedKey, ServerFrame, Stated,
};
use porchlight_wire::record::{Record, SignedHead};
use porchlight_wire::roster::{Roster, SignedChange};
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, limits};
use thiserror::Error;

use super::refill::CheckedRefill;
use super::side::SideOrder;
use super::snapshot::CheckedStatement;

/// One connection, for as long as the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Something that changes a log.
#[derive(Debug)]
pub enum Order {
    /// Makes a Group.
    Found {
        /// The founding change.
        change: CheckedChange,
        /// The secret of a token.
        token: Option<Vec<u8>>,
        /// Sealing keys that the change names.
        keys: Vec<Vec<u8>>,
    },
    /// Appends Entries of one Group.
    Append {
        /// The Group.
        group: GroupId,
        /// In order.
        entries: Vec<CheckedEntry>,
    },
    /// Appends a RosterChange.
    Change {
        /// Who delivers it.
        by: Credential,
        /// The change.
        change: CheckedChange,
        /// Sealing keys that the change names.
        keys: Vec<Vec<u8>>,
        /// Key boxes that belong to it.
        boxes: Vec<SealedKey>,
    },
    /// Keeps a key box.
    PutBox(KeyBox),
    /// Keeps sealing keys.
    PutKeys(PutKeys),
    /// Asks for, or changes, what is kept beside the log.
    Side(Box<SideOrder>),
    /// Keeps a piece of a Part.
    PutPart {
        /// Who brings it.
        by: DeviceId,
        /// The piece.
        put: PutPart,
    },
    /// Appends a statement.
    State(CheckedStatement),
    /// Gives back what was lost.
    Refill {
        /// Who brings it.
        by: DeviceId,
        /// What was lost.
        refill: Box<CheckedRefill>,
    },
}

impl Order {
    /// What to name when the whole order is refused.
    pub(super) fn abouts(&self) -> Vec<About> {
        match self {
            Self::Found { change, .. } => vec![About::Group(change.group)],
            Self::Change { change, .. } => vec![About::Change(change.group, change.hash)],
            Self::PutBox(put) => vec![about_box(put)],
            Self::PutKeys(put) => vec![About::Side(put.group)],
            Self::Side(side) => vec![side.about()],
            Self::PutPart { put, .. } => vec![About::Part(put.group, put.part)],
            Self::State(statement) => vec![statement.about()],
            Self::Refill { refill, .. } => vec![refill.about()],
            Self::Append { entries, .. } => {
                let mut abouts: Vec<About> = Vec::new();
                let mut seen: Vec<DeviceId> = Vec::new();
                for entry in entries {
                    if !seen.contains(&entry.device) {
                        seen.push(entry.device);
                        abouts.push(entry.about());
                    }
                }
                abouts
            }
        }
    }

    /// About how many bytes it brings.
    pub fn size(&self) -> usize {
        match self {
            Self::Append { entries, .. } => entries.iter().map(|entry| entry.body.len()).sum(),
            Self::Found { change, keys, .. } => change.bytes.len() + keys.iter().map(Vec::len).sum::<usize>(),
            Self::Change { change, keys, boxes, .. } => {
                let boxes: usize = boxes.iter().map(|one| one.sealed.len()).sum();
                change.bytes.len() + keys.iter().map(Vec::len).sum::<usize>() + boxes
            }
            Self::PutBox(put) => put.key.sealed.len(),
            Self::PutKeys(put) => put.keys.iter().map(|key| key.len()).sum(),
            Self::Side(side) => side.size(),
            Self::PutPart { put, .. } => put.bytes.len(),
            Self::State(statement) => statement.body.len(),
            Self::Refill { refill, .. } => refill.size(),
        }
    }
}

/// An Entry whose size, form and signature were checked; only [`CheckedEntry::check`] makes one.
#[derive(Debug)]
pub struct CheckedEntry {
    pub(super) group: GroupId,
    pub(super) device: DeviceId,
    pub(super) sequence: Sequence,
    pub(super) previous: Hash,
    pub(super) epoch: Epoch,
    pub(super) id: Hash,
    pub(super) body: Vec<u8>,
}

impl CheckedEntry {
    /// Checks the exact bytes of an Entry of `group`; slow enough to be done outside the writer.
    pub fn check(group: &GroupId, body: Vec<u8>) -> Result<Self, BadEntry> {
        let entry =
            VerifiedEntry::verify(group, &body).map_err(|error| BadEntry::new(group, &body, error))?;
        let header = entry.header();
        Ok(Self {
            group: *group,
            device: entry.device(),
            sequence: header.sequence,
            previous: header.previous,
            epoch: header.epoch,
            id: entry.id(),
            body,
        })
    }

    /// The author.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// How a refusal names it.
    pub(super) fn about(&self) -> About {
        About::Entry(self.group, self.device, self.sequence)
    }
}

/// A RosterChange that can be read and named. The Roster checks signatures and rules when its turn comes.
#[derive(Debug)]
pub struct CheckedChange {
    pub(super) group: GroupId,
    pub(super) previous: Hash,
    pub(super) hash: Hash,
    pub(super) bytes: Vec<u8>,
}

impl CheckedChange {
    /// Reads a change of `group` that follows `previous`. None if the bytes are no change.
    pub fn read(group: GroupId, previous: Hash, bytes: Vec<u8>) -> Option<Self> {
        let hash = decode(&bytes)?.hash(&group, &previous);
        Some(Self { group, previous, hash, bytes })
    }

    /// Reads a founding change. None if the bytes are no change.
    pub fn read_founding(bytes: Vec<u8>) -> Option<Self> {
        let group = decode(&bytes)?.founded_group();
        Some(Self { group, previous: Hash::ZERO, hash: Hash::from_bytes(*group.as_bytes()), bytes })
    }

    /// How a refusal names it.
    pub fn about(&self) -> About {
        About::Change(self.group, self.hash)
    }

    /// The Group.
    pub fn group(&self) -> GroupId {
        self.group
    }
}

/// What came of an [`Order`]. What it reports as done is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The RosterChange stands in the log.
    Changed(Changed),
    /// Entries stand in the log, or are refused one by one.
    Appended(Appended),
    /// The key box, or the sealing keys, are kept.
    Kept,
    /// What was asked for beside the log, and what it means for a newcomer in the lobby.
    Side(Box<ServerFrame>, Option<LobbyAnswer>),
    /// So much of a Part is kept.
    PartKept(PartKept),
    /// The statement stands in the log.
    Stated(Stated),
    /// What was lost is in the log again.
    Refilled(Refilled),
    /// Nothing was done.
    Refused(Vec<Refused>),
}

/// What came of an Append.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// The Group.
    pub group: GroupId,
    /// Which history.
    pub generation: Generation,
    /// Those that stand in the log, now or already before.
    pub accepted: Vec<AcceptedEntry>,
    /// The others; for each device the first.
    pub refused: Vec<Refused>,
    /// The first and the last new Position.
    pub new: Option<(Position, Position)>,
    /// The end of the log after the last new one, if nobody else appended in the same commit: then the author need not
    /// be sent them.
    pub alone: Option<SignedHead>,
}

impl Appended {
    pub(super) fn none(group: GroupId, generation: Generation) -> Self {
        Self { group, generation, accepted: Vec::new(), refused: Vec::new(), new: None, alone: None }
    }
}

/// Records of one Group that became durable together.
#[derive(Debug)]
pub struct Published {
    group: GroupId,
    first: Position,
    head: SignedHead,
    records: Vec<Record>,
    roster: Option<Arc<Roster>>,
    frame: OnceLock<Option<Bytes>>,
    rewritten: bool,
}

impl Published {
    pub(crate) fn new(
        group: GroupId,
        first: Position,
        records: Vec<Record>,
        head: SignedHead,
        roster: Option<Arc<Roster>>,
    ) -> Self {
        Self { group, first, head, records, roster, frame: OnceLock::new(), rewritten: false }
    }

    /// Says that Records which were sent before have other places now: whoever listens must open the Group again.
    pub(crate) fn rewritten(group: GroupId, head: SignedHead, roster: Arc<Roster>) -> Self {
        let first = head.cursor.position.next();
        let nothing = Self::new(group, first, Vec::new(), head, Some(roster));
        Self { rewritten: true, ..nothing }
    }

    /// Whether Records which were sent before have other places now.
    pub fn is_rewritten(&self) -> bool {
        self.rewritten
    }

    /// The Group.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// The first Position.
    pub fn first(&self) -> Position {
        self.first
    }

    /// The last Position, where the log ends.
    pub fn last(&self) -> Position {
        self.head.cursor.position
    }

    /// The new Roster, if it changed.
    pub fn roster(&self) -> Option<&Roster> {
        self.roster.as_deref()
    }

    /// What the Records take.
    pub fn size(&self) -> usize {
        self.records.iter().map(|record| record.body.len()).sum()
    }

    /// The Records frame with the signed head, encoded once for all who listen. None if they are too many for one
    /// frame: then they are read from the log.
    pub fn frame(&self) -> Option<&Bytes> {
        let frame = self.frame.get_or_init(|| {
            let fits = self.size() <= limits::RECORDS_FRAME_TARGET
                && self.records.len() <= limits::MAX_RECORDS_PER_FRAME;
            (fits || self.records.len() == 1).then(|| {
                let records = Records {
                    group: self.group,
                    generation: self.head.cursor.generation,
                    first: self.first,
                    records: self.records.clone(),
                    head: Some(self.head),
                };
                ServerFrame::Records(records).encode().into()
            })
        });
        frame.as_ref()
    }
}

/// Bytes that are no Entry. The sender's fault.
#[derive(Debug, Error)]
#[error("{detail}")]
pub struct BadEntry {
    /// Which Entry they claim to be, if that can be read.
    pub about: Option<About>,
    /// Why, for programs.
    pub code: Code,
    /// Why, for people.
    pub detail: &'static str,
}

impl BadEntry {
    fn new(group: &GroupId, body: &[u8], error: EntryError) -> Self {
        let entry: Option<SealedEntry> = minicbor::decode(body).ok();
        let about = entry.and_then(|entry| {
            let header: EntryHeader = minicbor::decode(&entry.header).ok()?;
            Some(About::Entry(*group, entry.device, header.sequence))
        });
        let (code, detail) = match error {
            EntryError::TooLarge(_) => (Code::TOO_LARGE, "the entry is too large"),
            EntryError::Malformed => (Code::MALFORMED, "the entry cannot be read"),
            EntryError::BadSignature => (Code::BAD_SIGNATURE, "the entry's signature does not fit"),
        };
        Self { about, code, detail }
    }
}

/// A refusal with a detail cut to the protocol's bound.
pub(crate) fn refusal(about: About, code: Code, detail: impl Into<String>) -> Refused {
    let mut detail = detail.into();
    while detail.len() > limits::MAX_DETAIL {
        detail.pop();
    }
    Refused { about, code, detail }
}

/// How a refusal names a key box.
pub(crate) fn about_box(put: &KeyBox) -> About {
    About::Box(put.group, put.key.epoch, put.key.recipient)
}

fn decode(bytes: &[u8]) -> Option<SignedChange> {
    if bytes.len() > limits::MAX_ROSTER_CHANGE {
        return None;
    }
    minicbor::decode(bytes).ok()
}
