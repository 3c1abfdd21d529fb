//! Shifts that come into another group from an archive: who came to them is noted, however late that is.

use super::*;
use crate::archive::State as Told;
use crate::archive::report::{Outcome, Part, Reason};
use crate::archive::restore::{self, People, Restore, Titles};

/// What a month of a town says, as its archive has it.
fn told(town: &Town, name: &DocumentName) -> Told {
    let phone = &town.phones[0];
    Told::of(&phone.documents[name], name, &phone.ledger).unwrap()
}

fn take(town: &mut Town, name: &DocumentName, told: &Told, people: &People) -> Restore {
    let none = Document::new(Kind::Schedule);
    let here = town.phones[0].documents.get(name).unwrap_or(&none);
    let mut restore = restore::shifts(here, told, people, &Titles::new());
    town.edit(0, name, |editor| Ok(restore.run(editor, 1_000)?));
    restore
}

#[test]
fn who_came_to_a_shift_that_is_over_is_not_late_and_who_is_to_answer_still_is() {
    let mut town = Town::new("America/Chicago", 1);
    let over = town.add(0, "Desk", 2, "2026-05-02T10:00/2026-05-02T12:00[America/Chicago]");
    let moved = town.add(0, "Soup", 2, "2026-05-03T10:00/2026-05-03T12:00[America/Chicago]");
    town.sign_up(0, &over, &person(1));
    town.sign_up(0, &over, &person(2));
    town.leave(0, &over, &person(2));
    town.sign_up(0, &moved, &person(1));
    town.sync(0);
    let later = "2026-05-03T18:00/2026-05-03T20:00[America/Chicago]".parse().unwrap();
    town.edit(0, &moved.document(), |editor| edit::reschedule(editor, &moved, &later));
    town.edit(0, &over.document(), |editor| handover::acknowledge(editor, &over, &person(3), "yes"));
    town.sync(0);
    let archive = told(&town, &over.document());

    // Into a group of which the third is no member, when all of it is over.
    let mut other = Town::new("America/Chicago", 1);
    let [ana, ben] = ["c.0123456789abcdef", "c.0123456789abcdeg"];
    let people = People::from([
        (person(1).to_string(), Ok(ana.to_owned())),
        (person(2).to_string(), Ok(ben.to_owned())),
        (person(3).to_string(), Err(Reason::Nameless)),
    ]);
    let restore = take(&mut other, &over.document(), &archive, &people);
    other.sync_at(0, 2_000_000_000_000);
    let [ana, ben] = [ana, ben].map(|person| person.parse::<Person>().unwrap());
    let (desk, soup) = (other.shift(0, &over), other.shift(0, &moved));
    assert_eq!((word(&desk, &ana), word(&desk, &ben)), ("confirmed".to_owned(), "withdrawn".to_owned()));
    assert_eq!(word(&soup, &ana), "asked, held");
    let rows = restore.rows.iter().map(|row| (row.name.as_str(), row.day.as_deref(), row.part, &row.outcome));
    let left_out = Outcome::LeftOut { why: Reason::Nameless };
    let expected = [
        ("Desk", Some("2026-05-02"), None, &Outcome::Added),
        ("Soup", Some("2026-05-03"), None, &Outcome::Added),
        ("Desk", Some("2026-05-02"), Some(Part::SignUps), &Outcome::Added),
        ("Soup", Some("2026-05-03"), Some(Part::SignUps), &Outcome::Added),
        ("Desk", Some("2026-05-02"), Some(Part::HandOver), &left_out),
    ];
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| (row.2.map(|part| part as u8), row.0));
    assert_eq!(rows, expected);

    // What was noted goes out as what was said, and comes in once.
    assert_eq!(told(&other, &over.document()).content["acts"].as_object().unwrap().len(), 4);
    let again = take(&mut other, &over.document(), &archive, &people);
    let outcomes: Vec<_> = again.rows.iter().filter(|row| row.outcome != Outcome::Unchanged).collect();
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
}
