//! Changing a series that people are in.

use jiff::civil::Weekday;

use super::*;
use crate::schedule::rule::{Last, Rule};
use crate::schedule::series::{self, Pattern, WithPeople};
use crate::schedule::template::Template;

fn pattern(start: &str, end: &str, days: &[Weekday]) -> Pattern {
    let when = When::hours(at(start), at(end), "America/New_York");
    Pattern { when, rule: Rule::weekly(1, days) }
}

/// Tuesdays and Thursdays, with people on two dates and a note on a third.
fn pantry() -> (Town, SeriesId, [ShiftId; 3]) {
    let mut town = Town::new("America/New_York", 2);
    let tuesdays = pattern("2026-09-01T17:00", "2026-09-01T19:00", &[Weekday::Tuesday, Weekday::Thursday]);
    let details = Details { title: "Pantry".into(), needs: 2, ..Details::default() };
    let id = town.edit(0, &plan(), |editor| series::add(editor, &details, &tuesdays, None));
    town.sync_all();
    let date = |text: &str| ShiftId::of_series(&id, text.parse().unwrap());
    let dates = [date("2026-09-15T17:00"), date("2026-09-24T17:00"), date("2026-09-22T17:00")];
    town.sign_up(0, &dates[0], &person(1));
    town.sign_up(0, &dates[0], &person(2));
    town.sign_up(0, &dates[1], &person(3));
    let before = town.shift(0, &dates[2]).details;
    let after = Details { note: "bring ladder".into(), ..before.clone() };
    town.edit(0, &dates[2].document(), |editor| edit::change(editor, &dates[2], &before, &after));
    town.sync_all();
    (town, id, dates)
}

/// Changes it to Wednesdays and Fridays from 10 September on.
fn change(town: &mut Town, id: &SeriesId, choice: WithPeople) -> SeriesId {
    let from = at("2026-09-10T00:00");
    let before = town.see(0);
    let shown: Vec<_> = before.dates_with_people(id, from).iter().map(|s| s.when.day().to_string()).collect();
    assert_eq!(shown, ["2026-09-15", "2026-09-24"]);
    let wednesdays = pattern("2026-09-10T18:00", "2026-09-10T20:00", &[Weekday::Wednesday, Weekday::Friday]);
    let details = before.series_of(id, from.date()).unwrap().details;
    let next =
        town.edit(0, &plan(), |editor| series::split(editor, &before, id, from, &details, &wednesdays));
    let after = town.see(0);
    for follow_up in before.follow_up(&after, id, Some(&next), from, choice) {
        town.edit(0, &follow_up.document, |editor| follow_up.write(editor));
    }
    town.sync_all();
    next
}

fn days(town: &Town) -> Vec<String> {
    let shifts = town.see(1).shifts(day("2026-09-08"), day("2026-10-04"));
    shifts
        .iter()
        .map(|shift| {
            let off = if shift.is_on() { "" } else { " off" };
            let start = shift.when.start().at;
            format!("{:02}-{:02} {:02}{off}", start.month(), start.day(), start.hour())
        })
        .collect()
}

#[test]
fn dates_with_people_stay_when_they_should() {
    let (mut town, id, dates) = pantry();
    let next = change(&mut town, &id, WithPeople::Keep);
    let expected = [
        "09-08 17", "09-11 18", "09-15 17", "09-16 18", "09-18 18", "09-23 18", "09-24 17", "09-25 18",
        "09-30 18", "10-02 18",
    ];
    assert_eq!(days(&town), expected);
    assert_eq!(word(&town.shift(1, &dates[0]), &person(1)), "confirmed");
    // One date moves and never comes back.
    let friday = ShiftId::of_series(&next, "2026-10-02T18:00".parse().unwrap());
    let earlier = When::hours(at("2026-10-02T15:00"), at("2026-10-02T17:00"), "America/New_York");
    town.edit(0, &friday.document(), |editor| edit::reschedule(editor, &friday, &earlier));
    town.sync_all();
    let mut moved = expected.map(str::to_owned);
    moved[9] = "10-02 15".into();
    assert_eq!(days(&town), moved);
    // A new text reaches all dates to come, those that were kept as well, and none that is past.
    let schedule = town.see(0);
    let before = schedule.series_of(&next, day("2026-09-12")).unwrap().details;
    let after = Details { place: "Church hall".into(), ..before.clone() };
    town.edit(0, &plan(), |editor| {
        series::change(editor, &schedule, &next, day("2026-09-12"), &before, &after)
    });
    town.sync_all();
    for shift in town.see(1).shifts(day("2026-09-01"), day("2026-10-04")) {
        let is_past = shift.when.day() < day("2026-09-12");
        assert_eq!(shift.details.place, if is_past { "" } else { "Church hall" }, "{}", shift.id);
    }
}

#[test]
fn people_are_moved_only_by_asking() {
    let (mut town, id, dates) = pantry();
    let next = change(&mut town, &id, WithPeople::MoveAndAsk);
    let old = town.shift(1, &dates[0]);
    assert!(old.cancelled.is_some());
    let new = town.shift(1, &old.instead.unwrap());
    assert_eq!(new.series, Some(next));
    assert_eq!(new.when.day().to_string(), "2026-09-16");
    assert_eq!((word(&new, &person(1)), word(&new, &person(2))), ("asked".into(), "asked".into()));
    assert_eq!(counts(&new), (0, 2, 2, 0));
    town.sign_up(1, &new.id, &person(1));
    town.sync_all();
    assert_eq!(word(&town.shift(0, &new.id), &person(1)), "confirmed");
    assert!(days(&town).contains(&"09-15 17 off".to_owned()));
}

#[test]
fn people_are_told_of_cancelled_dates() {
    let (mut town, id, dates) = pantry();
    change(&mut town, &id, WithPeople::CancelAndTell);
    let shift = town.shift(1, &dates[1]);
    assert!(!shift.is_on() && shift.involved().count() == 1);
    assert_eq!(shift.instead, None);
    // The date that only had a note is gone with the series; past dates are as they were.
    assert_eq!(days(&town).iter().filter(|day| day.ends_with(" 17")).count(), 1);
}

#[test]
fn a_date_that_moves_into_another_month_is_found_there() {
    let (mut town, id, _) = pantry();
    let last = ShiftId::of_series(&id, "2026-09-29T17:00".parse().unwrap());
    let later = When::hours(at("2026-10-01T17:00"), at("2026-10-01T19:00"), "America/New_York");
    town.edit(0, &last.document(), |editor| edit::reschedule(editor, &last, &later));
    town.sync_all();
    let shifts = town.see(1).shifts(day("2026-10-01"), day("2026-10-02"));
    // The Thursday has its own as well.
    assert_eq!(shifts.len(), 2);
    assert!(shifts.iter().any(|shift| shift.id == last));
    assert!(town.see(1).shifts(day("2026-09-29"), day("2026-09-30")).is_empty());
    let months = Schedule::months(&town.see(1).plan, day("2026-10-01"), day("2026-10-02"));
    assert!(months.contains(&last.month()));
}

#[test]
fn templates_begin_on_the_days_they_say() {
    let mut town = Town::new("America/Denver", 1);
    for template in Template::ALL {
        for (details, pattern) in template.series(&template.words(), day("2026-10-02"), "America/Denver") {
            town.edit(0, &plan(), |editor| series::add(editor, &details, &pattern, None));
        }
        assert_eq!(Template::from_word(template.word()), Some(template));
    }
    town.sync_all();
    let shifts = town.see(0).shifts(day("2026-10-01"), day("2026-11-16"));
    let starts = |title: &str| {
        let named = shifts.iter().filter(|shift| shift.details.title == title);
        named.map(|shift| shift.when.start().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        starts("Night watch"),
        ["2026-10-04T20:00", "2026-10-18T20:00", "2026-11-01T20:00", "2026-11-15T20:00"]
    );
    assert_eq!(starts("Arrival").len(), 31);
    assert_eq!(starts("Day watch")[..2], ["2026-10-02T08:00", "2026-10-03T08:00"]);
}

#[test]
fn a_series_of_so_many_dates_keeps_their_number_when_it_is_changed() {
    let mut town = Town::new("America/New_York", 1);
    let ten = |start: &str, end: &str, days: &[Weekday]| {
        let weekly = pattern(start, end, days);
        Pattern { rule: weekly.rule.clone().ending(Last::Count(10)), ..weekly }
    };
    let details = Details { title: "Pantry".into(), ..Details::default() };
    let tuesdays = ten("2026-09-01T17:00", "2026-09-01T19:00", &[Weekday::Tuesday]);
    let first = town.edit(0, &plan(), |editor| series::add(editor, &details, &tuesdays, None));
    let split = |town: &mut Town, id: &SeriesId, from: &str, pattern: &Pattern| {
        let before = town.see(0);
        town.edit(0, &plan(), |editor| series::split(editor, &before, id, at(from), &details, pattern))
    };
    let starts = |town: &Town| {
        let shifts = town.see(0).shifts(day("2026-08-01"), day("2027-02-01"));
        shifts.iter().map(|shift| shift.when.start().to_string()).collect::<Vec<_>>()
    };
    // An hour later from the fourth date on: ten dates in all.
    let later = ten("2026-09-22T18:00", "2026-09-22T20:00", &[Weekday::Tuesday]);
    let second = split(&mut town, &first, "2026-09-22T17:00", &later);
    assert_eq!((starts(&town).len(), starts(&town).last().cloned()), (10, Some("2026-11-03T18:00".into())));
    // And again, with what the second series says of itself.
    let rule = town.see(0).series_of(&second, day("2026-10-06")).unwrap().rule;
    let again = pattern("2026-10-06T18:30", "2026-10-06T20:00", &[Weekday::Tuesday]);
    let third =
        split(&mut town, &second, "2026-10-06T18:00", &Pattern { rule: rule.parse().unwrap(), ..again });
    assert_eq!((starts(&town).len(), starts(&town).last().cloned()), (10, Some("2026-11-03T18:30".into())));
    // Another number is one that somebody chose for the rest.
    let four = pattern("2026-10-20T18:30", "2026-10-20T20:00", &[Weekday::Tuesday]);
    let four = Pattern { rule: four.rule.clone().ending(Last::Count(4)), ..four };
    split(&mut town, &third, "2026-10-20T18:30", &four);
    assert_eq!((starts(&town).len(), starts(&town).last().cloned()), (11, Some("2026-11-10T18:30".into())));
}

#[test]
fn a_range_is_made_month_by_month() {
    let mondays = pattern("2026-10-01T17:00", "2026-10-01T19:00", &[Weekday::Monday]);
    let made = series::range(&mondays, day("2026-11-09"));
    let shown: Vec<_> = made.iter().map(|(month, whens)| (month.to_string(), whens.len())).collect();
    assert_eq!(shown, [("2026-10".into(), 4), ("2026-11".into(), 2)]);
    let counted = Pattern { rule: mondays.rule.clone().ending(Last::Count(2)), ..mondays };
    assert_eq!(series::range(&counted, day("2027-01-01"))[0].1.len(), 2);
}

/// Changes the hours of a series on every day from 10 September on, and gives back the series that follows.
fn change_hours(town: &mut Town, id: &SeriesId, (start, end): (&str, &str), choice: WithPeople) -> SeriesId {
    let from = at("2026-09-10T00:00");
    let before = town.see(0);
    let old = before.series_of(id, from.date()).unwrap();
    let pattern = Pattern {
        when: When::hours(at(start), at(end), "America/New_York"),
        rule: old.rule.parse().unwrap(),
    };
    let next =
        town.edit(0, &plan(), |editor| series::split(editor, &before, id, from, &old.details, &pattern));
    let after = town.see(0);
    for follow_up in before.follow_up(&after, id, Some(&next), from, choice) {
        town.edit(0, &follow_up.document, |editor| follow_up.write(editor));
    }
    town.sync_all();
    next
}

#[test]
fn cancelled_and_moved_dates_never_come_back_when_the_hours_change() {
    for choice in [WithPeople::Keep, WithPeople::MoveAndAsk, WithPeople::CancelAndTell] {
        let (mut town, id, dates) = pantry();
        let date = |text: &str| ShiftId::of_series(&id, text.parse().unwrap());
        let (cancelled, moved, removed) =
            (date("2026-09-10T17:00"), date("2026-09-17T17:00"), date("2026-09-29T17:00"));
        town.edit(0, &cancelled.document(), |editor| edit::cancel(editor, &cancelled, "Fair day"));
        let later = When::hours(at("2026-09-18T20:00"), at("2026-09-18T21:00"), "America/New_York");
        town.edit(0, &moved.document(), |editor| edit::reschedule(editor, &moved, &later));
        town.edit(0, &removed.document(), |editor| edit::remove(editor, &removed));
        town.sync_all();

        let next = change_hours(&mut town, &id, ("2026-09-10T16:00", "2026-09-10T19:00"), choice);
        let with_people = match choice {
            WithPeople::Keep => ["09-15 17", "09-24 17"].as_slice(),
            WithPeople::MoveAndAsk | WithPeople::CancelAndTell => {
                &["09-15 16", "09-15 17 off", "09-24 16", "09-24 17 off"]
            }
        };
        let mut expected = vec!["09-08 17", "09-10 16 off", "09-18 20", "09-22 16", "10-01 16"];
        expected.extend(with_people);
        expected.sort_unstable();
        assert_eq!(days(&town), expected, "{choice:?}");

        let on = |text: &str| town.shift(1, &ShiftId::of_series(&next, text.parse().unwrap()));
        assert_eq!(on("2026-09-10T16:00").cancelled.as_deref(), Some("Fair day"));
        assert_eq!(on("2026-09-22T16:00").details.note, "bring ladder");
        if choice == WithPeople::Keep {
            assert_eq!(word(&town.shift(1, &dates[0]), &person(2)), "confirmed");
        }
    }
}

#[test]
fn nobody_is_asked_to_come_on_a_date_that_is_cancelled() {
    let (mut town, id, dates) = pantry();
    let date = |text: &str| ShiftId::of_series(&id, text.parse().unwrap());
    // Nearest to the 15th by the clock is the 17th, which does not take place.
    let off = date("2026-09-17T17:00");
    town.edit(0, &off.document(), |editor| edit::cancel(editor, &off, ""));
    town.sync_all();
    let from = at("2026-09-10T00:00");
    let before = town.see(0);
    let details = before.series_of(&id, from.date()).unwrap().details;
    let thursdays = pattern("2026-09-10T17:00", "2026-09-10T19:00", &[Weekday::Thursday]);
    let next =
        town.edit(0, &plan(), |editor| series::split(editor, &before, &id, from, &details, &thursdays));
    let after = town.see(0);
    for follow_up in before.follow_up(&after, &id, Some(&next), from, WithPeople::MoveAndAsk) {
        town.edit(0, &follow_up.document, |editor| follow_up.write(editor));
    }
    town.sync_all();
    let instead = town.shift(1, &dates[0]).instead.unwrap();
    assert_eq!(town.shift(1, &instead).when.day().to_string(), "2026-09-10");
}

#[test]
fn a_moved_date_stays_where_the_next_series_has_none_on_its_day() {
    let (mut town, id, _) = pantry();
    let moved = ShiftId::of_series(&id, "2026-09-29T17:00".parse().unwrap());
    let later = When::hours(at("2026-10-03T10:00"), at("2026-10-03T12:00"), "America/New_York");
    town.edit(0, &moved.document(), |editor| edit::reschedule(editor, &moved, &later));
    town.sync_all();
    change(&mut town, &id, WithPeople::Keep);
    assert!(days(&town).contains(&"10-03 10".to_owned()));
}

#[test]
fn dates_that_a_file_left_out_or_added_stay_so_when_the_hours_change() {
    let (mut town, id, _) = pantry();
    town.edit(0, &plan(), |editor| series::skip(editor, &id, "2026-09-22T17:00".parse().unwrap()));
    town.edit(0, &plan(), |editor| series::extra(editor, &id, "2026-09-19T17:00".parse().unwrap()));
    town.edit(0, &plan(), |editor| series::extra(editor, &id, "2026-09-20T09:00".parse().unwrap()));
    town.sync_all();
    change_hours(&mut town, &id, ("2026-09-10T16:00", "2026-09-10T19:00"), WithPeople::Keep);
    let days = days(&town);
    assert!(!days.iter().any(|day| day.starts_with("09-22")), "{days:?}");
    assert!(days.contains(&"09-19 16".to_owned()) && days.contains(&"09-20 09".to_owned()), "{days:?}");
}
