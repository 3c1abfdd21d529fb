//! How contacts are printed: `list` and `show`.

use std::collections::BTreeMap;

use porchlight_documents::contacts::{self, Contact, Presence, Stamp, TextField};
use porchlight_wire::Timestamp;
use serde::Serialize;

use super::Book;
use super::pick::pick;
use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{ago, plain};

/// Prints the list, or those in whom the words occur.
pub(super) fn list(desk: &Desk, book: &mut Book, wanted: &super::List) -> Result<(), Failure> {
    let mut found = book.read(|document| match &wanted.search {
        Some(words) => contacts::search(document, words),
        None => contacts::list(document),
    })?;
    found.retain(|contact| contact.details.no_device || !wanted.no_device);
    let country = book.country()?;
    let contacts = found.into_iter().map(|contact| Entry::of(contact, country.as_deref())).collect();
    desk.show(&List { group: book.papers.group().to_string(), contacts, country })
}

/// Prints one contact.
pub(super) fn show(desk: &Desk, book: &mut Book, wanted: &str) -> Result<(), Failure> {
    let contact = pick(book.read(contacts::all)?, wanted)?;
    Page::of(book, contact, "")?.print(desk)
}

#[derive(Debug, Serialize)]
struct List {
    group: String,
    contacts: Vec<Entry>,
    #[serde(skip)]
    country: Option<String>,
}

/// A contact with the name to show; other fields as the documents crate names them.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    #[serde(flatten)]
    contact: Contact,
}

impl Entry {
    fn of(contact: Contact, country: Option<&str>) -> Self {
        Self { name: contact.details.shown_name(country), contact }
    }
}

impl Answer for List {
    fn text(&self) -> String {
        if self.contacts.is_empty() {
            return "Nobody".to_owned();
        }
        let line = |entry: &Entry| {
            let details = &entry.contact.details;
            let phones = details.phones.iter().map(|phone| phone.shown(self.country.as_deref()));
            let words = phones.chain(details.speaks.iter().cloned()).collect::<Vec<_>>().join(", ");
            let mark = match (&entry.contact.presence, entry.contact.conflicts.is_empty()) {
                (Presence::Asked { .. }, _) => "  [removed and changed: keep or remove?]",
                (_, false) => "  [two versions: see 'show']",
                _ => "",
            };
            format!("{}  {}  {}{mark}", entry.contact.id, plain(&entry.name), plain(&words))
        };
        self.contacts.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// One contact, with all that is known, and what was just done to it.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    group: String,
    contact: Entry,
    /// The names of those who wrote what is in conflict or in question.
    people: BTreeMap<String, String>,
    #[serde(skip)]
    done: &'static str,
    #[serde(skip)]
    country: Option<String>,
    #[serde(skip)]
    now: Timestamp,
}

impl Page {
    /// A page that says in one word what was done: "Added", "Changed"; or nothing, to print all of it.
    pub(super) fn of(book: &mut Book, contact: Contact, done: &'static str) -> Result<Self, Failure> {
        let mut people = BTreeMap::new();
        for stamp in stamps(&contact) {
            people.insert(stamp.who.to_string(), book.author(stamp.who)?);
        }
        let country = book.country()?;
        let now = book.papers.now()?;
        let contact = Entry::of(contact, country.as_deref());
        Ok(Self { group: book.papers.group().to_string(), contact, people, done, country, now })
    }

    pub(super) fn print(&self, desk: &Desk) -> Result<(), Failure> {
        desk.show(self)
    }

    fn who(&self, stamp: &Stamp) -> String {
        let name = self.people.get(&stamp.who.to_string()).map_or("somebody", String::as_str);
        format!("{}, {}", plain(name), ago(self.now.since(stamp.time)))
    }

    fn lines(&self) -> Vec<String> {
        let details = &self.contact.contact.details;
        let mut lines = Vec::new();
        let mut line = |name: &str, value: &str, label: &str| {
            let label = if label.is_empty() { String::new() } else { format!(" ({})", plain(label)) };
            if !value.is_empty() {
                let value: Vec<String> = value.lines().map(plain).collect();
                lines.push(format!("  {name}: {}{label}", value.join("\n    ")));
            }
        };
        for field in TextField::ALL.iter().filter(|field| **field != TextField::Name) {
            line(field.key(), details.text(*field), "");
        }
        for phone in &details.phones {
            // A number that could be read is shown with its extension.
            let extension = phone.extension.as_ref().filter(|_| phone.e164.is_none());
            let extension = extension.map(|digits| format!(" ext. {digits}")).unwrap_or_default();
            line("phone", &format!("{}{extension}", phone.shown(self.country.as_deref())), &phone.label);
        }
        details.emails.iter().for_each(|email| line("email", &email.value, &email.label));
        details.messengers.iter().for_each(|other| line("messenger", &other.handle, &other.service));
        details.links.iter().for_each(|link| line("link", &link.value, &link.label));
        for address in &details.addresses {
            let parts =
                [&address.street, &address.extra, &address.post_box, &address.postcode, &address.town];
            let parts = parts.into_iter().chain([&address.region, &address.country]);
            let parts: Vec<&str> = parts.map(String::as_str).filter(|part| !part.is_empty()).collect();
            line("address", &parts.join(", "), &address.label);
        }
        let lists = [
            ("speaks", &details.speaks),
            ("prefers", &details.prefers),
            ("interprets", &details.interprets),
            ("skills", &details.skills),
            ("equipment", &details.equipment),
            ("tags", &details.tags),
        ];
        lists.into_iter().for_each(|(name, words)| line(name, &words.join(", "), ""));
        if details.no_device {
            line("no device", "must be called or visited", "");
        }
        lines
    }

    fn questions(&self) -> Vec<String> {
        let contact = &self.contact.contact;
        let mut lines = Vec::new();
        for conflict in &contact.conflicts {
            lines.push(format!(
                "  Two versions of {}; settle it with 'contacts resolve':",
                conflict.field.key()
            ));
            for (place, version) in conflict.versions.iter().enumerate() {
                let who = self.who(&version.stamp);
                lines.push(format!("    {}. {} ({who})", place.saturating_add(1), plain(&version.text)));
            }
        }
        let because =
            |reason: &str| if reason.is_empty() { String::new() } else { format!(": {}", plain(reason)) };
        match &contact.presence {
            Presence::Here => {}
            Presence::Removed { by, reason, .. } => {
                lines.push(format!("  Removed by {}{}", self.who(by), because(reason)));
            }
            Presence::Asked { by, reason, changed, .. } => {
                lines.push(format!("  Removed by {}{}", self.who(by), because(reason)));
                lines.extend(
                    changed.iter().map(|stamp| format!("  Changed meanwhile by {}", self.who(stamp))),
                );
                lines.push("  'contacts keep' or 'contacts remove' settles it for everyone".to_owned());
            }
        }
        lines
    }
}

impl Answer for Page {
    fn text(&self) -> String {
        let head = format!("{} ({})", plain(&self.contact.name), self.contact.contact.id);
        if !self.done.is_empty() {
            return format!("{} {head}", self.done);
        }
        [vec![head], self.lines(), self.questions()].concat().join("\n")
    }
}

/// Everybody whose name the page needs.
fn stamps(contact: &Contact) -> Vec<Stamp> {
    let versions = contact.conflicts.iter().flat_map(|conflict| conflict.versions.iter().map(|it| it.stamp));
    let mut stamps: Vec<Stamp> = versions.collect();
    match &contact.presence {
        Presence::Here => {}
        Presence::Removed { by, .. } => stamps.push(*by),
        Presence::Asked { by, changed, .. } => {
            stamps.push(*by);
            stamps.extend(changed);
        }
    }
    stamps
}
