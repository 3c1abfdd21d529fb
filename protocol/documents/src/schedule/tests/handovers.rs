//! Who gets what a shift passes on.

use super::*;
use crate::schedule::handover::{self, Words};

const ZONE: &str = "America/New_York";

/// Shifts of one day by name, place and hours; the first passes something on. Says which of the others gets it.
fn receivers(shifts: &[(&str, &str, &str)]) -> Vec<String> {
    let mut town = Town::new(ZONE, 1);
    let mut ids = Vec::new();
    for (title, place, hours) in shifts {
        let details =
            Details { title: (*title).into(), place: (*place).into(), needs: 1, ..Details::default() };
        let (start, end) = hours.split_once('-').unwrap();
        let when = When::hours(at(&format!("2026-10-05T{start}")), at(&format!("2026-10-05T{end}")), ZONE);
        let month = Month::of(when.day());
        ids.push(town.edit(0, &month.document(), |editor| edit::add(editor, month, &details, &when, None)));
    }
    town.edit(0, &ids[0].document(), |editor| {
        handover::write(editor, &ids[0], &Words { note: Some("The key is with me."), call: None })
    });
    let schedule = town.see(0);
    let all = schedule.shifts(day("2026-10-05"), day("2026-10-06"));
    let got = all.iter().filter(|shift| schedule.hand_over_to(shift, &all).is_some());
    got.map(|shift| shift.details.title.clone()).collect()
}

#[test]
fn a_place_that_somebody_left_out_does_not_keep_a_hand_over_from_the_next() {
    let next = ("Door watch", "5th and Elm", "16:00-19:00");
    assert_eq!(receivers(&[("Door watch", "", "14:00-16:00"), next]), ["Door watch"]);
    assert_eq!(receivers(&[("door  Watch", "5th and elm", "14:00-16:00"), next]), ["Door watch"]);
    assert!(receivers(&[("Door watch", "School", "14:00-16:00"), next]).is_empty());
}

#[test]
fn whoever_comes_as_others_leave_gets_what_those_pass_on() {
    assert_eq!(
        receivers(&[
            ("Night watch", "Hall", "04:00-08:00"),
            ("Day watch", "Hall", "08:00-20:00"),
            ("Cooking", "Kitchen", "08:00-09:00"),
            ("Late watch", "Hall", "20:00-22:00"),
        ]),
        ["Day watch"]
    );
}

#[test]
fn the_last_that_was_passed_on_comes_first() {
    let mut town = Town::new(ZONE, 1);
    let add = |town: &mut Town, title: &str, start: &str, end: &str, note: &str| {
        let details = Details { title: title.into(), needs: 1, ..Details::default() };
        let when = When::hours(at(start), at(end), ZONE);
        let month = Month::of(when.day());
        let id = town.edit(0, &month.document(), |editor| edit::add(editor, month, &details, &when, None));
        if !note.is_empty() {
            town.edit(0, &month.document(), |editor| {
                handover::write(editor, &id, &Words { note: Some(note), call: None })
            });
        }
        id
    };
    add(&mut town, "Day watch", "2026-10-04T08:00", "2026-10-04T20:00", "of yesterday's day");
    add(&mut town, "Night watch", "2026-10-05T04:00", "2026-10-05T08:00", "of this night");
    let next = add(&mut town, "Day watch", "2026-10-05T08:00", "2026-10-05T20:00", "");
    let first_seen = |town: &Town| {
        let schedule = town.see(0);
        let all = schedule.shifts(day("2026-10-04"), day("2026-10-06"));
        schedule.hand_over_to(&schedule.shift(&next).unwrap(), &all).unwrap().note
    };
    assert_eq!(first_seen(&town), "of this night");
    add(&mut town, "Day watch", "2026-10-05T06:00", "2026-10-05T08:00", "of the early day");
    assert_eq!(first_seen(&town), "of the early day");
}
