//! The lobby, further devices of the same member, and work of those who were taken out.

use porchlight_device::{Event, InviteOptions, JoinFailure, LeftWork, Stage};
use porchlight_wire::DeviceId;
use porchlight_wire::roster::Role;

use crate::town::Town;

/// An invitation that needs approval.
fn approval(town: &mut Town, vouches: u8) -> String {
    let (group, now) = (town.group, town.now);
    let options = InviteOptions { vouches: Some(vouches), ..InviteOptions::usual(now) };
    let link = town.phones[0].device.invite(group, options, now).unwrap();
    town.pass(1_000);
    link
}

/// A newcomer who waits, silently, on an invitation that needs so many vouches: the phone, and the device as it is known.
fn asking(town: &mut Town, name: &str, vouches: u8) -> (usize, DeviceId) {
    let link = approval(town, vouches);
    let new = town.asking(&link, name, "");
    town.pass(2_000);
    (new, town.phones[0].device.lobby(town.group).unwrap()[0].device)
}

#[test]
fn one_who_asks_waits_outside_until_an_organizer_lets_them_in() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let link = approval(&mut town, 0);
    let new = town.asking(&link, "Cleo", "I live at number 12");
    town.pass(2_000);
    let group = town.group;
    assert_eq!(town.status(new).stage, Stage::Waiting);
    assert_eq!(town.status(new).name, "Maple Street", "that much the link says");
    // Members hear of it by themselves, and read what was said.
    for phone in 0..2 {
        let lobby = town.phones[phone].device.lobby(group).unwrap();
        assert_eq!(lobby.len(), 1, "phone {phone}");
        assert_eq!((lobby[0].name.as_str(), lobby[0].words.as_str()), ("Cleo", "I live at number 12"));
    }
    // Nothing of the group has reached the one who waits, not even who is doing what.
    let doing = porchlight_device::Doing { document: "contacts".to_owned(), item: String::new() };
    let before = town.phones[new].received;
    town.phones[0].device.present(group, &doing, town.now).unwrap();
    town.add(1, "Ben");
    assert_eq!(town.phones[new].received, before);
    assert!(town.phones[new].device.members(group).unwrap().is_empty());
    let device = town.phones[0].device.lobby(group).unwrap()[0].device;
    assert!(town.phones[1].device.admit(group, device, town.now).is_err(), "organizers only");
    town.phones[0].device.admit(group, device, town.now).unwrap();
    town.pass(5_000);
    assert!(town.phones[new].events.contains(&Event::Joined { group }));
    town.assert_all_alike(&["Ana", "Ben"]);
    assert!(town.phones[0].device.lobby(group).unwrap().is_empty());
    town.add(new, "Cleo's friend");
    town.assert_all_alike(&["Ana", "Ben", "Cleo's friend"]);
    let members = town.phones[1].device.members(group).unwrap();
    assert!(members.iter().any(|member| member.name == "Cleo"));
}

#[test]
fn a_reader_is_called_what_they_said_when_they_asked() {
    let mut town = Town::of(2);
    let options = InviteOptions { role: Role::Reader, vouches: Some(0), ..InviteOptions::usual(town.now) };
    let link = town.phones[0].device.invite(town.group, options, town.now).unwrap();
    let new = town.asking(&link, "Cleo", "");
    town.pass(2_000);
    let group = town.group;
    let device = town.phones[0].device.lobby(group).unwrap()[0].device;
    town.phones[0].device.admit(group, device, town.now).unwrap();
    town.pass(5_000);
    assert!(town.phones[new].events.contains(&Event::Joined { group }));
    for phone in 0..3 {
        let members = town.phones[phone].device.members(group).unwrap();
        assert!(members.iter().any(|member| member.name == "Cleo"), "phone {phone}");
    }
}

#[test]
fn who_was_let_in_while_away_finds_the_way_in_even_if_the_invitation_ran_out() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let link = approval(&mut town, 0);
    let new = town.asking(&link, "Cleo", "");
    town.pass(2_000);
    town.set_online(new, false);
    town.restart(new);
    assert_eq!(town.status(new).stage, Stage::Waiting);
    let group = town.group;
    let device = town.phones[0].device.lobby(group).unwrap()[0].device;
    town.phones[0].device.admit(group, device, town.now).unwrap();
    town.pass(2_000);
    town.rotate(0);
    town.pass_days(9);
    town.set_online(new, true);
    town.pass(60_000);
    assert_eq!(town.names(new), ["Ana"]);
}

#[test]
fn who_asked_by_an_invitation_that_a_removal_took_along_is_told_and_waits_in_nobodys_list() {
    let mut town = Town::of(3);
    let (new, _) = asking(&mut town, "Cleo", 0);
    let group = town.group;
    let member = town.status(2).member.unwrap();
    town.phones[0].device.remove(group, vec![member], Vec::new(), town.now).unwrap();
    town.pass(5_000);
    town.phones[0].device.ask_lobby(group, town.now).unwrap();
    town.pass(2_000);
    assert!(town.phones[0].device.lobby(group).unwrap().is_empty(), "nobody could let them in");
    town.set_online(new, false);
    town.set_online(new, true);
    town.pass(5_000);
    let failed = Event::JoinFailed { group, reason: JoinFailure::SentAway };
    assert!(town.phones[new].events.contains(&failed), "{:?}", town.phones[new].events);
}

#[test]
fn vouches_of_other_members_are_needed_where_the_invitation_says_so() {
    let mut town = Town::of(3);
    let (new, device) = asking(&mut town, "Cleo", 2);
    let group = town.group;
    town.phones[0].device.vouch(group, device, town.now).unwrap();
    town.phones[1].device.vouch(group, device, town.now).unwrap();
    town.pass(2_000);
    assert_eq!(town.phones[0].device.lobby(group).unwrap()[0].vouched.len(), 2);
    assert!(town.phones[0].device.admit(group, device, town.now).is_err(), "one's own does not count");
    town.phones[2].device.vouch(group, device, town.now).unwrap();
    town.pass(2_000);
    town.phones[0].device.admit(group, device, town.now).unwrap();
    town.pass(5_000);
    assert_eq!(town.status(new).stage, Stage::Active);
}

#[test]
fn who_is_sent_away_is_told() {
    let mut town = Town::of(2);
    let (new, device) = asking(&mut town, "Mallory", 0);
    let group = town.group;
    assert!(town.phones[1].device.refuse(group, device, town.now).is_ok(), "asked, but not done");
    town.pass(1_000);
    town.phones[0].device.ask_lobby(group, town.now).unwrap();
    town.pass(1_000);
    assert_eq!(town.phones[0].device.lobby(group).unwrap().len(), 1, "members cannot send anybody away");
    town.phones[0].device.refuse(group, device, town.now).unwrap();
    town.pass(1_000);
    let told = Event::JoinFailed { group, reason: JoinFailure::SentAway };
    assert!(town.phones[new].events.contains(&told), "at once");
}

#[test]
fn who_is_sent_away_while_offline_is_told_when_they_ask_again() {
    let mut town = Town::of(2);
    let (new, device) = asking(&mut town, "Mallory", 0);
    let group = town.group;
    town.set_online(new, false);
    town.phones[0].device.refuse(group, device, town.now).unwrap();
    town.pass(1_000);
    let told = Event::JoinFailed { group, reason: JoinFailure::SentAway };
    assert!(!town.phones[new].events.contains(&told));
    town.set_online(new, true);
    town.pass(60_000);
    assert!(town.phones[new].events.contains(&told));
}

#[test]
fn a_member_comes_back_on_a_new_phone_under_the_same_membership() {
    let mut town = Town::of(3);
    town.add(2, "Ana");
    let (group, now) = (town.group, town.now);
    let member = town.status(2).member.unwrap();
    // The phone is lost: it is taken out, and nothing of the member but the name is left.
    let lost = town.phones[0].device.members(group).unwrap();
    let lost = lost.iter().find(|one| one.id == member).unwrap().devices[0].id;
    town.phones[0].device.remove(group, Vec::new(), vec![lost], now).unwrap();
    town.pass(2_000);
    let options = InviteOptions { member: Some(member), uses: 1, ..InviteOptions::usual(town.now) };
    assert!(town.phones[1].device.invite(group, options, town.now).is_err(), "not for somebody else");
    let link = town.phones[0].device.invite(group, options, town.now).unwrap();
    town.pass(1_000);
    let new = town.newcomer(&link);
    town.pass(5_000);
    assert_eq!(town.status(new).member, Some(member));
    assert_eq!(town.names(new), ["Ana"]);
    town.add(new, "From the new phone");
    let members = town.phones[0].device.members(group).unwrap();
    let back = members.iter().find(|one| one.id == member).unwrap();
    assert_eq!((members.len(), back.name.as_str(), back.devices.len()), (3, "Neighbor 2", 1));
    assert_eq!(back.role, Role::Member);
    let departure = town.status(2).departure.unwrap();
    assert!(!departure.by_self && departure.member_stays);
}

#[test]
fn work_of_a_removed_device_is_let_in_or_not_and_its_author_is_told() {
    for accepted in [true, false] {
        let mut town = Town::of(3);
        town.add(2, "Ana");
        town.set_online(2, false);
        town.add_quietly(2, "Written offline");
        let (group, now) = (town.group, town.now);
        let member = town.status(2).member.unwrap();
        town.phones[0].device.remove(group, vec![member], Vec::new(), now).unwrap();
        town.pass(2_000);
        town.set_online(2, true);
        assert_eq!(town.status(2).departure.unwrap().work, LeftWork::Held);
        assert!(town.phones[1].device.held(group).unwrap().is_empty());
        town.phones[0].device.ask_held(group, town.now).unwrap();
        town.pass(1_000);
        let held = town.phones[0].device.held(group).unwrap().to_vec();
        assert_eq!((held.len(), held[0].member, held[0].changes), (1, member, 1));
        assert_eq!(held[0].documents, ["contacts"]);
        assert_eq!(town.names(0), ["Ana"]);
        if accepted {
            town.phones[0].device.accept_held(group, held[0].device, town.now).unwrap();
        } else {
            town.phones[0].device.discard_held(group, held[0].device, town.now).unwrap();
        }
        town.pass(2_000);
        let names: &[&str] = if accepted { &["Ana", "Written offline"] } else { &["Ana"] };
        assert_eq!(town.names(0), names);
        assert_eq!(town.names(1), names);
        town.set_online(2, false);
        town.set_online(2, true);
        let told = if accepted { LeftWork::Nothing } else { LeftWork::Discarded };
        assert_eq!(town.status(2).departure.unwrap().work, told);
        assert_eq!(town.names(2), ["Ana", "Written offline"], "kept there either way");
    }
}
