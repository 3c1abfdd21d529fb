//! An invitation as six words that can be told over the phone: they find it on the server, and open it.
//!
//! ```text
//! words    = 6 of the English list of BIP 39 (2,048 words), drawn at random, in lower case with single spaces
//! slow     = Argon2id (RFC 9106; 32 MiB, 3 passes, 1 lane) of the words with the salt "porchlight/typed-code/1"
//! locator  = HKDF-SHA256(slow, info "porchlight/code-locator/1")
//! key      = HKDF-SHA256(slow, info "porchlight/code-key/1")
//! sealed   = nonce (24) XChaCha20-Poly1305(invitation link, zeros up to a multiple of 256),
//!            additional data = "porchlight/code-invitation/1"
//! ```
//! The server keeps what is sealed for a day under the locator, and answers nobody who asks often.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use porchlight_wire::frame::{ClientFrame, Code, Lookup, LookupCall, LookupKind};
use porchlight_wire::{GroupId, Hash, Timestamp};
use rand_core::Rng;
use thiserror::Error;

use crate::device::{ActError, Device};
use crate::invitation::Invitation;
use crate::io::Event;
use crate::keys::Secret;

/// Words of one code: 66 bits, and a day to guess them through a server that counts.
const WORDS: usize = 6;

/// Words of the list.
const LIST: usize = 2048;

const NONCE: usize = 24;

/// The list of words: given from outside, since it is only needed where codes are told or typed.
#[derive(Clone, Debug)]
pub struct WordList(Vec<String>);

impl WordList {
    /// Reads a list of 2,048 words in order, one in a line.
    pub fn read(text: &str) -> Option<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let sorted = words.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
        (words.len() == LIST && sorted).then_some(Self(words))
    }

    /// What was typed, as the words of the list: any case, any spaces or hyphens between, and the first four letters
    /// are enough.
    pub fn recognize(&self, typed: &str, count: usize) -> Result<String, CodeError> {
        let mut words = Vec::new();
        let parts = typed.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty());
        for part in parts {
            let part = part.to_lowercase();
            let begins = |word: &&String| part.len() >= 4 && word.starts_with(&part);
            let found = self.0.iter().find(|word| **word == part).or_else(|| self.0.iter().find(begins));
            words.push(found.ok_or(CodeError::UnknownWord(part))?.as_str());
        }
        if words.len() != count {
            return Err(CodeError::OtherCount { typed: words.len(), wanted: count });
        }
        Ok(words.join(" "))
    }

    fn draw(&self, entropy: &mut impl Rng) -> String {
        // 2,048 divides what is drawn from, so every word is as likely.
        let mut word = || usize::from(u16::try_from(entropy.next_u32() % 2048).unwrap_or(0));
        let words: Vec<&str> = (0..WORDS).filter_map(|_| self.0.get(word())).map(String::as_str).collect();
        words.join(" ")
    }
}

/// A search for the invitation behind a code.
#[derive(Debug)]
pub(crate) struct Search {
    url: String,
    locator: Hash,
    key: Secret,
    asked: bool,
}

impl Device {
    /// Makes six words behind which the server keeps an invitation for a day. Needs a connection; the words work once
    /// [`Event::CodeKept`] has come. They are as secret as the link, and are not stored here.
    pub fn tell_in_words(
        &mut self,
        id: GroupId,
        link: &str,
        list: &WordList,
        now: Timestamp,
    ) -> Result<String, ActError> {
        let invitation = Invitation::parse(link)?;
        if !self.groups.contains_key(&id) || invitation.group != id {
            return Err(ActError::UnknownGroup);
        }
        if !self.can_send(id) {
            return Err(ActError::NotConnected);
        }
        let words = list.draw(&mut self.entropy);
        let (locator, key) = derived(&words).ok_or(ActError::CannotSeal)?;
        let mut plain = invitation.link().into_bytes();
        plain.resize(plain.len().next_multiple_of(256), 0);
        let mut nonce = [0; NONCE];
        self.entropy.fill_bytes(&mut nonce);
        let sealed = cipher(&key)
            .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: AAD })
            .map_err(|_| ActError::CannotSeal)?;
        let lookup = Lookup { locator, sealed: [nonce.to_vec(), sealed].concat().into() };
        self.send(id, &ClientFrame::Lookup(LookupCall::Put(id, LookupKind::Code, lookup)), now);
        self.schedule(now);
        Ok(words)
    }

    /// Looks for the invitation behind six words on the server at this address. [`Event::CodeFound`] brings its link;
    /// [`Event::CodeNotFound`] says that there is none.
    pub fn find_by_words(
        &mut self,
        url: &str,
        typed: &str,
        list: &WordList,
        now: Timestamp,
    ) -> Result<(), CodeError> {
        let words = list.recognize(typed, WORDS)?;
        let (locator, key) = derived(&words).ok_or(CodeError::NoMemory)?;
        let url = url.trim().trim_end_matches('/').to_owned();
        let before = self.search.take();
        if let Some(before) = before.filter(|before| before.url != url) {
            self.forget_link(&before.url);
        }
        self.search = Some(Search { url, locator, key, asked: false });
        self.make_links(now);
        self.search_on(now);
        self.schedule(now);
        Ok(())
    }

    /// The server that a search needs, whether or not a Group is there.
    pub(crate) fn searched_url(&self) -> Option<String> {
        self.search.as_ref().map(|search| search.url.clone())
    }

    /// Asks, once the server has spoken.
    pub(crate) fn search_on(&mut self, now: Timestamp) {
        let Some(search) = self.search.as_mut().filter(|search| !search.asked) else { return };
        let (url, locator) = (search.url.clone(), search.locator);
        if self.welcome_of(&url).is_some() {
            if let Some(search) = &mut self.search {
                search.asked = true;
            }
            self.send_to(&url, &ClientFrame::Lookup(LookupCall::Get(locator)), now);
        }
    }

    /// A connection is gone: what was asked on it is asked again.
    pub(crate) fn search_again(&mut self, url: &str) {
        if let Some(search) = self.search.as_mut().filter(|search| search.url == url) {
            search.asked = false;
        }
    }

    /// Something was found, or is kept now.
    pub(crate) fn looked_up(&mut self, lookup: &Lookup) {
        if lookup.sealed.is_empty() {
            return self.event(Event::CodeKept);
        }
        let Some(search) = self.search.take_if(|search| search.locator == lookup.locator) else { return };
        let opened = lookup.sealed.split_first_chunk::<NONCE>().and_then(|(nonce, sealed)| {
            let payload = Payload { msg: sealed, aad: AAD };
            cipher(&search.key).decrypt(&XNonce::from(*nonce), payload).ok()
        });
        let link = opened.and_then(|plain| String::from_utf8(plain).ok());
        let link = link.map(|link| link.trim_end_matches('\0').to_owned());
        let link = link.filter(|link| Invitation::parse(link).is_ok());
        self.forget_link(&search.url);
        self.event(link.map_or(Event::CodeNotFound { code: Code::NOT_FOUND }, |link| Event::CodeFound { link }));
    }

    /// Nothing is there, or it was not kept.
    pub(crate) fn lookup_refused(&mut self, locator: &Hash, code: Code) {
        if let Some(search) = self.search.take_if(|search| search.locator == *locator) {
            self.forget_link(&search.url);
        }
        self.event(Event::CodeNotFound { code });
    }
}

const AAD: &[u8] = b"porchlight/code-invitation/1";

/// The locator and the key of a code, derived apart: whoever knows one does not know the other.
fn derived(words: &str) -> Option<(Hash, Secret)> {
    let mut slow = zeroize::Zeroizing::new([0; 32]);
    let params = Params::new(32 * 1024, 3, 1, Some(32)).ok()?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(words.as_bytes(), b"porchlight/typed-code/1", slow.as_mut())
        .ok()?;
    let slow = Secret::from_slice(slow.as_ref())?;
    let locator = slow.derive("porchlight/code-locator/1", &[]);
    let locator = Hash::from_bytes(*locator.expose_secret_bytes());
    Some((locator, slow.derive("porchlight/code-key/1", &[])))
}

fn cipher(key: &Secret) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose_secret_bytes().into())
}

/// Why what was typed is no code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    /// A word that is not in the list; show it.
    #[error("'{0}' is not one of the words; listen again how it is spelled")]
    UnknownWord(String),
    /// Too few or too many.
    #[error("{typed} words were typed, and a code has {wanted}")]
    OtherCount {
        /// How many there are.
        typed: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// The words could not be worked with on this device.
    #[error("there is not enough memory for this")]
    NoMemory,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> WordList {
        WordList::read(include_str!("../words/english.txt")).unwrap()
    }

    #[test]
    fn words_are_recognized_however_they_are_typed() {
        let list = list();
        let wanted = "abandon ability zoo zone young above";
        assert_eq!(list.recognize("Abandon ability  ZOO-zone, young above\n", 6).as_deref(), Ok(wanted));
        assert_eq!(list.recognize("aban abil zoo zone youn abov", 6).as_deref(), Ok(wanted));
        let unknown = list.recognize("abandon abilitty zoo zone young above", 6);
        assert_eq!(unknown, Err(CodeError::UnknownWord("abilitty".to_owned())));
        assert_eq!(list.recognize("zoo", 6), Err(CodeError::OtherCount { typed: 1, wanted: 6 }));
        assert!(WordList::read("zoo abandon").is_none());
    }

    #[test]
    fn locator_and_key_are_derived_apart_and_differ_for_other_words() {
        let (locator, key) = derived("abandon ability zoo zone young above").unwrap();
        assert_ne!(locator.as_bytes(), key.expose_secret_bytes());
        let (other, other_key) = derived("abandon ability zoo zone young absent").unwrap();
        assert!(locator != other && key != other_key);
    }
}
