//! Beyond a limit there is a clear refusal with a stable code, and nothing of it is kept.

use porchlight_wire::frame::{Change, KeyBox, SealedKey};
use porchlight_wire::limits;
use porchlight_wire::{Epoch, Sequence};

use super::*;

fn end(desk: &Desk, person: &Person) -> Position {
    desk.log.store().group(&person.group).unwrap().unwrap().head.position
}

#[test]
fn a_frame_beyond_its_limit_is_too_large_and_ends_the_connection() {
    let mut desk = Desk::new();
    let (_, id) = desk.alice();
    desk.line(id).session.handle(Input::Frame(&vec![0; limits::MAX_FRAME + 1]), NOON);
    desk.run(id, &mut Vec::new());
    assert_eq!(refusal_in(&desk.line(id).sent), (About::Connection, Code::TOO_LARGE));
    assert!(desk.line(id).closed);
}

#[test]
fn more_entries_than_an_append_may_hold_are_too_large_and_none_is_kept() {
    let mut desk = Desk::new();
    let (mut alice, id) = desk.alice();
    let before = end(&desk, &alice);
    let entries: Vec<Vec<u8>> = (0..=limits::MAX_ENTRIES_PER_APPEND).map(|_| alice.entry("x")).collect();
    let answers = desk.say(id, &[append_frame(alice.group, entries)]);
    assert_eq!(refusal_in(&answers), (About::Connection, Code::TOO_LARGE));
    assert_eq!(end(&desk, &alice), before);
}

#[test]
fn an_entry_beyond_its_limit_is_too_large_by_its_name_and_one_within_is_kept() {
    let mut desk = Desk::new();
    let (mut alice, id) = desk.alice();
    let fits = alice.entry(&"x".repeat(limits::MAX_ENTRY - 1024));
    assert!(matches!(
        &desk.say(id, &[append_frame(alice.group, vec![fits])])[..],
        [ServerFrame::Accepted(_)]
    ));
    let before = end(&desk, &alice);
    let large = alice.entry(&"x".repeat(limits::MAX_ENTRY));
    let answers = desk.say(id, &[append_frame(alice.group, vec![large])]);
    let about = About::Entry(alice.group, alice.device(), Sequence::new(2));
    assert_eq!(refusal_in(&answers), (about, Code::TOO_LARGE));
    assert_eq!(end(&desk, &alice), before);
}

#[test]
fn a_key_box_beyond_its_limit_is_too_large() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    let recipient = Hash::from_bytes([7; 32]);
    let sealed = vec![0; limits::MAX_KEY_BOX + 1].into();
    let key = SealedKey { epoch: Epoch::new(0), recipient, sealed };
    let answers = desk.say(id, &[ClientFrame::PutBox(KeyBox { group: alice.group, key, path: None })]);
    let about = About::Box(alice.group, Epoch::new(0), recipient);
    assert_eq!(refusal_in(&answers), (about, Code::TOO_LARGE));
}

#[test]
fn more_keys_than_may_come_along_with_a_change_are_too_large() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    let previous = Hash::from_bytes(*alice.group.as_bytes());
    let (_, change) = alice.invite(&previous, 77, 1, NOON.plus_millis(1000));
    let about = About::Change(alice.group, alice.hash_of(&previous, &change));
    let keys = vec![vec![1].into(); limits::MAX_ATTACHMENTS + 1];
    let frame = Change { group: alice.group, previous, change: change.into(), keys, boxes: vec![] };
    let before = end(&desk, &alice);
    assert_eq!(refusal_in(&desk.say(id, &[ClientFrame::Change(frame)])), (about, Code::TOO_LARGE));
    assert_eq!(end(&desk, &alice), before);
}

#[test]
fn an_invitation_for_more_people_than_allowed_breaks_a_rule() {
    let mut desk = Desk::new();
    let (alice, id) = desk.alice();
    let previous = Hash::from_bytes(*alice.group.as_bytes());
    let (_, change) = alice.invite(&previous, 77, limits::MAX_INVITATION_USES + 1, NOON.plus_millis(1000));
    let about = About::Change(alice.group, alice.hash_of(&previous, &change));
    assert_eq!(
        refusal_in(&desk.say(id, &[alice.change_frame(previous, change)])),
        (about, Code::RULE_BROKEN)
    );
}

#[test]
fn a_refusals_words_are_cut_to_their_limit() {
    let about = About::Connection;
    let long = "é".repeat(limits::MAX_DETAIL);
    let refused = crate::log::refusal(about, Code::BUSY, long);
    assert!(refused.detail.len() <= limits::MAX_DETAIL && refused.detail.len() > limits::MAX_DETAIL - 3);
}
