//! What a server lacks beside the log is said to those who can bring it, and taken from them.

use porchlight_wire::frame::{KeyBox, PutKeys};

use super::*;
use crate::people::sealing_key;

/// What is said when somebody opens the group anew.
fn said(desk: &mut Desk, person: &Person, id: ConnectionId) -> Option<Lacking> {
    desk.line(id).lacking.clear();
    let open = person.open_frame(&desk.welcome(id), Cursor::START);
    desk.say(id, &[open]);
    desk.line(id).lacking.pop()
}

#[test]
fn keys_and_boxes_that_are_not_there_are_asked_of_their_member_and_of_organizers() {
    let mut desk = Desk::new();
    let (alice, from) = desk.alice();
    let (ben, id) = desk.ben(&alice, from);
    // Ben's key did not come along with his Join; the invitation was for one and is used up.
    let lacking = said(&mut desk, &ben, id).unwrap();
    assert_eq!((lacking.keys, lacking.boxes, lacking.list), (vec![sealing_hash(2)], vec![], None));
    assert_eq!(said(&mut desk, &alice, from), None, "Alice cannot bring it");
    let keys = [2, 99].map(|seed| sealing_key(seed).into()).to_vec();
    desk.say(id, &[ClientFrame::PutKeys(PutKeys { group: ben.group, keys })]);
    assert_eq!(said(&mut desk, &ben, id), None);
    let row = desk.log.store().group(&ben.group).unwrap().unwrap();
    assert_eq!(desk.log.store().sealing_key(row.number, &sealing_hash(2)).unwrap(), Some(sealing_key(2)));
    assert_eq!(desk.log.store().sealing_key(row.number, &sealing_hash(99)).unwrap(), None, "nobody's key");

    // An open invitation without its key and box.
    let head = Hash::from_bytes(*row.roster_head.as_bytes());
    let (_, change) = alice.invite(&head, 78, 3, NOON.plus_millis(1000));
    desk.say(from, &[alice.change_frame(head, change)]);
    let lacking = said(&mut desk, &alice, from).unwrap();
    assert_eq!((lacking.keys, lacking.boxes), (vec![sealing_hash(78)], vec![sealing_hash(78)]));
    assert_eq!(said(&mut desk, &ben, id), None, "Ben did not make it");
    let sealed = vec![1; 9].into();
    let key = SealedKey { epoch: Epoch::new(0), recipient: sealing_hash(78), sealed };
    let put = PutKeys { group: alice.group, keys: vec![sealing_key(78).into()] };
    let key_box = ClientFrame::PutBox(KeyBox { group: alice.group, key, path: None });
    desk.say(from, &[ClientFrame::PutKeys(put), key_box]);
    assert_eq!(said(&mut desk, &alice, from), None);
}

#[test]
fn sealing_keys_are_taken_from_devices_of_the_group_only_and_not_too_many() {
    let mut desk = Desk::new();
    let (alice, from) = desk.alice();
    let stranger = desk.connect(7);
    let put = |count: usize| {
        let keys = vec![sealing_key(1).into(); count];
        ClientFrame::PutKeys(PutKeys { group: alice.group, keys })
    };
    assert_eq!(refusal_in(&desk.say(stranger, &[put(1)])), (About::Side(alice.group), Code::NOT_OPEN));
    let many = porchlight_wire::limits::MAX_KEYS_PER_FRAME + 1;
    assert_eq!(refusal_in(&desk.say(from, &[put(many)])), (About::Side(alice.group), Code::TOO_LARGE));
}
