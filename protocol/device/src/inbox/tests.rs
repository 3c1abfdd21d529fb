//! What a Device makes of a log that is not what it should be, told with Rosa, Ben and Ana on one street.

use minicbor::bytes::ByteVec;
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Actor, Author, Document, DocumentName, Kind, OwnChange};
use porchlight_wire::frame::{Code, Records, ServerFrame};
use porchlight_wire::record::{Record, RecordKind};
use porchlight_wire::{ActorPrefix, Epoch, Generation, Hash, Position, Sequence};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{AsideReason, ForkReason};
use crate::group::Problem;
use crate::keys::DeviceKeys;
use crate::payload::{Claim, DocumentChanges, Payload};
use crate::scene::Street;
use crate::seal::{self, Place};

/// A contact list that Ben has never sent, and one Change of it.
fn change_of(keys: &DeviceKeys, document: &mut Document, name: &str) -> OwnChange {
    let mut actor = [9; 16];
    actor[..8].copy_from_slice(ActorPrefix::of_device(&keys.id()).as_bytes());
    let author = Author { actor: Actor::from_bytes(actor), time: crate::scene::START };
    let details = Details { name: name.to_owned(), ..Details::default() };
    document.edit(author, |editor| contacts::add(editor, details, None)).unwrap().1.unwrap()
}

fn contacts(changes: &[&[u8]]) -> DocumentChanges {
    let changes = changes.iter().map(|change| ByteVec::from(change.to_vec())).collect();
    DocumentChanges { kind: "contacts".to_owned(), key: String::new(), changes }
}

/// Seals what only an ill-behaved device of phone `number` would seal, as its next Entry.
fn seal_as(street: &mut Street, number: usize, payload: &Payload) -> Vec<u8> {
    let group = street.group_of(number);
    let (last, previous) = group.own_last();
    let place = Place { group: group.id, sequence: last.next(), previous, epoch: Epoch::new(0) };
    let mut entropy = ChaCha20Rng::from_seed([42; 32]);
    let key = group.epochs[&Epoch::new(0)].clone();
    seal::seal(payload, &place, &group.keys.clone(), &key, &mut entropy).unwrap().bytes
}

fn payload(street: &mut Street, number: usize, documents: Vec<DocumentChanges>) -> Payload {
    let group = street.group_of(number);
    let roster = group.roster.as_ref().unwrap().head();
    Payload { documents, claims: Vec::new(), cursor: group.progress.cursor, roster, clock: street.now }
}

/// Puts an Entry into the log, though phone 1 never made it by itself.
fn slip_in(street: &mut Street, entry: Vec<u8>) {
    let now = street.now;
    street.host.append(RecordKind::ENTRY, entry, now);
    street.run();
}

fn reasons(street: &Street, number: usize) -> Vec<AsideReason> {
    let aside = street.phones[number].device.set_aside(street.group).unwrap();
    aside.into_iter().map(|aside| aside.reason).collect()
}

#[test]
fn what_waits_is_sent_as_soon_as_the_log_is_here_again() {
    let mut street = Street::of(2);
    street.go_offline(1);
    street.add_quietly(1, "Typed here");
    street.phones[1].drain();
    // All that would come again is gone, the Roster too: nothing can be sealed at first.
    let stays = |key: &[u8]| {
        let key = String::from_utf8_lossy(key);
        !key.contains('/') || ["/group", "/edit/", "/epoch/"].iter().any(|part| key.contains(part))
    };
    street.phones[1].disk.retain(|key, _| stays(key));
    street.phones[1].restart(street.now);
    street.go_online(1);
    street.pass(2_000);
    assert_eq!(street.names(0), ["Typed here"], "{:?}", street.phones[1].device.groups());
}

#[test]
fn what_others_wrote_comes_again_after_a_loss_of_power_and_what_was_typed_stays() {
    let mut street = Street::of(2);
    street.add(1, "Typed here");
    street.add(0, "Written elsewhere");
    assert_eq!(street.names(1).len(), 2);
    let now = street.now;
    street.phones[1].online = false;
    street.phones[1].lose_power(now);
    // It was not waited for, which is what saves the storage of a phone; and it is no loss.
    assert_eq!(street.names(1), ["Typed here"]);
    street.add(1, "Typed afterwards");
    street.phones[1].lose_power(now);
    assert_eq!(street.names(1), ["Typed afterwards", "Typed here"]);
    street.go_online(1);
    for number in [0, 1] {
        assert_eq!(street.names(number), ["Typed afterwards", "Typed here", "Written elsewhere"]);
        assert_eq!(reasons(&street, number), []);
    }
}

#[test]
fn a_bad_record_is_set_aside_counted_and_shown_and_never_blocks_what_follows() {
    let mut street = Street::of(3);
    let keys = street.keys_of(1);
    let mut unsent = Document::new(Kind::Contacts);
    let lost = change_of(&keys, &mut unsent, "Never sent");
    let next = change_of(&keys, &mut unsent, "Built on it");
    let stranger = change_of(&DeviceKeys::draw(&mut ChaCha20Rng::from_seed([5; 32])), &mut unsent, "Forged");
    let good = payload(&mut street, 1, vec![contacts(&[lost.as_bytes()])]);

    let bad: [(Vec<u8>, AsideReason); 6] = [
        (b"no entry at all".to_vec(), AsideReason::Unreadable),
        (
            {
                let built = payload(&mut street, 1, vec![contacts(&[next.as_bytes()])]);
                seal_as(&mut street, 1, &built)
            },
            AsideReason::Dependency,
        ),
        (
            {
                let forged = payload(&mut street, 1, vec![contacts(&[stranger.as_bytes()])]);
                seal_as(&mut street, 1, &forged)
            },
            AsideReason::Authorship,
        ),
        (
            {
                let junk = payload(&mut street, 1, vec![contacts(&[b"not a change"])]);
                seal_as(&mut street, 1, &junk)
            },
            AsideReason::Change,
        ),
        (
            {
                let mut far = seal_as(&mut street, 1, &good);
                let at = far.len() - 1;
                far[at] ^= 1;
                far
            },
            AsideReason::Unreadable,
        ),
        (
            {
                let group = street.group_of(1);
                let (_, previous) = group.own_last();
                let place =
                    Place { group: group.id, sequence: Sequence::new(99), previous, epoch: Epoch::new(0) };
                let mut entropy = ChaCha20Rng::from_seed([43; 32]);
                let key = group.epochs[&Epoch::new(0)].clone();
                seal::seal(&good, &place, &keys, &key, &mut entropy).unwrap().bytes
            },
            AsideReason::Sequence,
        ),
    ];
    for (body, reason) in bad {
        let mut street = street_like(&street);
        slip_in(&mut street, body);
        for number in [0, 2] {
            assert_eq!(reasons(&street, number), [reason], "phone {number}");
            let status = street.phones[number].device.groups().remove(0);
            assert_eq!((status.skipped, status.problem), (1, None));
        }
        street.add(0, "After it");
        assert_eq!(street.names(2), ["After it"], "{reason:?}");
        let now = street.now;
        street.phones[2].restart(now);
        assert_eq!(reasons(&street, 2), [reason], "after a restart");
    }
}

/// The same street again, from the same seeds.
fn street_like(street: &Street) -> Street {
    Street::of(u8::try_from(street.phones.len()).unwrap())
}

/// Rosa's phone has something that it has not sent, and an Entry of Ben's that builds on it is in the log.
fn built_on_what_waits(kind: &str) -> Street {
    let mut street = Street::of(3);
    street.go_offline(0);
    street.add_quietly(0, "Only on Rosa's phone");
    // Ben's device is given Rosa's unsent Change by some other way, and builds on it.
    let rosas = {
        let group = street.group_of(0);
        let (_, edit) = group.outbox.gather()[0];
        edit.change.to_vec()
    };
    let keys = street.keys_of(1);
    let mut document = Document::new(Kind::Contacts);
    document.apply(porchlight_documents::Incoming::parse(&rosas).unwrap()).unwrap();
    let built = change_of(&keys, &mut document, "Built on it");
    let documents = DocumentChanges { kind: kind.to_owned(), ..contacts(&[built.as_bytes()]) };
    let built = payload(&mut street, 1, vec![documents]);
    let entry = seal_as(&mut street, 1, &built);
    slip_in(&mut street, entry);
    street.go_online(0);
    assert_eq!(street.names(0), street.names(2));
    assert_eq!(street.names(2), ["Only on Rosa's phone"]);
    street
}

#[test]
fn what_builds_on_work_that_only_this_phone_has_is_set_aside_here_as_everywhere() {
    let street = built_on_what_waits("contacts");
    assert_eq!(reasons(&street, 0), [AsideReason::Dependency]);
    assert_eq!(reasons(&street, 2), [AsideReason::Dependency]);
}

#[test]
fn what_comes_before_what_does_not_fit_in_an_entry_is_in_the_log_on_a_copied_phone_too() {
    let mut street = Street::of(3);
    street.go_offline(1);
    street.add_quietly(1, "Waits on both");
    street.phones[1].drain();
    let waits = street.group_of(1).outbox.gather()[0].1.change.to_vec();
    // Another phone with Ben's keys sends that, and behind it something that builds on what nobody has.
    let keys = street.keys_of(1);
    let mut document = Document::new(Kind::Contacts);
    change_of(&keys, &mut document, "Never sent");
    let lost = change_of(&keys, &mut document, "Built on that");
    let both = payload(&mut street, 1, vec![contacts(&[&waits, lost.as_bytes()])]);
    let entry = seal_as(&mut street, 1, &both);
    slip_in(&mut street, entry);
    street.add(0, "Built on what waits");
    // The server tells Ben's phone, too, that another one writes with its keys.
    street.host.refuses.insert(keys.id(), Code::CLONE);
    street.go_online(1);
    street.pass(5_000);
    for number in 0..3 {
        assert_eq!(reasons(&street, number), [AsideReason::Dependency], "phone {number}");
        let status = street.phones[number].device.groups().remove(0);
        assert_eq!((status.waiting, status.problem), (0, None), "phone {number}");
        assert_eq!(street.names(number), street.names(0), "phone {number}");
    }
    assert!(
        ["Built on what waits", "Waits on both"]
            .iter()
            .all(|name| street.names(1).contains(&(*name).to_owned()))
    );
}

/// Others keep such a Change for a later version without knowing what the log holds of its Document.
#[test]
fn what_only_a_later_version_knows_is_kept_by_all_whatever_it_builds_on() {
    let street = built_on_what_waits("what comes later");
    assert_eq!([0, 2].map(|number| reasons(&street, number)), [[], []]);
}

#[test]
fn a_record_of_a_later_kind_is_chained_and_otherwise_left_alone() {
    let mut street = Street::of(2);
    let now = street.now;
    street.host.append(RecordKind(77), b"from the future".to_vec(), now);
    street.run();
    street.add(0, "After it");
    assert_eq!(street.names(1), ["After it"]);
    assert!(reasons(&street, 1).is_empty());
    let end = street.host.end();
    assert_eq!(street.group_of(1).progress.cursor, end);
}

/// Hands a phone the Records it lacks as one frame, and stores what it wants stored before it applies them.
fn hand_over(street: &mut Street, number: usize, records: &[Record], first: Position) {
    hand_over_of(Generation::new(0), street, number, records, first);
}

/// The same with Records of some generation.
fn hand_over_of(
    generation: Generation,
    street: &mut Street,
    number: usize,
    records: &[Record],
    first: Position,
) {
    let (now, group) = (street.now, street.group);
    let records = records.to_vec();
    let frame = ServerFrame::Records(Records { group, generation, first, records, head: None });
    street.phones[number].hear(&frame, now);
    street.phones[number].drain();
}

/// Ben's phone gets to where the server has told it how far the log goes, and nothing of it was sent.
fn connect_only(street: &mut Street, number: usize) {
    street.phones[number].restart(street.now);
    let (before, end) = (street.host.records.clone(), street.group_of(number).progress.cursor.position);
    street.host.records.truncate(usize::try_from(end.get()).unwrap());
    street.phones[number].online = true;
    street.run();
    street.host.records = before;
}

#[test]
fn a_record_that_crashed_the_program_twice_is_quarantined_and_the_rest_goes_on() {
    let mut street = Street::of(2);
    street.go_offline(1);
    street.add(0, "One");
    // In a list of its own, so that nothing else builds on it.
    street.add_to(0, "b", "Crashes Ben's phone");
    street.add(0, "Three");
    let from = street.group_of(1).progress.cursor.position;
    let records = street.host.records[usize::try_from(from.get()).unwrap()..].to_vec();
    assert_eq!(records.len(), 3);
    let crashing = from.next().next();

    // All three at once: the phone is gone before it says anything more.
    connect_only(&mut street, 1);
    hand_over(&mut street, 1, &records, from.next());
    // Now one by one: the first is taken, with the second it is gone again, twice.
    for crash in 0..2 {
        connect_only(&mut street, 1);
        let start = street.group_of(1).progress.cursor.position;
        let rest = &records[usize::try_from(start.get() - from.get()).unwrap()..];
        hand_over(&mut street, 1, rest, start.next());
        if crash == 0 {
            let now = street.now;
            street.phones[1].device.handle(crate::Input::Tick, now);
            street.phones[1].drain();
            assert_eq!(street.group_of(1).progress.cursor.position, from.next(), "one at a time");
        }
    }
    street.phones[1].restart(street.now);
    street.run();
    street.pass(2_000);
    assert_eq!(reasons(&street, 1), [AsideReason::Quarantined]);
    assert_eq!(street.phones[1].device.set_aside(street.group).unwrap()[0].position, crashing);
    let end = street.host.end();
    assert_eq!(street.group_of(1).progress.cursor, end, "the rest of the log was read");
    assert_eq!(street.names(1), ["One", "Three"]);
}

#[test]
fn a_record_that_was_applied_after_a_crash_is_not_blamed_for_the_next_one() {
    let mut street = Street::of(2);
    street.go_offline(1);
    street.add(0, "One");
    let read = street.group_of(1).progress.cursor.position;
    let records = street.host.records[usize::try_from(read.get()).unwrap()..].to_vec();
    // Ben's phone is gone before it has applied what came.
    for _ in 0..2 {
        connect_only(&mut street, 1);
        hand_over(&mut street, 1, &records, read.next());
    }
    // The second time it applies it, and loses its power right after that.
    street.add_quietly(1, "Typed here");
    street.phones[1].drain();
    let now = street.now;
    street.phones[1].device.handle(crate::Input::Tick, now);
    street.phones[1].drain();
    street.phones[1].lose_power(now);
    street.run();
    street.pass(2_000);
    assert_eq!(street.names(1), ["One", "Typed here"]);
    assert_eq!(reasons(&street, 1), []);
}

#[test]
fn records_of_an_earlier_generation_that_come_again_are_passed_over_and_new_ones_are_another_history() {
    let mut street = Street::of(2);
    street.go_offline(1);
    street.add(0, "One");
    street.add(0, "Two");
    let read = street.group_of(1).progress.cursor.position;
    let records = street.host.records[usize::try_from(read.get()).unwrap()..].to_vec();
    let (first, second) = (read.next(), read.next().next());
    let (earlier, later) = (Generation::new(0), Generation::new(1));
    let tick = |street: &mut Street| {
        let now = street.now;
        street.phones[1].device.handle(crate::Input::Tick, now);
        street.phones[1].drain();
        street.phones[1].device.groups()[0].problem
    };
    connect_only(&mut street, 1);
    // Ben's phone opened the group twice while others gave it back to its server: it is told everything twice.
    for _ in 0..2 {
        hand_over_of(earlier, &mut street, 1, &records[..1], first);
        hand_over_of(later, &mut street, 1, &records[1..], second);
        assert_eq!(tick(&mut street), None);
        assert_eq!(street.names(1), ["One", "Two"]);
    }
    hand_over_of(earlier, &mut street, 1, &records[..1], second.next());
    assert_eq!(tick(&mut street), Some(Problem::OtherHistory));
}

#[test]
fn a_phone_that_is_killed_now_and_then_quarantines_nothing() {
    let mut street = Street::of(2);
    for round in 0..6 {
        street.add(0, &format!("Number {round}"));
        // Killed at rest, and killed once with something unapplied.
        let now = street.now;
        street.phones[1].restart(now);
        street.run();
    }
    street.pass(2_000);
    assert!(reasons(&street, 1).is_empty());
    assert_eq!(street.names(1).len(), 6);
}

#[test]
fn two_histories_are_found_out_by_the_cursors_inside_the_entries() {
    let mut street = Street::of(3);
    street.add(0, "Before");
    // The server shows Ben another history from here on: it leaves out what Rosa writes now.
    street.go_offline(1);
    street.add(0, "Hidden from Ben");
    let mut other = street.host.clone();
    other.records.pop();
    std::mem::swap(&mut street.host, &mut other);
    street.go_offline(0);
    street.go_offline(2);
    street.go_online(1);
    street.add(1, "Ben, in the other history");
    street.add(1, "Ben again");
    let bens = street.host.records[street.host.records.len() - 2..].to_vec();
    std::mem::swap(&mut street.host, &mut other);
    // Ben's Entries are put into the first history too: they verify and they open, but he had read something else.
    for record in bens {
        let now = street.now;
        street.host.append(RecordKind::ENTRY, record.body.to_vec(), now);
    }
    street.go_offline(1);
    street.go_online(2);
    let forks = street.phones[2].device.forks(street.group).unwrap();
    assert_eq!(forks.iter().map(|fork| fork.reason).collect::<Vec<_>>(), [ForkReason::Chain]);
    let ben = street.phones[1].device.groups()[0].member;
    assert_eq!(forks[0].member, ben);
    assert_eq!(street.phones[2].device.groups()[0].forks, 1);
    // Editing goes on, and so does reading.
    assert_eq!(street.names(2).len(), 4);
    street.add(2, "Ana goes on");
    assert_eq!(street.names(2).len(), 5);
    street.phones[2].restart(street.now);
    assert_eq!(street.phones[2].device.forks(street.group).unwrap(), forks, "after a restart");
}

#[test]
fn an_author_who_was_ahead_of_the_log_or_has_another_roster_is_a_fork() {
    for (reason, change) in [
        (
            ForkReason::Ahead,
            (|payload: &mut Payload| payload.cursor.position = Position::new(999)) as fn(&mut _),
        ),
        (ForkReason::Ahead, |payload| payload.cursor.generation = Generation::new(3)),
        (ForkReason::Roster, |payload| payload.roster = Hash::from_bytes([7; 32])),
        (ForkReason::Chain, |payload| payload.cursor.chain = Hash::from_bytes([7; 32])),
    ] {
        let mut street = Street::of(2);
        let mut seen = payload(&mut street, 1, Vec::new());
        change(&mut seen);
        let entry = seal_as(&mut street, 1, &seen);
        slip_in(&mut street, entry);
        let forks = street.phones[0].device.forks(street.group).unwrap();
        assert_eq!(forks.iter().map(|fork| fork.reason).collect::<Vec<_>>(), [reason]);
    }
}

#[test]
fn honest_phones_never_look_like_a_fork() {
    let mut street = Street::of(4);
    for round in 0..3 {
        street.go_offline(round);
        street.add(3, &format!("Three {round}"));
        street.add(round, &format!("Offline {round}"));
        street.go_online(round);
    }
    for number in 0..4 {
        assert!(street.phones[number].device.forks(street.group).unwrap().is_empty(), "phone {number}");
        assert_eq!(street.names(number).len(), 6);
    }
}

#[test]
fn chain_values_are_kept_for_thirty_days() {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let mut street = Street::of(2);
    street.add(0, "On the first day");
    let early = street.group_of(1).progress.cursor;
    street.pass(29 * DAY);
    street.add(0, "On day 29");
    assert_eq!(street.group_of(1).trail.at(early.generation, early.position), Some(early.chain));
    street.pass(2 * DAY);
    street.add(0, "On day 31");
    street.phones[1].restart(street.now);
    assert_eq!(street.group_of(1).trail.at(early.generation, early.position), None);
    let late = street.group_of(1).progress.cursor;
    assert_eq!(street.group_of(1).trail.at(late.generation, late.position), Some(late.chain));
}

#[test]
fn a_claim_counts_only_in_the_entry_that_holds_its_change_and_keeps_its_first_place() {
    let mut street = Street::of(2);
    let keys = street.keys_of(1);
    let mut document = Document::new(Kind::Contacts);
    let one = change_of(&keys, &mut document, "One");
    let two = change_of(&keys, &mut document, "Two");
    let name = DocumentName::contacts();
    let claim = |document, change: &OwnChange| Claim { document, change: change.hash() };

    let mut first = payload(&mut street, 1, vec![contacts(&[one.as_bytes()])]);
    // A Claim for a Change that comes later, one at a wrong Document, and the right one.
    first.claims = vec![claim(0, &two), claim(7, &one), claim(0, &one)];
    let entry = seal_as(&mut street, 1, &first);
    slip_in(&mut street, entry);
    let ledger = |street: &mut Street| street.group_of(0).ledger.clone();
    let place = ledger(&mut street).get(&name, one.hash()).unwrap();
    let end = street.host.end().position.get();
    assert_eq!((place.generation, place.position, place.index, place.time), (0, end, 2, street.now));
    assert_eq!(ledger(&mut street).len(), 1);

    // The same Change once more in a later Entry changes nothing about its place.
    street.phones[1].restart(street.now);
    street.run();
    let mut second = payload(&mut street, 1, vec![contacts(&[one.as_bytes(), two.as_bytes()])]);
    second.claims = vec![claim(0, &one), claim(0, &two)];
    let entry = seal_as(&mut street, 1, &second);
    slip_in(&mut street, entry);
    assert_eq!(ledger(&mut street).get(&name, one.hash()), Some(place));
    assert_eq!(ledger(&mut street).get(&name, two.hash()).unwrap().index, 1);

    let before = ledger(&mut street);
    street.phones[0].restart(street.now);
    assert_eq!(ledger(&mut street), before, "the ledger survives a restart");
    let read = street.phones[0].device.read_with_ledger(street.group, &name, |_, ledger| ledger.clone());
    assert_eq!(read.unwrap(), before);
}

#[test]
fn an_edit_that_claims_is_listed_in_its_entry_and_all_phones_give_it_the_same_place() {
    let mut street = Street::of(3);
    street.go_offline(2);
    for number in [1, 2] {
        let (group, now) = (street.group, street.now);
        let details = Details { name: format!("Taken by {number}"), ..Details::default() };
        let device = &mut street.phones[number].device;
        let claimed = device.edit(group, &DocumentName::contacts(), now, |editor| {
            editor.claim();
            contacts::add(editor, details, None)
        });
        claimed.unwrap();
        street.pass(2_000);
    }
    assert_eq!(street.group_of(0).ledger.len(), 1, "that of the phone without a network waits");
    street.go_online(2);
    let ledgers: Vec<_> = (0..3).map(|number| street.group_of(number).ledger.clone()).collect();
    assert_eq!(ledgers[0].len(), 2);
    assert!(ledgers.iter().all(|ledger| ledger == &ledgers[0]));
}
