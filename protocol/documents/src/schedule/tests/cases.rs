//! What went wrong with shifts elsewhere.

use super::*;
use crate::schedule::gaps::{Abilities, Ability, Lack};
use crate::schedule::handover::Words;
use crate::schedule::rule::Rule;
use crate::schedule::series::{self, CopiedPeople, Pattern};
use crate::schedule::{edit, handover};

const HOUR: u64 = 60 * 60 * 1000;

/// Three of four people have places in it: phones 0 to 3 are theirs.
fn last_place(needs: u32) -> (Town, ShiftId) {
    let mut town = Town::new("America/Chicago", 4);
    let id = town.add(0, "Dispatch", needs, "2026-10-15T20:00/2026-10-16T00:00[America/Chicago]");
    for present in 1..needs {
        town.sign_up(0, &id, &person(u8::try_from(present).unwrap() + 10));
    }
    town.sync_all();
    (town, id)
}

#[test]
fn the_first_to_reach_the_log_has_the_last_place_whatever_the_clocks_say() {
    for (needs, first, second) in [(3, 2, 3), (3, 3, 2), (1, 2, 3)] {
        let (mut town, id) = last_place(needs);
        let (winner, loser) = (person(first), person(second));
        town.sign_up(usize::from(second), &id, &loser);
        town.sign_up(usize::from(first), &id, &winner);
        assert_eq!(word(&town.shift(usize::from(first), &id), &winner), "waiting");
        assert_eq!(town.shift(usize::from(first), &id).counts.filled, needs - 1);
        town.sync(usize::from(first));
        town.sync(usize::from(second));
        town.sync_all();
        for phone in 0..4 {
            let shift = town.shift(phone, &id);
            assert_eq!(word(&shift, &winner), "confirmed");
            assert_eq!(word(&shift, &loser), "standby 1");
            assert_eq!(counts(&shift), (needs, needs, 0, 1));
            assert!(matches!(&shift.sign_up(&loser).unwrap().state,
                State::Standby { after: Some(other), .. } if *other == winner));
        }
    }
}

#[test]
fn promotion_is_asked_and_nobody_jumps_the_queue() {
    let (mut town, id) = last_place(1);
    for phone in [2, 3] {
        town.sign_up(phone, &id, &person(u8::try_from(phone).unwrap()));
        town.sync_all();
    }
    town.leave(2, &id, &person(2));
    town.sync_all();
    let shift = town.shift(1, &id);
    assert_eq!((word(&shift, &person(3)), counts(&shift)), ("offered 1".into(), (0, 1, 0, 1)));
    // A newcomer comes after the one who was asked, until that one lets it go.
    town.sign_up(1, &id, &person(1));
    town.sync_all();
    assert_eq!(word(&town.shift(0, &id), &person(1)), "standby 2");
    town.edit(3, &id.document(), |editor| edit::pass(editor, &id, &person(3)));
    town.sync_all();
    assert_eq!(word(&town.shift(0, &id), &person(3)), "standby 1");
    assert_eq!(word(&town.shift(0, &id), &person(1)), "offered 2");
    let coming = town.shift(1, &id).coming(0, None);
    town.edit(1, &id.document(), |editor| edit::take_offer(editor, &id, &person(1), &coming));
    town.sync_all();
    let shift = town.shift(3, &id);
    assert_eq!((word(&shift, &person(1)), counts(&shift)), ("confirmed".into(), (1, 1, 0, 1)));
    // More places confirm those who wait for one.
    let (before, after) = (shift.details.clone(), Details { needs: 2, ..shift.details });
    town.edit(0, &id.document(), |editor| edit::change(editor, &id, &before, &after));
    town.sync_all();
    assert_eq!(counts(&town.shift(2, &id)), (2, 2, 0, 0));
}

#[test]
fn a_sign_up_that_comes_after_the_shift_is_no_no_show() {
    let (mut town, id) = last_place(1);
    town.sign_up(2, &id, &person(2));
    let end = town.shift(0, &id).span.end;
    town.sync_at(2, end.millis() + HOUR);
    town.sync_all();
    assert_eq!(word(&town.shift(0, &id), &person(2)), "late");
    assert_eq!(town.shift(0, &id).counts.filled, 0);
}

#[test]
fn companions_take_places_too() {
    let (mut town, id) = last_place(3);
    let coming = town.shift(2, &id).coming(2, None);
    town.edit(2, &id.document(), |editor| edit::sign_up(editor, &id, &person(2), &coming));
    town.sync_all();
    assert_eq!(word(&town.shift(2, &id), &person(2)), "standby 1");
    town.sign_up(3, &id, &person(3));
    town.sync_all();
    let shift = town.shift(2, &id);
    assert_eq!((word(&shift, &person(3)), counts(&shift)), ("confirmed".into(), (3, 3, 0, 1)));
}

#[test]
fn a_shift_moved_while_somebody_signed_up_asks_them() {
    let mut town = Town::new("America/Chicago", 3);
    let (ana, ben) = (person(1), person(2));
    let id = town.add(0, "Pantry run", 4, "2026-10-20T18:00/2026-10-20T20:00[America/Chicago]");
    town.sync_all();
    town.sign_up(1, &id, &ana);
    town.sync_all();
    town.sign_up(2, &id, &ben);
    let moved: When = "2026-10-20T20:00/2026-10-20T22:00[America/Chicago]".parse().unwrap();
    town.edit(0, &id.document(), |editor| edit::reschedule(editor, &id, &moved));
    town.sync(0);
    town.sync_all();
    let shift = town.shift(0, &id);
    assert_eq!((word(&shift, &ana), word(&shift, &ben)), ("asked, held".into(), "asked".into()));
    assert_eq!(counts(&shift), (1, 4, 1, 0));
    assert!(matches!(&shift.sign_up(&ben).unwrap().state,
        State::Asked { was, .. } if was.to_string().starts_with("2026-10-20T18:00")));
    for (phone, who) in [(1, &ana), (2, &ben)] {
        town.sign_up(phone, &id, who);
    }
    town.sync_all();
    // Three minutes ask nobody.
    let little: When = "2026-10-20T20:03/2026-10-20T22:03[America/Chicago]".parse().unwrap();
    town.edit(0, &id.document(), |editor| edit::reschedule(editor, &id, &little));
    town.sync_all();
    let shift = town.shift(2, &id);
    assert_eq!((word(&shift, &ana), word(&shift, &ben)), ("confirmed".into(), "confirmed".into()));
    assert_eq!(shift.sequence, 2);
    town.edit(0, &id.document(), |editor| edit::cancel(editor, &id, "flood"));
    town.sync_all();
    let shown = town.see(1).shifts(day("2026-10-20"), day("2026-10-21"));
    assert_eq!(shown[0].cancelled.as_deref(), Some("flood"));
    assert_eq!(shown[0].involved().count(), 2);
}

#[test]
fn a_removed_shift_is_still_shown_to_whoever_signed_up() {
    let mut town = Town::new("America/Chicago", 2);
    let id = town.add(0, "Pantry run", 4, "2026-10-20T18:00/2026-10-20T20:00[America/Chicago]");
    town.sync_all();
    town.sign_up(1, &id, &person(1));
    town.edit(0, &id.document(), |editor| edit::remove(editor, &id));
    assert!(town.see(0).shifts(day("2026-10-20"), day("2026-10-21")).is_empty());
    town.sync_all();
    let shown = town.see(0).shifts(day("2026-10-20"), day("2026-10-21"));
    assert!(shown[0].removed && !shown[0].is_on());
    assert_eq!(word(&shown[0], &person(1)), "confirmed");
}

#[test]
fn a_day_is_copied_to_the_same_clock_times_and_people_are_asked() {
    let mut town = Town::new("Europe/Berlin", 1);
    let gate = town.add(0, "Gate", 2, "2026-10-17T10:00/2026-10-17T14:00[Europe/Berlin]");
    town.add(0, "Early", 2, "2026-10-17T00:00/2026-10-17T04:00[Europe/Berlin]");
    town.add(0, "Late", 2, "2026-10-17T22:00/2026-10-18T02:00[Europe/Berlin]");
    town.sign_up(0, &gate, &person(1));
    town.sync_all();
    let copies = town.see(0).copies(day("2026-10-17"), day("2026-10-31"));
    let month = Month::of(day("2026-10-31"));
    town.edit(0, &month.document(), |editor| {
        series::write_copies(editor, month, &copies, CopiedPeople::SameAsked)
    });
    town.sync_all();
    let shifts = town.see(0).shifts(day("2026-10-31"), day("2026-11-01"));
    let shown: Vec<_> =
        shifts.iter().map(|s| (s.details.title.as_str(), s.when.to_string(), s.span.start)).collect();
    let utc = |text: &str| {
        Timestamp::from_millis(
            u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap(),
        )
    };
    assert_eq!(
        shown,
        [
            ("Early", "2026-10-31T00:00/2026-10-31T04:00[Europe/Berlin]".into(), utc("2026-10-30T23:00Z")),
            ("Gate", "2026-10-31T10:00/2026-10-31T14:00[Europe/Berlin]".into(), utc("2026-10-31T09:00Z")),
            ("Late", "2026-10-31T22:00/2026-11-01T02:00[Europe/Berlin]".into(), utc("2026-10-31T21:00Z")),
        ]
    );
    assert_eq!(word(&shifts[1], &person(1)), "asked");
    assert_eq!(counts(&shifts[1]), (0, 2, 1, 0));
}

#[test]
fn an_unfilled_night_an_early_end_and_a_hand_over() {
    let mut town = Town::new("America/Denver", 3);
    let (ana, ben) = (person(1), person(2));
    let when = When::hours(at("2026-10-04T20:00"), at("2026-10-05T08:00"), "America/Denver");
    let pattern = Pattern { when, rule: Rule::weekly(2, &[jiff::civil::Weekday::Sunday]) };
    let details = Details { title: "Hotline".into(), needs: 1, ..Details::default() };
    let hotline = town.edit(0, &plan(), |editor| series::add(editor, &details, &pattern, None));
    town.sync_all();
    let shifts = town.see(0).shifts(day("2026-10-01"), day("2026-11-20"));
    let hours: Vec<_> = shifts.iter().map(|s| (s.when.start().to_string(), s.span.length() / HOUR)).collect();
    assert_eq!(
        hours,
        [
            ("2026-10-04T20:00".into(), 12),
            ("2026-10-18T20:00".into(), 12),
            ("2026-11-01T20:00".into(), 12),
            ("2026-11-15T20:00".into(), 12),
        ]
    );
    let date = |text: &str| ShiftId::of_series(&hotline, text.parse().unwrap());
    let (first, third, last) = (date("2026-10-04T20:00"), date("2026-11-01T20:00"), date("2026-11-15T20:00"));
    town.sign_up(1, &first, &ana);
    town.sign_up(2, &third, &ben);
    let part = "2026-11-15T20:00/2026-11-16T06:00[America/Denver]".parse().unwrap();
    let coming = town.shift(1, &last).coming(0, Some(part));
    town.edit(1, &last.document(), |editor| edit::sign_up(editor, &last, &ana, &coming));
    let second = date("2026-10-18T20:00");
    town.edit(2, &second.document(), |editor| edit::offer_to_stay(editor, &second, &ben, edit::Offer::Made));
    town.sync_all();
    let gaps =
        town.see(0).gaps(day("2026-10-01"), day("2026-11-20"), &Abilities::new(), Timestamp::default());
    let shown: Vec<_> = gaps.iter().map(|gap| (gap.lack.clone(), (gap.end - gap.start) / HOUR)).collect();
    assert_eq!(shown, [(Lack::Nobody, 12), (Lack::Nobody, 2)]);
    assert_eq!(gaps[0].shift, second);
    let schedule = town.see(0);
    assert_eq!(schedule.shift(&second).unwrap().stays, std::slice::from_ref(&ben));
    let due = Schedule::due(
        &gaps[..1],
        &[72, 24, 2],
        Timestamp::from_millis(gaps[0].start - 80 * HOUR),
        Timestamp::from_millis(gaps[0].start - 72 * HOUR),
    );
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].0, 72);

    town.edit(1, &first.document(), |editor| {
        let words = Words { note: Some("Two calls about heating."), call: Some("Chidi") };
        handover::write(editor, &first, &words)?;
        handover::add_task(editor, &first, "Call the plumber")
    });
    town.sync_all();
    let schedule = town.see(2);
    let shifts = schedule.shifts(day("2026-10-01"), day("2026-11-20"));
    let next = shifts.iter().find(|shift| shift.id == third).unwrap();
    let hand_over = schedule.hand_over_to(next, &shifts).unwrap();
    assert_eq!((hand_over.note.as_str(), hand_over.tasks.len()), ("Two calls about heating.", 1));
    let half_past = next.span.start.plus_millis(handover::PATIENCE);
    assert_eq!(schedule.unanswered(&shifts, half_past).len(), 1);
    town.edit(2, &first.document(), |editor| {
        handover::tick(editor, &first, &hand_over.tasks[0].id, handover::Tick::Done)?;
        handover::acknowledge(editor, &first, &ben, &hand_over.words)
    });
    town.sync_all();
    let schedule = town.see(1);
    let hand_over = schedule.hand_over(&first).unwrap();
    assert!(hand_over.tasks[0].is_done && hand_over.acknowledged[0].person == ben);
    assert!(schedule.unanswered(&shifts, half_past).is_empty());
}

#[test]
fn languages_lines_clashes_and_stand_ins() {
    let mut town = Town::new("America/Chicago", 1);
    let details = |title: &str| Details {
        title: title.into(),
        needs: 1,
        role: "dispatch".into(),
        line: "watch".into(),
        languages: vec!["vi".into()],
        ..Details::default()
    };
    let mut add = |title: &str, when: &str| {
        let when: When = when.parse().unwrap();
        let month = Month::of(when.day());
        town.edit(0, &month.document(), |editor| edit::add(editor, month, &details(title), &when, None))
    };
    let night = add("Night", "2026-10-31T20:00/2026-11-01T02:00[America/Chicago]");
    let early = add("Early", "2026-11-01T01:00/2026-11-01T06:00[America/Chicago]");
    let back_to_back = add("Morning", "2026-11-01T06:00/2026-11-01T09:00[America/Chicago]");
    let late = add("Day", "2026-11-01T11:00/2026-11-01T14:00[America/Chicago]");
    for id in [&night, &early, &back_to_back, &late] {
        town.sign_up(0, id, &person(1));
    }
    town.sync_all();
    let schedule = town.see(0);
    let shifts = schedule.shifts(day("2026-10-31"), day("2026-11-03"));
    let clashes = |id: &ShiftId| {
        let shift = schedule.shift(id).unwrap();
        Schedule::clashes(&shifts, &person(1), &shift).iter().map(|s| s.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(clashes(&early), std::slice::from_ref(&night));
    assert!(clashes(&back_to_back).is_empty());
    let speaker = |languages: &[&str], skills: &[&str]| Ability {
        languages: languages.iter().map(|l| (*l).to_owned()).collect(),
        skills: skills.iter().map(|s| (*s).to_owned()).collect(),
        ..Ability::default()
    };
    let abilities = Abilities::from([
        (person(1), speaker(&["en"], &["Dispatch"])),
        (person(2), speaker(&["vi-VN"], &[])),
        (person(3), speaker(&["vi"], &["dispatch"])),
        (person(4), speaker(&["es"], &[])),
    ]);
    let gaps = schedule.gaps(day("2026-10-31"), day("2026-11-03"), &abilities, Timestamp::default());
    let of = |lack: &Lack| gaps.iter().filter(|gap| gap.lack == *lack).count();
    assert_eq!(of(&Lack::Language { language: "vi".into() }), 4);
    let uncovered: Vec<_> = gaps.iter().filter(|gap| gap.lack == Lack::Uncovered).collect();
    assert_eq!(uncovered.len(), 1);
    assert_eq!(uncovered[0].end - uncovered[0].start, 2 * HOUR);
    // "I cannot come": standby first, then role and language.
    town.sign_up(0, &late, &person(4));
    town.leave(0, &late, &person(1));
    town.sync_all();
    let schedule = town.see(0);
    let shift = schedule.shift(&late).unwrap();
    let stand_ins = schedule.stand_ins(&shift, &shifts, &abilities);
    let order: Vec<_> = stand_ins.iter().map(|s| s.person.clone()).collect();
    assert_eq!(order, [person(4), person(3), person(2)]);
    assert_eq!(stand_ins[0].standby, Some(1));
}

#[test]
fn jobs_without_a_fixed_hour_clash_with_nothing_and_are_shown_on_each_of_their_days() {
    let mut town = Town::new("America/Chicago", 1);
    let job = town.add(0, "Print flyers", 1, "2026-10-30/2026-11-02");
    let fixed = town.add(0, "Gate", 1, "2026-10-31T10:00/2026-10-31T12:00[America/Chicago]");
    for id in [&job, &fixed] {
        town.sign_up(0, id, &person(1));
    }
    town.sync_all();
    let schedule = town.see(0);
    for text in ["2026-10-30", "2026-10-31", "2026-11-01"] {
        let shifts = schedule.shifts(day(text), day(text).tomorrow().unwrap());
        assert!(shifts.iter().any(|shift| shift.id == job), "{text}");
        let shift = schedule.shift(&job).unwrap();
        assert!(Schedule::clashes(&shifts, &person(1), &shift).is_empty());
    }
    assert!(schedule.shifts(day("2026-11-02"), day("2026-11-03")).is_empty());
}
