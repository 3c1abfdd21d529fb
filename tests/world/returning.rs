//! Phones that come back and do not know what of theirs has arrived.

use std::collections::BTreeMap;

use crate::town::Town;

type Disk = BTreeMap<Vec<u8>, Vec<u8>>;

/// Ben's contact is in the log, between one of Ana's and one of Dora's that his phone has not read either. The power went
/// before his phone had stored that it is there; gives what it had stored.
fn unheard_of() -> (Town, Disk) {
    let mut town = Town::of(2);
    town.set_online(1, false);
    town.add(0, "Ana");
    town.add_quietly(1, "Ben");
    let (group, now) = (town.group, town.now);
    // Written to a file, it is sealed.
    town.phones[1].device.export_bundle(group, now).unwrap();
    town.run();
    let disk = town.phones[1].disk.clone();
    town.set_online(1, true);
    town.set_online(1, false);
    town.add(0, "Dora");
    (town, disk)
}

#[test]
fn what_is_sent_again_in_front_of_something_new_needs_no_further_connection() {
    let (mut town, disk) = unheard_of();
    town.phones[1].disk = disk;
    town.restart(1);
    town.add_quietly(1, "Cleo");
    let before = town.connections;
    town.set_online(1, true);
    town.pass(60_000);
    assert_eq!(town.connections, before + 1);
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora"]);
}

#[test]
fn a_phone_that_ended_while_it_read_takes_its_new_work_for_what_comes_last() {
    let (mut town, mut disk) = unheard_of();
    town.phones[1].disk.clone_from(&disk);
    town.restart(1);
    let before = town.phones[1].ever.len();
    town.set_online(1, true);
    town.set_online(1, false);
    // It got as far as to store what it was about to read.
    let mark = town.phones[1].ever[before..].iter().find(|(key, _)| key.ends_with(b"/mark")).cloned();
    disk.extend(mark);
    assert!(disk.keys().any(|key| key.ends_with(b"/mark")));
    town.phones[1].disk = disk;
    town.restart(1);
    town.add_quietly(1, "Cleo");
    town.set_online(1, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Ben", "Cleo", "Dora"]);
}
