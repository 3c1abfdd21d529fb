//! Who counts: those who go, come back, or turn out to be one person, at their time of the log.

use porchlight_wire::roster::Absence;

use super::*;
use crate::schedule::edit::Check;
use crate::schedule::roll::Roll;

const HOUR: u64 = 60 * 60 * 1000;
/// 2026-10-15, 20:00 in UTC.
const BEGIN: u64 = 1_792_094_400_000;

fn time(hours_before: u64) -> Timestamp {
    Timestamp::from_millis(BEGIN - hours_before * HOUR)
}

/// One shift of two hours, to which people come or from which they go so many hours before it begins.
fn story(needs: u32, said: &[(u64, u8, &str)]) -> (Town, ShiftId) {
    let mut town = Town::new("UTC", 1);
    let id = town.add(0, "Gate", needs, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    for (hours, who, what) in said {
        match *what {
            "come" => town.sign_up(0, &id, &person(*who)),
            _ => town.leave(0, &id, &person(*who)),
        }
        town.sync_at(0, time(*hours).millis());
    }
    (town, id)
}

/// Ana (1), Ben (2) and Cy (3), with when Ben was not there.
fn with(town: &Town, id: &ShiftId, absences: &[(u64, Option<u64>)]) -> Shift {
    let mut roll = Roll::default();
    roll.add(person(1), Vec::new());
    roll.add(person(3), Vec::new());
    let absence = |(from, until): &(u64, Option<u64>)| Absence { from: time(*from), until: until.map(time) };
    roll.add(person(2), absences.iter().map(absence).collect());
    town.see(0).among(roll).shift(id).unwrap()
}

fn all(shift: &Shift) -> [String; 3] {
    [1, 2, 3].map(|who| word(shift, &person(who)))
}

#[test]
fn coming_back_does_not_bring_an_old_place_back() {
    let said = [(9, 2, "come"), (8, 1, "come"), (3, 2, "come")];
    let (town, id) = story(1, &said);
    // Ben was away from seven hours before until five before: what he said before has gone with him.
    let shift = with(&town, &id, &[(7, Some(5))]);
    assert_eq!(all(&shift), ["offered 1", "standby 2", "none"]);
    // Not back yet: what is said of him does not count either.
    let shift = with(&town, &id, &[(7, None)]);
    assert_eq!((all(&shift), shift.counts.filled), (["offered 1", "departed", "none"].map(str::to_owned), 0));
    // Never away.
    assert_eq!(all(&with(&town, &id, &[])), ["standby 1", "confirmed", "none"]);
}

#[test]
fn what_was_over_stays_and_a_stranger_does_not_count() {
    let (town, id) = story(2, &[(9, 2, "come"), (8, 4, "come"), (7, 1, "come")]);
    let over = Absence { from: Timestamp::from_millis(BEGIN + 2 * HOUR), until: None };
    let mut roll = Roll::default();
    roll.add(person(1), Vec::new());
    roll.add(person(2), vec![over]);
    let shift = town.see(0).among(roll).shift(&id).unwrap();
    assert_eq!(all(&shift), ["confirmed", "confirmed", "none"]);
    assert_eq!(word(&shift, &person(4)), "none");
}

#[test]
fn two_names_of_one_person_have_one_place_from_then_on() {
    let (town, id) = story(2, &[(9, 1, "come"), (8, 2, "come"), (7, 3, "come"), (3, 2, "leave")]);
    let as_of = |since: Timestamp| {
        let mut roll = Roll::default();
        [1, 2, 3].into_iter().for_each(|who| roll.add(person(who), Vec::new()));
        roll.join(person(2), person(1), since);
        town.see(0).among(roll).shift(&id).unwrap()
    };
    // Known before the other came: nobody was on standby, and whoever leaves by one name leaves by both.
    assert_eq!(all(&as_of(Timestamp::default())), ["withdrawn", "none", "confirmed"]);
    // Known after all of it: what the second name gave back, the first still has.
    assert_eq!(all(&as_of(time(1))), ["confirmed", "none", "offered 1"]);
    // Known between: nobody is moved up without being asked.
    assert_eq!(all(&as_of(time(5))), ["withdrawn", "none", "offered 1"]);
}

#[test]
fn two_who_were_each_made_the_other_do_not_go_round_for_ever() {
    let (town, id) = story(1, &[(9, 1, "come")]);
    let mut roll = Roll::default();
    roll.join(person(1), person(2), time(8));
    roll.join(person(2), person(1), time(7));
    assert_eq!(town.see(0).among(roll).shift(&id).unwrap().counts.filled, 0);
}

#[test]
fn leaving_can_be_taken_back() {
    let mut town = Town::new("UTC", 2);
    let id = town.add(0, "Gate", 2, "2026-10-15T20:00/2026-10-15T22:00[UTC]");
    for check in [Check::In, Check::Out] {
        town.edit(0, &id.document(), |editor| edit::check(editor, &id, &person(1), check));
    }
    town.sync_all();
    let presence = town.shift(1, &id).checks[&person(1)];
    assert!(presence.arrived.is_some() && presence.left.is_some());
    town.edit(0, &id.document(), |editor| edit::check(editor, &id, &person(1), Check::Again));
    town.sync_all();
    let again = town.shift(1, &id).checks[&person(1)];
    assert_eq!((again.arrived, again.left), (presence.arrived, None));
}
