//! Files as phones and spreadsheets write them, each imported with the outcome people expect.
use porchlight_documents::contacts::{self, Address, Details, Messenger, history};
use porchlight_documents::csv::{self, Column, Delimiter, WordList};
use porchlight_documents::encoding::{Encoding, NotText};
use porchlight_documents::import::{
    self, Choice, Choices, Flag, ImportError, Options, Outcome, Prefer, Refusal, Report,
};
use porchlight_documents::vcard::{self, Version};

use crate::support::{List, data};

/// What a file of the table must turn into.
struct Expected {
    file: &'static str,
    country: Option<&'static str>,
    /// The names shown, sorted.
    names: &'static [&'static str],
    /// The numbers in E.164, or as typed, with their labels; in the order of the names.
    phones: &'static [&'static str],
    summary: &'static str,
}

const TABLE: [Expected; 24] = [
    Expected {
        file: "quoted-printable-2.1.vcf",
        country: None,
        names: &["Żaneta Łukasik"],
        phones: &["+493023125011 mobile", "+493023125012 home"],
        summary: "1 added",
    },
    Expected {
        file: "quoted-printable-folds-2.1.vcf",
        country: None,
        names: &["Дарина Мельниковая"],
        phones: &["+12025550123 mobile"],
        summary: "1 added",
    },
    Expected {
        file: "glued.vcf",
        country: None,
        names: &["Bike Kitchen", "Night Clinic", "Seed Library"],
        phones: &["+12025550104 work", "+12025550103 work"],
        summary: "3 added",
    },
    Expected {
        file: "missing-fn.vcf",
        country: None,
        names: &["+1 202 555 0114", "backdoor@example.org", "Femi Adebayo", "Lena Quist"],
        phones: &["+12025550114 mobile", "+12025550113 mobile"],
        summary: "4 added, 3 had no full name - we made one",
    },
    Expected {
        file: "same-uid.vcf",
        country: None,
        names: &["Petra Muster"],
        phones: &["+12025550138 mobile"],
        summary: "1 added, 1 updated",
    },
    Expected {
        file: "partial-failure.vcf",
        country: None,
        names: &["+1 202 555 0152", "Fine First", "Fine Fourth", "Left Open"],
        phones: &["+12025550152 mobile", "+12025550151 ", "+12025550154 ", "+12025550153 "],
        summary: "4 added, 3 to look at",
    },
    Expected { file: "escapes.vcf", country: None, names: &["Erika Probe"], phones: &[], summary: "1 added" },
    Expected {
        file: "birthdays.vcf",
        country: None,
        names: &["Day Bare", "Day Dashes", "Day Four", "Day Marked"],
        phones: &[],
        summary: "4 added",
    },
    Expected {
        file: "semicolon-bom.csv",
        country: Some("DE"),
        names: &["Käthe Weiß", "Çağla Öz"],
        phones: &["+493023125013 ", "+493023125014 "],
        summary: "2 added",
    },
    Expected {
        file: "phones-and-formulas.csv",
        country: Some("GB"),
        names: &["=Sum Of Us", "@Corner", "Exponent", "First Plus", "First Zero"],
        phones: &["+12025550173 ", "-12025550174 ", "4.48E+11 ", "+442079460029 ", "+442079460028 "],
        summary: "5 added, 2 to look at",
    },
    Expected {
        file: "same-person.csv",
        country: Some("US"),
        names: &["Noel Hadley", "Noor Haddad"],
        phones: &["+12025550162 ", "+12025550161 "],
        summary: "2 added, 2 merged, 1 to look at",
    },
    Expected {
        file: "same-person.csv",
        country: None,
        names: &["N. Haddad", "Noel Hadley", "Noor Haddad", "Noor Haddad"],
        phones: &["1.202.555.0161 ", "202 555 0162 ", "+12025550161 ", "(202) 555-0161 "],
        summary: "4 added, 3 to look at",
    },
    Expected {
        file: "latin1-2.1.vcf",
        country: None,
        names: &["Iván Peña"],
        phones: &["+12025550106 mobile", "+12025550105 work fax"],
        summary: "1 added",
    },
    Expected {
        file: "apple-3.0.vcf",
        country: None,
        names: &["Dr. Resi Gruber"],
        phones: &["+12025550107 mobile", "+12025550108 Hütte oben"],
        summary: "1 added, 1 to look at",
    },
    Expected {
        file: "android-2.1.vcf",
        country: None,
        names: &["Awa Traoré"],
        phones: &["+12025550109 mobile", "+12025550110 garage"],
        summary: "1 added, 1 to look at",
    },
    Expected {
        file: "odd-lines.vcf",
        country: None,
        names: &["Tab Fold"],
        phones: &["+12025550115 mobile"],
        summary: "1 added, 2 not taken",
    },
    Expected {
        file: "utf16.vcf",
        country: None,
        names: &["Sáng Đỗ"],
        phones: &["+12025550116 "],
        summary: "1 added",
    },
    Expected {
        file: "utf16-tabs.csv",
        country: None,
        names: &["Sáng Đỗ"],
        phones: &["+12025550116 mobile"],
        summary: "1 added",
    },
    Expected {
        file: "windows-1252.csv",
        country: None,
        names: &["Íñigo Núñez"],
        phones: &["+12025550117 mobile"],
        summary: "1 added",
    },
    Expected {
        file: "windows-1251.csv",
        country: None,
        names: &["Алёна Синицына", "Борис Лебедев"],
        phones: &["+12025550118 ", "+12025550119 "],
        summary: "2 added",
    },
    Expected {
        file: "no-heading.csv",
        country: Some("US"),
        names: &["Ngozi Eze", "Tomás Vega"],
        phones: &["+12025550121 ", "+12025550120 "],
        summary: "2 added",
    },
    Expected {
        file: "ragged.csv",
        country: Some("US"),
        names: &["Ada Lovelace-Test", "Last", "Open quote", "Short", "Wide"],
        phones: &["+12025550122 ", "+12025550123 ", "+12025550126 ", "+12025550125 ", "+12025550124 "],
        summary: "5 added, 2 to look at",
    },
    Expected {
        file: "google.csv",
        country: Some("US"),
        names: &["Mei Lin"],
        phones: &["+12025550127 mobile", "+12025550128 home", "+12025550129 home"],
        summary: "1 added",
    },
    Expected {
        file: "outlook.csv",
        country: Some("US"),
        names: &["Olu Bello"],
        phones: &["+12025550130 work fax", "+12025550133 mobile"],
        summary: "1 added",
    },
];

#[test]
fn every_file_has_its_outcome() {
    for expected in &TABLE {
        let mut list = List::new(expected.country);
        let report = list.import(&data(expected.file));
        let contacts = list.contacts();
        let names: Vec<_> = contacts.iter().map(|contact| contact.details.shown_name(None)).collect();
        assert_eq!(names, expected.names, "{}\n{report}", expected.file);
        let phones = contacts.iter().flat_map(|contact| &contact.details.phones);
        let phones: Vec<_> = phones
            .map(|phone| format!("{} {}", phone.e164.as_ref().unwrap_or(&phone.number), phone.label))
            .collect();
        assert_eq!(phones, expected.phones, "{}\n{report}", expected.file);
        assert_eq!(report.summary(), expected.summary, "{}\n{report}", expected.file);
        assert_adds_up(&report);
    }
}

fn assert_adds_up(report: &Report) {
    let totals = report.totals;
    let sum =
        totals.added + totals.updated + totals.merged + totals.unchanged + totals.left_out + totals.refused;
    assert_eq!((sum, totals.rows), (report.rows.len(), report.rows.len()));
}

#[test]
fn every_file_comes_back_from_our_own_export_without_a_change() {
    for expected in &TABLE {
        let mut list = List::new(expected.country);
        list.import(&data(expected.file));
        let before = (list.contacts(), list.document.heads());
        for bytes in list.exports() {
            let report = list.import(&bytes);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(report.totals.unchanged, report.rows.len(), "{}\n{report}\n{text}", expected.file);
            assert_eq!(report.flagged.len(), 0, "{}\n{report}\n{text}", expected.file);
            assert_eq!((list.contacts(), list.document.heads()), before, "{}\n{text}", expected.file);
            // In a group that has none of them they are the same people.
            let mut other = List::new(expected.country);
            other.import(&bytes);
            assert_eq!(other.people(), list.people(), "{}\n{text}", expected.file);
        }
    }
}

#[test]
fn ten_rounds_add_no_backslashes() {
    let mut bytes = data("escapes.vcf");
    for round in 0..10 {
        let mut list = List::new(None);
        list.import(&bytes);
        let details = list.only();
        assert_eq!(details.note, "Brings: bread; jam\nFiles in D:\\new, not here");
        assert_eq!((details.organization.as_str(), details.unit.as_str()), ("Bakery; East", "Morning shift"));
        assert_eq!(details.addresses[0].street, "Lane 9, back gate");
        bytes = list.exports()[round % 3].clone();
    }
}

#[test]
fn cards_are_read_as_they_were_meant() {
    let read = |file: &str| {
        let mut list = List::new(None);
        list.import(&data(file));
        list.only()
    };
    let details = read("quoted-printable-2.1.vcf");
    assert_eq!((details.given.as_str(), details.family.as_str()), ("Żaneta", "Łukasik"));
    let home = Address {
        street: "Grüne Gasse 8".into(),
        town: "Köln".into(),
        postcode: "50667".into(),
        label: "home".into(),
        ..Address::default()
    };
    assert_eq!(details.addresses, [home]);
    let details = read("quoted-printable-folds-2.1.vcf");
    assert_eq!(details.family, "Мельниковая");
    assert_eq!(details.note, "Mornings before nine\ncan carry boxes and a ladder");
    assert_eq!(read("latin1-2.1.vcf").note, "café ☕");
    let details = read("apple-3.0.vcf");
    assert_eq!(details.prefix, "Dr.");
    assert_eq!(details.addresses[0].street, "Bergweg 2, 3. Stock");
    assert_eq!(details.links[0].value, "https://example.org/resi");
    let messengers = [("mastodon", "resi"), ("telegram", "resi_g")];
    let messenger =
        |(service, handle): (&str, &str)| Messenger { service: service.into(), handle: handle.into() };
    assert_eq!(details.messengers, messengers.map(messenger));
    let details = read("android-2.1.vcf");
    assert_eq!((details.nickname.as_str(), details.note.as_str()), ("Wawa", "folded at a blank"));
    let details = read("odd-lines.vcf");
    assert_eq!(
        (details.given.as_str(), details.note.as_str()),
        ("Tab Long", "one long line and a letter cut é")
    );
    assert_eq!(details.phones[0].extension.as_deref(), Some("7"));
    assert!(details.emails[0].preferred);
}

#[test]
fn what_is_left_out_or_unreadable_is_named() {
    let flags = |file: &str, row: usize| List::new(None).import(&data(file)).rows[row].flags.clone();
    let left_out =
        |what: &[&str]| Flag::NotKept { what: what.iter().map(|what| (*what).to_owned()).collect() };
    assert_eq!(flags("apple-3.0.vcf", 0), [left_out(&["PHOTO"])]);
    assert_eq!(flags("android-2.1.vcf", 0), [left_out(&["AGENT", "PHOTO", "X-ANDROID-CUSTOM"])]);
    let report = List::new(None).import(&data("partial-failure.vcf"));
    let rows: Vec<_> = report.rows.iter().map(|row| (row.number, row.line, row.flags.clone())).collect();
    let unreadable = Flag::NameUnreadable { line: 8, text: "FN Second lost its colon".into() };
    let birthday = Flag::BirthdayUnreadable { text: "sometime in May".into() };
    assert_eq!(
        rows,
        [(1, 1, vec![]), (2, 6, vec![unreadable]), (3, 11, vec![Flag::NotClosed]), (4, 15, vec![birthday]),]
    );
    let saved = report.to_string();
    assert!(saved.contains("3. (line 11) Left Open: added; not closed properly"), "{saved}");
    assert!(saved.contains("name line could not be read"), "{saved}");
    let report = List::new(None).import(&data("odd-lines.vcf"));
    assert_eq!(report.rows[1].outcome, Outcome::Refused { why: Refusal::Nothing });
    assert_eq!(report.rows[2].outcome, Outcome::Refused { why: Refusal::CardList });
}

#[test]
fn birthdays_have_no_year_unless_one_was_given() {
    let mut list = List::new(None);
    list.import(&data("birthdays.vcf"));
    let days: Vec<_> = list.contacts().iter().map(|contact| contact.details.birthday.clone()).collect();
    assert_eq!(days, ["--02-29", "--09-23", "--09-23", "--09-23"]);
    let [old, new, sheet] = list.exports().map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(old.contains("BDAY;X-APPLE-OMIT-YEAR=1604:1604-09-23\r\n"), "{old}");
    assert!(new.contains("BDAY:--0923\r\n") && !new.contains("1604"), "{new}");
    assert!(!sheet.contains("1604"), "{sheet}");
}

#[test]
fn a_newer_card_takes_the_place_of_the_older_one() {
    let mut list = List::new(None);
    let file = data("same-uid.vcf");
    list.import(&file);
    let contact = list.contacts().remove(0);
    let steps = history::of(&list.document, &contact.id);
    let old = steps.iter().find(|step| step.field == "phone" && step.after.is_none()).unwrap();
    assert_eq!(old.before.as_deref(), Some("+12025550132"));
    // The old number can be put back, and then it is ours: the next card leaves it.
    list.change(&contact.id, |details| details.phones.push(contacts::Phone::typed("+12025550132", None)));
    list.change(&contact.id, |details| details.tags.push("night".into()));
    let report = list.import(&file);
    assert_eq!(list.only().phones.len(), 2, "{report}");
    assert_eq!(list.only().tags, ["night"]);
    // The first card of the file is older than what is here now.
    assert_eq!(report.rows[0].flags, [Flag::Older]);
    assert_eq!(report.summary(), "2 unchanged, 1 to look at");
}

#[test]
fn a_sheet_is_mapped_by_guess_and_by_choice() {
    let mut list = List::new(Some("US"));
    let bytes = data("ragged.csv");
    let preview = list.preview(&bytes);
    let mut mapping = preview.mapping.clone().unwrap();
    let headings: Vec<_> = mapping.columns.iter().map(|column| column.heading.as_str()).collect();
    assert_eq!(headings, ["Name", "Phone", "Phone", "Shoe size", "Name"]);
    assert_eq!(mapping.columns[3].column, Column::Other);
    assert_eq!(mapping.columns[1].samples, ["202-555-0122", "202-555-0124", "202-555-0125"]);
    assert!(list.contacts().is_empty(), "a preview writes nothing");
    list.import(&bytes);
    let note = |list: &List, name: &str| {
        let contact = list.contacts().into_iter().find(|contact| contact.details.name == name).unwrap();
        contact.details.note
    };
    assert_eq!(note(&list, "Ada Lovelace-Test"), "Shoe size: 40");
    assert_eq!(note(&list, "Wide"), "more\nand more");
    mapping.columns[3].column = Column::Words { list: WordList::Tags };
    mapping.columns[4].column = Column::Ignore;
    let options = Options { country: Some("US".into()), mapping: Some(mapping), ..Options::default() };
    let mut chosen = List::new(Some("US"));
    chosen.import_as(&bytes, &options, &Choices::new());
    let ada = chosen.contacts().remove(0).details;
    assert_eq!((ada.name.as_str(), ada.tags), ("Ada", vec!["40".to_owned()]));
}

#[test]
fn sheets_are_read_as_they_were_meant() {
    let read = |file: &str| {
        let mut list = List::new(Some("US"));
        list.import(&data(file));
        list.contacts().remove(0).details
    };
    let details = read("semicolon-bom.csv");
    assert_eq!(details.note, "bringt Kuchen; mag Äpfel");
    assert_eq!(details.speaks, ["de", "fr"]);
    let details = read("windows-1252.csv");
    assert_eq!(
        (details.given.as_str(), details.family.as_str(), details.area.as_str()),
        ("Íñigo", "Núñez", "Río")
    );
    assert_eq!(details.speaks, ["en", "es"]);
    assert_eq!(details.addresses[0].street, "Calle 5, 2º piso");
    let details = read("google.csv");
    assert_eq!((details.birthday.as_str(), details.organization.as_str()), ("--05-06", "Garden Club"));
    assert_eq!(details.tags, ["Garden", "myContacts"]);
    assert_eq!((details.emails[0].label.as_str(), details.emails[0].preferred), ("work", true));
    let address = &details.addresses[0];
    assert_eq!(
        (address.town.as_str(), address.postcode.as_str(), address.label.as_str()),
        ("Springfield", "01234", "home")
    );
    let details = read("outlook.csv");
    assert_eq!((details.title.as_str(), details.note.as_str()), ("Ms.", "line one\nline two"));
    assert_eq!(details.tags, ["Driver", "Night"]);
    assert_eq!(details.emails.len(), 2);
    assert_eq!(read("no-heading.csv").speaks, ["en"]);
}

#[test]
fn numbers_and_formulas_pass_through_spreadsheets_unharmed() {
    let mut list = List::new(Some("GB"));
    let report = list.import(&data("phones-and-formulas.csv"));
    assert_eq!(report.rows[2].flags, [Flag::NumberDamaged { text: "4.48E+11".into() }]);
    let typed: Vec<_> =
        list.contacts().iter().map(|contact| contact.details.phones[0].number.clone()).collect();
    assert_eq!(typed, ["+12025550173", "-12025550174", "4.48E+11", "+442079460029", "02079460028"]);
    let sheet = String::from_utf8(csv::write(&list.contacts(), Delimiter::Comma)).unwrap();
    assert!(sheet.starts_with('\u{feff}') && sheet.ends_with("\r\n"));
    assert!(sheet.contains(",+44 20 7946 0028,"), "{sheet}");
    let mut rows = ::csv::Reader::from_reader(sheet.trim_start_matches('\u{feff}').as_bytes());
    for cell in rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(!cell.starts_with(['=', '-', '@', '\t', '\r']), "{cell}");
        let is_number = cell.chars().all(|letter| letter.is_ascii_digit() || letter == ' ' || letter == '+');
        assert!(!cell.starts_with('+') || (is_number && cell.contains(' ')), "{cell}");
    }
    let semicolons = csv::write(&list.contacts(), Delimiter::Semicolon);
    assert_eq!(list.import(&semicolons).totals.unchanged, 5);
}

#[test]
fn one_number_written_three_ways_is_one_person() {
    let list = List::new(Some("US"));
    let bytes = data("same-person.csv");
    let preview = list.preview(&bytes);
    let proposals: Vec<_> =
        preview.rows.iter().map(|row| serde_json::to_value(&row.proposal).unwrap()).collect();
    let row = |row: &serde_json::Value| (row["do"].as_str().map(str::to_owned), row["row"].as_u64());
    let does = |what: &str, row| (Some(what.to_owned()), row);
    assert_eq!(
        proposals.iter().map(row).collect::<Vec<_>>(),
        [does("add", None), does("merge", Some(1)), does("merge", Some(1)), does("add", None)]
    );
    let both_names = Flag::Differs {
        field: contacts::TextField::Name,
        here: "Noor Haddad".into(),
        there: "N. Haddad".into(),
    };
    assert_eq!(preview.rows[2].flags, [both_names]);
    let import = |choices: &Choices| {
        let mut list = List::new(Some("US"));
        list.import_as(&bytes, &list.options(), choices);
        list.contacts().into_iter().map(|contact| contact.details).collect::<Vec<_>>()
    };
    let people = import(&Choices::new());
    let noor = &people[1];
    assert_eq!(noor.emails[0].value, "noor@example.org");
    assert_eq!(noor.phones.len(), 1);
    assert_eq!(noor.phones[0].number, "(202) 555-0161", "as it was typed");
    assert_eq!(
        (noor.phones[0].shown(Some("US")), noor.phones[0].shown(Some("DE"))),
        ("(202) 555-0161".to_owned(), "+1 202 555 0161".to_owned())
    );
    // The other name, or a person of its own.
    let there = Choices::from([(3, Choice::Row { row: 1, prefer: Prefer::There })]);
    assert_eq!(import(&there)[0].name, "N. Haddad");
    let own = Choices::from([(2, Choice::Skip), (3, Choice::Add)]);
    let people = import(&own);
    assert_eq!(
        people.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(),
        ["N. Haddad", "Noel Hadley", "Noor Haddad"]
    );
    assert!(people[2].emails.is_empty());
}

#[test]
fn two_people_with_one_number_are_not_made_one() {
    let mut list = List::new(Some("US"));
    let report = list.import(b"Name,Phone\nAna Ruiz,202 555 0143\nLuis Ruiz,202 555 0143\n");
    assert_eq!(report.summary(), "2 added, 1 to look at");
    assert_eq!(report.rows[1].flags, [Flag::SharesNumberWithRow { row: 1, name: "Ana Ruiz".into() }]);
    let report = list.import(b"Name,Phone\nMax Ruiz,202 555 0143\nAna Ruiz,202 555 0143\n");
    assert_eq!(report.summary(), "1 added, 1 unchanged, 1 to look at");
}

#[test]
fn who_was_removed_stays_so_unless_chosen() {
    let mut list = List::new(Some("US"));
    let file = b"Name,Phone\nAna Ruiz,202 555 0143\n";
    list.import(file);
    let id = list.contacts().remove(0).id;
    list.edit(|editor| contacts::remove(editor, &id, "moved"));
    let report = list.import(file);
    assert_eq!((report.summary().as_str(), list.contacts().len()), ("1 left out, 1 to look at", 0));
    let back = Choices::from([(1, Choice::Contact { contact: id, prefer: Prefer::Here })]);
    list.import_as(file, &list.options(), &back);
    assert_eq!(list.contacts().len(), 1);
}

#[test]
fn what_is_no_contact_file_is_refused_with_a_reason() {
    let list = List::new(None);
    let refused = |bytes: &[u8]| list.try_preview(bytes).unwrap_err();
    assert!(matches!(refused(b""), ImportError::NotText(NotText::Empty)));
    assert!(matches!(refused(b"\xef\xbb\xbf\r\n"), ImportError::NotText(NotText::Empty)));
    assert!(matches!(refused(b"PK\x03\x04\x0a\0\0\0"), ImportError::NotText(NotText::Zip)));
    assert!(matches!(refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ImportError::NotText(NotText::Binary)));
    assert!(matches!(refused(b"<!DOCTYPE html><html></html>"), ImportError::OtherFormat));
    assert!(matches!(refused(b"{\"contacts\": []}"), ImportError::OtherFormat));
}

#[test]
fn a_large_file_of_pictures_is_read() {
    let picture = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\r\n ".repeat(7_200);
    let card = |number: usize| {
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Person {number}\r\nPHOTO;ENCODING=b:{picture}\r\nEND:VCARD\r\n"
        )
    };
    let file: String = (0..100).map(card).collect();
    assert!(file.len() > 50_000_000);
    let report = List::new(None).import(file.as_bytes());
    assert_eq!(report.totals.added, 100);
    assert_eq!(report.flagged.get("notKept"), Some(&100));
}

#[test]
fn exported_cards_have_the_form_that_phones_expect() {
    let mut list = List::new(None);
    list.import(&data("glued.vcf"));
    for version in [Version::V3, Version::V4] {
        let text = vcard::write(&list.contacts(), version);
        assert!(text.ends_with("END:VCARD\r\n"));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert_eq!(text.matches('\r').count(), text.matches("\r\n").count());
        assert_eq!(text.matches("BEGIN:VCARD\r\n").count(), 3);
    }
    let long = Details { name: "ñ".repeat(200), ..Details::default() };
    list.edit(|editor| contacts::add(editor, long, None));
    let text = vcard::write(&list.contacts(), Version::V4);
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
}

#[test]
fn letters_that_were_guessed_are_told_of_and_can_be_read_otherwise() {
    let sheet = b"Name,Phone\n\xd5\xc5\xce\xb0,+12025550143\n\xcd\xf5\xb7\xbc,+12025550144\n";
    let mut list = List::new(None);
    let preview = list.preview(sheet);
    assert_eq!((preview.encoding, preview.is_guessed), (Some(Encoding::Gb18030), true));
    assert_eq!(preview.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["张伟", "王芳"]);
    let chosen = Options { encoding: Some(Encoding::Windows1252), ..list.options() };
    let other = import::preview(&list.document, sheet, &chosen).unwrap();
    assert_eq!((other.encoding, other.is_guessed), (Some(Encoding::Windows1252), false));
    assert_eq!(other.rows[0].name, "ÕÅÎ°");
    let report = list.import(sheet);
    assert_eq!(report.guessed, Some(Encoding::Gb18030));
    assert!(report.to_string().contains("guessed to be in gb18030"), "{report}");

    // Cards: what tells its encoding is read so, and all that does not is taken together.
    let cards = b"BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED =CF=E5=F2=F0=EE=E2\nEND:VCARD\n\
        BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=ISO-8859-2;ENCODING=QUOTED-PRINTABLE:=A3ukasz\nEND:VCARD\n\
        BEGIN:VCARD\nVERSION:3.0\nFN:\xce\xeb\xfc\xe3\xe0\nEND:VCARD\n";
    let list = List::new(None);
    let preview = list.preview(cards);
    assert_eq!((preview.encoding, preview.is_guessed), (Some(Encoding::Windows1251), true));
    let names: Vec<_> = preview.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["Иван Петров", "Łukasz", "Ольга"]);
    let chosen = Options { encoding: Some(Encoding::Koi8R), ..list.options() };
    let other = import::preview(&list.document, cards, &chosen).unwrap();
    assert_eq!((other.rows[1].name.as_str(), other.is_guessed), ("Łukasz", false));
    assert_ne!(other.rows[0].name, "Иван Петров");
    // Unicode is no guess.
    let plain = list.preview("Name\nJosé\n".as_bytes());
    assert_eq!((plain.encoding, plain.is_guessed), (Some(Encoding::Utf8), false));
}
