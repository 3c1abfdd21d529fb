//! What a Part holds once it is opened: a Document, or the index of a Snapshot.
//!
//! ```text
//! document  = { 0: kind (text), 1: key (text), 2: saved Automerge document (bytes) or null, 3: [* raw Automerge change] }
//! index     = { 0: [* indexed], 1: [* [kind, key, change hash, generation, position, index, time]], 2: [* forgotten], 3: skipped }
//! indexed   = { 0: kind, 1: key, 2: [* head], 3: part hash }
//! forgotten = { 0: kind, 1: key, ? 2: key of the one in its place, 3: who, 4: when }
//! plaintext = length (4, big-endian) content, zeros up to the next Padmé size
//! part key  = HKDF-SHA256(EpochKey, info "porchlight/key/1" group epoch (4) "part")
//! part      = XChaCha20-Poly1305 under the part key; additional data = "porchlight/sealed-part/1" group epoch (4)
//! ```

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use porchlight_documents::DocumentName;
use porchlight_wire::snapshot::SealedPart;
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Timestamp, limits, signing};
use rand_core::Rng;
use thiserror::Error;

use crate::keys::{EpochKey, Secret};
use crate::payload::padme;

/// A whole Document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WholeDocument {
    #[n(0)]
    pub(crate) kind: String,
    #[n(1)]
    pub(crate) key: String,
    /// What [`porchlight_documents::Document::save`] wrote; none where the maker did not know the Kind.
    #[n(2)]
    pub(crate) saved: Option<ByteVec>,
    /// Changes of a Kind that the maker did not know, in the order of the log.
    #[n(3)]
    pub(crate) changes: Vec<ByteVec>,
}

/// Which Part holds which Document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Indexed {
    #[n(0)]
    pub(crate) kind: String,
    #[n(1)]
    pub(crate) key: String,
    #[n(2)]
    pub(crate) heads: Vec<Hash>,
    #[n(3)]
    pub(crate) part: Hash,
}

impl Indexed {
    /// Whether it is about this Document.
    pub(crate) fn is(&self, name: &DocumentName) -> bool {
        self.kind == name.kind.word() && self.key == name.key
    }
}

/// One Claim of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct LedgerLine {
    #[n(0)]
    pub(crate) kind: String,
    #[n(1)]
    pub(crate) key: String,
    #[n(2)]
    pub(crate) change: Hash,
    #[n(3)]
    pub(crate) generation: Generation,
    #[n(4)]
    pub(crate) position: Position,
    #[n(5)]
    pub(crate) index: u32,
    #[n(6)]
    pub(crate) time: Timestamp,
}

/// A Document that is forgotten for good, as it is sealed in a Forget and kept in every later index.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Forgotten {
    #[n(0)]
    pub(crate) kind: String,
    #[n(1)]
    pub(crate) key: String,
    /// The key of the Document that took its place, if one did.
    #[n(2)]
    pub(crate) replacement: Option<String>,
    /// Who forgot it.
    #[n(3)]
    pub(crate) by: DeviceId,
    /// When, by that device's clock.
    #[n(4)]
    pub(crate) time: Timestamp,
    /// The heads of what the log held of it and whoever forgot it had seen: what a device wrote beyond them is carried
    /// into the replacement.
    #[n(5)]
    pub(crate) seen: Option<Vec<Hash>>,
    /// The ids of the contacts that are not in the replacement any more, for whoever would bring them back from an archive
    /// without knowing. Devices of earlier versions neither name nor keep them.
    #[n(6)]
    pub(crate) contacts: Option<Vec<String>>,
}

impl Forgotten {
    /// Whether two say the same, as far as both of their writers knew.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let is_known = self.contacts.is_some() && other.contacts.is_some();
        let bare = |one: &Self| Self { contacts: one.contacts.clone().filter(|_| is_known), ..one.clone() };
        bare(self) == bare(other)
    }
}

/// The sealed part of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Index {
    /// The Documents, most used first.
    #[n(0)]
    pub(crate) documents: Vec<Indexed>,
    /// The ledger, sorted.
    #[n(1)]
    pub(crate) ledger: Vec<LedgerLine>,
    /// What is forgotten for good.
    #[n(2)]
    pub(crate) forgotten: Vec<Forgotten>,
    /// Records that were passed over.
    #[n(3)]
    pub(crate) skipped: u32,
}

/// Seals something as a Part: the bytes to keep and to send.
pub(crate) fn seal<T: Encode<()>>(
    content: &T,
    group: &GroupId,
    (epoch, key): (Epoch, &EpochKey),
    entropy: &mut impl Rng,
) -> Result<Vec<u8>, PartError> {
    let mut plaintext = zeroize::Zeroizing::new(vec![0; 4]);
    // Writing to a Vec has no failure to report.
    let _ = minicbor::encode(content, &mut *plaintext);
    let length = u32::try_from(plaintext.len().saturating_sub(4)).map_err(|_| PartError::TooLarge)?;
    for (to, from) in plaintext.iter_mut().zip(length.to_be_bytes()) {
        *to = from;
    }
    let padded = padme(plaintext.len());
    plaintext.resize(padded, 0);
    let mut nonce = [0; 24];
    entropy.fill_bytes(&mut nonce);
    let aad = additional(group, epoch);
    let ciphertext = cipher(&key.part_key(group, epoch))
        .encrypt(&XNonce::from(nonce), Payload { msg: &plaintext, aad: &aad })
        .map_err(|_| PartError::TooLarge)?;
    let sealed = SealedPart { epoch, nonce: ByteArray::from(nonce), ciphertext: ciphertext.into() };
    let bytes = minicbor::to_vec(sealed).map_err(|_| PartError::TooLarge)?;
    if bytes.len() > limits::MAX_PART as usize {
        return Err(PartError::TooLarge);
    }
    Ok(bytes)
}

/// Opens a Part; `key` gives the key of its epoch, if it is here.
pub(crate) fn open<'k, T: for<'b> Decode<'b, ()>>(
    bytes: &[u8],
    group: &GroupId,
    key: impl FnOnce(Epoch) -> Option<&'k EpochKey>,
) -> Result<T, PartError> {
    if bytes.len() > limits::MAX_PART as usize {
        return Err(PartError::TooLarge);
    }
    let sealed: SealedPart = minicbor::decode(bytes).map_err(|_| PartError::Malformed)?;
    let key = key(sealed.epoch).ok_or(PartError::CannotOpen)?;
    let aad = additional(group, sealed.epoch);
    let plaintext = cipher(&key.part_key(group, sealed.epoch))
        .decrypt(&XNonce::from(*sealed.nonce), Payload { msg: &sealed.ciphertext, aad: &aad })
        .map_err(|_| PartError::CannotOpen)?;
    let plaintext = zeroize::Zeroizing::new(plaintext);
    let (length, content) = plaintext.split_first_chunk().ok_or(PartError::Malformed)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| PartError::Malformed)?;
    let content = content.get(..length).ok_or(PartError::Malformed)?;
    minicbor::decode(content).map_err(|_| PartError::Malformed)
}

/// The epoch whose key opens a Part.
pub(crate) fn epoch_of(bytes: &[u8]) -> Option<Epoch> {
    if bytes.len() > limits::MAX_PART as usize {
        return None;
    }
    minicbor::decode::<SealedPart>(bytes).ok().map(|sealed| sealed.epoch)
}

/// Whether a key opens a Part, whatever is in it.
pub(crate) fn opens(bytes: &[u8], group: &GroupId, key: &EpochKey) -> bool {
    let opened = open::<Index>(bytes, group, |_| Some(key));
    !matches!(opened, Err(PartError::CannotOpen | PartError::TooLarge))
}

fn additional(group: &GroupId, epoch: Epoch) -> Vec<u8> {
    signing::signed_message("porchlight/sealed-part/1", &[group.as_bytes(), &epoch.get().to_be_bytes()])
}

fn cipher(key: &Secret) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose_secret_bytes().into())
}

/// Why a Part cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PartError {
    /// A Document that is larger than a Part may be.
    #[error("too much for one part")]
    TooLarge,
    /// Not a Part.
    #[error("the part cannot be read")]
    Malformed,
    /// Another key, another Group, or changed on the way.
    #[error("the part cannot be opened with the group's key")]
    CannotOpen,
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_part_opens_with_its_key_in_its_group_and_not_otherwise() {
        let mut entropy = ChaCha20Rng::from_seed([3; 32]);
        let (key, other) = (EpochKey(Secret::draw(&mut entropy)), EpochKey(Secret::draw(&mut entropy)));
        let (group, epoch) = (GroupId::from_bytes([1; 32]), Epoch::new(2));
        let index = Index { skipped: 7, ..Index::default() };
        let sealed = seal(&index, &group, (epoch, &key), &mut entropy).unwrap();
        assert_eq!(open(&sealed, &group, |_| Some(&key)), Ok(index));
        let elsewhere = GroupId::from_bytes([2; 32]);
        assert_eq!(open::<Index>(&sealed, &elsewhere, |_| Some(&key)), Err(PartError::CannotOpen));
        assert_eq!(open::<Index>(&sealed, &group, |_| Some(&other)), Err(PartError::CannotOpen));
        assert_eq!(open::<Index>(&sealed, &group, |_| None), Err(PartError::CannotOpen));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open::<Index>(&changed, &group, |_| Some(&key)).is_err(), "byte {at}");
        }
    }

    /// The same as an earlier version has it.
    #[derive(Debug, PartialEq, Eq, Encode, Decode)]
    #[cbor(map)]
    struct Earlier {
        #[n(0)]
        kind: String,
        #[n(1)]
        key: String,
        #[n(2)]
        replacement: Option<String>,
        #[n(3)]
        by: DeviceId,
        #[n(4)]
        time: Timestamp,
        #[n(5)]
        seen: Option<Vec<Hash>>,
    }

    #[test]
    fn what_is_forgotten_is_read_by_earlier_versions_and_from_them() {
        let forgotten = Forgotten {
            kind: "contacts".into(),
            key: String::new(),
            replacement: Some("0102".into()),
            by: DeviceId::from_bytes([7; 32]),
            time: Timestamp::from_millis(5),
            seen: Some(vec![Hash::from_bytes([8; 32])]),
            contacts: Some(vec!["k3v0123456789abc".into()]),
        };
        let bytes = minicbor::to_vec(&forgotten).unwrap();
        let earlier: Earlier = minicbor::decode(&bytes).unwrap();
        let back: Forgotten = minicbor::decode(&minicbor::to_vec(&earlier).unwrap()).unwrap();
        assert_eq!(back, Forgotten { contacts: None, ..forgotten.clone() });
        assert!(back.agrees_with(&forgotten) && forgotten.agrees_with(&back));
        let other = Forgotten { contacts: Some(vec!["another000000000".into()]), ..forgotten.clone() };
        assert!(!other.agrees_with(&forgotten), "whoever says that others went does not say the same");
        assert!(!back.agrees_with(&Forgotten { key: "09".into(), ..forgotten }));
    }
}
