//! Snapshots: making, endorsing, starting from one.

use porchlight_wire::Position;

use crate::town::Town;

#[test]
fn an_organizers_device_endorses_a_snapshot_that_holds_what_it_has() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.add(1, "Ben");
    town.endorse_a_snapshot(1, 0);
    assert_eq!(town.status(1).snapshots.endorsed, town.status(0).snapshots.endorsed);
}

#[test]
fn a_group_of_one_endorses_its_own_snapshot_after_loading_it_again() {
    let mut town = Town::of(1);
    town.add(0, "Ana");
    let (group, now) = (town.group, town.now);
    town.phones[0].device.make_snapshot(group, now).unwrap();
    town.pass(60 * 60_000);
    assert!(town.status(0).snapshots.endorsed.is_some());
}

#[test]
fn newcomers_start_from_a_snapshot_and_records_are_dropped_after_the_grace_period() {
    let mut town = Town::of(2);
    for name in ["Ana", "Ben", "Cleo"] {
        town.add(0, name);
    }
    town.endorse_a_snapshot(1, 0);
    town.add(1, "Dora");
    town.pass_days(15);
    let joined = town.join();
    town.pass(60_000);
    assert_eq!(town.names(joined), ["Ana", "Ben", "Cleo", "Dora"]);
    assert!(town.status(joined).current);
    town.add(joined, "Eva");
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora", "Eva"]);
}

#[test]
fn newcomers_have_a_snapshot_after_two_round_trips_and_the_log_behind_it_after_one_more() {
    let mut town = Town::of(2);
    town.fill(0, 260);
    town.endorse_a_snapshot(1, 0);
    let joined = town.join();
    assert_eq!(town.names(joined).len(), 260);
    assert!(town.phones[joined].received > 400_000, "it does not come with the first pieces");
    town.add(0, "Zoe");
    assert_eq!(town.names(joined).len(), 261);
    assert_eq!(town.phones[joined].trips, 3);
}

#[test]
fn newcomers_have_the_whole_log_after_two_round_trips_where_there_is_no_snapshot() {
    let mut town = Town::of(2);
    for name in ["Ana", "Ben", "Cleo"] {
        town.add(0, name);
    }
    let joined = town.join();
    assert_eq!(town.names(joined), ["Ana", "Ben", "Cleo"]);
    assert_eq!(town.phones[joined].trips, 2);
}

#[test]
fn a_phone_that_was_away_until_its_records_were_dropped_merges_a_snapshot_and_loses_nothing() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.set_online(2, false);
    town.add_quietly(2, "Cleo");
    town.add(0, "Ben");
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    town.set_online(2, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
}

#[test]
fn a_newcomer_gets_in_over_a_line_that_breaks_every_200_kilobytes() {
    let mut town = Town::of(2);
    town.fill(0, 260);
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    let joined = town.invite();
    town.servers[0].breaks_after = Some(200_000);
    for _ in 0..40 {
        town.pass(60_000);
        // Now and then the phone is also started anew.
        town.restart(joined);
    }
    let failed =
        |event: &porchlight_device::Event| matches!(event, porchlight_device::Event::JoinFailed { .. });
    assert_eq!(town.phones[joined].events.iter().find(|event| failed(event)), None);
    assert_eq!(town.names(joined).len(), 260);
    assert!(town.status(joined).current);
    let received = town.phones[joined].received;
    assert!(received > 400_000, "{received} bytes: the line had to break several times");
    assert!(received < 2_000_000, "{received} bytes: what had come was not fetched again and again");
    let left = |word: &str| {
        town.phones[joined].disk.keys().filter(|key| String::from_utf8_lossy(key).contains(word)).count()
    };
    assert_eq!((left("/piece/"), left("/loaded/")), (0, 0), "nothing of the way in is left over");
}

#[test]
fn an_emptied_server_is_given_a_snapshot_where_phones_do_not_keep_the_records() {
    let mut town = Town::of(2);
    for name in ["Ana", "Ben"] {
        town.add(0, name);
    }
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    let joined = town.join();
    town.add(0, "Cleo");
    // Only the newcomer is there, who started from the Snapshot and has no older Records.
    town.set_online(0, false);
    town.set_online(1, false);
    town.replace(0, "nothing");
    town.pass(60 * 60_000);
    town.set_online(0, true);
    town.set_online(1, true);
    town.pass(60 * 60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
    assert!(town.status(joined).snapshots.newest.is_some_and(|position| position > Position::new(0)));
    let late = town.join();
    town.pass(60_000);
    assert_eq!(town.names(late), ["Ana", "Ben", "Cleo"]);
}

#[test]
fn a_snapshot_is_sealed_anew_where_the_server_lost_what_it_had_of_the_last_one() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.endorse_a_snapshot(1, 0);
    let before = town.status(0).snapshots.endorsed;
    town.replace(0, "nothing");
    town.pass(60_000);
    town.endorse_a_snapshot(1, 0);
    let after = town.status(0).snapshots;
    assert!(after.endorsed > before, "{after:?} after {before:?}");
}

#[test]
fn a_phone_that_was_away_across_a_new_key_starts_from_a_snapshot_that_is_sealed_under_it() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.set_online(2, false);
    town.add_quietly(2, "Written while away");
    town.rotate(0);
    town.add(1, "Ben");
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    town.set_online(2, true);
    town.pass(60_000);
    assert!(town.status(2).current, "{:?}", town.status(2));
    town.assert_all_alike(&["Ana", "Ben", "Written while away"]);
}

#[test]
fn a_copied_phone_that_starts_from_a_snapshot_notices_that_its_numbers_were_taken_and_loses_nothing() {
    let mut town = Town::of(3);
    town.add(2, "Ana");
    let copy = town.phones[2].disk.clone();
    for name in ["First", "Second", "Third"] {
        town.add(2, name);
    }
    town.endorse_a_snapshot(1, 0);
    town.pass_days(15);
    town.set_online(2, false);
    town.phones[2].disk = copy;
    town.restart(2);
    town.add_quietly(2, "Written on the copy");
    let (group, now) = (town.group, town.now);
    // Sealed as a bundle would have it.
    town.phones[2].device.export_bundle(group, now).unwrap();
    town.set_online(2, true);
    town.pass(120_000);
    town.assert_all_alike(&["Ana", "First", "Second", "Third", "Written on the copy"]);
    town.add(2, "Afterwards");
    town.assert_all_alike(&["Afterwards", "Ana", "First", "Second", "Third", "Written on the copy"]);
}

#[test]
fn whoever_was_away_while_others_became_organizers_and_keys_changed_starts_from_what_those_endorsed() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.set_online(2, false);
    town.make_organizer(1);
    let (group, now) = (town.group, town.now);
    town.phones[1].device.rotate(group, now).unwrap();
    town.pass(3_000);
    town.add(0, "Ben");
    // Only the new organizer's word stands for the Snapshot that leads past what was dropped.
    town.endorse_a_snapshot(0, 1);
    town.pass_days(15);
    assert!(town.base(0) > Position::new(0));
    town.set_online(2, true);
    town.pass(60_000);
    town.add(2, "Cleo");
    town.assert_all_alike(&["Ana", "Ben", "Cleo"]);
}
