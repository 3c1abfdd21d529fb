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
use porchlight_wire::frame::{
    About, ClientFrame, Code, Lookup, LookupCall, LookupKind, Refused, ServerFrame,
};
use porchlight_wire::{GroupId, Hash, ServerKey, Timestamp, limits, signing};
use zeroize::Zeroizing;

use crate::device::{ActError, Device};
use crate::invitation::Invitation;
use crate::io::Event;
use crate::keys::Secret;
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

/// A search for the invitation behind a code, on one server.
pub(crate) struct Search {
    pub(crate) url: String,
    words: Zeroizing<String>,
    /// What the words make, once the server has said its key, and it was asked.
    keys: Option<CodeKeys>,
}

impl core::fmt::Debug for Search {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Search").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What a server is to keep and has not yet said that it does: sent anew on each connection.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) group: GroupId,
    pub(crate) kind: LookupKind,
    pub(crate) lookup: Lookup,
}

impl Device {
    /// Makes six words behind which the Group's server keeps this invitation for a day. They work once
    /// [`Event::CodeKept`] has come; they are as secret as the link, and are not stored here. Slow on purpose.
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
        self.keep_at_server(Keeping { group: id, kind: LookupKind::Code, lookup }, now);
        Ok(words.to_string())
    }

    /// Looks for the invitation behind six words on the server at this address; takes the place of an earlier search.
    /// [`Event::CodeFound`] brings it, [`Event::CodeNotFound`] says why there is none.
    pub fn find_by_words(&mut self, url: &str, typed: &str, now: Timestamp) -> Result<(), WordsError> {
        let words = words::read_code(typed)?;
        self.end_search();
        self.search = Some(Search { url: url.trim().trim_end_matches('/').to_owned(), words, keys: None });
        self.make_links(now);
        self.search_on(now);
        self.schedule(now);
        Ok(())
    }

    /// Gives a search up.
    pub fn end_search(&mut self) {
        if let Some(search) = self.search.take() {
            self.forget_link(&search.url);
        }
    }

    /// Asks, once the server has said its key.
    pub(crate) fn search_on(&mut self, now: Timestamp) {
        let Some(search) = self.search.as_ref().filter(|search| search.keys.is_none()) else { return };
        let Some(welcome) = self.welcome_of(&search.url) else { return };
        let (url, keys) = (search.url.clone(), CodeKeys::of(&search.words, &welcome.server));
        let Ok(keys) = keys else { return self.search_in_vain(&url, Code::STORAGE) };
        let locator = keys.locator;
        if let Some(search) = &mut self.search {
            search.keys = Some(keys);
        }
        self.send_to(&url, &ClientFrame::Lookup(LookupCall::Get(locator)), now);
    }

    /// A connection is gone: what was asked on it is asked again.
    pub(crate) fn search_again(&mut self, url: &str) {
        if let Some(search) = self.search.as_mut().filter(|search| search.url == url) {
            search.keys = None;
        }
    }

    /// Leaves something with a Group's server, now or as soon as it is reached.
    pub(crate) fn keep_at_server(&mut self, keeping: Keeping, now: Timestamp) {
        if self.keeping.len() >= limits::MAX_CODES {
            self.keeping.remove(0);
        }
        self.send_keeping(&keeping, now);
        self.keeping.push(keeping);
        self.schedule(now);
    }

    /// Leaves with a server what it has not said that it keeps.
    pub(crate) fn keep_again(&mut self, id: GroupId, now: Timestamp) {
        let keeping = std::mem::take(&mut self.keeping);
        keeping.iter().filter(|one| one.group == id).for_each(|one| self.send_keeping(one, now));
        self.keeping = keeping;
    }

    fn send_keeping(&mut self, keeping: &Keeping, now: Timestamp) {
        if self.can_send(keeping.group) {
            let put = LookupCall::Put(keeping.group, keeping.kind, keeping.lookup.clone());
            self.send(keeping.group, &ClientFrame::Lookup(put), now);
        }
    }

    /// Takes what is answered about words; gives back anything else.
    pub(crate) fn looked_up(&mut self, url: &str, frame: ServerFrame) -> Option<ServerFrame> {
        match frame {
            ServerFrame::Lookup(lookup) => self.found_or_kept(url, &lookup),
            ServerFrame::Refused(Refused { about: About::Lookup(locator), code, .. }) => {
                self.lookup_refused(url, &locator, code);
            }
            other => return Some(other),
        }
        None
    }

    /// Something was found, or is kept now.
    fn found_or_kept(&mut self, url: &str, lookup: &Lookup) {
        if let Some(kept) = self.take_kept(url, &lookup.locator) {
            return self.event(Event::CodeKept { group: kept.group });
        }
        let here = |search: &&mut Search| search.url == url;
        let Some(keys) = self.search.as_mut().filter(here).and_then(|search| search.keys.take()) else {
            return;
        };
        self.end_search();
        let invitation = (keys.locator == lookup.locator).then(|| keys.open(&lookup.sealed)).flatten();
        self.event(match invitation {
            Some(invitation) => Event::CodeFound { invitation: Box::new(invitation) },
            // Whatever it is, these words do not open it.
            None => Event::CodeNotFound { code: Code::NOT_FOUND },
        });
    }

    /// Nothing is there, or it was not kept.
    fn lookup_refused(&mut self, url: &str, locator: &Hash, code: Code) {
        // Said of a Group that is about to be opened again: it is sent then.
        if code == Code::NOT_OPEN {
            return;
        }
        if let Some(refused) = self.take_kept(url, locator) {
            return self.event(Event::CodeRefused { group: refused.group, code });
        }
        let asked = |search: &Search| search.keys.as_ref().is_some_and(|keys| keys.locator == *locator);
        if self.search.as_ref().is_some_and(asked) {
            self.search_in_vain(url, code);
        }
    }

    /// A search on this server came to nothing.
    pub(crate) fn search_in_vain(&mut self, url: &str, code: Code) {
        if self.search.as_ref().is_some_and(|search| search.url == url) {
            self.end_search();
            self.event(Event::CodeNotFound { code });
        }
    }

    fn take_kept(&mut self, url: &str, locator: &Hash) -> Option<Keeping> {
        let here = |group: &GroupId| self.groups.get(group).is_some_and(|group| group.stored.url == url);
        let at = self.keeping.iter().position(|one| one.lookup.locator == *locator && here(&one.group))?;
        Some(self.keeping.remove(at))
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

    const WORDS: &str = "abandon ability zoo zone young above";

    #[test]
    fn a_code_opens_its_invitation_at_its_server_and_nothing_else() {
        let server = ServerKey::from_bytes([1; 32]);
        let link = invitation();
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

    #[test]
    fn nothing_that_prints_shows_the_words_or_what_they_make() {
        let keys = CodeKeys::of(WORDS, &ServerKey::from_bytes([1; 32])).unwrap();
        let search =
            Search { url: "https://x".to_owned(), words: Zeroizing::new(WORDS.to_owned()), keys: None };
        let printed = format!("{search:?} {:?} {:?}", keys.key, invitation());
        assert!(!printed.contains("abandon") && !printed.contains("0404"), "{printed}");
    }

    fn invitation() -> Invitation {
        Invitation {
            url: "https://porch.example.org".to_owned(),
            server: ServerKey::from_bytes([1; 32]),
            group: GroupId::from_bytes([2; 32]),
            head: Hash::from_bytes([3; 32]),
            name: "Calle Ocho".to_owned(),
            lobby: None,
            secret: crate::keys::InvitationSecret(Secret::from_slice(&[4; 32]).unwrap()),
        }
    }
}
