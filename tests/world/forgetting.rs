//! Forgetting for good.

use std::collections::BTreeSet;

use porchlight_documents::contacts::{self, Presence};
use porchlight_documents::{Document, DocumentName, Editor, Kind};

use porchlight_wire::frame::ClientFrame;
use porchlight_wire::roster::Role;

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
    let receipt = forget_quietly(town, 0, name);
    town.pass(10_000);
    receipt
}

fn forget_quietly(town: &mut Town, phone: usize, name: &str) -> porchlight_device::ForgetReceipt {
    let id = id_of(town, phone, name);
    let (group, now) = (town.group, town.now);
    town.phones[phone].device.forget_contact(group, &id, now).unwrap()
}

/// A town whose first two phones are organizers'.
fn with_two_organizers(size: usize, names: &[&str]) -> Town {
    let mut town = Town::of(size);
    town.make_organizer(1);
    for name in names {
        town.add(0, name);
    }
    town
}

/// Nothing that a phone keeps open has this text in it.
fn assert_nowhere(town: &Town, text: &str) {
    for phone in &town.phones {
        let open = phone.disk.iter().filter(|(key, _)| {
            let key = String::from_utf8_lossy(key);
            key.contains("/base/") || key.contains("/change/")
        });
        for (key, value) in open {
            let holds = value.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!holds, "{}", String::from_utf8_lossy(key));
        }
    }
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
    assert_nowhere(&town, "Mrs. Tran");
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
fn a_list_written_anew_by_somebody_who_may_not_forget_any_more_stands_nowhere_and_goes_with_the_next_forgotten()
 {
    let mut town = with_two_organizers(3, &["Ana", "Mrs. Tran"]);
    forget_quietly(&mut town, 1, "Mrs. Tran");
    // The list without her is in the log, and Rosa is quicker than what says that it is the list.
    town.step_up_to(1, |frame| matches!(frame, ClientFrame::State(_)));
    let (group, now) = (town.group, town.now);
    let members = town.phones[1].device.members(group).unwrap();
    let own = members.iter().find(|member| member.is_self).unwrap().id;
    town.phones[0].device.set_role(group, own, Role::Member, now).unwrap();
    while town.step(0) {}
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Mrs. Tran"]);
    for phone in 0..3 {
        let names = town.phones[phone].device.documents(group).unwrap();
        assert_eq!(names.iter().filter(|name| name.kind == Kind::Contacts).count(), 1, "phone {phone}");
    }
    forget(&mut town, "Ana");
    town.assert_all_alike(&["Mrs. Tran"]);
    assert_nowhere(&town, "Ana");
    // Whoever may again, can.
    town.make_organizer(1);
    forget_quietly(&mut town, 1, "Mrs. Tran");
    town.pass(10_000);
    town.assert_all_alike(&[]);
    assert_nowhere(&town, "Mrs. Tran");
}

#[test]
fn what_two_wrote_in_one_field_stands_side_by_side_where_the_list_was_written_anew_meanwhile() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    town.set_online(1, false);
    set_area(&mut town, 1, "Ana", "5th and Elm");
    forget(&mut town, "Mrs. Tran");
    set_area(&mut town, 0, "Ana", "6th and Oak");
    town.pass(10_000);
    town.set_online(1, true);
    town.pass(10_000);
    let id = id_of(&mut town, 0, "Ana");
    for phone in 0..3 {
        let group = town.group;
        let areas = |document: &Document| {
            let asked = contacts::get(document, &id).unwrap().conflicts;
            let versions = asked.into_iter().flat_map(|conflict| conflict.versions);
            versions.map(|version| version.text).collect::<BTreeSet<_>>()
        };
        let areas = town.phones[phone].device.read(group, &DocumentName::contacts(), areas).unwrap();
        assert_eq!(areas, ["5th and Elm", "6th and Oak"].map(str::to_owned).into(), "phone {phone}");
    }
}

#[test]
fn what_a_removed_phone_wrote_into_a_list_that_was_written_anew_meanwhile_is_let_in_all_the_same() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    town.set_online(2, false);
    town.add_quietly(2, "Olga");
    set_area(&mut town, 2, "Ana", "5th and Elm");
    set_area(&mut town, 2, "Mrs. Tran", "6th and Oak");
    forget(&mut town, "Mrs. Tran");
    let (group, now) = (town.group, town.now);
    let removed = town.status(2).member.unwrap();
    town.phones[0].device.remove(group, vec![removed], Vec::new(), now).unwrap();
    town.pass(2_000);
    town.set_online(2, true);
    town.phones[0].device.ask_held(group, town.now).unwrap();
    town.pass(1_000);
    town.restart(0);
    town.phones[0].device.ask_held(group, town.now).unwrap();
    town.pass(1_000);
    let held = town.phones[0].device.held(group).unwrap()[0].device;
    town.phones[0].device.accept_held(group, held, town.now).unwrap();
    town.pass(10_000);
    assert_eq!(town.names(0), ["Ana", "Olga"]);
    assert_eq!(town.names(1), ["Ana", "Olga"]);
    let id = id_of(&mut town, 1, "Ana");
    let area = |document: &Document| contacts::get(document, &id).unwrap().details.area;
    assert_eq!(town.phones[1].device.read(group, &DocumentName::contacts(), area).unwrap(), "5th and Elm");
    assert!(town.phones[0].device.held(group).unwrap().is_empty());
}

#[test]
fn what_nobody_has_decided_stays_open_when_somebody_else_is_forgotten() {
    let mut town = Town::of(3);
    for name in ["Ana", "Mrs. Tran", "Ben"] {
        town.add(0, name);
    }
    let (ana, ben) = (id_of(&mut town, 0, "Ana"), id_of(&mut town, 0, "Ben"));
    town.set_online(1, false);
    set_area(&mut town, 1, "Ana", "5th and Elm");
    set_area(&mut town, 1, "Ben", "Back door");
    set_area(&mut town, 0, "Ana", "6th and Oak");
    let (group, now) = (town.group, town.now);
    let remove = |editor: &mut Editor<'_>| contacts::remove(editor, &ben, "moved away");
    town.phones[0].device.edit(group, &DocumentName::contacts(), now, remove).unwrap();
    town.pass(10_000);
    town.set_online(1, true);
    town.pass(10_000);
    let open = |document: &Document| {
        let asked = contacts::get(document, &ana).unwrap().conflicts;
        let versions = asked.into_iter().flat_map(|conflict| conflict.versions);
        let versions: BTreeSet<_> = versions.map(|version| version.text).collect();
        let ben = contacts::get(document, &ben).unwrap();
        (versions, ben.details.area, matches!(ben.presence, Presence::Asked { .. }))
    };
    let wanted = (["5th and Elm", "6th and Oak"].map(str::to_owned).into(), "Back door".to_owned(), true);
    for forgotten in ["", "Mrs. Tran", "Zoe"] {
        if !forgotten.is_empty() {
            forget(&mut town, forgotten);
        }
        for phone in 0..3 {
            let open = town.phones[phone].device.read(group, &DocumentName::contacts(), open).unwrap();
            assert_eq!(open, wanted, "phone {phone}, after '{forgotten}' was forgotten");
        }
        // Whoever was away meanwhile brings nothing that decides it either.
        town.set_online(2, false);
        if forgotten.is_empty() {
            town.add_quietly(2, "Zoe");
        }
        town.pass(1_000);
        town.set_online(2, true);
    }
    // An answer counts, here as in the list before.
    let keep = |editor: &mut Editor<'_>| contacts::keep(editor, &ben);
    town.phones[1].device.edit(group, &DocumentName::contacts(), town.now, keep).unwrap();
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Ben"]);
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
    assert_eq!(town.names(1), ["Ana", "Ben", "Mrs. Tran"], "nobody lets go before the other list is there");
    town.set_online(0, true);
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Ben"]);
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

#[test]
fn what_two_organizers_forget_at_the_same_time_is_forgotten_on_every_phone() {
    let mut town = with_two_organizers(3, &["Ana", "Mrs. Tran", "Mr. Obi"]);
    town.set_online(2, false);
    town.add_quietly(2, "Ben");
    forget_quietly(&mut town, 0, "Mrs. Tran");
    forget_quietly(&mut town, 1, "Mr. Obi");
    // Written on each of the two before it hears of the other.
    town.add_quietly(0, "Carl");
    town.add_quietly(1, "Dora");
    set_area(&mut town, 1, "Ana", "5th and Elm");
    town.pass(10_000);
    assert_eq!(town.names(0), ["Ana", "Carl", "Dora"]);
    town.set_online(2, true);
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Ben", "Carl", "Dora"]);
    assert_nowhere(&town, "Mrs. Tran");
    assert_nowhere(&town, "Mr. Obi");
    let id = id_of(&mut town, 0, "Ana");
    let area = |document: &Document| contacts::get(document, &id).unwrap().details.area;
    let group = town.group;
    assert_eq!(town.phones[0].device.read(group, &DocumentName::contacts(), area).unwrap(), "5th and Elm");
    for phone in &mut town.phones {
        assert_eq!(
            phone.device.documents(group).unwrap().iter().filter(|name| name.kind == Kind::Contacts).count(),
            1
        );
    }
    // The group goes on, newcomers included.
    town.add(1, "Eve");
    town.add(0, "Finn");
    let joined = town.join();
    assert_eq!(town.names(joined), ["Ana", "Ben", "Carl", "Dora", "Eve", "Finn"]);
    town.assert_all_alike(&["Ana", "Ben", "Carl", "Dora", "Eve", "Finn"]);
}

#[test]
fn a_contact_that_two_organizers_forget_at_the_same_time_is_forgotten_once() {
    let mut town = with_two_organizers(3, &["Ana", "Mrs. Tran"]);
    forget_quietly(&mut town, 0, "Mrs. Tran");
    forget_quietly(&mut town, 1, "Mrs. Tran");
    town.pass(10_000);
    town.assert_all_alike(&["Ana"]);
    assert_nowhere(&town, "Mrs. Tran");
    town.add(1, "Ben");
    town.assert_all_alike(&["Ana", "Ben"]);
}

#[test]
fn contacts_that_are_forgotten_one_after_the_other_are_all_forgotten() {
    let mut town = Town::of(2);
    for name in ["Ana", "Mrs. Tran", "Mr. Obi", "Ben"] {
        town.add(0, name);
    }
    forget_quietly(&mut town, 0, "Mrs. Tran");
    forget_quietly(&mut town, 0, "Mr. Obi");
    forget_quietly(&mut town, 0, "Mr. Obi");
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Ben"]);
    let group = town.group;
    assert!(town.phones[0].device.being_forgotten(group).is_empty());
}

#[test]
fn a_contact_that_was_just_written_is_forgotten_too() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.add_quietly(0, "Mrs. Tran");
    forget_quietly(&mut town, 0, "Mrs. Tran");
    town.pass(10_000);
    town.assert_all_alike(&["Ana"]);
    assert_nowhere(&town, "Mrs. Tran");
}

#[test]
fn what_was_not_told_yet_is_forgotten_once_the_server_is_back_also_by_a_phone_that_was_restarted() {
    let mut town = with_two_organizers(3, &["Ana", "Mrs. Tran", "Mr. Obi"]);
    forget_quietly(&mut town, 1, "Mr. Obi");
    town.set_online(1, false);
    forget(&mut town, "Mrs. Tran");
    let group = town.group;
    assert_eq!(town.names(1), ["Ana", "Mr. Obi", "Mrs. Tran"], "the log has not said so");
    let obi = id_of(&mut town, 1, "Mr. Obi");
    town.restart(1);
    assert_eq!(town.phones[1].device.being_forgotten(group), [obi.as_str()]);
    town.add_quietly(1, "Ben");
    town.set_online(1, true);
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Ben"]);
    assert!(town.phones[1].device.being_forgotten(group).is_empty());
    assert_nowhere(&town, "Mr. Obi");
}

#[test]
fn whoever_is_no_organizer_any_more_forgets_nothing() {
    let mut town = with_two_organizers(2, &["Ana", "Mrs. Tran"]);
    forget_quietly(&mut town, 1, "Mrs. Tran");
    town.set_online(1, false);
    let (group, now) = (town.group, town.now);
    let members = town.phones[1].device.members(group).unwrap();
    let own = members.iter().find(|member| member.is_self).unwrap().id;
    town.phones[0].device.set_role(group, own, Role::Member, now).unwrap();
    town.pass(3_000);
    town.set_online(1, true);
    town.pass(10_000);
    town.assert_all_alike(&["Ana", "Mrs. Tran"]);
    assert!(town.phones[1].device.being_forgotten(group).is_empty());
}

#[test]
fn a_list_that_is_too_large_to_be_written_anew_stays_and_says_so() {
    let mut town = Town::of(2);
    town.add(0, "Mrs. Tran");
    let mut state = 1_u32;
    let mut names: Vec<String> = (0..90).map(|number| format!("Ana {number:02}")).collect();
    for name in &names {
        let letters = (0..19_000).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'0' + u8::try_from(state >> 26).unwrap())
        });
        town.add_with(0, name, &letters.collect::<String>());
    }
    town.pass(5_000);
    let id = id_of(&mut town, 0, "Mrs. Tran");
    let (group, now) = (town.group, town.now);
    let refused = town.phones[0].device.forget_contact(group, &id, now).unwrap_err();
    assert!(refused.to_string().contains("too much"), "{refused}");
    assert!(town.phones[0].device.being_forgotten(group).is_empty());
    town.pass(10_000);
    names.push("Mrs. Tran".to_owned());
    town.assert_all_alike(&names.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_list_that_two_organizers_wrote_anew_again_and_again_is_still_the_list_that_screens_know() {
    let people: Vec<String> = (0..12).map(|number| format!("Ana {number:02}")).collect();
    let mut town = with_two_organizers(2, &people.iter().map(String::as_str).collect::<Vec<_>>());
    let group = town.group;
    for pair in people.chunks(2).take(5) {
        forget_quietly(&mut town, 0, &pair[0]);
        forget_quietly(&mut town, 1, &pair[1]);
        town.pass(10_000);
        // Which key comes first is chance.
        for phone in &town.phones {
            let documents = phone.device.documents(group).unwrap();
            assert!(documents.contains(&DocumentName::contacts()), "{documents:?}");
        }
    }
    town.assert_all_alike(&["Ana 10", "Ana 11"]);
}

#[test]
fn a_list_is_not_let_go_of_while_the_one_without_the_forgotten_waits_for_a_new_key() {
    let mut town = Town::of(2);
    town.add(0, "Ana");
    town.add(0, "Mrs. Tran");
    // The invitation ran out with places left: whoever holds it must not read on, so a new key comes first.
    town.pass_days(8);
    town.pass(10 * 60_000);
    forget_quietly(&mut town, 0, "Mrs. Tran");
    town.step(0);
    town.set_online(0, false);
    assert!(town.names(1).contains(&"Ana".to_owned()), "{:?}", town.names(1));
    town.set_online(0, true);
    town.pass(20_000);
    town.assert_all_alike(&["Ana"]);
}

/// Two organizers have each forgotten somebody, Ben on a server that had gone back to before Rosa did, where people went on.
fn forgotten_on_two_histories() -> Town {
    let mut town = with_two_organizers(4, &["Ana", "Mrs. Tran", "Mr. Obi"]);
    town.back_up(0, "backup");
    (1..4).for_each(|phone| town.set_online(phone, false));
    forget(&mut town, "Mrs. Tran");
    town.add(0, "Carl");
    town.set_online(0, false);
    town.replace(0, "backup");
    town.set_online(1, true);
    town.set_online(2, true);
    set_area(&mut town, 2, "Ana", "5th and Elm");
    town.pass(3_000);
    forget_quietly(&mut town, 1, "Mr. Obi");
    town.pass(10_000);
    town.add(1, "Dora");
    town.add(2, "Eve");
    assert_eq!(town.names(2), ["Ana", "Dora", "Eve", "Mrs. Tran"]);
    town
}

#[test]
fn what_was_forgotten_first_counts_also_where_others_had_read_another_first_on_a_server_that_went_back() {
    let mut town = forgotten_on_two_histories();
    let group = town.group;
    town.set_online(0, true);
    town.pass(60_000);
    town.restart(1);
    town.set_online(3, true);
    town.pass(60_000);
    town.assert_all_alike(&["Ana", "Carl", "Dora", "Eve"]);
    assert_nowhere(&town, "Mrs. Tran");
    assert_nowhere(&town, "Mr. Obi");
    let late = town.phones[0].device.late_edits(group);
    for phone in 0..4 {
        let device = &mut town.phones[phone].device;
        assert_eq!(device.late_edits(group), late, "phone {phone}");
        let lists = device.documents(group).unwrap();
        assert_eq!(lists.iter().filter(|name| name.kind == Kind::Contacts).count(), 1, "phone {phone}");
        assert!(device.being_forgotten(group).is_empty());
    }
    // The group goes on, and all say the same of what is forgotten.
    town.add(1, "Finn");
    town.endorse_a_snapshot(1, 0);
    town.endorse_a_snapshot(0, 1);
    let joined = town.join();
    assert_eq!(town.names(joined), ["Ana", "Carl", "Dora", "Eve", "Finn"]);
    town.assert_all_alike(&["Ana", "Carl", "Dora", "Eve", "Finn"]);
}

#[test]
fn what_was_forgotten_stays_so_while_a_server_that_went_back_is_given_it_again() {
    let mut town = with_two_organizers(3, &["Ana", "Mrs. Tran"]);
    town.back_up(0, "backup");
    forget(&mut town, "Mrs. Tran");
    town.add(1, "Ben");
    (0..3).for_each(|phone| town.set_online(phone, false));
    town.replace(0, "backup");
    for phone in [1, 0, 2] {
        town.set_online(phone, true);
        assert_eq!(town.names(phone), ["Ana", "Ben"], "phone {phone}");
    }
    town.pass(60_000);
    assert_nowhere(&town, "Mrs. Tran");
    town.add(2, "Carl");
    town.assert_all_alike(&["Ana", "Ben", "Carl"]);
}
