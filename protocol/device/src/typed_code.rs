//! An invitation as six words that can be told over the phone: they find it on the server, and open it.
//!
//! ```text
//! slow    = the words, made slow with the salt "porchlight/typed-code/1" server key (32)
//! locator = HKDF-SHA256(slow, info "porchlight/code-locator/1")
//! key     = HKDF-SHA256(slow, info "porchlight/code-key/1")
//! sealed  = nonce (24) XChaCha20-Poly1305(invitation link, zeros up to a multiple of 256),
//!           additional data "porchlight/code-invitation/1" locator (32)
//! ```
//! The server keeps what is sealed for a day under the locator, and answers nobody who asks often. The server's key is
//! in the salt so that nobody can compute codes before they are made, or for many servers at once.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use porchlight_wire::frame::{Lookup, LookupKind};
use porchlight_wire::{GroupId, Hash, ServerKey, Timestamp, limits, signing};
use zeroize::Zeroizing;

use crate::device::{ActError, Device};
use crate::invitation::Invitation;
use crate::keys::Secret;
use crate::search::{Keeping, Wanted};
use crate::words::{self, WordsError};

const NONCE: usize = 24;

/// Links are padded to a multiple of this: names of Groups differ in length.
const STEP: usize = 256;

/// What words make: where something is kept, and what opens it.
#[derive(Debug)]
pub(crate) struct CodeKeys {
    pub(crate) locator: Hash,
    pub(crate) key: Secret,
}

impl Device {
    /// Makes six words behind which the Group's server keeps this invitation for a day. They work once
    /// [`crate::Event::CodeKept`] has come; they are as secret as the link, and are not stored here. Slow on purpose.
    pub fn tell_in_words(&mut self, id: GroupId, link: &str, now: Timestamp) -> Result<String, ActError> {
        let invitation = Invitation::parse(link)?;
        let server = self.groups.get(&id).ok_or(ActError::UnknownGroup)?.stored.server;
        if invitation.group != id {
            return Err(ActError::UnknownGroup);
        }
        let words = words::draw_code(&mut self.entropy);
        let keys = CodeKeys::of(&words, &server)?;
        let mut nonce = [0; NONCE];
        rand_core::Rng::fill_bytes(&mut self.entropy, &mut nonce);
        let sealed = keys.seal(&invitation, nonce).ok_or(ActError::CannotSeal)?;
        let lookup = Lookup { locator: keys.locator, sealed: sealed.into() };
        let (kind, digest) = (LookupKind::Code, None);
        self.keep_at_server(Keeping { group: id, kind, lookup, digest }, now);
        Ok(words.to_string())
    }

    /// Looks for the invitation behind six words on the server at this address; takes the place of an earlier search.
    /// [`crate::Event::CodeFound`] brings it, [`crate::Event::CodeNotFound`] says why there is none.
    pub fn find_by_words(&mut self, url: &str, typed: &str, now: Timestamp) -> Result<(), WordsError> {
        let words = words::read_code(typed)?;
        self.start_search(url, Wanted::Invitation(words), now);
        Ok(())
    }
}

impl CodeKeys {
    /// Locator and key, derived apart: whoever knows one does not know the other.
    pub(crate) fn of(words: &str, server: &ServerKey) -> Result<Self, WordsError> {
        let salt = signing::signed_message("porchlight/typed-code/1", &[server.as_bytes()]);
        let slow = words::stretch(words, &salt)?;
        let locator = slow.derive("porchlight/code-locator/1", &[]);
        let locator = Hash::from_bytes(*locator.expose_secret_bytes());
        Ok(Self { locator, key: slow.derive("porchlight/code-key/1", &[]) })
    }

    pub(crate) fn seal(&self, invitation: &Invitation, nonce: [u8; NONCE]) -> Option<Vec<u8>> {
        let mut plain = Zeroizing::new(invitation.link().into_bytes());
        let size = plain.len().next_multiple_of(STEP);
        plain.resize(size, 0);
        let aad = self.aad();
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &aad }).ok()?;
        Some([nonce.to_vec(), sealed].concat())
    }

    /// The invitation in what a server gave for the locator.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Invitation> {
        if sealed.len() > limits::MAX_CODE {
            return None;
        }
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let aad = self.aad();
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad }).ok()?;
        let plain = Zeroizing::new(plain);
        let link = core::str::from_utf8(&plain).ok()?.trim_end_matches('\0');
        Invitation::parse(link).ok()
    }

    fn aad(&self) -> Vec<u8> {
        signing::signed_message("porchlight/code-invitation/1", &[self.locator.as_bytes()])
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invitation::tests::sample;

    const WORDS: &str = "abandon ability zoo zone young above";

    #[test]
    fn a_code_opens_its_invitation_at_its_server_and_nothing_else() {
        let server = ServerKey::from_bytes([1; 32]);
        let link = sample();
        let keys = CodeKeys::of(WORDS, &server).unwrap();
        let sealed = keys.seal(&link, [7; NONCE]).unwrap();
        assert!(sealed.len() < limits::MAX_CODE);
        assert_eq!(keys.open(&sealed), Some(link));
        let others =
            [("abandon ability zoo zone young absent", server), (WORDS, ServerKey::from_bytes([2; 32]))];
        for (words, server) in others {
            let other = CodeKeys::of(words, &server).unwrap();
            assert!(other.locator != keys.locator && other.key != keys.key);
            assert_eq!(other.open(&sealed), None);
        }
        for at in [0, 30, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open(&changed), None, "{at}");
        }
        assert_eq!(keys.open(&[]), None);
        assert_eq!(keys.open(&vec![0; limits::MAX_CODE + 1]), None);
    }
}
