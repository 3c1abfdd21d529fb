//! Whoever is taken out of a group goes out of its circles with it.

use porchlight_device::{ElsewhereView, InviteOptions, Removal};
use porchlight_documents::index::Circle;
use porchlight_wire::GroupId;
use porchlight_wire::roster::Role;

use crate::town::Town;

/// Rosa's circle, with these phones in it under the names that they have in the group.
fn circle_with(town: &mut Town, phones: &[usize]) -> GroupId {
    let (parent, now) = (town.group, town.now);
    let listed = Circle { name: "Coordinators".to_owned(), purpose: String::new() };
    let circle = town.phones[0].device.found_circle(parent, &listed, None, now).unwrap();
    town.pass(2_000);
    for phone in phones {
        let link = town.phones[0].device.invite(circle, InviteOptions::usual(town.now), town.now).unwrap();
        town.pass(2_000);
        town.phones[*phone].device.join(&link, &format!("Neighbor {phone}"), town.now).unwrap();
        town.pass(3_000);
    }
    circle
}

fn places(town: &mut Town, by: usize, phone: usize) -> Vec<ElsewhereView> {
    let member = town.status(phone).member.unwrap();
    town.phones[by].device.elsewhere(town.group, member, town.now).unwrap().circles
}

/// How many are in the circle, as a phone knows it.
fn count(town: &mut Town, phone: usize, circle: GroupId) -> usize {
    town.phones[phone].device.members(circle).unwrap().len()
}

#[test]
fn whoever_is_removed_goes_out_of_the_circle_in_the_same_step_and_gets_nothing_more_of_it() {
    let mut town = Town::of(3);
    let (parent, circle) = (town.group, circle_with(&mut town, &[1, 2]));
    // Another name in the circle makes nobody another person.
    town.phones[1].device.rename_self(circle, "Benjamin", None, town.now).unwrap();
    town.pass(2_000);
    let ben = places(&mut town, 0, 1).remove(0);
    assert_eq!((ben.name.as_str(), ben.member_name.as_str()), ("Coordinators", "Benjamin"));
    assert!(ben.sure && ben.may_remove);
    let own = town.status(1).member.unwrap();
    let removals = vec![
        Removal { group: parent, members: vec![own], devices: Vec::new() },
        Removal { group: circle, members: vec![ben.member], devices: Vec::new() },
    ];
    town.set_online(0, false);
    town.phones[0].device.remove_everywhere(removals, town.now).unwrap();
    town.run();
    town.restart(0);
    town.set_online(0, true);
    town.pass(5_000);
    assert_eq!(count(&mut town, 2, circle), 2);
    let gone = town.phones[1].device.groups().into_iter().filter(|status| status.departure.is_some());
    assert_eq!(gone.count(), 2, "out of both");
    town.group = circle;
    town.add(0, "A quiet family");
    assert_eq!(town.names(2), ["A quiet family"]);
    assert!(town.names(1).is_empty());
}

#[test]
fn a_lost_phone_is_known_in_the_circle_by_what_it_said_there() {
    let mut town = Town::of(2);
    let (parent, circle) = (town.group, circle_with(&mut town, &[1]));
    let own = town.status(1).member.unwrap();
    let everyone = town.phones[0].device.members(parent).unwrap();
    let device = everyone.iter().find(|member| member.id == own).unwrap().devices[0].id;
    let [place] = places(&mut town, 0, 1).try_into().unwrap();
    assert_eq!(place.devices.len(), 1);
    assert_eq!(place.devices[0].1, Some(device));
    let there = place.devices[0].0;
    let removals = vec![
        Removal { group: parent, members: Vec::new(), devices: vec![device] },
        Removal { group: circle, members: Vec::new(), devices: vec![there] },
    ];
    town.phones[0].device.remove_everywhere(removals, town.now).unwrap();
    town.pass(5_000);
    let roster = town.phones[0].device.members(circle).unwrap();
    assert!(roster.iter().all(|member| member.devices.iter().all(|device| device.id != there)));
    assert!(town.status(1).departure.is_some() && own != place.member);
}

#[test]
fn where_somebody_else_must_do_it_that_is_said_and_nothing_is_done_by_half() {
    let mut town = Town::of(3);
    let (parent, circle) = (town.group, circle_with(&mut town, &[1, 2]));
    let [first, second] = [1, 2].map(|phone| town.status(phone).member.unwrap());
    town.phones[0].device.set_role(parent, first, Role::Organizer, town.now).unwrap();
    town.pass(2_000);
    // The first neighbor organizes the group around it, and only writes in the circle.
    let place = places(&mut town, 1, 2).remove(0);
    assert!(place.sure && !place.may_remove);
    let removals = vec![
        Removal { group: parent, members: vec![second], devices: Vec::new() },
        Removal { group: circle, members: vec![place.member], devices: Vec::new() },
    ];
    assert!(town.phones[1].device.remove_everywhere(removals, town.now).is_err());
    town.pass(2_000);
    assert_eq!(town.phones[1].device.members(parent).unwrap().len(), 3);
    // Who is not in a circle learns its name, and that it may be worth asking there.
    let outside = town.join();
    let third = town.status(outside).member.unwrap();
    let seen = town.phones[outside].device.elsewhere(parent, third, town.now).unwrap();
    assert_eq!((seen.circles.len(), seen.closed), (0, vec!["Coordinators".to_owned()]));
}

#[test]
fn the_same_name_alone_is_a_guess_where_two_have_it() {
    let mut town = Town::of(3);
    let circle = circle_with(&mut town, &[]);
    let parent = town.group;
    // Two who call themselves alike; one of them is in the circle with a phone that never was in the group.
    for phone in [1, 2] {
        town.phones[phone].device.rename_self(parent, "Ana", None, town.now).unwrap();
    }
    town.pass(2_000);
    let link = town.phones[0].device.invite(circle, InviteOptions::usual(town.now), town.now).unwrap();
    town.pass(2_000);
    let stranger = town.stranger();
    town.phones[stranger].device.join(&link, "Ana", town.now).unwrap();
    town.pass(3_000);
    let place = places(&mut town, 0, 1).remove(0);
    assert_eq!((place.member_name.as_str(), place.sure), ("Ana", false));
    town.phones[2].device.rename_self(parent, "Bea", None, town.now).unwrap();
    town.pass(2_000);
    assert!(places(&mut town, 0, 1)[0].sure);
}
