//! What the lines of a card say about a person.

use std::collections::BTreeMap;

use super::Card;
use super::cards::{Line, Raw};
use super::label;
use super::property::Property;
use crate::birthday;
use crate::contacts::phone::{self, Reading};
use crate::contacts::{Address, Details, Labelled, Messenger, Phone, TextField, language};
use crate::encoding::Encoding;
use crate::field;
use crate::import::{Flag, Refusal, numbers};

/// What of a line is bytes whose encoding it does not tell.
pub(super) fn untold(line: &Line) -> Option<Vec<u8>> {
    match std::str::from_utf8(&line.bytes) {
        Ok(text) => Property::untold(text),
        Err(_) => Some(line.bytes.clone()).filter(|_| line.named().is_none()),
    }
}

/// Reads one card. `otherwise` is the encoding of what is neither Unicode nor tells its own.
pub(super) fn card(raw: &Raw, otherwise: Option<Encoding>, country: Option<&str>) -> Card {
    let mut reader = Reader::default();
    for line in &raw.lines {
        let text = line.text(otherwise);
        match Property::parse(&text, otherwise) {
            Some(property) => reader.properties.push(property),
            None => reader.flags.push(unreadable(line.number, &text)),
        }
    }
    if !raw.is_closed {
        reader.flags.push(Flag::NotClosed);
    }
    if raw.has_inner {
        reader.not_kept.insert("AGENT".to_owned(), ());
    }
    reader.read();
    reader.finish(raw.line, country)
}

fn unreadable(line: u64, text: &str) -> Flag {
    let word: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
    let text = field::clean_line(text).chars().take(100).collect();
    if matches!(word.to_ascii_uppercase().as_str(), "FN" | "N") {
        Flag::NameUnreadable { line, text }
    } else {
        Flag::LineUnreadable { line, text }
    }
}

#[derive(Default)]
struct Reader {
    properties: Vec<Property>,
    details: Details,
    flags: Vec<Flag>,
    not_kept: BTreeMap<String, ()>,
    /// Further values of what people have one of here.
    more: Vec<String>,
    is_list: bool,
}

impl Reader {
    fn read(&mut self) {
        let properties = std::mem::take(&mut self.properties);
        let labels: BTreeMap<&str, String> = properties
            .iter()
            .filter(|property| property.name == "X-ABLABEL")
            .filter_map(|property| Some((property.group.as_deref()?, property.text())))
            .collect();
        for property in &properties {
            let custom = property.group.as_deref().and_then(|group| labels.get(group)).map(String::as_str);
            if !self.name(property)
                && !self.reach(property, custom)
                && !self.rest(property)
                && !self.own(property)
            {
                self.unknown(property);
            }
        }
        self.written_out(&properties);
    }

    /// Addresses as they are written on an envelope, where no line has them in parts.
    fn written_out(&mut self, properties: &[Property]) {
        for property in properties.iter().filter(|property| property.name == "LABEL") {
            let (label, _) = label::read(property.all("TYPE"), None);
            let addresses = &mut self.details.addresses;
            if !addresses.iter().any(|address| address.label == label) {
                addresses.push(Address {
                    street: on_one_line(&property.text()),
                    label,
                    ..Address::default()
                });
            }
        }
    }

    /// The lines that say what a person is called and what they do.
    fn name(&mut self, property: &Property) -> bool {
        let details = &mut self.details;
        match property.name.as_str() {
            "FN" if property.first("X-PORCHLIGHT-MADE").is_some() => {}
            "FN" => {
                let other = if is_first(property) {
                    let before = std::mem::take(&mut details.name);
                    set(&mut details.name, property.text());
                    keep(&mut details.name, before)
                } else {
                    keep(&mut details.name, property.text())
                };
                self.more(property, other);
            }
            "N" => {
                let parts = property.parts_of_words();
                let names = [
                    &mut details.family,
                    &mut details.given,
                    &mut details.middle,
                    &mut details.prefix,
                    &mut details.suffix,
                ];
                let is_new = names.iter().all(|name| field::clean_line(name).is_empty());
                let is_same =
                    names.iter().zip(&parts).all(|(name, part)| field::fold(name) == field::fold(part));
                if is_new {
                    names.into_iter().zip(parts).for_each(|(name, part)| set(name, part));
                } else if !is_same {
                    self.more(property, Some(parts.join(" ")));
                }
            }
            "NICKNAME" => join(&mut details.nickname, &property.text()),
            "ORG" => {
                let mut parts = property.parts().into_iter();
                let organization = parts.next().unwrap_or_default();
                let unit: Vec<_> = parts.filter(|part| !field::clean_line(part).is_empty()).collect();
                let unit = unit.join(", ");
                let is_same = field::fold(&details.organization) == field::fold(&organization);
                if field::clean_line(&details.organization).is_empty() || is_same {
                    set(&mut details.organization, organization);
                    set(&mut details.unit, unit);
                } else {
                    let all = [organization, unit].map(|part| field::clean_line(&part));
                    self.more(
                        property,
                        Some(all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")),
                    );
                }
            }
            "TITLE" | "ROLE" => {
                join(&mut details.title, &property.text());
            }
            _ => return false,
        }
        true
    }

    /// The lines that say how to reach a person.
    fn reach(&mut self, property: &Property, custom: Option<&str>) -> bool {
        let (label, is_marked) = label::read(property.all("TYPE"), custom);
        let preferred = is_marked || property.first("PREF").is_some_and(|pref| pref.trim() == "1");
        let details = &mut self.details;
        match property.name.as_str() {
            "TEL" => details.phones.push(number(property, label, preferred)),
            "EMAIL" => {
                let text = property.text();
                let value = strip_scheme(text.trim(), "mailto:").to_owned();
                details.emails.push(Labelled { value, label, preferred });
            }
            "URL" => details.links.push(Labelled { value: property.text(), label, preferred }),
            "ADR" => {
                let mut address = address(property);
                address.label = label;
                details.addresses.push(address);
            }
            _ => match messenger(property) {
                Some(messenger) => details.messengers.push(messenger),
                None => return false,
            },
        }
        true
    }

    fn rest(&mut self, property: &Property) -> bool {
        let details = &mut self.details;
        match property.name.as_str() {
            "NOTE" => {
                let text = property.text();
                if details.note.trim().is_empty() {
                    details.note = text;
                } else {
                    details.note = format!("{}\n{text}", details.note);
                }
            }
            "CATEGORIES" => details.tags.extend(property.list()),
            "LANG" => details.speaks.push(language::read(&property.text())),
            "UID" => details.uids.push(property.text()),
            "REV" => {
                details.revision = property.value.chars().filter(char::is_ascii_digit).take(14).collect()
            }
            "BDAY" => {
                // How Apple writes that the year is not known.
                let none = property.first("X-APPLE-OMIT-YEAR").and_then(|year| year.trim().parse().ok());
                self.birthday(property, &property.text(), none);
            }
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => {
                self.is_list |= property.text().trim().eq_ignore_ascii_case("group")
            }
            "X-ANDROID-CUSTOM" => {
                const BIRTHDAY: &str = "3";
                let parts = property.parts();
                let mut parts = parts.iter().map(String::as_str);
                let kind = parts.next().and_then(|kind| kind.rsplit('/').next());
                match (kind, parts.next(), parts.next()) {
                    (Some("nickname"), Some(name), _) => join(&mut details.nickname, name),
                    (Some("contact_event"), Some(day), Some(BIRTHDAY)) => self.birthday(property, day, None),
                    _ => return false,
                }
            }
            _ => return false,
        }
        true
    }

    /// `none` is the year that stands for none.
    fn birthday(&mut self, property: &Property, text: &str, none: Option<u16>) {
        let text = field::clean_line(text);
        let day = birthday::without_year(&text, none);
        if day.is_none() && birthday::is_none(&text) {
            return;
        }
        let is_told_as_text = property.first("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("text"));
        if day.is_none() && !text.is_empty() && !is_told_as_text {
            self.flags.push(Flag::BirthdayUnreadable { text: text.clone() });
        }
        let other = keep(&mut self.details.birthday, day.unwrap_or(text));
        self.more(property, other);
    }

    /// The lines that only this project writes.
    fn own(&mut self, property: &Property) -> bool {
        let Some(name) = property.name.strip_prefix("X-PORCHLIGHT-") else { return false };
        let text = property.text();
        let details = &mut self.details;
        match name {
            "PREFERS" => details.prefers.push(text),
            "INTERPRETS" => details.interprets.push(text),
            "SKILL" => details.skills.push(text),
            "EQUIPMENT" => details.equipment.push(text),
            "NO-DEVICE" => details.no_device = true,
            "UID" => details.uids.push(text),
            _ => match TextField::from_key(&name.to_ascii_lowercase()) {
                Some(field) => *details.text_mut(field) = text,
                None => return false,
            },
        }
        true
    }

    /// A further value goes to the note, under its name in the card.
    fn more(&mut self, property: &Property, value: Option<String>) {
        let value = field::clean_line(&value.unwrap_or_default());
        if !value.is_empty() {
            self.more.push(format!("{}: {value}", property.name));
        }
    }

    fn unknown(&mut self, property: &Property) {
        const SILENT: [&str; 17] = [
            "VERSION",
            "PRODID",
            "SOURCE",
            "NAME",
            "PROFILE",
            "CLASS",
            "MAILER",
            "LABEL",
            "SORT-STRING",
            "X-ABLABEL",
            "X-ABADR",
            "X-ABUID",
            "X-ABSHOWAS",
            "CREATED",
            "MEMBER",
            "X-ADDRESSBOOKSERVER-MEMBER",
            "CLIENTPIDMAP",
        ];
        let is_silent =
            SILENT.contains(&property.name.as_str()) || property.value.trim_matches([' ', ';']).is_empty();
        if !is_silent {
            self.not_kept.insert(property.name.clone(), ());
        }
    }

    fn finish(mut self, line: u64, country: Option<&str>) -> Card {
        if self.is_list {
            return Card { line, details: Err(Refusal::CardList), flags: self.flags };
        }
        for more in std::mem::take(&mut self.more) {
            let note = &mut self.details.note;
            if !note.lines().any(|line| line.trim() == more) {
                *note = format!("{note}\n{more}");
            }
        }
        for field in TextField::ALL {
            if field.is_cut(self.details.text(*field)) {
                self.flags.push(Flag::CutShort { field: *field });
            }
        }
        let has_name = !field::clean_line(&self.details.name).is_empty();
        let details = self.details.tidy(country);
        self.flags.extend(numbers::flags(&details, country));
        if !self.not_kept.is_empty() {
            self.flags.push(Flag::NotKept { what: self.not_kept.into_keys().collect() });
        }
        if details.is_empty() {
            return Card { line, details: Err(Refusal::Nothing), flags: self.flags };
        }
        if !has_name && !self.flags.iter().any(|flag| matches!(flag, Flag::NameUnreadable { .. })) {
            self.flags.push(Flag::NameMade);
        }
        Card { line, details: Ok(details), flags: self.flags }
    }
}

fn address(property: &Property) -> Address {
    let mut parts = property.parts().into_iter().map(|part| on_one_line(&part));
    let [post_box, extra, street, town, region, postcode, country] =
        std::array::from_fn(|_| parts.next().unwrap_or_default());
    let address = Address { street, extra, post_box, town, region, postcode, country, label: String::new() };
    match property.first("LABEL") {
        Some(written) if address == Address::default() => Address { street: on_one_line(written), ..address },
        _ => address,
    }
}

fn on_one_line(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', ", ")
}

/// Takes a value where there is none yet, and gives back what is another.
fn keep(field: &mut String, value: String) -> Option<String> {
    if field::clean_line(field).is_empty() {
        set(field, value);
        return None;
    }
    Some(value).filter(|value| field::fold(value) != field::fold(field))
}

/// Adds a value to those that are there.
fn join(field: &mut String, value: &str) {
    let value = field::clean_line(value);
    let is_there = field::fold(field) == field::fold(&value)
        || field.split(", ").any(|there| field::fold(there) == field::fold(&value));
    if field::clean_line(field).is_empty() {
        *field = value;
    } else if !value.is_empty() && !is_there {
        *field = format!("{field}, {value}");
    }
}

/// Whether it is to be preferred to others of its name.
fn is_first(property: &Property) -> bool {
    property.first("PREF").is_some_and(|pref| pref.trim() == "1")
        || property.all("TYPE").any(|word| word.eq_ignore_ascii_case("pref"))
}

/// Takes a value unless it is empty: some phones write the same line twice, once with nothing in it.
fn set(field: &mut String, value: String) {
    if !field::clean_line(&value).is_empty() {
        *field = value;
    }
}

fn number(property: &Property, label: String, preferred: bool) -> Phone {
    let text = property.text();
    let value = strip_scheme(text.trim(), "tel:");
    // In an address of the form tel: the mark of an extension; in a text that was escaped, a part of it.
    let is_marked = value.len() < text.trim().len() || !property.value.contains("\\;");
    let is_extension = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, extension) =
        match value.split_once(";ext=").filter(|(_, text)| is_marked && is_extension(text)) {
            Some((number, extension)) => (number, Some(extension.to_owned())),
            None => (value, None),
        };
    let mut phone = Phone { number: number.to_owned(), e164: None, extension, label, preferred };
    // What was typed stands beside the number; another address book may have changed one and not the other.
    if let Some(typed) = property.first("X-PORCHLIGHT-TYPED")
        && let Reading::Number(e164, _) = phone::read(number, None)
        && phone::agrees(typed, &e164, phone.extension.as_deref())
    {
        phone.number = typed.to_owned();
        phone.e164 = Some(e164);
    }
    phone
}

fn messenger(property: &Property) -> Option<Messenger> {
    let text = property.text();
    let text = text.trim();
    let service = match property.name.as_str() {
        "IMPP" | "X-SOCIALPROFILE" | "SOCIALPROFILE" => {
            let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
            let named = property.first("X-SERVICE-TYPE").or(property.first("SERVICE-TYPE"));
            let named = named.or_else(|| property.all("TYPE").find(|service| !is_place(service)));
            let user = property.first("X-USER").or(property.first("USERNAME"));
            let (service, handle) = match (scheme.to_ascii_lowercase().as_str(), user) {
                ("im", _) => ("", rest),
                ("http" | "https" | "x-apple", Some(user)) if !user.is_empty() => ("", user),
                ("http" | "https", _) => ("", text),
                ("x-apple", _) => ("", rest),
                _ => (scheme, rest),
            };
            let service = named.unwrap_or(service).to_lowercase();
            return Some(Messenger { service, handle: handle.to_owned() }).filter(|m| !m.handle.is_empty());
        }
        "X-AIM" => "aim",
        "X-ICQ" => "icq",
        "X-JABBER" => "xmpp",
        "X-MSN" => "msn",
        "X-YAHOO" => "yahoo",
        "X-SKYPE" | "X-SKYPE-USERNAME" => "skype",
        "X-GOOGLE-TALK" | "X-GTALK" => "google talk",
        "X-QQ" => "qq",
        "X-SIGNAL" => "signal",
        "X-TELEGRAM" => "telegram",
        "X-WHATSAPP" => "whatsapp",
        "X-MATRIX" => "matrix",
        "X-TWITTER" => "twitter",
        _ => return None,
    };
    Some(Messenger { service: service.to_owned(), handle: text.to_owned() })
}

fn is_place(service: &str) -> bool {
    matches!(service.to_ascii_lowercase().as_str(), "home" | "work" | "pref" | "personal" | "other" | "")
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> &'a str {
    match text.get(..scheme.len()) {
        Some(start) if start.eq_ignore_ascii_case(scheme) => text.get(scheme.len()..).unwrap_or_default(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use crate::contacts::{Address, Details};
    use crate::vcard;

    fn one(lines: &str) -> Details {
        let file = format!("BEGIN:VCARD\nVERSION:3.0\nFN:Ana\n{lines}\nEND:VCARD\n");
        vcard::read(file.as_bytes(), None, None).0.remove(0).details.unwrap()
    }

    #[test]
    fn a_year_that_stands_for_none_is_left_out() {
        assert_eq!(one("BDAY;X-APPLE-OMIT-YEAR=1900:1900-04-12").birthday, "--04-12");
        assert_eq!(one("BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-02-29").birthday, "--02-29");
        assert_eq!(one("BDAY;X-APPLE-OMIT-YEAR=1604:1980-04-12").birthday, "1980-04-12");
        assert_eq!(one("BDAY:1900-04-12").birthday, "1900-04-12");
    }

    #[test]
    fn an_address_that_is_only_written_out_is_kept() {
        let street = |text: &str, label: &str| Address {
            street: text.into(),
            label: label.into(),
            ..Address::default()
        };
        let lines = "LABEL;TYPE=home:5 Elm St\\nSpringfield";
        assert_eq!(one(lines).addresses, [street("5 Elm St, Springfield", "home")]);
        assert_eq!(
            one("ADR;LABEL=\"5 Elm St^nSpringfield\":;;;;;;").addresses,
            [street("5 Elm St, Springfield", "")]
        );
        // Beside the same address in its parts it says nothing new.
        let both = one(
            "ADR;TYPE=home:;;5 Elm St;Springfield;;;\nLABEL;TYPE=home:5 Elm St\\nSpringfield\nLABEL;TYPE=work:1 Oak Ave",
        );
        let shown: Vec<_> =
            both.addresses.iter().map(|address| (address.street.as_str(), address.label.as_str())).collect();
        assert_eq!(shown, [("1 Oak Ave", "work"), ("5 Elm St", "home")]);
    }
}
