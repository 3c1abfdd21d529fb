//! A device and a server of the version after this one, on one street with those of this version.

use minicbor::Encoder;
use porchlight_wire::entry::{ENTRY_LABEL, SealedEntry};
use porchlight_wire::frame::{ServerFrame, Versions};
use porchlight_wire::record::RecordKind;
use porchlight_wire::roster::{ChangeBody, ChangeKind};
use porchlight_wire::{Epoch, limits, signing};

use crate::Problem;
use crate::io::Input;
use crate::membership::sign_change;
use crate::scene::Street;

/// An Entry as a later version would seal it: its header and its payload have keys that this version does not know, and
/// it holds a Change of a kind of document that this version does not know, with a Claim.
fn later_entry(street: &mut Street, number: usize) -> Vec<u8> {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use chacha20poly1305::{XChaCha20Poly1305, XNonce};
    let group = street.group_of(number);
    let (last, previous) = group.own_last();
    let cursor = group.progress.cursor;
    let roster = group.roster.as_ref().unwrap().head();
    let key = group.epochs[&Epoch::new(0)].entry_key(&group.id, Epoch::new(0));
    let (id, keys) = (group.id, group.keys.clone());

    let mut content = Vec::new();
    let mut e = Encoder::new(&mut content);
    e.map(6).unwrap().u8(0).unwrap().array(1).unwrap().map(4).unwrap();
    e.u8(0).unwrap().str("map").unwrap().u8(1).unwrap().str("of the street").unwrap();
    let change = later_change(&keys);
    e.u8(2).unwrap().array(1).unwrap().bytes(&change).unwrap().u8(9).unwrap().str("new").unwrap();
    let hash = porchlight_documents::Incoming::parse(&change).unwrap().hash();
    e.u8(1).unwrap().array(1).unwrap().array(2).unwrap().u8(0).unwrap().encode(hash).unwrap();
    e.u8(2).unwrap().encode(cursor).unwrap().u8(3).unwrap().encode(roster).unwrap();
    e.u8(4).unwrap().u8(1).unwrap().u8(77).unwrap().str("a key of a later version").unwrap();
    let mut plaintext = vec![0];
    plaintext.extend_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes());
    plaintext.extend_from_slice(&content);

    let mut header = Vec::new();
    let mut e = Encoder::new(&mut header);
    e.map(6)
        .unwrap()
        .u8(0)
        .unwrap()
        .u8(limits::VERSION + 1)
        .unwrap()
        .u8(1)
        .unwrap()
        .encode(last.next())
        .unwrap();
    e.u8(2).unwrap().encode(previous).unwrap().u8(3).unwrap().u8(0).unwrap();
    e.u8(4).unwrap().bytes(&[5; 24]).unwrap().u8(88).unwrap().bool(true).unwrap();
    let device = keys.id();
    let parts: [&[u8]; 3] = [id.as_bytes(), device.as_bytes(), &header];
    let aad = signing::signed_message(ENTRY_LABEL, &parts);
    let ciphertext = XChaCha20Poly1305::new(key.expose_secret_bytes().into())
        .encrypt(&XNonce::from([5; 24]), Payload { msg: &plaintext, aad: &aad })
        .unwrap();
    let mut message = aad;
    message.extend_from_slice(SealedEntry::ciphertext_hash(&ciphertext).as_bytes());
    let signature = keys.sign(&message);
    let mut bytes = Vec::new();
    let mut e = Encoder::new(&mut bytes);
    e.map(5).unwrap().u8(0).unwrap().encode(device).unwrap().u8(1).unwrap().bytes(&header).unwrap();
    e.u8(2).unwrap().encode(signature).unwrap().u8(3).unwrap().bytes(&ciphertext).unwrap();
    e.u8(99).unwrap().str("outside").unwrap();
    bytes
}

fn later_change(keys: &crate::keys::DeviceKeys) -> Vec<u8> {
    use porchlight_documents::contacts::{self, Details};
    use porchlight_documents::{Actor, Author, Document, Kind};
    let mut actor = [7; 16];
    actor[..8].copy_from_slice(porchlight_wire::ActorPrefix::of_device(&keys.id()).as_bytes());
    let author = Author { actor: Actor::from_bytes(actor), time: crate::scene::START };
    let details = Details { name: "On the map".to_owned(), ..Details::default() };
    let mut document = Document::new(Kind::Contacts);
    let (_, change) = document.edit(author, |editor| contacts::add(editor, details, None)).unwrap();
    change.unwrap().as_bytes().to_vec()
}

#[test]
fn what_a_device_of_the_next_version_adds_is_kept_forwarded_and_chained_unchanged() {
    let mut street = Street::of(3);
    let entry = later_entry(&mut street, 1);
    let now = street.now;
    street.host.append(RecordKind::ENTRY, entry.clone(), now);
    street.host.append(RecordKind(77), b"a record of a later kind".to_vec(), now);
    let later = ChangeBody { author: street.keys_of(1).id(), kind: ChangeKind::Unknown(200) }.encode();
    let head = street.host.roster.as_ref().unwrap().head();
    let (keys, group) = (street.keys_of(1), street.group);
    let change = sign_change(&keys, &group, &head, &later, None);
    let verified = street.host.roster.as_ref().unwrap().verify(&change, now).unwrap();
    street.host.roster.as_mut().unwrap().apply(verified).unwrap();
    street.host.append(RecordKind::ROSTER_CHANGE, change, now);
    street.run();
    street.add(0, "After all that");
    let end = street.host.end();
    for number in 0..3 {
        assert_eq!(street.group_of(number).progress.cursor, end, "chained alike, phone {number}");
        assert_eq!(street.phones[number].device.groups()[0].skipped, 0);
        assert!(street.phones[number].device.forks(group).unwrap().is_empty());
        let roster = street.host.roster.as_ref().unwrap().head();
        assert_eq!(street.group_of(number).roster.as_ref().unwrap().head(), roster);
    }
    assert_eq!(street.names(2), ["After all that"]);
    // The Change and the Claim wait on every phone for the version that knows what they are.
    for number in [0, 2] {
        let kept: Vec<&[u8]> = street.phones[number].disk.keys().map(Vec::as_slice).collect();
        let holds = |part: &str| kept.iter().any(|key| String::from_utf8_lossy(key).contains(part));
        assert!(holds("/change/") && holds("/map/of the street"), "phone {number}");
        assert!(kept.iter().any(|key| {
            let key = String::from_utf8_lossy(key);
            key.contains("/claim/") && key.ends_with("/map/of the street")
        }));
        street.phones[number].restart(now);
        street.run();
        // And whoever looks is told that there is more than this version can show.
        assert_eq!(street.phones[number].device.groups()[0].later, 1, "phone {number}");
    }
    // The log holds the same bytes.
    assert!(street.host.records.iter().any(|record| record.body.as_slice() == entry));
}

#[test]
fn an_entry_of_the_next_version_is_carried_by_hand_as_the_same_bytes() {
    let mut street = Street::of(3);
    let entry = later_entry(&mut street, 1);
    let (group, now) = (street.group, street.now);
    street.go_offline(1);
    let bundle = street.phones[1].device.bundle(group, vec![entry.clone().into()], now).unwrap();
    let report = street.phones[0].device.open_bundle(&bundle, now).unwrap();
    assert_eq!((report.added, report.refused), (1, 0));
    street.run();
    street.pass(2_000);
    assert!(street.host.records.iter().any(|record| record.body.as_slice() == entry));
    assert_eq!(street.phones[2].device.groups()[0].skipped, 0);
}

#[test]
fn versions_are_negotiated_in_the_first_frame() {
    for (lowest, highest, problem) in [
        (limits::VERSION, limits::VERSION + 1, None),
        (limits::VERSION + 1, limits::VERSION + 2, Some(Problem::UnsupportedVersion)),
    ] {
        let mut street = Street::of(2);
        street.go_offline(1);
        street.host.versions = Versions { lowest, highest };
        street.go_online(1);
        assert_eq!(street.phones[1].device.groups()[0].problem, problem);
        street.add(1, "Kept in any case");
        assert_eq!(street.names(1), ["Kept in any case"]);
        let arrived = street.names(0) == ["Kept in any case"];
        assert_eq!(arrived, problem.is_none());
    }
}

#[test]
fn a_frame_of_a_later_kind_is_passed_over_and_the_connection_goes_on() {
    let mut street = Street::of(2);
    let link = crate::io::LinkId(1);
    let later = minicbor::to_vec((250_u32, [1_u8, 2, 3])).unwrap();
    assert_eq!(ServerFrame::decode(&later), Ok(None));
    let now = street.now;
    street.phones[1].device.handle(Input::Received { link, frame: later }, now);
    street.run();
    street.add(0, "Still here");
    assert_eq!(street.names(1), ["Still here"]);
}
