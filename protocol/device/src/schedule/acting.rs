//! Shifts on whole devices: what is asked for as the app and the command ask it, with and without a network.

use std::collections::BTreeSet;

use porchlight_documents::schedule::details::Details;
use porchlight_documents::schedule::gaps::Lack;
use porchlight_documents::schedule::series::CopiedPeople;
use porchlight_documents::schedule::sign_up::State;
use porchlight_documents::schedule::template::Template;
use porchlight_documents::schedule::{Shift, ShiftId, day};

use super::*;
use crate::scene::Street;

fn change(street: &mut Street, phone: usize, change: ScheduleChange) -> Result<String, ScheduleChangeError> {
    let (group, now) = (street.group, street.now);
    let made = street.phones[phone].device.change_schedule(group, change, now)?;
    street.pass(2_000);
    Ok(made.unwrap_or_default())
}

fn add(street: &mut Street, title: &str, needs: u32, when: &str) -> ShiftId {
    let details = Details { title: title.to_owned(), needs, ..Details::default() };
    let add = ScheduleChange::Add { details, when: when.parse().unwrap(), rule: None };
    change(street, 0, add).unwrap().parse().unwrap()
}

fn shifts(street: &mut Street, phone: usize, from: &str, to: &str) -> Vec<Shift> {
    let days = (day(from).unwrap(), day(to).unwrap());
    let group = street.group;
    street.phones[phone].device.shifts(group, days, &[]).unwrap().shifts(days.0, days.1)
}

fn sign_up(shift: &ShiftId) -> ScheduleChange {
    ScheduleChange::SignUp { shift: shift.clone(), person: None, companions: 0, part: None }
}

fn states(shift: &Shift) -> Vec<&State> {
    shift.people.iter().map(|sign_up| &sign_up.state).collect()
}

#[test]
fn two_without_a_network_take_the_last_place_and_the_log_decides() {
    let mut street = Street::of(3);
    let id = add(&mut street, "Gate", 1, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    for phone in [1, 2] {
        street.go_offline(phone);
        change(&mut street, phone, sign_up(&id)).unwrap();
        let seen = shifts(&mut street, phone, "2026-10-15", "2026-10-16");
        assert_eq!(states(&seen[0]), [&State::Waiting]);
    }
    // The one who wrote later is back first.
    street.go_online(2);
    street.go_online(1);
    let all: Vec<_> = (0..3).map(|phone| shifts(&mut street, phone, "2026-10-15", "2026-10-16")).collect();
    assert!(all.iter().all(|seen| *seen == all[0]));
    let shift = &all[0][0];
    assert!(matches!(
        states(shift)[..],
        [State::Confirmed, State::Standby { number: 1, offered: false, .. }]
    ));
    let second = street.phones[2].device.own_member(street.group).unwrap().unwrap();
    assert_eq!(shift.people[0].person, Person::Member(second));

    // The place becomes free; it is offered, and counts as unfilled until it is taken.
    change(&mut street, 2, ScheduleChange::Leave { shift: id.clone(), person: None, reason: String::new() })
        .unwrap();
    let seen = shifts(&mut street, 0, "2026-10-15", "2026-10-16");
    assert_eq!((seen[0].counts.filled, seen[0].counts.standby), (0, 1));
    let take = ScheduleChange::Answer { shift: id.clone(), person: None, answer: Answer::Yes };
    change(&mut street, 1, take.clone()).unwrap();
    assert_eq!(shifts(&mut street, 2, "2026-10-15", "2026-10-16")[0].counts.filled, 1);
    assert!(change(&mut street, 1, take).unwrap_err().to_string().contains("was not asked"));
}

#[test]
fn a_copied_day_a_range_and_templates_are_made_in_the_months_that_they_belong_to() {
    let mut street = Street::of(2);
    let id = add(&mut street, "Gate", 2, "2026-10-15T20:00/2026-10-16T02:00[UTC]");
    change(&mut street, 1, sign_up(&id)).unwrap();
    let (from, to) = ("2026-10-15".to_owned(), "2026-11-30".to_owned());
    change(&mut street, 0, ScheduleChange::CopyDay { from, to, people: CopiedPeople::SameAsked }).unwrap();
    let copied = shifts(&mut street, 1, "2026-11-30", "2026-12-01");
    assert_eq!(copied[0].when.to_string(), "2026-11-30T20:00/2026-12-01T02:00[UTC]");
    assert!(matches!(states(&copied[0])[..], [State::Asked { held: false, .. }]));

    let range = ScheduleChange::AddRange {
        details: Details { title: "Desk".into(), ..Details::default() },
        when: "2026-12-21T09:00/2026-12-21T10:00[UTC]".parse().unwrap(),
        rule: "FREQ=WEEKLY;BYDAY=MO,TH".into(),
        until: "2027-01-07".into(),
    };
    change(&mut street, 0, range).unwrap();
    let made = shifts(&mut street, 1, "2026-12-02", "2027-02-01");
    let days: Vec<_> = made.iter().map(|shift| shift.when.day().to_string()).collect();
    assert_eq!(days, ["2026-12-21", "2026-12-24", "2026-12-28", "2026-12-31", "2027-01-04", "2027-01-07"]);

    let words = |text: &str| text.to_owned();
    let template = ScheduleChange::UseTemplate {
        template: Template::DayAndNightWatch,
        first: words("Day"),
        second: words("Night"),
        place: words("Porch"),
        from: words("2027-03-01"),
    };
    change(&mut street, 0, template).unwrap();
    let nights = shifts(&mut street, 1, "2027-03-01", "2027-03-29");
    let nights: Vec<_> = nights.iter().filter(|shift| shift.details.title == "Night").collect();
    let hours: Vec<_> = nights.iter().map(|shift| shift.when.to_string()).collect();
    let expected = ["2027-03-07T20:00/2027-03-08T08:00[UTC]", "2027-03-21T20:00/2027-03-22T08:00[UTC]"];
    assert_eq!(hours, expected);
}

#[test]
fn a_job_over_many_weeks_is_seen_in_each_of_its_months() {
    let mut street = Street::of(2);
    let details = Details { title: "Flyers".into(), ..Details::default() };
    let range = ScheduleChange::AddRange {
        details,
        when: "2026-10-20/2026-12-20".parse().unwrap(),
        rule: "FREQ=DAILY;COUNT=1".into(),
        until: "2026-10-20".into(),
    };
    change(&mut street, 0, range).unwrap();
    for (from, to, count) in [
        ("2026-10-20", "2026-10-21", 1),
        ("2026-11-15", "2026-11-16", 1),
        ("2026-12-19", "2026-12-20", 1),
        ("2026-12-20", "2026-12-21", 0),
    ] {
        assert_eq!(shifts(&mut street, 1, from, to).len(), count, "{from}");
    }
    let copy = ScheduleChange::CopyDay {
        from: "2026-10-20".into(),
        to: "2027-02-10".into(),
        people: CopiedPeople::Nobody,
    };
    change(&mut street, 0, copy).unwrap();
    assert_eq!(shifts(&mut street, 1, "2027-04-11", "2027-04-12").len(), 1);
}

#[test]
fn an_offer_to_stay_if_nobody_comes_and_companions_reach_the_others() {
    let mut street = Street::of(2);
    let id = add(&mut street, "Gate", 3, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    change(&mut street, 1, ScheduleChange::OfferToStay { shift: id.clone(), made: true }).unwrap();
    let seen = shifts(&mut street, 0, "2026-10-15", "2026-10-16");
    assert_eq!((seen[0].stays.len(), seen[0].counts.filled), (1, 0));
    let days = (day("2026-10-15").unwrap(), day("2026-10-16").unwrap());
    let (_, abilities) = street.phones[0].device.people(street.group).unwrap();
    let schedule = street.phones[0].device.shifts(street.group, days, &[]).unwrap();
    assert_eq!(schedule.gaps(days.0, days.1, &abilities, street.now)[0].lack, Lack::Nobody);
    let stand_ins = schedule.stand_ins(&seen[0], &seen, &abilities);
    assert!(stand_ins.iter().any(|stand_in| stand_in.stays));
    let coming = ScheduleChange::SignUp { shift: id.clone(), person: None, companions: 2, part: None };
    change(&mut street, 1, coming).unwrap();
    change(&mut street, 0, sign_up(&id)).unwrap();
    let seen = shifts(&mut street, 0, "2026-10-15", "2026-10-16");
    assert_eq!((seen[0].counts.filled, seen[0].counts.standby), (3, 1), "the two others take places too");
}

#[test]
fn nobody_is_asked_twice_and_no_reader_at_all() {
    let mut street = Street::of(4);
    let (group, now) = (street.group, street.now);
    let members: Vec<_> =
        (0..4).map(|phone| street.phones[phone].device.own_member(group).unwrap().unwrap()).collect();
    street.phones[0].device.set_role(group, members[3], Role::Reader, now).unwrap();
    street.pass(2_000);
    let id = add(&mut street, "Gate", 2, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    let person = Person::Member(members[1]);
    change(&mut street, 0, ScheduleChange::Ask { shift: id.clone(), person }).unwrap();
    let days = (day("2026-10-15").unwrap(), day("2026-10-16").unwrap());
    let (people, abilities) = street.phones[0].device.people(group).unwrap();
    let schedule = street.phones[0].device.shifts(group, days, &[]).unwrap();
    let seen = schedule.shifts(days.0, days.1);
    let stand_ins = schedule.stand_ins(&seen[0], &seen, &abilities);
    let offered: Vec<_> = stand_ins.into_iter().map(|one| one.person).collect();
    let expected: BTreeSet<_> = [members[0], members[2]].map(Person::Member).into();
    assert_eq!(offered.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(people.len(), 4, "their names are known");
}

#[test]
fn whoever_is_taken_off_is_told_by_whom_until_they_say_something() {
    let mut street = Street::of(2);
    let (group, rosa) = (street.group, street.phones[0].device.own_member(street.group).unwrap().unwrap());
    let ben = street.phones[1].device.own_member(group).unwrap().unwrap();
    let id = add(&mut street, "Gate", 2, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    change(&mut street, 1, sign_up(&id)).unwrap();
    let told = |street: &mut Street, phone: usize| {
        let shift = shifts(street, phone, "2026-10-15", "2026-10-16").remove(0);
        street.phones[phone].device.taken_off_by(group, &shift)
    };
    let leave = |person| ScheduleChange::Leave { shift: id.clone(), person, reason: String::new() };
    assert_eq!(told(&mut street, 1), None);
    change(&mut street, 0, leave(Some(Person::Member(ben)))).unwrap();
    assert_eq!(told(&mut street, 1), Some(Person::Member(rosa)));
    assert_eq!(told(&mut street, 0), None, "only they are told");
    assert!(change(&mut street, 0, leave(Some(Person::Member(ben)))).is_err());
    change(&mut street, 1, leave(None)).unwrap();
    assert_eq!(told(&mut street, 1), None);
    assert!(change(&mut street, 1, leave(None)).is_err(), "they do not come, and know it");
    change(&mut street, 1, sign_up(&id)).unwrap();
    change(&mut street, 0, leave(Some(Person::Member(ben)))).unwrap();
    assert_eq!(told(&mut street, 1), Some(Person::Member(rosa)), "each time");
}

#[test]
fn what_is_said_of_no_shift_is_refused() {
    let mut street = Street::of(1);
    let shift: ShiftId = "2026-10.0123456789abcdef".parse().unwrap();
    let text = String::new;
    for change in [
        ScheduleChange::Edit {
            shift: shift.clone(),
            before: Details::default(),
            after: Details { title: "A".into(), ..Details::default() },
        },
        ScheduleChange::Settle { shift: shift.clone(), field: "title".into(), text: "A".into() },
        ScheduleChange::Move { shift: shift.clone(), when: "2026-10-15/2026-10-16".parse().unwrap() },
        ScheduleChange::Cancel { shift: shift.clone(), reason: text() },
        ScheduleChange::Restore { shift: shift.clone() },
        ScheduleChange::Remove { shift: shift.clone() },
        sign_up(&shift),
        ScheduleChange::Leave { shift: shift.clone(), person: None, reason: text() },
        ScheduleChange::OfferToStay { shift: shift.clone(), made: true },
        ScheduleChange::CheckIn { shift: shift.clone(), person: None },
        ScheduleChange::CheckOut { shift: shift.clone(), person: None },
        ScheduleChange::WriteHandOver { shift: shift.clone(), note: Some(text()), call: Some(text()) },
        ScheduleChange::AddTask { shift: shift.clone(), text: "A".into() },
        ScheduleChange::Acknowledge { shift: shift.clone(), words: None },
    ] {
        let said = format!("{change:?}");
        let refused = self::change(&mut street, 0, change);
        assert!(refused.is_err_and(|error| error.to_string().contains(&shift.to_string())), "{said}");
    }
    assert!(!street.phones[0].device.documents(street.group).unwrap().contains(&shift.document()));
}
