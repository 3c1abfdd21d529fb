//! Groups that move to another server.

use data_encoding::BASE64URL_NOPAD;
use porchlight_device::{ActError, InviteOptions, Problem, Saving};
use porchlight_server::log::Founding;
use porchlight_server::store::{ReadStore, SqliteStore, Store, Token};
use porchlight_wire::Epoch;
use porchlight_wire::frame::Code;

use crate::town::{HOUR, Town};

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
    let link = town.phones[0].device.move_to(group, address, None, now).unwrap().unwrap();
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
    town.fill(0, 130);
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

const ONE: &str = "https://one.example.org";

/// A server loses its place in the network, for good unless it gets its address back.
fn unplug(town: &mut Town, server: usize) {
    town.servers[server].url = "https://gone.example.org".to_owned();
    town.disconnect(server);
}

#[test]
fn phones_that_followed_a_move_come_back_by_themselves_when_the_new_server_dies_and_the_group_is_moved_back()
{
    let mut town = moved();
    town.add(1, "Ben");
    town.rotate(0);
    town.add(2, "Cleo");
    // Cleo's phone knows nothing of what comes last there.
    town.set_online(2, false);
    town.add(1, "Dora");
    unplug(&mut town, 1);
    town.set_online(2, true);
    town.add_quietly(2, "Emil");
    town.pass(60_000);
    let (group, now, address) = (town.group, town.now, town.address(0));
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(20 * 60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora", "Emil"]);
    for phone in 0..3 {
        assert_eq!(town.status(phone).url, ONE, "phone {phone}");
    }
    town.add(1, "Flora");
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora", "Emil", "Flora"]);
    // The old server takes newcomers in again, and they read all of it.
    let newest = town.join();
    assert_eq!(town.names(newest).len(), 6);
}

#[test]
fn while_a_move_stands_phones_ask_the_old_server_and_write_nothing_there() {
    let mut town = moved();
    unplug(&mut town, 1);
    let end = |town: &Town| town.servers[0].log.store().group(&town.group).unwrap().unwrap().head;
    let (before, connections) = (end(&town), town.connections);
    town.add_quietly(1, "Ben");
    town.pass(2 * HOUR);
    assert!(town.connections > connections, "nobody asked");
    assert_eq!(end(&town), before);
    for phone in 0..3 {
        let status = town.status(phone);
        assert_eq!(status.url, "https://two.example.org");
        assert!(matches!(status.saving, Saving::CannotReach { .. }), "{status:?}");
    }
    assert_eq!(town.status(1).waiting, 1);
    // The new one is there again: everything goes on as if nothing had been.
    town.servers[1].url = "https://two.example.org".to_owned();
    town.pass(10 * 60_000);
    town.assert_all_alike(&["Ana", "Ben"]);
}

#[test]
fn asking_an_old_server_costs_little() {
    let mut town = moved();
    town.fill(0, 20);
    unplug(&mut town, 1);
    let received = town.phones[1].received;
    town.pass(24 * HOUR);
    let cost = town.phones[1].received - received;
    assert!(cost > 0 && cost < 300 * 400, "{cost} bytes in a day, about 300 times asked");
}

#[test]
fn phones_that_still_reach_the_server_of_before_hear_of_the_move_within_a_day_and_nothing_splits() {
    let mut town = moved();
    town.set_online(1, false);
    town.set_online(2, false);
    unplug(&mut town, 1);
    let (group, now, address) = (town.group, town.now, town.address(0));
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(60_000);
    town.add(0, "Ben");
    // It comes back before the others have noticed that it was away.
    town.servers[1].url = "https://two.example.org".to_owned();
    town.set_online(1, true);
    town.set_online(2, true);
    town.add(1, "Cleo");
    assert_eq!(town.names(2), ["Ana", "Cleo"]);
    town.pass(25 * HOUR);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    (0..3).for_each(|phone| assert_eq!(town.status(phone).url, ONE, "phone {phone}"));
}

#[test]
fn a_move_that_reached_no_server_is_taken_back() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.add_server("https://two.example.org", 5, Founding::Closed);
    let (group, now, address) = (town.group, town.now, town.address(1));
    unplug(&mut town, 0);
    let link = town.phones[0].device.move_to(group, address, None, now).unwrap().unwrap();
    town.phones[1].device.follow(&link, now).unwrap();
    town.pass(60_000);
    unplug(&mut town, 1);
    town.servers[0].url = ONE.to_owned();
    let (now, address) = (town.now, town.address(0));
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.add_quietly(1, "Ben");
    town.pass(20 * 60_000);
    town.assert_all_alike(&["Ana", "Ben"]);
    (0..2).for_each(|phone| assert_eq!(town.status(phone).url, ONE, "phone {phone}"));
}

#[test]
fn a_group_that_its_new_server_did_not_take_is_brought_there_with_another_token() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let new = town.add_server("https://two.example.org", 5, Founding::Token);
    let (group, now, address) = (town.group, town.now, town.address(new));
    let token = |secret: &[u8]| BASE64URL_NOPAD.encode(&[&address.key.as_bytes()[..], secret].concat());
    let move_to = |town: &mut Town, secret: &[u8]| {
        let (now, address) = (town.now, town.address(new));
        town.phones[0].device.move_to(group, address, Some(&token(secret)), now)
    };
    // It was good when the server was asked, and somebody else used it up before the group came.
    assert!(move_to(&mut town, b"used up").unwrap().is_some());
    town.pass(60_000);
    for phone in 0..2 {
        let refused = Some(Problem::NotTaken(Code::BAD_TOKEN));
        assert_eq!(town.status(phone).problem, refused, "phone {phone}");
    }
    town.add_quietly(1, "Ben");

    let mut beside = SqliteStore::open(&town.folder.path().join(&town.servers[new].file)).unwrap();
    let expires = now.plus_millis(24 * HOUR);
    let good = Token { hash: Token::hash_of(b"good"), expires, uses_left: 1 };
    beside.begin().unwrap();
    beside.put_token(&good).unwrap();
    beside.commit().unwrap();
    assert_eq!(move_to(&mut town, b"good").unwrap(), None, "nothing more is to be followed");
    // Others look again by themselves.
    town.pass(10 * 60_000);
    town.assert_all_alike(&["Ana", "Ben"]);
    assert!((0..2).all(|phone| town.status(phone).problem.is_none()));
    assert!(matches!(move_to(&mut town, b"good"), Err(ActError::ThereAlready)));
}

#[test]
fn since_when_the_server_cannot_be_reached_is_known_after_the_app_was_closed_too() {
    let mut town = Town::of(2);
    town.add(1, "Ana");
    town.pass(HOUR);
    let reached = town.now;
    unplug(&mut town, 0);
    town.pass(10 * 60_000);
    for _ in 0..3 {
        town.pass_days(1);
        town.restart(1);
        town.set_online(1, true);
        town.pass(10 * 60_000);
        let Saving::CannotReach { since } = town.status(1).saving else { panic!("{:?}", town.status(1)) };
        assert!(since <= reached && reached.since(since) <= 10 * 60_000, "{since} instead of {reached}");
    }
}
