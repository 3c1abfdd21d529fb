//! Decoders take any bytes without harm, and give back what was encoded.

use porchlight_wire::entry::{SealedEntry, VerifiedEntry};
use porchlight_wire::frame::{
    About, Accepted, AcceptedEntry, Append, Change, ClientFrame, Code, Credential, Open, Records, Refused,
    SealedKey, ServerFrame,
};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::roster::Roster;
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, Signature, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (any::<u32>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(generation, position, chain)| Cursor {
        generation: Generation::new(generation),
        position: Position::new(position),
        chain: Hash::from_bytes(chain),
    })
}

fn head() -> impl Strategy<Value = SignedHead> {
    (cursor(), any::<u64>(), any::<[u8; 64]>()).prop_map(|(cursor, time, signature)| SignedHead {
        cursor,
        time: Timestamp::from_millis(time),
        signature: Signature::from_bytes(signature),
    })
}

fn group() -> impl Strategy<Value = GroupId> {
    any::<[u8; 32]>().prop_map(GroupId::from_bytes)
}

fn client_frame() -> impl Strategy<Value = ClientFrame> {
    let open =
        (group(), any::<[u8; 32]>(), any::<[u8; 64]>(), cursor()).prop_map(|(group, key, proof, cursor)| {
            let credential = Credential::Device(DeviceId::from_bytes(key));
            ClientFrame::Open(Open {
                group,
                credential,
                proof: Signature::from_bytes(proof),
                cursor,
                earlier: None,
                quiet: None,
            })
        });
    let append = (group(), vec(bytes(), 0..5)).prop_map(|(group, entries)| {
        ClientFrame::Append(Append { group, entries: entries.into_iter().map(Into::into).collect() })
    });
    let change = (group(), any::<[u8; 32]>(), bytes(), bytes()).prop_map(|(group, hash, change, sealed)| {
        let recipient = Hash::from_bytes(hash);
        let boxes = vec![SealedKey { epoch: Epoch::new(3), recipient, sealed: sealed.into() }];
        ClientFrame::Change(Change { group, previous: recipient, change: change.into(), keys: vec![], boxes })
    });
    prop_oneof![open, append, change]
}

fn server_frame() -> impl Strategy<Value = ServerFrame> {
    let record = (any::<u64>(), any::<u8>(), bytes()).prop_map(|(time, kind, body)| Record {
        time: Timestamp::from_millis(time),
        kind: RecordKind(kind),
        body: body.into(),
    });
    let records = (group(), any::<u64>(), vec(record, 0..5), proptest::option::of(head())).prop_map(
        |(group, first, records, head)| {
            let (generation, first) = (Generation::new(1), Position::new(first));
            ServerFrame::Records(Records { group, generation, first, records, head })
        },
    );
    let accepted =
        (group(), any::<[u8; 32]>(), any::<u64>(), head()).prop_map(|(group, device, number, head)| {
            let entry = AcceptedEntry {
                device: DeviceId::from_bytes(device),
                sequence: Sequence::new(number),
                position: Position::new(number),
                time: Timestamp::from_millis(number),
            };
            let (generation, head) = (Generation::new(0), Some(head));
            ServerFrame::Accepted(Accepted { group, generation, entries: vec![entry], head })
        });
    let refused = (group(), any::<u16>(), ".{0,60}").prop_map(|(group, code, detail)| {
        ServerFrame::Refused(Refused { about: About::Group(group), code: Code(code), detail })
    });
    prop_oneof![records, accepted, refused]
}

proptest! {
    #[test]
    fn a_devices_frame_reads_back(frame in client_frame()) {
        prop_assert_eq!(ClientFrame::decode(&frame.encode()), Ok(Some(frame)));
    }

    #[test]
    fn a_servers_frame_reads_back(frame in server_frame()) {
        prop_assert_eq!(ServerFrame::decode(&frame.encode()), Ok(Some(frame)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..600)) {
        let group = GroupId::from_bytes([1; 32]);
        let _ = ClientFrame::decode(&bytes);
        let _ = ServerFrame::decode(&bytes);
        prop_assert!(VerifiedEntry::verify(&group, &bytes).is_err());
        prop_assert!(Roster::found(&bytes, Timestamp::from_millis(0)).is_err());
    }

    #[test]
    fn a_frame_cut_or_changed_anywhere_does_no_harm(frame in client_frame(), at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = frame.encode();
        let at = at % bytes.len();
        prop_assert_ne!(ClientFrame::decode(&bytes[..at]), Ok(Some(frame)));
        bytes[at] ^= byte;
        let _ = ClientFrame::decode(&bytes);
    }

    #[test]
    fn an_entry_that_nobody_signed_is_refused(
        device in any::<[u8; 32]>(), header in bytes(), signature in any::<[u8; 64]>(), ciphertext in bytes(),
    ) {
        let entry = SealedEntry {
            device: DeviceId::from_bytes(device),
            header: header.into(),
            signature: Signature::from_bytes(signature),
            ciphertext: ciphertext.into(),
        };
        let bytes = minicbor::to_vec(entry).unwrap();
        prop_assert!(VerifiedEntry::verify(&GroupId::from_bytes([1; 32]), &bytes).is_err());
    }

    #[test]
    fn two_different_logs_never_have_one_chain(bodies in vec(bytes(), 1..6), at in any::<usize>(), byte in 1_u8..) {
        let chain = |bodies: &[Vec<u8>]| {
            bodies.iter().fold(Cursor::START, |cursor, body| {
                let time = Timestamp::from_millis(7);
                cursor.after(&Record { time, kind: RecordKind::ENTRY, body: body.clone().into() })
            })
        };
        let mut other = bodies.clone();
        let at = at % other.len();
        match other[at].first_mut() {
            Some(first) => *first ^= byte,
            None => other[at].push(byte),
        }
        prop_assert_ne!(chain(&bodies), chain(&other));
    }
}
