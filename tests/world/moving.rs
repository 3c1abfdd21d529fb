//! Groups that move to another server.

use porchlight_server::log::Founding;

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
