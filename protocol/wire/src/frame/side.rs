//! Frames about what a server keeps beside the log: key boxes, sealing keys, the lobby, held work, and what a code finds.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::SealedKey;
use crate::roster::{BoxStep, Vouch};
use crate::{DeviceId, Epoch, GroupId, Hash, InvitationId, Signature, Timestamp};

/// A key box of one Group, on its way to or from the server.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct KeyBox {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The box.
    #[n(1)]
    pub key: SealedKey,
    /// What proves that whoever started the epoch made it, see [`crate::roster::root_of`]. None for a box that was made
    /// later; the epoch's commitment proves what is in it either way.
    #[n(2)]
    pub path: Option<Vec<BoxStep>>,
}

/// Asks for a key box. Answered by Box, or Refused with [`super::Code::NO_BOX`].
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GetBox {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Whose epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The hash of the recipient's sealing key.
    #[n(2)]
    pub recipient: Hash,
}

/// Asks for sealing keys by their hashes, at most [`crate::limits::MAX_KEYS_PER_FRAME`]. Answered by Keys. Whoever
/// starts an epoch needs them; who holds an invitation that needs approval gets that invitation's only.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GetKeys {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The hashes that the Roster names.
    #[n(1)]
    pub hashes: Vec<Hash>,
}

/// Sealing keys; those that the server does not have are left out.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Keys {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The keys, in the order in which they were asked for.
    #[n(1)]
    pub keys: Vec<ByteVec>,
}

/// Leaves sealing keys with a server that lacks them; it keeps those that the Roster names. No answer.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PutKeys {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The keys.
    #[n(1)]
    pub keys: Vec<ByteVec>,
}

/// What does not stand in the log and is lost to a server that took it from phones: said to a device that opens the
/// Group, of what its member can bring, and to organizers' devices of all open invitations.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Lacking {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Hashes of the sealing keys that are not there.
    #[n(1)]
    pub keys: Vec<Hash>,
    /// The newest epoch.
    #[n(2)]
    pub epoch: Epoch,
    /// To whom its key should be sealed, and is not.
    #[n(3)]
    pub boxes: Vec<Hash>,
    /// Whether the member has recovery words and no list is kept for them.
    #[n(4)]
    pub list: Option<bool>,
}

/// Something about a Group's lobby.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LobbyCall {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// What.
    #[n(1)]
    pub act: LobbyAct,
}

/// What somebody does at the lobby.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum LobbyAct {
    /// Asks to be let in, or whether one was; with an invitation that needs approval. Answered by LobbyAnswer.
    #[n(0)]
    Knock(#[n(0)] Knock),
    /// Asks who waits; members only. Answered by LobbyList.
    #[n(1)]
    List,
    /// Vouches for somebody who waits; members only. Answered by LobbyList.
    #[n(2)]
    Vouch(#[n(0)] DeviceId, #[n(1)] Vouch),
    /// Sends somebody away; organizers only. Answered by LobbyList.
    #[n(3)]
    Refuse(#[n(0)] DeviceId),
}

/// A newcomer's request.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Knock {
    /// Through which invitation.
    #[n(0)]
    pub invitation: InvitationId,
    /// The newcomer's Device.
    #[n(1)]
    pub device: DeviceId,
    /// Its sealing key.
    #[n(2)]
    pub key: ByteVec,
    /// Its signature over [`crate::roster::Admit::knock_message`].
    #[n(3)]
    pub signature: Signature,
    /// The newcomer's name and words, sealed to the invitation's sealing key.
    #[n(4)]
    pub note: ByteVec,
}

/// Where a newcomer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LobbyState {
    /// An organizer has not decided yet.
    #[n(0)]
    Waiting,
    /// In the Roster: open the Group as a Device.
    #[n(1)]
    Admitted,
    /// Sent away.
    #[n(2)]
    Refused,
}

/// The answer to a Knock; comes again when the newcomer is admitted.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LobbyAnswer {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Who knocked.
    #[n(1)]
    pub device: DeviceId,
    /// Where they stand.
    #[n(2)]
    pub state: LobbyState,
}

/// Who waits, oldest first.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LobbyList {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The newcomers.
    #[n(1)]
    pub waiting: Vec<Waiting>,
}

/// One who waits.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Waiting {
    /// When they asked first.
    #[n(0)]
    pub time: Timestamp,
    /// What they asked.
    #[n(1)]
    pub knock: Knock,
    /// Who vouched for them so far.
    #[n(2)]
    pub vouches: Vec<Vouch>,
    /// Whether an organizer sent them away.
    #[n(3)]
    pub refused: bool,
}

/// Something about work of removed devices; organizers only. Answered by HeldList.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct HeldCall {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The ids of Entries to be discarded for good; none to see what is there.
    #[n(1)]
    pub discard: Vec<Hash>,
}

/// Entries of removed devices that an organizer may accept or discard, oldest first.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct HeldList {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The exact bytes of each SealedEntry.
    #[n(1)]
    pub entries: Vec<ByteVec>,
}

/// Keeps something under a locator, or asks for it. Both are derived from words that the server does not know.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum LookupCall {
    /// Keeps an invitation under a typed code, or a list of groups under recovery words. An open Group answers for it.
    #[n(0)]
    Put(#[n(0)] GroupId, #[n(1)] LookupKind, #[n(2)] Lookup),
    /// Asks for what is there; anybody may.
    #[n(1)]
    Get(#[n(0)] Hash),
}

/// What a locator is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum LookupKind {
    /// An invitation behind a typed code: kept for [`crate::limits::CODE_MILLIS`].
    #[n(0)]
    Code,
    /// A list behind recovery words: kept until the same member puts another.
    #[n(1)]
    Recovery,
}

/// What a locator finds; the answer to both, empty after a Put.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Lookup {
    /// The locator.
    #[n(0)]
    pub locator: Hash,
    /// What only the words open.
    #[n(1)]
    pub sealed: ByteVec,
}
