//! Who is taken out of a group, who leaves, and what they can still open.

use porchlight_device::probe::Thief;
use porchlight_device::{Doing, Event, InviteOptions, LeftWork, Problem, RosterAct};
use porchlight_server::store::{ReadLimit, ReadStore};
use porchlight_wire::frame::{Code, SealedKey, ServerFrame};
use porchlight_wire::record::RecordKind;
use porchlight_wire::roster::{ChangeBody, Role, Roster, SignedChange};
use porchlight_wire::{Epoch, Hash, MemberId, Position};

use crate::town::Town;

fn member(town: &mut Town, phone: usize) -> MemberId {
    town.status(phone).member.unwrap()
}

fn remove(town: &mut Town, by: usize, who: MemberId) {
    let (group, now) = (town.group, town.now);
    town.phones[by].device.remove(group, vec![who], Vec::new(), now).unwrap();
    town.pass(2_000);
}

#[test]
fn a_removed_device_opens_nothing_later_with_any_key_it_ever_had() {
    let mut town = Town::of(4);
    let (group, now) = (town.group, town.now);
    town.add(3, "Before");
    // It makes an invitation's worth of trouble too: an open link that it knows, and a key change that it saw.
    let link = town.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
    town.phones[0].device.rotate(group, now).unwrap();
    town.pass(2_000);
    let position = town.status(0).position;
    let removed = member(&mut town, 3);
    remove(&mut town, 0, removed);

    // Life goes on: entries, another key, a snapshot, presence.
    town.add(0, "After");
    town.add(1, "More");
    town.phones[0].device.rotate(group, town.now).unwrap();
    town.pass(2_000);
    town.add(2, "Under the next key");
    town.phones[1].device.make_snapshot(group, town.now).unwrap();
    town.pass(60_000);
    let doing = Doing { document: "contacts".to_owned(), item: "after".to_owned() };
    town.phones[1].device.present(group, &doing, town.now).unwrap();
    town.run();

    let mut thief = Thief::default();
    for (key, value) in &town.phones[3].ever {
        thief.take(key, value);
    }
    thief.take_link(&link);
    assert!(
        thief.count() >= 6,
        "keys of two epochs, its own two, the invitation it came by, the link: {thief:?}"
    );
    let store = town.servers[0].log.store();
    let row = store.group(&group).unwrap().unwrap();
    let all =
        store.records(row.number, Position::new(0), ReadLimit { records: 1000, bytes: 1 << 24 }).unwrap();
    let (mut before, mut later, mut boxes, mut earlier) = (0, 0, 0, 0);
    let mut roster: Option<Roster> = None;
    for (number, record) in (1..).zip(&all) {
        let after = Position::new(number) > position;
        if record.kind == RecordKind::ENTRY {
            let opens = thief.opens_entry(&group, &record.body);
            assert_eq!(opens, !after, "entry at {number}");
            *(if after { &mut later } else { &mut before }) += 1;
        }
        if record.kind != RecordKind::ROSTER_CHANGE {
            continue;
        }
        let previous = roster.as_ref().map_or(Hash::ZERO, Roster::head);
        let next = match roster.take() {
            None => Roster::found(&record.body, record.time).unwrap(),
            Some(mut roster) => {
                let change = roster.verify(&record.body, record.time).unwrap();
                roster.apply(change).unwrap();
                roster
            }
        };
        let signed: SignedChange = minicbor::decode(&record.body).unwrap();
        let body: ChangeBody = minicbor::decode(&signed.body).unwrap();
        if let Some(started) = body.kind.new_epoch()
            && after
        {
            let epoch = next.epoch();
            let from = Epoch::new(epoch.get() - 1);
            assert!(!thief.opens_earlier(&group, (epoch, from), started.sealed.as_slice()));
            earlier += 1;
            // Whoever it might be for, among all whom the roster ever knew.
            let devices = next.devices().map(|(_, device)| device.sealing);
            let invited = next.invitations().map(|(_, invitation)| invitation.sealing);
            for recipient in devices.chain(invited) {
                let Some(kept) = store.key_box(row.number, epoch, &recipient).unwrap() else { continue };
                let key = SealedKey { epoch, recipient, sealed: kept.sealed.into() };
                assert!(!thief.opens_box(group, &key, previous), "a box of epoch {epoch:?}");
                boxes += 1;
            }
        }
        roster = Some(next);
    }
    assert!(before >= 1 && later >= 3 && earlier == 2 && boxes == 6, "{before} {later} {earlier} {boxes}");
    let mut parts = 0;
    for snapshot in store.snapshots(row.number).unwrap() {
        let manifest = whole_part(store, row.number, &snapshot.manifest);
        let manifest: porchlight_wire::snapshot::Manifest = minicbor::decode(&manifest).unwrap();
        for part in &manifest.parts {
            assert!(!thief.opens_part(&group, &whole_part(store, row.number, &part.hash)));
            parts += 1;
        }
    }
    assert!(parts >= 2, "{parts}");
    let told = town.servers[0].told.iter().filter_map(|frame| match ServerFrame::decode(frame).unwrap() {
        Some(ServerFrame::Presence(presence)) => Some(presence),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert!(!told.is_empty() && !told.iter().any(|presence| thief.opens_presence(presence)));
}

fn whole_part(store: &impl ReadStore, group: porchlight_server::store::GroupNumber, hash: &Hash) -> Vec<u8> {
    let row = store.part(group, hash).unwrap().unwrap();
    let mut bytes = Vec::new();
    loop {
        let piece = store.piece(&row, u32::try_from(bytes.len()).unwrap(), 1 << 20).unwrap();
        if piece.is_empty() {
            return bytes;
        }
        bytes.extend(piece);
    }
}

#[test]
fn a_removed_member_is_cut_off_and_told_and_the_others_go_on_under_a_new_key() {
    let mut town = Town::of(3);
    town.add(2, "Ana");
    let (organizer, removed) = (member(&mut town, 0), member(&mut town, 2));
    remove(&mut town, 0, removed);
    town.add(1, "Ben");
    for phone in 0..2 {
        assert_eq!(town.names(phone), ["Ana", "Ben"]);
        assert_eq!(town.phones[phone].device.epoch(town.group).unwrap(), (Epoch::new(1), true));
        assert_eq!(town.phones[phone].device.members(town.group).unwrap().len(), 2);
    }
    let status = town.status(2);
    let departure = status.departure.unwrap();
    assert_eq!(status.problem, Some(Problem::Removed));
    assert_eq!((departure.by, departure.by_self, departure.member_stays), (Some(organizer), false, false));
    assert_eq!(departure.work, LeftWork::Nothing);
    assert_eq!(town.names(2), ["Ana"], "what it had stays readable");
    let (group, now) = (town.group, town.now);
    assert!(town.phones[2].device.rotate(group, now).is_err());
    // Also after a start, and for good.
    town.restart(2);
    town.set_online(2, true);
    let status = town.status(2);
    assert_eq!((status.problem, status.departure.unwrap().by), (Some(Problem::Removed), Some(organizer)));
    assert_eq!(town.phones[2].device.epoch(group).unwrap(), (Epoch::new(1), false));
}

#[test]
fn one_who_was_away_while_it_was_removed_learns_so_and_its_work_is_held() {
    let mut town = Town::of(3);
    town.add(2, "Ana");
    town.set_online(2, false);
    town.add_quietly(2, "Written offline");
    let removed = member(&mut town, 2);
    remove(&mut town, 0, removed);
    town.set_online(2, true);
    let departure = town.status(2).departure.unwrap();
    assert_eq!(departure.work, LeftWork::Held);
    assert_eq!(town.names(2), ["Ana", "Written offline"]);
    assert_eq!(town.names(0), ["Ana"]);
    let (group, now) = (town.group, town.now);
    assert!(
        !town.phones[2].device.export_bundle(group, now).unwrap().is_empty(),
        "it can be carried by hand"
    );
    town.restart(2);
    town.set_online(2, true);
    assert_eq!(town.status(2).departure.unwrap().work, LeftWork::Held);
}

#[test]
fn open_invitations_are_turned_off_when_somebody_is_removed() {
    let mut town = Town::of(3);
    let (group, now) = (town.group, town.now);
    let link = town.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
    town.pass(1_000);
    assert!(!town.phones[1].device.invitations(group, now).unwrap().is_empty());
    let removed = member(&mut town, 2);
    remove(&mut town, 0, removed);
    assert!(town.phones[1].device.invitations(group, town.now).unwrap().is_empty());
    let number = town.newcomer(&link);
    town.pass(3_000);
    let failed = |event: &Event| matches!(event, Event::JoinFailed { .. });
    assert!(town.phones[number].events.iter().any(failed));
}

#[test]
fn who_leaves_is_out_and_an_organizer_changes_the_key_before_it_writes() {
    let mut town = Town::of(3);
    town.add(2, "Ana");
    let (group, now) = (town.group, town.now);
    town.phones[2].device.leave(group, now).unwrap();
    town.pass(2_000);
    let departure = town.status(2).departure.unwrap();
    assert!(departure.by_self && !departure.member_stays);
    assert_eq!(town.phones[0].device.epoch(group).unwrap(), (Epoch::new(0), true));
    town.add(0, "Ben");
    assert_eq!(town.phones[1].device.epoch(group).unwrap(), (Epoch::new(1), true));
    assert_eq!(town.names(1), ["Ana", "Ben"]);
    assert_eq!(town.phones[0].device.members(group).unwrap().len(), 2);
}

#[test]
fn the_last_organizer_neither_leaves_nor_steps_down_before_another_is_named() {
    let mut town = Town::of(2);
    let (group, now) = (town.group, town.now);
    let (own, other) = (member(&mut town, 0), member(&mut town, 1));
    assert!(town.phones[0].device.leave(group, now).is_err());
    assert!(town.phones[0].device.set_role(group, own, Role::Member, now).is_err());
    assert!(
        town.phones[1].device.set_role(group, other, Role::Organizer, now).is_err(),
        "not one's own word"
    );
    town.phones[0].device.set_role(group, other, Role::Organizer, now).unwrap();
    town.pass(2_000);
    assert_eq!(town.status(1).role, Some(Role::Organizer));
    town.phones[0].device.leave(group, town.now).unwrap();
    town.pass(2_000);
    assert!(town.status(0).departure.is_some());
    town.add(1, "Ana");
    assert_eq!(town.phones[1].device.epoch(group).unwrap(), (Epoch::new(1), true));
}

#[test]
fn what_somebody_wrote_before_only_reading_goes_out_as_soon_as_they_may_write_again() {
    let mut town = Town::of(3);
    town.add(0, "Ana");
    let (group, reader) = (town.group, member(&mut town, 1));
    town.set_online(1, false);
    town.add_quietly(1, "Ben");
    town.phones[0].device.set_role(group, reader, Role::Reader, town.now).unwrap();
    town.pass(2_000);
    town.set_online(1, true);
    let status = town.status(1);
    assert_eq!((status.role, status.waiting), (Some(Role::Reader), 1));
    assert_eq!(town.names(2), ["Ana"]);
    let before = town.connections;
    town.phones[0].device.set_role(group, reader, Role::Member, town.now).unwrap();
    town.pass(10_000);
    assert_eq!(town.connections, before, "the line has stood all the time");
    assert_eq!((town.status(1).waiting, town.status(1).problem), (0, None));
    town.assert_all_alike(&["Ana", "Ben"]);
    town.add(1, "Carl");
    town.assert_all_alike(&["Ana", "Ben", "Carl"]);
}

#[test]
fn organizers_who_were_not_quick_enough_sign_anew_or_are_told() {
    let mut town = Town::of(4);
    let group = town.group;
    let ids: Vec<_> = (0..4).map(|phone| member(&mut town, phone)).collect();
    town.phones[0].device.set_role(group, ids[1], Role::Organizer, town.now).unwrap();
    town.pass(2_000);
    // Both write down what they want while they are away; the first takes one of the second's subjects out.
    town.set_online(0, false);
    town.set_online(1, false);
    let now = town.now;
    town.phones[0].device.remove(group, vec![ids[2]], Vec::new(), now).unwrap();
    town.phones[1].device.remove(group, vec![ids[2], ids[3]], Vec::new(), now).unwrap();
    town.phones[1].device.set_role(group, ids[2], Role::Reader, now).unwrap();
    town.set_online(0, true);
    town.set_online(1, true);
    for phone in 0..2 {
        let members = town.phones[phone].device.members(group).unwrap();
        assert_eq!(members.len(), 2, "phone {phone}: {members:?}");
        assert_eq!(town.phones[phone].device.epoch(group).unwrap(), (Epoch::new(2), true));
        assert_eq!(town.status(phone).waiting, 0);
    }
    let told: Vec<_> = town.phones[1]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::RosterRefused { act, code, .. } => Some((*act, *code)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(RosterAct::SetRole, Code::RULE_BROKEN)]);
}

#[test]
fn a_change_of_two_at_the_same_moment_is_refused_as_stale_and_signed_anew() {
    let mut town = Town::of(4);
    let group = town.group;
    let ids: Vec<_> = (0..4).map(|phone| member(&mut town, phone)).collect();
    town.phones[0].device.set_role(group, ids[1], Role::Organizer, town.now).unwrap();
    town.pass(2_000);
    // Both have everybody's sealing keys already.
    for phone in 0..2 {
        town.phones[phone].device.rotate(group, town.now).unwrap();
        town.pass(2_000);
    }
    // Nothing is carried out in between: both sign for the same list.
    let now = town.now;
    town.phones[0].device.remove(group, vec![ids[2]], Vec::new(), now).unwrap();
    town.phones[1].device.remove(group, vec![ids[3]], Vec::new(), now).unwrap();
    town.pass(5_000);
    for phone in 0..2 {
        assert_eq!(town.phones[phone].device.members(group).unwrap().len(), 2);
        assert_eq!(town.phones[phone].device.epoch(group).unwrap(), (Epoch::new(4), true));
    }
    assert!(town.status(2).departure.is_some() && town.status(3).departure.is_some());
}
