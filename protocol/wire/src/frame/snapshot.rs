//! Frames about Snapshots, and about a server that lost Records.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::TimedChange;
use crate::record::{Cursor, Record, SignedHead};
use crate::snapshot::AuthorHead;
use crate::{Generation, GroupId, Hash, Position, Timestamp};

/// A piece of a Part or manifest, for the server to keep. Answered by [`PartKept`]; an empty piece only asks how much
/// is there, so that a broken line costs no more than a piece.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PutPart {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The Part's hash.
    #[n(1)]
    pub part: Hash,
    /// How large it is as a whole.
    #[n(2)]
    pub size: u32,
    /// Where the piece begins: exactly where what the server has ends.
    #[n(3)]
    pub offset: u32,
    /// At most [`crate::limits::MAX_PIECE`] bytes.
    #[n(4)]
    pub bytes: ByteVec,
}

/// Asks for a piece of a Part or manifest. Answered by [`Piece`].
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GetPart {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The Part's hash.
    #[n(1)]
    pub part: Hash,
    /// Where to begin.
    #[n(2)]
    pub offset: u32,
    /// How many bytes at most.
    #[n(3)]
    pub length: u32,
}

/// Asks for the Snapshots that the server keeps. Answered by [`Snapshots`].
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GetSnapshots {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// If given: the newest endorsed one shall follow unasked, in pieces of this many bytes.
    #[n(1)]
    pub pieces: Option<u32>,
}

/// States something about a Snapshot, or forgets a Document; it becomes a Record. Answered by [`Stated`].
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct State {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The exact bytes of the SignedStatement; they become the Record's body unchanged.
    #[n(1)]
    pub statement: ByteVec,
}

/// Gives a server back what it lost, or a new one what the one before had. Answered by [`Refilled`].
///
/// The Records are taken as they were, with their old generation, Positions and times, because `head` proves them.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Refill {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// For a server that does not have the Group: its RosterChanges up to `before`, and a token if it is a server that
    /// the Group moves to.
    #[n(1)]
    pub roster: Vec<TimedChange>,
    /// The secret of a token, for a server that did not sign `head` itself.
    #[n(2)]
    pub token: Option<ByteVec>,
    /// Where the Records follow.
    #[n(3)]
    pub before: Cursor,
    /// The Records' generation.
    #[n(4)]
    pub generation: Generation,
    /// The Records, without a gap.
    #[n(5)]
    pub records: Vec<Record>,
    /// Their end, signed by the Group's server of that time.
    #[n(6)]
    pub head: SignedHead,
    /// The sealing key of the device that sends this: a server that lost everything has lost it too.
    #[n(7)]
    pub keys: Vec<ByteVec>,
    /// With the Roster: the last Entry of every device up to `before`.
    #[n(8)]
    pub authors: Vec<AuthorHead>,
    /// From a device that came in later: the RosterChanges that follow the Records, up to the one that let it in.
    #[n(9)]
    pub later: Option<Vec<TimedChange>>,
}

/// A Snapshot that a server keeps, and what was stated about it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct KeptSnapshot {
    /// Its manifest.
    #[n(0)]
    pub manifest: Hash,
    /// The manifest's bytes.
    #[n(1)]
    pub size: u32,
    /// The exact bytes of SignedStatements: the Offer first.
    #[n(2)]
    pub statements: Vec<ByteVec>,
}

/// The Snapshots that a server keeps, oldest first.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Snapshots {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Entries up to here were dropped.
    #[n(1)]
    pub base: Position,
    /// The Snapshots.
    #[n(2)]
    pub snapshots: Vec<KeptSnapshot>,
    /// The manifest of the one that follows unasked: its own pieces, then those of its Parts in its order.
    #[n(3)]
    pub follows: Option<Hash>,
}

/// How much of a Part the server has.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PartKept {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The Part.
    #[n(1)]
    pub part: Hash,
    /// Bytes from its beginning; durable.
    #[n(2)]
    pub have: u32,
}

/// A piece of a Part or manifest.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Piece {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The Part.
    #[n(1)]
    pub part: Hash,
    /// How large the Part is as a whole.
    #[n(2)]
    pub size: u32,
    /// Where the piece begins.
    #[n(3)]
    pub offset: u32,
    /// Its bytes.
    #[n(4)]
    pub bytes: ByteVec,
}

/// A statement is durable.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Stated {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The statement's hash.
    #[n(1)]
    pub hash: Hash,
    /// Where it stands.
    #[n(2)]
    pub position: Position,
    /// When the server received it.
    #[n(3)]
    pub time: Timestamp,
}

/// What a Refill did.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Refilled {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// The head that came with it.
    #[n(1)]
    pub head: Hash,
    /// How many Records the server had lacked.
    #[n(2)]
    pub added: u32,
}
