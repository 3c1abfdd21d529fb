//! What address books and spreadsheets export, and what a reader can lose or give to another in it.

use porchlight_documents::contacts::Details;

use crate::siblings::{Sibling, card, check};
use crate::support::List;

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// The addresses of the only person in a file: label, then all that is said.
fn addresses(file: &str) -> Vec<String> {
    let mut list = List::new(Some("US"));
    list.import(file.as_bytes());
    let told = |details: Details| {
        let one = details.addresses.into_iter().map(|address| {
            let parts = [address.street, address.extra, address.town, address.postcode];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            format!("{}: {}", address.label, parts.join(" | "))
        });
        one.collect()
    };
    told(list.only())
}

#[test]
fn labels_stand_with_the_number_that_they_are_for() {
    let people: &[(&str, &str, &str)] = &[("Ana Ruiz", "+12025550141 home, +12025550142 work", "")];
    let sheet = |what, head: &str, row: &str| Sibling {
        what,
        file: text(&format!("Name,{head}\nAna Ruiz,{row}\n")),
        people,
        flags: &[],
    };
    check(&[
        sheet(
            "numbers with their kinds before them",
            "Phone 1 Type,Phone 1 Value,Phone 2 Type,Phone 2 Value",
            "Home,202-555-0141,Work,202-555-0142",
        ),
        sheet(
            "numbers with their kinds behind them",
            "Phone 1 Value,Phone 1 Type,Phone 2 Value,Phone 2 Type",
            "202-555-0141,Home,202-555-0142,Work",
        ),
        sheet(
            "kinds behind, without numbers",
            "Phone,Phone Type,Phone 2,Phone 2 Type",
            "202-555-0141,home,202-555-0142,work",
        ),
        sheet(
            "the same headings twice",
            "Phone,Phone Type,Phone,Phone Type",
            "202-555-0141,home,202-555-0142,work",
        ),
        sheet(
            "the same headings twice, kinds before",
            "Phone Type,Phone,Phone Type,Phone",
            "home,202-555-0141,work,202-555-0142",
        ),
        sheet(
            "all kinds before all numbers",
            "Phone 1 Type,Phone 2 Type,Phone 1,Phone 2",
            "home,work,202-555-0141,202-555-0142",
        ),
        sheet(
            "a first number that is empty",
            "Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Phone 3 - Type,Phone 3 - Value",
            "Mobile,,Home,202-555-0141,Work,202-555-0142",
        ),
        sheet(
            "a kind that is not filled in",
            "Phone Type,Home Phone,Work Phone",
            ",202-555-0141,202-555-0142",
        ),
    ]);
    let mut list = List::new(Some("US"));
    list.import(
        b"Name,Email 1 Type,Email 1 Value,Email 2 Type,Email 2 Value\nAna,home,,work,ana@example.org\n",
    );
    let details = list.only();
    assert_eq!((details.emails.len(), details.emails[0].label.as_str()), (1, "work"));
}

#[test]
fn addresses_are_whole_and_as_many_as_there_are() {
    for (what, file, expected) in [
        (
            "only as it is written out",
            "Name,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City\n\
             Ana,Home,\"5 Elm St\nSpringfield, IL 62701\",,\n",
            &["home: 5 Elm St, Springfield, IL 62701"][..],
        ),
        (
            "written out and in parts",
            "Name,Address 1 - Formatted,Address 1 - Street,Address 1 - City\nAna,\"5 Elm St\nSpringfield\",5 Elm St,Springfield\n",
            &[": 5 Elm St | Springfield"],
        ),
        (
            "three lines of one street",
            "Name,Home Street,Home Street 2,Home Street 3,Home City,Business Street,Business City\n\
             Ana,5 Elm St,Rear house,Third floor,Springfield,1 Oak Ave,Shelby\n",
            &["home: 5 Elm St, Rear house, Third floor | Springfield", "work: 1 Oak Ave | Shelby"],
        ),
        (
            "two lines that are counted",
            "Name,Address 1,Address 2,City,Zip\nAna,5 Elm St,Rear house,Springfield,62701\n",
            &[": 5 Elm St, Rear house | Springfield | 62701"],
        ),
        (
            "two whole addresses",
            "Name,Street,City,Street 2,City 2\nAna,5 Elm St,Springfield,1 Oak Ave,Shelby\n",
            &[": 1 Oak Ave | Shelby", ": 5 Elm St | Springfield"],
        ),
        (
            "first, without headings",
            "5 Elm St,Ana Ruiz,202-555-0141\n7 Elm St,Ana Ruiz,202-555-0141\n",
            &[": 5 Elm St", ": 7 Elm St"],
        ),
    ] {
        let mut found = addresses(file);
        found.iter_mut().for_each(|address| *address = address.replace("Home:", "home:"));
        found.sort();
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn people_are_found_without_headings() {
    check(&[
        Sibling {
            what: "an address before the name",
            file: text("5 Elm St,Ana Ruiz,202-555-0141\n12b Oak Ave,Ben Li,202-555-0142\n"),
            people: &[("Ana Ruiz", "+12025550141", ""), ("Ben Li", "+12025550142", "")],
            flags: &[],
        },
        Sibling {
            what: "an address before the name, in German",
            file: text("Elmstraße 5;Ana Ruiz;202-555-0141\nEichenweg 12b;Ben Li;202-555-0142\n"),
            people: &[("Ana Ruiz", "+12025550141", ""), ("Ben Li", "+12025550142", "")],
            flags: &[],
        },
        Sibling {
            what: "a room before the name",
            file: text("R2,Ana Ruiz,202-555-0141\nR3,Ben Li,202-555-0142\n"),
            people: &[("Ana Ruiz", "+12025550141", "R2"), ("Ben Li", "+12025550142", "R3")],
            flags: &[],
        },
        Sibling {
            what: "semicolons, and commas in every name",
            file: text("Ruiz, Ana;202-555-0141\nLi, Ben;202-555-0142\n"),
            people: &[("Li, Ben", "+12025550142", ""), ("Ruiz, Ana", "+12025550141", "")],
            flags: &[],
        },
        Sibling {
            what: "tabs, and several commas in every note",
            file: text(
                "Ana Ruiz\t202-555-0141\tred, green, blue, black\nBen Li\t202-555-0142\tone, two, three, four\n",
            ),
            people: &[
                ("Ana Ruiz", "+12025550141", "red, green, blue, black"),
                ("Ben Li", "+12025550142", "one, two, three, four"),
            ],
            flags: &[],
        },
        Sibling {
            what: "names with numbers, alone",
            file: text("Apartment 5,202-555-0141\nApartment 6,202-555-0142\n"),
            people: &[("Apartment 5", "+12025550141", ""), ("Apartment 6", "+12025550142", "")],
            flags: &[],
        },
    ]);
}

#[test]
fn a_number_is_called_whatever_stands_beside_it() {
    check(&[
        Sibling {
            what: "what it is for, behind each",
            file: text(
                "Name,Phone\nAna Ruiz,202-555-0141 (home)\nBen Li,\"202-555-0142 (cell), 202-555-0143 (Ben's mother)\"\n",
            ),
            people: &[
                ("Ana Ruiz", "+12025550141 home", ""),
                ("Ben Li", "+12025550142 mobile, +12025550143 Ben's mother", ""),
            ],
            flags: &[],
        },
        Sibling {
            what: "what it is for, behind each and nothing between",
            file: text("Name,Phone\nAna Ruiz,202-555-0141 (h) 202-555-0142 (w)\n"),
            people: &[("Ana Ruiz", "+12025550141 home, +12025550142 work", "")],
            flags: &[],
        },
        Sibling {
            what: "what it is for, without headings",
            file: text("Ana Ruiz,202-555-0141 (home)\nBen Li,cell: 202-555-0142\n"),
            people: &[("Ana Ruiz", "+12025550141 home", ""), ("Ben Li", "+12025550142 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "what it is for, in a card",
            file: card(
                "VERSION:3.0\nFN:Ana Ruiz\nTEL;TYPE=CELL:202-555-0141 (cell)\nTEL:202-555-0142 (casa)",
            ),
            people: &[("Ana Ruiz", "+12025550141 mobile, +12025550142 home", "")],
            flags: &[],
        },
        Sibling {
            what: "a French number, and one of a house",
            file: text("Nom,Numéro\nAna Ruiz,202-555-0141\nBen Li,202-555-0142\n"),
            people: &[("Ana Ruiz", "+12025550141", ""), ("Ben Li", "+12025550142", "")],
            flags: &[],
        },
    ]);
    let mut list = List::new(Some("FR"));
    list.import("Nom;Rue;Numéro;Téléphone\nAna Ruiz;rue des Ormes;12;01 99 00 12 34\n".as_bytes());
    let details = list.only();
    assert_eq!((details.house_number.as_str(), details.phones.len()), ("12", 1));
}

#[test]
fn what_phones_and_messengers_add_is_understood() {
    check(&[
        Sibling {
            what: "a label of somebody's own and a birthday, as Android writes them in 2.1",
            file: card(
                "VERSION:2.1\nFN:Ana Ruiz\nTEL;CELL;PREF:202-555-0141\n\
                 TEL;X-Custom(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=61=62=75=65=6C=61):2025550142\n\
                 X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;1990-04-12;3;;;;;;;;;;;;;",
            ),
            people: &[("Ana Ruiz", "+12025550141 mobile, +12025550142 abuela", "")],
            flags: &[],
        },
        Sibling {
            what: "names as WhatsApp shows those who are in nobody's list",
            file: text(
                "Name,Phone Number\n~ Ana Ruiz,+1 202-555-0141\n~Ben,\u{202a}+1 (202) 555\u{2011}0142\u{202c}\n",
            ),
            people: &[("Ana Ruiz", "+12025550141", ""), ("Ben", "+12025550142", "")],
            flags: &[],
        },
        Sibling {
            what: "an anniversary that nobody told, as Outlook writes it",
            file: text(
                "First Name,Last Name,Mobile Phone,Anniversary,Children\nAna,Ruiz,202-555-0141,0/0/00,0\n",
            ),
            people: &[("Ana Ruiz", "+12025550141 mobile", "Children: 0")],
            flags: &[],
        },
    ]);
    let mut list = List::new(Some("US"));
    list.import(&card(
        "VERSION:2.1\nFN:Ana\nX-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;1990-04-12;3;;",
    ));
    assert_eq!(list.only().birthday, "1990-04-12");
}

#[test]
fn yes_and_no_are_known_and_what_is_neither_is_kept() {
    for (cell, no_device, note) in [
        ("yes", true, ""),
        ("X", true, ""),
        ("Sí", true, ""),
        ("no", false, ""),
        ("", false, ""),
        ("none", false, "No device: none"),
        ("has a landline", false, "No device: has a landline"),
    ] {
        let mut list = List::new(Some("US"));
        list.import(format!("Name,Phone,No device\nAna Ruiz,202-555-0141,{cell}\n").as_bytes());
        let details = list.only();
        assert_eq!((details.no_device, details.note.as_str()), (no_device, note), "{cell}");
    }
}

#[test]
fn a_birthday_of_zeros_is_none() {
    for file in [
        text("Name,Phone,Birthday\nAna Ruiz,202-555-0141,0/0/00\n"),
        card("VERSION:3.0\nFN:Ana Ruiz\nTEL:202-555-0141\nBDAY:0000-00-00"),
    ] {
        let mut list = List::new(Some("US"));
        let report = list.import(&file);
        assert_eq!((list.only().birthday.as_str(), report.flagged.len()), ("", 0), "{report}");
    }
}

#[test]
fn what_a_card_says_twice_is_kept_twice() {
    let lines = "VERSION:4.0\nFN:Ana Ruiz\nFN:Ana María Ruiz Gil\nFN:ana ruiz\nN:Ruiz;Ana;;;\nN:Ruiz Gil;Ana María;;;\n\
        NICKNAME:Ani\nNICKNAME:La Jefa,Ani\nORG:Corner Bakery;Night shift\nORG:Garden Club\nORG:Corner Bakery;Night shift\n\
        BDAY:19900412\nBDAY:19910412\nBDAY:1990-04-12\nTITLE:Baker\nROLE:Treasurer\nTEL:+12025550141\nNOTE:Rings twice";
    let mut list = List::new(Some("US"));
    list.import(&card(lines));
    let details = list.only();
    assert_eq!((details.name.as_str(), details.family.as_str()), ("Ana Ruiz", "Ruiz"));
    assert_eq!((details.organization.as_str(), details.unit.as_str()), ("Corner Bakery", "Night shift"));
    assert_eq!((details.birthday.as_str(), details.nickname.as_str()), ("1990-04-12", "Ani, La Jefa,Ani"));
    assert_eq!(details.title, "Baker, Treasurer");
    assert_eq!(
        details.note,
        "Rings twice\nFN: Ana María Ruiz Gil\nN: Ruiz Gil Ana María\nORG: Garden Club\nBDAY: 1991-04-12"
    );
    assert_eq!(list.import(&card(lines)).totals.unchanged, 1);
    for export in list.exports() {
        assert_eq!(list.import(&export).totals.unchanged, 1);
    }
    // The one that is marked is the name.
    let mut list = List::new(Some("US"));
    list.import(&card("VERSION:4.0\nFN:Ana\nFN;PREF=1:Ana Ruiz\nTEL:+12025550141"));
    let details = list.only();
    assert_eq!((details.name.as_str(), details.note.as_str()), ("Ana Ruiz", "FN: Ana"));
}

#[test]
fn numbers_go_out_and_come_back_as_they_are_dialled_at_home() {
    for (country, typed, e164) in [
        ("MX", "044 55 1234 5678", "+525512345678"),
        ("MX", "01 55 1234 5678", "+525512345678"),
        ("MX", "+52 1 55 1234 5678", "+525512345678"),
        ("GB", "020 7946 0018", "+442079460018"),
        ("US", "1-202-555-0143", "+12025550143"),
    ] {
        let mut list = List::new(Some(country));
        list.import(format!("Name,Phone\nAna Ruiz,{typed}\n").as_bytes());
        let phone = list.only().phones.remove(0);
        assert_eq!((phone.number.as_str(), phone.e164.as_deref()), (typed, Some(e164)));
        for export in list.exports() {
            assert_eq!(list.import(&export).totals.unchanged, 1, "{typed}");
            // In a group elsewhere as well.
            let mut other = List::new(Some("DE"));
            other.import(&export);
            let there = other.only().phones.remove(0);
            assert_eq!((there.number.as_str(), there.e164.as_deref()), (typed, Some(e164)), "{typed}");
        }
    }
}

#[test]
fn people_of_one_name_and_number_stay_apart_where_nobody_can_tell() {
    let mut list = List::new(Some("US"));
    list.import(b"Name,Phone\nMaria Ruiz,202-555-0141\nMaria Gil,202-555-0141\n");
    let report = list.import(b"Name,Phone,Note\nMaria,202-555-0141,allergic to nuts\n");
    let told: Vec<_> =
        list.contacts().into_iter().map(|contact| (contact.details.name, contact.details.note)).collect();
    let expected = [("Maria", "allergic to nuts"), ("Maria Gil", ""), ("Maria Ruiz", "")];
    assert_eq!(told, expected.map(|(name, note)| (name.into(), note.into())), "{report}");
    assert_eq!(report.flagged.get("sharesNumber"), Some(&1), "{report}");
    // She who is there by that very name is meant from then on.
    assert_eq!(list.import(b"Name,Phone\nMaria,202-555-0141\n").totals.unchanged, 1);
    // One Maria alone may be the other.
    let mut list = List::new(Some("US"));
    list.import(b"Name,Phone\nMaria Ruiz,202-555-0141\nJose Ruiz,202-555-0141\n");
    let report = list.import(b"Name,Phone\nMaria,202-555-0141\n");
    assert_eq!((report.totals.added, list.contacts().len()), (0, 2), "{report}");
    // Mother and daughter.
    let mut list = List::new(Some("US"));
    let file =
        b"Name,Phone,Birthday\nMaria Ruiz,202-555-0141,1960-04-12\nMaria Ruiz,202-555-0141,1990-01-31\n";
    let report = list.import(file);
    assert_eq!(list.contacts().len(), 2, "{report}");
}
