//! The group's keys: new ones, old ones, late ones and missing ones.

use porchlight_device::{InviteOptions, Problem};
use porchlight_wire::Epoch;

use crate::town::Town;

fn epoch(town: &Town, phone: usize) -> (Epoch, bool) {
    town.phones[phone].device.epoch(town.group).unwrap()
}

#[test]
fn a_new_key_reaches_everybody_and_newcomers_read_what_was_before() {
    let mut town = Town::of(3);
    town.add(1, "Ana");
    town.rotate(0);
    town.add(2, "Ben");
    town.rotate(0);
    for phone in 0..3 {
        assert_eq!(epoch(&town, phone), (Epoch::new(2), true), "phone {phone}");
    }
    town.add(1, "Cleo");
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    let joined = town.join();
    assert_eq!(town.names(joined), ["Ana", "Ben", "Cleo"]);
    // Also from what was stored.
    (0..4).for_each(|phone| town.restart(phone));
    town.pass(5_000);
    town.add(joined, "Dora");
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora"]);
}

#[test]
fn an_invitation_that_was_made_before_a_new_key_still_lets_people_in() {
    let mut town = Town::of(2);
    let (group, now) = (town.group, town.now);
    let link = town.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
    town.pass(1_000);
    town.rotate(0);
    town.add(0, "Ana");
    let number = town.newcomer(&link);
    town.pass(3_000);
    assert_eq!(town.names(number), ["Ana"]);
    town.assert_all_alike(&["Ana"]);
}

#[test]
fn what_was_sealed_under_an_older_key_is_still_accepted() {
    let mut town = Town::of(3);
    town.set_online(2, false);
    town.add_quietly(2, "Sealed before");
    let (group, now) = (town.group, town.now);
    // Sealed once and for all, for a bundle.
    town.phones[2].device.export_bundle(group, now).unwrap();
    town.rotate(0);
    town.add(1, "Meanwhile");
    town.add_quietly(2, "Waits in plain form");
    town.set_online(2, true);
    town.pass(3_000);
    town.assert_all_alike(&["Meanwhile", "Sealed before", "Waits in plain form"]);
}

#[test]
fn a_device_whose_key_box_is_lost_parks_what_it_cannot_open_and_gets_the_key_from_another() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.set_online(2, false);
    // The server loses the new epoch and takes it back from phones: the log, but not the key boxes.
    town.back_up(0, "backup");
    town.rotate(0);
    town.add(1, "Ben");
    town.replace(0, "backup");
    town.pass(120_000);
    // Nobody who could help is there.
    town.set_online(0, false);
    town.set_online(2, true);
    let status = town.status(2);
    assert_eq!((status.problem, status.parked, status.current), (Some(Problem::NoKeyYet), 1, false));
    assert_eq!(status.skipped, 0);
    town.add_quietly(2, "Waits for the key");
    town.run();
    town.restart(2);
    town.pass(10_000);
    assert_eq!(town.status(2).parked, 1);
    assert_eq!(town.names(2), ["Ana", "Waits for the key"]);
    town.set_online(0, true);
    town.pass(10 * 60_000);
    assert_eq!(epoch(&town, 2), (Epoch::new(1), true));
    town.assert_all_alike(&["Ana", "Ben", "Waits for the key"]);
    assert_eq!(town.status(2).parked, 0);
}

#[test]
fn an_organizer_changes_the_key_before_it_writes_once_an_invitation_ran_out_unused() {
    let mut town = Town::of(2);
    assert_eq!(epoch(&town, 0), (Epoch::new(0), true));
    town.pass_days(8);
    town.pass(10 * 60_000);
    // A member cannot, and need not wait.
    town.add(1, "Ana");
    assert_eq!(epoch(&town, 1), (Epoch::new(0), true));
    town.add(0, "Ben");
    assert_eq!(epoch(&town, 1), (Epoch::new(1), true));
    town.add(0, "Cleo");
    assert_eq!(epoch(&town, 0), (Epoch::new(1), true), "once is enough");
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
}
