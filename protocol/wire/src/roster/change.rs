//! The bytes of a RosterChange.
//!
//! ```text
//! SignedChange = { 0: body (bytes), 1: signature (64), ? 2: second signature (64) }
//! body         = [ kind, author (32), { fields of that kind } ]
//! signed       = "porchlight/roster-change/1" group previous body
//! second       = "porchlight/join/1" group previous body            (Join: by the invitation's key)
//! hash         = SHA-256("porchlight/roster-hash/1" group previous body)
//! ```
//! `previous` is the hash of the change before it and stands in what is signed, not in what is sent: the list's order
//! says it. For Found, group and previous are zeros, and its hash is the Group's id.

use minicbor::bytes::ByteVec;
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::{DeviceId, GroupId, Hash, InvitationId, InvitationKey, ServerKey, Signature, Timestamp};

/// The label under which the author signs.
pub const CHANGE_LABEL: &str = "porchlight/roster-change/1";

/// The label under which an invitation's key signs a Join.
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
    /// Adds its author as the first Device of a new Member.
    Join(Join),
    /// A kind of a later version: kept, chained, passed on, and without effect here.
    Unknown(u32),
}

/// Makes a Group; its author becomes the first organizer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Found {
    /// Which algorithms the Group uses.
    #[n(0)]
    pub suite: u8,
    /// The server that orders the Group's log.
    #[n(1)]
    pub server: ServerKey,
    /// The hash of the author's sealing key.
    #[n(2)]
    pub sealing: Hash,
    /// What proves the EpochKey of epoch 0.
    #[n(3)]
    pub commitment: Hash,
}

/// Opens an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Invite {
    /// Signs the Joins of those who hold the link.
    #[n(0)]
    pub key: InvitationKey,
    /// The hash of the invitation's sealing key, to which the EpochKey is sealed.
    #[n(1)]
    pub sealing: Hash,
    /// What those who join may do.
    #[n(2)]
    pub role: Role,
    /// Joins that the server receives after this are refused.
    #[n(3)]
    pub expires: Timestamp,
    /// How many may join.
    #[n(4)]
    pub uses: u32,
}

/// Turns an invitation off.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CloseInvite {
    /// Which.
    #[n(0)]
    pub invitation: InvitationId,
}

/// Adds its author.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Join {
    /// Through which invitation.
    #[n(0)]
    pub invitation: InvitationId,
    /// The hash of the author's sealing key.
    #[n(1)]
    pub sealing: Hash,
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
            later => {
                d.skip()?;
                ChangeKind::Unknown(later)
            }
        };
        Ok(Self { author, kind })
    }
}

impl ChangeKind {
    fn number(&self) -> u32 {
        match self {
            Self::Found(_) => 1,
            Self::Invite(_) => 2,
            Self::CloseInvite(_) => 3,
            Self::Join(_) => 4,
            Self::Unknown(number) => *number,
        }
    }
}
