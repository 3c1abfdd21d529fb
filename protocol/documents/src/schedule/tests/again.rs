//! A series that is changed, ended and has dates cancelled again and again, by several people who may not know of each
//! other: each of its days has one date or none, as was said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::schedule::rule::{Last, Rule};
use crate::schedule::series::{self, Pattern, WithPeople};

/// In this zone clocks change on 25 October.
const HOME: &str = "Europe/Berlin";

pub(super) fn noon(day: Date) -> When {
    hours(day, 12)
}

pub(super) fn hours(day: Date, hour: i8) -> When {
    let start = day.at(hour, 0, 0, 0);
    When::hours(start, start + jiff::SignedDuration::from_hours(1), HOME)
}

pub(super) fn october(day: i8) -> Date {
    date(2026, 10, day)
}

pub(super) fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

/// People with phones, and one series that begins on Thursday, 1 October.
pub(super) struct Walks {
    pub(super) town: Town,
}

impl Walks {
    pub(super) fn new(phones: u8, rule: Rule) -> Self {
        let mut town = Town::new(HOME, phones);
        let details = Details { title: "Dog walk".into(), needs: 2, ..Details::default() };
        let pattern = Pattern { when: noon(october(1)), rule };
        town.edit(0, &plan(), |editor| series::add(editor, &details, &pattern, None));
        town.sync_all();
        Self { town }
    }

    pub(super) fn open(&self, phone: usize) -> Vec<Shift> {
        let shifts = self.town.see(phone).shifts(day("2026-08-01"), day("2026-12-01"));
        shifts.into_iter().filter(Shift::is_on).collect()
    }

    /// The open shift of a day, as a phone sees it.
    pub(super) fn on(&self, phone: usize, day: Date) -> Shift {
        let mut there = self.open(phone).into_iter().filter(|shift| shift.when.day() == day);
        let shift = there.next().unwrap();
        assert_eq!(there.next().map(|other| other.when), None);
        shift
    }

    /// Changes the hours of the series of a date, from a time on.
    pub(super) fn change(
        &mut self,
        phone: usize,
        shift: &Shift,
        from: DateTime,
        when: When,
        people: WithPeople,
    ) {
        let schedule = self.town.see(phone);
        if schedule.going_on(shift.series.as_ref().unwrap(), from).is_empty() {
            return;
        }
        let rule = schedule.series_of(shift.series.as_ref().unwrap(), from.date()).unwrap().rule;
        self.change_to(phone, shift, from, &Pattern { when, rule: rule.parse().unwrap() }, people);
    }

    pub(super) fn change_to(
        &mut self,
        phone: usize,
        shift: &Shift,
        from: DateTime,
        pattern: &Pattern,
        people: WithPeople,
    ) {
        let id = shift.series.as_ref().unwrap();
        let before = self.town.see(phone);
        let details = before.series_of(id, from.date()).unwrap().details;
        let split = |editor: &mut Editor<'_>| series::split(editor, &before, id, from, &details, pattern);
        let next = self.town.edit(phone, &plan(), split);
        self.follow_up(phone, &before, (id, Some(&next)), from, people);
    }

    /// "This and all after it", at another hour.
    pub(super) fn following(&mut self, phone: usize, day: Date, hour: i8) {
        let shift = self.on(phone, day);
        self.change(phone, &shift, original(&shift), hours(day, hour), WithPeople::Keep);
    }

    pub(super) fn cancel(&mut self, phone: usize, shift: &Shift) {
        self.town.edit(phone, &shift.id.document(), |editor| edit::cancel(editor, &shift.id, "Fair day"));
    }

    pub(super) fn end(&mut self, phone: usize, shift: &Shift, people: WithPeople) {
        let (id, from) = (shift.series.as_ref().unwrap(), original(shift));
        let before = self.town.see(phone);
        self.town.edit(phone, &plan(), |editor| series::end(editor, &before, id, from));
        self.follow_up(phone, &before, (id, None), from, people);
    }

    fn follow_up(
        &mut self,
        phone: usize,
        before: &Schedule,
        (id, next): (&SeriesId, Option<&SeriesId>),
        from: DateTime,
        people: WithPeople,
    ) {
        let after = self.town.see(phone);
        for follow_up in before.follow_up(&after, id, next, from, people) {
            self.town.edit(phone, &follow_up.document, |editor| follow_up.write(editor));
        }
    }

    /// Day and hour of all that takes place until the end of the week of 12 October.
    pub(super) fn shown(&self, phone: usize) -> Vec<String> {
        let shown = self.open(phone).into_iter().map(|shift| shift.when.start().at);
        shown
            .filter(|at| at.date() < october(19))
            .map(|at| format!("{:02}-{:02} {:02}", at.month(), at.day(), at.hour()))
            .collect()
    }
}

pub(super) fn original(shift: &Shift) -> DateTime {
    shift.id.in_series().unwrap().1.at
}

/// `10-03 15` for each of the days.
pub(super) fn at_hour(days: std::ops::RangeInclusive<i8>, hour: i8) -> Vec<String> {
    days.map(|day| format!("10-{day:02} {hour:02}")).collect()
}

#[test]
fn a_change_from_an_earlier_date_goes_on_through_what_was_changed_from_a_later_one() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    walks.following(0, october(5), 15);
    let off = walks.on(0, october(8));
    walks.cancel(0, &off);
    let moved = walks.on(0, october(9));
    let later = hours(october(9), 20);
    walks.town.edit(0, &moved.id.document(), |editor| edit::reschedule(editor, &moved.id, &later));
    walks.following(0, october(2), 16);
    let expected = [at_hour(1..=1, 12), at_hour(2..=7, 16), at_hour(9..=9, 20), at_hour(10..=18, 16)];
    assert_eq!(walks.shown(0), expected.concat());
    // And once more, from the day of the change before.
    walks.following(0, october(5), 17);
    let expected = [
        at_hour(1..=1, 12),
        at_hour(2..=4, 16),
        at_hour(5..=7, 17),
        at_hour(9..=9, 20),
        at_hour(10..=18, 17),
    ];
    assert_eq!(walks.shown(0), expected.concat());
}

#[test]
fn a_series_that_was_ended_stays_so_when_the_hours_of_an_earlier_date_change() {
    for hour in [9, 15] {
        let mut walks = Walks::new(1, rule("FREQ=DAILY"));
        let fifth = walks.on(0, october(5));
        walks.end(0, &fifth, WithPeople::Keep);
        walks.following(0, october(2), hour);
        assert_eq!(walks.shown(0), [at_hour(1..=1, 12), at_hour(2..=4, hour)].concat());
        // Until somebody chooses another end.
        let second = walks.on(0, october(2));
        let pattern =
            Pattern { when: hours(october(2), hour), rule: rule("FREQ=DAILY;UNTIL=20261007T235900") };
        walks.change_to(0, &second, original(&second), &pattern, WithPeople::Keep);
        assert_eq!(walks.shown(0), [at_hour(1..=1, 12), at_hour(2..=7, hour)].concat());
    }
}

#[test]
fn a_series_without_dates_left_is_not_changed_unless_it_gets_another_end() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    let ninth = walks.on(0, october(9));
    walks.town.sign_up(0, &ninth.id, &person(2));
    let fifth = walks.on(0, october(5));
    walks.end(0, &fifth, WithPeople::Keep);
    walks.following(0, october(2), 15);
    let expected = [at_hour(1..=1, 12), at_hour(2..=4, 15), at_hour(9..=9, 12)].concat();
    assert_eq!(walks.shown(0), expected);
    let before = walks.town.see(0);
    let refused = walks.town.edit(0, &plan(), |editor| {
        let pattern = Pattern { when: hours(october(9), 16), rule: rule("FREQ=DAILY") };
        let id = ninth.series.as_ref().unwrap();
        let split = series::split(editor, &before, id, original(&ninth), &ninth.details, &pattern);
        Ok(matches!(split, Err(ScheduleError::SeriesIsOver)))
    });
    assert!(refused, "and it is said why");
    walks.end(0, &ninth, WithPeople::Keep);
    assert_eq!(walks.shown(0), expected);
    let pattern = Pattern { when: hours(october(9), 16), rule: rule("FREQ=DAILY;UNTIL=20261011T235900") };
    walks.change_to(0, &ninth, original(&ninth), &pattern, WithPeople::Keep);
    assert_eq!(walks.shown(0), [expected, at_hour(10..=11, 16)].concat());
}

#[test]
fn ending_a_series_ends_what_continues_it_too() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    walks.following(0, october(5), 15);
    let third = walks.on(0, october(3));
    walks.end(0, &third, WithPeople::Keep);
    assert_eq!(walks.shown(0), at_hour(1..=2, 12));
}

#[test]
fn a_change_of_all_dates_makes_none_before_the_first() {
    for text in ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TH", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"] {
        let mut walks = Walks::new(1, rule(text));
        let before: Vec<Date> = walks.open(0).iter().map(|shift| shift.when.day()).collect();
        let first = walks.on(0, october(1));
        let early = date(2026, 9, 17);
        walks.change(0, &first, early.at(0, 0, 0, 0), hours(early, 15), WithPeople::Keep);
        let after: Vec<Date> = walks.open(0).iter().map(|shift| shift.when.day()).collect();
        assert_eq!(after, before, "{text}");
        assert_eq!(walks.shown(0)[0], "10-01 15");
    }
}

#[test]
fn a_first_date_that_is_moved_to_an_earlier_day_is_there_once() {
    // From Thursdays to Wednesdays, with the one of the 15th.
    let mut walks = Walks::new(1, rule("FREQ=WEEKLY;BYDAY=TH"));
    let shift = walks.on(0, october(15));
    let wednesdays = Pattern { when: noon(october(14)), rule: Rule::weekly(1, &[Weekday::Wednesday]) };
    walks.change_to(0, &shift, original(&shift), &wednesdays, WithPeople::Keep);
    assert_eq!(walks.shown(0), ["10-01 12", "10-08 12", "10-14 12"]);
    // Of every day's, to a day that has one already.
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    let shift = walks.on(0, october(15));
    walks.change(0, &shift, original(&shift), hours(october(13), 15), WithPeople::Keep);
    assert_eq!(walks.shown(0), [at_hour(1..=14, 12), at_hour(15..=18, 15)].concat());
}

#[test]
fn two_who_change_a_series_without_a_network_get_no_day_twice() {
    for (first, second) in [(5, 2), (2, 5), (4, 4)] {
        let mut walks = Walks::new(2, rule("FREQ=DAILY"));
        walks.following(0, october(first), 15);
        walks.following(1, october(second), 17);
        walks.town.sync_all();
        let (early, late) =
            if first <= second { ((first, 15), (second, 17)) } else { ((second, 17), (first, 15)) };
        let expected = [
            at_hour(1..=early.0 - 1, 12),
            at_hour(early.0..=late.0 - 1, early.1),
            at_hour(late.0..=18, late.1),
        ];
        assert_eq!(walks.shown(0), expected.concat());
        assert_eq!(walks.shown(1), expected.concat());
    }
}

#[test]
fn what_is_ended_or_cancelled_while_another_changes_the_hours_stays_so() {
    let mut walks = Walks::new(3, rule("FREQ=DAILY"));
    walks.following(0, october(5), 15);
    let ninth = walks.on(1, october(9));
    walks.end(1, &ninth, WithPeople::Keep);
    let seventh = walks.on(2, october(7));
    walks.cancel(2, &seventh);
    walks.town.sync_all();
    let expected = [at_hour(1..=4, 12), at_hour(5..=6, 15), at_hour(8..=8, 15)].concat();
    assert_eq!(walks.shown(0), expected);
    // Calendars hear of it too.
    let events = crate::ics::events(&walks.town.see(0), october(1), october(19), &crate::ics::Wanted::All);
    let off = events.iter().filter(|event| event.is_cancelled).map(|event| event.when.clone());
    assert_eq!(off.collect::<Vec<_>>(), [hours(october(7), 15)]);
    // It can be taken back at the date that is there.
    let schedule = walks.town.see(2);
    let off =
        schedule.shifts(october(7), october(8)).into_iter().find(|s| s.when.start().at.hour() == 15).unwrap();
    assert_eq!(off.cancelled.as_deref(), Some("Fair day"));
    walks.town.edit(2, &off.id.document(), |editor| edit::restore(editor, &off.id));
    walks.town.sync_all();
    assert!(walks.shown(1).contains(&"10-07 15".to_owned()));
}

#[test]
fn texts_go_through_all_that_continues_a_series_and_come_along_when_the_hours_change() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    let text = |walks: &mut Walks, since: i8, edit: fn(&mut Details)| {
        let schedule = walks.town.see(0);
        let shift = walks.on(0, october(since));
        let mut after = shift.details.clone();
        edit(&mut after);
        walks.town.edit(0, &plan(), |editor| {
            series::change(
                editor,
                &schedule,
                shift.series.as_ref().unwrap(),
                october(since),
                &shift.details,
                &after,
            )
        });
    };
    let place = |walks: &Walks, day: i8| walks.on(0, october(day)).details.place;
    text(&mut walks, 8, |details| details.place = "Hall".into());
    walks.following(0, october(3), 15);
    assert_eq!((place(&walks, 7), place(&walks, 8)), (String::new(), "Hall".into()));
    walks.following(0, october(10), 16);
    text(&mut walks, 2, |details| details.note = "leads".into());
    assert_eq!(walks.on(0, october(11)).details.note, "leads");
    // "And all after it": over what was said from a later day on too.
    text(&mut walks, 5, |details| details.place = "Park".into());
    let places: Vec<_> = [4, 5, 9, 11].map(|day| place(&walks, day)).into();
    assert_eq!(places, ["", "Park", "Park", "Park"]);
}

#[test]
fn a_last_day_and_a_number_of_dates_are_kept_through_changes() {
    // The last day stays the last, though it ends at the hour of its date.
    let mut walks = Walks::new(1, rule("FREQ=DAILY;UNTIL=20261006T120000"));
    walks.following(0, october(3), 15);
    assert_eq!(walks.shown(0), [at_hour(1..=2, 12), at_hour(3..=6, 15)].concat());
    let mut walks = Walks::new(1, rule("FREQ=DAILY;COUNT=8"));
    walks.following(0, october(5), 15);
    walks.following(0, october(2), 16);
    assert_eq!(walks.shown(0), [at_hour(1..=1, 12), at_hour(2..=8, 16)].concat());
    // Somebody chose an end for the later part: it holds when all is changed.
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    let fifth = walks.on(0, october(5));
    let pattern = Pattern { when: hours(october(5), 15), rule: rule("FREQ=DAILY;UNTIL=20261007T235900") };
    walks.change_to(0, &fifth, original(&fifth), &pattern, WithPeople::Keep);
    walks.following(0, october(2), 16);
    assert_eq!(walks.shown(0), [at_hour(1..=1, 12), at_hour(2..=7, 16)].concat());
}

#[test]
fn people_of_later_parts_are_asked_about_and_learn_what_it_was() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    walks.following(0, october(5), 15);
    let sixth = walks.on(0, october(6));
    walks.town.sign_up(0, &sixth.id, &person(2));
    walks.town.edit(0, &sixth.id.document(), |editor| {
        edit::ask(editor, &sixth.id, &person(3), &sixth.coming(0, None))
    });
    walks.town.sync_all();
    let second = walks.on(0, october(2));
    let from = original(&second);
    let shown = walks.town.see(0).dates_with_people(second.series.as_ref().unwrap(), from);
    assert_eq!(shown.iter().map(|shift| &shift.id).collect::<Vec<_>>(), [&sixth.id]);
    walks.change(0, &second, from, hours(october(2), 17), WithPeople::MoveAndAsk);
    walks.town.sync_all();
    let new = walks.on(0, october(6));
    assert_eq!(new.when, hours(october(6), 17));
    let state = |number| new.sign_up(&person(number)).unwrap().state.clone();
    let (was, was_place) = (hours(october(6), 15), String::new());
    let moved = State::Asked { was: was.clone(), was_place: was_place.clone(), held: false, why: Why::Moved };
    assert_eq!(state(2), moved);
    // Who was only invited has not said yet that they come.
    assert_eq!(state(3), State::Asked { was, was_place, held: false, why: Why::Invited });
    assert_eq!(counts(&new), (0, 2, 2, 0));
}

#[test]
fn a_date_that_was_kept_makes_room_for_the_new_one_when_it_is_moved_at_last() {
    let mut walks = Walks::new(1, rule("FREQ=DAILY"));
    let sixth = walks.on(0, october(6));
    walks.town.sign_up(0, &sixth.id, &person(2));
    walks.following(0, october(3), 15);
    assert_eq!(walks.on(0, october(6)).id, sixth.id);
    let third = walks.on(0, october(3));
    walks.change(0, &third, original(&third), hours(october(3), 16), WithPeople::MoveAndAsk);
    let new = walks.on(0, october(6));
    assert_eq!((new.when.clone(), word(&new, &person(2))), (hours(october(6), 16), "asked".to_owned()));
}

/// What somebody does with a date that is there.
#[derive(Clone, Debug)]
enum Deed {
    /// This and all after it, or all from some weeks before it on.
    Change {
        hour: i8,
        weeks_back: i8,
        people: WithPeople,
    },
    Cancel,
    /// To an hour at which no series is.
    Move(i8),
    End(WithPeople),
    Come(u8),
    Sync,
}

fn deed() -> impl Strategy<Value = Deed> {
    let people =
        || prop::sample::select(vec![WithPeople::Keep, WithPeople::MoveAndAsk, WithPeople::CancelAndTell]);
    prop_oneof![
        6 => (8..18_i8, prop_oneof![3 => Just(0), 1 => Just(2), 1 => Just(8)], people())
            .prop_map(|(hour, weeks_back, people)| Deed::Change { hour, weeks_back, people }),
        2 => Just(Deed::Cancel),
        2 => (19..23_i8).prop_map(Deed::Move),
        1 => people().prop_map(Deed::End),
        2 => (1..4_u8).prop_map(Deed::Come),
        2 => Just(Deed::Sync),
    ]
}

fn rules() -> impl Strategy<Value = Rule> {
    let texts =
        ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TH", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "FREQ=WEEKLY;BYDAY=TH,SU"];
    let last = prop_oneof![
        3 => Just(Last::Never),
        1 => (2..20_u32).prop_map(Last::Count),
        1 => (12..31_i8).prop_map(|day| Last::Until(october(day).at(12, 0, 0, 0))),
    ];
    (prop::sample::select(texts.to_vec()), last).prop_map(|(text, last)| rule(text).ending(last))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_day_has_the_date_that_it_should_and_no_other(
        phones in 1..=3_u8,
        rule in rules(),
        has_people in any::<bool>(),
        deeds in prop::collection::vec((any::<Index>(), any::<Index>(), deed()), 1..10),
    ) {
        let start = noon(october(1)).start().at;
        let mut wanted: BTreeSet<Date> =
            rule.dates(start, start, date(2026, 12, 1).at(0, 0, 0, 0)).iter().map(|at| at.date()).collect();
        let mut moved = BTreeMap::<Date, BTreeSet<i8>>::new();
        let mut walks = Walks::new(phones, rule);
        for (who, which, deed) in deeds {
            let who = who.index(phones.into());
            let open = walks.open(who);
            if matches!(deed, Deed::Sync) || open.is_empty() {
                walks.town.sync(who);
                continue;
            }
            let shift = which.get(&open).clone();
            let day = shift.when.day();
            match deed {
                Deed::Change { hour, weeks_back: 0, people } => {
                    walks.change(who, &shift, original(&shift), hours(day, hour), people);
                }
                Deed::Change { hour, weeks_back, people } => {
                    let from = day - jiff::Span::new().weeks(weeks_back);
                    walks.change(who, &shift, from.at(0, 0, 0, 0), hours(from, hour), people);
                }
                Deed::Cancel => {
                    walks.cancel(who, &shift);
                    wanted.remove(&day);
                }
                Deed::Move(hour) => {
                    let when = hours(day, hour);
                    walks.town.edit(who, &shift.id.document(), |editor| {
                        edit::reschedule(editor, &shift.id, &when)
                    });
                    let hours = moved.entry(day).or_default();
                    if phones == 1 {
                        hours.clear();
                    }
                    hours.insert(hour);
                }
                Deed::End(people) => {
                    walks.end(who, &shift, people);
                    wanted.retain(|other| *other < day);
                }
                Deed::Come(number) if has_people => walks.town.sign_up(who, &shift.id, &person(number)),
                Deed::Come(_) | Deed::Sync => {}
            }
            if phones == 1 {
                is_as_wanted(&walks.open(0), &wanted)?;
            }
        }
        walks.town.sync_all();
        let all = walks.town.see(0).shifts(day("2026-08-01"), day("2026-12-01"));
        for phone in 1..phones.into() {
            prop_assert_eq!(&walks.town.see(phone).shifts(day("2026-08-01"), day("2026-12-01")), &all);
        }
        is_as_wanted(&walks.open(0), &wanted)?;
        // People may have been asked to come at other hours after a date was moved.
        for shift in walks.open(0).iter().filter(|_| !has_people) {
            let at = shift.when.start().at;
            let is_as_moved = moved.get(&at.date()).is_none_or(|hours| hours.contains(&at.hour()));
            prop_assert!(is_as_moved, "{} was moved to {:?}", shift.when, moved.get(&at.date()));
        }
    }
}

/// No day has two dates, none has one that should not, and each that should have one has it.
fn is_as_wanted(open: &[Shift], wanted: &BTreeSet<Date>) -> Result<(), TestCaseError> {
    let mut days = BTreeSet::new();
    for shift in open {
        prop_assert!(days.insert(shift.when.day()), "{} twice: {:#?}", shift.when, open);
        // People keep a date that its series no longer has.
        let is_kept = shift.involved().next().is_some();
        prop_assert!(is_kept || wanted.contains(&shift.when.day()), "{} should not be there", shift.when);
    }
    let missing: Vec<&Date> = wanted.difference(&days).collect();
    prop_assert!(missing.is_empty(), "{missing:?} should have a date");
    Ok(())
}
