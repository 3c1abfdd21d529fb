//! Whatever people do with shifts, and in whatever order it reaches whom: all see the same, nothing that anybody added
//! is lost, and no shift ever holds more people than it has places for.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::story::{Story, deeds};
use super::*;
use crate::schedule::gaps::Abilities;

/// No more places are taken than there are, and nobody has one who waits to be sent.
fn is_sound(shift: &Shift) -> Result<(), TestCaseError> {
    let counts = shift.counts;
    prop_assert!(counts.needs == 0 || counts.filled <= counts.needs, "{:?}", shift);
    let holds = |state: &State| matches!(state, State::Confirmed | State::Asked { held: true, .. });
    let holders = shift.people.iter().filter(|sign_up| holds(&sign_up.state));
    let places: u32 = holders.clone().map(|sign_up| sign_up.companions + 1).sum();
    prop_assert_eq!(places, counts.filled, "{:?}", shift);
    for holder in holders {
        prop_assert!(holder.since.is_some(), "{:?}", shift);
    }
    let people: BTreeSet<&Person> = shift.people.iter().map(|sign_up| &sign_up.person).collect();
    prop_assert_eq!(people.len(), shift.people.len());
    let standby = shift.people.iter().filter_map(|sign_up| match sign_up.state {
        State::Standby { number, .. } => Some(number),
        _ => None,
    });
    prop_assert!(standby.eq(1..=counts.standby), "{:?}", shift);
    Ok(())
}

/// Everything that can be seen of a schedule.
fn whole(schedule: &Schedule) -> impl PartialEq + std::fmt::Debug + use<> {
    let (from, to) = (day("2026-08-01"), day("2027-01-15"));
    let shifts = schedule.shifts(from, to);
    let hand_overs: Vec<_> = shifts.iter().filter_map(|shift| schedule.hand_over(&shift.id)).collect();
    let gaps = schedule.gaps(from, to, &Abilities::new(), Timestamp::default());
    (schedule.all_series(day("2026-10-15")), shifts, hand_overs, gaps, schedule.places())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn everybody_ends_with_the_same_shifts(people in 2..=5_usize, deeds in deeds(70)) {
        let mut story = Story::new(people);
        for deed in &deeds {
            story.tell(std::slice::from_ref(deed));
            let who = deed.0.index(people);
            story.known(who).iter().try_for_each(is_sound)?;
        }
        story.settle();
        let all = whole(&story.town.see(0));
        for phone in 1..people {
            prop_assert_eq!(&whole(&story.town.see(phone)), &all);
        }
        // Somebody who comes late and gets all of it at once, and somebody who starts their phone again.
        let mut late = Town::new(story.town.home, 1);
        late.log.clone_from(&story.town.log);
        late.sync(0);
        for document in late.phones[0].documents.values_mut() {
            *document = Document::load(Kind::Schedule, &document.save()).unwrap();
        }
        prop_assert_eq!(&whole(&late.see(0)), &all);
        nothing_is_lost(&story)?;
    }

    #[test]
    fn acts_count_in_the_order_of_the_log_whoever_reads_them(deeds in deeds(60)) {
        let mut story = Story::new(3);
        story.tell(&deeds);
        story.settle();
        // A phone that got everything by hand first, in an order of its own, and the log only then.
        let mut other = Town::new(story.town.home, 1);
        let mut pending: Vec<_> = story.town.log.iter().rev().collect();
        while !pending.is_empty() {
            pending.retain(|(name, change, _)| {
                let documents = &mut other.phones[0].documents;
                let document = documents.entry(name.clone()).or_insert_with(|| Document::new(Kind::Schedule));
                document.apply(Incoming::parse(change.as_bytes()).unwrap()).is_err()
            });
        }
        for shift in other.see(0).shifts(day("2026-08-01"), day("2027-01-15")) {
            prop_assert!(shift.confirmed().next().is_none(), "nothing stands in the log yet: {:?}", shift);
        }
        other.log.clone_from(&story.town.log);
        other.sync(0);
        prop_assert_eq!(&whole(&other.see(0)), &whole(&story.town.see(0)));
    }
}

fn nothing_is_lost(story: &Story) -> Result<(), TestCaseError> {
    let schedule = story.town.see(0);
    for id in &story.shifts {
        prop_assert!(schedule.shift(id).is_some(), "{}", id);
    }
    for id in &story.series {
        prop_assert!(schedule.series_of(id, day("2026-10-15")).is_some(), "{}", id);
    }
    for (id, person) in &story.acts {
        let shift = schedule.shift(id).unwrap();
        prop_assert!(shift.sign_up(person).is_some(), "{} {}", id, person);
        let written = story.acts.iter().filter(|(other, who)| other == id && who == person).count();
        let acts = schedule.months[&id.month].acts[&id.key].iter();
        prop_assert!(acts.filter(|act| act.person == *person).count() >= written, "{} {}", id, person);
    }
    for (id, skill) in &story.skills {
        prop_assert!(schedule.shift(id).unwrap().details.skills.contains(skill), "{} {}", id, skill);
    }
    for (id, task) in &story.tasks {
        let hand_over = schedule.hand_over(id).unwrap();
        prop_assert!(hand_over.tasks.iter().any(|other| other.id == *task), "{} {}", id, task);
    }
    for (id, person) in &story.checks {
        prop_assert!(schedule.shift(id).unwrap().checks.contains_key(person), "{} {}", id, person);
    }
    let seen = schedule.shifts(day("2026-08-01"), day("2027-04-01"));
    // Those whose date is another series' by now are seen in what stands for it.
    let is_seen = |(id, _): &(ShiftId, Person)| {
        let shift = schedule.shift(id).unwrap();
        let kin = |other: &&Shift| {
            let all = shift.series.as_ref().map(|series| schedule.succession(series)).unwrap_or_default();
            other.id == *id || other.series.as_ref().is_some_and(|series| all.contains(series))
        };
        let kin: Vec<&Shift> = seen.iter().filter(kin).collect();
        shift.involved().all(|one| kin.iter().any(|other| other.sign_up(&one.person).is_some()))
    };
    prop_assert!(story.acts.iter().all(is_seen), "a shift with people is not shown");
    Ok(())
}
