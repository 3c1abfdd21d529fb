//! What a device keeps, as keys and values: the only place that knows their form.
//!
//! ```text
//! format                              "1"
//! recovery                            StoredRecovery: what a phone keeps of recovery words
//! z/<zone>                            the rules of a time zone (RFC 9636)
//! g/<group>/group                     StoredGroup
//! g/<group>/roster/<number>           TimedChange
//! g/<group>/progress                  StoredProgress
//! g/<group>/author/<device>           StoredAuthor
//! g/<group>/epoch/<number>            the EpochKey (32 bytes)
//! g/<group>/base/<kind>/<key>         a saved Document
//! g/<group>/change/<number>/<kind>/<key>  a raw Change made or received since
//! g/<group>/view/<kind>/<key>         StoredView: what was shown of a Document when last open
//! g/<group>/edit/<number>             StoredEdit: waits to be sealed
//! g/<group>/entry/<sequence>          StoredEntry: sealed, waits to be accepted
//! g/<group>/request/<number>          StoredRequest: a RosterChange that waits to be appended
//! g/<group>/claim/<change>/<kind>/<key>   StoredPlace: where a Claim stands in the log
//! g/<group>/chain/<generation>/<position> StoredChain: the chain up to there, kept for 30 days
//! g/<group>/aside/<position>          StoredAside: a Record that was set aside
//! g/<group>/fork/<position>           StoredFork: somebody saw another history
//! g/<group>/carried/<number>          StoredCarried: an Entry of somebody else that came by hand
//! g/<group>/apart/<number>/<kind>/<key>   a raw Change that is shown and that the log does not hold yet
//! g/<group>/met/<generation>/<position>   StoredMeeting: how far somebody had read whom this phone met
//! g/<group>/kept/<position>           Chunk: raw Records from there on
//! g/<group>/stray/<number>            Chunk: Records that the server's log does not have any more
//! g/<group>/statement/<number>        a SignedStatement that waits to be appended
//! g/<group>/offer/<manifest>          StoredOffer: what was stated about a Snapshot
//! g/<group>/index                     StoredIndex: the Snapshot whose Parts hold this device's own Documents
//! g/<group>/piece/<part>/<offset>     a piece of a Part of the Snapshot that is being loaded
//! g/<group>/loaded/<part>             a Part of it that was taken in
//! g/<group>/forgotten/<kind>/<key>    Forgotten
//! g/<group>/wish/<number>             Wish: what is to be forgotten, until the log says that it is
//! g/<group>/late/<position>           LateEdit: an edit to what was forgotten
//! g/<group>/parked/<position>         StoredParked: an Entry or a Forget whose key is not here yet
//! g/<group>/pending/<commitment>      an EpochKey that this device drew and that the Roster does not name yet
//! g/<group>/sealing/<hash>            somebody's sealing key
//! g/<group>/mark                      StoredMark: Records that are about to be applied
//! ```
//! Ids are lower-case hex, numbers 16 hex digits, so that keys sort in the order things happened.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use porchlight_documents::DocumentName;
use porchlight_documents::ledger::Place;
use porchlight_wire::record::Cursor;
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, ServerKey, Timestamp};

use crate::departure::LeftWork;
use crate::inbox::{AsideReason, ForkReason};
use crate::io::Write;
pub(crate) use crate::succession::StoredKeys;

pub(crate) use self::author::StoredAuthor;

mod author;
mod key;

/// The key that holds the format's version, and the version.
pub(crate) const FORMAT: (&[u8], &[u8]) = (b"format", b"1");

/// The key that holds what a phone keeps of recovery words.
pub(crate) const RECOVERY: &[u8] = b"recovery";

/// The key that holds a time zone's rules.
pub(crate) fn zone_key(name: &str) -> Vec<u8> {
    format!("z/{name}").into_bytes()
}

/// The zone whose rules a key holds, if it is such a key.
pub(crate) fn zone_of(key: &[u8]) -> Option<&str> {
    core::str::from_utf8(key).ok()?.strip_prefix("z/")
}

/// Where a Group stands on its way in.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Phase {
    /// Founded here; the server has not confirmed it yet.
    #[n(0)]
    Founding(#[n(0)] Option<ByteVec>),
    /// Invited; not in the Roster yet, or in it without the Group's key.
    #[n(1)]
    Joining(#[n(0)] StoredInvitation),
    /// In.
    #[n(2)]
    Active,
}

/// What a device needs to finish a Join.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredInvitation {
    #[n(0)]
    pub(crate) secret: ByteArray<32>,
    /// The RosterChange that the link names: the Roster must hold it.
    #[n(1)]
    pub(crate) head: Hash,
    /// A Join went out, or an organizer let this device in, so the Roster may hold it although no answer came.
    #[n(2)]
    pub(crate) asked: bool,
    /// The hash of the lobby's key, where an organizer decides who comes in.
    #[n(3)]
    pub(crate) lobby: Option<Hash>,
    /// What this newcomer says of themselves there.
    #[n(4)]
    #[cbor(default)]
    pub(crate) words: String,
    /// The request is with the server.
    #[n(5)]
    #[cbor(default)]
    pub(crate) waits: bool,
    /// The secret is not an invitation's but what recovery words are in this Group.
    #[n(6)]
    #[cbor(default)]
    pub(crate) recovery: bool,
}

/// A Group as the device knows it without opening anything.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredGroup {
    #[n(0)]
    pub(crate) url: String,
    #[n(1)]
    pub(crate) server: ServerKey,
    /// What the link or the founder calls the Group; the index says it better once it is here.
    #[n(2)]
    pub(crate) name: String,
    #[n(3)]
    pub(crate) member_name: String,
    #[n(4)]
    pub(crate) signing: ByteArray<32>,
    #[n(5)]
    pub(crate) sealing: ByteArray<32>,
    #[n(6)]
    pub(crate) phase: Phase,
    /// The secret of a token for the server that the Group moves to.
    #[n(20)]
    pub(crate) moving_token: Option<ByteVec>,
    /// What became of work that was left here when the device was removed.
    #[n(21)]
    #[cbor(default)]
    pub(crate) left_work: LeftWork,
    #[cbor(n(22), default)]
    pub(crate) former: Vec<crate::former::StoredFormer>,
    /// Fresh keys to go on with, because another phone writes with the present ones.
    #[n(7)]
    pub(crate) successor: Option<StoredKeys>,
    #[n(23)]
    pub(crate) before: Option<crate::returning::StoredBefore>,
}

/// How far the device has read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredProgress {
    #[n(0)]
    pub(crate) cursor: Cursor,
    #[n(1)]
    pub(crate) time: Timestamp,
    #[n(2)]
    pub(crate) skipped: u32,
    #[n(3)]
    pub(crate) last_sent: Option<Timestamp>,
    /// A RosterChange that the Roster must hold once the device is current.
    #[n(4)]
    pub(crate) pinned: Option<Hash>,
    /// How many RosterChanges stand in the log up to the Cursor, if it is not all that are stored.
    #[n(20)]
    pub(crate) replayed: Option<u64>,
    /// How many Records the server had lost and took back from phones.
    #[n(21)]
    #[cbor(default)]
    pub(crate) put_back: u32,
    /// The newest generation of which the server had lost something, as far as this device knows.
    #[n(22)]
    pub(crate) lost: Option<Generation>,
    /// When the server was last heard, or up to a few minutes before: since when it cannot be reached, after a restart.
    #[n(23)]
    pub(crate) heard: Option<Timestamp>,
}

/// A Change that waits to be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredEdit {
    #[n(0)]
    pub(crate) kind: String,
    #[n(1)]
    pub(crate) key: String,
    #[n(2)]
    pub(crate) change: ByteVec,
    /// Its hash, by which others name it.
    #[n(3)]
    pub(crate) hash: Hash,
    /// Whether its order among those of others decides something.
    #[n(4)]
    pub(crate) claim: bool,
}

/// A sealed Entry that waits to be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredEntry {
    #[n(0)]
    pub(crate) sequence: Sequence,
    #[n(1)]
    pub(crate) id: Hash,
    #[n(2)]
    pub(crate) bytes: ByteVec,
    /// The hashes of the Changes in it.
    #[n(3)]
    pub(crate) changes: Vec<Hash>,
    /// Its place among everything that waits to be appended.
    #[n(4)]
    pub(crate) order: u64,
    /// The hashes of those Changes in it that the log holds already, through an Entry of a copy of this phone.
    #[n(5)]
    pub(crate) logged: Option<Vec<Hash>>,
}

/// A sealed Entry of somebody else that came by hand and that the log does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredCarried {
    #[n(0)]
    pub(crate) device: DeviceId,
    #[n(1)]
    pub(crate) sequence: Sequence,
    #[n(2)]
    pub(crate) id: Hash,
    #[n(3)]
    pub(crate) bytes: ByteVec,
    /// The hashes of the Changes in it.
    #[n(4)]
    pub(crate) changes: Vec<Hash>,
}

/// How far somebody had read whom this phone met, further than this phone: compared once it gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredMeeting {
    #[n(0)]
    pub(crate) device: DeviceId,
    #[n(1)]
    pub(crate) chain: Hash,
    #[n(2)]
    pub(crate) roster: Hash,
}

/// A RosterChange that waits to be signed for the newest Roster and appended.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredRequest {
    /// The ChangeBody's bytes.
    #[n(0)]
    pub(crate) body: ByteVec,
    /// The sealing key whose hash it names.
    #[n(2)]
    pub(crate) key: Option<ByteVec>,
    /// Whether the device asked for it by itself.
    #[n(3)]
    #[cbor(default)]
    pub(crate) own_accord: bool,
}

/// An Entry whose key is not here yet, or that builds on one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredParked {
    #[n(0)]
    pub(crate) generation: Generation,
    #[n(1)]
    pub(crate) time: Timestamp,
    /// The exact bytes of the Record.
    #[n(2)]
    pub(crate) body: ByteVec,
}

/// Where a Claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct StoredPlace {
    #[n(0)]
    pub(crate) generation: u32,
    #[n(1)]
    pub(crate) position: u64,
    #[n(2)]
    pub(crate) index: u32,
    #[n(3)]
    pub(crate) time: Timestamp,
}

impl From<StoredPlace> for Place {
    fn from(stored: StoredPlace) -> Self {
        let StoredPlace { generation, position, index, time } = stored;
        Self { generation, position, index, time }
    }
}

/// The chain up to one Position, and the time of the Record there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct StoredChain {
    #[n(0)]
    pub(crate) chain: Hash,
    #[n(1)]
    pub(crate) time: Timestamp,
}

/// A Record that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredAside {
    #[n(0)]
    pub(crate) time: Timestamp,
    #[n(1)]
    pub(crate) author: Option<DeviceId>,
    #[n(2)]
    pub(crate) reason: AsideReason,
}

/// A device that says it saw another history than this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredFork {
    #[n(0)]
    pub(crate) time: Timestamp,
    #[n(1)]
    pub(crate) author: DeviceId,
    #[n(2)]
    pub(crate) reason: ForkReason,
    #[n(3)]
    pub(crate) cursor: Cursor,
    #[n(4)]
    pub(crate) roster: Hash,
}

/// Records that are about to be applied: still there after a start means that one of them ended the run before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredMark {
    #[n(0)]
    pub(crate) first: Position,
    #[n(1)]
    pub(crate) last: Position,
    /// The how many-th attempt this is.
    #[n(2)]
    pub(crate) attempts: u32,
    /// Up to here each Record is marked by itself, because a whole batch ended a run.
    #[n(3)]
    pub(crate) careful: Position,
}

/// What a key names inside a Group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Group,
    Roster(u64),
    Progress,
    Author(String),
    Epoch(u64),
    Base { kind: String, key: String },
    Change { number: u64, kind: String, key: String },
    View { kind: String, key: String },
    Edit(u64),
    Entry(u64),
    Request(u64),
    Claim { change: Hash, kind: String, key: String },
    Chain { generation: u32, position: u64 },
    Aside(u64),
    Fork(u64),
    Mark,
    Carried(u64),
    Apart { number: u64, kind: String, key: String },
    Met { generation: u32, position: u64 },
    Kept(u64),
    Stray(u64),
    Statement(u64),
    Offer(String),
    Index,
    Piece { part: String, offset: u64 },
    Loaded(String),
    Forgotten { kind: String, key: String },
    Wish(u64),
    Late(u64),
    Parked(u64),
    Pending(String),
    Sealing(String),
}

impl Slot {
    /// The key in the store.
    pub(crate) fn key(&self, group: &GroupId) -> Vec<u8> {
        let rest = match self {
            Self::Group => "group".to_owned(),
            Self::Roster(number) => format!("roster/{number:016x}"),
            Self::Progress => "progress".to_owned(),
            Self::Author(device) => format!("author/{device}"),
            Self::Epoch(number) => format!("epoch/{number:016x}"),
            Self::Base { kind, key } => format!("base/{kind}/{key}"),
            Self::Change { number, kind, key } => format!("change/{number:016x}/{kind}/{key}"),
            Self::View { kind, key } => format!("view/{kind}/{key}"),
            Self::Edit(number) => format!("edit/{number:016x}"),
            Self::Entry(number) => format!("entry/{number:016x}"),
            Self::Request(number) => format!("request/{number:016x}"),
            Self::Claim { change, kind, key } => format!("claim/{change}/{kind}/{key}"),
            Self::Chain { generation, position } => format!("chain/{generation:08x}/{position:016x}"),
            Self::Aside(position) => format!("aside/{position:016x}"),
            Self::Fork(position) => format!("fork/{position:016x}"),
            Self::Mark => "mark".to_owned(),
            Self::Carried(number) => format!("carried/{number:016x}"),
            Self::Apart { number, kind, key } => format!("apart/{number:016x}/{kind}/{key}"),
            Self::Met { generation, position } => format!("met/{generation:08x}/{position:016x}"),
            Self::Kept(position) => format!("kept/{position:016x}"),
            Self::Stray(number) => format!("stray/{number:016x}"),
            Self::Statement(number) => format!("statement/{number:016x}"),
            Self::Offer(manifest) => format!("offer/{manifest}"),
            Self::Index => "index".to_owned(),
            Self::Piece { part, offset } => format!("piece/{part}/{offset:016x}"),
            Self::Loaded(part) => format!("loaded/{part}"),
            Self::Forgotten { kind, key } => format!("forgotten/{kind}/{key}"),
            Self::Wish(number) => format!("wish/{number:016x}"),
            Self::Late(position) => format!("late/{position:016x}"),
            Self::Parked(position) => format!("parked/{position:016x}"),
            Self::Pending(commitment) => format!("pending/{commitment}"),
            Self::Sealing(hash) => format!("sealing/{hash}"),
        };
        Self::join(group, rest.as_bytes())
    }

    /// Reads a key; `None` if it is not of a form this version writes.
    pub(crate) fn parse(key: &[u8]) -> Option<(GroupId, Self)> {
        let text = core::str::from_utf8(key).ok()?;
        let (group, rest) = text.strip_prefix("g/")?.split_once('/')?;
        let group = GroupId::from_hex(group)?;
        let (word, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let number = || u64::from_str_radix(rest, 16).ok();
        let slot = match word {
            "group" => Self::Group,
            "progress" => Self::Progress,
            "roster" => Self::Roster(number()?),
            "author" => Self::Author(rest.to_owned()),
            "epoch" => Self::Epoch(number()?),
            "edit" => Self::Edit(number()?),
            "entry" => Self::Entry(number()?),
            "request" => Self::Request(number()?),
            "aside" => Self::Aside(number()?),
            "fork" => Self::Fork(number()?),
            "mark" => Self::Mark,
            "carried" => Self::Carried(number()?),
            "kept" => Self::Kept(number()?),
            "stray" => Self::Stray(number()?),
            "statement" => Self::Statement(number()?),
            "offer" => Self::Offer(rest.to_owned()),
            "index" => Self::Index,
            "loaded" => Self::Loaded(rest.to_owned()),
            "wish" => Self::Wish(number()?),
            "late" => Self::Late(number()?),
            "parked" => Self::Parked(number()?),
            "pending" => Self::Pending(rest.to_owned()),
            "sealing" => Self::Sealing(rest.to_owned()),
            "piece" => {
                let (part, offset) = rest.split_once('/')?;
                Self::Piece { part: part.to_owned(), offset: u64::from_str_radix(offset, 16).ok()? }
            }
            "forgotten" => {
                let (kind, key) = rest.split_once('/')?;
                Self::Forgotten { kind: kind.to_owned(), key: key.to_owned() }
            }
            "chain" | "met" => {
                let (generation, position) = rest.split_once('/')?;
                let generation = u32::from_str_radix(generation, 16).ok()?;
                let position = u64::from_str_radix(position, 16).ok()?;
                if word == "met" {
                    Self::Met { generation, position }
                } else {
                    Self::Chain { generation, position }
                }
            }
            "claim" => {
                let (change, name) = rest.split_once('/')?;
                let (kind, key) = name.split_once('/')?;
                let change = Hash::from_hex(change)?;
                Self::Claim { change, kind: kind.to_owned(), key: key.to_owned() }
            }
            "base" | "view" => {
                let (kind, key) = rest.split_once('/')?;
                let (kind, key) = (kind.to_owned(), key.to_owned());
                if word == "base" { Self::Base { kind, key } } else { Self::View { kind, key } }
            }
            "change" | "apart" => {
                let (number, name) = rest.split_once('/')?;
                let (kind, key) = name.split_once('/')?;
                let number = u64::from_str_radix(number, 16).ok()?;
                let (kind, key) = (kind.to_owned(), key.to_owned());
                if word == "apart" {
                    Self::Apart { number, kind, key }
                } else {
                    Self::Change { number, kind, key }
                }
            }
            _ => return None,
        };
        Some((group, slot))
    }

    /// A write that sets this slot.
    pub(crate) fn put<T: Encode<()>>(&self, group: &GroupId, value: &T) -> Write {
        self.put_bytes(group, encoded(value))
    }

    /// A write that sets this slot to bytes as they are.
    pub(crate) fn put_bytes(&self, group: &GroupId, value: Vec<u8>) -> Write {
        Write::Put { key: self.key(group), value }
    }

    /// A write that empties this slot.
    pub(crate) fn delete(&self, group: &GroupId) -> Write {
        Write::Delete { key: self.key(group) }
    }
}

/// A value's bytes.
pub(crate) fn encoded<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec has no failure to report.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// The slot of a Claim's place.
pub(crate) fn claim_slot(document: &DocumentName, change: Hash) -> Slot {
    Slot::Claim { change, kind: document.kind.word().to_owned(), key: document.key.clone() }
}

/// A write of a Claim's place.
pub(crate) fn put_claim(group: &GroupId, document: &DocumentName, change: Hash, place: Place) -> Write {
    let Place { generation, position, index, time } = place;
    claim_slot(document, change).put(group, &StoredPlace { generation, position, index, time })
}

/// The slot of an epoch's key.
pub(crate) fn epoch_slot(epoch: Epoch) -> Slot {
    Slot::Epoch(u64::from(epoch.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back() {
        let group = GroupId::from_bytes([0xab; 32]);
        let name = || ("note".to_owned(), "a/b".to_owned());
        let slots = [
            Slot::Group,
            Slot::Roster(1),
            Slot::Progress,
            Slot::Author("ff".to_owned()),
            Slot::Epoch(0),
            Slot::Base { kind: name().0, key: name().1 },
            Slot::Base { kind: name().0, key: String::new() },
            Slot::Change { number: 77, kind: name().0, key: name().1 },
            Slot::View { kind: name().0, key: name().1 },
            Slot::Edit(3),
            Slot::Entry(4),
            Slot::Request(5),
            Slot::Kept(6),
            Slot::Stray(7),
            Slot::Statement(8),
            Slot::Offer("ab".to_owned()),
            Slot::Index,
            Slot::Piece { part: "ab".to_owned(), offset: 9 },
            Slot::Loaded("ab".to_owned()),
            Slot::Forgotten { kind: name().0, key: name().1 },
            Slot::Wish(12),
            Slot::Late(10),
            Slot::Parked(11),
            Slot::Pending("ab".to_owned()),
            Slot::Sealing("ab".to_owned()),
            Slot::Claim { change: Hash::from_bytes([7; 32]), kind: name().0, key: name().1 },
            Slot::Chain { generation: 2, position: 9 },
            Slot::Aside(6),
            Slot::Fork(7),
            Slot::Mark,
            Slot::Carried(8),
            Slot::Apart { number: 78, kind: name().0, key: name().1 },
            Slot::Met { generation: 3, position: 10 },
        ];
        for slot in slots {
            assert_eq!(Slot::parse(&slot.key(&group)), Some((group, slot)));
        }
        assert_eq!(Slot::parse(b"g/xx/group"), None);
        assert_eq!(Slot::parse(&[0xff]), None);
    }
}
