//! Groups that move to another server.

use porchlight_device::InviteOptions;
use porchlight_server::log::Founding;
use porchlight_wire::Epoch;

use crate::town::Town;

#[test]
fn a_group_moves_while_people_keep_editing_and_nothing_is_lost() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    let new = town.add_server("https://two.example.org", 5, Founding::Open);
    town.set_online(2, false);
    town.add_quietly(2, "Cleo");
    let (group, now, address) = (town.group, town.now, town.address(new));
    town.add_quietly(1, "Ben");
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(60_000);
    town.set_online(2, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    for phone in 0..3 {
        let status = town.status(phone);
        assert_eq!(status.url, "https://two.example.org");
        assert_eq!(status.put_back, 0, "a server that takes a group in has lost nothing");
    }
    town.add(2, "Dora");
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora"]);
    let joined = town.join();
    assert_eq!(town.names(joined).len(), 4);
}

#[test]
fn a_group_moves_without_a_word_from_its_old_server_and_others_follow_by_link() {
    let mut town = Town::of(2);
    town.add(1, "Ana");
    let new = town.add_server("https://two.example.org", 5, Founding::Open);
    // The old server is gone for good.
    town.set_online(0, false);
    town.set_online(1, false);
    town.servers[0].url = "https://gone.example.org".to_owned();
    town.add_quietly(1, "Ben");
    town.set_online(0, true);
    let (group, now, address) = (town.group, town.now, town.address(new));
    let link = town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(60_000);
    assert_eq!(town.names(0), ["Ana"]);
    let now = town.now;
    assert_eq!(town.phones[1].device.follow(&link, now).unwrap(), group);
    town.set_online(1, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben"]);
    assert_eq!((town.status(0).put_back, town.status(1).put_back), (0, 0));
}

/// Phones 1 and 2 with the group on a server that has none of their sealing keys from a RosterChange: it took the log in
/// from phone 0. Phone 1 is an organizer too.
fn moved() -> Town {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.make_organizer(1);
    let new = town.add_server("https://two.example.org", 5, Founding::Open);
    let (group, now, address) = (town.group, town.now, town.address(new));
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(60_000);
    town
}

#[test]
fn every_phone_brings_its_sealing_key_to_the_new_server_so_that_a_new_key_reaches_all() {
    let mut town = moved();
    town.set_online(0, false);
    town.set_online(2, false);
    // Phone 1 has never seen the others' sealing keys: it asks the new server for them.
    town.rotate(1);
    town.add(1, "Ben");
    town.set_online(1, false);
    for phone in [0, 2] {
        // Nobody is there who could make a box for it.
        town.set_online(phone, true);
        assert_eq!(
            town.phones[phone].device.epoch(town.group).unwrap(),
            (Epoch::new(1), true),
            "phone {phone}"
        );
        assert_eq!(town.names(phone), ["Ana", "Ben"], "phone {phone}");
        town.set_online(phone, false);
    }
}

#[test]
fn a_link_from_before_a_move_still_lets_people_in_when_nobody_else_is_online() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let (group, now) = (town.group, town.now);
    let before = town.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
    let new = town.add_server("https://two.example.org", 5, Founding::Open);
    let (now, address) = (town.now, town.address(new));
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(60_000);
    town.set_online(0, false);
    town.set_online(1, false);
    // The old server still stands, and its roster says where the group went.
    let first = town.newcomer(&before);
    town.pass(5_000);
    assert_eq!(town.names(first), ["Ana"]);
    assert_eq!(town.status(first).url, "https://two.example.org");
    town.set_online(first, false);
    // The key is changed on the new server: the invitation gets it too.
    town.set_online(0, true);
    town.rotate(0);
    town.set_online(0, false);
    let second = town.newcomer(&before);
    town.pass(5_000);
    assert_eq!(town.names(second), ["Ana"]);
}

#[test]
fn a_late_comer_moves_the_group_when_the_phones_of_those_before_and_the_old_server_are_gone() {
    let mut town = Town::of(2);
    town.fill(130);
    let late = town.join();
    town.make_organizer(late);
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.servers[0].url = "https://gone.example.org".to_owned();
    let new = town.add_server("https://two.example.org", 5, Founding::Open);
    let (group, now, address) = (town.group, town.now, town.address(new));
    town.set_online(late, true);
    town.phones[late].device.move_to(group, address, None, now).unwrap();
    town.pass(10 * 60_000);
    town.add(late, "Zoe");
    let status = town.status(late);
    assert!(status.current && status.waiting == 0 && status.problem.is_none(), "{status:?}");
    assert_eq!(status.put_back, 0);
    let newest = town.join_by(late);
    assert_eq!(town.names(newest).len(), 131);
}
