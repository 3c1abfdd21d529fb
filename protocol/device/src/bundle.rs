//! The bytes of a bundle: sealed Entries that are carried by hand, and what their bearer has seen of the log.
//!
//! ```text
//! bundle   = "porchlight bundle" 1 (byte) { 0: group, 1: device, 2: epoch, 3: nonce (24), 4: ciphertext (bytes),
//!                                           5: signature, 6: [* SealedEntry bytes] }
//! signed   = "porchlight/bundle/1" group device epoch (4) nonce SHA-256(ciphertext) SHA-256(entries, each after its
//!            length (4))
//! greeting = { 0: cursor, 1: roster head (32), 2: clock (ms) }, sealed by XChaCha20-Poly1305 under the bundle key;
//!            additional data = "porchlight/bundle/1" group device epoch (4)
//! ```
//! The Entries are the same bytes that the log will hold. A bundle without Entries is a greeting: it lets two phones
//! that meet compare what the server showed them. A small one fits into a few QR codes: `codes.rs`.

use chacha20poly1305::aead::{Aead, KeyInit, Payload as AeadPayload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use porchlight_wire::record::Cursor;
use porchlight_wire::{DeviceId, Epoch, GroupId, Hash, Signature, Timestamp, limits, signing};
use rand_core::Rng;
use thiserror::Error;

use crate::keys::{DeviceKeys, EpochKey};

const MARK: &[u8] = b"porchlight bundle";
const VERSION: u8 = 1;
const LABEL: &str = "porchlight/bundle/1";

/// What the bearer of a bundle had seen when they made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Greeting {
    /// How far they had read.
    #[n(0)]
    pub(crate) cursor: Cursor,
    /// The last RosterChange they had.
    #[n(1)]
    pub(crate) roster: Hash,
    /// Their clock.
    #[n(2)]
    pub(crate) clock: Timestamp,
}

/// A bundle as it is carried.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Bundle {
    /// Of which Group.
    #[n(0)]
    pub(crate) group: GroupId,
    /// Who made it.
    #[n(1)]
    pub(crate) device: DeviceId,
    /// Under which key the greeting is sealed.
    #[n(2)]
    pub(crate) epoch: Epoch,
    #[n(3)]
    nonce: ByteArray<24>,
    #[n(4)]
    ciphertext: ByteVec,
    #[n(5)]
    signature: Signature,
    /// The exact bytes of SealedEntries, in the order in which they are to be appended.
    #[n(6)]
    pub(crate) entries: Vec<ByteVec>,
}

impl Bundle {
    /// Seals a greeting and puts Entries beside it.
    pub(crate) fn seal(
        (group, epoch): (GroupId, Epoch),
        greeting: &Greeting,
        entries: Vec<ByteVec>,
        (keys, key): (&DeviceKeys, &EpochKey),
        entropy: &mut impl Rng,
    ) -> Result<Vec<u8>, BundleError> {
        let mut nonce = [0; 24];
        entropy.fill_bytes(&mut nonce);
        let mut plain = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(greeting, &mut plain);
        let device = keys.id();
        let aad = additional(&group, &device, epoch);
        let ciphertext = cipher(key, &group, epoch)
            .encrypt(&XNonce::from(nonce), AeadPayload { msg: &plain, aad: &aad })
            .map_err(|_| BundleError::TooLarge)?;
        let signature = keys.sign(&message(&aad, &nonce, &ciphertext, &entries));
        let (nonce, ciphertext) = (ByteArray::from(nonce), ciphertext.into());
        let bundle = Self { group, device, epoch, nonce, ciphertext, signature, entries };
        let mut bytes = MARK.to_vec();
        bytes.push(VERSION);
        let _ = minicbor::encode(bundle, &mut bytes);
        if bytes.len() > limits::MAX_BUNDLE { Err(BundleError::TooLarge) } else { Ok(bytes) }
    }

    /// Reads a bundle: size, then form, then signature. Its Entries are not looked at yet.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > limits::MAX_BUNDLE {
            return Err(BundleError::TooLarge);
        }
        let rest = bytes.strip_prefix(MARK).ok_or(BundleError::NotABundle)?;
        let (&version, rest) = rest.split_first().ok_or(BundleError::NotABundle)?;
        if version != VERSION {
            return Err(BundleError::OtherVersion);
        }
        let bundle: Self = minicbor::decode(rest).map_err(|_| BundleError::Damaged)?;
        if bundle.entries.len() > limits::MAX_BUNDLE_ENTRIES {
            return Err(BundleError::TooLarge);
        }
        let Self { group, device, epoch, nonce, ciphertext, signature, entries } = &bundle;
        let message = message(&additional(group, device, *epoch), nonce, ciphertext, entries);
        signing::verify(device.as_bytes(), "", &[&message], signature).map_err(|_| BundleError::Damaged)?;
        Ok(bundle)
    }

    /// What its maker had seen.
    pub(crate) fn greeting(&self, key: &EpochKey) -> Result<Greeting, BundleError> {
        let aad = additional(&self.group, &self.device, self.epoch);
        let plain = cipher(key, &self.group, self.epoch)
            .decrypt(&XNonce::from(*self.nonce), AeadPayload { msg: &self.ciphertext, aad: &aad })
            .map_err(|_| BundleError::Damaged)?;
        minicbor::decode(&plain).map_err(|_| BundleError::Damaged)
    }
}

fn cipher(key: &EpochKey, group: &GroupId, epoch: Epoch) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bundle_key(group, epoch).expose_secret_bytes().into())
}

fn additional(group: &GroupId, device: &DeviceId, epoch: Epoch) -> Vec<u8> {
    let epoch = epoch.get().to_be_bytes();
    signing::signed_message(LABEL, &[group.as_bytes(), device.as_bytes(), &epoch])
}

fn message(aad: &[u8], nonce: &[u8; 24], ciphertext: &[u8], entries: &[ByteVec]) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in entries {
        all.extend_from_slice(&u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes());
        all.extend_from_slice(entry);
    }
    let mut message = aad.to_vec();
    message.extend_from_slice(nonce);
    message.extend_from_slice(Hash::of("", &[ciphertext]).as_bytes());
    message.extend_from_slice(Hash::of("", &[&all]).as_bytes());
    message
}

/// Why a bundle cannot be made or opened. Nothing of it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BundleError {
    /// Something else altogether.
    #[error("this is not a bundle of Porchlight")]
    NotABundle,
    /// Made by a later version.
    #[error("this bundle was made by a newer version: update to open it")]
    OtherVersion,
    /// Cut off or changed on the way.
    #[error("the bundle is damaged: export it again")]
    Damaged,
    /// More than a bundle may hold.
    #[error("there is too much for one bundle")]
    TooLarge,
    /// More than a sequence of QR codes may hold.
    #[error("there is too much for QR codes: use a file")]
    TooLargeForCodes,
    /// Of a Group that this device is not in.
    #[error("the bundle is of a group that this device is not in")]
    UnknownGroup,
    /// Made by a device that the Roster here does not know.
    #[error("the bundle was made by a device that this one does not know as a member's")]
    UnknownDevice,
    /// Sealed under a key that is not here (yet).
    #[error("the bundle is sealed under a key that is not on this device yet")]
    UnknownEpoch,
    /// This device has no key to seal with yet.
    #[error("the group's key is not on this device yet")]
    NoKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_refused_with_a_reason() {
        assert_eq!(Bundle::read(&vec![0; limits::MAX_BUNDLE + 1]), Err(BundleError::TooLarge));
        assert_eq!(Bundle::read(b"hello"), Err(BundleError::NotABundle));
        let mut later = MARK.to_vec();
        later.push(2);
        assert_eq!(Bundle::read(&later), Err(BundleError::OtherVersion));
        later.pop();
        later.extend_from_slice(&[VERSION, 0xa0]);
        assert_eq!(Bundle::read(&later), Err(BundleError::Damaged));
    }
}
