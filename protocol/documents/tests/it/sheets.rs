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
