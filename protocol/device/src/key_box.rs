//! Key boxes: an EpochKey sealed to one recipient by HPKE (RFC 9180, base mode) with X-Wing.
//!
//! ```text
//! suite = X-Wing (ML-KEM-768 and X25519), HKDF-SHA256, ChaCha20-Poly1305
//! info  = "porchlight/key-box/1" group (32) epoch (4, big-endian) hash of the recipient's public key (32)
//!         hash of the RosterChange before the one that started the epoch (32; zeros for epoch 0)
//! box   = encapsulated key (1,120) ciphertext (32 + 16)
//! ```

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use porchlight_wire::{Epoch, GroupId, Hash, limits, signing};
use rand_core::CryptoRng;
use thiserror::Error;

use crate::keys::{EpochKey, Secret};

pub(crate) mod earlier;

const ENCAPSULATION: usize = 1120;

/// For which Group and epoch a box is, and what it follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoxContext {
    /// The Group.
    pub(crate) group: GroupId,
    /// Whose key is in it.
    pub(crate) epoch: Epoch,
    /// The hash of the RosterChange before the one that started the epoch.
    pub(crate) previous: Hash,
}

/// The public sealing key made of a secret.
pub(crate) fn public_key(secret: &Secret) -> Vec<u8> {
    let (_, public) = XWing::derive_keypair(secret.expose_secret_bytes());
    public.to_bytes().to_vec()
}

/// The hash by which the Roster names a public sealing key.
pub(crate) fn key_hash(public: &[u8]) -> Hash {
    Hash::of("porchlight/sealing-key/1", &[public])
}

/// Seals an EpochKey to a public sealing key.
pub(crate) fn seal(
    key: &EpochKey,
    context: &BoxContext,
    recipient: &[u8],
    entropy: &mut impl CryptoRng,
) -> Result<Vec<u8>, KeyBoxError> {
    if recipient.len() != limits::SEALING_KEY {
        return Err(KeyBoxError::BadRecipient);
    }
    let public = <XWing as Kem>::PublicKey::from_bytes(recipient).map_err(|_| KeyBoxError::BadRecipient)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        &info(context, &key_hash(recipient)),
        key.0.expose_secret_bytes(),
        &[],
        entropy,
    )
    .map_err(|_| KeyBoxError::BadRecipient)?;
    let mut sealed = encapsulated.to_bytes().to_vec();
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens a box with the secret it was sealed to, and checks the key against the Roster's commitment.
pub(crate) fn open(
    sealed: &[u8],
    context: &BoxContext,
    secret: &Secret,
    commitment: &Hash,
) -> Result<EpochKey, KeyBoxError> {
    if sealed.len() > limits::MAX_KEY_BOX {
        return Err(KeyBoxError::Malformed);
    }
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATION).ok_or(KeyBoxError::Malformed)?;
    let encapsulated =
        <XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| KeyBoxError::Malformed)?;
    let (private, public) = XWing::derive_keypair(secret.expose_secret_bytes());
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        &info(context, &key_hash(&public.to_bytes())),
        ciphertext,
        &[],
    )
    .map_err(|_| KeyBoxError::NotForUs)?;
    let opened = zeroize::Zeroizing::new(opened);
    let key = EpochKey(Secret::from_slice(&opened).ok_or(KeyBoxError::Malformed)?);
    if key.commitment(context.epoch) != *commitment {
        return Err(KeyBoxError::OtherKey);
    }
    Ok(key)
}

/// Seals a text to a public sealing key.
pub(crate) fn seal_note(
    plain: &[u8],
    info: &[u8],
    recipient: &[u8],
    entropy: &mut impl CryptoRng,
) -> Result<Vec<u8>, KeyBoxError> {
    let public = <XWing as Kem>::PublicKey::from_bytes(recipient).map_err(|_| KeyBoxError::BadRecipient)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        info,
        plain,
        &[],
        entropy,
    )
    .map_err(|_| KeyBoxError::BadRecipient)?;
    let mut sealed = encapsulated.to_bytes().to_vec();
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens a text that was sealed to the public key of this secret.
pub(crate) fn open_note(sealed: &[u8], info: &[u8], secret: &Secret) -> Option<Vec<u8>> {
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATION)?;
    let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let (private, _) = XWing::derive_keypair(secret.expose_secret_bytes());
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        info,
        ciphertext,
        &[],
    )
    .ok()
}

fn info(context: &BoxContext, recipient: &Hash) -> Vec<u8> {
    signing::signed_message(
        "porchlight/key-box/1",
        &[
            context.group.as_bytes(),
            &context.epoch.get().to_be_bytes(),
            recipient.as_bytes(),
            context.previous.as_bytes(),
        ],
    )
}

/// Why a box cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum KeyBoxError {
    /// Not an X-Wing public key.
    #[error("the recipient's sealing key cannot be used")]
    BadRecipient,
    /// Not a box.
    #[error("the key box cannot be read")]
    Malformed,
    /// Sealed to somebody else, for another Group or epoch, or changed on the way.
    #[error("the key box cannot be opened with this device's key")]
    NotForUs,
    /// Opened, but the key is not the one that the Roster commits to: a bad epoch.
    #[error("the key box holds another key than the group agreed on")]
    OtherKey,
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    fn setup() -> (ChaCha20Rng, EpochKey, BoxContext, Secret) {
        let mut entropy = ChaCha20Rng::from_seed([3; 32]);
        let key = EpochKey(Secret::draw(&mut entropy));
        let recipient = Secret::draw(&mut entropy);
        let context =
            BoxContext { group: GroupId::from_bytes([1; 32]), epoch: Epoch::new(0), previous: Hash::ZERO };
        (entropy, key, context, recipient)
    }

    #[test]
    fn a_box_opens_for_its_recipient_and_fits_the_commitment() {
        let (mut entropy, key, context, recipient) = setup();
        let sealed = seal(&key, &context, &public_key(&recipient), &mut entropy).unwrap();
        assert_eq!(sealed.len(), 1168);
        assert_eq!(open(&sealed, &context, &recipient, &key.commitment(context.epoch)), Ok(key));
    }

    #[test]
    fn a_box_opens_for_nobody_else_and_nowhere_else() {
        let (mut entropy, key, context, recipient) = setup();
        let sealed = seal(&key, &context, &public_key(&recipient), &mut entropy).unwrap();
        let commitment = key.commitment(context.epoch);
        let other = Secret::draw(&mut entropy);
        assert_eq!(open(&sealed, &context, &other, &commitment), Err(KeyBoxError::NotForUs));
        let elsewhere = BoxContext { group: GroupId::from_bytes([2; 32]), ..context };
        assert_eq!(open(&sealed, &elsewhere, &recipient, &commitment), Err(KeyBoxError::NotForUs));
        assert_eq!(open(&sealed, &context, &recipient, &Hash::ZERO), Err(KeyBoxError::OtherKey));
        assert_eq!(open(&sealed[..100], &context, &recipient, &commitment), Err(KeyBoxError::Malformed));
        let mut changed = sealed;
        changed[1150] ^= 1;
        assert_eq!(open(&changed, &context, &recipient, &commitment), Err(KeyBoxError::NotForUs));
    }
}
