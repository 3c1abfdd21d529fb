//! Golden vectors: every structure of the specification made from fixed secrets, as a JSON text that other
//! implementations can check themselves against. The same text must come out natively and in WebAssembly.

mod roster;
mod snapshot;
mod words;

use std::fmt::Write as _;

use minicbor::Encode;
use porchlight_wire::frame::{
    About, Accepted, AcceptedEntry, Append, Change, ClientFrame, Code, Credential, Found as FoundFrame,
    GetBox, GetRoster, Hello, KeyBox, Open, Opened, Presence, Records, Refused, RosterList, SealedKey,
    ServerFrame, TimedChange, Versions, Welcome,
};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::roster::{ChangeBody, ChangeKind, CloseInvite, Found, Invite, Role, Roster};
use porchlight_wire::{
    ActorPrefix, Challenge, Epoch, Generation, GroupId, Hash, InvitationId, MemberId, Position, Sequence,
    ServerKey, StoreId, Timestamp, limits,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::bundle::{Bundle, Greeting};
use crate::codes::to_codes;
use crate::invitation::Invitation;
use crate::key_box::{self, BoxContext};
use crate::keys::{DeviceKeys, EpochKey, InvitationSecret, Secret};
use crate::membership::{join_body, sign_change};
use crate::payload::{Claim, DocumentChanges, Payload};
use crate::seal::{self, Place};

const TIME: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// All vectors as a JSON text: sections of names and values. Bytes are lower-case hex. `None` if this code refuses
/// what it made itself.
pub fn text() -> Option<String> {
    let mut text = Text::default();
    let story = Story::tell(&mut text)?;
    let log = entries(&mut text, &story)?;
    device_frames(&mut text, &story);
    server_frames(&mut text, &story, &log);
    by_hand(&mut text, &story, &log)?;
    roster::write(&mut text, &story)?;
    words::write(&mut text, &story)?;
    snapshot::write(&mut text, &story, &log)?;
    Some(text.finish())
}

/// What the vectors share: Alice founds a Group, invites, Bob joins.
struct Story {
    alice: DeviceKeys,
    group: GroupId,
    server: DeviceKeys,
    epoch_key: EpochKey,
    found: Vec<u8>,
    invite: Vec<u8>,
    join: Vec<u8>,
    invitation: InvitationSecret,
    link: Invitation,
    sealed: Vec<u8>,
    roster: Roster,
}

impl Story {
    fn tell(text: &mut Text) -> Option<Self> {
        let alice = DeviceKeys::from_secrets(secret(1), secret(2));
        let bob = DeviceKeys::from_secrets(secret(3), secret(4));
        let server = DeviceKeys::from_secrets(secret(5), secret(6));
        let epoch_key = EpochKey(secret(7));
        let invitation = InvitationSecret(secret(8));
        text.section("secrets");
        text.value("alice signing", &[1; 32]);
        text.value("alice sealing", &[2; 32]);
        text.value("bob signing", &[3; 32]);
        text.value("bob sealing", &[4; 32]);
        text.value("server signing", &[5; 32]);
        text.value("epoch key 0", &[7; 32]);
        text.value("invitation", &[8; 32]);
        text.section("keys");
        text.value("alice device id", alice.id().as_bytes());
        text.value("alice member id", MemberId::of_first_device(&alice.id()).as_bytes());
        text.value("alice actor prefix", ActorPrefix::of_device(&alice.id()).as_bytes());
        text.value("alice sealing key", &key_box::public_key(alice.sealing()));
        text.value("alice sealing key hash", sealing_hash(alice.sealing()).as_bytes());
        text.value("invitation key", invitation.key().as_bytes());
        text.value("invitation id", InvitationId::of_key(&invitation.key()).as_bytes());
        text.value("commitment to epoch key 0", epoch_key.commitment(Epoch::new(0)).as_bytes());

        text.section("roster");
        let found = ChangeKind::Found(Found {
            suite: limits::SUITE,
            server: ServerKey::from_bytes(*server.id().as_bytes()),
            sealing: sealing_hash(alice.sealing()),
            commitment: epoch_key.commitment(Epoch::new(0)),
        });
        let body = ChangeBody { author: alice.id(), kind: found }.encode();
        let found = sign_change(&alice, &GroupId::from_bytes([0; 32]), &Hash::ZERO, &body, None);
        text.value("found", &found);
        let mut roster = Roster::found(&found, TIME).ok()?;
        let group = roster.group();
        text.value("group id", group.as_bytes());
        let invite = ChangeKind::Invite(Invite {
            key: invitation.key(),
            sealing: sealing_hash(&invitation.sealing()),
            role: Role::Member,
            expires: TIME.plus_millis(604_800_000),
            uses: 30,
            member: None,
            vouches: None,
        });
        let body = ChangeBody { author: alice.id(), kind: invite }.encode();
        let invite = sign_change(&alice, &group, &roster.head(), &body, None);
        push(&mut roster, &invite)?;
        text.value("invite", &invite);
        text.value("invite hash", roster.head().as_bytes());
        let link = Invitation {
            url: "https://porch.example.org".to_owned(),
            server: roster.server(),
            group,
            head: roster.head(),
            name: "Maple Street".to_owned(),
            lobby: None,
            whose: None,
            reads: false,
            secret: invitation.clone(),
        };
        text.word("invitation link", &link.link());
        let body = join_body(&bob, &invitation);
        let join = sign_change(&bob, &group, &roster.head(), &body, Some(&invitation));
        push(&mut roster, &join)?;
        text.value("join", &join);
        text.value("join hash", roster.head().as_bytes());
        let close = CloseInvite { invitation: InvitationId::of_key(&invitation.key()) };
        let body = ChangeBody { author: alice.id(), kind: ChangeKind::CloseInvite(close) }.encode();
        text.value("close invite, not applied", &sign_change(&alice, &group, &roster.head(), &body, None));

        text.section("key box");
        let context = BoxContext { group, epoch: Epoch::new(0), previous: Hash::ZERO };
        let mut entropy = ChaCha20Rng::from_seed([9; 32]);
        let recipient = key_box::public_key(&invitation.sealing());
        let sealed = key_box::seal(&epoch_key, &context, &recipient, &mut entropy).ok()?;
        text.value("for the invitation", &sealed);
        Some(Self { alice, group, server, epoch_key, found, invite, join, invitation, link, sealed, roster })
    }
}

/// What the entries section made, for the frames that carry it.
struct Log {
    entry: Vec<u8>,
    records: Vec<Record>,
    head: SignedHead,
}

fn entries(text: &mut Text, story: &Story) -> Option<Log> {
    text.section("entry");
    let change = [0x85, 0x6f, 0x4a, 0x83, 1, 2, 3, 4];
    let documents = DocumentChanges {
        kind: "contacts".to_owned(),
        key: String::new(),
        changes: vec![change.to_vec().into()],
    };
    let roster = story.roster.head();
    let claims = vec![Claim { document: 0, change: Hash::from_bytes([15; 32]) }];
    let payload = Payload { documents: vec![documents], claims, cursor: Cursor::START, roster, clock: TIME };
    text.encoded("content", &payload);
    text.value("plaintext", &payload.to_plaintext().ok()?);
    text.value("entry key", story.epoch_key.entry_key(&story.group, Epoch::new(0)).expose_secret_bytes());
    let place =
        Place { group: story.group, sequence: Sequence::new(1), previous: Hash::ZERO, epoch: Epoch::new(0) };
    let mut entropy = ChaCha20Rng::from_seed([10; 32]);
    let sealed = seal::seal(&payload, &place, &story.alice, &story.epoch_key, &mut entropy).ok()?;
    text.value("sealed entry", &sealed.bytes);
    text.value("entry id", sealed.id.as_bytes());

    text.section("log");
    let record = |kind, body: &[u8]| Record { time: TIME, kind, body: body.to_vec().into() };
    let changes = [&story.found, &story.invite, &story.join].map(|it| record(RecordKind::ROSTER_CHANGE, it));
    let records = [changes.to_vec(), vec![record(RecordKind::ENTRY, &sealed.bytes)]].concat();
    let mut cursor = Cursor::START;
    for record in &records {
        cursor = cursor.after(record);
        text.value(&format!("record hash {}", cursor.position), record.hash().as_bytes());
        text.value(&format!("chain {}", cursor.position), cursor.chain.as_bytes());
    }
    let signature = story.server.sign(&SignedHead::message(&story.group, &cursor, TIME));
    let head = SignedHead { cursor, time: TIME, signature };
    text.encoded("signed head", &head);
    Some(Log { entry: sealed.bytes, records, head })
}

fn device_frames(text: &mut Text, story: &Story) {
    text.section("frames of a device");
    let group = story.group;
    let server = story.roster.server();
    let challenge = Challenge::from_bytes([11; 32]);
    let key = story.alice.id();
    let proof = story.alice.sign(&Open::proof_message(&server, &challenge, &group, key.as_bytes()));
    let recipient = sealing_hash(&story.invitation.sealing());
    let frames = [
        ("hello", ClientFrame::Hello(Hello { versions: Versions::OURS })),
        (
            "found",
            ClientFrame::Found(FoundFrame {
                change: story.found.clone().into(),
                token: Some(vec![12; 16].into()),
                keys: vec![key_box::public_key(story.alice.sealing()).into()],
            }),
        ),
        (
            "open",
            ClientFrame::Open(Open {
                group,
                credential: Credential::Device(key),
                proof,
                cursor: Cursor::START,
                earlier: None,
                quiet: None,
            }),
        ),
        ("append", ClientFrame::Append(Append { group, entries: vec![vec![13; 8].into()] })),
        (
            "change",
            ClientFrame::Change(Change {
                group,
                previous: Hash::from_bytes(*group.as_bytes()),
                change: story.invite.clone().into(),
                keys: Vec::new(),
                boxes: vec![sealed_key(story)],
            }),
        ),
        ("put box", ClientFrame::PutBox(KeyBox { group, key: sealed_key(story), path: None })),
        ("get box", ClientFrame::GetBox(GetBox { group, epoch: Epoch::new(0), recipient })),
        ("get roster", ClientFrame::GetRoster(GetRoster { group })),
        ("leave", ClientFrame::Leave(GetRoster { group })),
        ("presence", ClientFrame::Presence(presence(story))),
    ];
    for (name, frame) in frames {
        text.value(name, &frame.encode());
    }
}

fn server_frames(text: &mut Text, story: &Story, log: &Log) {
    text.section("frames of a server");
    let group = story.group;
    let device = story.alice.id();
    let changes = [&story.found, &story.invite, &story.join]
        .map(|change| TimedChange { time: TIME, change: change.clone().into() });
    let welcome = Welcome {
        versions: Versions::OURS,
        server: story.roster.server(),
        store: StoreId::from_bytes([14; 16]),
        challenge: Challenge::from_bytes([11; 32]),
        time: TIME,
    };
    let records = Records {
        group,
        generation: Generation::new(0),
        first: Position::new(1),
        records: log.records.clone(),
        head: Some(log.head),
    };
    let place = AcceptedEntry { device, sequence: Sequence::new(1), position: Position::new(4), time: TIME };
    let accepted =
        Accepted { group, generation: Generation::new(0), entries: vec![place], head: Some(log.head) };
    let changed = porchlight_wire::frame::Changed {
        group,
        hash: story.roster.head(),
        position: Position::new(3),
        time: TIME,
    };
    let refused = Refused {
        about: About::Entry(group, device, Sequence::new(1)),
        code: Code::CLONE,
        detail: "another entry has this number".to_owned(),
    };
    let frames = [
        ("welcome", ServerFrame::Welcome(welcome)),
        ("opened", ServerFrame::Opened(Opened { group, head: log.head, from: None, base: None, next: None })),
        ("records", ServerFrame::Records(records)),
        ("accepted", ServerFrame::Accepted(accepted)),
        ("changed", ServerFrame::Changed(changed)),
        ("refused", ServerFrame::Refused(refused)),
        ("roster", ServerFrame::Roster(RosterList { group, changes: changes.to_vec() })),
        ("presence", ServerFrame::Presence(presence(story))),
        ("box", ServerFrame::Box(KeyBox { group, key: sealed_key(story), path: None })),
    ];
    for (name, frame) in frames {
        text.value(name, &frame.encode());
    }
    text.value("entry carried", &log.entry);
}

/// Made by hand, with a nonce and ciphertext that are none: what is signed is what matters here.
fn presence(story: &Story) -> Presence {
    let (group, device, epoch) = (story.group, story.alice.id(), Epoch::new(0));
    let (nonce, ciphertext) = ([16; 24], vec![17; 32]);
    let additional = Presence::additional(&group, &device, epoch);
    let signature = story.alice.sign(&Presence::message(&additional, &nonce, &ciphertext));
    Presence { group, device, epoch, nonce: nonce.into(), ciphertext: ciphertext.into(), signature }
}

fn by_hand(text: &mut Text, story: &Story, log: &Log) -> Option<()> {
    text.section("by hand");
    let greeting = Greeting { cursor: log.head.cursor, roster: story.roster.head(), clock: TIME };
    text.encoded("greeting", &greeting);
    let epoch = Epoch::new(0);
    text.value("bundle key", story.epoch_key.bundle_key(&story.group, epoch).expose_secret_bytes());
    let mut entropy = ChaCha20Rng::from_seed([18; 32]);
    let entries = vec![log.entry.clone().into()];
    let keys = (&story.alice, &story.epoch_key);
    let bundle = Bundle::seal((story.group, epoch), &greeting, entries, keys, &mut entropy).ok()?;
    text.value("bundle, after its mark", bundle.get(18..)?);
    for (number, code) in (1..).zip(to_codes(&bundle).ok()?) {
        text.word(&format!("code {number}"), &code);
    }
    Some(())
}

fn secret(byte: u8) -> Secret {
    // Always 32 bytes, so this is always one.
    Secret::from_slice(&[byte; 32]).unwrap_or_else(|| Secret::draw(&mut ChaCha20Rng::from_seed([byte; 32])))
}

fn sealing_hash(secret: &Secret) -> Hash {
    key_box::key_hash(&key_box::public_key(secret))
}

fn sealed_key(story: &Story) -> SealedKey {
    let recipient = sealing_hash(&story.invitation.sealing());
    SealedKey { epoch: Epoch::new(0), recipient, sealed: story.sealed.clone().into() }
}

fn push(roster: &mut Roster, change: &[u8]) -> Option<()> {
    let verified = roster.verify(change, TIME).ok()?;
    roster.apply(verified).ok()
}

/// A JSON text in the making. Names and words here need no escapes.
#[derive(Default)]
struct Text {
    json: String,
    /// What stands before the next value: nothing right after a section's name.
    comma: &'static str,
}

impl Text {
    fn section(&mut self, name: &str) {
        let close = if self.json.is_empty() { "{\n" } else { "\n  },\n" };
        // Writing to a String has no failure to report.
        let _ = write!(self.json, "{close}  \"{name}\": {{");
        self.comma = "";
    }

    fn value(&mut self, name: &str, bytes: &[u8]) {
        let mut hex = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            let _ = write!(hex, "{byte:02x}");
        }
        self.word(name, &hex);
    }

    fn encoded<T: Encode<()>>(&mut self, name: &str, value: &T) {
        let mut bytes = Vec::new();
        // Writing to a Vec has no failure to report.
        let _ = minicbor::encode(value, &mut bytes);
        self.value(name, &bytes);
    }

    fn word(&mut self, name: &str, word: &str) {
        let _ = write!(self.json, "{}\n    \"{name}\": \"{word}\"", self.comma);
        self.comma = ",";
    }

    fn finish(mut self) -> String {
        self.json.push_str("\n  }\n}\n");
        self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PINNED: &str = include_str!("../../wire/vectors/protocol.json");

    #[test]
    fn the_protocols_bytes_are_the_pinned_ones() {
        let text = text().unwrap();
        for (line, (made, pinned)) in text.lines().zip(PINNED.lines()).enumerate() {
            assert_eq!(made, pinned, "line {} of protocol/wire/vectors/protocol.json", line + 1);
        }
        assert_eq!(text, PINNED);
    }
}
