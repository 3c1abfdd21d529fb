//! The secrets of a device and everything derived from them. Secrets are wiped when dropped and never printed.
//!
//! ```text
//! commitment  = HKDF-SHA256(EpochKey, "porchlight/epoch-commitment/1" epoch (4, big-endian))
//! purpose key = HKDF-SHA256(EpochKey, "porchlight/key/1" group (32) epoch (4) purpose)
//! invitation  = HKDF-SHA256(secret, "porchlight/invitation-signing/1" | "porchlight/invitation-sealing/1")
//! ```

use core::fmt;

use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use porchlight_wire::{DeviceId, Epoch, GroupId, Hash, InvitationId, InvitationKey, Signature, signing};
use rand_core::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Thirty-two secret bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Draws a fresh one.
    pub(crate) fn draw(entropy: &mut impl Rng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// Takes bytes that are one already.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        if bytes.len() != secret.len() {
            return None;
        }
        secret.copy_from_slice(bytes);
        Some(Self(secret))
    }

    /// The bytes themselves: to store, to seal, and to derive from; for nothing else.
    pub(crate) fn expose_secret_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A secret derived from this one.
    pub(crate) fn derive(&self, label: &str, parts: &[&[u8]]) -> Self {
        let mut derived = Zeroizing::new([0; 32]);
        let info = signing::signed_message(label, parts);
        // 32 bytes are far below the 8,160 that HKDF-SHA256 can give, so this has no failure to report.
        let _ = Hkdf::<Sha256>::new(None, self.0.as_ref()).expand(&info, derived.as_mut());
        Self(derived)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The key of one epoch, from which everything that a Group seals is derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EpochKey(pub(crate) Secret);

impl EpochKey {
    /// What the Roster says of it, and what proves it.
    pub(crate) fn commitment(&self, epoch: Epoch) -> Hash {
        let derived = self.0.derive("porchlight/epoch-commitment/1", &[&epoch.get().to_be_bytes()]);
        Hash::from_bytes(*derived.expose_secret_bytes())
    }

    /// The key that seals Entries.
    pub(crate) fn entry_key(&self, group: &GroupId, epoch: Epoch) -> Secret {
        self.0.derive("porchlight/key/1", &[group.as_bytes(), &epoch.get().to_be_bytes(), b"entry"])
    }

    /// The key that seals what a bundle says of its maker.
    pub(crate) fn bundle_key(&self, group: &GroupId, epoch: Epoch) -> Secret {
        self.0.derive("porchlight/key/1", &[group.as_bytes(), &epoch.get().to_be_bytes(), b"bundle"])
    }

    /// The key that seals who is doing what at the moment.
    pub(crate) fn presence_key(&self, group: &GroupId, epoch: Epoch) -> Secret {
        self.0.derive("porchlight/key/1", &[group.as_bytes(), &epoch.get().to_be_bytes(), b"presence"])
    }

    /// The key that seals an earlier EpochKey, once: so that whoever holds the newest can read everything before.
    pub(crate) fn earlier_key(&self, group: &GroupId, epoch: Epoch) -> Secret {
        self.0.derive("porchlight/key/1", &[group.as_bytes(), &epoch.get().to_be_bytes(), b"earlier"])
    }

    /// What the key pair of an invitation's lobby is made of.
    pub(crate) fn lobby_secret(&self, group: &GroupId, epoch: Epoch, invitation: &InvitationId) -> Secret {
        let parts: [&[u8]; 4] =
            [group.as_bytes(), &epoch.get().to_be_bytes(), b"lobby", invitation.as_bytes()];
        self.0.derive("porchlight/key/1", &parts)
    }

    /// The key that seals Parts of Snapshots.
    pub(crate) fn part_key(&self, group: &GroupId, epoch: Epoch) -> Secret {
        self.0.derive("porchlight/key/1", &[group.as_bytes(), &epoch.get().to_be_bytes(), b"part"])
    }
}

/// The keys of a Device in one Group.
#[derive(Clone, Debug)]
pub(crate) struct DeviceKeys {
    signing: Secret,
    sealing: Secret,
    id: DeviceId,
}

impl DeviceKeys {
    /// Draws fresh ones.
    pub(crate) fn draw(entropy: &mut impl Rng) -> Self {
        Self::from_secrets(Secret::draw(entropy), Secret::draw(entropy))
    }

    /// Takes the two secrets, as stored.
    pub(crate) fn from_secrets(signing: Secret, sealing: Secret) -> Self {
        let id = DeviceId::from_bytes(public_key(&signing));
        Self { signing, sealing, id }
    }

    /// The public signing key: the Device's id.
    pub(crate) fn id(&self) -> DeviceId {
        self.id
    }

    /// The two secrets, to be stored.
    pub(crate) fn secrets(&self) -> (&Secret, &Secret) {
        (&self.signing, &self.sealing)
    }

    /// Signs a message made by [`signing::signed_message`].
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        sign(&self.signing, message)
    }

    /// What the sealing key pair is made of.
    pub(crate) fn sealing(&self) -> &Secret {
        &self.sealing
    }
}

/// What an invitation link holds: whoever has it can join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvitationSecret(pub(crate) Secret);

impl InvitationSecret {
    /// The public key that the Roster names.
    pub(crate) fn key(&self) -> InvitationKey {
        InvitationKey::from_bytes(public_key(&self.signing()))
    }

    /// Signs for the invitation.
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        sign(&self.signing(), message)
    }

    /// What the invitation's sealing key pair is made of.
    pub(crate) fn sealing(&self) -> Secret {
        self.0.derive("porchlight/invitation-sealing/1", &[])
    }

    fn signing(&self) -> Secret {
        self.0.derive("porchlight/invitation-signing/1", &[])
    }
}

fn public_key(secret: &Secret) -> [u8; 32] {
    SigningKey::from_bytes(secret.expose_secret_bytes()).verifying_key().to_bytes()
}

fn sign(secret: &Secret, message: &[u8]) -> Signature {
    Signature::from_bytes(SigningKey::from_bytes(secret.expose_secret_bytes()).sign(message).to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let keys = DeviceKeys::from_secrets(
            Secret::from_slice(&[0x5a; 32]).unwrap(),
            Secret::from_slice(&[0x5b; 32]).unwrap(),
        );
        let printed = format!("{keys:?}");
        assert!(!printed.contains("5a5a") && !printed.contains("90, 90"), "{printed}");
    }

    #[test]
    fn every_purpose_group_and_epoch_has_its_own_key() {
        let key = EpochKey(Secret::from_slice(&[1; 32]).unwrap());
        let (a, b) = (GroupId::from_bytes([1; 32]), GroupId::from_bytes([2; 32]));
        assert_ne!(key.entry_key(&a, Epoch::new(0)), key.entry_key(&b, Epoch::new(0)));
        assert_ne!(key.entry_key(&a, Epoch::new(0)), key.entry_key(&a, Epoch::new(1)));
        assert_ne!(key.commitment(Epoch::new(0)), key.commitment(Epoch::new(1)));
    }
}
