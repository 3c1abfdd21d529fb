//! A shift that was cancelled and takes place after all: nobody comes to it unasked.

use super::*;
use crate::schedule::sign_up::Why;

const WHEN: &str = "2026-10-15T20:00/2026-10-15T22:00[UTC]";

fn why(shift: &Shift, who: u8) -> Option<Why> {
    match shift.sign_up(&person(who)).map(|sign_up| &sign_up.state) {
        Some(State::Asked { why, held: true, .. }) => Some(*why),
        _ => None,
    }
}

fn all(town: &Town, phone: usize, id: &ShiftId) -> [String; 3] {
    [1, 2, 3].map(|who| word(&town.shift(phone, id), &person(who)))
}

/// Ana and Ben have the two places, Cy is on standby; Ana cancels it.
fn cancelled() -> (Town, ShiftId) {
    let mut town = Town::new("UTC", 2);
    let id = town.add(0, "Gate", 2, WHEN);
    [1, 2, 3].into_iter().for_each(|who| town.sign_up(0, &id, &person(who)));
    town.sync_all();
    town.edit(0, &id.document(), |editor| edit::cancel(editor, &id, "snow"));
    town.sync_all();
    (town, id)
}

#[test]
fn whoever_was_in_a_cancelled_shift_is_asked_when_it_takes_place_after_all() {
    let (mut town, id) = cancelled();
    town.edit(1, &id.document(), |editor| edit::restore(editor, &id));
    // Before the log has it as well.
    assert_eq!(all(&town, 1, &id), ["asked, held", "asked, held", "standby 1"]);
    assert_eq!(all(&town, 0, &id), ["confirmed", "confirmed", "standby 1"]);
    town.sync_all();
    for phone in [0, 1] {
        let shift = town.shift(phone, &id);
        assert!(shift.is_on());
        assert_eq!((why(&shift, 1), why(&shift, 2)), (Some(Why::Restored), Some(Why::Restored)));
        // Their places are kept, and nobody counts who did not answer.
        assert_eq!((shift.counts.filled, shift.counts.held), (2, 2));
    }
    town.sign_up(0, &id, &person(1));
    town.leave(0, &id, &person(2));
    town.sync_all();
    for phone in [0, 1] {
        assert_eq!(all(&town, phone, &id), ["confirmed", "withdrawn", "offered 1"]);
    }
    // Once more.
    town.edit(0, &id.document(), |editor| edit::cancel(editor, &id, ""));
    town.sync_all();
    town.edit(0, &id.document(), |editor| edit::restore(editor, &id));
    town.sync_all();
    assert_eq!(all(&town, 1, &id), ["asked, held", "withdrawn", "offered 1"]);
}

#[test]
fn whoever_says_yes_without_knowing_of_it_is_asked_as_well_and_one_who_comes_later_is_not() {
    let (mut town, id) = cancelled();
    town.sync_all();
    town.edit(1, &id.document(), |editor| edit::restore(editor, &id));
    town.sync(1);
    town.leave(0, &id, &person(1));
    town.sign_up(0, &id, &person(1));
    town.sync_all();
    assert_eq!(all(&town, 1, &id), ["standby 2", "asked, held", "offered 1"]);
    let moved: When = "2026-10-15T19:00/2026-10-15T21:00[UTC]".parse().unwrap();
    town.edit(0, &id.document(), |editor| edit::reschedule(editor, &id, &moved));
    town.sync_all();
    assert_eq!(why(&town.shift(1, &id), 2), Some(Why::Moved));
}

#[test]
fn the_dates_of_a_series_and_what_was_removed_ask_too() {
    let (mut town, id) = cancelled();
    town.edit(0, &id.document(), |editor| edit::restore(editor, &id));
    town.sync_all();
    town.sign_up(0, &id, &person(1));
    town.edit(1, &id.document(), |editor| edit::remove(editor, &id));
    town.sync_all();
    town.edit(1, &id.document(), |editor| edit::restore(editor, &id));
    town.sync_all();
    assert_eq!(all(&town, 0, &id), ["asked, held", "asked, held", "standby 1"]);
}
