//! People who signed up for dates that a newer version of a calendar moves or drops.

use super::*;
use crate::schedule::Shift;
use crate::schedule::sign_up::State;

/// Weekly at the gate, in a version of its own. 6 October 2026 is a Tuesday.
fn gate(version: u32, start: &str, end: &str, more: &str) -> String {
    event(
        "Gate",
        &format!(
            "SEQUENCE:{version}\nLAST-MODIFIED:202609{version:02}T080000Z\n\
             DTSTART;TZID=America/New_York:{start}\nDTEND;TZID=America/New_York:{end}\n{more}"
        ),
    )
}

const TUESDAYS: &str = "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=6";

fn ana() -> Person {
    Person::Member(MemberId::from_bytes([1; 16]))
}

fn ben() -> Person {
    Person::Member(MemberId::from_bytes([2; 16]))
}

/// A desk with the first version, and Ana on this date of it.
fn with_ana(first: &str, on: &str) -> (Desk, ShiftId) {
    let mut desk = Desk::new("America/New_York");
    desk.import(&file(first));
    let next = day(on).tomorrow().unwrap();
    let shift = desk.see().shifts(day(on), next).remove(0);
    sign_up(&mut desk, &shift, &ana());
    (desk, shift.id)
}

fn sign_up(desk: &mut Desk, shift: &Shift, person: &Person) {
    desk.edit(&shift.id.document(), |editor| {
        edit::sign_up(editor, &shift.id, person, &shift.coming(0, None))
    });
}

/// Where a person stands on all dates that they have anything to do with.
fn places(desk: &Desk, person: &Person) -> Vec<String> {
    let shifts = desk.see().shifts(day("2026-01-01"), day("2028-01-01"));
    let theirs = shifts.iter().filter_map(|shift| Some((shift, shift.sign_up(person)?)));
    theirs
        .map(|(shift, sign_up)| {
            let state = match sign_up.state {
                State::Waiting | State::Confirmed => "comes",
                State::Asked { .. } => "is asked",
                _ => "does not",
            };
            let off = if shift.is_on() { "" } else { ", off" };
            let instead = if shift.instead.is_some() { ", elsewhere" } else { "" };
            format!("{} {state}{off}{instead}", shift.when.start())
        })
        .collect()
}

fn people(import: &Import) -> Vec<&Note> {
    import.rows.iter().flat_map(|row| &row.notes).filter(|note| !note.people().is_empty()).collect()
}

#[test]
fn whoever_is_on_a_date_that_moves_is_asked_for_the_same_one() {
    let first = gate(1, "20261006T170000", "20261006T190000", TUESDAYS);
    for (what, start, end, rule, asked) in [
        ("another hour", "20261006T180000", "20261006T200000", TUESDAYS, "2026-10-13T18:00"),
        (
            "the day after",
            "20261007T170000",
            "20261007T190000",
            "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=6",
            "2026-10-14T17:00",
        ),
        (
            "the end of the week, and not that of the week before",
            "20261010T170000",
            "20261010T190000",
            "RRULE:FREQ=WEEKLY;BYDAY=SA;COUNT=6",
            "2026-10-17T17:00",
        ),
        (
            "a zone in which it is another time",
            "20261006T120000",
            "20261006T140000",
            TUESDAYS,
            "2026-10-13T12:00",
        ),
    ] {
        let (mut desk, _) = with_ana(&first, "2026-10-13");
        let import = desk.import(&file(&gate(2, start, end, rule)));
        assert_eq!(outcomes(&import), ["changed"], "{what}");
        let expected = ["2026-10-13T17:00 comes, off, elsewhere".to_owned(), format!("{asked} is asked")];
        let mut places = places(&desk, &ana());
        places.sort_by_key(|place| !place.contains("off"));
        assert_eq!(places, expected, "{what}");
        let told = people(&import);
        assert!(matches!(told[..], [Note::PeopleAsked { .. }]), "{what}: {told:?}");
        assert!(import.rows[0].to_string().contains(asked), "{}", import.rows[0]);
        // Once, however often the file comes; and what goes out comes back.
        let again = desk.import(&file(&gate(2, start, end, rule)));
        assert_eq!((outcomes(&again), again.steps().count()), (vec!["same"], 0), "{what}: {}", again.rows[0]);
        let written = desk.export();
        let own = desk.import(&written);
        assert!(own.rows.iter().all(|row| row.outcome == Outcome::Same), "{what}: {:#?}", own.rows);
    }
}

#[test]
fn whoever_is_on_a_date_told_in_another_zone_still_comes() {
    // The same moment, which the first version tells in London.
    let first = event(
        "Gate",
        "SEQUENCE:1\nDTSTART;TZID=Europe/London:20261006T220000\nDTEND;TZID=Europe/London:20261007T000000\n\
         RRULE:FREQ=WEEKLY;COUNT=3",
    );
    let (mut desk, _) = with_ana(&first, "2026-10-13");
    let import = desk.import(&file(&gate(2, "20261006T170000", "20261006T190000", TUESDAYS)));
    assert_eq!(people(&import), [] as [&Note; 0]);
    assert_eq!(places(&desk, &ana()), ["2026-10-13T17:00 comes", "2026-10-13T22:00 comes, off, elsewhere"]);
}

#[test]
fn whoever_has_no_date_any_more_is_named() {
    let first = gate(1, "20261006T170000", "20261006T190000", TUESDAYS);
    for (what, more) in [
        ("a date left out", format!("{TUESDAYS}\nEXDATE;TZID=America/New_York:20261013T170000")),
        ("an earlier end", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=1".to_owned()),
        ("every other week", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=6".to_owned()),
        ("no repeats", String::new()),
        ("all of it cancelled", format!("{TUESDAYS}\nSTATUS:CANCELLED")),
    ] {
        let (mut desk, id) = with_ana(&first, "2026-10-13");
        let next = gate(2, "20261006T170000", "20261006T190000", &more);
        let mut import = look(&desk.see(), file(&next).as_bytes(), desk.now()).unwrap();
        import.name(&std::collections::BTreeMap::from([(ana(), "Ana".to_owned())]));
        assert!(import.is_about_people());
        let line = import.rows[0].to_string();
        assert!(line.contains("signed up for 2026-10-13T17:00, which is off: Ana"), "{what}: {line}");
        desk.import(&file(&next));
        assert_eq!(places(&desk, &ana()), ["2026-10-13T17:00 comes, off"], "{what}");
        let shift = desk.see().shift(&id).unwrap();
        assert!(shift.cancelled.is_some(), "{what}: it is told as cancelled");
        let written = desk.export();
        let own = desk.import(&written);
        assert!(own.rows.iter().all(|row| row.outcome == Outcome::Same), "{what}: {:#?}", own.rows);
    }
}

#[test]
fn dates_that_stay_keep_their_people_and_take_no_others() {
    let both = "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8";
    let (mut desk, _) = with_ana(&gate(1, "20261006T170000", "20261006T190000", both), "2026-10-13");
    let thursday = desk.see().shifts(day("2026-10-15"), day("2026-10-16")).remove(0);
    sign_up(&mut desk, &thursday, &ben());
    // Thursdays stay; Tuesdays become Saturdays, and nobody is put among those who come on Thursdays.
    let import = desk.import(&file(&gate(
        2,
        "20261008T170000",
        "20261008T190000",
        "RRULE:FREQ=WEEKLY;BYDAY=TH,SA;COUNT=8",
    )));
    assert_eq!(places(&desk, &ben()), ["2026-10-15T17:00 comes"]);
    assert_eq!(places(&desk, &ana()), ["2026-10-13T17:00 comes, off"]);
    assert!(matches!(people(&import)[..], [Note::PeopleWithoutDate { .. }]), "{:?}", import.rows);
}

#[test]
fn what_is_over_stays_as_it_was() {
    let (mut desk, id) = with_ana(&gate(1, "20260901T170000", "20260901T190000", TUESDAYS), "2026-09-08");
    assert!(desk.now() > Timestamp::from_millis(1_789_000_000_000), "two weeks later");
    let import = desk.import(&file(&gate(
        2,
        "20260902T180000",
        "20260902T200000",
        "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=6",
    )));
    assert_eq!(people(&import), [] as [&Note; 0]);
    assert_eq!(places(&desk, &ana()), ["2026-09-08T17:00 comes"]);
    let shift = desk.see().shift(&id).unwrap();
    assert_eq!(shift.when.to_string(), "2026-09-08T17:00/2026-09-08T19:00[America/New_York]");
}

#[test]
fn whoever_is_on_a_shift_that_becomes_a_series_comes_to_its_first_date() {
    let (mut desk, _) = with_ana(&gate(1, "20261006T170000", "20261006T190000", ""), "2026-10-06");
    let import = desk.import(&file(&gate(2, "20261006T170000", "20261006T190000", TUESDAYS)));
    assert_eq!((outcomes(&import), people(&import).len()), (vec!["taken"], 0));
    let mut places = places(&desk, &ana());
    places.sort();
    assert_eq!(places, ["2026-10-06T17:00 comes", "2026-10-06T17:00 comes, off, elsewhere"]);
    // One event of this name goes out.
    let written = desk.export();
    assert_eq!(written.matches("UID:Gate@elm.example").count(), 1, "{written}");
}

#[test]
fn the_same_version_again_is_nothing_new_even_where_it_was_changed_here() {
    let first = gate(1, "20261006T170000", "20261006T190000", "");
    let (mut desk, id) = with_ana(&first, "2026-10-06");
    let shift = desk.see().shift(&id).unwrap();
    let after = crate::schedule::details::Details { note: "bring a lamp".into(), ..shift.details.clone() };
    desk.edit(&id.document(), |editor| edit::change(editor, &id, &shift.details, &after));
    let import = desk.import(&file(&first));
    assert_eq!(outcomes(&import), ["same"]);
    assert_eq!(import.rows[0].notes, [Note::OtherHere { fields: vec!["note".into()] }]);
    // A date that the rule does not give is none that the series itself has.
    let odd = gate(1, "20261006T170000", "20261006T190000", TUESDAYS)
        + &gate(
            1,
            "20261009T170000",
            "20261009T190000",
            "RECURRENCE-ID;TZID=America/New_York:20261008T170000",
        );
    let mut desk = Desk::new("America/New_York");
    desk.import(&file(&odd));
    let import = desk.import(&file(&odd));
    assert_eq!(outcomes(&import), ["same", "same"]);
    assert!(import.rows.iter().all(|row| row.notes.is_empty()), "{:?}", import.rows);
    // And a newer version of both leaves it where it is.
    let newer = odd.replace("SEQUENCE:1", "SEQUENCE:2").replace(TUESDAYS, &TUESDAYS.replace('6', "5"));
    desk.import(&file(&newer));
    assert!(desk.starts("Gate").contains(&"2026-10-09T21:00Z".to_owned()), "{:?}", desk.starts("Gate"));
    // Twice in one file.
    let mut desk = Desk::new("America/New_York");
    assert_eq!(outcomes(&desk.import(&file(&(first.clone() + &first)))), ["same", "taken"]);
}
