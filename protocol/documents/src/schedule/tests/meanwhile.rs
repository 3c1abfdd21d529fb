//! Two people without a network, of whom one changes a series and the other says something of one of its dates; and
//! changes to other days of the week.

use jiff::civil::Weekday;

use super::again::{Walks, at_hour, hours, noon, october, original, rule};
use super::*;
use crate::schedule::rule::Rule;
use crate::schedule::series::{Pattern, WithPeople};

const ALL: [WithPeople; 3] = [WithPeople::Keep, WithPeople::MoveAndAsk, WithPeople::CancelAndTell];

/// Two phones, a walk every day, and somebody who comes on the fifth.
fn with_somebody() -> (Walks, Shift) {
    let mut walks = Walks::new(2, rule("FREQ=DAILY"));
    let fifth = walks.on(0, october(5));
    walks.town.sign_up(0, &fifth.id, &person(2));
    walks.town.sync_all();
    let fifth = walks.on(0, october(5));
    (walks, fifth)
}

fn change(walks: &mut Walks, phone: usize, day: i8, hour: i8, people: WithPeople) {
    let shift = walks.on(phone, october(day));
    walks.change(phone, &shift, original(&shift), hours(october(day), hour), people);
}

fn move_date(walks: &mut Walks, phone: usize, day: i8, when: &When) {
    let shift = walks.on(phone, october(day));
    walks.town.edit(phone, &shift.id.document(), |editor| edit::reschedule(editor, &shift.id, when));
}

#[test]
fn a_date_that_one_cancels_is_off_whatever_the_other_does_with_the_series_and_its_people() {
    for people in ALL {
        let (mut walks, fifth) = with_somebody();
        walks.cancel(0, &fifth);
        change(&mut walks, 1, 3, 15, people);
        walks.town.sync_all();
        for phone in [0, 1] {
            let expected = [at_hour(1..=2, 12), at_hour(3..=4, 15), at_hour(6..=18, 15)].concat();
            assert_eq!(walks.shown(phone), expected, "{people:?}");
            let all = walks.town.see(phone).shifts(october(5), october(6));
            assert!(all.iter().any(|shift| shift.cancelled.as_deref() == Some("Fair day")), "{all:#?}");
        }
    }
}

#[test]
fn a_day_has_one_date_when_one_keeps_its_people_and_the_other_moves_them() {
    for other in [WithPeople::MoveAndAsk, WithPeople::CancelAndTell] {
        for (keeps, moves) in [(3, 4), (4, 3), (4, 4)] {
            let (mut walks, _) = with_somebody();
            change(&mut walks, 0, keeps, 15, WithPeople::Keep);
            change(&mut walks, 1, moves, 17, other);
            walks.town.sync_all();
            let there = walks.shown(0).into_iter().filter(|at| at.starts_with("10-05")).count();
            assert_eq!((there, walks.shown(0)), (1, walks.shown(1)), "{other:?} {keeps} {moves}");
        }
    }
}

#[test]
fn two_dates_that_were_kept_by_people_who_did_not_know_of_each_other_are_one() {
    let (mut walks, _) = with_somebody();
    change(&mut walks, 0, 3, 15, WithPeople::Keep);
    // The other phone asks the people of the fifth to come to a date of a series of its own, and then keeps that.
    change(&mut walks, 1, 4, 17, WithPeople::MoveAndAsk);
    let asked = walks.on(1, october(5));
    walks.town.sign_up(1, &asked.id, &person(3));
    change(&mut walks, 1, 4, 9, WithPeople::Keep);
    walks.town.sync_all();
    for phone in [0, 1] {
        let on = walks.on(phone, october(5));
        assert_eq!(on.id, asked.id);
    }
}

#[test]
fn a_date_that_one_moves_stays_there_while_the_other_changes_the_hours() {
    let mut walks = Walks::new(2, rule("FREQ=DAILY"));
    move_date(&mut walks, 0, 5, &hours(october(5), 20));
    let mut details = walks.on(0, october(7)).details;
    let seventh = walks.on(0, october(7));
    details.place = "Hall".into();
    walks.town.edit(0, &seventh.id.document(), |editor| {
        edit::change(editor, &seventh.id, &seventh.details, &details)
    });
    change(&mut walks, 1, 3, 15, WithPeople::Keep);
    walks.town.sync_all();
    for phone in [0, 1] {
        let expected = [at_hour(1..=2, 12), at_hour(3..=4, 15), at_hour(5..=5, 20), at_hour(6..=18, 15)];
        assert_eq!(walks.shown(phone), expected.concat());
        let seventh = walks.on(phone, october(7));
        assert_eq!((seventh.details.place.as_str(), seventh.when), ("Hall", hours(october(7), 15)));
    }
    // Whoever moves it back knows of the new series.
    move_date(&mut walks, 1, 5, &hours(october(5), 15));
    walks.town.sync_all();
    assert!(walks.shown(0).contains(&"10-05 15".to_owned()));
}

/// A walk on Thursdays: the 1st, 8th, 15th, 22nd and 29th of October.
fn thursdays(phones: u8) -> Walks {
    Walks::new(phones, rule("FREQ=WEEKLY;BYDAY=TH"))
}

/// From the 8th on it is on another day of the week.
fn change_day(walks: &mut Walks, phone: usize, weekday: Weekday, first: i8, people: WithPeople) {
    let shift = walks.on(phone, october(8));
    let pattern = Pattern { when: noon(october(first)), rule: Rule::weekly(1, &[weekday]) };
    walks.change_to(phone, &shift, original(&shift), &pattern, people);
}

fn all(walks: &Walks, phone: usize) -> Vec<String> {
    let shifts = walks.town.see(phone).shifts(october(1), october(31));
    let line = |shift: Shift| {
        let at = shift.when.start().at;
        let off = if shift.is_on() { "" } else { " off" };
        format!("{:02} {:02}{off}", at.day(), at.hour())
    };
    shifts.into_iter().map(line).collect()
}

#[test]
fn a_move_to_another_day_of_the_week_doubles_no_moved_date_and_brings_no_cancelled_one_back() {
    // Saturdays, and Tuesdays: later and earlier in the week, with one moved onto the very day.
    for (weekday, first, moved, expected) in [
        (Weekday::Saturday, 10, 17, ["01 12", "10 12", "17 15", "24 12 off", "31 12"]),
        (Weekday::Tuesday, 6, 13, ["01 12", "06 12", "13 15", "20 12 off", "27 12"]),
        (Weekday::Tuesday, 6, 16, ["01 12", "06 12", "16 15", "20 12 off", "27 12"]),
    ] {
        for knows in [true, false] {
            let mut walks = thursdays(2);
            move_date(&mut walks, 0, 15, &hours(october(moved), 15));
            let off = walks.on(0, october(22));
            walks.cancel(0, &off);
            if knows {
                walks.town.sync_all();
                let differ =
                    walks.town.see(1).dates_that_differ(off.series.as_ref().unwrap(), at("2026-10-08T00:00"));
                let days: Vec<i8> = differ.iter().map(|shift| shift.when.day().day()).collect();
                assert_eq!(days, [moved, 22]);
            }
            change_day(&mut walks, 1, weekday, first, WithPeople::Keep);
            walks.town.sync_all();
            for phone in [0, 1] {
                let shown: Vec<String> = all(&walks, phone);
                let until: Vec<&str> = expected.into_iter().filter(|line| *line < "31").collect();
                assert_eq!(shown, until, "{weekday:?}, moved to {moved}, {knows}");
            }
        }
    }
}

#[test]
fn people_of_a_week_are_asked_to_come_on_its_other_day() {
    let mut walks = thursdays(1);
    let fifteenth = walks.on(0, october(15));
    walks.town.sign_up(0, &fifteenth.id, &person(2));
    walks.town.sync_all();
    // The Sunday before is nearer than the one of that week.
    change_day(&mut walks, 0, Weekday::Sunday, 11, WithPeople::MoveAndAsk);
    walks.town.sync_all();
    assert_eq!(all(&walks, 0), ["01 12", "11 12", "15 12 off", "18 12", "25 12"]);
    assert_eq!(word(&walks.on(0, october(18)), &person(2)), "asked");
}

#[test]
fn a_cancelled_date_for_which_there_is_no_other_stays_visible() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    let off = walks.on(0, october(14));
    walks.cancel(0, &off);
    let second = walks.on(0, october(2));
    let thursdays = Pattern { when: noon(october(2)), rule: rule("FREQ=WEEKLY;BYDAY=TH") };
    walks.change_to(0, &second, original(&second), &thursdays, WithPeople::Keep);
    assert_eq!(all(&walks, 0), ["01 12", "08 12", "14 12 off", "15 12", "22 12", "29 12"]);
}

/// Somebody signs up for the fifth, and another for the Thursday of a week, neither knowing of what becomes of it.
fn sign_up_unknowing(walks: &mut Walks, day: i8) -> Shift {
    let date = walks.on(1, october(day));
    walks.town.sign_up(1, &date.id, &person(3));
    date
}

#[test]
fn whoever_comes_to_a_date_that_is_kept_or_was_called_off_meanwhile_stays_with_it() {
    for (people, expected) in [(WithPeople::Keep, "confirmed"), (WithPeople::CancelAndTell, "none")] {
        let (mut walks, _) = with_somebody();
        let fifth = sign_up_unknowing(&mut walks, 5);
        change(&mut walks, 0, 3, 15, people);
        walks.town.sync_all();
        for phone in [0, 1] {
            let on = walks.on(phone, october(5));
            assert_eq!(word(&on, &person(3)), expected, "{people:?}");
            let own = walks.town.shift(phone, &fifth.id);
            assert_eq!(
                (own.is_on(), word(&own, &person(3)).as_str()),
                (expected == "confirmed", "confirmed")
            );
        }
    }
}

#[test]
fn whoever_comes_to_a_day_of_the_week_is_asked_to_come_on_the_one_in_its_place() {
    let mut walks = thursdays(2);
    sign_up_unknowing(&mut walks, 15);
    change_day(&mut walks, 0, Weekday::Saturday, 10, WithPeople::Keep);
    walks.town.sync_all();
    for phone in [0, 1] {
        assert_eq!(word(&walks.on(phone, october(17)), &person(3)), "asked");
        assert_eq!(all(&walks, phone), ["01 12", "10 12", "17 12", "24 12"]);
    }
}

#[test]
fn a_date_that_lost_its_day_to_another_series_takes_nobody_with_it() {
    // Both continue it, and neither knows of the other: one of the two has the days.
    for (loser, expected) in [(0, "asked, held"), (1, "asked")] {
        let mut walks = Walks::new(2, rule("FREQ=DAILY"));
        change(&mut walks, loser, 2, 15, WithPeople::Keep);
        let date = walks.on(loser, october(5));
        walks.town.sign_up(loser, &date.id, &person(3));
        change(&mut walks, 1 - loser, 3, 17, WithPeople::Keep);
        walks.town.sync_all();
        for phone in [0, 1] {
            let on = walks.on(phone, october(5));
            // Whoever said so before the log had other hours keeps the place until they answer.
            assert_eq!((&on.when, word(&on, &person(3)).as_str()), (&hours(october(5), 17), expected));
            assert_eq!(walks.town.see(phone).shifts(october(5), october(6)).len(), 1);
        }
    }
}

#[test]
fn of_several_hours_a_day_the_nearest_stands_for_one() {
    let mut walks = Walks::new(2, rule("FREQ=DAILY;BYHOUR=8,20"));
    let evening =
        ShiftId::of_series(walks.open(1)[0].series.as_ref().unwrap(), "2026-10-05T20:00".parse().unwrap());
    walks.town.sign_up(1, &evening, &person(3));
    let third = walks.open(0).into_iter().find(|shift| shift.when.day() == october(3)).unwrap();
    let pattern = Pattern { when: hours(october(3), 9), rule: rule("FREQ=DAILY;BYHOUR=9,21") };
    walks.change_to(0, &third, original(&third), &pattern, WithPeople::Keep);
    walks.town.sync_all();
    for phone in [0, 1] {
        let shifts = walks.town.see(phone).shifts(october(5), october(6));
        let words: Vec<_> =
            shifts.iter().map(|shift| (shift.when.start().at.hour(), word(shift, &person(3)))).collect();
        assert_eq!(words, [(9, "none".to_owned()), (21, "asked".to_owned())]);
    }
}
