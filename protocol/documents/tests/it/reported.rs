//! Files over which other address books fell, by the reports of the people who had them: one row each, in our own words
//! and with made-up people.

use crate::siblings::{Sibling, card, check};
use crate::support::List;

fn cards() -> Vec<Sibling> {
    vec![
        Sibling {
            what: "a note of several lines that nobody folded, and what follows it",
            file: card("VERSION:2.1\nNOTE:Rings twice\nSecond floor, left\n\nMind the dog\nFN:Ana\nTEL;CELL:+12025550143"),
            people: &[("Ana", "+12025550143 mobile", "Rings twice\nSecond floor, left\nMind the dog")],
            flags: &[],
        },
        Sibling {
            what: "quoted-printable broken between codes without the mark of a break",
            file: card(
                "VERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9C=D0=B8\n=D1=80=D0=B0\nTEL;CELL:+12025550143",
            ),
            people: &[("Мира", "+12025550143 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "a list of types with a backslash in it",
            file: card("VERSION:3.0\nFN:Ana\nTEL;TYPE=VOICE\\,CELL:+12025550143\nTEL;TYPE=HOME\\,VOICE:+12025550144"),
            people: &[("Ana", "+12025550143 mobile, +12025550144 home", "")],
            flags: &[],
        },
        Sibling {
            what: "how a name sounds, with nothing in it",
            file: card("VERSION:2.1\nFN:Ana\nSOUND;X-IRMC-N:;;;;\nTEL:+12025550143"),
            people: &[("Ana", "+12025550143", "")],
            flags: &[],
        },
        Sibling {
            what: "versions and programs named several times, and both versions in one file",
            file: [
                card("VERSION:3.0\nVERSION:3.0\nPRODID:a\nPRODID:b\nFN:Ana\nTEL;TYPE=CELL:+12025550143"),
                card("VERSION:4.0\n 1\nVERSION:4.0\nFN:Ben\nTEL;VALUE=uri;TYPE=\"voice,cell\":tel:+1-202-555-0144"),
            ]
            .concat(),
            people: &[("Ana", "+12025550143 mobile", ""), ("Ben", "+12025550144 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "a colon in a name, with and without a backslash",
            file: card("VERSION:3.0\nN:Ray\\: 5th;Ana;;;\nFN:Ana Ray: 5th\nTEL;TYPE=MAIN:+12025550143"),
            people: &[("Ana Ray: 5th", "+12025550143 main", "")],
            flags: &[],
        },
        Sibling {
            what: "a business without a person",
            file: card("VERSION:3.0\nN:;;;;\nFN: \nORG:Corner Bakery;\nX-ABShowAs:COMPANY\nTEL;TYPE=WORK:+12025550143"),
            people: &[("Corner Bakery", "+12025550143 work", "")],
            flags: &["nameMade"],
        },
        Sibling {
            what: "a name with a line end in it, and eight-bit letters that say so",
            file: card("VERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=8BIT:Zoë\\nRuiz\nTEL;VOICE:+12025550143"),
            people: &[("Zoë Ruiz", "+12025550143", "")],
            flags: &[],
        },
        Sibling {
            what: "a card that a messenger sends",
            file: card(
                "VERSION:3.0\nN:;Ana;;;\nFN:Ana\nitem1.TEL;waid=12025550143:+1 202-555-0143\nitem1.X-ABLabel:Mobile",
            ),
            people: &[("Ana", "+12025550143 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "Polish in its old code page",
            file: b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Micha\xb3 W\xf3jcik\r\nEND:VCARD\r\n".to_vec(),
            people: &[("Michał Wójcik", "", "")],
            flags: &[],
        },
        Sibling {
            what: "what is dialled to leave a country, and the zero that is not dialled from abroad",
            file: card("VERSION:3.0\nFN:Ana\nTEL:011 44 20 7946 0029\nTEL:0049 30 23125001\nTEL:+49 (0)30 23125002"),
            people: &[("Ana", "+442079460029, +493023125001, +493023125002", "")],
            flags: &[],
        },
    ]
}

fn sheets() -> Vec<Sibling> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        Sibling {
            what: "a title and a date above the headings",
            file: text(
                "Maple Street,,\n\"as of May 3\",,\n,,\nName,Phone,Notes\nAna,+12025550143,side door\n",
            ),
            people: &[("Ana", "+12025550143", "side door")],
            flags: &[],
        },
        Sibling {
            what: "Polish in its old code page",
            file: b"Name;Phone\r\nMicha\xb3 Wo\x9fny;+12025550143\r\n".to_vec(),
            people: &[("Michał Woźny", "+12025550143", "")],
            flags: &[],
        },
        Sibling {
            what: "the headings of Thunderbird",
            file: text(
                "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Work Phone,Home Phone,Fax Number,Mobile Number,Home City,Notes\n\
                 Ana,Ruiz,Ana Ruiz,,ana@example.org,,+12025550141,+12025550142,,+12025550143,Elm,side door\n",
            ),
            people: &[("Ana Ruiz", "+12025550141 work, +12025550142 home, +12025550143 mobile", "side door")],
            flags: &[],
        },
        Sibling {
            what: "the older headings of Google, with two numbers in one cell",
            file: text(
                "Name,Given Name,Family Name,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n\
                 Ana Ruiz,Ana,Ruiz,,* My Contacts ::: School,* ,ana@example.org,Mobile,+1 202 555 0143 ::: +1 202 555 0144,Home,+1 202 555 0145\n",
            ),
            people: &[("Ana Ruiz", "+12025550143 mobile, +12025550144 mobile, +12025550145 home", "")],
            flags: &[],
        },
        Sibling {
            what: "the headings of Outlook, in quotes, with blanks in them",
            file: text(
                "\"First Name\",\"Last Name\",\"Business Phone\",\"Mobile Phone\",\"E-mail Address\",\"Home Street\"\r\n\
                 \"Ana\",\"Ruiz\",\"+12025550141\",\"+12025550143\",\"ana@example.org\",\"5 Elm\r\nrear\"\r\n",
            ),
            people: &[("Ana Ruiz", "+12025550141 work, +12025550143 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "rows and columns of nothing",
            file: text("Name,Phone,,\n,,,\nAna,+12025550143,,\n,,,\n,,,\nBen,+12025550144,,\n"),
            people: &[("Ana", "+12025550143", ""), ("Ben", "+12025550144", "")],
            flags: &[],
        },
        Sibling {
            what: "a heading over two lines, and line ends of old computers",
            file: text("Name,\"Phone\rNumber\",Notes\rAna,+12025550143,side door\r"),
            people: &[("Ana", "+12025550143", "side door")],
            flags: &[],
        },
        Sibling {
            what: "blanks that do not break",
            file: text("Name,Phone\u{a0}\nAna,+1\u{a0}202\u{a0}555\u{a0}0143\n"),
            people: &[("Ana", "+12025550143", "")],
            flags: &[],
        },
    ]
}

#[test]
fn cards_that_others_failed_on_are_read() {
    check(&cards());
}

#[test]
fn sheets_that_others_failed_on_are_read() {
    check(&sheets());
}

#[test]
fn a_card_that_stands_twice_in_a_file_is_one_person() {
    let one = card("VERSION:3.0\nFN:Ana Ruiz\nTEL;TYPE=CELL:+12025550143");
    let report = List::new(None).import(&[one.clone(), one].concat());
    assert_eq!(report.summary(), "1 added, 1 merged", "{report}");
}

#[test]
fn rows_above_the_headings_are_counted_in_the_report() {
    let mut list = List::new(Some("US"));
    let report = list.import(b"Maple Street,,\n\nName,Phone,Notes\nAna,+12025550143,\nBen,1.2E+11,\n");
    let rows: Vec<_> = report.rows.iter().map(|row| (row.number, row.line)).collect();
    assert_eq!(rows, [(1, 4), (2, 5)], "{report}");
}
