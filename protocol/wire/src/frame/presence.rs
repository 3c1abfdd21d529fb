//! Who is doing what at the moment: sealed, passed on to those who listen, stored nowhere, and lost without harm.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::{DeviceId, Epoch, GroupId, Signature, signing};

/// What one device does at the moment, as only its Group can read it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Presence {
    /// The Group.
    #[n(0)]
    pub group: GroupId,
    /// Whose it is.
    #[n(1)]
    pub device: DeviceId,
    /// The key under which it is sealed.
    #[n(2)]
    pub epoch: Epoch,
    /// The random nonce of XChaCha20-Poly1305.
    #[n(3)]
    pub nonce: ByteArray<24>,
    /// At most [`crate::limits::MAX_PRESENCE`].
    #[n(4)]
    pub ciphertext: ByteVec,
    /// The device's signature over [`Presence::message`].
    #[n(5)]
    pub signature: Signature,
}

impl Presence {
    /// The label under which it is signed and sealed.
    pub const LABEL: &'static str = "porchlight/presence/1";

    /// What the additional data of the sealing is, and the beginning of what is signed.
    pub fn additional(group: &GroupId, device: &DeviceId, epoch: Epoch) -> Vec<u8> {
        let epoch = epoch.get().to_be_bytes();
        signing::signed_message(Self::LABEL, &[group.as_bytes(), device.as_bytes(), &epoch])
    }

    /// The bytes that the device signs.
    pub fn message(additional: &[u8], nonce: &[u8; 24], ciphertext: &[u8]) -> Vec<u8> {
        [additional, nonce, ciphertext].concat()
    }

    /// Checks that its device signed it.
    pub fn verify(&self) -> Result<(), signing::BadSignature> {
        let additional = Self::additional(&self.group, &self.device, self.epoch);
        let message = Self::message(&additional, &self.nonce, &self.ciphertext);
        signing::verify(self.device.as_bytes(), "", &[&message], &self.signature)
    }
}
