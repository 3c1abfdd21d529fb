//! Presence is passed on to those who listen, and kept nowhere.

use porchlight_wire::frame::Presence;
use porchlight_wire::{Epoch, Signature, limits};

use super::*;

fn presence(group: GroupId, device: DeviceId, size: usize) -> Presence {
    let signature = Signature::from_bytes([3; 64]);
    let (nonce, ciphertext) = ([4; 24].into(), vec![5; size].into());
    Presence { group, device, epoch: Epoch::new(0), nonce, ciphertext, signature }
}

#[test]
fn presence_reaches_the_others_who_listen_and_is_stored_nowhere() {
    let mut desk = Desk::new();
    let (alice, a) = desk.alice();
    let (ben, b) = desk.ben(&alice, a);
    let end = |desk: &Desk| desk.log.store().group(&alice.group).unwrap().unwrap();
    let before = end(&desk);
    let told = presence(ben.group, ben.device(), 100);
    assert_eq!(desk.say(b, &[ClientFrame::Presence(told.clone())]), [], "nothing comes back");
    assert_eq!(desk.line(a).sent, [ServerFrame::Presence(told)]);
    assert_eq!(end(&desk), before);
}

#[test]
fn presence_of_somebody_else_too_large_or_from_outside_is_refused() {
    let mut desk = Desk::new();
    let (alice, a) = desk.alice();
    let (ben, b) = desk.ben(&alice, a);
    let about = About::Group(ben.group);
    let foreign = ClientFrame::Presence(presence(ben.group, alice.device(), 100));
    assert_eq!(refusal_in(&desk.say(b, &[foreign])), (about, Code::NOT_ALLOWED));
    let large = ClientFrame::Presence(presence(ben.group, ben.device(), limits::MAX_PRESENCE + 1));
    assert_eq!(refusal_in(&desk.say(b, &[large])), (about, Code::TOO_LARGE));
    let outside = desk.connect(3);
    let unopened = ClientFrame::Presence(presence(ben.group, ben.device(), 100));
    assert_eq!(refusal_in(&desk.say(outside, &[unopened])), (about, Code::NOT_OPEN));
    assert!(desk.line(a).sent.is_empty());
}
