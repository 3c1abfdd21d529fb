//! Sessions of Alice and Ben over the real log, driven by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use porchlight_wire::frame::{GetRoster, Hello, Lacking, Records, SealedKey, Welcome};
use porchlight_wire::record::Cursor;
use porchlight_wire::{DeviceId, Epoch, Generation, Sequence};

use super::*;
use crate::identity::Identity;
use crate::log::{ConnectionId, Founding, Log};
use crate::people::{Person, append_frame, sealing_hash};
use crate::reader;
use crate::rosters::Rosters;
use crate::store::{ReadStore, SqliteStore};

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

mod bounds;
mod lacking;
mod lookups;
mod presence;

/// A server without threads: connections, and one log.
struct Desk {
    identity: Arc<Identity>,
    rosters: Arc<Rosters>,
    log: Log<SqliteStore>,
    connections: BTreeMap<ConnectionId, Line>,
}

struct Line {
    session: Session,
    listens: Vec<GroupId>,
    welcome: Option<Welcome>,
    sent: Vec<ServerFrame>,
    /// What the server said that it lacks; these people bring few keys along, and few tests are about that.
    lacking: Vec<Lacking>,
    closed: bool,
}

impl Desk {
    fn new() -> Self {
        let identity = Arc::new(Identity::from_secret(&[9; 32]));
        let rosters = Arc::new(Rosters::default());
        let store = SqliteStore::in_memory().unwrap();
        let log = Log::new(store, Arc::clone(&identity), Arc::clone(&rosters), Founding::Open).unwrap();
        Self { identity, rosters, log, connections: BTreeMap::new() }
    }

    fn connect(&mut self, number: u64) -> ConnectionId {
        self.connect_by(number, Carrier::Socket([u8::try_from(number).unwrap(); 32]))
    }

    fn connect_by(&mut self, number: u64, carrier: Carrier) -> ConnectionId {
        let id = ConnectionId(number);
        let (server, store) = (self.identity.public(), self.log.store().store_id());
        let address = Some(IpAddr::from([203, 0, 113, u8::try_from(number).unwrap()]));
        let terms = Terms { server, store, address, carrier };
        let session = Session::new(terms, NOON);
        self.connections.insert(
            id,
            Line { session, listens: vec![], welcome: None, sent: vec![], lacking: vec![], closed: false },
        );
        self.run(id, &mut Vec::new());
        id
    }

    fn welcome(&self, id: ConnectionId) -> Welcome {
        self.connections[&id].welcome.clone().unwrap()
    }

    /// Hands over frames at once, as one that sends everything in one go; what it is answered.
    fn say(&mut self, id: ConnectionId, frames: &[ClientFrame]) -> Vec<ServerFrame> {
        self.say_all(&[(id, frames)]);
        std::mem::take(&mut self.line(id).sent)
    }

    /// Hands over frames of several connections, whose orders meet in one commit.
    fn say_all(&mut self, all: &[(ConnectionId, &[ClientFrame])]) {
        let mut waiting: Vec<_> = all.iter().map(|(id, frames)| (*id, frames.iter())).collect();
        loop {
            let mut orders = Vec::new();
            for (id, frames) in &mut waiting {
                while self.line(*id).session.accepts_frames()
                    && let Some(frame) = frames.next()
                {
                    self.line(*id).session.handle(Input::Frame(&frame.encode()), NOON);
                    self.run(*id, &mut orders);
                }
            }
            if orders.is_empty() {
                return;
            }
            self.commit(orders);
        }
    }

    fn commit(&mut self, orders: Vec<(ConnectionId, Order)>) {
        let authors: Vec<_> = orders.iter().map(|(id, _)| *id).collect();
        let committed = self.log.commit(orders, NOON);
        let mut further = Vec::new();
        for (id, outcome) in authors.into_iter().zip(committed.outcomes) {
            self.line(id).session.handle(Input::Outcome(outcome), NOON);
            self.run(id, &mut further);
        }
        for published in &committed.published {
            for id in self.connections.keys().copied().collect::<Vec<_>>() {
                if self.line(id).listens.contains(&published.group()) {
                    self.line(id).session.handle(Input::Published(published), NOON);
                    self.run(id, &mut further);
                }
            }
        }
        if !further.is_empty() {
            self.commit(further);
        }
    }

    fn run(&mut self, id: ConnectionId, orders: &mut Vec<(ConnectionId, Order)>) {
        loop {
            let line = self.connections.get_mut(&id).unwrap();
            let request = match line.session.next_action() {
                Some(Action::Send(frame)) => {
                    let frame = ServerFrame::decode(&frame).unwrap().unwrap();
                    if let ServerFrame::Welcome(welcome) = &frame {
                        line.welcome = Some(welcome.clone());
                    }
                    match frame {
                        ServerFrame::Lacking(lacking) => line.lacking.push(lacking),
                        frame => line.sent.push(frame),
                    }
                    continue;
                }
                Some(Action::Order(order)) => {
                    orders.push((id, order));
                    continue;
                }
                Some(Action::Listen(group)) => {
                    line.listens.push(group);
                    continue;
                }
                Some(Action::Leave(group)) => {
                    line.listens.retain(|other| *other != group);
                    continue;
                }
                Some(Action::Tell(group, frame)) => {
                    for (_, other) in self.connections.iter_mut().filter(|(other, _)| **other != id) {
                        if other.listens.contains(&group) {
                            other.session.handle(Input::Told(group, &frame), NOON);
                            while let Some(Action::Send(frame)) = other.session.next_action() {
                                other.sent.push(ServerFrame::decode(&frame).unwrap().unwrap());
                            }
                        }
                    }
                    continue;
                }
                Some(Action::Close) => {
                    line.closed = true;
                    continue;
                }
                Some(Action::Read(request)) => request,
                None => match line.session.next_read() {
                    Some(request) => request,
                    None => return,
                },
            };
            let answer = reader::answer(self.log.store(), &self.identity, &self.rosters, &request, NOON);
            self.line(id).session.handle(Input::Answer(answer), NOON);
        }
    }

    fn line(&mut self, id: ConnectionId) -> &mut Line {
        self.connections.get_mut(&id).unwrap()
    }

    /// Alice, connected, with a group that is open on her connection.
    fn alice(&mut self) -> (Person, ConnectionId) {
        let (alice, change) = Person::founder(1, self.identity.public());
        let id = self.connect(1);
        let open = alice.open_frame(&self.welcome(id), Cursor::START);
        let answers = self.say(id, &[alice.founding_frame(change, None), open]);
        assert!(matches!(
            &answers[1..],
            [ServerFrame::Changed(_), ServerFrame::Opened(_), ServerFrame::Records(_)]
        ));
        (alice, id)
    }

    /// Ben, who joined Alice's group by invitation, and his connection, on which it is open.
    fn ben(&mut self, alice: &Person, from: ConnectionId) -> (Person, ConnectionId) {
        let head = Hash::from_bytes(*alice.group.as_bytes());
        let (invitation, change) = alice.invite(&head, 77, 1, NOON.plus_millis(1000));
        let next = alice.hash_of(&head, &change);
        self.say(from, &[alice.change_frame(head, change)]);
        let ben = Person::stranger(2, alice.group);
        let id = self.connect(2);
        let welcome = self.welcome(id);
        let join = ben.change_frame(next, ben.join(&next, &invitation));
        let frames =
            [invitation.open_frame(ben.group, &welcome), join, ben.open_frame(&welcome, Cursor::START)];
        let answers = self.say(id, &frames);
        let [
            _,
            ServerFrame::Opened(_),
            ServerFrame::Changed(_),
            ServerFrame::Opened(_),
            ServerFrame::Records(_),
        ] = &answers[..]
        else {
            panic!("{answers:?}")
        };
        self.line(from).sent.clear();
        (ben, id)
    }
}

fn refusal_in(answers: &[ServerFrame]) -> (About, Code) {
    let refused = answers.iter().find_map(|frame| match frame {
        ServerFrame::Refused(refused) => Some((refused.about, refused.code)),
        _ => None,
    });
    refused.unwrap_or_else(|| panic!("nothing was refused: {answers:?}"))
}

fn texts(records: &Records) -> Vec<Vec<u8>> {
    let entry = |body: &[u8]| minicbor::decode::<porchlight_wire::entry::SealedEntry>(body).unwrap();
    records.records.iter().map(|record| entry(&record.body).ciphertext.into()).collect()
}

#[test]
fn founding_opening_and_appending_take_one_round_trip() {
    let mut desk = Desk::new();
    let (mut alice, change) = Person::founder(1, desk.identity.public());
    let id = desk.connect(1);
    let open = alice.open_frame(&desk.welcome(id), Cursor::START);
    let append = append_frame(alice.group, vec![alice.entry("a")]);
    let answers = desk.say(id, &[alice.founding_frame(change, None), open, append]);
    let [
        ServerFrame::Welcome(_),
        ServerFrame::Changed(changed),
        ServerFrame::Opened(opened),
        ServerFrame::Records(records),
        ServerFrame::Accepted(accepted),
    ] = &answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!(changed.position, Position::new(1));
    assert_eq!(opened.head.cursor.position, Position::new(1));
    assert_eq!((records.first, records.head), (Position::new(1), Some(opened.head)));
    let head = accepted.head.unwrap();
    assert_eq!(head.cursor.position, Position::new(2));
    head.verify(&alice.group, &desk.identity.public()).unwrap();
}

#[test]
fn everybody_gets_every_record_once_and_in_order() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    let (mut ben, b) = desk.ben(&alice, a);
    let (one, two) =
        (append_frame(alice.group, vec![alice.entry("a")]), append_frame(ben.group, vec![ben.entry("b")]));
    desk.say_all(&[(a, &[one]), (b, &[two])]);
    for id in [a, b] {
        let [ServerFrame::Accepted(accepted), ServerFrame::Records(records)] = &desk.line(id).sent[..] else {
            panic!("{:?}", desk.line(id).sent)
        };
        assert_eq!(accepted.head, None);
        assert_eq!(texts(records), [b"a", b"b"]);
    }
    desk.line(b).sent.clear();
    let answers = desk.say(a, &[append_frame(alice.group, vec![alice.entry("c")])]);
    assert!(matches!(answers.last(), Some(ServerFrame::Accepted(accepted)) if accepted.head.is_some()));
    assert!(matches!(&desk.line(b).sent[..], [ServerFrame::Records(records)] if texts(records) == [b"c"]));
}

#[test]
fn one_that_fell_behind_reads_from_the_log() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    let (_, b) = desk.ben(&alice, a);
    desk.line(b).listens.clear();
    desk.say(a, &[append_frame(alice.group, vec![alice.entry("a"), alice.entry("b")])]);
    assert!(desk.line(b).sent.is_empty());
    desk.line(b).session.handle(Input::Behind(alice.group, Position::new(5)), NOON);
    desk.run(b, &mut Vec::new());
    let [ServerFrame::Records(records)] = &desk.line(b).sent[..] else { panic!() };
    assert_eq!((records.first, texts(records)), (Position::new(4), vec![b"a".to_vec(), b"b".to_vec()]));
    // The next one follows directly again.
    desk.line(b).listens.push(alice.group);
    desk.line(b).sent.clear();
    desk.say(a, &[append_frame(alice.group, vec![alice.entry("c")])]);
    assert!(matches!(&desk.line(b).sent[..], [ServerFrame::Records(records)] if texts(records) == [b"c"]));
}

#[test]
fn a_cursor_is_gone_on_from_or_refused() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    desk.say(a, &[append_frame(alice.group, vec![alice.entry("a")])]);
    let row = desk.log.store().group(&alice.group).unwrap().unwrap();
    let at =
        |position, chain| Cursor { generation: Generation::new(0), position: Position::new(position), chain };
    let first = desk.log.store().chain(row.number, Position::new(1)).unwrap().unwrap();
    let b = desk.connect(2);
    let welcome = desk.welcome(b);
    let answers = desk.say(b, &[alice.open_frame(&welcome, at(1, first))]);
    assert!(
        matches!(answers.last(), Some(ServerFrame::Records(records)) if records.first == Position::new(2))
    );
    let answers = desk.say(b, &[alice.open_frame(&welcome, row.head)]);
    assert!(matches!(answers[..], [ServerFrame::Opened(_)]), "nothing new");
    for wrong in [at(1, Hash::ZERO), at(9, first), Cursor { generation: Generation::new(1), ..row.head }] {
        let answers = desk.say(b, &[alice.open_frame(&welcome, wrong)]);
        assert_eq!(refusal_in(&answers), (About::Group(alice.group), Code::OTHER_HISTORY));
    }
}

#[test]
fn a_proof_counts_for_its_connection_only() {
    let mut desk = Desk::new();
    let (alice, a) = desk.alice();
    let b = desk.connect(2);
    let overheard = alice.open_frame(&desk.welcome(a), Cursor::START);
    assert_eq!(refusal_in(&desk.say(b, &[overheard])).1, Code::BAD_PROOF);
    let mallory = Person::stranger(9, alice.group);
    let open = mallory.open_frame(&desk.welcome(b), Cursor::START);
    assert_eq!(refusal_in(&desk.say(b, &[open])).1, Code::NOT_A_MEMBER);
    let elsewhere = Person::stranger(9, GroupId::from_bytes([3; 32]));
    let open = elsewhere.open_frame(&desk.welcome(b), Cursor::START);
    assert_eq!(refusal_in(&desk.say(b, &[open])).1, Code::UNKNOWN_GROUP);
}

#[test]
fn nothing_is_done_in_a_group_that_is_not_open() {
    let mut desk = Desk::new();
    let (mut alice, _) = desk.alice();
    let b = desk.connect(2);
    let group = alice.group;
    let head = Hash::from_bytes(*group.as_bytes());
    let (_, change) = alice.invite(&head, 77, 1, NOON);
    let key = SealedKey { epoch: Epoch::new(0), recipient: Hash::ZERO, sealed: vec![1].into() };
    let wanted = GetBox { group, epoch: Epoch::new(0), recipient: Hash::ZERO };
    for frame in [
        append_frame(alice.group, vec![alice.entry("a")]),
        alice.change_frame(head, change),
        ClientFrame::PutBox(KeyBox { group, key, path: None }),
        ClientFrame::GetBox(wanted),
        ClientFrame::GetRoster(GetRoster { group }),
    ] {
        assert_eq!(refusal_in(&desk.say(b, &[frame])).1, Code::NOT_OPEN);
    }
}

#[test]
fn an_invitation_reads_the_roster_and_gets_its_box_after_joining() {
    let mut desk = Desk::new();
    let (alice, a) = desk.alice();
    let head = Hash::from_bytes(*alice.group.as_bytes());
    let (invitation, change) = alice.invite(&head, 77, 1, NOON.plus_millis(1000));
    let next = alice.hash_of(&head, &change);
    let key = SealedKey { epoch: Epoch::new(0), recipient: sealing_hash(77), sealed: vec![1, 2].into() };
    let put = ClientFrame::PutBox(KeyBox { group: alice.group, key: key.clone(), path: None });
    desk.say(a, &[alice.change_frame(head, change), put]);

    let mut ben = Person::stranger(2, alice.group);
    let id = desk.connect(2);
    let group = alice.group;
    let wanted = ClientFrame::GetBox(GetBox { group, epoch: Epoch::new(0), recipient: sealing_hash(77) });
    let roster = ClientFrame::GetRoster(GetRoster { group });
    let open = invitation.open_frame(group, &desk.welcome(id));
    let answers =
        desk.say(id, &[open, roster, wanted.clone(), append_frame(ben.group, vec![ben.entry("early")])]);
    assert!(
        answers.iter().any(|frame| matches!(frame, ServerFrame::Roster(list) if list.changes.len() == 2))
    );
    let codes = answers.iter().filter_map(|frame| match frame {
        ServerFrame::Refused(refused) => Some(refused.code),
        _ => None,
    });
    assert_eq!(codes.collect::<Vec<_>>(), [Code::NOT_ALLOWED, Code::NOT_OPEN]);
    let join = ben.change_frame(next, ben.join(&next, &invitation));
    let answers = desk.say(id, &[join, wanted]);
    let [ServerFrame::Changed(_), ServerFrame::Box(found)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(found.key, key);
}

#[test]
fn a_bad_entry_is_named_and_the_others_go_on() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    let good = alice.entry("a");
    let mut bad = alice.entry("b");
    *bad.last_mut().unwrap() ^= 1;
    let answers = desk.say(a, &[append_frame(alice.group, vec![good, bad, alice.entry("c")])]);
    let about = About::Entry(alice.group, alice.device(), Sequence::new(2));
    assert_eq!(refusal_in(&answers), (about, Code::BAD_SIGNATURE));
    assert!(
        answers.iter().any(|f| matches!(f, ServerFrame::Accepted(accepted) if accepted.entries.len() == 1))
    );
    assert!(!desk.line(a).closed);
    let answers = desk.say(a, &[append_frame(alice.group, vec![b"garbage".to_vec()])]);
    assert_eq!(refusal_in(&answers), (About::Connection, Code::MALFORMED));
    assert!(desk.line(a).closed);
}

#[test]
fn what_is_no_frame_ends_the_connection_and_a_later_kind_does_not() {
    let mut desk = Desk::new();
    let a = desk.connect(1);
    let later = minicbor::to_vec((200_u32, [1_u8])).unwrap();
    desk.line(a).session.handle(Input::Frame(&later), NOON);
    desk.run(a, &mut Vec::new());
    assert!(!desk.line(a).closed);
    desk.line(a).session.handle(Input::Frame(b"<html>"), NOON);
    desk.run(a, &mut Vec::new());
    assert_eq!(refusal_in(&desk.line(a).sent), (About::Connection, Code::MALFORMED));
    assert!(desk.line(a).closed && !desk.line(a).session.accepts_frames());

    let b = desk.connect(2);
    desk.line(b).session.handle(Input::Frame(&vec![0; limits::MAX_FRAME_BEFORE_OPEN + 1]), NOON);
    desk.run(b, &mut Vec::new());
    assert_eq!(refusal_in(&desk.line(b).sent), (About::Connection, Code::TOO_LARGE));
}

#[test]
fn hello_is_answered_with_a_fresh_challenge_and_the_one_before_still_counts() {
    let mut desk = Desk::new();
    let (alice, a) = desk.alice();
    let hello = ClientFrame::Hello(Hello { versions: Versions::OURS });
    desk.say(a, std::slice::from_ref(&hello));
    let (c, d) = (desk.connect(3), desk.connect(4));
    let first = desk.welcome(c);
    desk.say_all(&[(c, std::slice::from_ref(&hello))]);
    assert_ne!(desk.welcome(c).challenge, first.challenge);
    let answers = desk.say(c, &[alice.open_frame(&first, Cursor::START)]);
    assert!(answers.iter().any(|frame| matches!(frame, ServerFrame::Opened(_))));
    let newer = ClientFrame::Hello(Hello { versions: Versions { lowest: 8, highest: 9 } });
    assert_eq!(refusal_in(&desk.say(d, &[newer])), (About::Connection, Code::UNSUPPORTED_VERSION));
}

#[test]
fn a_post_signs_a_shared_challenge_and_reads_what_others_brought() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    let (mut ben, b) = desk.ben(&alice, a);
    let challenges = desk.identity.shared_challenges(NOON);
    let post = desk.connect_by(5, Carrier::Post(challenges));
    let row = desk.log.store().group(&alice.group).unwrap().unwrap();
    let open = alice.open_frame(&desk.welcome(post), row.head);
    let (one, two) =
        (append_frame(alice.group, vec![alice.entry("a")]), append_frame(ben.group, vec![ben.entry("b")]));
    desk.say_all(&[(post, &[open, one]), (b, &[two])]);
    // As for a POST: it does not listen.
    let frames = &desk.line(post).sent;
    assert!(matches!(frames.last(), Some(ServerFrame::Records(records)) if texts(records) == [b"a", b"b"]));
}

#[test]
fn what_is_left_is_not_heard_of() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    let (_, b) = desk.ben(&alice, a);
    desk.say(b, &[ClientFrame::Leave(GetRoster { group: alice.group })]);
    desk.say(a, &[append_frame(alice.group, vec![alice.entry("a")])]);
    assert!(desk.line(b).sent.is_empty() && desk.line(b).listens.is_empty());
}

#[test]
fn too_much_at_once_ends_the_connection() {
    let mut desk = Desk::new();
    let a = desk.connect(1);
    let roster = ClientFrame::GetRoster(GetRoster { group: GroupId::from_bytes([1; 32]) }).encode();
    for _ in 0..=limits::FRAMES_PER_WINDOW / 20 {
        desk.line(a).session.handle(Input::Frame(&roster), NOON);
        while desk.line(a).session.next_action().is_some() {}
    }
    assert!(!desk.line(a).session.accepts_frames());
}

#[test]
fn a_connection_stops_taking_frames_while_much_waits_for_the_disk() {
    let mut desk = Desk::new();
    let (mut alice, a) = desk.alice();
    let text = "x".repeat(protocol::MAX_ENTRY / 2);
    let mut orders = Vec::new();
    let mut taken = 0;
    while desk.line(a).session.accepts_frames() {
        let frame = append_frame(alice.group, vec![alice.entry(&text)]).encode();
        desk.line(a).session.handle(Input::Frame(&frame), NOON);
        desk.run(a, &mut orders);
        taken += 1;
    }
    assert_eq!(taken, limits::UNFINISHED_BYTES_PER_CONNECTION / (protocol::MAX_ENTRY / 2));
    desk.commit(orders);
    assert!(desk.line(a).session.accepts_frames());
    let device: DeviceId = alice.device();
    assert!(
        desk.line(a)
            .sent
            .iter()
            .any(|f| matches!(f, ServerFrame::Accepted(a) if a.entries[0].device == device))
    );
}
