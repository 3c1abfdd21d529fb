//! Sheets that people keep for themselves, in which a reader can take one person for another or lose one.

use crate::siblings::{Sibling, check};
use crate::support::List;

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// The names and notes of a list.
fn names(list: &List) -> Vec<(String, String)> {
    list.contacts().into_iter().map(|contact| (contact.details.name, contact.details.note)).collect()
}

#[test]
fn row_numbers_are_nobody() {
    let mut list = List::new(Some("US"));
    list.import(b"ID,Name,Phone,Note\n1,Ana Ruiz,202-555-0141,allergic to nuts\n2,Ben Li,202-555-0142,\n");
    let other = b"ID,Name,Phone\n1,Cleo Diaz,202-555-0143\n2,Dan Kim,202-555-0144\n";
    let report = list.import(other);
    let expected = [("Ana Ruiz", "allergic to nuts"), ("Ben Li", ""), ("Cleo Diaz", ""), ("Dan Kim", "")];
    assert_eq!(names(&list), expected.map(|(name, note)| (name.into(), note.into())), "{report}");
    assert_eq!((report.totals.added, report.flagged.get("sharesNumber")), (2, Some(&2)), "{report}");
    // Those who came are known by their numbers from then on; an id still finds who has it.
    assert_eq!(list.import(other).totals.unchanged, 2);
    let report = list.import(b"ID,Name,Phone\n1,Ana Ruiz Gil,202-555-0141\n2,Ben Li,202-555-0145\n");
    assert_eq!((report.totals.updated, report.totals.added), (2, 0), "{report}");
}

#[test]
fn people_of_one_file_stay_apart() {
    check(&[Sibling {
        what: "an id that several rows have",
        file: text(
            "ID,Name,Phone\nA,Ana Ruiz,202-555-0141\nA,Ben Li,202-555-0142\nA,Ana Ruiz,202-555-0143\n",
        ),
        people: &[("Ana Ruiz", "+12025550141, +12025550143", ""), ("Ben Li", "+12025550142", "")],
        flags: &["sharesNumberWithRow"],
    }]);
}

#[test]
fn nobody_in_the_first_row_is_lost() {
    check(&[
        Sibling {
            what: "no headings, and a kind of number that is a heading elsewhere",
            file: text("Ana Ruiz,202-555-0141,mobile\nBen Li,202-555-0142,home\n"),
            people: &[("Ana Ruiz", "+12025550141", "mobile"), ("Ben Li", "+12025550142", "home")],
            flags: &[],
        },
        Sibling {
            what: "no headings, and two words that are headings elsewhere",
            file: text("Ana Ruiz,ana@example.org,Volunteer,Team\nBen Li,ben@example.org,Cook,Team\n"),
            people: &[("Ana Ruiz", "", "Volunteer\nTeam"), ("Ben Li", "", "Cook\nTeam")],
            flags: &[],
        },
        Sibling {
            what: "headings with dates among them",
            file: text("Name,Phone,27.11.2026,2026-12-04\nAna Ruiz,202-555-0141,x,\n"),
            people: &[("Ana Ruiz", "+12025550141", "27.11.2026: x")],
            flags: &[],
        },
    ]);
}

/// Two people of one household, who share a number.
fn household(
    what: &'static str,
    file: &str,
    people: &'static [(&'static str, &'static str, &'static str)],
) -> Sibling {
    Sibling { what, file: text(file), people, flags: &["sharesNumberWithRow"] }
}

#[test]
fn people_of_one_household_stay_apart() {
    check(&[
        household(
            "a name beside a surname",
            "Name,Surname,Phone\nAna,Ruiz,202-555-0141\nAna,Diaz,202-555-0141\n",
            &[("Ana Diaz", "+12025550141", ""), ("Ana Ruiz", "+12025550141", "")],
        ),
        household(
            "a name beside a given name, in German",
            "Name;Vorname;Telefon\nLi;Ana;202-555-0141\nLi;Ben;202-555-0141\n",
            &[("Ana Li", "+12025550141", ""), ("Ben Li", "+12025550141", "")],
        ),
        household(
            "a name beside a surname, in Portuguese",
            "Nome,Segundo Nome,Sobrenome,Celular\nAna,Maria,Ruiz,202-555-0141\nAna,Maria,Diaz,202-555-0141\n",
            &[("Ana Maria Diaz", "+12025550141 mobile", ""), ("Ana Maria Ruiz", "+12025550141 mobile", "")],
        ),
        household(
            "two surnames, in Spanish",
            "Nombre,Primer apellido,Segundo apellido,Móvil\nAna,Ruiz,Gil,202-555-0141\nAna,Díaz,Li,202-555-0141\n",
            &[("Ana Díaz Li", "+12025550141 mobile", ""), ("Ana Ruiz Gil", "+12025550141 mobile", "")],
        ),
        household(
            "names in Italian",
            "Cognome;Nome;Cellulare\nLi;Ana;202-555-0141\nLi;Ben;202-555-0141\n",
            &[("Ana Li", "+12025550141 mobile", ""), ("Ben Li", "+12025550141 mobile", "")],
        ),
        household(
            "names by which both go, with other surnames",
            "Full name,Last name,Phone\nAna,Ruiz,202-555-0141\nAna,Diaz,202-555-0141\n",
            &[("Ana", "+12025550141", ""), ("Ana", "+12025550141", "")],
        ),
        Sibling {
            what: "a whole name that is told in parts again",
            file: text("Name,First Name,Phone\nAna Ruiz,Ana,202-555-0141\nBen Li,Ben,202-555-0142\n"),
            people: &[("Ana Ruiz", "+12025550141", ""), ("Ben Li", "+12025550142", "")],
            flags: &[],
        },
    ]);
}

#[test]
fn initials_and_first_names_are_nobody_where_two_have_them() {
    let sheet = |names: &[&str]| {
        let rows = names.iter().map(|name| format!("{name},202-555-0141\n"));
        format!("Name,Phone\n{}", rows.collect::<String>()).into_bytes()
    };
    for (rows, expected) in [
        (&["J. Li", "Jose Li", "Juan Li"][..], &["J. Li", "Jose Li", "Juan Li"][..]),
        (&["Jose Li", "J. Li", "Juan Li"], &["J. Li", "Jose Li", "Juan Li"]),
        (&["Ana", "Ana Ruiz", "Ana Gil", "Ana"], &["Ana", "Ana Gil", "Ana Ruiz"]),
        (&["Ana Ruiz", "Ana Ruiz Gil", "Ana"], &["Ana Ruiz"]),
        (&["Jose Li", "J. Li", "Ana Li"], &["Ana Li", "Jose Li"]),
    ] {
        let mut list = List::new(Some("US"));
        let report = list.import(&sheet(rows));
        let told: Vec<_> = names(&list).into_iter().map(|(name, _)| name).collect();
        assert_eq!(told, expected, "{report}");
    }
}

#[test]
fn what_somebody_is_is_no_part_of_the_name() {
    check(&[
        Sibling {
            what: "yes and no under words for people",
            file: text("Name,Phone,Volunteer,Member\nAna Ruiz,202-555-0141,yes,no\n"),
            people: &[("Ana Ruiz", "+12025550141", "Volunteer: yes\nMember: no")],
            flags: &[],
        },
        Sibling {
            what: "yes and no before the name, and beside one in parts",
            file: text("Mitglied;Vorname;Nachname;Telefon\nja;Ana;Ruiz;202-555-0141\n"),
            people: &[("Ana Ruiz", "+12025550141", "Mitglied: ja")],
            flags: &[],
        },
        Sibling {
            what: "the name in two columns of one heading",
            file: text("Name,Name,Phone\nAna,Ruiz,202-555-0141\n"),
            people: &[("Ana Ruiz", "+12025550141", "")],
            flags: &[],
        },
        Sibling {
            what: "a word for people above the names",
            file: text("Volunteer,Phone\nAna Ruiz,202-555-0141\n"),
            people: &[("Ana Ruiz", "+12025550141", "")],
            flags: &[],
        },
    ]);
}

#[test]
fn numbers_under_other_headings_are_numbers() {
    let ana = |heading: &str| text(&format!("Name,{heading}\nAna,202-555-0141\nBen,202-555-0142\n"));
    let plain: &[(&str, &str, &str)] = &[("Ana", "+12025550141", ""), ("Ben", "+12025550142", "")];
    let mobile: &[(&str, &str, &str)] =
        &[("Ana", "+12025550141 mobile", ""), ("Ben", "+12025550142 mobile", "")];
    let plains =
        ["Phone #", "Phone no.", "Tel. Nr.", "\"Phone\nnumber\"", "Phone (with area)", "Nr telefonu", "SĐT"];
    let mobiles =
        ["Telefon komórkowy", "手机", "手机号码", "Phone (mobile)", "Telefon (Handy)", "Mobile #", "Di động"];
    let of =
        |heading: &'static str, people| Sibling { what: heading, file: ana(heading), people, flags: &[] };
    let mut all: Vec<Sibling> = plains.iter().map(|heading| of(heading, plain)).collect();
    all.extend(mobiles.iter().map(|heading| of(heading, mobile)));
    all.extend([
        Sibling {
            what: "headings in no language that is known",
            file: text("Qwe,Rty,Uio,Note\nAna Ruiz,202-555-0141,ana@example.org,x\nBen Li,202-555-0142,,y\n"),
            people: &[("Ana Ruiz", "+12025550141 Rty", "x"), ("Ben Li", "+12025550142 Rty", "y")],
            flags: &[],
        },
        Sibling {
            what: "the numbers of members, which nobody can call",
            file: text("Name,Phone,Card\nAna Ruiz,202-555-0141,10012345\nBen Li,202-555-0142,10012346\n"),
            people: &[
                ("Ana Ruiz", "+12025550141", "Card: 10012345"),
                ("Ben Li", "+12025550142", "Card: 10012346"),
            ],
            flags: &[],
        },
        Sibling {
            what: "names in parts, in Polish",
            file: text("Imię,Nazwisko,Telefon komórkowy,Adres\nAna,Łukasik,202-555-0141,Długa 5\n"),
            people: &[("Ana Łukasik", "+12025550141 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "names in parts, in Chinese",
            file: text("姓,名,手机\n陈,美丽,202-555-0141\n"),
            people: &[("陈美丽", "+12025550141 mobile", "")],
            flags: &[],
        },
        Sibling {
            what: "names in parts, in Haitian Creole",
            file: text("Prenon,Siyati,Telefòn\nAna,Ruiz,202-555-0141\n"),
            people: &[("Ana Ruiz", "+12025550141", "")],
            flags: &[],
        },
    ]);
    check(&all);
}

#[test]
fn several_numbers_in_a_cell_are_several_however_they_are_parted() {
    let two: &[(&str, &str, &str)] = &[("Ana", "+12025550125, +12025550126", "")];
    let cells = [
        "2025550125;2025550126",
        "(202) 555-0125 ::: (202) 555-0126",
        "2025550125:::2025550126",
        "(202) 555-0125 / (202) 555-0126",
        "2025550125 ; (202) 555-0126",
    ];
    let mut all: Vec<Sibling> = cells
        .iter()
        .map(|cell| Sibling {
            what: cell,
            file: text(&format!("Name,Phone\nAna,{cell}\n")),
            people: two,
            flags: &[],
        })
        .collect();
    all.extend(["-", "--", "N/A", "n.a.", "none", "?"].map(|cell| Sibling {
        what: cell,
        file: text(&format!("Name,Phone,Note\nAna,{cell},\nBen,202-555-0142,\n")),
        people: &[("Ana", "", ""), ("Ben", "+12025550142", "")],
        flags: &[],
    }));
    check(&all);
}

#[test]
fn numbers_beside_a_street_are_of_houses() {
    let file = b"Nr.;Name;Stra\xc3\x9fe;Nr.;Ort;Telefon;No.\n1;Ana Ruiz;Hauptstr.;12a;Ulm;202-555-0141;B-17\n2;Ben Li;Gartenweg;7;Ulm;202-555-0142;\n";
    let mut list = List::new(Some("US"));
    let report = list.import(file);
    let told: Vec<_> = list.contacts().into_iter().map(|contact| contact.details).collect();
    let told: Vec<_> = told.iter().map(|d| (d.addresses[0].one_line(), &*d.house_number, &*d.note)).collect();
    let expected = [("Hauptstr., Ulm", "12a", "No.: B-17"), ("Gartenweg, Ulm", "7", "")];
    assert_eq!(told, expected.map(|(address, house, note)| (address.to_owned(), house, note)), "{report}");
}

#[test]
fn a_stray_quote_swallows_nobody() {
    let mut sheet = "Name,Phone,Note\n".to_owned();
    for number in 100..400 {
        let (quote, note) = match number {
            200 => ("\"", ""),
            _ if number % 50 == 0 => ("", "\"a, b\""),
            _ => ("", ""),
        };
        sheet += &format!("{quote}Neighbor {number},202-555-1{number},{note}\n");
    }
    let mut list = List::new(Some("US"));
    let report = list.import(sheet.as_bytes());
    assert_eq!((report.totals.added, list.contacts().len()), (300, 300));
    assert_eq!(report.flagged.get("quoteNotClosed"), Some(&1));
}
