//! Writes contacts as a vCard file that phones read and that comes back without a change.

use super::{OWN_UID, label};
use crate::contacts::{Contact, Details, Labelled, Messenger, Phone, TextField};

/// Which version to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 3.0 (RFC 2426): what every phone reads.
    V3,
    /// 4.0 (RFC 6350).
    V4,
}

/// Writes contacts as one file in UTF-8, with CR LF after every line.
pub fn write<'a>(contacts: impl IntoIterator<Item = &'a Contact>, version: Version) -> String {
    let mut writer = Writer { text: String::new(), version, groups: 0 };
    for contact in contacts {
        writer.card(contact);
    }
    writer.text
}

/// The texts that have no line of their own in the standard.
const OWN_TEXTS: [TextField; 6] = [
    TextField::Area,
    TextField::HouseNumber,
    TextField::Availability,
    TextField::EmergencyName,
    TextField::EmergencyPhone,
    TextField::Confirmed,
];

struct Writer {
    text: String,
    version: Version,
    groups: u32,
}

impl Writer {
    fn card(&mut self, contact: &Contact) {
        let details = &contact.details;
        self.groups = 0;
        self.line("BEGIN:VCARD");
        self.line(if self.version == Version::V3 { "VERSION:3.0" } else { "VERSION:4.0" });
        let mut uids = details.uids.iter();
        match uids.next() {
            Some(uid) => self.property("UID", uid),
            None => self.property("UID", &format!("{OWN_UID}{}", contact.id)),
        }
        for uid in uids {
            self.property("X-PORCHLIGHT-UID", uid);
        }
        if !details.revision.is_empty() {
            self.line(&format!("REV:{}", revision(&details.revision)));
        }
        self.names(details);
        for phone in &details.phones {
            self.phone(phone);
        }
        for email in &details.emails {
            self.labelled("EMAIL", email);
        }
        for messenger in &details.messengers {
            self.messenger(messenger);
        }
        for link in &details.links {
            self.labelled("URL", link);
        }
        for address in &details.addresses {
            let parts = [&address.post_box, &address.extra, &address.street, &address.town, &address.region];
            let parts = parts.into_iter().chain([&address.postcode, &address.country]);
            self.typed("ADR", "", &address.label, false, &joined(parts.map(String::as_str), ';'));
        }
        self.birthday(&details.birthday);
        self.words(details);
        for field in OWN_TEXTS {
            let name = format!("X-PORCHLIGHT-{}", field.key().to_ascii_uppercase());
            self.property(&name, details.text(field));
        }
        if details.no_device {
            self.line("X-PORCHLIGHT-NO-DEVICE:yes");
        }
        self.property("NOTE", &details.note);
        self.line("END:VCARD");
    }

    fn names(&mut self, details: &Details) {
        if details.name.is_empty() {
            let made = details.shown_name(None);
            self.line(&format!("FN;X-PORCHLIGHT-MADE=1:{}", escaped(&made)));
        } else {
            self.line(&format!("FN:{}", escaped(&details.name)));
        }
        let parts = [&details.family, &details.given, &details.middle, &details.prefix, &details.suffix];
        if self.version == Version::V3 || parts.iter().any(|part| !part.is_empty()) {
            self.line(&format!("N:{}", joined(parts.into_iter().map(String::as_str), ';')));
        }
        self.property("NICKNAME", &details.nickname);
        if !details.organization.is_empty() || !details.unit.is_empty() {
            let parts = [details.organization.as_str(), details.unit.as_str()];
            let parts = parts.into_iter().take(if details.unit.is_empty() { 1 } else { 2 });
            self.line(&format!("ORG:{}", joined(parts, ';')));
        }
        self.property("TITLE", &details.title);
    }

    fn words(&mut self, details: &Details) {
        if !details.tags.is_empty() {
            self.line(&format!("CATEGORIES:{}", joined(details.tags.iter().map(String::as_str), ',')));
        }
        let lists = [
            ("LANG", &details.speaks),
            ("X-PORCHLIGHT-PREFERS", &details.prefers),
            ("X-PORCHLIGHT-INTERPRETS", &details.interprets),
            ("X-PORCHLIGHT-SKILL", &details.skills),
            ("X-PORCHLIGHT-EQUIPMENT", &details.equipment),
        ];
        for (name, values) in lists {
            for value in values {
                self.property(name, value);
            }
        }
    }

    fn phone(&mut self, phone: &Phone) {
        let (value, typed) = match &phone.e164 {
            Some(e164) => (e164.as_str(), (phone.number != *e164).then_some(phone.number.as_str())),
            None => (phone.number.as_str(), None),
        };
        let value = match &phone.extension {
            Some(extension) => format!("{};ext={}", escaped(value), escaped(extension)),
            None => escaped(value),
        };
        let typed = typed.map(|typed| format!(";X-PORCHLIGHT-TYPED={}", quoted(typed))).unwrap_or_default();
        self.typed("TEL", &typed, &phone.label, phone.preferred, &value);
    }

    fn labelled(&mut self, name: &str, value: &Labelled) {
        self.typed(name, "", &value.label, value.preferred, &escaped(&value.value));
    }

    fn messenger(&mut self, messenger: &Messenger) {
        let service = &messenger.service;
        let scheme: String = service.chars().filter(char::is_ascii_alphanumeric).collect();
        // A web address begins like this too, and would be taken for one.
        let scheme = if matches!(scheme.as_str(), "" | "http" | "https" | "xapple") { "im" } else { &scheme };
        self.line(&format!(
            "IMPP;X-SERVICE-TYPE={}:{scheme}:{}",
            quoted(service),
            escaped(&messenger.handle)
        ));
    }

    /// A line with a label: as TYPE where cards have a word for it, or else as Apple and Android do, by a group.
    fn typed(&mut self, name: &str, parameters: &str, label: &str, is_preferred: bool, value: &str) {
        let mut head = name.to_owned();
        head.push_str(parameters);
        let types = label::types(label);
        let mut words = types.clone().unwrap_or_default();
        if is_preferred && self.version == Version::V3 {
            words.push("pref");
        }
        if !words.is_empty() {
            head.push_str(&format!(";TYPE={}", words.join(",")));
        }
        if is_preferred && self.version == Version::V4 {
            head.push_str(";PREF=1");
        }
        if types.is_some() {
            self.line(&format!("{head}:{value}"));
        } else {
            self.groups = self.groups.saturating_add(1);
            let group = format!("item{}", self.groups);
            self.line(&format!("{group}.{head}:{value}"));
            self.line(&format!("{group}.X-ABLabel:{}", escaped(label)));
        }
    }

    fn birthday(&mut self, birthday: &str) {
        let is_date = crate::birthday::canonical(birthday).is_some_and(|day| day == birthday);
        let line = match (birthday.strip_prefix("--"), self.version) {
            _ if birthday.is_empty() => return,
            _ if !is_date => format!("BDAY;VALUE=text:{}", escaped(birthday)),
            (Some(day), Version::V3) => format!("BDAY;X-APPLE-OMIT-YEAR=1604:1604-{day}"),
            (None, Version::V3) => format!("BDAY:{birthday}"),
            (Some(day), Version::V4) => format!("BDAY:--{}", day.replace('-', "")),
            (None, Version::V4) => format!("BDAY:{}", birthday.replace('-', "")),
        };
        self.line(&line);
    }

    fn property(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{name}:{}", escaped(value)));
        }
    }

    /// Writes a line, folded so that none is longer than 75 bytes and no letter is cut.
    fn line(&mut self, line: &str) {
        let mut width = 0;
        for letter in line.chars() {
            if width + letter.len_utf8() > 75 {
                self.text.push_str("\r\n ");
                width = 1;
            }
            self.text.push(letter);
            width += letter.len_utf8();
        }
        self.text.push_str("\r\n");
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ',' | ';' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>, mark: char) -> String {
    parts.map(escaped).collect::<Vec<_>>().join(&mark.to_string())
}

/// A parameter value by RFC 6868.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('^', "^^").replace('"', "^'").replace('\n', "^n"))
}

/// The digits of a revision as the standard writes them.
fn revision(digits: &str) -> String {
    match digits.split_at_checked(8) {
        Some((day, time)) if !time.is_empty() => format!("{day}T{time}Z"),
        _ => digits.to_owned(),
    }
}
