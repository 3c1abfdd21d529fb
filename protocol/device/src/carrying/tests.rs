//! Rosa, Ben and Ana carry their work by hand.

use porchlight_wire::frame::Code;

use super::Meeting;
use crate::bundle::BundleError;
use crate::codes::{Scanned, to_codes};
use crate::inbox::{AsideReason, ForkReason};
use crate::io::Event;
use crate::scene::Street;
use crate::{BundleReport, Saving};

fn export(street: &mut Street, number: usize) -> Vec<u8> {
    let (group, now) = (street.group, street.now);
    let bundle = street.phones[number].device.export_bundle(group, now).unwrap();
    street.run();
    bundle
}

fn open(street: &mut Street, number: usize, bundle: &[u8]) -> Result<BundleReport, BundleError> {
    let now = street.now;
    let report = street.phones[number].device.open_bundle(bundle, now);
    street.run();
    report
}

fn dark(size: u8) -> Street {
    let mut street = Street::of(size);
    for number in 0..usize::from(size) {
        street.go_offline(number);
    }
    street
}

#[test]
fn a_bundle_carries_work_both_ways_without_a_server() {
    let mut street = dark(2);
    street.add_quietly(0, "From Rosa");
    let bundle = export(&mut street, 0);
    let report = open(&mut street, 1, &bundle).unwrap();
    assert_eq!((report.added, report.known, report.refused, report.meeting), (1, 0, 0, Meeting::Same));
    assert_eq!(street.names(1), ["From Rosa"], "shown at once");
    street.add_quietly(1, "From Ben, who saw Rosa's");
    let back = export(&mut street, 1);
    let report = open(&mut street, 0, &back).unwrap();
    assert_eq!((report.added, report.known), (1, 1), "Rosa's own is known to her");
    assert_eq!(street.names(0), street.names(1));
    assert_eq!(street.names(0).len(), 2);
    for number in [0, 1] {
        street.phones[number].restart(street.now);
        assert_eq!(street.names(number).len(), 2, "after a restart");
    }
}

#[test]
fn a_bundle_goes_from_screen_to_camera_as_qr_codes() {
    let mut street = dark(2);
    street.add_quietly(0, "From Rosa");
    let bundle = export(&mut street, 0);
    let mut scanned = Scanned::default();
    let whole = to_codes(&bundle).unwrap().iter().rev().find_map(|code| scanned.add(code).unwrap());
    assert_eq!(open(&mut street, 1, &whole.unwrap()).unwrap().added, 1);
    let (group, now) = (street.group, street.now);
    let greeting = street.phones[0].device.greeting(group, now).unwrap();
    assert_eq!(to_codes(&greeting).unwrap().len(), 1, "a greeting is one code");
}

#[test]
fn what_a_bundle_brought_is_delivered_for_its_author_and_counts_once() {
    let mut street = dark(3);
    street.add_quietly(0, "From Rosa");
    let bundle = export(&mut street, 0);
    open(&mut street, 1, &bundle).unwrap();
    assert_eq!(street.phones[1].device.groups()[0].carried, 1);
    street.go_online(1);
    street.go_online(2);
    assert_eq!(street.names(2), ["From Rosa"], "though Rosa was never online");
    assert_eq!(street.phones[1].device.groups()[0].carried, 0);
    // Rosa comes back and sends hers again: the server knows it, and it counts once.
    street.go_online(0);
    assert_eq!(street.phones[0].device.groups()[0].saving, Saving::SavedAndSent);
    assert_eq!(street.host.records.len(), street.group_of(2).progress.cursor.position.get() as usize);
    assert_eq!(street.names(0), ["From Rosa"]);
    for number in 0..3 {
        assert_eq!(street.phones[number].device.groups()[0].skipped, 0);
        assert!(street.phones[number].device.forks(street.group).unwrap().is_empty());
    }
}

#[test]
fn work_that_builds_on_a_bundle_reaches_the_log_after_it() {
    let mut street = dark(3);
    street.add_quietly(0, "One, from Rosa");
    let one = export(&mut street, 0);
    open(&mut street, 1, &one).unwrap();
    street.add_quietly(1, "Two, from Ben");
    let two = export(&mut street, 1);
    open(&mut street, 0, &two).unwrap();
    street.add_quietly(0, "Three, from Rosa");
    let three = export(&mut street, 0);
    open(&mut street, 2, &three).unwrap();
    street.add_quietly(2, "Four, from Ana");
    // Only Ana finds a network; she delivers everything in an order that everybody can apply.
    street.go_online(2);
    street.go_online(1);
    street.go_online(0);
    let all = ["Four, from Ana", "One, from Rosa", "Three, from Rosa", "Two, from Ben"];
    for number in 0..3 {
        assert_eq!(street.names(number), all, "phone {number}");
        assert_eq!(street.phones[number].device.groups()[0].skipped, 0);
        assert_eq!(street.phones[number].device.groups()[0].saving, Saving::SavedAndSent);
    }
}

#[test]
fn what_came_by_hand_stays_out_of_the_document_until_the_log_holds_it() {
    let mut street = dark(2);
    street.add_quietly(0, "From Rosa");
    let bundle = export(&mut street, 0);
    open(&mut street, 1, &bundle).unwrap();
    let name = porchlight_documents::DocumentName::contacts();
    let logged = street.group_of(1).shelf.logged(&name).unwrap().clone();
    assert!(porchlight_documents::contacts::list(&logged).is_empty());
    assert!(street.group_of(1).ledger.is_empty(), "and nothing of it has a place in the ledger");
}

#[test]
fn work_that_built_on_something_refused_is_made_anew_without_it() {
    for sealed in [false, true] {
        let mut street = dark(3);
        street.add_quietly(0, "From Rosa");
        let bundle = export(&mut street, 0);
        open(&mut street, 1, &bundle).unwrap();
        street.add_quietly(1, "From Ben, who saw Rosa's");
        if sealed {
            export(&mut street, 1);
        }
        // Rosa's work is refused for good, as if she had been removed meanwhile.
        let rosa = street.keys_of(0).id();
        street.host.refuses.insert(rosa, Code::NOT_A_MEMBER);
        street.go_online(1);
        street.go_online(2);
        street.pass(5_000);
        let told = |event: &Event| matches!(event, Event::CarriedRefused { code: Code::NOT_A_MEMBER, .. });
        assert!(street.phones[1].events.iter().any(told));
        assert_eq!(street.names(1), ["From Ben, who saw Rosa's"], "sealed: {sealed}");
        assert_eq!(street.names(2), ["From Ben, who saw Rosa's"], "sealed: {sealed}");
        assert_eq!(street.phones[1].device.groups()[0].saving, Saving::SavedAndSent);
        let aside = street.phones[2].device.set_aside(street.group).unwrap();
        for one in aside {
            assert_eq!(one.reason, AsideReason::Dependency);
        }
        street.phones[1].restart(street.now);
        assert_eq!(street.names(1), ["From Ben, who saw Rosa's"], "after a restart");
    }
}

#[test]
fn two_phones_that_meet_compare_what_the_server_showed_them() {
    let greet = |street: &mut Street, from: usize, to: usize| {
        let (group, now) = (street.group, street.now);
        let greeting = street.phones[from].device.greeting(group, now).unwrap();
        open(street, to, &greeting).unwrap().meeting
    };
    let mut street = Street::of(3);
    street.add(0, "Before");
    assert_eq!(greet(&mut street, 0, 1), Meeting::Same);
    street.go_offline(1);
    street.add(0, "Later");
    assert_eq!(greet(&mut street, 1, 0), Meeting::Behind);
    assert_eq!(greet(&mut street, 0, 1), Meeting::Ahead);
    // The server now shows Ben something else than Rosa: he learns it when he gets to where Rosa was.
    let record = street.host.records.last_mut().unwrap();
    record.body = vec![1, 2, 3].into();
    street.go_offline(0);
    street.phones[1].restart(street.now);
    street.go_online(1);
    let forks = street.phones[1].device.forks(street.group).unwrap();
    assert_eq!(forks.len(), 1);
    assert_eq!(forks[0].reason, ForkReason::Chain);
    // And if they meet again, at once.
    assert_eq!(greet(&mut street, 1, 0), Meeting::Fork(ForkReason::Chain));
    assert_eq!(street.phones[0].device.groups()[0].forks, 1);
}

#[test]
fn a_bundle_that_was_changed_or_is_a_strangers_is_refused_whole() {
    let mut street = dark(2);
    street.add_quietly(0, "From Rosa");
    let bundle = export(&mut street, 0);
    for at in (0..bundle.len()).step_by(7) {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        assert!(open(&mut street, 1, &changed).is_err(), "byte {at}");
        assert!(open(&mut street, 1, &bundle[..at]).is_err(), "cut at {at}");
    }
    assert!(street.names(1).is_empty());
    let mut elsewhere = Street::of(1);
    elsewhere.phones[0].device.groups.clear();
    assert_eq!(open(&mut elsewhere, 0, &bundle), Err(BundleError::UnknownGroup));
}

#[test]
fn entries_of_a_bundle_that_do_not_follow_are_refused_one_by_one() {
    let mut street = dark(2);
    street.add_quietly(0, "One");
    export(&mut street, 0);
    street.pass(2_000);
    street.add_quietly(0, "Two");
    export(&mut street, 0);
    let (group, now) = (street.group, street.now);
    let entries = street.group_of(0).outbox.sealed_waiting();
    assert_eq!(entries.len(), 2);
    let second = entries[1..].to_vec();
    let phone = &mut street.phones[0].device;
    let only_second = phone.bundle(group, second, now).unwrap();
    let report = open(&mut street, 1, &only_second).unwrap();
    assert_eq!((report.added, report.refused), (0, 1), "the first is missing");
    let all = export(&mut street, 0);
    assert_eq!(open(&mut street, 1, &all).unwrap().added, 2);
    assert_eq!(open(&mut street, 1, &all).unwrap().known, 2, "a second time changes nothing");
}
