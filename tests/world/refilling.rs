//! Servers that went back in time.

use porchlight_device::{Event, InviteOptions, Problem};
use porchlight_wire::{Epoch, Position};

use crate::town::Town;

fn put_back(town: &Town, phone: usize) -> u32 {
    let counts = town.phones[phone].events.iter().filter_map(|event| match event {
        Event::PutBack { records, .. } => Some(*records),
        _ => None,
    });
    counts.sum()
}

#[test]
fn a_restored_backup_is_refilled_by_a_phone_with_other_members_entries_included() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.back_up(0, "backup");
    town.add(1, "Ben");
    town.add(2, "Cleo");
    // Ben's and Cleo's phones are off when the backup is put back; Rosa's has what they wrote.
    town.set_online(1, false);
    town.set_online(2, false);
    town.replace(0, "backup");
    town.pass(60_000);
    assert_eq!(put_back(&town, 0), 2, "the server had old data; 2 changes were put back");
    assert_eq!(town.status(0).put_back, 2);
    town.set_online(1, true);
    town.set_online(2, true);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    let lost = town.status(0).lost;
    assert!(lost.is_some());
    for phone in [1, 2] {
        assert_eq!(put_back(&town, phone), 0, "it was not they who gave it back");
        assert_eq!(town.status(phone).lost, lost, "but they hear of it too, before anybody writes anything");
    }
    town.add(1, "Dora");
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora"]);
    let joined = town.join();
    assert_eq!(town.names(joined), ["Ana", "Ben", "Cleo", "Dora"]);
    for phone in 0..3 {
        assert_eq!(
            town.status(phone).lost,
            lost,
            "and it is one loss, though what follows is of another generation"
        );
    }
    assert_eq!(town.status(joined).lost, None, "what was before somebody came is no news for them");
    town.back_up(0, "again");
    town.add(1, "Ed");
    town.replace(0, "again");
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora", "Ed"]);
    for phone in 0..4 {
        assert!(town.status(phone).lost > lost, "the next one is another");
    }
}

#[test]
fn whoever_opens_the_group_after_others_wrote_hears_of_the_loss_from_the_log() {
    let mut town = Town::of(3);
    town.back_up(0, "backup");
    town.add(1, "Ben");
    town.set_online(0, false);
    town.replace(0, "backup");
    town.pass(60_000);
    town.add(1, "Written since");
    town.pass(60_000);
    town.set_online(0, true);
    town.assert_all_alike(&["Ben", "Written since"]);
    assert_eq!(put_back(&town, 0), 0);
    assert!(town.status(0).lost.is_some());
}

#[test]
fn what_was_written_on_the_restored_server_meanwhile_is_kept_behind_what_was_first() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.set_online(2, false);
    town.back_up(0, "backup");
    town.add(1, "Ben");
    town.set_online(0, false);
    town.set_online(1, false);
    town.replace(0, "backup");
    // Cleo was away all the time and writes to the old log.
    town.set_online(2, true);
    town.add(2, "Cleo");
    assert_eq!(town.names(2), ["Ana", "Cleo"]);
    town.set_online(1, true);
    town.pass(60_000);
    town.set_online(0, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    assert_eq!(town.status(2).put_back, 1, "Cleo's phone says so too");
}

#[test]
fn an_emptied_disk_is_filled_again_from_phones() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.add(1, "Ben");
    town.set_online(0, false);
    town.set_online(2, false);
    town.replace(0, "nothing");
    town.pass(60_000);
    town.set_online(0, true);
    town.set_online(2, true);
    town.assert_all_alike(&["Ana", "Ben"]);
    town.add(2, "Cleo");
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
}

#[test]
fn a_phone_that_is_restarted_in_the_middle_goes_on_refilling() {
    let mut town = Town::of(2);
    town.back_up(0, "backup");
    for name in ["Ana", "Ben", "Cleo"] {
        town.add(1, name);
    }
    town.replace(0, "backup");
    for _ in 0..4 {
        town.restart(0);
        town.restart(1);
    }
    town.pass(120_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    assert!(
        !town
            .phones
            .iter()
            .any(|phone| phone.disk.keys().any(|key| { String::from_utf8_lossy(key).contains("/stray/") }))
    );
}

#[test]
fn unsent_work_survives_a_server_that_went_back_and_no_entry_is_sealed_twice() {
    let mut town = Town::of(2);
    town.back_up(0, "backup");
    town.add(1, "Ana");
    town.set_online(1, false);
    town.add_quietly(1, "Ben");
    town.replace(0, "backup");
    town.set_online(0, false);
    town.set_online(1, true);
    town.pass(60_000);
    town.set_online(0, true);
    town.assert_all_alike(&["Ana", "Ben"]);
}

#[test]
fn an_emptied_server_gets_sealing_keys_and_boxes_back_so_that_keys_change_and_people_join() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    let (group, now) = (town.group, town.now);
    let link = town.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
    town.pass(2_000);
    // Phone 1 gives the log back; the others come later.
    town.set_online(0, false);
    town.set_online(2, false);
    town.replace(0, "nothing");
    town.pass(60_000);
    for phone in [2, 0] {
        town.set_online(phone, true);
    }
    (0..3).for_each(|phone| town.set_online(phone, false));
    let joined = town.newcomer(&link);
    town.pass(5_000);
    assert_eq!(town.names(joined), ["Ana"], "nobody else is online");
    town.set_online(joined, false);
    // Phone 0 knows no sealing key but its own: the server has those of the others again.
    town.set_online(0, true);
    let now = town.now;
    town.phones[0].device.rotate(group, now).unwrap();
    town.pass(3_000);
    town.set_online(0, false);
    for phone in [1, 2, joined] {
        town.set_online(phone, true);
        assert_eq!(town.phones[phone].device.epoch(group).unwrap(), (Epoch::new(1), true), "phone {phone}");
        town.set_online(phone, false);
    }
}

#[test]
fn an_emptied_server_gets_a_lobbys_key_back_so_that_people_can_ask_to_be_let_in() {
    let mut town = Town::of(2);
    let (group, now) = (town.group, town.now);
    let options = InviteOptions { vouches: Some(0), ..InviteOptions::usual(now) };
    let before = town.phones[0].device.invite(group, options, now).unwrap();
    town.pass(2_000);
    town.replace(0, "nothing");
    town.pass(120_000);
    let asking = town.asking(&before, "Cleo", "from number 12");
    town.pass(5_000);
    let now = town.now;
    town.phones[0].device.ask_lobby(group, now).unwrap();
    town.pass(1_000);
    let waiting: Vec<_> = town.phones[0].device.lobby(group).unwrap().to_vec();
    assert_eq!(waiting.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Cleo"]);
    let now = town.now;
    town.phones[0].device.admit(group, waiting[0].device, now).unwrap();
    town.pass(5_000);
    town.add(asking, "Ana");
    assert_eq!(town.names(0), ["Ana"]);
}

/// Phone 2 has joined and written while nobody else was there, and the server was then restored to before that.
fn restored_to_before_a_join(invited: Invited) -> Town {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let link_before = |town: &mut Town| {
        let (group, now) = (town.group, town.now);
        let link = town.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
        town.pass(2_000);
        link
    };
    let link = match invited {
        Invited::BeforeTheBackup => {
            let link = link_before(&mut town);
            town.back_up(0, "backup");
            link
        }
        Invited::AfterTheBackup => {
            town.back_up(0, "backup");
            link_before(&mut town)
        }
    };
    town.set_online(0, false);
    town.set_online(1, false);
    let joined = town.newcomer(&link);
    town.pass(3_000);
    town.add(joined, "Ben");
    town.replace(0, "backup");
    town
}

enum Invited {
    BeforeTheBackup,
    AfterTheBackup,
}

#[test]
fn a_phone_whose_join_only_it_has_seen_shows_a_restored_server_that_it_was_let_in() {
    for invited in [Invited::BeforeTheBackup, Invited::AfterTheBackup] {
        let mut town = restored_to_before_a_join(invited);
        town.pass(60_000);
        let status = town.status(2);
        assert!(status.current && status.problem.is_none(), "{status:?}");
        town.add(2, "Cleo");
        for phone in [0, 1] {
            town.set_online(phone, true);
        }
        town.pass(60_000);
        town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
        let members = town.phones[0].device.members(town.group).unwrap();
        assert_eq!(members.len(), 3);
    }
}

#[test]
fn others_who_wrote_to_the_restored_server_go_on_behind_a_join_that_comes_back() {
    let mut town = restored_to_before_a_join(Invited::BeforeTheBackup);
    town.set_online(2, false);
    town.set_online(1, true);
    town.add(1, "Dora");
    town.set_online(2, true);
    town.pass(120_000);
    town.set_online(0, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben", "Dora"]);
}

#[test]
fn a_phone_that_was_taken_out_on_the_restored_server_does_not_come_back_by_its_join() {
    let mut town = Town::of(3);
    town.add(2, "Ana");
    let (group, now) = (town.group, town.now);
    let members = town.phones[2].device.members(group).unwrap();
    let own = members.iter().find(|member| member.is_self).unwrap().id;
    town.set_online(2, false);
    town.phones[0].device.remove(group, vec![own], Vec::new(), now).unwrap();
    town.pass(3_000);
    town.set_online(2, true);
    town.pass(60_000);
    assert!(town.status(2).departure.is_some());
    town.add(0, "Ben");
    assert_eq!(town.names(2), ["Ana"]);
}

/// The server was emptied once before phone 2 came in, so that what phones give back first does not let it in.
fn with_a_newcomer_of_a_later_generation() -> Town {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.replace(0, "nothing");
    town.pass(60_000);
    town.join();
    town
}

#[test]
fn what_a_phone_said_before_an_emptied_server_knew_it_is_said_again() {
    let mut town = with_a_newcomer_of_a_later_generation();
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.add_quietly(2, "Ben");
    town.replace(0, "nothing again");
    town.set_online(2, true);
    // Phone 0 gives the group back before phone 2 looks again.
    town.set_online(0, true);
    town.set_online(1, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben"]);
}

#[test]
fn a_late_comer_whose_join_is_not_in_the_first_records_that_it_keeps_gives_an_emptied_server_all_it_has() {
    let mut town = Town::of(2);
    town.fill(0, 130);
    let late = town.join();
    town.add(late, "Zoe");
    let names = town.names(late);
    // Nobody else's phone is left.
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.replace(0, "nothing");
    town.set_online(late, true);
    town.pass(10 * 60_000);
    let status = town.status(late);
    assert!(status.current && status.waiting == 0 && status.problem.is_none(), "{status:?}");
    assert_eq!(town.base(0), Position::new(0), "the log begins where it began");
    // Whoever comes back all the same has lost nothing, and finds everything.
    for phone in [0, 1] {
        town.set_online(phone, true);
    }
    town.pass(60_000);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    town.assert_all_alike(&names);
}

#[test]
fn two_late_comers_who_started_from_a_snapshot_go_on_when_the_phones_of_those_before_are_gone() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    town.fill(0, 130);
    let (first, second) = (town.join(), town.join());
    town.make_organizer(first);
    town.make_organizer(second);
    (0..4).for_each(|phone| town.set_online(phone, false));
    town.add_quietly(second, "Zoe");
    town.replace(0, "nothing");
    for phone in [first, second] {
        town.set_online(phone, true);
    }
    town.pass(3 * 60 * 60_000);
    for phone in [first, second] {
        let status = town.status(phone);
        assert!(status.current && status.waiting == 0 && status.problem.is_none(), "{phone}: {status:?}");
        assert_eq!(town.names(phone).len(), 132);
    }
    let newest = town.join_by(first);
    assert_eq!(town.names(newest).len(), 132);
}

#[test]
fn a_late_comer_of_a_later_generation_gives_an_emptied_server_all_it_has() {
    let mut town = with_a_newcomer_of_a_later_generation();
    town.make_organizer(2);
    town.add(2, "Ben");
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.replace(0, "nothing again");
    town.set_online(2, true);
    town.pass(10 * 60_000);
    let status = town.status(2);
    assert!(status.current && status.problem.is_none(), "{status:?}");
    let newest = town.join_by(2);
    assert_eq!(town.names(newest), ["Ana", "Ben"]);
}

#[test]
fn people_come_in_after_the_only_organizers_phone_alone_has_filled_an_emptied_server() {
    let mut town = Town::of(2);
    town.fill(0, 30);
    town.endorse_a_snapshot(1, 0);
    town.add(0, "Zoe");
    town.set_online(1, false);
    town.replace(0, "nothing");
    town.pass(60_000);
    assert!(town.base(0) > Position::new(0), "what is older only a Snapshot brings");
    // Nobody but the organizer could look at one, so somebody else has to make it, and does once the log goes on.
    town.set_online(1, true);
    town.add(1, "Xi");
    town.pass(60 * 60_000);
    let joined = town.join();
    town.pass(60_000);
    assert_eq!(town.names(joined).len(), 32);
    town.add(joined, "Yan");
    assert_eq!(town.names(0).len(), 33);
}

#[test]
fn a_phone_that_keeps_nothing_as_old_as_a_backup_goes_on_once_another_one_has_filled_the_server() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.back_up(0, "backup");
    // Phone 2 was away for so long that a Snapshot leads it past what the server has dropped.
    town.set_online(2, false);
    town.add(1, "Ben");
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    assert!(town.base(0) > Position::new(0));
    town.set_online(2, true);
    town.add(2, "Cleo");
    (0..2).for_each(|phone| town.set_online(phone, false));
    town.replace(0, "backup");
    town.pass(60_000);
    town.add_quietly(2, "Dora");
    assert_eq!(town.status(2).problem, Some(Problem::OtherHistory));
    let before = town.connections;
    town.set_online(0, true);
    town.pass(10 * 60_000);
    assert_eq!(town.connections, before + 1, "the line of phone 2 has stood all the time");
    town.set_online(1, true);
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora"]);
}

#[test]
fn who_comes_in_before_there_is_a_snapshot_of_a_filled_server_starts_once_it_is_there() {
    let mut town = Town::of(2);
    town.fill(0, 30);
    town.endorse_a_snapshot(1, 0);
    town.set_online(1, false);
    town.replace(0, "nothing");
    town.pass(60_000);
    assert!(town.base(0) > Position::new(0), "what is older only a Snapshot brings");
    let joined = town.join();
    assert_eq!(town.status(joined).problem, Some(Problem::NoSnapshot));
    let before = town.connections;
    town.set_online(1, true);
    town.add(1, "Xi");
    town.pass(70 * 60_000);
    assert_eq!(town.connections, before + 1, "the newcomer's line has stood all the time");
    assert_eq!(town.status(joined).problem, None);
    assert_eq!(town.names(joined).len(), 31);
}

/// A neighborhood whose phones keep nothing as old as the backup: so much time has gone by, and a Snapshot stands for it.
/// Phone 3 was away all that time.
fn with_a_backup_older_than_what_phones_keep() -> Town {
    let mut town = Town::of(4);
    town.add(0, "Ana");
    town.set_online(3, false);
    town.back_up(0, "backup");
    a_month_with_a_snapshot(&mut town, 1, 0);
    for (phone, name) in [(0, "Cleo"), (1, "Dora"), (2, "Eli")] {
        town.add(phone, name);
    }
    town
}

/// Of what was before it, phones keep no Records.
fn a_month_with_a_snapshot(town: &mut Town, maker: usize, judge: usize) {
    town.fill(maker, 10);
    town.pass_days(45);
    town.fill(maker, 10);
    town.endorse_a_snapshot(maker, judge);
}

/// That all phones, and some more contacts than those that fill the list, are the same.
fn assert_alike(town: &mut Town, names: &[&str], filled: usize) {
    let all = town.names(0);
    assert_eq!(all.len(), filled + names.len());
    assert!(names.iter().all(|name| all.iter().any(|one| one == name)), "{all:?}");
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    town.assert_all_alike(&all);
}

#[test]
fn a_backup_older_than_all_that_phones_keep_is_led_past_what_nobody_has_any_more() {
    let mut town = with_a_backup_older_than_what_phones_keep();
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.replace(0, "backup");
    // Whoever was away since then goes on where the backup ends.
    town.set_online(3, true);
    town.add(3, "Fay");
    assert_eq!(town.names(3), ["Ana", "Fay"]);
    (0..3).for_each(|phone| town.set_online(phone, true));
    town.pass(60_000);
    for phone in 0..3 {
        assert_eq!(town.status(phone).problem, Some(Problem::OtherHistory), "others may have more: {phone}");
    }
    town.pass(3 * 60 * 60_000);
    let all = ["Ana", "Cleo", "Dora", "Eli", "Fay"];
    assert_alike(&mut town, &all, 20);
    assert!(put_back(&town, 0) + put_back(&town, 1) + put_back(&town, 2) > 0, "people are told");
    let joined = town.join();
    assert_eq!(town.names(joined).len(), 25);
    town.add(joined, "Gil");
    assert_alike(&mut town, &["Ana", "Cleo", "Dora", "Eli", "Fay", "Gil"], 20);
}

#[test]
fn phones_lead_an_old_backup_further_one_after_the_other() {
    let mut town = with_a_backup_older_than_what_phones_keep();
    town.set_online(0, false);
    town.make_organizer(2);
    a_month_with_a_snapshot(&mut town, 1, 2);
    town.add(2, "Gil");
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.replace(0, "backup");
    for phone in [0, 2, 1, 3] {
        town.set_online(phone, true);
        town.pass(60 * 60_000);
    }
    town.pass(3 * 60 * 60_000);
    assert_alike(&mut town, &["Ana", "Cleo", "Dora", "Eli", "Gil"], 40);
}
