//! The frames that a device and a server exchange: one CBOR item each, in one WebSocket message or one piece of a POST.
//!
//! ```text
//! frame = [ kind, [ body ] ]      body = a map with small integer keys
//! ```
//! The server speaks first ([`Welcome`]). A device may send everything it has to say in one go after that: frames of
//! one connection are carried out in order. Kinds that a peer does not know are passed over.

use minicbor::bytes::ByteVec;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode};
use thiserror::Error;

use crate::record::{Cursor, Record, SignedHead};
use crate::{
    Challenge, DeviceId, Epoch, Generation, GroupId, Hash, InvitationKey, Position, Sequence, ServerKey,
    Signature, StoreId, Timestamp, limits, signing,
};

mod code;
mod opens;
mod presence;
mod refused;
mod side;
mod snapshot;

pub use code::Code;
pub use opens::{Opens, RequestBody};
pub use presence::Presence;
pub use refused::{About, Refused};
pub use side::{
    GetBox, GetKeys, HeldCall, HeldList, KeyBox, Keys, Knock, Lacking, LobbyAct, LobbyAnswer, LobbyCall,
    LobbyList, LobbyState, Lookup, LookupCall, LookupKind, PutKeys, Waiting,
};
pub use snapshot::{
    GetPart, GetSnapshots, KeptSnapshot, PartKept, Piece, PutPart, Refill, Refilled, Snapshots, State, Stated,
};

/// From a device to a server.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum ClientFrame {
    /// Which versions the device speaks. Answered by a Welcome with a fresh challenge, at any time: so it also shows
    /// whether a quiet connection still lives.
    #[n(1)]
    Hello(#[n(0)] Hello),
    /// Makes a Group.
    #[n(2)]
    Found(#[n(0)] Found),
    /// Authenticates for one Group and asks for what comes after a Cursor.
    #[n(3)]
    Open(#[n(0)] Open),
    /// Appends sealed Entries.
    #[n(4)]
    Append(#[n(0)] Append),
    /// Appends a RosterChange, if the Roster is still the one it was made for.
    #[n(5)]
    Change(#[n(0)] Change),
    /// Leaves a key box with the server.
    #[n(6)]
    PutBox(#[n(0)] KeyBox),
    /// Asks for a key box.
    #[n(7)]
    GetBox(#[n(0)] GetBox),
    /// Asks for the whole Roster.
    #[n(8)]
    GetRoster(#[n(0)] GetRoster),
    /// Stops listening to a Group.
    #[n(9)]
    Leave(#[n(0)] GetRoster),
    /// Asks for sealing keys.
    #[n(10)]
    GetKeys(#[n(0)] GetKeys),
    /// Asks, lists, vouches or refuses at the lobby.
    #[n(11)]
    Lobby(#[n(0)] LobbyCall),
    /// Lists or discards work of removed devices.
    #[n(12)]
    Held(#[n(0)] HeldCall),
    /// Keeps something under a locator, or asks for it.
    #[n(13)]
    Lookup(#[n(0)] LookupCall),
    /// Leaves a piece of a Part with the server.
    #[n(15)]
    PutPart(#[n(0)] PutPart),
    /// Asks for a piece of a Part.
    #[n(16)]
    GetPart(#[n(0)] GetPart),
    /// Asks which Snapshots there are.
    #[n(17)]
    GetSnapshots(#[n(0)] GetSnapshots),
    /// States something about a Snapshot, or forgets a Document.
    #[n(18)]
    State(#[n(0)] State),
    /// Gives back what a server lacks.
    #[n(19)]
    Refill(#[n(0)] Refill),
    /// Tells those who listen what this device does at the moment.
    #[n(20)]
    Presence(#[n(0)] Presence),
    /// Leaves sealing keys that the server lacks.
    #[n(21)]
    PutKeys(#[n(0)] PutKeys),
}

/// From a server to a device.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum ServerFrame {
    /// The first frame of a connection.
    #[n(64)]
    Welcome(#[n(0)] Welcome),
    /// An Open was accepted; Records follow.
    #[n(65)]
    Opened(#[n(0)] Opened),
    /// Records in order of Position, without a gap to those sent before.
    #[n(66)]
    Records(#[n(0)] Records),
    /// Entries of this connection are durable.
    #[n(67)]
    Accepted(#[n(0)] Accepted),
    /// A RosterChange of this connection is durable.
    #[n(68)]
    Changed(#[n(0)] Changed),
    /// Something was refused; nothing of it was kept.
    #[n(69)]
    Refused(#[n(0)] Refused),
    /// The whole Roster.
    #[n(70)]
    Roster(#[n(0)] RosterList),
    /// A key box.
    #[n(71)]
    Box(#[n(0)] KeyBox),
    /// Sealing keys.
    #[n(72)]
    Keys(#[n(0)] Keys),
    /// Who waits in the lobby.
    #[n(73)]
    Lobby(#[n(0)] LobbyList),
    /// Where a newcomer stands.
    #[n(74)]
    Knocked(#[n(0)] LobbyAnswer),
    /// Work of removed devices.
    #[n(75)]
    Held(#[n(0)] HeldList),
    /// What a locator finds.
    #[n(76)]
    Lookup(#[n(0)] Lookup),
    /// The Snapshots that there are.
    #[n(77)]
    Snapshots(#[n(0)] Snapshots),
    /// How much of a Part is kept.
    #[n(78)]
    PartKept(#[n(0)] PartKept),
    /// A piece of a Part.
    #[n(79)]
    Piece(#[n(0)] Piece),
    /// A statement of this connection is durable.
    #[n(80)]
    Stated(#[n(0)] Stated),
    /// What a Refill of this connection did; durable.
    #[n(81)]
    Refilled(#[n(0)] Refilled),
    /// What another device does at the moment.
    #[n(82)]
    Presence(#[n(0)] Presence),
    /// Somebody asked for a key box that the server does not have: whoever holds that key may supply it.
    #[n(83)]
    Wanted(#[n(0)] GetBox),
    /// What the server lacks beside the log, and this device's member may have.
    #[n(84)]
    Lacking(#[n(0)] Lacking),
}

impl ServerFrame {
    /// The Group that the frame is about; `None` for the connection as a whole.
    pub fn group(&self) -> Option<GroupId> {
        match self {
            Self::Welcome(_) | Self::Lookup(_) => None,
            Self::Keys(keys) => Some(keys.group),
            Self::Lobby(list) => Some(list.group),
            Self::Knocked(answer) => Some(answer.group),
            Self::Held(list) => Some(list.group),
            Self::Opened(opened) => Some(opened.group),
            Self::Records(records) => Some(records.group),
            Self::Accepted(accepted) => Some(accepted.group),
            Self::Changed(changed) => Some(changed.group),
            Self::Roster(list) => Some(list.group),
            Self::Box(key_box) => Some(key_box.group),
            Self::Presence(presence) => Some(presence.group),
            Self::Wanted(wanted) => Some(wanted.group),
            Self::Lacking(lacking) => Some(lacking.group),
            Self::Snapshots(list) => Some(list.group),
            Self::PartKept(kept) => Some(kept.group),
            Self::Piece(piece) => Some(piece.group),
            Self::Stated(stated) => Some(stated.group),
            Self::Refilled(refilled) => Some(refilled.group),
            Self::Refused(refused) => match refused.about {
                About::Connection | About::Lookup(_) => None,
                About::Group(group)
                | About::Side(group)
                | About::Entry(group, ..)
                | About::Change(group, _)
                | About::Box(group, ..)
                | About::Statement(group, _)
                | About::Part(group, _)
                | About::Refill(group, _) => Some(group),
            },
        }
    }
}

/// The versions that one side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Versions {
    /// The lowest.
    #[n(0)]
    pub lowest: u8,
    /// The highest.
    #[n(1)]
    pub highest: u8,
}

impl Versions {
    /// What this code speaks.
    pub const OURS: Self = Self { lowest: limits::VERSION, highest: limits::VERSION };

    /// The highest version that both sides speak.
    pub fn common(self, other: Self) -> Option<u8> {
        let highest = self.highest.min(other.highest);
        (highest >= self.lowest.max(other.lowest)).then_some(highest)
    }
}

/// The device's first word.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// What it speaks.
    #[n(0)]
    pub versions: Versions,
}

/// Makes a Group. Repeating it for the same Group does nothing and succeeds.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Found {
    /// The exact bytes of the SignedChange.
    #[n(0)]
    pub change: ByteVec,
    /// The secret part of the token that lets somebody make groups, where the server wants one.
    #[n(1)]
    pub token: Option<ByteVec>,
    /// The sealing key whose hash the change names.
    #[n(2)]
    pub keys: Vec<ByteVec>,
}

/// With which key a connection shows that it may read a Group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Credential {
    /// An active Device of the Group.
    #[n(0)]
    Device(#[n(0)] DeviceId),
    /// An open invitation: may read the Roster and append one's own Join, nothing else.
    #[n(1)]
    Invitation(#[n(0)] InvitationKey),
}

impl Credential {
    /// The key's bytes.
    pub fn key(&self) -> &[u8; 32] {
        match self {
            Self::Device(key) => key.as_bytes(),
            Self::Invitation(key) => key.as_bytes(),
        }
    }
}

/// Authenticates for one Group; may be repeated on one connection, the later one counts.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Open {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Who asks.
    #[n(1)]
    pub credential: Credential,
    /// The credential's signature over [`Open::proof_message`].
    #[n(2)]
    pub proof: Signature,
    /// How far the device has read; Records after it are sent. Ignored for invitations.
    #[n(3)]
    pub cursor: Cursor,
    /// Where that is refused as not on the log: earlier Cursors of the device, newest first, at most
    /// [`limits::MAX_EARLIER`]. The first that lies on the log counts.
    #[n(4)]
    pub earlier: Option<Vec<Cursor>>,
    /// Whether to be let in without any Records, now or later: a newcomer takes a Snapshot first, and opens again. Where
    /// there is none, Records follow all the same.
    #[n(5)]
    pub quiet: Option<bool>,
}

impl Open {
    /// The label under which the proof is signed.
    pub const LABEL: &'static str = "porchlight/open/1";

    /// What the proof covers: the server, its challenge, the Group and the key.
    pub fn proof_message(
        server: &ServerKey,
        challenge: &Challenge,
        group: &GroupId,
        key: &[u8; 32],
    ) -> Vec<u8> {
        signing::signed_message(
            Self::LABEL,
            &[server.as_bytes(), challenge.as_bytes(), group.as_bytes(), key],
        )
    }

    /// Checks the proof for the challenge that this connection was given.
    pub fn verify(&self, server: &ServerKey, challenge: &Challenge) -> Result<(), signing::BadSignature> {
        let key = self.credential.key();
        let parts: [&[u8]; 4] = [server.as_bytes(), challenge.as_bytes(), self.group.as_bytes(), key];
        signing::verify(key, Self::LABEL, &parts, &self.proof)
    }
}

/// Appends sealed Entries of any active writer, in order. Each is answered by Accepted or Refused.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Append {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The exact bytes of each SealedEntry; they become the Records' bodies unchanged.
    #[n(1)]
    pub entries: Vec<ByteVec>,
}

/// Appends a RosterChange by compare-and-swap.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Change {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The hash of the RosterChange that this one follows.
    #[n(1)]
    pub previous: Hash,
    /// The exact bytes of the SignedChange; they become the Record's body unchanged.
    #[n(2)]
    pub change: ByteVec,
    /// Sealing keys whose hashes the change names.
    #[n(3)]
    pub keys: Vec<ByteVec>,
    /// Key boxes that belong to the change, such as the one for a new invitation.
    #[n(4)]
    pub boxes: Vec<SealedKey>,
}

/// An EpochKey sealed to one recipient.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SealedKey {
    /// Whose epoch it is.
    #[n(0)]
    pub epoch: Epoch,
    /// The hash of the recipient's sealing key.
    #[n(1)]
    pub recipient: Hash,
    /// The HPKE encapsulation and ciphertext.
    #[n(2)]
    pub sealed: ByteVec,
}

/// Names a Group whose Roster is wanted.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GetRoster {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
}

/// The server's first word.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// What it speaks.
    #[n(0)]
    pub versions: Versions,
    /// Who it is.
    #[n(1)]
    pub server: ServerKey,
    /// Which database it runs on.
    #[n(2)]
    pub store: StoreId,
    /// What to sign in Open.
    #[n(3)]
    pub challenge: Challenge,
    /// Its clock.
    #[n(4)]
    pub time: Timestamp,
}

/// The answer to an Open.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Opened {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The end of the log when it was opened; Records up to it follow at once.
    #[n(1)]
    pub head: SignedHead,
    /// Where the Records that follow begin, if it is not the Cursor that was asked for: one of the earlier ones.
    #[n(2)]
    pub from: Option<Cursor>,
    /// Entries up to here were dropped, and the Cursor is below it: start from a Snapshot, and open again. No Records
    /// follow.
    #[n(3)]
    pub base: Option<Position>,
    /// Of which generation the next Record will be, if it is not that of the last: the server had lost something, and has
    /// it again from phones.
    #[n(4)]
    pub next: Option<Generation>,
}

/// Records without a gap.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Records {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Which history.
    #[n(1)]
    pub generation: Generation,
    /// The Position of the first.
    #[n(2)]
    pub first: Position,
    /// The Records.
    #[n(3)]
    pub records: Vec<Record>,
    /// The signed end of the log, where the last of these is its end.
    #[n(4)]
    pub head: Option<SignedHead>,
}

/// Entries are durable. The device knows their bytes, so they are not sent back to it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Accepted {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Which history.
    #[n(1)]
    pub generation: Generation,
    /// The Entries, in the order of the Append.
    #[n(2)]
    pub entries: Vec<AcceptedEntry>,
    /// The signed end of the log where the new ones among these Entries are its end and directly follow what this
    /// connection was sent before: then they count as sent, and no Records frame brings them. Otherwise one does, as for
    /// everybody. Repeated ones stand anywhere before.
    #[n(3)]
    pub head: Option<SignedHead>,
}

/// Where one Entry stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AcceptedEntry {
    /// The author.
    #[n(0)]
    pub device: DeviceId,
    /// Its number among the author's.
    #[n(1)]
    pub sequence: Sequence,
    /// Where it stands; for a repeated Entry, where it stood already.
    #[n(2)]
    pub position: Position,
    /// When the server received it.
    #[n(3)]
    pub time: Timestamp,
}

/// A RosterChange is durable.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Changed {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The change's hash.
    #[n(1)]
    pub hash: Hash,
    /// Where it stands.
    #[n(2)]
    pub position: Position,
    /// When the server received it.
    #[n(3)]
    pub time: Timestamp,
}

/// The whole Roster, for one who joins or lost track.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct RosterList {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Every RosterChange, oldest first, with its time.
    #[n(1)]
    pub changes: Vec<TimedChange>,
}

/// A RosterChange with the time the server received it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TimedChange {
    /// When the server received it.
    #[n(0)]
    pub time: Timestamp,
    /// The exact bytes of the SignedChange.
    #[n(1)]
    pub change: ByteVec,
}

macro_rules! codec {
    ($frame:ident, $kinds:pat) => {
        impl $frame {
            /// The bytes to send.
            pub fn encode(&self) -> Vec<u8> {
                let mut bytes = Vec::new();
                // Writing to a Vec has no failure to report.
                let _ = minicbor::encode(self, &mut bytes);
                bytes
            }

            /// Reads a frame: size first, then kind, then body. `Ok(None)` is a kind of a later version: pass over it.
            pub fn decode(bytes: &[u8]) -> Result<Option<Self>, FrameError> {
                match known_kind(bytes)? {
                    $kinds => {
                        minicbor::decode(bytes).map(Some).map_err(|e| FrameError::Malformed(e.to_string()))
                    }
                    _ => Ok(None),
                }
            }
        }
    };
}

codec!(ClientFrame, 1..=13 | 15..=21);
codec!(ServerFrame, 64..=84);

fn known_kind(bytes: &[u8]) -> Result<u32, FrameError> {
    if bytes.len() > limits::MAX_FRAME {
        return Err(FrameError::TooLarge(bytes.len()));
    }
    let malformed = |e: minicbor::decode::Error| FrameError::Malformed(e.to_string());
    let mut decoder = Decoder::new(bytes);
    if decoder.datatype().map_err(malformed)? != Type::Array || decoder.array().map_err(malformed)? != Some(2)
    {
        return Err(FrameError::Malformed("a frame is an array of kind and body".to_owned()));
    }
    decoder.u32().map_err(malformed)
}

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Refused unread.
    #[error("the frame has {0} bytes, more than the {max} allowed", max = limits::MAX_FRAME)]
    TooLarge(usize),
    /// Not CBOR of the form this version knows; the text says where.
    #[error("the frame cannot be read: {0}")]
    Malformed(String),
}

#[cfg(test)]
mod tests;
