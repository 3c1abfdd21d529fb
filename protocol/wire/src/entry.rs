//! A sealed Entry as the log holds it: what can be checked without its key.
//!
//! ```text
//! SealedEntry = { 0: device (32), 1: header (bytes), 2: signature (64), 3: ciphertext (bytes) }
//! header      = { 0: version, 1: sequence, 2: previous id (32), 3: epoch, 4: nonce (24) }
//! signed      = "porchlight/entry/1" group device header SHA-256(ciphertext)
//! entry id    = SHA-256("porchlight/entry-id/1" group device header SHA-256(ciphertext))
//! ```
//! Group and ciphertext hash are in what is signed but not in what is sent: the reader knows both. `previous id` is
//! the id of the same device's Entry before this one, or zeros.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{DeviceId, Epoch, GroupId, Hash, Sequence, Signature, limits, signing};

/// The label under which an Entry is signed.
pub const ENTRY_LABEL: &str = "porchlight/entry/1";

const ENTRY_ID_LABEL: &str = "porchlight/entry-id/1";

/// What the author says about an Entry in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EntryHeader {
    /// The protocol version that the author spoke.
    #[n(0)]
    pub version: u8,
    /// Its number among the device's Entries, from 1.
    #[n(1)]
    pub sequence: Sequence,
    /// The id of the device's Entry before this one; zeros for the first.
    #[n(2)]
    pub previous: Hash,
    /// The key under which it is sealed.
    #[n(3)]
    pub epoch: Epoch,
    /// The random nonce of XChaCha20-Poly1305.
    #[n(4)]
    pub nonce: ByteArray<24>,
}

/// An Entry as it travels and as the log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealedEntry {
    /// The author.
    #[n(0)]
    pub device: DeviceId,
    /// The EntryHeader's exact bytes, which are what is signed.
    #[n(1)]
    pub header: ByteVec,
    /// The author's signature.
    #[n(2)]
    pub signature: Signature,
    /// What only the Group can open.
    #[n(3)]
    pub ciphertext: ByteVec,
}

impl SealedEntry {
    /// The hash that signature and id cover in place of the ciphertext.
    pub fn ciphertext_hash(ciphertext: &[u8]) -> Hash {
        Hash::of("", &[ciphertext])
    }

    /// The id of an Entry with this header and ciphertext.
    pub fn id(group: &GroupId, device: &DeviceId, header: &[u8], ciphertext_hash: &Hash) -> Hash {
        Hash::of(ENTRY_ID_LABEL, &[group.as_bytes(), device.as_bytes(), header, ciphertext_hash.as_bytes()])
    }
}

/// An Entry whose size, form and signature were checked; only [`VerifiedEntry::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedEntry {
    entry: SealedEntry,
    header: EntryHeader,
    id: Hash,
}

impl VerifiedEntry {
    /// Checks the exact bytes of a SealedEntry of `group`: size first, then form, then signature.
    pub fn verify(group: &GroupId, bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > limits::MAX_ENTRY {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let entry: SealedEntry = minicbor::decode(bytes).map_err(|_| EntryError::Malformed)?;
        let hash = SealedEntry::ciphertext_hash(&entry.ciphertext);
        let parts: [&[u8]; 4] = [group.as_bytes(), entry.device.as_bytes(), &entry.header, hash.as_bytes()];
        signing::verify(entry.device.as_bytes(), ENTRY_LABEL, &parts, &entry.signature)
            .map_err(|_| EntryError::BadSignature)?;
        let header: EntryHeader = minicbor::decode(&entry.header).map_err(|_| EntryError::Malformed)?;
        if header.sequence.get() == 0 {
            return Err(EntryError::Malformed);
        }
        let id = SealedEntry::id(group, &entry.device, &entry.header, &hash);
        Ok(Self { entry, header, id })
    }

    /// The author.
    pub fn device(&self) -> DeviceId {
        self.entry.device
    }

    /// What the author says in the clear.
    pub fn header(&self) -> &EntryHeader {
        &self.header
    }

    /// The id, named by the device's next Entry.
    pub fn id(&self) -> Hash {
        self.id
    }

    /// The whole Entry.
    pub fn entry(&self) -> &SealedEntry {
        &self.entry
    }
}

/// Why bytes are not an Entry. All are the peer's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// Refused unread.
    #[error("the entry has {0} bytes, more than the {max} allowed", max = limits::MAX_ENTRY)]
    TooLarge(usize),
    /// Not the form this version knows.
    #[error("the entry cannot be read")]
    Malformed,
    /// Somebody changed it, or it is of another Group.
    #[error("the entry's signature does not fit")]
    BadSignature,
}
