//! Seals and signs what no device would: Entries, Parts and statements, written anew from `protocol/README.md` for a
//! member with bad intentions, who has the group's key.

use anyhow::{Result, anyhow};
use chacha20poly1305::aead::{Aead, KeyInit, Payload as Sealing};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use porchlight_wire::entry::ENTRY_LABEL;
use porchlight_wire::record::Cursor;
use porchlight_wire::snapshot::{SealedPart, SignedStatement, Statement};
use porchlight_wire::{DeviceId, Epoch, GroupId, Hash, Signature, Timestamp, signing};
use sha2::Sha256;

use crate::scribe::{Place, forge};

/// What is sealed in an Entry.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Payload {
    /// Changes, document by document.
    #[n(0)]
    pub documents: Vec<Changes>,
    /// Index of a document, hash of a Change.
    #[n(1)]
    pub claims: Vec<(u32, Hash)>,
    /// How far the author says to have read.
    #[n(2)]
    pub cursor: Cursor,
    /// The RosterChange that the author says to have seen last.
    #[n(3)]
    pub roster: Hash,
    /// The author's clock.
    #[n(4)]
    pub clock: Timestamp,
}

/// Changes of one Document.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Changes {
    /// Its Kind.
    #[n(0)]
    pub kind: String,
    /// Its key.
    #[n(1)]
    pub key: String,
    /// What should be raw Automerge changes.
    #[n(2)]
    pub changes: Vec<ByteVec>,
}

/// What is sealed in the first Part of a Snapshot.
#[derive(Clone, Debug, Default, Encode, Decode)]
#[cbor(map)]
pub struct Index {
    /// The Documents.
    #[n(0)]
    pub documents: Vec<Indexed>,
    /// Where Claims are said to stand.
    #[n(1)]
    pub ledger: Vec<LedgerLine>,
    /// What is said to be forgotten.
    #[n(2)]
    pub forgotten: Vec<Forgotten>,
    /// How many Records are said to have been passed over.
    #[n(3)]
    pub skipped: u32,
}

/// A Document that is said to be forgotten.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Forgotten {
    /// Its Kind.
    #[n(0)]
    pub kind: String,
    /// Its key.
    #[n(1)]
    pub key: String,
    /// By whom.
    #[n(3)]
    pub by: DeviceId,
    /// When.
    #[n(4)]
    pub time: Timestamp,
}

/// Which Part holds which Document.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Indexed {
    /// Its Kind.
    #[n(0)]
    pub kind: String,
    /// Its key.
    #[n(1)]
    pub key: String,
    /// Its newest Changes.
    #[n(2)]
    pub heads: Vec<Hash>,
    /// The Part.
    #[n(3)]
    pub part: Hash,
}

/// One Claim: kind and key of its Document, its Change, and generation, position, index and time.
pub type LedgerLine = (String, String, Hash, u32, u64, u32, u64);

/// What is sealed in every other Part.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct WholeDocument {
    /// Its Kind.
    #[n(0)]
    pub kind: String,
    /// Its key.
    #[n(1)]
    pub key: String,
    /// What should be a saved Document.
    #[n(2)]
    pub saved: Option<ByteVec>,
    /// Changes of a Kind that the maker does not know.
    #[n(3)]
    pub changes: Vec<ByteVec>,
}

/// A member's keys in the wrong hands.
pub struct Forger {
    /// The device's.
    pub key: SigningKey,
    /// In this Group.
    pub group: GroupId,
    /// The newest epoch whose key the device has.
    pub epoch: Epoch,
    /// That key.
    pub secret: [u8; 32],
}

impl Forger {
    /// In whose name it writes.
    pub fn device(&self) -> DeviceId {
        DeviceId::from_bytes(self.key.verifying_key().to_bytes())
    }

    /// An Entry that opens to this plaintext, and its id.
    pub fn entry(&self, place: &Place, nonce: [u8; 24], plaintext: &[u8]) -> Result<(Vec<u8>, Hash)> {
        let (device, header) = (self.device(), place.header(nonce)?);
        let parts: [&[u8]; 3] = [self.group.as_bytes(), device.as_bytes(), &header];
        let aad = signing::signed_message(ENTRY_LABEL, &parts);
        let ciphertext =
            self.cipher(place.epoch, b"entry")?.encrypt(&XNonce::from(nonce), sealing(plaintext, &aad));
        forge(&self.key, place, nonce, ciphertext.map_err(|_| anyhow!("too long to seal"))?)
    }

    /// A Part that opens to this content.
    pub fn part<T: Encode<()>>(&self, content: &T, nonce: [u8; 24]) -> Result<Vec<u8>> {
        let content = encoded(content)?;
        let mut plaintext = u32::try_from(content.len())?.to_be_bytes().to_vec();
        plaintext.extend_from_slice(&content);
        let parts: [&[u8]; 2] = [self.group.as_bytes(), &self.epoch.get().to_be_bytes()];
        let aad = signing::signed_message("porchlight/sealed-part/1", &parts);
        let ciphertext =
            self.cipher(self.epoch, b"part")?.encrypt(&XNonce::from(nonce), sealing(&plaintext, &aad));
        let ciphertext = ciphertext.map_err(|_| anyhow!("too long to seal"))?.into();
        encoded(&SealedPart { epoch: self.epoch, nonce: nonce.into(), ciphertext })
    }

    /// A statement of the device.
    pub fn statement(&self, statement: &Statement) -> Result<Vec<u8>> {
        let (device, body) = (self.device(), statement.encode());
        let message = SignedStatement::message(&self.group, &device, &body);
        let signature = Signature::from_bytes(self.key.sign(&message).to_bytes());
        encoded(&SignedStatement { device, body: body.into(), signature })
    }

    fn cipher(&self, epoch: Epoch, purpose: &[u8]) -> Result<XChaCha20Poly1305> {
        let parts: [&[u8]; 3] = [self.group.as_bytes(), &epoch.get().to_be_bytes(), purpose];
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &self.secret)
            .expand(&signing::signed_message("porchlight/key/1", &parts), &mut key)
            .map_err(|_| anyhow!("too long to derive"))?;
        Ok(XChaCha20Poly1305::new(&key.into()))
    }
}

/// The plaintext of an Entry with this content, as it is or said to be packed with zlib.
pub fn plaintext(packing: Packing, content: &[u8]) -> Result<Vec<u8>> {
    let mut plaintext = vec![packing as u8];
    plaintext.extend_from_slice(&u32::try_from(content.len())?.to_be_bytes());
    plaintext.extend_from_slice(content);
    Ok(plaintext)
}

/// How the content of a plaintext is said to be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Stored = 0,
    /// With zlib.
    Zlib = 1,
}

/// In CBOR.
pub fn encoded<T: Encode<()>>(content: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    minicbor::encode(content, &mut bytes)?;
    Ok(bytes)
}

fn sealing<'a>(msg: &'a [u8], aad: &'a [u8]) -> Sealing<'a, 'a> {
    Sealing { msg, aad }
}
