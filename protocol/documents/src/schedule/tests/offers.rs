//! A place that became free is kept for nobody without end.

use porchlight_wire::roster::Absence;

use super::*;
use crate::schedule::roll::Roll;

const HOUR: u64 = 60 * 60 * 1000;
/// 2026-10-15, 20:00 in UTC.
const BEGIN: u64 = 1_792_094_400_000;

fn time(hours_before: u64) -> Timestamp {
    Timestamp::from_millis(BEGIN - hours_before * HOUR)
}

/// One place at a shift of two hours, and what people said of it so many hours before it begins.
fn story(said: &[(u64, u8, &str)]) -> (Town, ShiftId) {
    let mut town = Town::new("UTC", 2);
    let id = town.add(0, "Gate", 1, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    town.sync_at(0, time(500).millis());
    said.iter().for_each(|said| tell(&mut town, &id, said));
    (town, id)
}

fn tell(town: &mut Town, id: &ShiftId, (hours, who, what): &(u64, u8, &str)) {
    let who = person(*who);
    match *what {
        "come" => town.sign_up(0, id, &who),
        "take" => {
            let coming = town.shift(0, id).coming(0, None);
            town.edit(0, &id.document(), |editor| edit::take_offer(editor, id, &who, &coming));
        }
        "pass" => town.edit(0, &id.document(), |editor| edit::pass(editor, id, &who)),
        _ => town.leave(0, id, &who),
    }
    town.sync_at(0, time(*hours).millis());
}

/// Robo (1), Nana (2), Hal (3) and Joe (4) so many hours before it begins, the same on the other phone.
fn all(town: &mut Town, id: &ShiftId, hours: u64) -> [String; 4] {
    town.sync_at(1, time(hours).millis());
    let [shift, other] = [0, 1].map(|phone| town.see(phone).at(time(hours)).shift(id).unwrap());
    assert_eq!(shift, other);
    [1, 2, 3, 4].map(|who| word(&shift, &person(who)))
}

/// Until so many hours before the beginning a place is kept for somebody.
fn kept(town: &Town, id: &ShiftId, who: u8, hours: u64) -> Option<u64> {
    let shift = town.see(0).at(time(hours)).shift(id).unwrap();
    let until = match shift.sign_up(&person(who)).unwrap().state {
        State::Standby { until, .. } => until,
        _ => None,
    };
    until.map(|until| (BEGIN - until.millis()) / HOUR)
}

const LEFT: [(u64, u8, &str); 3] = [(200, 1, "come"), (190, 2, "come"), (100, 1, "leave")];

#[test]
fn a_place_goes_on_to_the_next_after_a_day_and_then_to_whoever_says_so_first() {
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(90, 3, "come"));
    assert_eq!(all(&mut town, &id, 77), ["withdrawn", "offered 1", "standby 2", "none"]);
    assert_eq!((kept(&town, &id, 2, 77), kept(&town, &id, 3, 77)), (Some(76), None));
    assert_eq!(all(&mut town, &id, 76), ["withdrawn", "standby 1", "offered 2", "none"]);
    assert_eq!((kept(&town, &id, 3, 76), kept(&town, &id, 2, 76)), (Some(52), None));
    let counts = |hours| town.see(0).at(time(hours)).shift(&id).unwrap().counts;
    assert_eq!(
        [77, 76, 52].map(|hours| (counts(hours).filled, counts(hours).reserved)),
        [(0, 1), (0, 1), (0, 0)]
    );
    // Both had their day.
    assert_eq!(all(&mut town, &id, 52), ["withdrawn", "offered 1", "offered 2", "none"]);
    assert!([2, 3].iter().all(|who| kept(&town, &id, *who, 52).is_none()));
    let (mut later, other) = (town, id.clone());
    tell(&mut later, &other, &(50, 4, "come"));
    assert_eq!(all(&mut later, &other, 49), ["withdrawn", "standby 1", "standby 2", "confirmed"]);
}

#[test]
fn whoever_was_asked_takes_it_in_time_or_whenever_it_is_still_there() {
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(80, 2, "take"));
    assert_eq!(all(&mut town, &id, 10), ["withdrawn", "confirmed", "none", "none"]);
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(60, 2, "take"));
    assert_eq!(all(&mut town, &id, 10), ["withdrawn", "confirmed", "none", "none"]);
    // It is somebody else's turn: an answer that comes late takes it from nobody.
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(90, 3, "come"));
    tell(&mut town, &id, &(60, 2, "take"));
    assert_eq!(all(&mut town, &id, 60), ["withdrawn", "standby 1", "offered 2", "none"]);
}

#[test]
fn two_hours_before_it_is_kept_for_nobody() {
    let (mut town, id) = story(&[(200, 1, "come"), (190, 2, "come"), (5, 1, "leave"), (4, 3, "come")]);
    assert_eq!(all(&mut town, &id, 3), ["withdrawn", "offered 1", "standby 2", "none"]);
    assert_eq!(kept(&town, &id, 2, 3), Some(2));
    assert_eq!(all(&mut town, &id, 2), ["withdrawn", "offered 1", "offered 2", "none"]);
    tell(&mut town, &id, &(1, 4, "come"));
    assert_eq!(all(&mut town, &id, 0), ["withdrawn", "standby 1", "standby 2", "confirmed"]);
}

#[test]
fn a_new_place_is_offered_anew_to_whoever_let_one_go_by() {
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(60, 4, "come"));
    assert_eq!(all(&mut town, &id, 59), ["withdrawn", "standby 1", "none", "confirmed"]);
    tell(&mut town, &id, &(40, 4, "leave"));
    assert_eq!(all(&mut town, &id, 39), ["withdrawn", "offered 1", "none", "withdrawn"]);
    assert_eq!(kept(&town, &id, 2, 39), Some(16));
}

#[test]
fn moving_the_shift_takes_no_place_from_whoever_has_one() {
    // Joe came in the last two hours, before it was put off by a week.
    let (mut town, id) = story(&[(200, 1, "come"), (190, 2, "come"), (5, 1, "leave"), (1, 4, "come")]);
    let later: When = "2026-10-22T20:00/2026-10-22T22:00[UTC]".parse().unwrap();
    town.edit(0, &id.document(), |editor| edit::reschedule(editor, &id, &later));
    town.sync_at(0, BEGIN);
    assert_eq!(all(&mut town, &id, 0), ["withdrawn", "standby 1", "none", "asked, held"]);
    // Nana took what was kept for her, before it was put forward.
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(88, 3, "come"));
    tell(&mut town, &id, &(85, 2, "take"));
    let earlier: When = "2026-10-12T05:00/2026-10-12T12:00[UTC]".parse().unwrap();
    town.edit(0, &id.document(), |editor| edit::reschedule(editor, &id, &earlier));
    town.sync_at(0, time(84).millis());
    assert_eq!(all(&mut town, &id, 84), ["withdrawn", "asked, held", "standby 1", "none"]);
}

#[test]
fn nothing_is_kept_for_whoever_only_reads_or_is_gone() {
    let (mut town, id) = story(&LEFT);
    tell(&mut town, &id, &(90, 3, "come"));
    let mut roll = Roll::default();
    [1, 2, 3].into_iter().for_each(|who| roll.add(person(who), Vec::new()));
    roll.reads(person(2), vec![Absence { from: time(98), until: None }]);
    let shift = town.see(0).among(roll.clone()).shift(&id).unwrap();
    assert_eq!([2, 3].map(|who| word(&shift, &person(who))), ["standby 1", "confirmed"]);
    // She could write again before he came.
    roll.reads(person(2), vec![Absence { from: time(98), until: Some(time(95)) }]);
    let shift = town.see(0).among(roll).shift(&id).unwrap();
    assert_eq!([2, 3].map(|who| word(&shift, &person(who))), ["offered 1", "standby 2"]);
    let mut roll = Roll::default();
    [1, 3].into_iter().for_each(|who| roll.add(person(who), Vec::new()));
    roll.add(person(2), vec![Absence { from: time(98), until: None }]);
    let shift = town.see(0).among(roll).shift(&id).unwrap();
    assert_eq!([2, 3].map(|who| word(&shift, &person(who))), ["departed", "confirmed"]);
}
