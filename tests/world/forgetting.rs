//! Forgetting for good.

use porchlight_documents::contacts;
use porchlight_documents::{Document, DocumentName, Editor};

use crate::town::Town;

fn id_of(town: &mut Town, phone: usize, name: &str) -> contacts::ContactId {
    let find = |document: &Document| {
        contacts::list(document).into_iter().find(|contact| contact.details.name == name).unwrap().id
    };
    let group = town.group;
    town.phones[phone].device.read(group, &DocumentName::contacts(), find).unwrap()
}

fn set_area(town: &mut Town, phone: usize, name: &str, area: &str) {
    let id = id_of(town, phone, name);
    let (group, now) = (town.group, town.now);
    let device = &mut town.phones[phone].device;
    let before =
        device.read(group, &DocumentName::contacts(), |list| contacts::get(list, &id).unwrap().details);
    let before = before.unwrap();
    let after = contacts::Details { area: area.to_owned(), ..before.clone() };
    let change = |editor: &mut Editor<'_>| contacts::update(editor, &id, &before, after, None);
    device.edit(group, &DocumentName::contacts(), now, change).unwrap();
}

fn forget(town: &mut Town, name: &str) -> porchlight_device::ForgetReceipt {
    let id = id_of(town, 0, name);
    let (group, now) = (town.group, town.now);
    let receipt = town.phones[0].device.forget_contact(group, &id, now).unwrap();
    town.pass(10_000);
    receipt
}

#[test]
fn a_forgotten_contact_is_gone_from_every_phone_with_its_history_and_the_receipt_says_who_may_hold_a_copy() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.add(1, "Mrs. Tran");
    town.set_online(2, false);
    let receipt = forget(&mut town, "Mrs. Tran");
    assert_eq!(receipt.devices, 2);
    assert_eq!(town.names(1), ["Ana"]);
    town.set_online(2, true);
    town.assert_all_alike(&["Ana"]);
    for phone in &town.phones {
        let open = phone.disk.iter().filter(|(key, _)| {
            let key = String::from_utf8_lossy(key);
            key.contains("/base/") || key.contains("/change/")
        });
        for (key, value) in open {
            let holds = value.windows(9).any(|part| part == b"Mrs. Tran");
            assert!(!holds, "{}", String::from_utf8_lossy(key));
        }
    }
    town.add(2, "Ben");
    town.assert_all_alike(&["Ana", "Ben"]);
    let joined = town.join();
    assert_eq!(town.names(joined), ["Ana", "Ben"]);
}

#[test]
fn what_somebody_wrote_in_a_list_meanwhile_is_carried_into_the_one_without_the_forgotten() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    town.set_online(1, false);
    town.set_online(2, false);
    town.add_quietly(1, "Ben");
    set_area(&mut town, 1, "Ana", "5th and Elm");
    town.add_quietly(2, "Carl");
    forget(&mut town, "Mrs. Tran");
    town.set_online(1, true);
    town.set_online(2, true);
    town.assert_all_alike(&["Ana", "Ben", "Carl"]);
    let id = id_of(&mut town, 0, "Ana");
    let area = |document: &Document| contacts::get(document, &id).unwrap().details.area;
    let group = town.group;
    assert_eq!(town.phones[2].device.read(group, &DocumentName::contacts(), area).unwrap(), "5th and Elm");
}

#[test]
fn a_later_edit_to_what_was_forgotten_becomes_a_question() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    town.set_online(1, false);
    set_area(&mut town, 1, "Mrs. Tran", "5th and Elm");
    forget(&mut town, "Mrs. Tran");
    town.set_online(1, true);
    let group = town.group;
    let late = town.phones[0].device.late_edits(group);
    assert_eq!(late.len(), 1, "somebody edited what was forgotten");
    assert_eq!(late[0].kind, "contacts");
    town.assert_all_alike(&["Ana"]);
}

#[test]
fn nothing_is_forgotten_for_good_while_something_may_not_have_been_read() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let id = id_of(&mut town, 0, "Ana");
    town.set_online(0, false);
    let (group, now) = (town.group, town.now);
    let refused = town.phones[0].device.forget_contact(group, &id, now).unwrap_err();
    assert!(refused.to_string().contains("connect first"), "{refused}");
    assert_eq!(town.names(0), ["Ana"]);
}

#[test]
fn only_organizers_forget_for_good() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    let id = id_of(&mut town, 1, "Ana");
    let (group, now) = (town.group, town.now);
    assert!(town.phones[1].device.forget_contact(group, &id, now).is_err());
    assert_eq!(town.names(1), ["Ana"]);
}

#[test]
fn the_list_that_was_written_anew_is_in_the_log_before_the_old_one_is_forgotten() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    town.restart(0);
    // This goes out at once, and what is written after it waits a moment for more.
    town.add_quietly(0, "Ben");
    let id = id_of(&mut town, 0, "Mrs. Tran");
    let (group, now) = (town.group, town.now);
    town.phones[0].device.forget_contact(group, &id, now).unwrap();
    town.step(0);
    town.set_online(0, false);
    assert_eq!(town.names(1), ["Ana", "Ben"]);
}

#[test]
fn what_was_forgotten_after_a_key_that_a_phone_lacks_is_forgotten_there_once_it_has_the_key() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    town.set_online(1, false);
    town.add_quietly(1, "Ben");
    town.rotate(0);
    forget(&mut town, "Mrs. Tran");
    town.add(0, "Carl");
    town.set_online(1, true);
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Ben", "Carl"]);
    town.add(1, "Dora");
    town.assert_all_alike(&["Ana", "Ben", "Carl", "Dora"]);
}
