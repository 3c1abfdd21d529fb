//! What the server's log holds at one Position, and the chain over it.
//!
//! ```text
//! record hash = SHA-256("porchlight/record/1" kind (1 byte) body)
//! chain       = SHA-256("porchlight/chain/1" chain before, generation (4, big-endian), position (8), time (8), record hash)
//! head signed = "porchlight/head/1" group generation (4) position (8) time (8) chain
//! ```

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::signing::{self, BadSignature};
use crate::{Generation, GroupId, Hash, Position, ServerKey, Signature, Timestamp};

/// The label under which a server signs a head.
pub const HEAD_LABEL: &str = "porchlight/head/1";

/// What a Record's body is. Unknown kinds are kept, chained and passed on unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct RecordKind(#[n(0)] pub u8);

impl RecordKind {
    /// The body is a SealedEntry.
    pub const ENTRY: Self = Self(1);
    /// The body is a SignedChange of the Roster.
    pub const ROSTER_CHANGE: Self = Self(2);
    /// The body is a SignedStatement about Snapshots.
    pub const STATEMENT: Self = Self(3);
}

/// One Record: the body's exact bytes, and when the server received it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// The server's time of receipt; never goes back within a Group.
    #[n(0)]
    pub time: Timestamp,
    /// How to read the body.
    #[n(1)]
    pub kind: RecordKind,
    /// The exact bytes that were appended.
    #[n(2)]
    pub body: ByteVec,
}

impl Record {
    /// The hash that the chain covers, so that a chain can be checked when bodies were dropped.
    pub fn hash(&self) -> Hash {
        Hash::of("porchlight/record/1", &[&[self.kind.0], &self.body])
    }
}

/// How far a device has read, or how long a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Cursor {
    /// Which history.
    #[n(0)]
    pub generation: Generation,
    /// The last Position; 0 for none.
    #[n(1)]
    pub position: Position,
    /// The chain up to it; zeros for none.
    #[n(2)]
    pub chain: Hash,
}

impl Cursor {
    /// Before the first Record of the first history.
    pub const START: Self =
        Self { generation: Generation::new(0), position: Position::new(0), chain: Hash::ZERO };

    /// The Cursor after one more Record.
    #[must_use]
    pub fn after(&self, record: &Record) -> Self {
        self.after_in(self.generation, record)
    }

    /// The Cursor after one more Record, which is of this generation: the same, or one that a server opened later.
    #[must_use]
    pub fn after_in(&self, generation: Generation, record: &Record) -> Self {
        let position = self.position.next();
        let chain = Hash::of(
            "porchlight/chain/1",
            &[
                self.chain.as_bytes(),
                &generation.get().to_be_bytes(),
                &position.get().to_be_bytes(),
                &record.time.millis().to_be_bytes(),
                record.hash().as_bytes(),
            ],
        );
        Self { generation, position, chain }
    }
}

/// The end of a log with the server's signature: what it can be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedHead {
    /// The log's end.
    #[n(0)]
    pub cursor: Cursor,
    /// The time of the last Record.
    #[n(1)]
    pub time: Timestamp,
    /// By the key that Found names.
    #[n(2)]
    pub signature: Signature,
}

impl SignedHead {
    /// The bytes that a server signs.
    pub fn message(group: &GroupId, cursor: &Cursor, time: Timestamp) -> Vec<u8> {
        signing::signed_message(HEAD_LABEL, &head_parts(group, cursor, time).each_ref().map(Vec::as_slice))
    }

    /// Checks that `server` signed it for `group`.
    pub fn verify(&self, group: &GroupId, server: &ServerKey) -> Result<(), BadSignature> {
        let parts = head_parts(group, &self.cursor, self.time);
        signing::verify(server.as_bytes(), HEAD_LABEL, &parts.each_ref().map(Vec::as_slice), &self.signature)
    }
}

fn head_parts(group: &GroupId, cursor: &Cursor, time: Timestamp) -> [Vec<u8>; 5] {
    [
        group.as_bytes().to_vec(),
        cursor.generation.get().to_be_bytes().to_vec(),
        cursor.position.get().to_be_bytes().to_vec(),
        time.millis().to_be_bytes().to_vec(),
        cursor.chain.as_bytes().to_vec(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(time: u64, body: &[u8]) -> Record {
        Record { time: Timestamp::from_millis(time), kind: RecordKind::ENTRY, body: body.to_vec().into() }
    }

    #[test]
    fn the_chain_depends_on_order_time_kind_and_body() {
        let (a, b) = (record(1, b"a"), record(2, b"b"));
        let ab = Cursor::START.after(&a).after(&b);
        assert_eq!(ab.position, Position::new(2));
        assert_ne!(ab, Cursor::START.after(&b).after(&a));
        assert_ne!(ab, Cursor::START.after(&a).after(&record(3, b"b")));
        let other = Record { kind: RecordKind(9), ..a };
        assert_ne!(ab, Cursor::START.after(&other).after(&b));
    }
}
