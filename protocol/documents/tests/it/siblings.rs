//! Oddities of phones and spreadsheets beside those of the acceptance cases, one row each: what a file holds, and whom
//! it must become.

use porchlight_documents::contacts::Details;

use crate::support::List;

/// One file, and what is to come of it.
pub(crate) struct Sibling {
    /// What is odd about it.
    pub(crate) what: &'static str,
    pub(crate) file: Vec<u8>,
    /// Name, numbers, and note of each person, in the order of the list.
    pub(crate) people: &'static [(&'static str, &'static str, &'static str)],
    /// The codes of all flags that are raised, sorted.
    pub(crate) flags: &'static [&'static str],
}

pub(crate) fn card(lines: &str) -> Vec<u8> {
    format!("BEGIN:VCARD\r\n{}\r\nEND:VCARD\r\n", lines.replace('\n', "\r\n")).into_bytes()
}

fn utf16(text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
}

fn cards() -> Vec<Sibling> {
    let two = "BEGIN:VCARD\nVERSION:3.0\nFN:One\nEND:VCARDBEGIN:VCARD\nVERSION:3.0\nFN:Two\nEND:VCARD";
    vec![
        Sibling {
            what: "quoted-printable in lower case, with an escaped semicolon and an equals sign",
            file: card("VERSION:2.1\nN;charset=utf-8;encoding=quoted-printable:D=c3=adaz\\;x;Rosa=3D;;;"),
            people: &[("Rosa= Díaz;x", "", "")],
            flags: &["nameMade"],
        },
        Sibling {
            what: "a semicolon and a comma in quoted-printable, which part nothing",
            file: card(
                "VERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:D=C3=ADaz=3B x;Rosa=2C R;;;\n\
                 NOTE;ENCODING=QUOTED-PRINTABLE:a=3Bb=5C=2Cc=2Cd",
            ),
            people: &[("Rosa, R Díaz; x", "", "a;b,c,d")],
            flags: &["nameMade"],
        },
        Sibling {
            what: "quoted-printable of every letter, the semicolons too",
            file: card("VERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:=52=75=69=7A=3B=41=6E=61"),
            people: &[("Ana Ruiz", "", "")],
            flags: &["nameMade"],
        },
        Sibling {
            what: "quoted-printable without a charset, in the letters of Windows-1252",
            file: card("VERSION:2.1\nFN;QUOTED-PRINTABLE:Jos=E9\nTEL;CELL:+12025550143"),
            people: &[("José", "+12025550143 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "a line end within quoted-printable, and a lone equals sign that is no code",
            file: card("VERSION:2.1\nFN:Ana\nNOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo=\n three =zz"),
            people: &[("Ana", "", "one\ntwo three =zz")],
            flags: &[],
        },
        Sibling {
            what: "quoted-printable cut off in the middle of a letter",
            file: card("VERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3\nTEL:+12025550143"),
            people: &[("ZoÃ", "+12025550143", "")],
            flags: &[],
        },
        Sibling {
            what: "cards glued by a blank",
            file: two.replace("END:VCARDBEGIN", "END:VCARD BEGIN").into_bytes(),
            people: &[("One", "", ""), ("Two", "", "")],
            flags: &[],
        },
        Sibling {
            what: "cards glued, in lower case, without a line end after the last",
            file: two.to_lowercase().replace("one", "One").replace("two", "Two").into_bytes(),
            people: &[("One", "", ""), ("Two", "", "")],
            flags: &[],
        },
        Sibling {
            what: "a picture between the name and the number, folded in the way of 2.1",
            file: card(
                "VERSION:2.1\nFN:Ana\nPHOTO;JPEG;ENCODING=BASE64:/9j/4AAQ\n SkZJRgAB\n\nTEL;CELL:+12025550143",
            ),
            people: &[("Ana", "+12025550143 mobile", "")],
            flags: &["notKept"],
        },
        Sibling {
            what: "a picture without its folds, and one as an address",
            file: card(
                "VERSION:3.0\nFN:Ana\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\nSkZJRgAB\nPHOTO;VALUE=uri:http://example.org/a.jpg\nTEL:+12025550143",
            ),
            people: &[("Ana", "+12025550143", "")],
            flags: &["notKept"],
        },
        Sibling {
            what: "properties in groups with labels of Apple and of the owner",
            file: card(
                "VERSION:3.0\nFN:Ana\nitem1.TEL:+12025550143\nitem1.X-ABLabel:_$!<Mobile>!$_\nitem2.TEL:+12025550144\nitem2.X-ABLabel:boat",
            ),
            people: &[("Ana", "+12025550143 mobile, +12025550144 boat", "")],
            flags: &[],
        },
        Sibling {
            what: "types of all versions in one card",
            file: card(
                "VERSION:3.0\nFN:Ana\nTEL;TYPE=WORK,VOICE:+12025550141\nTEL;HOME;FAX:+12025550142\nTEL;TYPE=\"cell,text\";PREF=1:+12025550143\nTEL;TYPE=pref;TYPE=home:+12025550144",
            ),
            people: &[(
                "Ana",
                "+12025550141 work, +12025550142 home fax, +12025550143 mobile, +12025550144 home",
                "",
            )],
            flags: &[],
        },
        Sibling {
            what: "numbers with extensions in four spellings",
            file: card(
                "VERSION:4.0\nFN:Ana\nTEL;VALUE=uri:tel:+1-202-555-0141;ext=12\nTEL:+1 202 555 0142 x13\nTEL:(202) 555-0143 ext. 14\nTEL:+1 202 555 0145 #16",
            ),
            people: &[("Ana", "+12025550141;12, +12025550142;13, +12025550143;14, +12025550145;16", "")],
            flags: &[],
        },
        Sibling {
            what: "a name in parts and no full name, in the order of Chinese",
            file: card("VERSION:3.0\nN:陈;美丽;;;\nTEL:+12025550143"),
            people: &[("陈美丽", "+12025550143", "")],
            flags: &["nameMade"],
        },
        Sibling {
            what: "an empty full name beside one in parts, and only a nickname",
            file: [
                card("VERSION:3.0\nFN:\nN:Ruiz;Ana;;;"),
                card("VERSION:3.0\nNICKNAME:Bo\nTEL:+12025550143"),
            ]
            .concat(),
            people: &[("Ana Ruiz", "", ""), ("Bo", "+12025550143", "")],
            flags: &["nameMade", "nameMade"],
        },
        Sibling {
            what: "UTF-16 with its mark, either byte first",
            file: utf16(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Łucja\r\nEND:VCARD\r\n",
                &[0xfe, 0xff],
                u16::to_be_bytes,
            ),
            people: &[("Łucja", "", "")],
            flags: &[],
        },
        Sibling {
            what: "UTF-16 without a mark",
            file: utf16("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoë\r\nEND:VCARD\r\n", &[], u16::to_le_bytes),
            people: &[("Zoë", "", "")],
            flags: &[],
        },
        Sibling {
            what: "line ends of old computers, blank lines and blanks before names",
            file: b"BEGIN:VCARD\rVERSION:3.0\r\rFN:Ana\rTEL:+12025550143\rEND:VCARD\r".to_vec(),
            people: &[("Ana", "+12025550143", "")],
            flags: &[],
        },
        Sibling {
            what: "letters of Turkish and of Cyrillic in their own code pages",
            file: [
                b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=ISO-8859-9:I\xfe\xfdl\nEND:VCARD\n".to_vec(),
                b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=windows-1251:\xcf\xb8\xf2\xf0\nEND:VCARD\n".to_vec(),
            ]
            .concat(),
            people: &[("Işıl", "", ""), ("Пётр", "", "")],
            flags: &[],
        },
    ]
}

fn sheets() -> Vec<Sibling> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        Sibling {
            what: "tabs, from a copied table",
            file: text("Name\tPhone\tNotes\nAna, of 5th\t+1 202 555 0143\tlikes, tea\n"),
            people: &[("Ana, of 5th", "+12025550143", "likes, tea")],
            flags: &[],
        },
        Sibling {
            what: "upright strokes",
            file: text("Name|Phone\nAna|+12025550143\n"),
            people: &[("Ana", "+12025550143", "")],
            flags: &[],
        },
        Sibling {
            what: "headings in Spanish, with sep= before them",
            file: text("sep=;\r\nNombre completo;Móvil;Notas\r\nAna Ruiz;+1 202 555 0143;de noche\r\n"),
            people: &[("Ana Ruiz", "+12025550143 mobile", "de noche")],
            flags: &[],
        },
        Sibling {
            what: "headings in German, in parts, with the mark of UTF-8",
            file: text(
                "\u{feff}Vorname;Nachname;Handynummer;Bemerkung\r\nJürgen;Groß;+49 30 23125 000;ruft zurück\r\n",
            ),
            people: &[("Jürgen Groß", "+493023125000 mobile", "ruft zurück")],
            flags: &[],
        },
        Sibling {
            what: "quotes, delimiters and line ends within cells",
            file: text("Name,Phone,Notes\r\n\"Ana \"\"Bo\"\" Ruiz\",+12025550143,\"one, two\r\nthree\"\r\n"),
            people: &[("Ana \"Bo\" Ruiz", "+12025550143", "one, two\nthree")],
            flags: &[],
        },
        Sibling {
            what: "a quote in the middle of a cell that is not quoted",
            file: text("Name,Phone\nAna 5\" Ruiz,+12025550143\nBen,+12025550144\n"),
            people: &[("Ana 5\" Ruiz", "+12025550143", ""), ("Ben", "+12025550144", "")],
            flags: &[],
        },
        Sibling {
            what: "numbers that a spreadsheet made short",
            file: text("Name,Phone\nAna,1.20256E+10\nBen,\"1,20256E+10\"\n"),
            people: &[("Ana", "1.20256E+10 ?", ""), ("Ben", "1,20256E+10 ?", "")],
            flags: &["numberDamaged", "numberDamaged"],
        },
        Sibling {
            what: "cells that would be run as formulas",
            file: text(
                "Name,Phone,Notes\n=HYPERLINK(1),+12025550141,+1+1\n@SUM(A1),+12025550142,-2+3\n\"\tTab\",+12025550143,\"\rCR\"\n",
            ),
            people: &[
                ("=HYPERLINK(1)", "+12025550141", "+1+1"),
                ("@SUM(A1)", "+12025550142", "-2+3"),
                ("Tab", "+12025550143", "CR"),
            ],
            flags: &[],
        },
        Sibling {
            what: "numbers as spreadsheets keep them from becoming sums",
            file: text("Name,Phone\nAna,=\"+12025550143\"\nBen,'+12025550144\n"),
            people: &[("Ana", "+12025550143", ""), ("Ben", "+12025550144", "")],
            flags: &[],
        },
        Sibling {
            what: "Windows-1252, with a quote mark that bends and a dash",
            file: b"Name,Notes\nJos\xe9 Nu\xf1ez,\x93night\x94 \x96 late\n".to_vec(),
            people: &[("José Nuñez", "", "“night” – late")],
            flags: &[],
        },
        Sibling {
            what: "two numbers in one cell",
            file: text("Name,Phone\nAna,+12025550143 / +12025550144\nBen,\"+12025550145; +12025550146\"\n"),
            people: &[("Ana", "+12025550143, +12025550144", ""), ("Ben", "+12025550145, +12025550146", "")],
            flags: &[],
        },
    ]
}

fn numbers(details: &Details) -> String {
    let one = |phone: &porchlight_documents::contacts::Phone| {
        let mut text = phone.e164.clone().unwrap_or_else(|| format!("{} ?", phone.number));
        if let Some(extension) = &phone.extension {
            text.push_str(&format!(";{extension}"));
        }
        if !phone.label.is_empty() {
            text.push_str(&format!(" {}", phone.label));
        }
        text
    };
    let mut all: Vec<String> = details.phones.iter().map(one).collect();
    all.sort();
    all.join(", ")
}

pub(crate) fn check(siblings: &[Sibling]) {
    let mut wrong = Vec::new();
    for sibling in siblings {
        let mut list = List::new(Some("US"));
        let report = list.import(&sibling.file);
        let contacts = list.contacts();
        let people: Vec<(String, String, String)> = contacts
            .iter()
            .map(|c| (c.details.shown_name(Some("US")), numbers(&c.details), c.details.note.clone()))
            .collect();
        let expected: Vec<(String, String, String)> =
            sibling.people.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect();
        let mut flags: Vec<&str> =
            report.rows.iter().flat_map(|row| row.flags.iter().map(|flag| flag.code())).collect();
        flags.sort_unstable();
        if (&people, flags.as_slice()) != (&expected, sibling.flags) {
            wrong.push(format!(
                "{}:\n  is  {people:?} {flags:?}\n  not {expected:?} {:?}",
                sibling.what, sibling.flags
            ));
        }
        // Whatever came in goes out and comes back without a change.
        for file in list.exports() {
            let again = list.import(&file);
            if again.totals.unchanged != contacts.len() {
                wrong.push(format!("{}: does not come back: {again}", sibling.what));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn odd_cards_are_read_as_they_were_meant() {
    check(&cards());
}

#[test]
fn odd_sheets_are_read_as_they_were_meant() {
    check(&sheets());
}

#[test]
fn dates_in_several_spellings_are_dates_or_kept_as_they_were_written() {
    for (written, expected) in [
        ("19900131", "1990-01-31"),
        ("1990-01-31T00:00:00Z", "1990-01-31"),
        ("--0131", "--01-31"),
        ("--01-31", "--01-31"),
        ("---31", "---31"),
        ("1604-01-31", "--01-31"),
        ("31.01.1990", "31.01.1990"),
        ("spring", "spring"),
    ] {
        let mut list = List::new(None);
        list.import(&card(&format!("VERSION:3.0\nFN:Ana\nBDAY:{written}")));
        assert_eq!(list.only().birthday, expected, "{written}");
    }
}
