//! How details lie in the document: one text for each key, so that each merges by itself.

use std::collections::BTreeMap;

use super::details::{Address, Details, Labelled, Messenger, TextField};
use super::item::Item;
use super::phone::Phone;
use crate::field;

impl Details {
    /// The flat form kept in the document: a text field by its key, an entry of a list by `list/what makes it one`.
    pub(crate) fn to_flat(&self) -> BTreeMap<String, String> {
        let mut flat = BTreeMap::new();
        let mut add = |list: &str, key: &str, value: String| {
            if !key.is_empty() {
                flat.entry(format!("{list}/{key}")).or_insert(value);
            }
        };
        for phone in &self.phones {
            add("phone", &phone.key(), phone_item(phone));
        }
        for email in &self.emails {
            add("email", &field::fold(&email.value), labelled_item(email));
        }
        for messenger in &self.messengers {
            let handle = field::fold(&messenger.handle);
            if !handle.is_empty() {
                let key = format!("{}:{handle}", field::fold(&messenger.service));
                add(
                    "messenger",
                    &key,
                    Item::new(&messenger.handle).with("service", &field::fold(&messenger.service)).write(),
                );
            }
        }
        for link in &self.links {
            add("link", &field::clean_line(&link.value), labelled_item(link));
        }
        for address in &self.addresses {
            add("address", &address.key(), address_item(address));
        }
        for (list, values) in self.words() {
            for value in values {
                add(list, &field::fold(value), field::clean_line(value));
            }
        }
        for uid in &self.uids {
            add("uid", &field::clean_line(uid), String::new());
        }
        for text in TextField::ALL {
            let value = text.clean(self.text(*text));
            if !value.is_empty() {
                flat.insert(text.key().to_owned(), value);
            }
        }
        if self.no_device {
            flat.insert("no-device".to_owned(), "yes".to_owned());
        }
        flat
    }

    /// Reads the flat form; what it does not know it passes over.
    pub(crate) fn from_flat(flat: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut details = Self::default();
        for (key, value) in flat {
            if let Some((list, key)) = key.split_once('/') {
                details.add_item(list, key, &value);
            } else if let Some(text) = TextField::from_key(&key) {
                *details.text_mut(text) = value;
            } else if key == "no-device" {
                details.no_device = true;
            }
        }
        details.phones.sort_by_key(|phone| !phone.preferred);
        details.emails.sort_by_key(|email| !email.preferred);
        details
    }

    fn add_item(&mut self, list: &str, key: &str, value: &str) {
        let item = Item::read(value);
        match list {
            "phone" => self.phones.push(read_phone(key, &item)),
            "email" => self.emails.push(read_labelled(&item)),
            "link" => self.links.push(read_labelled(&item)),
            "messenger" => {
                self.messengers.push(Messenger { service: item.get("service"), handle: item.text })
            }
            "address" => self.addresses.push(read_address(&item)),
            "speaks" => self.speaks.push(item.text),
            "prefers" => self.prefers.push(item.text),
            "interprets" => self.interprets.push(item.text),
            "skill" => self.skills.push(item.text),
            "equipment" => self.equipment.push(item.text),
            "tag" => self.tags.push(item.text),
            "uid" => self.uids.push(key.to_owned()),
            _ => {}
        }
    }

    fn words(&self) -> [(&'static str, &Vec<String>); 6] {
        [
            ("speaks", &self.speaks),
            ("prefers", &self.prefers),
            ("interprets", &self.interprets),
            ("skill", &self.skills),
            ("equipment", &self.equipment),
            ("tag", &self.tags),
        ]
    }
}

fn phone_item(phone: &Phone) -> String {
    Item::new(&phone.number)
        .with("label", &label(&phone.label))
        .with("preferred", yes(phone.preferred))
        .write()
}

fn read_phone(key: &str, item: &Item) -> Phone {
    let (number, extension) = match key.split_once(';') {
        Some((number, extension)) if is_e164(number) => (number, Some(extension.to_owned())),
        _ => (key, None),
    };
    Phone {
        number: item.text.clone(),
        e164: is_e164(number).then(|| number.to_owned()),
        extension,
        label: item.get("label"),
        preferred: !item.get("preferred").is_empty(),
    }
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn labelled_item(value: &Labelled) -> String {
    Item::new(&value.value)
        .with("label", &label(&value.label))
        .with("preferred", yes(value.preferred))
        .write()
}

fn read_labelled(item: &Item) -> Labelled {
    let preferred = !item.get("preferred").is_empty();
    Labelled { value: item.text.clone(), label: item.get("label"), preferred }
}

fn address_item(address: &Address) -> String {
    Item::new(&address.street)
        .with("extra", &address.extra)
        .with("box", &address.post_box)
        .with("town", &address.town)
        .with("region", &address.region)
        .with("postcode", &address.postcode)
        .with("country", &address.country)
        .with("label", &label(&address.label))
        .write()
}

fn read_address(item: &Item) -> Address {
    Address {
        street: item.text.clone(),
        extra: item.get("extra"),
        post_box: item.get("box"),
        town: item.get("town"),
        region: item.get("region"),
        postcode: item.get("postcode"),
        country: item.get("country"),
        label: item.get("label"),
    }
}

/// A label; the usual words are kept in lower case, so that "Home" and "home" are one.
fn label(text: &str) -> String {
    let label = field::clean_line(text);
    let lower = label.to_lowercase();
    let is_usual = |word: &str| matches!(word, "home" | "work" | "mobile" | "fax" | "pager" | "main");
    match lower.as_str() {
        "cell" => "mobile".to_owned(),
        words if words.split(' ').all(is_usual) => lower,
        _ => label,
    }
}

const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "" }
}
