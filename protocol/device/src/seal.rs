//! Seals a payload into an Entry and opens it again. Step 7 of a change's life; next: `outbox.rs`.
//!
//! XChaCha20-Poly1305 with a random 192-bit nonce under the epoch's entry key. The additional data is what the
//! signature covers before the ciphertext's hash: label, group, device and header.

use chacha20poly1305::aead::{Aead, KeyInit, Payload as AeadPayload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::bytes::ByteArray;
use porchlight_wire::entry::{ENTRY_LABEL, EntryHeader, SealedEntry, VerifiedEntry};
use porchlight_wire::{Epoch, GroupId, Hash, Sequence, limits, signing};
use rand_core::Rng;
use thiserror::Error;

use crate::keys::{DeviceKeys, EpochKey, Secret};
use crate::payload::{Payload, PayloadError};

/// Where a new Entry stands among its device's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Its Group.
    pub(crate) group: GroupId,
    /// Its number.
    pub(crate) sequence: Sequence,
    /// The id of the one before.
    pub(crate) previous: Hash,
    /// The epoch to seal under.
    pub(crate) epoch: Epoch,
}

/// An Entry that this device made: the bytes to send, and the id that the next one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// The exact bytes of the SealedEntry.
    pub(crate) bytes: Vec<u8>,
    /// Its id.
    pub(crate) id: Hash,
}

/// Seals and signs a payload.
pub(crate) fn seal(
    payload: &Payload,
    place: &Place,
    keys: &DeviceKeys,
    epoch_key: &EpochKey,
    entropy: &mut impl Rng,
) -> Result<Sealed, SealError> {
    let plaintext = zeroize::Zeroizing::new(payload.to_plaintext()?);
    let mut nonce = [0; 24];
    entropy.fill_bytes(&mut nonce);
    let header = EntryHeader {
        version: limits::VERSION,
        sequence: place.sequence,
        previous: place.previous,
        epoch: place.epoch,
        nonce: ByteArray::from(nonce),
    };
    let header = minicbor::to_vec(&header).map_err(|_| SealError::TooLarge)?;
    let device = keys.id();
    let prefix: [&[u8]; 3] = [place.group.as_bytes(), device.as_bytes(), &header];
    let aad = signing::signed_message(ENTRY_LABEL, &prefix);
    let ciphertext = cipher(&epoch_key.entry_key(&place.group, place.epoch))
        .encrypt(&XNonce::from(nonce), AeadPayload { msg: &plaintext, aad: &aad })
        .map_err(|_| SealError::TooLarge)?;
    let hash = SealedEntry::ciphertext_hash(&ciphertext);
    let mut message = aad;
    message.extend_from_slice(hash.as_bytes());
    let id = SealedEntry::id(&place.group, &device, &header, &hash);
    let signature = keys.sign(&message);
    let entry = SealedEntry { device, header: header.into(), signature, ciphertext: ciphertext.into() };
    let bytes = minicbor::to_vec(entry).map_err(|_| SealError::TooLarge)?;
    if bytes.len() > limits::MAX_ENTRY {
        return Err(SealError::TooLarge);
    }
    Ok(Sealed { bytes, id })
}

/// Opens a verified Entry with the key of its epoch.
pub(crate) fn open(
    group: &GroupId,
    entry: &VerifiedEntry,
    epoch_key: &EpochKey,
) -> Result<Payload, SealError> {
    let header = entry.header();
    let prefix: [&[u8]; 3] = [group.as_bytes(), entry.entry().device.as_bytes(), &entry.entry().header];
    let aad = signing::signed_message(ENTRY_LABEL, &prefix);
    let plaintext = cipher(&epoch_key.entry_key(group, header.epoch))
        .decrypt(&XNonce::from(*header.nonce), AeadPayload { msg: &entry.entry().ciphertext, aad: &aad })
        .map_err(|_| SealError::CannotOpen)?;
    Ok(Payload::from_plaintext(&zeroize::Zeroizing::new(plaintext))?)
}

fn cipher(key: &Secret) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose_secret_bytes().into())
}

/// Why a payload cannot be sealed, or an Entry not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SealError {
    /// More than one Entry may hold; split it.
    #[error("too much for one entry")]
    TooLarge,
    /// Another key, another Group, or changed on the way.
    #[error("the entry cannot be opened with the group's key")]
    CannotOpen,
    /// Opened, but what is inside is not for this version.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Timestamp;
    use porchlight_wire::entry::EntryError;
    use porchlight_wire::record::Cursor;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    const GROUP: GroupId = GroupId::from_bytes([1; 32]);

    fn sealed() -> (Sealed, Payload, EpochKey) {
        let mut entropy = ChaCha20Rng::from_seed([3; 32]);
        let key = EpochKey(Secret::draw(&mut entropy));
        let keys = DeviceKeys::draw(&mut entropy);
        let payload = Payload {
            documents: vec![],
            claims: vec![],
            cursor: Cursor::START,
            roster: Hash::ZERO,
            clock: Timestamp::from_millis(1),
        };
        let place =
            Place { group: GROUP, sequence: Sequence::new(1), previous: Hash::ZERO, epoch: Epoch::new(0) };
        (seal(&payload, &place, &keys, &key, &mut entropy).unwrap(), payload, key)
    }

    #[test]
    fn what_is_sealed_verifies_and_opens() {
        let (sealed, payload, key) = sealed();
        let verified = VerifiedEntry::verify(&GROUP, &sealed.bytes).unwrap();
        assert_eq!(verified.id(), sealed.id);
        assert_eq!(open(&GROUP, &verified, &key), Ok(payload));
    }

    #[test]
    fn any_changed_byte_is_noticed_before_opening() {
        let (sealed, ..) = sealed();
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[at] ^= 1;
            assert!(VerifiedEntry::verify(&GROUP, &changed).is_err(), "byte {at}");
        }
        let elsewhere = GroupId::from_bytes([2; 32]);
        assert_eq!(VerifiedEntry::verify(&elsewhere, &sealed.bytes), Err(EntryError::BadSignature));
    }

    #[test]
    fn another_key_does_not_open_it() {
        let (sealed, ..) = sealed();
        let verified = VerifiedEntry::verify(&GROUP, &sealed.bytes).unwrap();
        let other = EpochKey(Secret::from_slice(&[9; 32]).unwrap());
        assert_eq!(open(&GROUP, &verified, &other), Err(SealError::CannotOpen));
    }
}
