//! The Roster's rules, as stories of Alice (founder), Bob (invited) and Mallory (not).

use ed25519_dalek::{Signer, SigningKey};

use super::*;
use crate::{limits, signing};

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const SEALING: Hash = Hash::from_bytes([9; 32]);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn id(key: &SigningKey) -> DeviceId {
    DeviceId::from_bytes(key.verifying_key().to_bytes())
}

pub(super) fn sign(
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
        ChangeKind::Invite(Invite {
            key,
            sealing: SEALING,
            role,
            expires: NOON.plus_millis(1000),
            uses,
            member: None,
            vouches: None,
        }),
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
    ChangeKind::Join(Join { invitation: InvitationId::of_key(&key), sealing: SEALING, predecessor: None })
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

/// Alice, with Bob and Carol as members.
fn three() -> (Roster, SigningKey, SigningKey, SigningKey) {
    let (mut roster, alice) = founded();
    let (kind, invitation) = invite(Role::Member, 5);
    push(&mut roster, &alice, kind, None).unwrap();
    let (bob, carol) = (key(2), key(3));
    push(&mut roster, &bob, join(&invitation), Some(&invitation)).unwrap();
    push(&mut roster, &carol, join(&invitation), Some(&invitation)).unwrap();
    (roster, alice, bob, carol)
}

fn member(key: &SigningKey) -> MemberId {
    MemberId::of_first_device(&id(key))
}

fn epoch(seed: u8) -> NewEpoch {
    let commitment = Hash::from_bytes([seed; 32]);
    NewEpoch { commitment, boxes: Hash::from_bytes([seed + 1; 32]), sealed: [7; 48].into(), from: None }
}

fn remove(who: &SigningKey) -> ChangeKind {
    ChangeKind::Remove(Remove { members: vec![member(who)], devices: vec![], epoch: Some(epoch(40)) })
}

fn add_device(sponsor: &SigningKey, purpose: Purpose, predecessor: Option<&SigningKey>) -> ChangeKind {
    let prefix = |key: &SigningKey| ActorPrefix::of_device(&id(key));
    ChangeKind::AddDevice(AddDevice {
        sponsor: prefix(sponsor),
        sealing: SEALING,
        purpose,
        predecessor: predecessor.map(prefix),
    })
}

#[test]
fn a_removal_starts_an_epoch_and_closes_all_open_invitations_in_the_same_record() {
    let (mut roster, alice, bob, carol) = three();
    let (head, length) = (roster.head(), roster.length());
    push(&mut roster, &alice, remove(&bob), None).unwrap();
    assert_eq!(roster.length(), length + 1);
    assert_eq!(roster.epoch(), Epoch::new(1));
    let start = roster.epoch_start(Epoch::new(1)).unwrap();
    assert_eq!((start.commitment, start.previous), (Hash::from_bytes([40; 32]), head));
    assert_eq!(start.earlier.unwrap().0, Epoch::new(0));
    assert_eq!(roster.writer(&id(&bob)), Err(RosterError::Removed));
    assert!(roster.writer(&id(&carol)).is_ok());
    assert!(roster.invitations().all(|(_, invitation)| invitation.closed));
    let gone = roster.device(&id(&bob)).unwrap().gone.unwrap();
    assert_eq!((gone.by, gone.epoch), (id(&alice), Epoch::new(0)));
    let absences = &roster.member(&member(&bob)).unwrap().absences;
    assert_eq!(absences, &[Absence { from: gone.time, until: None }]);
    assert!(roster.member(&member(&carol)).unwrap().absences.is_empty());
    assert!(roster.may_hold(&id(&bob), Epoch::new(0)) && !roster.may_hold(&id(&bob), Epoch::new(1)));
    assert!(!roster.recipients(None, NOON).is_empty());
}

#[test]
fn only_organizers_remove_others_and_nobody_removes_themselves_so() {
    let (mut roster, alice, bob, carol) = three();
    assert_eq!(
        push(&mut roster, &bob, remove(&carol), None),
        Err(RosterError::NotAllowed("remove somebody"))
    );
    assert!(matches!(push(&mut roster, &alice, remove(&alice), None), Err(RosterError::NotAllowed(_))));
    push(&mut roster, &alice, remove(&bob), None).unwrap();
    assert_eq!(push(&mut roster, &alice, remove(&bob), None), Err(RosterError::Unknown("member")));
    assert_eq!(push(&mut roster, &bob, ChangeKind::Leave(Leave {}), None), Err(RosterError::Removed));
}

#[test]
fn several_removals_share_one_epoch() {
    let (mut roster, alice, bob, carol) = three();
    let both =
        Remove { members: vec![member(&bob), member(&carol)], devices: vec![], epoch: Some(epoch(40)) };
    push(&mut roster, &alice, ChangeKind::Remove(both), None).unwrap();
    assert_eq!(roster.epoch(), Epoch::new(1));
    assert_eq!(roster.devices().filter(|(_, device)| device.gone.is_none()).count(), 1);
}

#[test]
fn the_last_organizer_cannot_leave_or_step_down_before_another_is_named() {
    let (mut roster, alice, bob, _) = three();
    let leave = || ChangeKind::Leave(Leave {});
    let role = |who: &SigningKey, role| ChangeKind::SetRole(SetRole { member: member(who), role });
    let own = Remove { members: vec![], devices: vec![id(&alice)], epoch: None };
    for kind in [leave(), role(&alice, Role::Member), ChangeKind::Remove(own)] {
        assert_eq!(push(&mut roster, &alice, kind, None), Err(RosterError::LastOrganizer));
    }
    push(&mut roster, &alice, role(&bob, Role::Organizer), None).unwrap();
    push(&mut roster, &alice, leave(), None).unwrap();
    assert_eq!(push(&mut roster, &bob, leave(), None), Err(RosterError::LastOrganizer));
}

#[test]
fn who_leaves_makes_a_rotation_due_and_rotating_settles_it() {
    let (mut roster, alice, bob, carol) = three();
    assert!(!roster.rotation_due(NOON));
    push(&mut roster, &bob, ChangeKind::Leave(Leave {}), None).unwrap();
    assert!(roster.rotation_due(NOON));
    let rotate = || ChangeKind::Rotate(Rotate { epoch: epoch(50) });
    assert!(matches!(push(&mut roster, &carol, rotate(), None), Err(RosterError::NotAllowed(_))));
    push(&mut roster, &alice, rotate(), None).unwrap();
    assert!(!roster.rotation_due(NOON));
}

#[test]
fn an_invitation_turned_off_or_run_out_with_places_unused_makes_a_rotation_due() {
    let (mut roster, alice, ..) = three();
    let later = NOON.plus_millis(1001);
    assert!(!roster.rotation_due(NOON) && roster.rotation_due(later));
    let (which, _) = roster.invitations().next().unwrap();
    let close = ChangeKind::CloseInvite(CloseInvite { invitation: which });
    push(&mut roster, &alice, close, None).unwrap();
    assert!(roster.rotation_due(NOON));
    push(&mut roster, &alice, ChangeKind::Rotate(Rotate { epoch: epoch(50) }), None).unwrap();
    assert!(!roster.rotation_due(later));
}

#[test]
fn a_bad_epoch_is_rotated_away_from_the_last_good_one() {
    let (mut roster, alice, ..) = three();
    let from = |from| ChangeKind::Rotate(Rotate { epoch: NewEpoch { from, ..epoch(50) } });
    push(&mut roster, &alice, from(None), None).unwrap();
    let later = Some(Epoch::new(2));
    assert_eq!(push(&mut roster, &alice, from(later), None), Err(RosterError::Unknown("earlier epoch")));
    push(&mut roster, &alice, from(Some(Epoch::new(0))), None).unwrap();
    assert_eq!(roster.epoch_start(Epoch::new(2)).unwrap().earlier.unwrap().0, Epoch::new(0));
}

#[test]
fn a_member_adds_up_to_eight_devices_and_one_may_continue_anothers_work() {
    let (mut roster, _, bob, carol) = three();
    for seed in 100..107 {
        push(&mut roster, &key(seed), add_device(&bob, Purpose::Device, None), Some(&bob)).unwrap();
    }
    let ninth = add_device(&bob, Purpose::Device, None);
    assert_eq!(
        push(&mut roster, &key(107), ninth, Some(&bob)),
        Err(RosterError::Full("devices of one member"))
    );
    let own = Remove { members: vec![], devices: vec![id(&key(100)), id(&bob)], epoch: None };
    push(&mut roster, &key(101), ChangeKind::Remove(own), None).unwrap();
    assert!(roster.rotation_due(NOON));
    let elsewhere = add_device(&key(101), Purpose::Device, Some(&carol));
    assert_eq!(
        push(&mut roster, &key(108), elsewhere, Some(&key(101))),
        Err(RosterError::Unknown("predecessor"))
    );
    let unsigned = add_device(&key(101), Purpose::Device, Some(&bob));
    assert_eq!(push(&mut roster, &key(108), unsigned, Some(&carol)), Err(RosterError::BadSignature));
    let add = add_device(&key(101), Purpose::Device, Some(&bob));
    push(&mut roster, &key(108), add, Some(&key(101))).unwrap();
    let new = id(&key(108));
    assert_eq!(roster.active(&new).unwrap().0, member(&bob));
    assert!(roster.may_carry(&new, &ActorPrefix::of_device(&id(&bob))));
    assert!(!roster.may_carry(&new, &ActorPrefix::of_device(&id(&carol))));
}

#[test]
fn recovery_words_add_a_device_and_do_nothing_else() {
    let (mut roster, alice, bob, carol) = three();
    let words = key(120);
    push(&mut roster, &words, add_device(&alice, Purpose::Recovery, None), Some(&alice)).unwrap();
    assert!(roster.entrant(&id(&words)).is_ok());
    assert!(roster.writer(&id(&words)).is_err() && roster.active(&id(&words)).is_err());
    for kind in [remove(&bob), ChangeKind::Leave(Leave {}), ChangeKind::Unknown(77)] {
        assert!(matches!(push(&mut roster, &words, kind, None), Err(RosterError::NotAllowed(_))));
    }
    push(&mut roster, &key(121), add_device(&words, Purpose::Device, None), Some(&words)).unwrap();
    assert_eq!(roster.active(&id(&key(121))).unwrap().0, member(&alice));
    let other = key(122);
    push(&mut roster, &other, add_device(&alice, Purpose::Recovery, None), Some(&alice)).unwrap();
    assert_eq!(
        roster.entrant(&id(&words)),
        Err(RosterError::Removed),
        "new words take the place of old ones"
    );
    assert!(roster.rotation_due(NOON) && roster.entrant(&id(&carol)).is_ok());
}

#[test]
fn a_removed_member_comes_back_under_the_same_membership() {
    let (mut roster, alice, bob, carol) = three();
    push(&mut roster, &alice, remove(&bob), None).unwrap();
    let back = |seed| {
        let invitation = key(seed);
        let key = InvitationKey::from_bytes(invitation.verifying_key().to_bytes());
        let expires = NOON.plus_millis(1000);
        let member = Some(member(&bob));
        let role = Role::Reader;
        let invite = Invite { key, sealing: SEALING, role, expires, uses: 1, member, vouches: None };
        (ChangeKind::Invite(invite), invitation)
    };
    let (kind, _) = back(78);
    assert!(matches!(push(&mut roster, &carol, kind, None), Err(RosterError::NotAllowed(_))));
    let (kind, invitation) = back(79);
    push(&mut roster, &alice, kind, None).unwrap();
    push(&mut roster, &key(130), join(&invitation), Some(&invitation)).unwrap();
    let (who, back) = roster.active(&id(&key(130))).unwrap();
    assert_eq!((who, back.role), (member(&bob), Role::Reader));
    assert_eq!(roster.members().count(), 3);
}

#[test]
fn the_lobby_admits_only_who_asked_and_has_enough_vouches() {
    let (mut roster, alice, bob, carol) = three();
    let invitation = key(80);
    let link = InvitationKey::from_bytes(invitation.verifying_key().to_bytes());
    let which = InvitationId::of_key(&link);
    let expires = NOON.plus_millis(1000);
    let invite = Invite {
        key: link,
        sealing: SEALING,
        role: Role::Member,
        expires,
        uses: 2,
        member: None,
        vouches: Some(2),
    };
    push(&mut roster, &alice, ChangeKind::Invite(invite), None).unwrap();
    let dora = key(4);
    assert!(matches!(
        push(&mut roster, &dora, join(&invitation), Some(&invitation)),
        Err(RosterError::NotAllowed(_))
    ));
    let group = roster.group();
    let raw = |by: &SigningKey, message: &[u8]| crate::Signature::from_bytes(by.sign(message).to_bytes());
    let vouch = |by: &SigningKey| Vouch {
        by: ActorPrefix::of_device(&id(by)),
        signature: raw(by, &Admit::vouch_message(&group, &which, &id(&dora))),
    };
    let admit = |vouches: Vec<Vouch>, knocker: &SigningKey| {
        let knock = raw(knocker, &Admit::knock_message(&group, &which, &id(&dora), &SEALING));
        ChangeKind::Admit(Admit { invitation: which, device: id(&dora), sealing: SEALING, knock, vouches })
    };
    let few = Err(RosterError::NotAllowed("admit without enough vouches"));
    assert_eq!(push(&mut roster, &alice, admit(vec![vouch(&bob), vouch(&bob)], &dora), None), few);
    assert_eq!(push(&mut roster, &alice, admit(vec![vouch(&bob), vouch(&alice)], &dora), None), few);
    let both = || vec![vouch(&bob), vouch(&carol)];
    assert_eq!(push(&mut roster, &alice, admit(both(), &bob), None), Err(RosterError::BadSignature));
    assert!(matches!(push(&mut roster, &bob, admit(both(), &dora), None), Err(RosterError::NotAllowed(_))));
    push(&mut roster, &alice, admit(both(), &dora), None).unwrap();
    assert!(roster.writer(&id(&dora)).is_ok());
}

#[test]
fn members_invite_newcomers_only_where_the_group_allows_it() {
    let (mut roster, alice, bob, _) = three();
    let with = |seed: u8, role| {
        let link = InvitationKey::from_bytes(key(seed).verifying_key().to_bytes());
        let expires = NOON.plus_millis(1000);
        let (member, vouches) = (None, None);
        ChangeKind::Invite(Invite { key: link, sealing: SEALING, role, expires, uses: 1, member, vouches })
    };
    let refused = Err(RosterError::NotAllowed("invite"));
    assert_eq!(push(&mut roster, &bob, with(90, Role::Member), None), refused);
    push(&mut roster, &alice, ChangeKind::Allow(Allow { members_invite: true }), None).unwrap();
    push(&mut roster, &bob, with(90, Role::Member), None).unwrap();
    assert_eq!(push(&mut roster, &bob, with(91, Role::Organizer), None), refused);
    let (which, _) = roster.invitations().find(|(_, invitation)| invitation.by == member(&bob)).unwrap();
    push(&mut roster, &bob, ChangeKind::CloseInvite(CloseInvite { invitation: which }), None).unwrap();
}

#[test]
fn held_work_of_a_removed_device_counts_once_an_organizer_accepts_it() {
    let (mut roster, alice, bob, carol) = three();
    push(&mut roster, &alice, remove(&bob), None).unwrap();
    let entry = Hash::from_bytes([88; 32]);
    assert_eq!(roster.author(&id(&bob), &entry), Err(RosterError::Removed));
    let accept = || ChangeKind::AcceptHeld(AcceptHeld { entries: vec![entry] });
    assert!(matches!(push(&mut roster, &carol, accept(), None), Err(RosterError::NotAllowed(_))));
    push(&mut roster, &alice, accept(), None).unwrap();
    assert_eq!(roster.author(&id(&bob), &entry).unwrap().member(), member(&bob));
    assert_eq!(roster.author(&id(&bob), &Hash::ZERO), Err(RosterError::Removed));
    assert!(roster.author(&id(&carol), &Hash::ZERO).is_ok());
}

#[test]
fn a_move_names_the_next_server_and_a_closed_group_takes_nothing_more() {
    let (mut roster, alice, bob, _) = three();
    let server = ServerKey::from_bytes([66; 32]);
    let to = |url: &str| ChangeKind::MoveTo(MoveTo { server, url: url.to_owned() });
    assert!(matches!(
        push(&mut roster, &bob, to("https://b.example"), None),
        Err(RosterError::NotAllowed(_))
    ));
    assert!(matches!(push(&mut roster, &alice, to(""), None), Err(RosterError::OutOfRange(_))));
    push(&mut roster, &alice, to("https://b.example"), None).unwrap();
    assert_eq!((roster.server(), roster.servers().len()), (server, 2));
    push(&mut roster, &alice, ChangeKind::Close(Close {}), None).unwrap();
    assert_eq!(push(&mut roster, &alice, to("https://c.example"), None), Err(RosterError::Closed));
    assert_eq!(roster.writer(&id(&alice)), Err(RosterError::Closed));
}

#[test]
fn roster_changes_take_about_two_hundred_bytes() {
    let (roster, alice, bob, _) = three();
    let size = |by: &SigningKey, kind, second: Option<&SigningKey>| {
        sign(by, &roster.group(), &roster.head(), kind, second).len()
    };
    let sizes = [
        size(&key(9), join(&bob), Some(&bob)),
        size(&key(9), add_device(&bob, Purpose::Device, Some(&bob)), Some(&bob)),
        size(&alice, remove(&bob), None),
        size(&alice, ChangeKind::Rotate(Rotate { epoch: epoch(1) }), None),
        size(&alice, invite(Role::Member, 30).0, None),
        size(&bob, ChangeKind::Leave(Leave {}), None),
    ];
    assert!(sizes.iter().all(|size| *size <= 250), "{sizes:?}");
    assert!(sizes.iter().sum::<usize>() / sizes.len() < 220, "{sizes:?}");
}

#[test]
fn a_join_takes_about_two_hundred_bytes() {
    let (roster, _) = founded();
    let (_, invitation) = invite(Role::Member, 5);
    let bytes = sign(&key(2), &roster.group(), &roster.head(), join(&invitation), Some(&invitation));
    assert!(bytes.len() < 240, "{} bytes", bytes.len());
}
