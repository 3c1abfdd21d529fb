//! The Roster's rules, as stories of Alice (founder), Bob (invited) and Mallory (not).

use ed25519_dalek::{Signer, SigningKey};

use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const SEALING: Hash = Hash::from_bytes([9; 32]);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn id(key: &SigningKey) -> DeviceId {
    DeviceId::from_bytes(key.verifying_key().to_bytes())
}

fn sign(
    key: &SigningKey,
    group: &GroupId,
    previous: &Hash,
    kind: ChangeKind,
    second: Option<&SigningKey>,
) -> Vec<u8> {
    let body = ChangeBody { author: id(key), kind }.encode();
    let parts: [&[u8]; 3] = [group.as_bytes(), previous.as_bytes(), &body];
    let by = |key: &SigningKey, label| {
        crate::Signature::from_bytes(key.sign(&signing::signed_message(label, &parts)).to_bytes())
    };
    let second = second.map(|second| by(second, JOIN_LABEL));
    minicbor::to_vec(SignedChange { signature: by(key, CHANGE_LABEL), second, body: body.into() }).unwrap()
}

fn founded() -> (Roster, SigningKey) {
    let alice = key(1);
    let found = Found {
        suite: limits::SUITE,
        server: ServerKey::from_bytes([5; 32]),
        sealing: SEALING,
        commitment: Hash::from_bytes([6; 32]),
    };
    let zeros = GroupId::from_bytes([0; 32]);
    let bytes = sign(&alice, &zeros, &Hash::ZERO, ChangeKind::Found(found), None);
    (Roster::found(&bytes, NOON).unwrap(), alice)
}

fn invite(role: Role, uses: u32) -> (ChangeKind, SigningKey) {
    let invitation = key(77);
    let key = InvitationKey::from_bytes(invitation.verifying_key().to_bytes());
    (
        ChangeKind::Invite(Invite { key, sealing: SEALING, role, expires: NOON.plus_millis(1000), uses }),
        invitation,
    )
}

fn push(
    roster: &mut Roster,
    by: &SigningKey,
    kind: ChangeKind,
    second: Option<&SigningKey>,
) -> Result<(), RosterError> {
    let bytes = sign(by, &roster.group(), &roster.head(), kind, second);
    let change = roster.verify(&bytes, NOON)?;
    roster.apply(change)
}

fn join(invitation: &SigningKey) -> ChangeKind {
    let key = InvitationKey::from_bytes(invitation.verifying_key().to_bytes());
    ChangeKind::Join(Join { invitation: InvitationId::of_key(&key), sealing: SEALING })
}

#[test]
fn alice_invites_and_bob_joins() {
    let (mut roster, alice) = founded();
    let (kind, invitation) = invite(Role::Member, 1);
    push(&mut roster, &alice, kind, None).unwrap();
    let bob = key(2);
    push(&mut roster, &bob, join(&invitation), Some(&invitation)).unwrap();
    let writer = roster.writer(&id(&bob)).unwrap();
    assert_eq!(writer.member(), MemberId::of_first_device(&id(&bob)));
    assert_eq!(
        push(&mut roster, &key(3), join(&invitation), Some(&invitation)),
        Err(RosterError::InvitationUsedUp)
    );
}

#[test]
fn a_reader_reads_and_does_not_write_or_invite() {
    let (mut roster, alice) = founded();
    let (kind, invitation) = invite(Role::Reader, 5);
    push(&mut roster, &alice, kind.clone(), None).unwrap();
    let bob = key(2);
    push(&mut roster, &bob, join(&invitation), Some(&invitation)).unwrap();
    assert!(roster.active(&id(&bob)).is_ok());
    assert_eq!(roster.writer(&id(&bob)), Err(RosterError::NotAllowed("write")));
    assert_eq!(push(&mut roster, &bob, kind, None), Err(RosterError::NotAllowed("invite")));
}

#[test]
fn nobody_joins_without_the_invitations_secret_or_after_it_ended() {
    let (mut roster, alice) = founded();
    let (kind, invitation) = invite(Role::Member, 5);
    push(&mut roster, &alice, kind, None).unwrap();
    let mallory = key(66);
    assert_eq!(
        push(&mut roster, &mallory, join(&invitation), Some(&mallory)),
        Err(RosterError::BadSignature)
    );
    assert_eq!(push(&mut roster, &mallory, join(&invitation), None), Err(RosterError::BadSignature));
    let bytes = sign(&mallory, &roster.group(), &roster.head(), join(&invitation), Some(&invitation));
    assert_eq!(roster.verify(&bytes, NOON.plus_millis(1001)), Err(RosterError::InvitationExpired));
    let ChangeKind::Join(Join { invitation: which, .. }) = join(&invitation) else { unreachable!() };
    push(&mut roster, &alice, ChangeKind::CloseInvite(CloseInvite { invitation: which }), None).unwrap();
    assert_eq!(
        push(&mut roster, &mallory, join(&invitation), Some(&invitation)),
        Err(RosterError::InvitationClosed)
    );
}

#[test]
fn a_change_for_another_group_or_another_place_in_the_list_does_not_fit() {
    let (mut roster, alice) = founded();
    let (kind, _) = invite(Role::Member, 5);
    let elsewhere = sign(&alice, &GroupId::from_bytes([3; 32]), &roster.head(), kind.clone(), None);
    assert_eq!(roster.verify(&elsewhere, NOON), Err(RosterError::BadSignature));
    let first = sign(&alice, &roster.group(), &roster.head(), kind, None);
    let verified = roster.verify(&first, NOON).unwrap();
    roster.apply(verified.clone()).unwrap();
    assert_eq!(roster.verify(&first, NOON), Err(RosterError::BadSignature));
    assert_eq!(roster.apply(verified), Err(RosterError::Stale));
}

#[test]
fn a_kind_of_a_later_version_is_chained_and_changes_nothing_else() {
    let (mut roster, alice) = founded();
    let before = roster.clone();
    push(&mut roster, &alice, ChangeKind::Unknown(900), None).unwrap();
    assert_ne!(roster.head(), before.head());
    assert_eq!(roster.members().count(), before.members().count());
    assert_eq!(push(&mut roster, &key(66), ChangeKind::Unknown(900), None), Err(RosterError::NotActive));
}

#[test]
fn a_join_takes_about_two_hundred_bytes() {
    let (roster, _) = founded();
    let (_, invitation) = invite(Role::Member, 5);
    let bytes = sign(&key(2), &roster.group(), &roster.head(), join(&invitation), Some(&invitation));
    assert!(bytes.len() < 240, "{} bytes", bytes.len());
}
