//! A series is changed while somebody without a network signs up for one of its dates.

use porchlight_device::schedule::{Answer, ScheduleChange};
use porchlight_documents::schedule::details::Details;
use porchlight_documents::schedule::series::WithPeople;
use porchlight_documents::schedule::sign_up::{State, Why};
use porchlight_documents::schedule::{Person, SeriesId, Shift, ShiftId, day};

use crate::town::Town;

fn change(town: &mut Town, phone: usize, change: ScheduleChange) -> Option<String> {
    let (group, now) = (town.group, town.now);
    let made = town.phones[phone].device.change_schedule(group, change, now).unwrap();
    town.pass(3_000);
    made
}

/// What the list of a day shows.
fn listed(town: &mut Town, phone: usize, first: &str, end: &str) -> Vec<Shift> {
    let days = (day(first).unwrap(), day(end).unwrap());
    let (group, now) = (town.group, town.now);
    town.phones[phone].device.shifts_now(group, days, &[], now).unwrap().shifts(days.0, days.1)
}

fn hours(shifts: &[Shift]) -> Vec<String> {
    let off = |shift: &Shift| if shift.is_on() { "" } else { " off" };
    shifts.iter().map(|shift| format!("{}{}", shift.when, off(shift))).collect()
}

fn me(town: &mut Town, phone: usize) -> Person {
    Person::Member(town.phones[phone].device.own_member(town.group).unwrap().unwrap())
}

/// A watch from eight to eight, every day from 28 November on.
fn watch(town: &mut Town) -> SeriesId {
    let details = Details { title: "Day watch".into(), needs: 2, ..Details::default() };
    let when = "2026-11-28T08:00/2026-11-28T20:00[UTC]".parse().unwrap();
    let add = ScheduleChange::Add { details, when, rule: Some("FREQ=DAILY".into()) };
    SeriesId::new(&change(town, 0, add).unwrap())
}

/// "This and all after it", at other hours.
fn follow(town: &mut Town, date: &Shift, when: &str, people: WithPeople) {
    let change_it = ScheduleChange::ChangeSeries {
        series: date.series.clone().unwrap(),
        from: date.original.clone().unwrap(),
        before: None,
        details: date.details.clone(),
        when: when.parse().unwrap(),
        rule: "FREQ=DAILY".into(),
        people,
    };
    change(town, 0, change_it);
}

fn come(town: &mut Town, phone: usize, shift: &ShiftId) {
    let shift = shift.clone();
    change(town, phone, ScheduleChange::SignUp { shift, person: None, companions: 0, part: None });
}

fn answer(town: &mut Town, phone: usize, shift: &ShiftId, answer: Answer) {
    change(town, phone, ScheduleChange::Answer { shift: shift.clone(), person: None, answer });
}

fn state(shift: &Shift, person: &Person) -> Option<State> {
    shift.sign_up(person).map(|sign_up| sign_up.state.clone())
}

const TUESDAY: (&str, &str) = ("2026-12-01", "2026-12-02");
const EARLY: &str = "2026-12-01T08:00/2026-12-01T20:00[UTC]";
const LATER: &str = "2026-12-01T09:00/2026-12-01T17:00[UTC]";

#[test]
fn whoever_signed_up_for_a_date_whose_series_got_other_hours_meanwhile_is_asked_there() {
    for reply in [Answer::Yes, Answer::No] {
        let mut town = Town::of(3);
        watch(&mut town);
        let cy = me(&mut town, 2);
        let date = listed(&mut town, 0, TUESDAY.0, TUESDAY.1).remove(0);
        town.set_online(2, false);
        come(&mut town, 2, &date.id);
        follow(&mut town, &date, LATER, WithPeople::MoveAndAsk);
        town.set_online(2, true);
        town.pass(5_000);
        for phone in 0..3 {
            let shown = listed(&mut town, phone, TUESDAY.0, TUESDAY.1);
            assert_eq!(hours(&shown), [LATER], "the dead date does not stand beside it");
            let was = EARLY.parse().unwrap();
            let asked = State::Asked { was, was_place: String::new(), held: false, why: Why::Moved };
            assert_eq!(state(&shown[0], &cy), Some(asked));
            assert_eq!((shown[0].counts.filled, shown[0].counts.to_confirm), (0, 1), "not counted yet");
        }
        let now = listed(&mut town, 2, TUESDAY.0, TUESDAY.1).remove(0);
        answer(&mut town, 2, &now.id, reply);
        for phone in 0..3 {
            let shown = listed(&mut town, phone, TUESDAY.0, TUESDAY.1);
            let (expected, filled) = match reply {
                Answer::Yes => (State::Confirmed, 1),
                _ => (State::Withdrawn { reason: String::new() }, 0),
            };
            assert_eq!((hours(&shown), shown[0].counts.filled), (vec![LATER.to_owned()], filled));
            assert_eq!(state(&shown[0], &cy), Some(expected));
        }
        // And once more, to hours that all of them know of.
        let evening = "2026-12-01T18:00/2026-12-01T20:00[UTC]";
        follow(&mut town, &now, evening, WithPeople::MoveAndAsk);
        for phone in 0..3 {
            let shown = listed(&mut town, phone, TUESDAY.0, TUESDAY.1);
            let on = shown.iter().find(|shift| shift.is_on()).unwrap();
            assert_eq!(on.when.to_string(), evening);
            assert_eq!(shown.len(), if reply == Answer::Yes { 2 } else { 1 }, "{:?}", hours(&shown));
            let is_asked = matches!(state(on, &cy), Some(State::Asked { why: Why::Moved, .. }));
            assert_eq!(is_asked, reply == Answer::Yes, "whoever said no is not asked again");
        }
    }
}

#[test]
fn whoever_signed_up_while_the_others_of_a_date_were_asked_elsewhere_is_asked_there_too() {
    let mut town = Town::of(3);
    watch(&mut town);
    let (ana, cy) = (me(&mut town, 1), me(&mut town, 2));
    let date = listed(&mut town, 0, TUESDAY.0, TUESDAY.1).remove(0);
    come(&mut town, 1, &date.id);
    town.set_online(2, false);
    come(&mut town, 2, &date.id);
    follow(&mut town, &date, LATER, WithPeople::MoveAndAsk);
    let next = listed(&mut town, 1, TUESDAY.0, TUESDAY.1).remove(1);
    answer(&mut town, 1, &next.id, Answer::No);
    town.set_online(2, true);
    town.pass(5_000);
    for phone in 0..3 {
        let shown = listed(&mut town, phone, TUESDAY.0, TUESDAY.1);
        // Ana was told that hers is off.
        assert_eq!(hours(&shown), [format!("{EARLY} off"), LATER.to_owned()]);
        assert_eq!(shown[0].instead.as_ref(), Some(&shown[1].id));
        assert!(matches!(state(&shown[1], &cy), Some(State::Asked { why: Why::Moved, .. })));
        assert!(matches!(state(&shown[1], &ana), Some(State::Withdrawn { .. })), "and is not asked again");
    }
    // What takes its place is cancelled: one line of it is enough.
    change(&mut town, 0, ScheduleChange::Cancel { shift: next.id.clone(), reason: "Fair day".into() });
    for phone in 0..3 {
        let shown = listed(&mut town, phone, TUESDAY.0, TUESDAY.1);
        assert_eq!(hours(&shown), [format!("{LATER} off")]);
        assert_eq!(shown[0].cancelled.as_deref(), Some("Fair day"));
        assert!(shown[0].involved().any(|sign_up| sign_up.person == cy));
    }
}

#[test]
fn a_date_that_was_cancelled_before_its_series_got_other_hours_is_listed_once() {
    let mut town = Town::of(2);
    watch(&mut town);
    let date = listed(&mut town, 0, TUESDAY.0, TUESDAY.1).remove(0);
    let monday = listed(&mut town, 0, "2026-11-30", TUESDAY.0).remove(0);
    town.set_online(1, false);
    come(&mut town, 1, &date.id);
    change(&mut town, 0, ScheduleChange::Cancel { shift: date.id.clone(), reason: "Fair day".into() });
    follow(&mut town, &monday, "2026-11-30T09:00/2026-11-30T17:00[UTC]", WithPeople::Keep);
    town.set_online(1, true);
    town.pass(5_000);
    let ben = me(&mut town, 1);
    for phone in 0..2 {
        let shown = listed(&mut town, phone, TUESDAY.0, TUESDAY.1);
        assert_eq!(hours(&shown), [format!("{LATER} off")]);
        assert!(shown[0].involved().any(|sign_up| sign_up.person == ben), "who is told so there");
    }
}

#[test]
fn whoever_is_asked_to_come_in_the_month_before_can_answer() {
    let mut town = Town::of(2);
    let details = Details { title: "Market".into(), needs: 2, ..Details::default() };
    let when = "2026-10-04T08:00/2026-10-04T12:00[UTC]".parse().unwrap();
    let add = ScheduleChange::Add { details, when, rule: Some("FREQ=WEEKLY;BYDAY=SU".into()) };
    change(&mut town, 0, add);
    let date = listed(&mut town, 0, "2026-11-01", "2026-11-02").remove(0);
    let before = listed(&mut town, 0, "2026-10-25", "2026-10-26").remove(0);
    town.set_online(1, false);
    come(&mut town, 1, &date.id);
    let saturdays = ScheduleChange::ChangeSeries {
        series: before.series.clone().unwrap(),
        from: before.original.clone().unwrap(),
        before: None,
        details: before.details,
        when: "2026-10-24T08:00/2026-10-24T12:00[UTC]".parse().unwrap(),
        rule: "FREQ=WEEKLY;BYDAY=SA".into(),
        people: WithPeople::MoveAndAsk,
    };
    change(&mut town, 0, saturdays);
    town.set_online(1, true);
    town.pass(5_000);
    let ben = me(&mut town, 1);
    let there = listed(&mut town, 1, "2026-10-31", "2026-11-02");
    assert_eq!(hours(&there), ["2026-10-31T08:00/2026-10-31T12:00[UTC]"]);
    assert!(matches!(state(&there[0], &ben), Some(State::Asked { why: Why::Moved, .. })));
    answer(&mut town, 1, &there[0].id, Answer::Yes);
    let there = listed(&mut town, 0, "2026-10-31", "2026-11-02");
    assert_eq!(state(&there[0], &ben), Some(State::Confirmed));
}
