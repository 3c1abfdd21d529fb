//! What words find on a server, and what is left there for words to find.
//!
//! A search connects to the server that somebody names, takes its key from Welcome, makes the locator and asks; it opens
//! no Group. What is left for others to find is sent anew on each connection until the server says that it keeps it.

use porchlight_wire::frame::{
    About, ClientFrame, Code, Lookup, LookupCall, LookupKind, Refused, ServerFrame,
};
use porchlight_wire::{GroupId, Hash, ServerKey, Timestamp, limits};
use zeroize::Zeroizing;

use crate::device::Device;
use crate::io::Event;
use crate::recovery::RecoveryRoot;
use crate::recovery::list::List;
use crate::typed_code::CodeKeys;
use crate::words::WordsError;

/// A search on one server.
pub(crate) struct Search {
    pub(crate) url: String,
    wanted: Wanted,
    /// What was asked on the present connection.
    asked: Option<Asked>,
}

/// What is looked for.
pub(crate) enum Wanted {
    /// The invitation behind a code.
    Invitation(Zeroizing<String>),
    /// The list behind recovery words.
    List(Box<RecoveryRoot>),
}

enum Asked {
    Invitation(CodeKeys),
    List(Hash),
}

impl Asked {
    fn locator(&self) -> Hash {
        match self {
            Self::Invitation(keys) => keys.locator,
            Self::List(locator) => *locator,
        }
    }
}

/// What a server is to keep and has not yet said that it does.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) group: GroupId,
    pub(crate) kind: LookupKind,
    pub(crate) lookup: Lookup,
    /// Which list it is.
    pub(crate) digest: Option<Hash>,
}

impl Device {
    /// Starts a search in place of an earlier one.
    pub(crate) fn start_search(&mut self, url: &str, wanted: Wanted, now: Timestamp) {
        self.end_search();
        self.search = Some(Search { url: url.trim().trim_end_matches('/').to_owned(), wanted, asked: None });
        self.make_links(now);
        self.search_on(now);
        self.schedule(now);
    }

    /// Gives a search up.
    pub fn end_search(&mut self) {
        if let Some(search) = self.search.take() {
            self.forget_link(&search.url);
        }
    }

    /// Asks, once the server has said its key.
    pub(crate) fn search_on(&mut self, now: Timestamp) {
        let Some(search) = self.search.as_ref().filter(|search| search.asked.is_none()) else { return };
        let Some(welcome) = self.welcome_of(&search.url) else { return };
        let url = search.url.clone();
        let Ok(asked) = search.wanted.ask(&welcome.server) else {
            return self.search_in_vain(&url, Code::STORAGE);
        };
        let locator = asked.locator();
        if let Some(search) = &mut self.search {
            search.asked = Some(asked);
        }
        self.send_to(&url, &ClientFrame::Lookup(LookupCall::Get(locator)), now);
    }

    /// A connection is gone: what was asked on it is asked again.
    pub(crate) fn search_again(&mut self, url: &str) {
        if let Some(search) = self.search.as_mut().filter(|search| search.url == url) {
            search.asked = None;
        }
    }

    /// A search on this server came to nothing.
    pub(crate) fn search_in_vain(&mut self, url: &str, code: Code) {
        if self.search.as_ref().is_some_and(|search| search.url == url) {
            self.end_search();
            self.event(Event::CodeNotFound { code });
        }
    }

    /// Leaves something with a Group's server, now or as soon as it is reached.
    pub(crate) fn keep_at_server(&mut self, keeping: Keeping, now: Timestamp) {
        let codes = self.keeping.iter().filter(|one| one.kind == LookupKind::Code).count();
        if keeping.kind == LookupKind::Code && codes >= limits::MAX_CODES {
            let oldest = self.keeping.iter().position(|one| one.kind == LookupKind::Code);
            oldest.map(|at| self.keeping.remove(at));
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
    pub(crate) fn looked_up(&mut self, url: &str, frame: ServerFrame, now: Timestamp) -> Option<ServerFrame> {
        match frame {
            ServerFrame::Lookup(lookup) => self.found_or_kept(url, &lookup, now),
            ServerFrame::Refused(Refused { about: About::Lookup(locator), code, .. }) => {
                self.lookup_refused(url, &locator, code);
            }
            // The words' key opened the Group only to read the Roster.
            ServerFrame::Opened(opened) if self.comes_back(&opened.group) => {}
            other => return Some(other),
        }
        None
    }

    /// Something was found, or is kept now.
    fn found_or_kept(&mut self, url: &str, lookup: &Lookup, now: Timestamp) {
        if let Some(kept) = self.take_kept(url, &lookup.locator) {
            return match kept.kind {
                LookupKind::Code => self.event(Event::CodeKept { group: kept.group }),
                LookupKind::Recovery => self.list_kept(kept.group, kept.digest),
            };
        }
        let is_it = |search: &mut Search| {
            let asked = search.asked.as_ref().map(Asked::locator);
            search.url == url && asked == Some(lookup.locator)
        };
        let Some(search) = self.search.take_if(is_it) else { return };
        let found = match (&search.wanted, &search.asked) {
            (Wanted::Invitation(_), Some(Asked::Invitation(keys))) => {
                keys.open(&lookup.sealed).map(|found| {
                    self.event(Event::CodeFound { invitation: Box::new(found) });
                })
            }
            (Wanted::List(root), Some(Asked::List(locator))) => {
                let list = List::open(&lookup.sealed, locator, &root.list_secret());
                list.map(|list| self.come_back(root, list, now))
            }
            _ => None,
        };
        self.forget_link(url);
        if found.is_none() {
            // Whatever it is, these words do not open it.
            self.event(Event::CodeNotFound { code: Code::NOT_FOUND });
        }
    }

    /// Nothing is there, or it was not kept.
    fn lookup_refused(&mut self, url: &str, locator: &Hash, code: Code) {
        // Said of a Group that is about to be opened again: it is sent then.
        if code == Code::NOT_OPEN {
            return;
        }
        if let Some(refused) = self.take_kept(url, locator) {
            // A list is left again on the next connection.
            if refused.kind == LookupKind::Code {
                self.event(Event::CodeRefused { group: refused.group, code });
            }
            return;
        }
        let asked = self.search.as_ref().and_then(|search| search.asked.as_ref());
        if asked.is_some_and(|asked| asked.locator() == *locator) {
            self.search_in_vain(url, code);
        }
    }

    fn take_kept(&mut self, url: &str, locator: &Hash) -> Option<Keeping> {
        let here = |group: &GroupId| self.groups.get(group).is_some_and(|group| group.stored.url == url);
        let at = self.keeping.iter().position(|one| one.lookup.locator == *locator && here(&one.group))?;
        Some(self.keeping.remove(at))
    }
}

impl Wanted {
    fn ask(&self, server: &ServerKey) -> Result<Asked, WordsError> {
        Ok(match self {
            Self::Invitation(words) => Asked::Invitation(CodeKeys::of(words, server)?),
            Self::List(root) => Asked::List(root.stored().locator(server)),
        })
    }
}

impl core::fmt::Debug for Search {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Search").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_does_not_print_its_words() {
        let words = Zeroizing::new("abandon ability zoo zone young above".to_owned());
        let wanted = Wanted::Invitation(words);
        let search = Search { url: "https://x".to_owned(), wanted, asked: None };
        assert_eq!(format!("{search:?}"), r#"Search { url: "https://x", .. }"#);
    }
}
