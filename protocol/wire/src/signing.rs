//! Ed25519, checked strictly: the only place that verifies a signature.

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};
use thiserror::Error;

use crate::Signature;

/// Verifies `signature` by `key` over a label and parts. All parts but the last must have a fixed length.
///
/// Strict verification (no small-order keys, canonical points), so that every device and server agree on what is valid.
pub fn verify(
    key: &[u8; 32],
    label: &str,
    parts: &[&[u8]],
    signature: &Signature,
) -> Result<(), BadSignature> {
    verify_message(key, &signed_message(label, parts), signature)
}

/// Verifies `signature` by `key` over a message made by [`signed_message`].
pub fn verify_message(key: &[u8; 32], message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| BadSignature)?;
    let signature = Ed25519Signature::from_bytes(signature.as_bytes());
    key.verify_strict(message, &signature).map_err(|_| BadSignature)
}

/// The bytes that a signature covers: the label, then the parts.
pub fn signed_message(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = label.as_bytes().to_vec();
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

/// The signature is not that of this key over these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the signature does not fit")]
pub struct BadSignature;
