//! Made-up people, written as cards and as a sheet, and what must be seen in them.

use anyhow::Result;
use porchlight_documents::contacts::{self, Address, Details, Labelled, Phone};
use porchlight_documents::csv::{self, Delimiter};
use porchlight_documents::vcard::{self, Version};
use porchlight_documents::{Actor, Author, Document, Kind};
use porchlight_wire::Timestamp;
use serde_json::{Value, json};

use crate::dice::Dice;

/// The same people twice.
pub(crate) struct Files {
    pub(crate) cards: Vec<u8>,
    pub(crate) sheet: Vec<u8>,
}

/// Some people, and what is said of them.
pub(crate) fn make(dice: &mut Dice) -> Result<(Files, Value)> {
    let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
    let mut document = Document::new(Kind::Contacts);
    for number in 0..=dice.below(8) {
        let details = person(dice, number);
        document.edit(author, |editor| contacts::add(editor, details, Some("US")))?;
    }
    let all = contacts::list(&document);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let people: Vec<Value> = all
        .iter()
        .map(|contact| {
            let details = &contact.details;
            let mut phones: Vec<_> = details.phones.iter().map(|phone| digits(&phone.shown(None))).collect();
            let mut emails: Vec<_> = details.emails.iter().map(|email| email.value.clone()).collect();
            phones.sort();
            emails.sort();
            json!({"name": details.name, "phones": phones, "emails": emails, "note": details.note})
        })
        .collect();
    let cards = vcard::write(&all, Version::V3).into_bytes();
    Ok((Files { cards, sheet: csv::write(&all, Delimiter::Comma) }, json!({"people": people})))
}

fn person(dice: &mut Dice, number: u64) -> Details {
    let mut details = Details { name: format!("Person {number} {}", dice.words()), ..Details::default() };
    if dice.below(2) == 0 {
        details.note = format!("{}\n{}", dice.words(), dice.words());
        details.area = dice.words();
    }
    for _ in 0..dice.below(3) {
        let typed = format!("+120255501{:02}", dice.below(100));
        let label = dice.pick(&["home", "work", "mobile", "side door"]).to_owned();
        details.phones.push(Phone { label, ..Phone::typed(&typed, Some("US")) });
    }
    for place in 0..dice.below(3) {
        let value = format!("person{number}.{place}@porch.example");
        details.emails.push(Labelled { value, label: "home".into(), ..Labelled::default() });
    }
    if dice.below(2) == 0 {
        let address = Address { street: dice.words(), town: "Elm".into(), ..Address::default() };
        details.addresses.push(address);
        details.speaks = vec!["vi".into(), "es".into()];
    }
    details.tidy(Some("US"))
}
