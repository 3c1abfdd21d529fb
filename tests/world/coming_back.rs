//! Whoever went out of a group comes in again with the same phone.

use porchlight_device::{Event, InviteOptions, JoinFailure, LeftWork, Stage};

use crate::town::Town;

fn remove(town: &mut Town, phone: usize) {
    let member = town.status(phone).member.unwrap();
    town.phones[0].device.remove(town.group, vec![member], Vec::new(), town.now).unwrap();
    town.pass(3_000);
    assert!(town.status(phone).departure.is_some());
}

fn link(town: &mut Town, options: InviteOptions) -> String {
    let link = town.phones[0].device.invite(town.group, options, town.now).unwrap();
    town.pass(2_000);
    link
}

fn usual(town: &mut Town) -> String {
    let options = InviteOptions::usual(town.now);
    link(town, options)
}

#[test]
fn whoever_was_removed_comes_back_by_an_invitation_with_all_that_was_there_and_reads_what_they_missed() {
    let mut town = Town::of(3);
    town.add(1, "Before");
    remove(&mut town, 1);
    town.add(0, "While away");
    assert_eq!(town.names(1), ["Before"]);
    let link = usual(&mut town);
    town.phones[1].device.join(&link, "Ben", town.now).unwrap();
    town.pass(5_000);
    assert!(town.phones[1].events.iter().any(|event| matches!(event, Event::Joined { .. })));
    town.add(1, "Back again");
    town.restart(1);
    town.set_online(1, true);
    town.add(1, "After a restart");
    town.add(2, "From another");
    town.assert_all_alike(&["After a restart", "Back again", "Before", "From another", "While away"]);
    let members = town.phones[2].device.members(town.group).unwrap();
    assert_eq!((members.len(), members.iter().filter(|one| one.name == "Ben").count()), (3, 1));
    assert!(town.phones[1].device.join(&link, "Ben", town.now).is_err(), "already in");
}

#[test]
fn whoever_left_comes_back_though_the_app_ends_on_the_way_and_the_second_link_counts() {
    let mut town = Town::of(2);
    town.add(1, "Before");
    town.phones[1].device.leave(town.group, town.now).unwrap();
    town.pass(3_000);
    assert!(town.status(1).departure.is_some());
    town.set_online(1, false);
    let first = usual(&mut town);
    let second = usual(&mut town);
    town.phones[1].device.join(&first, "Ben", town.now).unwrap();
    town.run();
    town.restart(1);
    assert_eq!((town.status(1).stage, town.names(1)), (Stage::Joining, vec!["Before".to_owned()]));
    town.phones[1].device.join(&second, "Ben", town.now).unwrap();
    town.run();
    town.set_online(1, true);
    town.pass(5_000);
    town.add(0, "Welcome back");
    town.assert_all_alike(&["Before", "Welcome back"]);
}

#[test]
fn whoever_is_not_let_in_is_what_they_were_and_may_try_again() {
    let mut town = Town::of(2);
    town.add(1, "Before");
    let old = usual(&mut town);
    remove(&mut town, 1);
    // The removal has turned it off.
    town.phones[1].device.join(&old, "Ben", town.now).unwrap();
    town.pass(5_000);
    let closed =
        |event: &Event| matches!(event, Event::JoinFailed { reason: JoinFailure::InvitationClosed, .. });
    assert!(town.phones[1].events.iter().any(closed));
    for _ in 0..2 {
        assert!(town.status(1).departure.is_some());
        assert_eq!(town.names(1), ["Before"]);
        town.restart(1);
        town.set_online(1, true);
    }
    let link = usual(&mut town);
    town.phones[1].device.join(&link, "Ben", town.now).unwrap();
    town.pass(5_000);
    town.add(1, "Back again");
    town.assert_all_alike(&["Back again", "Before"]);
}

#[test]
fn what_was_left_over_is_decided_on_before() {
    let mut town = Town::of(2);
    town.set_online(1, false);
    town.add_quietly(1, "Not sent");
    town.run();
    let member = town.status(1).member.unwrap();
    town.phones[0].device.remove(town.group, vec![member], Vec::new(), town.now).unwrap();
    town.pass(3_000);
    town.set_online(1, true);
    assert_eq!(town.status(1).departure.unwrap().work, LeftWork::Held);
    let link = usual(&mut town);
    assert!(town.phones[1].device.join(&link, "Ben", town.now).is_err());
    let (group, now) = (town.group, town.now);
    town.phones[0].device.ask_held(group, now).unwrap();
    town.pass(2_000);
    let held = town.phones[0].device.held(group).unwrap()[0].device;
    town.phones[0].device.accept_held(group, held, town.now).unwrap();
    town.pass(3_000);
    // It hears of that when it asks the next time.
    town.set_online(1, false);
    town.set_online(1, true);
    assert_eq!(town.status(1).departure.unwrap().work, LeftWork::Nothing);
    town.phones[1].device.join(&link, "Ben", town.now).unwrap();
    town.pass(5_000);
    town.add(1, "Back again");
    town.assert_all_alike(&["Back again", "Not sent"]);
}
