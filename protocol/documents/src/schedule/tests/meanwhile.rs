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
