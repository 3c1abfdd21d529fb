//! The server's own key: it signs heads, and makes challenges that need no memory.

use std::fs;
use std::io;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use porchlight_wire::record::{Cursor, SignedHead};
use porchlight_wire::{Challenge, GroupId, Hash, ServerKey, Signature, Timestamp, limits};
use sha2::Sha256;
use thiserror::Error;

use crate::data::write_durably;

const FILE_START: &str = "porchlight server key 1 ";

/// Who a server is. Phones know its public half; losing this key means that they will not accept the server again.
pub struct Identity {
    signing: SigningKey,
    challenges: Hmac<Sha256>,
}

impl core::fmt::Debug for Identity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Identity({:?}, secret redacted)", self.public())
    }
}

impl Identity {
    /// The identity with this secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let key = Hash::of("porchlight/challenge-key/1", &[secret]);
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block.iter_mut().zip(key.as_bytes()).for_each(|(to, from)| *to = *from);
        Self { signing: SigningKey::from_bytes(secret), challenges: <Hmac<Sha256> as KeyInit>::new(&block) }
    }

    /// Reads the key file.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let file = match fs::read(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(IdentityError::Missing),
            Err(error) => return Err(IdentityError::Failed(error)),
        };
        let text = String::from_utf8(file).map_err(|_| IdentityError::Damaged)?;
        let encoded = text.trim_end().strip_prefix(FILE_START).ok_or(IdentityError::Damaged)?;
        let secret = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| IdentityError::Damaged)?;
        let secret: [u8; 32] = secret.try_into().map_err(|_| IdentityError::Damaged)?;
        Ok(Self::from_secret(&secret))
    }

    /// Makes a new key and writes it, readable by the owner only, before anything can depend on it.
    pub fn create(path: &Path) -> Result<Self, IdentityError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| IdentityError::Failed(io::Error::other(error)))?;
        let text = format!("{FILE_START}{}\n", BASE64URL_NOPAD.encode(&secret));
        write_durably(path, text.as_bytes()).map_err(IdentityError::Failed)?;
        Ok(Self::from_secret(&secret))
    }

    /// The public key that phones know the server by.
    pub fn public(&self) -> ServerKey {
        ServerKey::from_bytes(self.signing.verifying_key().to_bytes())
    }

    /// Signs the end of a log.
    pub fn sign_head(&self, group: &GroupId, cursor: Cursor, time: Timestamp) -> SignedHead {
        let signature = self.signing.sign(&SignedHead::message(group, &cursor, time));
        SignedHead { cursor, time, signature: Signature::from_bytes(signature.to_bytes()) }
    }

    /// The challenges that a POST may be signed for, the newest first. The server remembers none of them: each is
    /// a MAC over a stretch of [`limits::CHALLENGE_MILLIS`], and the stretch before this one still counts.
    pub fn shared_challenges(&self, now: Timestamp) -> [Challenge; 2] {
        let stretch = now.millis() / limits::CHALLENGE_MILLIS;
        [stretch, stretch.saturating_sub(1)].map(|stretch| {
            let mut mac = self.challenges.clone();
            mac.update(&stretch.to_be_bytes());
            Challenge::from_bytes(mac.finalize().into_bytes().into())
        })
    }
}

/// Why there is no server key.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// Put `server.key` back from a backup. A new one would make phones refuse this server.
    #[error("server.key is missing although there is a database; put it back from your backup")]
    Missing,
    /// Put `server.key` back from a backup.
    #[error("server.key is damaged; put it back from your backup")]
    Damaged,
    /// The operating system refused.
    #[error("cannot read or write server.key: {0}")]
    Failed(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn identity() -> Identity {
        Identity::from_secret(&[7; 32])
    }

    #[test]
    fn the_key_file_is_private_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.key");
        assert!(matches!(Identity::load(&path), Err(IdentityError::Missing)));
        let made = Identity::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Identity::load(&path).unwrap().public(), made.public());
        fs::write(&path, "porchlight server key 1 AAAA\n").unwrap();
        assert!(matches!(Identity::load(&path), Err(IdentityError::Damaged)));
    }

    #[test]
    fn a_shared_challenge_is_good_for_its_time_and_for_its_server_only() {
        let made = Timestamp::from_millis(limits::CHALLENGE_MILLIS * 1_000 + 1);
        let [challenge, _] = identity().shared_challenges(made);
        let accepted = |millis| identity().shared_challenges(made.plus_millis(millis)).contains(&challenge);
        assert!(accepted(limits::CHALLENGE_MILLIS));
        assert!(!accepted(2 * limits::CHALLENGE_MILLIS));
        assert!(!Identity::from_secret(&[8; 32]).shared_challenges(made).contains(&challenge));
    }

    #[test]
    fn a_signed_head_can_be_checked_and_a_secret_is_not_printed() {
        let group = GroupId::from_bytes([1; 32]);
        let head = identity().sign_head(&group, Cursor::START, Timestamp::from_millis(5));
        assert!(head.verify(&group, &identity().public()).is_ok());
        assert!(head.verify(&GroupId::from_bytes([2; 32]), &identity().public()).is_err());
        assert!(format!("{:?}", identity()).contains("redacted"));
    }
}
