//! Contacts that a machine made up come back from every kind of file as they were, and no bytes make an importer stop.

use porchlight_documents::contacts::{self, Address, Details, Labelled, Messenger, Phone};
use porchlight_documents::import::{self, Choices, Options};
use porchlight_documents::{Document, Kind};
use proptest::prelude::*;

use crate::support::List;

/// A line of letters of many scripts and of the marks that trip parsers.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-zÄÖüßéñşŁ ]{1,12}",
        1 => "[Ѐ-ӿ]{1,8}",
        1 => "[一-龥]{1,4}",
        1 => "[؀-ٟ]{1,8}",
        2 => r#"[\\;,:"'=^%@+\-|<>{}#n N0-9]{1,10}"#,
        1 => "\\PC{1,10}",
    ]
}

fn maybe_line() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), line()]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..4).prop_map(|lines| lines.join("\n"))
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["", "home", "work", "mobile", "work fax", "home mobile"]).prop_map(str::to_owned),
        1 => "[a-zä' ]{1,10}",
    ]
}

fn phone() -> impl Strategy<Value = Phone> {
    let typed = prop_oneof![
        "\\(202\\) 555-01[0-9]{2}",
        "\\+1202555[0-9]{4}",
        "\\+44 20 7946 0[0-9]{3}",
        "202-555-01[0-9]{2} x[1-9]{1,3}",
        "0[0-9]{3,9}",
        "[1-9][0-9]{2,4}",
        "-1202555[0-9]{4}",
        "[1-9]\\.[0-9]{2}E\\+11",
    ];
    (typed, label(), any::<bool>()).prop_map(|(typed, label, preferred)| Phone {
        label,
        preferred,
        ..Phone::typed(&typed, Some("US"))
    })
}

fn labelled(value: impl Strategy<Value = String>) -> impl Strategy<Value = Labelled> {
    (value, label(), any::<bool>()).prop_map(|(value, label, preferred)| Labelled { value, label, preferred })
}

fn address() -> impl Strategy<Value = Address> {
    prop::array::uniform8(maybe_line()).prop_map(
        |[street, extra, post_box, town, region, postcode, country, label]| Address {
            street,
            extra,
            post_box,
            town,
            region,
            postcode,
            country,
            label,
        },
    )
}

fn languages() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![Just("es".to_owned()), Just("zh-Hant".to_owned()), line()], 0..3)
}

fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(line(), 0..4)
}

fn birthday() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("1990-02-28".to_owned()), Just("--02-29".to_owned()), line()]
}

fn details() -> impl Strategy<Value = Details> {
    let names = (line(), prop::array::uniform10(maybe_line()), prop::array::uniform2(text()));
    let reach = (
        prop::collection::vec(phone(), 0..3),
        prop::collection::vec(labelled("[a-z=+]{1,6}@[a-z]{1,6}\\.example"), 0..3),
        prop::collection::vec(("[a-z]{2,8}", line()), 0..3),
        prop::collection::vec(labelled("https://[a-z.,;/]{1,10}"), 0..2),
        prop::collection::vec(address(), 0..3),
    );
    let lists = (languages(), languages(), languages(), words(), words(), words());
    (names, reach, lists, birthday(), any::<bool>()).prop_map(|(names, reach, lists, birthday, no_device)| {
        let (
            name,
            [given, middle, family, prefix, suffix, nickname, organization, unit, title, area],
            [note, availability],
        ) = names;
        let (phones, emails, messengers, links, addresses) = reach;
        let (speaks, prefers, interprets, skills, equipment, tags) = lists;
        let messengers =
            messengers.into_iter().map(|(service, handle)| Messenger { service, handle }).collect();
        let details = Details {
            name,
            given,
            middle,
            family,
            prefix,
            suffix,
            nickname,
            organization,
            unit,
            title,
            area,
            note,
            availability,
            birthday,
            no_device,
            phones,
            emails,
            messengers,
            links,
            addresses,
            speaks,
            prefers,
            interprets,
            skills,
            equipment,
            tags,
            ..Details::default()
        };
        details.tidy(Some("US"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn contacts_come_back_as_they_were(all in prop::collection::vec(details(), 1..5)) {
        let mut list = List::new(Some("US"));
        for details in all {
            if !details.is_empty() {
                list.edit(|editor| contacts::add(editor, details, Some("US")));
            }
        }
        let heads = list.document.heads();
        for bytes in list.exports() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let report = list.import(&bytes);
            prop_assert_eq!(report.totals.unchanged, report.rows.len(), "{}\n{}", report, text);
            prop_assert_eq!(list.document.heads(), heads.clone());
            // In a group without a default country they are the same people.
            let mut other = List::new(None);
            let preview = other.preview(&bytes);
            let choices: Choices = (1..=preview.rows.len()).map(|row| (row, import::Choice::Add)).collect();
            other.import_as(&bytes, &other.options(), &choices);
            prop_assert_eq!(other.people(), list.people(), "{}", text);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn any_cards_are_read_or_refused(text in "(BEGIN:VCARD|END:VCARD|VERSION:2.1|AGENT:|N:|FN;|TEL|ADR|;ENCODING=QUOTED-PRINTABLE|;B|:|;|=|\"|\\^|\\\\|\r|\n| |é|=C3|[a-z0-9]){0,80}") {
        read(format!("BEGIN:VCARD\n{text}").as_bytes());
    }

    #[test]
    fn any_sheet_is_read_or_refused(text in "(Name|Phone|;|,|\t|\"|\r\n|\n|\r|'|=|\\+1|:::| - |é|[a-z0-9]){0,80}") {
        read(text.as_bytes());
    }
}

fn read(bytes: &[u8]) {
    let document = Document::new(Kind::Contacts);
    if let Ok(preview) = import::preview(&document, bytes, &Options::default()) {
        let mut list = List::new(None);
        let report = list.edit(|editor| import::apply(editor, &preview, &Choices::new()));
        assert_eq!(report.rows.len(), preview.rows.len());
        for bytes in list.exports().into_iter().filter(|_| !list.contacts().is_empty()).collect::<Vec<_>>() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let report = list.import(&bytes);
            assert_eq!(report.totals.unchanged, report.rows.len(), "{report}\n{text}");
        }
    }
}
