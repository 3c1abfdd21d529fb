//! An earlier EpochKey, sealed under a later one, so that the newest key opens all history: never the reverse.
//!
//! ```text
//! sealed = ChaCha20-Poly1305 (32 + 16), nonce of zeros: the key seals nothing else
//! key    = the later EpochKey's for the purpose "earlier"
//! aad    = "porchlight/earlier-key/1" group (32) epoch (4, big-endian) earlier epoch (4)
//! ```

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use porchlight_wire::{Epoch, GroupId, signing};

use crate::keys::{EpochKey, Secret};

/// Seals the key of the second epoch under that of the first.
pub(crate) fn seal(
    key: &EpochKey,
    group: &GroupId,
    epochs: (Epoch, Epoch),
    earlier: &EpochKey,
) -> Option<[u8; 48]> {
    let payload = Payload { msg: earlier.0.expose_secret_bytes(), aad: &additional(group, epochs) };
    let sealed = cipher(key, group, epochs.0).encrypt(&Nonce::default(), payload).ok()?;
    sealed.try_into().ok()
}

/// Opens it again; the caller compares it with the commitment.
pub(crate) fn open(
    key: &EpochKey,
    group: &GroupId,
    epochs: (Epoch, Epoch),
    sealed: &[u8],
) -> Option<EpochKey> {
    let payload = Payload { msg: sealed, aad: &additional(group, epochs) };
    let opened = cipher(key, group, epochs.0).decrypt(&Nonce::default(), payload).ok()?;
    Secret::from_slice(&zeroize::Zeroizing::new(opened)).map(EpochKey)
}

fn cipher(key: &EpochKey, group: &GroupId, epoch: Epoch) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.earlier_key(group, epoch).expose_secret_bytes().into())
}

fn additional(group: &GroupId, (epoch, earlier): (Epoch, Epoch)) -> Vec<u8> {
    let parts: [&[u8]; 3] = [group.as_bytes(), &epoch.get().to_be_bytes(), &earlier.get().to_be_bytes()];
    signing::signed_message("porchlight/earlier-key/1", &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_key_opens_under_the_later_one_and_nothing_else() {
        let key = |byte| EpochKey(Secret::from_slice(&[byte; 32]).unwrap());
        let group = GroupId::from_bytes([1; 32]);
        let epochs = (Epoch::new(3), Epoch::new(2));
        let sealed = seal(&key(7), &group, epochs, &key(6)).unwrap();
        assert_eq!(open(&key(7), &group, epochs, &sealed), Some(key(6)));
        assert_eq!(open(&key(6), &group, epochs, &sealed), None);
        assert_eq!(open(&key(7), &group, (Epoch::new(3), Epoch::new(1)), &sealed), None);
        assert_eq!(open(&key(7), &GroupId::from_bytes([2; 32]), epochs, &sealed), None);
    }
}
