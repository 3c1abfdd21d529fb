//! Everything that can be said about a contact, as plain data, and its flat form in the document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::item::Item;
use super::language;
use super::phone::Phone;
use crate::{birthday, field};

/// What is said about a contact. Empty strings and lists mean "nothing said".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// The name to show.
    pub name: String,
    /// Given name.
    pub given: String,
    /// Further given names.
    pub middle: String,
    /// Family name.
    pub family: String,
    /// What stands before the name: "Dr."
    pub prefix: String,
    /// What stands after the name: "Jr."
    pub suffix: String,
    /// What friends say.
    pub nickname: String,
    /// The organization they are of.
    pub organization: String,
    /// The part of the organization.
    pub unit: String,
    /// What they do there.
    pub title: String,
    /// Roughly where, as cross streets: "5th and Elm".
    pub area: String,
    /// The house number, only if they wish it to be known.
    pub house_number: String,
    /// When they can be asked.
    pub availability: String,
    /// Whom to call if something happens to them.
    pub emergency_name: String,
    /// That person's number, as it was typed.
    pub emergency_phone: String,
    /// `1990-01-31`, `--01-31` without the year, or what a card said instead.
    pub birthday: String,
    /// The day on which they last said that all this is right, `2026-01-31`.
    pub confirmed: String,
    /// The last-changed stamp of the card they were last imported from, to tell an older card from a newer one.
    pub revision: String,
    /// Anything else, in several lines.
    pub note: String,
    /// They have no device and must be called or visited.
    pub no_device: bool,
    /// Phone numbers.
    pub phones: Vec<Phone>,
    /// E-mail addresses.
    pub emails: Vec<Labelled>,
    /// Signal, WhatsApp and the like.
    pub messengers: Vec<Messenger>,
    /// Web pages.
    pub links: Vec<Labelled>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Languages they speak: BCP 47 tags ("vi", "zh-Hant"), or words where no tag was known.
    pub speaks: Vec<String>,
    /// Languages they want to be spoken to in.
    pub prefers: Vec<String>,
    /// Languages they can interpret.
    pub interprets: Vec<String>,
    /// What they can do.
    pub skills: Vec<String>,
    /// What they can lend or bring.
    pub equipment: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The ids that other address books know them by.
    pub uids: Vec<String>,
}

/// A value with a word that tells what it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Labelled {
    /// The e-mail address or the link.
    pub value: String,
    /// "home", "work", or any other words.
    pub label: String,
    /// Whether to use this one first.
    pub preferred: bool,
}

/// A way to write to somebody through a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Messenger {
    /// "signal", "whatsapp", "telegram" …
    pub service: String,
    /// The name or number there.
    pub handle: String,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// What does not fit in the street: floor, door.
    pub extra: String,
    /// Post office box.
    pub post_box: String,
    /// Town.
    pub town: String,
    /// State or province.
    pub region: String,
    /// Postal code.
    pub postcode: String,
    /// Country, as written.
    pub country: String,
    /// "home", "work", or any other words.
    pub label: String,
}

macro_rules! text_fields {
    ($($variant:ident $field:ident $key:literal $shape:ident;)*) => {
        /// The fields that hold one text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum TextField {
            $(#[doc = concat!("See [`Details`], `", stringify!($field), "`.")] $variant,)*
        }

        impl TextField {
            /// All of them, in the order of [`Details`].
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its key in the document.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The field with this key.
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }

            const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)* }
            }
        }

        impl Details {
            /// The text of a field.
            pub fn text(&self, field: TextField) -> &str {
                match field { $(TextField::$variant => &self.$field,)* }
            }

            /// The text of a field, to write.
            pub fn text_mut(&mut self, field: TextField) -> &mut String {
                match field { $(TextField::$variant => &mut self.$field,)* }
            }
        }
    };
}

enum Shape {
    Line,
    Lines,
}

text_fields! {
    Name name "name" Line;
    Given given "given" Line;
    Middle middle "middle" Line;
    Family family "family" Line;
    Prefix prefix "prefix" Line;
    Suffix suffix "suffix" Line;
    Nickname nickname "nickname" Line;
    Organization organization "organization" Line;
    Unit unit "unit" Line;
    Title title "title" Line;
    Area area "area" Line;
    HouseNumber house_number "house-number" Line;
    Availability availability "availability" Lines;
    EmergencyName emergency_name "emergency-name" Line;
    EmergencyPhone emergency_phone "emergency-phone" Line;
    Birthday birthday "birthday" Line;
    Confirmed confirmed "confirmed" Line;
    Revision revision "revision" Line;
    Note note "note" Lines;
}

impl TextField {
    /// A text as this field keeps it: cleaned, and not longer than anybody would read.
    pub fn clean(self, text: &str) -> String {
        match self.shape() {
            Shape::Line => field::clean_line(text).chars().take(field::LINE_LIMIT).collect(),
            Shape::Lines => field::clean_text(text).chars().take(field::TEXT_LIMIT).collect(),
        }
    }
}

impl TextField {
    /// Whether [`TextField::clean`] cuts this text.
    pub(crate) fn is_cut(self, text: &str) -> bool {
        let limit = match self.shape() {
            Shape::Line => field::LINE_LIMIT,
            Shape::Lines => field::TEXT_LIMIT,
        };
        text.len() > limit && self.clean(text).chars().count() == limit
    }
}

impl Details {
    /// Cleaned and sorted, with one entry for each phone number, address and word, so that equal means equal. Numbers
    /// are read with the group's default country.
    #[must_use]
    pub fn tidy(mut self, country: Option<&str>) -> Self {
        for phone in &mut self.phones {
            phone.number = field::clean_line(&phone.number);
            phone.read(country);
        }
        if let Some(day) = birthday::canonical(&field::clean_line(&self.birthday)) {
            self.birthday = day;
        }
        self.revision = self.revision.chars().filter(char::is_ascii_digit).take(14).collect();
        for list in [&mut self.speaks, &mut self.prefers, &mut self.interprets] {
            for language in list {
                *language = language::read(language);
            }
        }
        if self.name.trim().is_empty() {
            self.name = self.joined_name();
        }
        Self::from_flat(self.to_flat())
    }

    /// As [`Details::tidy`], but a number that stood there before in the same words stays read as it was.
    pub(crate) fn tidy_beside(mut self, before: &BTreeMap<String, String>, country: Option<&str>) -> Self {
        let (old, new) = self.phones.drain(..).partition(|phone: &Phone| {
            before
                .get(&format!("phone/{}", phone.key()))
                .is_some_and(|item| Item::read(item).text == phone.number)
        });
        self.phones = new;
        let mut tidy = self.tidy(country);
        tidy.phones.extend::<Vec<_>>(old);
        Self::from_flat(tidy.to_flat())
    }

    /// Whether nothing is said that a person could be recognized by.
    pub fn is_empty(&self) -> bool {
        let bare = Self { uids: Vec::new(), revision: String::new(), ..self.clone() };
        bare.to_flat().is_empty()
    }

    /// What to call the contact: its name, or whatever else there is.
    pub fn shown_name(&self, country: Option<&str>) -> String {
        [self.name.clone(), self.joined_name(), self.nickname.clone(), self.organization.clone()]
            .into_iter()
            .chain(self.phones.first().map(|phone| phone.shown(country)))
            .chain(self.emails.first().map(|email| email.value.clone()))
            .chain(self.messengers.first().map(|messenger| messenger.handle.clone()))
            .find(|name| !name.is_empty())
            .unwrap_or_default()
    }

    /// The parts of the name in the order of most languages, or as Chinese, Japanese and Korean write them.
    fn joined_name(&self) -> String {
        let is_east_asian =
            |text: &str| text.chars().all(|l| matches!(l, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'));
        let (given, family) = (self.given.trim(), self.family.trim());
        if !given.is_empty() && !family.is_empty() && is_east_asian(given) && is_east_asian(family) {
            return format!("{family}{given}");
        }
        let parts = [&self.prefix, &self.given, &self.middle, &self.family, &self.suffix];
        let parts = parts.into_iter().map(|part| part.trim()).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    }
}

impl Address {
    fn parts(&self) -> [&String; 7] {
        [&self.street, &self.extra, &self.post_box, &self.town, &self.region, &self.postcode, &self.country]
    }

    /// What makes two addresses the same one; empty if there is none.
    pub(crate) fn key(&self) -> String {
        let parts: Vec<_> =
            self.parts().into_iter().map(|part| field::fold(part)).filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    }

    /// The address in one line.
    pub fn one_line(&self) -> String {
        let parts: Vec<_> = self
            .parts()
            .into_iter()
            .map(|part| field::clean_line(part))
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flat_form_holds_everything() {
        let details = Details {
            name: "Rosa Díaz".into(),
            note: "one\ntwo".into(),
            no_device: true,
            phones: vec![
                Phone { label: "work".into(), ..Phone::typed("202 555 0143 x12", Some("US")) },
                Phone { preferred: true, ..Phone::typed("+12025550144", None) },
                Phone::typed("911", None),
            ],
            emails: vec![Labelled {
                value: "Rosa@example.org".into(),
                label: "home".into(),
                preferred: false,
            }],
            messengers: vec![Messenger { service: "signal".into(), handle: "rosa.01".into() }],
            addresses: vec![Address {
                street: "5 Elm; rear".into(),
                town: "Springfield".into(),
                ..Address::default()
            }],
            speaks: vec!["es".into(), "en".into()],
            tags: vec!["Night".into(), "night ".into()],
            uids: vec!["urn:uuid:1".into()],
            ..Details::default()
        };
        let tidy = details.tidy(Some("US"));
        assert_eq!(Details::from_flat(tidy.to_flat()), tidy);
        assert_eq!(tidy.clone().tidy(Some("US")), tidy);
        assert_eq!(tidy.clone().tidy(None), tidy);
        assert_eq!(tidy.tags, ["Night"]);
        assert_eq!(tidy.speaks, ["en", "es"]);
        assert_eq!(tidy.phones[0].e164.as_deref(), Some("+12025550144"));
        assert_eq!(tidy.phones[1].extension.as_deref(), Some("12"));
        assert_eq!(tidy.phones[2].e164, None);
    }

    #[test]
    fn a_name_is_found_for_everybody() {
        assert_eq!(
            Details { given: "Ada".into(), family: "Obi".into(), ..Details::default() }.shown_name(None),
            "Ada Obi"
        );
        let number = Details { phones: vec![Phone::typed("+12025550112", None)], ..Details::default() };
        assert_eq!(number.shown_name(None), "+1 202 555 0112");
        assert_eq!(Details::default().shown_name(None), "");
        assert!(Details { uids: vec!["1".into()], ..Details::default() }.is_empty());
    }
}
