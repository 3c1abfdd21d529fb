//! Recovery words: all phones gone, and back; and what words do not open any more.

use porchlight_device::{Device, Event, InviteOptions, JoinFailure, RecoveryState};
use porchlight_server::log::Founding;
use porchlight_wire::frame::{ClientFrame, Code};
use porchlight_wire::{Epoch, GroupId};

use crate::town::Town;

/// A phone's words, once they are good.
fn words_of(town: &mut Town, phone: usize) -> String {
    let now = town.now;
    let words = town.phones[phone].device.make_recovery_words(now).unwrap();
    town.pass(3_000);
    assert_eq!(town.phones[phone].device.recovery(), [(town.group, RecoveryState::Ready)]);
    words
}

/// A new phone on which somebody types words.
fn restored(town: &mut Town, words: &str) -> usize {
    restored_at(town, 0, words)
}

/// The same with the address of another server.
fn restored_at(town: &mut Town, server: usize, words: &str) -> usize {
    let number = town.stranger();
    let (url, now) = (town.servers[server].url.clone(), town.now);
    town.phones[number].device.restore(&url, words, now).unwrap();
    town.pass(5_000);
    number
}

fn member_of(town: &mut Town, phone: usize) -> String {
    let group = town.group;
    let members = town.phones[phone].device.members(group).unwrap();
    let own = members.into_iter().find(|member| member.is_self).unwrap();
    format!("{} {} {:?}", own.id, own.name, own.role)
}

/// A phone falls into the river.
fn lose(town: &mut Town, phone: usize) {
    town.set_online(phone, false);
}

#[test]
fn twelve_words_and_a_server_bring_rosa_back_with_all_that_was_written() {
    let mut town = Town::of(2);
    let rosa = member_of(&mut town, 0);
    town.add(0, "Ana");
    let words = words_of(&mut town, 0);
    town.add(1, "Ben");
    town.rotate(0);
    town.add(1, "Cleo");
    lose(&mut town, 0);
    town.add(1, "Dora");
    let back = restored(&mut town, &words.to_uppercase());
    let group = town.group;
    assert!(town.phones[back].events.contains(&Event::ListFound { groups: vec![group] }));
    assert!(town.phones[back].events.contains(&Event::Joined { group }));
    assert_eq!(member_of(&mut town, back), rosa);
    assert_eq!(town.names(back), ["Ana", "Ben", "Cleo", "Dora"]);
    // She writes, others read it; she is the organizer that she was.
    town.add(back, "Emil");
    assert_eq!(town.names(1), ["Ana", "Ben", "Cleo", "Dora", "Emil"]);
    let members = town.phones[back].device.members(group).unwrap();
    let own = members.into_iter().find(|member| member.is_self).unwrap();
    // The lost phone and this one, which came in with the words, as Rosa's phones and everybody else's know.
    let mut by_words = |phone: usize| -> Vec<bool> {
        let members = town.phones[phone].device.members(group).unwrap();
        let devices = &members.iter().find(|member| member.id == own.id).unwrap().devices;
        let mut recovered: Vec<bool> = devices.iter().map(|device| device.recovered).collect();
        recovered.sort_unstable();
        recovered
    };
    assert_eq!((by_words(back), by_words(1)), (vec![false, true], vec![false, true]));
    // After a restart too, and the words stay good.
    town.restart(back);
    town.pass(3_000);
    assert_eq!(town.phones[back].device.recovery(), [(group, RecoveryState::Ready)]);
    town.rotate(back);
    town.add(1, "Fay");
    lose(&mut town, back);
    let again = restored(&mut town, &words);
    assert_eq!(town.names(again), ["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay"]);
}

#[test]
fn words_of_a_member_alone_open_what_was_written_after_a_rotation_they_never_saw() {
    let mut town = Town::of(3);
    let ben = member_of(&mut town, 1);
    let words = words_of(&mut town, 1);
    lose(&mut town, 1);
    town.rotate(0);
    town.add(2, "Ana");
    town.rotate(0);
    town.add(0, "Ben");
    // Nobody else is there: only the server.
    lose(&mut town, 0);
    lose(&mut town, 2);
    let back = restored(&mut town, &words);
    assert_eq!((member_of(&mut town, back), town.names(back)), (ben, vec!["Ana".into(), "Ben".into()]));
    town.add(back, "Cleo");
    town.set_online(0, true);
    assert_eq!(town.names(0), ["Ana", "Ben", "Cleo"]);
}

#[test]
fn words_bring_back_whoever_types_them_while_the_key_is_changed() {
    let mut town = Town::of(2);
    let ben = member_of(&mut town, 1);
    let words = words_of(&mut town, 1);
    town.add(0, "Ana");
    lose(&mut town, 1);
    let back = town.stranger();
    let (group, url, now) = (town.group, town.servers[0].url.clone(), town.now);
    town.phones[back].device.restore(&url, &words, now).unwrap();
    // The new phone is about to be added, and Rosa's is quicker.
    town.step_up_to(back, |frame| matches!(frame, ClientFrame::Change(_)));
    town.phones[0].device.rotate(group, now).unwrap();
    while town.step(0) {}
    assert_eq!(town.phones[0].device.epoch(group).unwrap(), (Epoch::new(1), true));
    town.pass(60_000);
    assert_eq!((member_of(&mut town, back), town.names(back)), (ben, vec!["Ana".into()]));
    town.add(back, "Cleo");
    assert_eq!(town.names(0), ["Ana", "Cleo"]);
}

#[test]
fn words_of_a_removed_member_open_nothing_later() {
    let mut town = Town::of(3);
    let words = words_of(&mut town, 2);
    town.add(0, "Before");
    let (group, now) = (town.group, town.now);
    let members = town.phones[2].device.members(group).unwrap();
    let own = members.iter().find(|member| member.is_self).unwrap().id;
    town.phones[0].device.remove(group, vec![own], Vec::new(), now).unwrap();
    town.pass(3_000);
    town.add(0, "After");
    let back = restored(&mut town, &words);
    let refused = |event: &Event| matches!(event, Event::JoinFailed { .. } | Event::CodeNotFound { .. });
    assert!(town.phones[back].events.iter().any(refused), "{:?}", town.phones[back].events);
    assert!(town.phones[back].device.groups().is_empty());
    let kept = town.phones[back].ever.iter().filter(|(key, _)| key.windows(7).any(|part| part == b"/epoch/"));
    assert_eq!(kept.count(), 0, "no key of the group ever came to this phone");
    // It starts again as an ordinary phone.
    town.restart(back);
}

#[test]
fn new_words_take_the_place_of_old_ones() {
    let mut town = Town::of(2);
    let old = words_of(&mut town, 1);
    let new = words_of(&mut town, 1);
    town.rotate(0);
    town.add(0, "Ana");
    let back = restored(&mut town, &old);
    assert!(town.phones[back].events.contains(&Event::CodeNotFound { code: Code::NOT_FOUND }));
    assert!(town.phones[back].device.groups().is_empty());
    let back = restored(&mut town, &new);
    assert_eq!(town.names(back), ["Ana"]);
}

#[test]
fn old_words_whose_list_somebody_kept_do_not_count_any_more() {
    let mut town = Town::of(2);
    let old = words_of(&mut town, 1);
    // The list was found with them, and the network was gone before the words were replaced.
    let number = town.stranger();
    let (url, now, group) = (town.servers[0].url.clone(), town.now, town.group);
    town.servers[0].breaks_after = Some(2_400);
    town.phones[number].device.restore(&url, &old, now).unwrap();
    town.pass(1_000);
    lose(&mut town, number);
    town.servers[0].breaks_after = None;
    assert_eq!(town.phones[number].device.groups().len(), 1, "{:?}", town.phones[number].events);
    town.set_online(1, false);
    town.set_online(1, true);
    words_of(&mut town, 1);
    town.set_online(number, true);
    town.pass(5_000);
    let reason = JoinFailure::WordsReplaced;
    assert!(
        town.phones[number].events.contains(&Event::JoinFailed { group, reason }),
        "{:?}",
        town.phones[number].events
    );
}

#[test]
fn words_cover_groups_joined_later_once_they_are_typed_again_and_stay_good_after_a_move() {
    let mut town = Town::of(2);
    let words = words_of(&mut town, 1);
    // A second group on another server.
    let second = town.add_server("https://two.example.org", 11, Founding::Open);
    let (address, now) = (town.address(second), town.now);
    let found = porchlight_device::FoundGroup {
        name: "Elm Street".to_owned(),
        member_name: "Ben".to_owned(),
        server: address,
        token: None,
        country: None,
        zone: None,
        locale: None,
    };
    let elm = town.phones[1].device.found_group(found, now).unwrap();
    town.pass(3_000);
    let state =
        |device: &Device, group| device.recovery().into_iter().find(|(id, _)| *id == group).unwrap().1;
    assert_eq!(state(&town.phones[1].device, elm), RecoveryState::Lacking);
    town.phones[1].device.add_recovery_words(&words, now).unwrap();
    town.pass(3_000);
    for group in [town.group, elm] {
        assert_eq!(state(&town.phones[1].device, group), RecoveryState::Ready);
    }
    let both = [town.group, elm];
    comes_back(&mut town, 0, &words, &both);
    comes_back(&mut town, second, &words, &both);
    // The first group moves to the second server. Ben's phone brings there what belongs to his words.
    let (group, to, now) = (town.group, town.address(second), town.now);
    town.phones[0].device.move_to(group, to, None, now).unwrap();
    town.pass(60_000);
    assert_eq!(town.status(1).url, "https://two.example.org");
    assert_eq!(state(&town.phones[1].device, group), RecoveryState::Ready);
    lose(&mut town, 1);
    lose(&mut town, 0);
    comes_back(&mut town, second, &words, &both);
}

#[test]
fn words_stay_good_after_a_move_whose_old_server_is_gone_also_for_a_phone_that_was_restarted_meanwhile() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    let (ben, words) = (member_of(&mut town, 1), words_of(&mut town, 1));
    town.rotate(0);
    let new = town.add_server("https://two.example.org", 5, Founding::Open);
    town.set_online(1, false);
    let (group, now, address) = (town.group, town.now, town.address(new));
    town.phones[0].device.move_to(group, address, None, now).unwrap();
    town.pass(60_000);
    // The key changes on the new server while Ben's phone is away, so nobody seals it to him or to his words.
    town.rotate(0);
    town.add(2, "Ben");
    town.restart(1);
    town.set_online(1, true);
    town.pass(10 * 60_000);
    assert_eq!(town.phones[1].device.recovery(), [(group, RecoveryState::Ready)]);
    town.servers[0].url = "https://gone.example.org".to_owned();
    (0..3).for_each(|phone| lose(&mut town, phone));
    let back = restored_at(&mut town, new, &words);
    assert_eq!((member_of(&mut town, back), town.names(back)), (ben, vec!["Ana".into(), "Ben".into()]));
}

#[test]
fn words_stay_good_on_a_server_that_was_emptied_and_refilled_from_phones() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let words = words_of(&mut town, 1);
    town.replace(0, "nothing");
    town.pass(120_000);
    town.add(1, "Ben");
    assert_eq!(town.phones[1].device.recovery(), [(town.group, RecoveryState::Ready)]);
    lose(&mut town, 0);
    lose(&mut town, 1);
    let back = restored(&mut town, &words);
    assert_eq!(town.names(back), ["Ana", "Ben"]);
}

#[test]
fn words_stay_good_on_a_server_that_was_restored_to_before_they_were_made() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.back_up(0, "backup");
    let words = words_of(&mut town, 1);
    // Only the other phone is there when the backup is put in place, and gives back what was lost.
    town.set_online(1, false);
    town.replace(0, "backup");
    town.pass(120_000);
    town.set_online(1, true);
    town.pass(3_000);
    lose(&mut town, 0);
    lose(&mut town, 1);
    let back = restored(&mut town, &words);
    assert_eq!(town.names(back), ["Ana"]);
}

#[test]
fn a_phone_that_cannot_bring_what_belongs_to_its_words_asks_for_new_ones() {
    let mut town = Town::of(2);
    words_of(&mut town, 1);
    // What an older version of the app had not kept.
    let sealing = |key: &Vec<u8>| key.windows(9).any(|part| part == b"/sealing/");
    town.phones[1].disk.retain(|key, _| !sealing(key));
    town.restart(1);
    town.replace(0, "nothing");
    town.pass(120_000);
    assert_eq!(town.phones[1].device.recovery(), [(town.group, RecoveryState::Lacking)]);
    let words = words_of(&mut town, 1);
    lose(&mut town, 1);
    restored(&mut town, &words);
    assert_eq!(town.names(2), Vec::<String>::new());
}

/// Words that are typed on a new phone, with the address of any of the servers, bring it into all groups.
fn comes_back(town: &mut Town, server: usize, words: &str, groups: &[GroupId]) {
    let number = town.stranger();
    let (url, now) = (town.servers[server].url.clone(), town.now);
    town.phones[number].device.restore(&url, words, now).unwrap();
    town.pass(10_000);
    for group in groups {
        let joined = Event::Joined { group: *group };
        assert!(town.phones[number].events.contains(&joined), "{:?}", town.phones[number].events);
    }
    lose(town, number);
}

#[test]
fn words_are_on_no_phone_and_on_no_server() {
    let mut town = Town::of(1);
    let words = words_of(&mut town, 0);
    let back = restored(&mut town, &words);
    town.add(back, "Ana");
    town.back_up(0, "seized");
    let mut bytes = town.file("seized");
    for phone in [0, back] {
        bytes.extend(town.phones[phone].ever.iter().flat_map(|(_, value)| value.clone()));
    }
    let first: String = words.split(' ').take(2).collect::<Vec<_>>().join(" ");
    assert!(!bytes.windows(first.len()).any(|window| window == first.as_bytes()));
    assert!(!format!("{:?}", town.phones[0].device).contains(&first));
}

#[test]
fn coming_back_survives_a_line_that_breaks_at_any_place() {
    for breaks in [500, 2_500, 4_000, 5_000, 6_000, 8_000] {
        let mut town = Town::of(2);
        town.add(0, "Ana");
        let words = words_of(&mut town, 1);
        let number = town.stranger();
        let (url, now, group) = (town.servers[0].url.clone(), town.now, town.group);
        town.servers[0].breaks_after = Some(breaks);
        town.phones[number].device.restore(&url, &words, now).unwrap();
        town.pass(2_000);
        town.servers[0].breaks_after = None;
        if breaks % 1_000 == 0 {
            town.restart(number);
        }
        if town.phones[number].device.groups().is_empty() {
            // Nothing had been found yet: the words are typed again.
            let now = town.now;
            town.phones[number].device.restore(&url, &words, now).unwrap();
        }
        town.pass(60_000);
        assert!(town.phones[number].events.contains(&Event::Joined { group }), "{breaks}");
        assert_eq!(town.names(number), ["Ana"], "{breaks}");
    }
}

#[test]
fn an_organizers_words_also_work_where_nobody_else_is_left() {
    let mut town = Town::of(1);
    town.add(0, "Ana");
    let words = words_of(&mut town, 0);
    lose(&mut town, 0);
    let back = restored(&mut town, &words);
    assert_eq!(town.names(back), ["Ana"]);
    let (group, now) = (town.group, town.now);
    let link = town.phones[back].device.invite(group, InviteOptions::usual(now), now).unwrap();
    town.pass(2_000);
    let ben = town.newcomer(&link);
    town.pass(3_000);
    assert_eq!(town.names(ben), ["Ana"]);
}
