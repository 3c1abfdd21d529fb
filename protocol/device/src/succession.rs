//! A phone whose key is used by another one too, a copy or a restored backup, goes on as a fresh Device.
//!
//! The first of the two that reaches the log keeps the key. The other one draws new keys, adds itself to the Roster as a
//! further Device of the same Member, which the old key vouches for, and names the old Device as its predecessor: so it
//! may deliver what was written under the old one's name. What was sealed under the old key is sealed anew.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use porchlight_documents::Incoming;
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{Change, ClientFrame};
use porchlight_wire::roster::{
    AddDevice, CHANGE_LABEL, ChangeBody, ChangeKind, JOIN_LABEL, Purpose, SignedChange,
};
use porchlight_wire::{ActorPrefix, GroupId, Timestamp, signing};

use crate::device::Device;
use crate::group::{Group, Problem};
use crate::io::Event;
use crate::key_box;
use crate::keys::{DeviceKeys, Secret};
use crate::seal;
use crate::storage::StoredEdit;

/// The secrets of a Device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredKeys {
    #[n(0)]
    pub(crate) signing: ByteArray<32>,
    #[n(1)]
    pub(crate) sealing: ByteArray<32>,
}

impl Device {
    /// Another phone writes with this one's key: draw fresh keys, and ask to be added with them.
    pub(crate) fn go_on_afresh(&mut self, id: GroupId, now: Timestamp) {
        self.problem(id, Problem::Clone);
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.stored.successor.is_none() {
            let keys = DeviceKeys::draw(&mut self.entropy);
            let (signing, sealing) = keys.secrets();
            group.stored.successor = Some(StoredKeys {
                signing: ByteArray::from(*signing.expose_secret_bytes()),
                sealing: ByteArray::from(*sealing.expose_secret_bytes()),
            });
            let write = group.put_self();
            self.persist(vec![write]);
        }
        self.send_successor(id, now);
    }

    /// Adds the fresh Device to the newest Roster, unless that was asked for already, or becomes it once it is there.
    pub(crate) fn send_successor(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(keys) = group.successor() else { return };
        let Some(roster) = &group.roster else { return };
        if roster.device(&keys.id()).is_some() {
            self.become_successor(id, keys, now);
            return;
        }
        let previous = roster.head();
        if group.outbox.successor_sent == Some(previous) {
            return;
        }
        group.outbox.successor_sent = Some(previous);
        let old = ActorPrefix::of_device(&group.keys.id());
        let public = key_box::public_key(keys.sealing());
        let kind = ChangeKind::AddDevice(AddDevice {
            sponsor: old,
            sealing: key_box::key_hash(&public),
            purpose: Purpose::Device,
            predecessor: Some(old),
        });
        let body = ChangeBody { author: keys.id(), kind }.encode();
        let parts: [&[u8]; 3] = [id.as_bytes(), previous.as_bytes(), &body];
        let signature = keys.sign(&signing::signed_message(CHANGE_LABEL, &parts));
        let second = Some(group.keys.sign(&signing::signed_message(JOIN_LABEL, &parts)));
        let mut change = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(SignedChange { body: body.into(), signature, second }, &mut change);
        let keys = vec![public.into()];
        let frame = Change { group: id, previous, change: change.into(), keys, boxes: Vec::new() };
        self.send(id, &ClientFrame::Change(frame), now);
    }

    fn become_successor(&mut self, id: GroupId, keys: DeviceKeys, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let mut writes = Vec::new();
        unseal(group, &mut writes);
        if let Some(StoredKeys { signing, sealing }) = group.stored.successor.take() {
            (group.stored.signing, group.stored.sealing) = (signing, sealing);
        }
        group.keys = keys;
        group.outbox.ask_as(&id, group.keys.id(), &mut writes);
        group.shelf.forget_actors();
        group.problem = None;
        group.due = Some(now);
        writes.push(group.put_self());
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
        self.open_group(id, now);
    }
}

impl Group {
    fn successor(&self) -> Option<DeviceKeys> {
        let StoredKeys { signing, sealing } = self.stored.successor.as_ref()?;
        let secret = |bytes: &ByteArray<32>| Secret::from_slice(bytes.as_slice());
        Some(DeviceKeys::from_secrets(secret(signing)?, secret(sealing)?))
    }
}

/// Takes the Changes out of Entries that the log does not hold, to be sealed anew by another Device.
fn unseal(group: &mut Group, writes: &mut Vec<crate::io::Write>) {
    let id = group.id;
    for stored in group.outbox.take_entries(&id, writes) {
        let Ok(entry) = VerifiedEntry::verify(&id, &stored.bytes) else { continue };
        let Some(key) = group.epochs.get(&entry.header().epoch) else { continue };
        let Ok(payload) = seal::open(&id, &entry, key) else { continue };
        for document in &payload.documents {
            for raw in &document.changes {
                let Ok(incoming) = Incoming::parse(raw) else { continue };
                let hash = incoming.hash();
                if stored.logged.as_ref().is_some_and(|logged| logged.contains(&hash)) {
                    continue;
                }
                let claim = payload.claims.iter().any(|claim| claim.change == hash);
                let (kind, key) = (document.kind.clone(), document.key.clone());
                let edit = StoredEdit { kind, key, change: raw.clone(), hash, claim };
                group.outbox.add_edit(&id, edit, writes);
            }
        }
    }
    // What was typed since builds on it.
    group.outbox.put_in_order(&id, writes);
}

#[cfg(test)]
mod tests {
    use porchlight_wire::Hash;
    use porchlight_wire::record::RecordKind;
    use porchlight_wire::roster::Role;
    use porchlight_wire::snapshot::Statement;

    use crate::scene::Street;
    use crate::snapshot::sign_statement;
    use crate::{Problem, Saving};

    /// Ben's phone, and a copy of it that goes its own way.
    fn copied() -> Street {
        let mut street = Street::of(3);
        street.add(1, "Before the copy");
        let copy = street.phones[1].copy(street.now);
        street.phones.push(copy);
        street
    }

    /// The copy writes something without a network, and seals it before it learns anything.
    fn seal_on_the_copy(street: &mut Street, name: &str) {
        street.go_offline(3);
        street.add_quietly(3, name);
        let (group, now) = (street.group, street.now);
        street.phones[3].device.export_bundle(group, now).unwrap();
    }

    #[test]
    fn a_copied_phone_goes_on_as_a_fresh_device_and_nothing_is_lost() {
        let mut street = copied();
        seal_on_the_copy(&mut street, "Written on the copy");
        street.add(1, "Written on the phone");
        street.go_online(3);
        street.pass(5_000);
        let all = ["Before the copy", "Written on the copy", "Written on the phone"];
        for number in [0, 1, 2, 3] {
            assert_eq!(street.names(number), all, "phone {number}");
            let status = street.phones[number].device.groups().remove(0);
            assert_eq!((status.problem, status.skipped), (None, 0), "phone {number}");
            assert_eq!(status.saving, Saving::SavedAndSent);
        }
        let (old, fresh) = (street.keys_of(1).id(), street.keys_of(3).id());
        assert_ne!(old, fresh);
        let roster = street.group_of(0).roster.clone().unwrap();
        assert_eq!(roster.device(&fresh).unwrap().predecessor, Some(old));
        assert_eq!(roster.device(&fresh).unwrap().member, roster.device(&old).unwrap().member);
        // Both go on writing, also after a restart.
        street.phones[3].restart(street.now);
        street.add(3, "And more");
        street.add(1, "From both");
        assert_eq!(street.names(2).len(), 5);
        assert_eq!(street.names(3), street.names(2));
    }

    #[test]
    fn what_was_sealed_on_a_copy_goes_before_what_was_typed_after_it() {
        let mut street = copied();
        seal_on_the_copy(&mut street, "Sealed on the copy");
        // Typed on top of that, and not sealed yet when the copy learns that it is one.
        street.add_quietly(3, "Typed on the copy");
        let group = street.group_of(3);
        let sealed: Vec<_> = group.outbox.entries().flat_map(|entry| entry.stored.changes.clone()).collect();
        let typed: Vec<_> = group.outbox.gather().into_iter().map(|(_, edit)| edit.hash).collect();
        assert!(!sealed.is_empty() && !typed.is_empty());
        super::unseal(group, &mut Vec::new());
        let waits: Vec<_> = group.outbox.gather().into_iter().map(|(_, edit)| edit.hash).collect();
        assert_eq!(waits, [sealed, typed].concat());
    }

    #[test]
    fn what_a_copy_wants_to_change_in_the_roster_is_asked_for_by_the_fresh_device() {
        let mut street = Street::of(3);
        let copy = street.phones[0].copy(street.now);
        street.phones.push(copy);
        street.go_offline(3);
        let (group, now) = (street.group, street.now);
        let mut others = street.phones[3].device.members(group).unwrap();
        others.retain(|member| !member.is_self);
        let [other, third] = [0, 1].map(|number| others[number].id);
        street.phones[3].device.set_role(group, other, Role::Organizer, now).unwrap();
        seal_on_the_copy(&mut street, "Written on the copy");
        // So that what the copy sends first is about an earlier Roster.
        street.phones[0].device.set_role(group, third, Role::Reader, now).unwrap();
        street.add(0, "Written on the phone");
        street.go_online(3);
        street.pass(5_000);
        let fresh = street.keys_of(3).id();
        assert_ne!(fresh, street.keys_of(0).id());
        for number in 0..4 {
            let status = street.phones[number].device.groups().remove(0);
            assert_eq!((status.waiting, status.problem), (0, None), "phone {number}");
            let roster = street.group_of(number).roster.clone().unwrap();
            assert_eq!(roster.member(&other).unwrap().role, Role::Organizer, "phone {number}");
        }
    }

    #[test]
    fn a_statement_that_the_log_holds_waits_no_more_on_the_fresh_device() {
        let mut street = copied();
        let (group, now) = (street.group, street.now);
        // Signed before the phone went on as another Device.
        let endorse = Statement::Endorse { manifest: Hash::ZERO };
        let (bytes, _) = sign_statement(&street.keys_of(1), &group, &endorse);
        street.group_of(0).add_statement(bytes.clone(), &mut Vec::new());
        assert_eq!(street.phones[0].device.groups()[0].waiting, 1);
        street.host.append(RecordKind::STATEMENT, bytes, now);
        street.run();
        assert_eq!(street.phones[0].device.groups()[0].waiting, 0);
    }

    #[test]
    fn a_copy_that_is_told_so_by_the_log_keeps_what_it_has_sealed() {
        let mut street = copied();
        seal_on_the_copy(&mut street, "Written on the copy");
        street.add(1, "Written on the phone");
        // The copy is stopped as soon as the server has said CLONE.
        street.phones[3].online = true;
        street.phones[3].device.connect(street.now);
        street.run();
        let stopped = street.phones[3].device.groups()[0].problem;
        assert!(stopped.is_none() || stopped == Some(Problem::Clone));
        street.phones[3].restart(street.now);
        street.go_online(3);
        assert!(street.names(0).contains(&"Written on the copy".to_owned()));
    }

    #[test]
    fn a_copy_takes_what_others_build_on_what_it_has_waiting_itself() {
        let mut street = Street::of(3);
        street.go_offline(1);
        street.add_quietly(1, "Before the copy");
        street.phones[1].drain();
        let copy = street.phones[1].copy(street.now);
        street.phones.push(copy);
        street.go_offline(3);
        // What waits on both is in the log through one of them, and somebody builds on it.
        street.go_online(1);
        street.add(0, "Built on it");
        street.go_online(3);
        street.pass(5_000);
        street.add(3, "Written on the copy");
        for number in 0..4 {
            let status = street.phones[number].device.groups().remove(0);
            assert_eq!((status.problem, status.skipped), (None, 0), "phone {number}");
            assert_eq!(street.names(number), ["Before the copy", "Built on it", "Written on the copy"]);
        }
    }

    #[test]
    fn a_copy_takes_an_entry_of_what_it_has_waiting_itself_though_each_builds_on_the_one_before() {
        let mut street = Street::of(3);
        street.go_offline(1);
        let names = ["First", "Second", "Third"];
        for name in names {
            street.add_quietly(1, name);
        }
        street.phones[1].drain();
        let copy = street.phones[1].copy(street.now);
        street.phones.push(copy);
        street.go_offline(3);
        street.go_online(1);
        street.pass(2_000);
        street.go_online(3);
        street.pass(5_000);
        for number in 0..4 {
            let status = street.phones[number].device.groups().remove(0);
            assert_eq!((status.waiting, status.problem, status.skipped), (0, None, 0), "phone {number}");
            assert_eq!(street.names(number), names);
        }
    }
}
