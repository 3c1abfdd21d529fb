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

#[test]
fn what_is_written_anew_is_to_be_taken_anew_by_somebody_who_comes_next() {
    let mut town = Town::new(ZONE, 1);
    let early = town.add(0, "Patrol", 1, "2026-10-05T16:00/2026-10-05T20:00[America/New_York]");
    let late = town.add(0, "Patrol", 1, "2026-10-05T20:00/2026-10-06T00:00[America/New_York]");
    let (ana, ben) = (person(1), person(2));
    town.sign_up(0, &early, &ana);
    town.sign_up(0, &late, &ben);
    town.sync(0);
    let write = |town: &mut Town, note: &str| {
        town.edit(0, &early.document(), |editor| {
            handover::write(editor, &early, &Words { note: Some(note), call: None })
        });
    };
    let take = |town: &mut Town, who: &Person| {
        let words = town.see(0).hand_over(&early).unwrap().words;
        town.edit(0, &early.document(), |editor| handover::acknowledge(editor, &early, who, &words));
    };
    // Who has it, who had what was there before, and whether it is flagged half an hour into the next shift.
    let look = |town: &Town| {
        let schedule = town.see(0);
        let shifts = schedule.shifts(day("2026-10-05"), day("2026-10-06"));
        let half_past = schedule.shift(&late).unwrap().span.start.plus_millis(handover::PATIENCE);
        let hand_over = schedule.hand_over(&early).unwrap();
        let people = |those: &[handover::Acknowledged]| -> Vec<Person> {
            those.iter().map(|it| it.person.clone()).collect()
        };
        let flagged = !schedule.unanswered(&shifts, half_past).is_empty();
        (people(&hand_over.acknowledged), people(&hand_over.had_before), flagged)
    };
    write(&mut town, "All quiet.");
    take(&mut town, &ana);
    assert_eq!(look(&town), (vec![ana.clone()], vec![], true), "whoever wrote it is not the next");
    take(&mut town, &ben);
    assert_eq!(look(&town), (vec![ana.clone(), ben.clone()], vec![], false));
    write(&mut town, "A gas leak at number 12.");
    assert_eq!(look(&town), (vec![], vec![ana.clone(), ben.clone()], true));
    take(&mut town, &ben);
    assert_eq!(look(&town), (vec![ben.clone()], vec![ana.clone()], false));
    let task =
        town.edit(0, &early.document(), |editor| handover::add_task(editor, &early, "Call the gas works"));
    assert_eq!(look(&town), (vec![], vec![ana.clone(), ben.clone()], true), "a task is new, too");
    take(&mut town, &ben);
    town.edit(0, &early.document(), |editor| handover::tick(editor, &early, &task, handover::Tick::Done));
    assert_eq!(look(&town), (vec![ben], vec![ana], false), "one that is done is not");
}
