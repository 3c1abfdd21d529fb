//! Snapshots as the server knows them: a manifest that names sealed Parts, and what devices state about it in the log.
//!
//! ```text
//! part            = { 0: epoch, 1: nonce (24), 2: ciphertext }      hash = SHA-256("porchlight/part/1" part)
//! manifest        = { 0: version, 1: cursor, 2: time, 3: roster head, 4: [* [device, sequence, entry id]], 5: [* [part hash, size]] }
//! manifest hash   = SHA-256("porchlight/part/1" manifest): it is kept and sent like a Part, but not sealed
//! SignedStatement = { 0: device, 1: body (bytes), 2: signature }    signed = "porchlight/statement/1" group device body
//! body            = [ kind, { fields } ]
//!   1 Offer   { 0: manifest hash, 1: manifest size, 2: position }
//!   2 Endorse { 0: manifest hash }
//!   3 Object  { 0: manifest hash, 1: reason }
//!   4 Forget  { 0: sealed (bytes, a Part) }
//! ```
//! The first Part is the index: which Part holds which Document with which heads, the ledger, what is forgotten.
//! Statements are Records of kind 3, so all devices see them in the same order.

use std::collections::BTreeSet;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};
use thiserror::Error;

use crate::frame::Code;
use crate::record::Cursor;
use crate::{DeviceId, Epoch, GroupId, Hash, Position, Sequence, Signature, Timestamp, limits, signing};

/// The label under which a statement is signed.
pub const STATEMENT_LABEL: &str = "porchlight/statement/1";

/// A Part as it is kept and sent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealedPart {
    /// The key under which it is sealed.
    #[n(0)]
    pub epoch: Epoch,
    /// The random nonce of XChaCha20-Poly1305.
    #[n(1)]
    pub nonce: ByteArray<24>,
    /// What only the Group can open.
    #[n(2)]
    pub ciphertext: ByteVec,
}

/// The hash that names a Part, or a manifest.
pub fn part_hash(bytes: &[u8]) -> Hash {
    Hash::of("porchlight/part/1", &[bytes])
}

/// A Part by its hash, with its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct PartName {
    /// [`part_hash`] of its bytes.
    #[n(0)]
    pub hash: Hash,
    /// Its bytes.
    #[n(1)]
    pub size: u32,
}

/// The last Entry of a device at a manifest's Position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuthorHead {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The Entry's number.
    #[n(1)]
    pub sequence: Sequence,
    /// The Entry's id.
    #[n(2)]
    pub entry: Hash,
}

/// What a Snapshot stands for, in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Manifest {
    /// The protocol version that its maker spoke.
    #[n(0)]
    pub version: u8,
    /// The last Record that it stands for.
    #[n(1)]
    pub cursor: Cursor,
    /// That Record's time.
    #[n(2)]
    pub time: Timestamp,
    /// The last RosterChange up to there.
    #[n(3)]
    pub roster: Hash,
    /// The last Entry of every device that has written, in the order of their ids.
    #[n(4)]
    pub authors: Vec<AuthorHead>,
    /// Its Parts; the first is the index.
    #[n(5)]
    pub parts: Vec<PartName>,
}

impl Manifest {
    /// The bytes to keep and to send.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    /// Reads a manifest and checks its bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > limits::MAX_MANIFEST {
            return Err(StatementError::TooLarge(bytes.len()));
        }
        let manifest: Self = minicbor::decode(bytes).map_err(|_| StatementError::Malformed)?;
        let too_large = |part: &PartName| part.size == 0 || part.size > limits::MAX_PART;
        let hashes: BTreeSet<Hash> = manifest.parts.iter().map(|part| part.hash).collect();
        let ordered =
            manifest.authors.windows(2).all(|pair| matches!(pair, [one, other] if one.device < other.device));
        let sound = !manifest.parts.is_empty()
            && manifest.parts.len() <= limits::MAX_PARTS
            && manifest.authors.len() <= limits::MAX_DEVICES
            && hashes.len() == manifest.parts.len()
            && !manifest.parts.iter().any(too_large)
            && ordered;
        if sound { Ok(manifest) } else { Err(StatementError::Malformed) }
    }
}

/// Why a device objects to a Snapshot. Numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Reason(#[n(0)] pub u8);

impl Reason {
    /// A Part is missing, damaged or cannot be opened.
    pub const UNREADABLE: Self = Self(1);
    /// A Document is not what this device has at that Position.
    pub const DOCUMENTS: Self = Self(2);
    /// Roster head, authors, ledger or chain are not what this device has.
    pub const LOG: Self = Self(3);
}

/// What a device states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// There is a Snapshot.
    Offer {
        /// Its manifest.
        manifest: PartName,
        /// The last Position that it stands for.
        position: Position,
    },
    /// Its author loaded the Snapshot and found what it has itself.
    Endorse {
        /// Its manifest.
        manifest: Hash,
    },
    /// Its author found something else: nothing may be dropped because of this Snapshot.
    Object {
        /// Its manifest.
        manifest: Hash,
        /// Why.
        reason: Reason,
    },
    /// A Document is forgotten, for good; which one is sealed.
    Forget {
        /// The exact bytes of a SealedPart.
        sealed: ByteVec,
    },
    /// A kind of a later version: kept, chained, passed on, and without effect here.
    Unknown(u32),
}

impl Statement {
    /// The bytes to sign.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    /// The manifest that it is about.
    pub fn manifest(&self) -> Option<Hash> {
        match self {
            Self::Offer { manifest, .. } => Some(manifest.hash),
            Self::Endorse { manifest } | Self::Object { manifest, .. } => Some(*manifest),
            Self::Forget { .. } | Self::Unknown(_) => None,
        }
    }
}

impl<C> Encode<C> for Statement {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(2)?;
        match self {
            Self::Offer { manifest, position } => {
                e.u32(1)?.map(3)?.u8(0)?.encode_with(manifest.hash, ctx)?;
                e.u8(1)?.u32(manifest.size)?.u8(2)?.u64(position.get())?.ok()
            }
            Self::Endorse { manifest } => e.u32(2)?.map(1)?.u8(0)?.encode_with(manifest, ctx)?.ok(),
            Self::Object { manifest, reason } => {
                e.u32(3)?.map(2)?.u8(0)?.encode_with(manifest, ctx)?.u8(1)?.u8(reason.0)?.ok()
            }
            Self::Forget { sealed } => e.u32(4)?.map(1)?.u8(0)?.bytes(sealed)?.ok(),
            Self::Unknown(kind) => e.u32(*kind)?.map(0)?.ok(),
        }
    }
}

/// The fields of all kinds that are known: each uses those it needs.
#[derive(Decode)]
#[cbor(map)]
struct OfferFields {
    #[n(0)]
    hash: Hash,
    #[n(1)]
    size: u32,
    #[n(2)]
    position: Position,
}

#[derive(Decode)]
#[cbor(map)]
struct VerdictFields {
    #[n(0)]
    manifest: Hash,
    #[n(1)]
    reason: Option<Reason>,
}

#[derive(Decode)]
#[cbor(map)]
struct ForgetFields {
    #[n(0)]
    sealed: ByteVec,
}

impl<'b, C> Decode<'b, C> for Statement {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(2) {
            return Err(DecodeError::message("a statement is an array of kind and fields"));
        }
        Ok(match d.u32()? {
            1 => {
                let OfferFields { hash, size, position } = d.decode_with(ctx)?;
                Self::Offer { manifest: PartName { hash, size }, position }
            }
            2 => Self::Endorse { manifest: VerdictFields::decode(d, ctx)?.manifest },
            3 => {
                let VerdictFields { manifest, reason } = d.decode_with(ctx)?;
                Self::Object { manifest, reason: reason.unwrap_or(Reason::UNREADABLE) }
            }
            4 => Self::Forget { sealed: ForgetFields::decode(d, ctx)?.sealed },
            later => {
                d.skip()?;
                Self::Unknown(later)
            }
        })
    }
}

/// A statement as it travels and as the log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedStatement {
    /// Who states it.
    #[n(0)]
    pub device: DeviceId,
    /// The Statement's exact bytes, which are what is signed.
    #[n(1)]
    pub body: ByteVec,
    /// By that device.
    #[n(2)]
    pub signature: Signature,
}

impl SignedStatement {
    /// The bytes that the device signs.
    pub fn message(group: &GroupId, device: &DeviceId, body: &[u8]) -> Vec<u8> {
        signing::signed_message(STATEMENT_LABEL, &[group.as_bytes(), device.as_bytes(), body])
    }
}

/// A statement whose size, form and signature were checked; only [`VerifiedStatement::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedStatement {
    device: DeviceId,
    statement: Statement,
    hash: Hash,
}

impl VerifiedStatement {
    /// Checks the exact bytes of a SignedStatement of `group`.
    pub fn verify(group: &GroupId, bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > limits::MAX_STATEMENT {
            return Err(StatementError::TooLarge(bytes.len()));
        }
        let signed: SignedStatement = minicbor::decode(bytes).map_err(|_| StatementError::Malformed)?;
        let parts: [&[u8]; 3] = [group.as_bytes(), signed.device.as_bytes(), &signed.body];
        signing::verify(signed.device.as_bytes(), STATEMENT_LABEL, &parts, &signed.signature)
            .map_err(|_| StatementError::BadSignature)?;
        let statement = minicbor::decode(&signed.body).map_err(|_| StatementError::Malformed)?;
        let hash = statement_hash(group, &signed);
        Ok(Self { device: signed.device, statement, hash })
    }

    /// Who states it.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// What it says.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// What names it: the same for everything with this author and body.
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

/// The hash that names a statement.
pub fn statement_hash(group: &GroupId, signed: &SignedStatement) -> Hash {
    Hash::of("porchlight/statement-hash/1", &[group.as_bytes(), signed.device.as_bytes(), &signed.body])
}

/// Why bytes are not a statement, or not a manifest. All are the peer's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StatementError {
    /// Refused unread.
    #[error("too large: {0} bytes")]
    TooLarge(usize),
    /// Not the form this version knows, or out of bounds.
    #[error("the snapshot's statement cannot be read")]
    Malformed,
    /// Somebody changed it, or it is of another Group.
    #[error("the statement's signature does not fit")]
    BadSignature,
}

impl StatementError {
    /// The code with which a server refuses it.
    pub fn code(self) -> Code {
        match self {
            Self::TooLarge(_) => Code::TOO_LARGE,
            Self::Malformed => Code::MALFORMED,
            Self::BadSignature => Code::BAD_SIGNATURE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            version: 1,
            cursor: Cursor::START,
            time: Timestamp::from_millis(5),
            roster: Hash::ZERO,
            authors: vec![],
            parts: vec![PartName { hash: Hash::ZERO, size: 9 }],
        }
    }

    #[test]
    fn every_statement_survives_encoding() {
        let hash = Hash::of("", &[b"m"]);
        for statement in [
            Statement::Offer { manifest: PartName { hash, size: 77 }, position: Position::new(5) },
            Statement::Endorse { manifest: hash },
            Statement::Object { manifest: hash, reason: Reason::DOCUMENTS },
            Statement::Forget { sealed: vec![1, 2, 3].into() },
            Statement::Unknown(99),
        ] {
            let read: Statement = minicbor::decode(&statement.encode()).unwrap();
            assert_eq!(read, statement);
        }
    }

    #[test]
    fn a_manifest_out_of_bounds_is_refused() {
        assert_eq!(Manifest::decode(&manifest().encode()), Ok(manifest()));
        let part = |byte: u8, size| PartName { hash: Hash::from_bytes([byte; 32]), size };
        let author = |byte: u8| AuthorHead {
            device: DeviceId::from_bytes([byte; 32]),
            sequence: Sequence::new(1),
            entry: Hash::ZERO,
        };
        for spoilt in [
            Manifest { parts: vec![], ..manifest() },
            Manifest { parts: vec![part(1, 0)], ..manifest() },
            Manifest { parts: vec![part(1, limits::MAX_PART + 1)], ..manifest() },
            Manifest { parts: vec![part(1, 5), part(1, 5)], ..manifest() },
            Manifest { authors: vec![author(2), author(1)], ..manifest() },
            Manifest { authors: vec![author(2), author(2)], ..manifest() },
        ] {
            assert_eq!(Manifest::decode(&spoilt.encode()), Err(StatementError::Malformed), "{spoilt:?}");
        }
        let huge = vec![0; limits::MAX_MANIFEST + 1];
        assert!(matches!(Manifest::decode(&huge), Err(StatementError::TooLarge(_))));
    }

    #[test]
    fn a_statement_that_nobody_signed_is_refused() {
        let group = GroupId::from_bytes([1; 32]);
        let body = Statement::Endorse { manifest: Hash::ZERO }.encode();
        let device = DeviceId::from_bytes([3; 32]);
        let signed = SignedStatement { device, body: body.into(), signature: Signature::from_bytes([0; 64]) };
        let bytes = minicbor::to_vec(&signed).unwrap();
        assert_eq!(VerifiedStatement::verify(&group, &bytes), Err(StatementError::BadSignature));
        assert_eq!(VerifiedStatement::verify(&group, b"no"), Err(StatementError::Malformed));
    }
}
