//! The bytes of a RosterChange.
//!
//! ```text
//! SignedChange = { 0: body (bytes), 1: signature (64), ? 2: second signature (64) }
//! body         = [ kind, author (32), { fields of that kind } ]
//! signed       = "porchlight/roster-change/1" group previous body
//! second       = "porchlight/join/1" group previous body
//!                (Join: by the invitation's key; AddDevice: by the sponsoring device or recovery key)
//! hash         = SHA-256("porchlight/roster-hash/1" group previous body)
//! ```
//! `previous` is the hash of the change before it and stands in what is signed, not in what is sent: the list's order
//! says it. For Found, group and previous are zeros, and its hash is the Group's id.

use minicbor::bytes::ByteVec;
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::{DeviceId, GroupId, Hash, Signature};

mod kinds;

pub use kinds::{
    AcceptHeld, AddDevice, Admit, Allow, Close, CloseInvite, Found, Invite, Join, KNOCK_LABEL, Leave, MoveTo,
    NewEpoch, Purpose, Remove, Rotate, SetRole, VOUCH_LABEL, Vouch,
};

/// The label under which the author signs.
pub const CHANGE_LABEL: &str = "porchlight/roster-change/1";

/// The label of the second signature: of an invitation's key under a Join, of a sponsor under an AddDevice.
pub const JOIN_LABEL: &str = "porchlight/join/1";

const HASH_LABEL: &str = "porchlight/roster-hash/1";

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// May change the Roster.
    #[n(1)]
    Organizer,
    /// Reads and writes.
    #[n(2)]
    Member,
    /// Reads.
    #[n(3)]
    Reader,
}

impl Role {
    /// Whether Entries of this role are accepted.
    pub fn writes(self) -> bool {
        self != Self::Reader
    }
}

/// A RosterChange as it travels and as the log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedChange {
    /// The ChangeBody's exact bytes, which are what is signed.
    #[n(0)]
    pub body: ByteVec,
    /// The author's signature.
    #[n(1)]
    pub signature: Signature,
    /// The signature of the other key that a kind asks for.
    #[n(2)]
    pub second: Option<Signature>,
}

impl SignedChange {
    /// The hash by which the next change, and everybody else, names this one.
    pub fn hash(&self, group: &GroupId, previous: &Hash) -> Hash {
        Hash::of(HASH_LABEL, &[group.as_bytes(), previous.as_bytes(), &self.body])
    }

    /// The id of the Group that this Found makes.
    pub fn founded_group(&self) -> GroupId {
        let zeros = GroupId::from_bytes([0; 32]);
        GroupId::from_bytes(*self.hash(&zeros, &Hash::ZERO).as_bytes())
    }
}

/// What a RosterChange says, and who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeBody {
    /// Who signs it.
    pub author: DeviceId,
    /// What changes.
    pub kind: ChangeKind,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The first change of every Roster.
    Found(Found),
    /// Opens an invitation.
    Invite(Invite),
    /// Turns an invitation off.
    CloseInvite(CloseInvite),
    /// Adds its author as a Device, through an invitation.
    Join(Join),
    /// Adds one who asked through an invitation that needs approval.
    Admit(Admit),
    /// Adds its author as a further Device, or a recovery key, of a Member.
    AddDevice(AddDevice),
    /// Takes Members or Devices out.
    Remove(Remove),
    /// Takes its author's Member out.
    Leave(Leave),
    /// Gives a Member another Role.
    SetRole(SetRole),
    /// Starts a new epoch.
    Rotate(Rotate),
    /// Lets Entries of removed Devices into the log after all.
    AcceptHeld(AcceptHeld),
    /// Names another server.
    MoveTo(MoveTo),
    /// Ends the Group.
    Close(Close),
    /// Sets what members may do besides reading and writing.
    Allow(Allow),
    /// A kind of a later version: kept, chained, passed on, and without effect here.
    Unknown(u32),
}

impl ChangeBody {
    /// The bytes to sign and to send.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }
}

impl<C> Encode<C> for ChangeBody {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.u32(self.kind.number())?;
        self.author.encode(e, ctx)?;
        match &self.kind {
            ChangeKind::Found(fields) => fields.encode(e, ctx),
            ChangeKind::Invite(fields) => fields.encode(e, ctx),
            ChangeKind::CloseInvite(fields) => fields.encode(e, ctx),
            ChangeKind::Join(fields) => fields.encode(e, ctx),
            ChangeKind::Admit(fields) => fields.encode(e, ctx),
            ChangeKind::AddDevice(fields) => fields.encode(e, ctx),
            ChangeKind::Remove(fields) => fields.encode(e, ctx),
            ChangeKind::Leave(fields) => fields.encode(e, ctx),
            ChangeKind::SetRole(fields) => fields.encode(e, ctx),
            ChangeKind::Rotate(fields) => fields.encode(e, ctx),
            ChangeKind::AcceptHeld(fields) => fields.encode(e, ctx),
            ChangeKind::MoveTo(fields) => fields.encode(e, ctx),
            ChangeKind::Close(fields) => fields.encode(e, ctx),
            ChangeKind::Allow(fields) => fields.encode(e, ctx),
            ChangeKind::Unknown(_) => e.map(0)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for ChangeBody {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(3) {
            return Err(DecodeError::message("a roster change is an array of kind, author and fields"));
        }
        let number = d.u32()?;
        let author = DeviceId::decode(d, ctx)?;
        let kind = match number {
            1 => ChangeKind::Found(Found::decode(d, ctx)?),
            2 => ChangeKind::Invite(Invite::decode(d, ctx)?),
            3 => ChangeKind::CloseInvite(CloseInvite::decode(d, ctx)?),
            4 => ChangeKind::Join(Join::decode(d, ctx)?),
            5 => ChangeKind::Admit(Admit::decode(d, ctx)?),
            6 => ChangeKind::AddDevice(AddDevice::decode(d, ctx)?),
            7 => ChangeKind::Remove(Remove::decode(d, ctx)?),
            8 => ChangeKind::Leave(Leave::decode(d, ctx)?),
            9 => ChangeKind::SetRole(SetRole::decode(d, ctx)?),
            10 => ChangeKind::Rotate(Rotate::decode(d, ctx)?),
            11 => ChangeKind::AcceptHeld(AcceptHeld::decode(d, ctx)?),
            12 => ChangeKind::MoveTo(MoveTo::decode(d, ctx)?),
            13 => ChangeKind::Close(Close::decode(d, ctx)?),
            14 => ChangeKind::Allow(Allow::decode(d, ctx)?),
            later => {
                d.skip()?;
                ChangeKind::Unknown(later)
            }
        };
        Ok(Self { author, kind })
    }
}

impl ChangeKind {
    /// The epoch that it starts, if it starts one.
    pub fn new_epoch(&self) -> Option<&NewEpoch> {
        match self {
            Self::Remove(remove) => remove.epoch.as_ref(),
            Self::Rotate(rotate) => Some(&rotate.epoch),
            _ => None,
        }
    }

    fn number(&self) -> u32 {
        match self {
            Self::Found(_) => 1,
            Self::Invite(_) => 2,
            Self::CloseInvite(_) => 3,
            Self::Join(_) => 4,
            Self::Admit(_) => 5,
            Self::AddDevice(_) => 6,
            Self::Remove(_) => 7,
            Self::Leave(_) => 8,
            Self::SetRole(_) => 9,
            Self::Rotate(_) => 10,
            Self::AcceptHeld(_) => 11,
            Self::MoveTo(_) => 12,
            Self::Close(_) => 13,
            Self::Allow(_) => 14,
            Self::Unknown(number) => *number,
        }
    }
}
