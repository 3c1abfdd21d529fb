//! Golden vectors of every kind of RosterChange after the first four, and of the frames that go with them.

use minicbor::bytes::ByteArray;
use porchlight_wire::frame::{
    ClientFrame, GetBox, GetKeys, HeldCall, HeldList, Keys, Knock, Lacking, LobbyAct, LobbyAnswer, LobbyCall,
    LobbyList, LobbyState, Lookup, LookupCall, LookupKind, PutKeys, SealedKey, ServerFrame, Waiting,
};
use porchlight_wire::roster::{
    AcceptHeld, AddDevice, Admit, Allow, ChangeBody, ChangeKind, Close, JOIN_LABEL, Leave, MoveTo, NewEpoch,
    Purpose, Remove, Role, Rotate, SetRole, SignedChange, Vouch, boxes_root,
};
use porchlight_wire::{ActorPrefix, Epoch, Hash, InvitationId, MemberId, ServerKey, signing};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Story, TIME, Text, sealing_hash, secret};
use crate::key_box::{self, BoxContext, earlier};
use crate::keys::{DeviceKeys, EpochKey};
use crate::membership::sign_change;

/// Writes them; none of the changes is applied.
pub(super) fn write(text: &mut Text, story: &Story) -> Option<()> {
    text.section("roster, further changes");
    let alice = &story.alice;
    let carol = DeviceKeys::from_secrets(secret(19), secret(20));
    let bob = DeviceKeys::from_secrets(secret(3), secret(4));
    let (epoch, boxed) = new_epoch(text, story)?;
    let ids = (MemberId::of_first_device(&bob.id()), bob.id());
    let kinds = [
        ("admit", ChangeKind::Admit(admit(story, &carol, &bob))),
        (
            "remove",
            ChangeKind::Remove(Remove {
                members: vec![ids.0],
                devices: vec![ids.1],
                epoch: Some(epoch.clone()),
            }),
        ),
        ("leave", ChangeKind::Leave(Leave {})),
        ("set role", ChangeKind::SetRole(SetRole { member: ids.0, role: Role::Reader })),
        ("rotate", ChangeKind::Rotate(Rotate { epoch })),
        ("accept held", ChangeKind::AcceptHeld(AcceptHeld { entries: vec![Hash::from_bytes([22; 32])] })),
        (
            "move to",
            ChangeKind::MoveTo(MoveTo {
                server: ServerKey::from_bytes([23; 32]),
                url: "https://new.example.org".to_owned(),
            }),
        ),
        ("close", ChangeKind::Close(Close {})),
        ("allow", ChangeKind::Allow(Allow { members_invite: true })),
    ];
    let (group, head) = (story.group, story.roster.head());
    for (name, kind) in kinds {
        let body = ChangeBody { author: alice.id(), kind }.encode();
        text.value(name, &sign_change(alice, &group, &head, &body, None));
    }
    text.value("add device", &add_device(story, &carol));
    frames(text, story, (&carol, &bob), boxed);
    Some(())
}

/// Epoch 1, for Alice alone, and her box.
fn new_epoch(text: &mut Text, story: &Story) -> Option<(NewEpoch, SealedKey)> {
    let (zero, one) = (Epoch::new(0), Epoch::new(1));
    let key = EpochKey(secret(21));
    text.value("epoch key 1, raw", &[21; 32]);
    let context = BoxContext { group: story.group, epoch: one, previous: story.roster.head() };
    let mut entropy = ChaCha20Rng::from_seed([24; 32]);
    let public = key_box::public_key(story.alice.sealing());
    let sealed = key_box::seal(&key, &context, &public, &mut entropy).ok()?;
    let recipient = key_box::key_hash(&public);
    let earlier = earlier::seal(&key, &story.group, (one, zero), &story.epoch_key)?;
    let epoch = NewEpoch {
        commitment: key.commitment(one),
        boxes: boxes_root([(recipient, sealed.as_slice())]),
        sealed: ByteArray::from(earlier),
        from: None,
    };
    Some((epoch, SealedKey { epoch: one, recipient, sealed: sealed.into() }))
}

fn admit(story: &Story, carol: &DeviceKeys, bob: &DeviceKeys) -> Admit {
    let invitation = InvitationId::of_key(&story.invitation.key());
    let (device, sealing) = (carol.id(), sealing_hash(carol.sealing()));
    let knock = carol.sign(&Admit::knock_message(&story.group, &invitation, &device, &sealing));
    Admit { invitation, device, sealing, knock, vouches: vec![vouch(story, carol, bob)] }
}

fn vouch(story: &Story, carol: &DeviceKeys, bob: &DeviceKeys) -> Vouch {
    let invitation = InvitationId::of_key(&story.invitation.key());
    let signature = bob.sign(&Admit::vouch_message(&story.group, &invitation, &carol.id()));
    Vouch { by: ActorPrefix::of_device(&bob.id()), signature }
}

fn add_device(story: &Story, carol: &DeviceKeys) -> Vec<u8> {
    let sponsor = ActorPrefix::of_device(&story.alice.id());
    let kind = ChangeKind::AddDevice(AddDevice {
        sponsor,
        sealing: sealing_hash(carol.sealing()),
        purpose: Purpose::Device,
        predecessor: Some(sponsor),
    });
    let body = ChangeBody { author: carol.id(), kind }.encode();
    let (group, head) = (story.group, story.roster.head());
    let parts: [&[u8]; 3] = [group.as_bytes(), head.as_bytes(), &body];
    let change = sign_change(carol, &group, &head, &body, None);
    let second = Some(story.alice.sign(&signing::signed_message(JOIN_LABEL, &parts)));
    let signed: Option<SignedChange> = minicbor::decode(&change).ok();
    let mut bytes = Vec::new();
    if let Some(signed) = signed {
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(SignedChange { second, ..signed }, &mut bytes);
    }
    bytes
}

fn frames(text: &mut Text, story: &Story, (carol, bob): (&DeviceKeys, &DeviceKeys), boxed: SealedKey) {
    let group = story.group;
    let asked = admit(story, carol, bob);
    let public = key_box::public_key(carol.sealing());
    let knock = Knock {
        invitation: asked.invitation,
        device: asked.device,
        key: public.clone().into(),
        signature: asked.knock,
        note: vec![25; 40].into(),
    };
    let act = |act| ClientFrame::Lobby(LobbyCall { group, act });
    let lookup = Lookup { locator: Hash::from_bytes([26; 32]), sealed: vec![27; 16].into() };
    text.section("further frames of a device");
    let frames = [
        ("get keys", ClientFrame::GetKeys(GetKeys { group, hashes: vec![asked.sealing] })),
        ("lobby, knock", act(LobbyAct::Knock(knock.clone()))),
        ("lobby, list", act(LobbyAct::List)),
        ("lobby, vouch", act(LobbyAct::Vouch(carol.id(), vouch(story, carol, bob)))),
        ("lobby, refuse", act(LobbyAct::Refuse(carol.id()))),
        ("put keys", ClientFrame::PutKeys(PutKeys { group, keys: vec![public.clone().into()] })),
        ("held", ClientFrame::Held(HeldCall { group, discard: vec![Hash::from_bytes([22; 32])] })),
        ("lookup, put", ClientFrame::Lookup(LookupCall::Put(group, LookupKind::Code, lookup.clone()))),
        ("lookup, get", ClientFrame::Lookup(LookupCall::Get(lookup.locator))),
    ];
    for (name, frame) in frames {
        text.value(name, &frame.encode());
    }
    text.section("further frames of a server");
    let waiting = Waiting { time: TIME, knock, vouches: vec![vouch(story, carol, bob)], refused: false };
    let answer = LobbyAnswer { group, device: carol.id(), state: LobbyState::Waiting };
    let wanted = GetBox { group, epoch: boxed.epoch, recipient: boxed.recipient };
    let lacking = Lacking {
        group,
        keys: vec![asked.sealing],
        epoch: boxed.epoch,
        boxes: vec![boxed.recipient],
        list: Some(true),
    };
    let frames = [
        ("keys", ServerFrame::Keys(Keys { group, keys: vec![public.into()] })),
        ("lobby", ServerFrame::Lobby(LobbyList { group, waiting: vec![waiting] })),
        ("knocked", ServerFrame::Knocked(answer)),
        ("held list", ServerFrame::Held(HeldList { group, entries: vec![vec![13; 8].into()] })),
        ("lookup", ServerFrame::Lookup(lookup)),
        ("wanted", ServerFrame::Wanted(wanted)),
        ("lacking", ServerFrame::Lacking(lacking)),
    ];
    for (name, frame) in frames {
        text.value(name, &frame.encode());
    }
    text.section("further key box");
    text.encoded("for alice, of epoch 1", &boxed);
}
