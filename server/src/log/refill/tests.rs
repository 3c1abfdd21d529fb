//! Servers that went back in time, as stories of Alice and Ben.

use std::fs;
use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use porchlight_wire::frame::{Code, Records, Refill, ServerFrame, TimedChange};
use porchlight_wire::record::{Cursor, Record, RecordKind};
use porchlight_wire::snapshot::{AuthorHead, SignedStatement, Statement};
use porchlight_wire::{Hash, Position, Sequence, Signature};

use super::CheckedRefill;
use crate::identity::Identity;
use crate::log::tests::{
    ALICE, BEN, NOON, append, appended, change, code, found, identity, invited, log_over, one,
};
use crate::log::{Founding, Log, Order, Outcome};
use crate::people::Person;
use crate::reader::{Answer, Request, What, answer};
use crate::rosters::Rosters;
use crate::store::{ReadStore, SqliteStore};

fn at(folder: &Path, name: &str) -> Log<SqliteStore> {
    log_over(SqliteStore::open(&folder.join(name)).unwrap(), Founding::Open)
}

/// Copies a database with its write-ahead log, as a backup does.
fn back_up(folder: &Path, from: &str, to: &str) {
    for end in ["", "-wal"] {
        fs::copy(folder.join(format!("{from}{end}")), folder.join(format!("{to}{end}"))).unwrap();
    }
}

/// Everything after a Position, frame by frame, as a device gets it.
fn read(log: &Log<SqliteStore>, person: &Person, mut after: Position) -> Vec<Records> {
    let mut frames = Vec::new();
    loop {
        let credential = porchlight_wire::frame::Credential::Device(person.device());
        let request = Request { group: person.group, credential, what: What::Records(after) };
        match answer(log.store(), &identity(), &Rosters::default(), &request, NOON) {
            Answer::Records { frame: Some(frame), last, .. } => {
                after = last;
                let Ok(Some(ServerFrame::Records(records))) = ServerFrame::decode(&frame) else { panic!() };
                frames.push(records);
            }
            Answer::Records { .. } => return frames,
            other => panic!("{other:?}"),
        }
    }
}

/// The Cursor after a frame that follows `before`.
fn end(before: Cursor, frame: &Records) -> Cursor {
    frame.records.iter().fold(before, |at, record| at.after_in(frame.generation, record))
}

fn refill(before: Cursor, frame: &Records) -> Refill {
    Refill {
        group: frame.group,
        roster: vec![],
        token: None,
        before,
        generation: frame.generation,
        records: frame.records.clone(),
        head: frame.head.unwrap(),
        keys: vec![],
        authors: vec![],
        later: None,
    }
}

fn give_back(log: &mut Log<SqliteStore>, person: &Person, refill: Refill) -> Outcome {
    let refill = Box::new(CheckedRefill::check(refill).unwrap());
    one(log, ALICE, Order::Refill { by: person.device(), refill })
}

fn added(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Refilled(refilled) => refilled.added,
        other => panic!("not refilled: {other:?}"),
    }
}

fn texts(log: &Log<SqliteStore>, person: &Person) -> Vec<String> {
    let mut texts = Vec::new();
    for record in read(log, person, Position::new(0)).iter().flat_map(|frame| &frame.records) {
        if record.kind == porchlight_wire::record::RecordKind::ENTRY {
            let entry: porchlight_wire::entry::SealedEntry = minicbor::decode(&record.body).unwrap();
            texts.push(String::from_utf8(entry.ciphertext.into()).unwrap());
        }
    }
    texts
}

/// Alice and Ben, with one entry each; then Ben's second, which the backup does not have.
fn town(log: &mut Log<SqliteStore>) -> (Person, Person) {
    let (mut alice, invitation, head) = invited(log, 5);
    let mut ben = Person::stranger(2, alice.group);
    let by = porchlight_wire::frame::Credential::Invitation(invitation.public());
    let join = ben.join(&head, &invitation);
    assert!(matches!(one(log, BEN, change(&ben, by, head, join)), Outcome::Changed(_)));
    one(log, ALICE, append(alice.group, vec![alice.entry("a1")]));
    one(log, BEN, append(ben.group, vec![ben.entry("b1")]));
    (alice, ben)
}

#[test]
fn a_restored_backup_takes_back_others_entries_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (mut alice, mut ben) = town(&mut log);
    back_up(folder.path(), "a", "old");
    one(&mut log, BEN, append(ben.group, vec![ben.entry("b2"), ben.entry("b3")]));
    let seen = read(&log, &alice, Position::new(0));
    drop(log);

    // The backup runs, and Alice, who was away, writes before anybody notices.
    let mut log = at(folder.path(), "old");
    one(&mut log, ALICE, append(alice.group, vec![alice.entry("a2")]));
    assert_eq!(texts(&log, &alice), ["a1", "b1", "a2"]);
    // Ben has everything that there was, and the server's own word for it.
    let committed = added(give_back(&mut log, &ben, refill(Cursor::START, &seen[0])));
    assert_eq!(committed, 2);
    assert_eq!(texts(&log, &alice), ["a1", "b1", "b2", "b3", "a2"], "what was first is first");

    let frames = read(&log, &alice, Position::new(0));
    assert_eq!(frames.len(), 2, "what moved behind is of a new generation");
    assert_eq!(frames[0].records, seen[0].records);
    assert_eq!(frames[1].generation, frames[0].generation.next());
    let middle = end(Cursor::START, &frames[0]);
    assert_eq!(frames[0].head.unwrap().cursor, middle);
    assert_eq!(frames[1].head.unwrap().cursor, end(middle, &frames[1]));
    // Both go on.
    one(&mut log, BEN, append(ben.group, vec![ben.entry("b4")]));
    one(&mut log, ALICE, append(alice.group, vec![alice.entry("a3")]));
    assert_eq!(texts(&log, &alice), ["a1", "b1", "b2", "b3", "a2", "b4", "a3"]);
    // The same once more, or the other history, changes nothing.
    assert_eq!(added(give_back(&mut log, &alice, refill(Cursor::START, &seen[0]))), 0);
    assert_eq!(texts(&log, &alice).len(), 7);
}

#[test]
fn a_server_that_lost_everything_is_given_the_group_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (mut alice, ben) = town(&mut log);
    let seen = read(&log, &alice, Position::new(0));
    let mut empty = log_over(SqliteStore::in_memory().unwrap(), Founding::Token);
    assert!(added(give_back(&mut empty, &ben, refill(Cursor::START, &seen[0]))) > 0);
    assert_eq!(texts(&empty, &alice), texts(&log, &alice));
    let order = append(alice.group, vec![alice.entry("a2")]);
    assert_eq!(appended(one(&mut empty, ALICE, order)).accepted.len(), 1);
    let frames = read(&empty, &alice, Position::new(0));
    assert!(frames[1].generation > frames[0].generation, "a head of before must not meet another one");
}

#[test]
fn what_is_older_than_phones_keep_is_left_to_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (mut alice, ben) = town(&mut log);
    let seen = read(&log, &alice, Position::new(0)).remove(0);
    let first = id_of(&alice, &Person::stranger(1, alice.group).entry("a1"));
    let authors = vec![AuthorHead { device: alice.device(), sequence: Sequence::new(1), entry: first }];
    let mut empty = log_over(SqliteStore::in_memory().unwrap(), Founding::Token);
    let short = kept_by_ben(&alice, &seen, authors);
    let (before, kept) = (short.before, short.records.clone());
    assert!(added(give_back(&mut empty, &ben, short)) > 0);
    let row = empty.store().group(&alice.group).unwrap().unwrap();
    assert_eq!(row.base, before);
    assert!(read(&empty, &alice, Position::new(0)).is_empty(), "below the base only a Snapshot helps");
    assert_eq!(read(&empty, &alice, before.position)[0].records, kept);
    let order = append(alice.group, vec![alice.entry("a2")]);
    assert_eq!(appended(one(&mut empty, ALICE, order)).accepted.len(), 1, "Alice goes on where she was");
}

#[test]
fn nothing_is_put_back_without_the_servers_own_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (alice, mut ben) = town(&mut log);
    let seen = read(&log, &alice, Position::new(0)).remove(0);
    let before = end(Cursor::START, &seen);
    let forged = Record {
        time: NOON,
        kind: porchlight_wire::record::RecordKind::ENTRY,
        body: ben.entry("never sent").into(),
    };
    let cursor = before.after(&forged);
    let liar = Identity::from_secret(&[8; 32]).sign_head(&alice.group, cursor, NOON);
    let claim = Refill { records: vec![forged], head: liar, ..refill(before, &seen) };
    assert_eq!(code(give_back(&mut log, &ben, claim.clone())), Code::BAD_REFILL);
    let unproven = Refill { head: seen.head.unwrap(), ..claim };
    assert!(CheckedRefill::check(unproven).is_err(), "the head is not of these records");
    let stranger = Person::stranger(9, alice.group);
    assert_eq!(code(give_back(&mut log, &stranger, refill(Cursor::START, &seen))), Code::NOT_A_MEMBER);
    let mut elsewhere = Log::new(
        SqliteStore::in_memory().unwrap(),
        std::sync::Arc::new(Identity::from_secret(&[7; 32])),
        std::sync::Arc::default(),
        Founding::Token,
    )
    .unwrap();
    assert_eq!(code(give_back(&mut elsewhere, &ben, refill(Cursor::START, &seen))), Code::BAD_TOKEN);
    assert_eq!(found(&mut log, 5).group.as_bytes().len(), 32, "the log goes on after refusals");
}

#[test]
fn a_device_that_only_the_lost_records_let_in_gives_them_back_and_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (alice, invitation, head) = invited(&mut log, 5);
    let mut ben = Person::stranger(2, alice.group);
    let by = porchlight_wire::frame::Credential::Invitation(invitation.public());
    back_up(folder.path(), "a", "old");
    let join = ben.join(&head, &invitation);
    assert!(matches!(one(&mut log, BEN, change(&ben, by, head, join)), Outcome::Changed(_)));
    let joined = read(&log, &alice, Position::new(0));
    one(&mut log, BEN, append(ben.group, vec![ben.entry("b1")]));
    let seen = read(&log, &alice, Position::new(0));
    drop(log);

    let mut log = at(folder.path(), "old");
    // Somebody who came by what Ben has, and is in nobody's roster.
    let stranger = Person::stranger(9, alice.group);
    let refused = give_back(&mut log, &stranger, refill(Cursor::START, &seen[0]));
    assert_eq!(code(refused), Code::NOT_A_MEMBER);
    // Records before the Join prove nothing, and a head that the server has not signed proves nothing either.
    let mut before = refill(Cursor::START, &joined[0]);
    before.records.pop();
    before.head.cursor =
        end(Cursor::START, &Records { records: before.records.clone(), ..joined[0].clone() });
    assert_eq!(code(give_back(&mut log, &ben, before)), Code::BAD_REFILL);
    assert_eq!(texts(&log, &alice), Vec::<String>::new());
    assert_eq!(added(give_back(&mut log, &ben, refill(Cursor::START, &seen[0]))), 2);
    assert_eq!(texts(&log, &alice), ["b1"]);
    let order = append(ben.group, vec![ben.entry("b2")]);
    assert_eq!(appended(one(&mut log, BEN, order)).accepted.len(), 1);
}

#[test]
fn a_device_that_came_in_later_than_the_lost_records_shows_what_let_it_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (mut alice, invitation, head) = invited(&mut log, 5);
    let mut ben = Person::stranger(2, alice.group);
    let by = porchlight_wire::frame::Credential::Invitation(invitation.public());
    back_up(folder.path(), "a", "old");
    one(&mut log, ALICE, append(alice.group, vec![alice.entry("a1")]));
    let before = read(&log, &alice, Position::new(0)).remove(0);
    let join = ben.join(&head, &invitation);
    assert!(matches!(one(&mut log, BEN, change(&ben, by, head, join.clone())), Outcome::Changed(_)));
    one(&mut log, BEN, append(ben.group, vec![ben.entry("b1")]));
    let all = read(&log, &alice, Position::new(0)).remove(0);
    let rest = Records { records: all.records[before.records.len()..].to_vec(), ..all };
    drop(log);

    for server in ["old", "new"] {
        let mut log = at(folder.path(), server);
        let lost = refill(Cursor::START, &before);
        assert_eq!(code(give_back(&mut log, &ben, lost.clone())), Code::NOT_A_MEMBER);
        let shown = TimedChange { time: NOON, change: join.clone().into() };
        let shows = Refill { later: Some(vec![shown.clone()]), ..lost };
        let stranger = Person::stranger(9, alice.group);
        assert_eq!(code(give_back(&mut log, &stranger, shows.clone())), Code::NOT_A_MEMBER);
        let twice = Refill { later: Some(vec![shown.clone(), shown]), ..shows.clone() };
        assert!(matches!(give_back(&mut log, &ben, twice), Outcome::Refused(_)), "it does not follow itself");
        assert!(added(give_back(&mut log, &ben, shows.clone())) > 0);
        assert_eq!(texts(&log, &alice), ["a1"]);
        assert_eq!(added(give_back(&mut log, &ben, shows)), 0, "it is there");
        let order = append(ben.group, vec![ben.entry("what was shown was not appended")]);
        assert_eq!(appended(one(&mut log, BEN, order)).accepted.len(), 0);
        assert!(added(give_back(&mut log, &ben, refill(end(Cursor::START, &before), &rest))) > 0);
        assert_eq!(texts(&log, &alice), ["a1", "b1"]);
    }
}

/// What Ben has of a log of which he keeps only the last Record, with the whole Roster and who had written how much.
fn kept_by_ben(alice: &Person, seen: &Records, authors: Vec<AuthorHead>) -> Refill {
    let (kept, early) = seen.records.split_last().unwrap();
    let before = early.iter().fold(Cursor::START, |at, record| at.after(record));
    let roster = early
        .iter()
        .filter(|record| record.kind == RecordKind::ROSTER_CHANGE)
        .map(|record| TimedChange { time: record.time, change: record.body.clone() })
        .collect();
    assert_eq!(seen.group, alice.group);
    Refill { roster, authors, records: vec![kept.clone()], ..refill(before, seen) }
}

fn id_of(person: &Person, entry: &[u8]) -> Hash {
    porchlight_wire::entry::VerifiedEntry::verify(&person.group, entry).unwrap().id()
}

#[test]
fn a_backup_older_than_what_phones_keep_begins_anew_where_they_begin_and_loses_nothing_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (mut alice, mut ben) = town(&mut log);
    back_up(folder.path(), "a", "old");
    let b2 = ben.entry("b2");
    let author = AuthorHead { device: ben.device(), sequence: Sequence::new(2), entry: id_of(&ben, &b2) };
    one(&mut log, BEN, append(ben.group, vec![b2]));
    let b3 = ben.entry("b3");
    one(&mut log, BEN, append(ben.group, vec![b3]));
    let seen = read(&log, &alice, Position::new(0)).remove(0);
    drop(log);

    let mut log = at(folder.path(), "old");
    let a2 = alice.entry("a2");
    one(&mut log, ALICE, append(alice.group, vec![a2.clone()]));
    let a1 = id_of(&alice, &Person::stranger(1, alice.group).entry("a1"));
    let authors = vec![author, AuthorHead { device: alice.device(), sequence: Sequence::new(1), entry: a1 }];
    let given = kept_by_ben(&alice, &seen, authors.clone());
    // Without its own word, from somebody else, or with numbers that do not fit, it stays as it is.
    let liar = Identity::from_secret(&[8; 32]).sign_head(&alice.group, given.head.cursor, NOON);
    assert_eq!(code(give_back(&mut log, &ben, Refill { head: liar, ..given.clone() })), Code::BAD_REFILL);
    let stranger = Person::stranger(9, alice.group);
    assert_eq!(code(give_back(&mut log, &stranger, given.clone())), Code::NOT_A_MEMBER);
    let unfit = Refill { authors: vec![], ..given.clone() };
    assert_eq!(code(give_back(&mut log, &ben, unfit)), Code::BAD_REFILL);
    assert_eq!(texts(&log, &alice), ["a1", "b1", "a2"]);

    assert_eq!(added(give_back(&mut log, &ben, given.clone())), 1);
    let row = log.store().group(&alice.group).unwrap().unwrap();
    assert_eq!(row.base, given.before);
    let frames = read(&log, &alice, given.before.position);
    assert_eq!(frames[0].records, given.records);
    assert_eq!(frames[1].records[0].body.to_vec(), a2, "what came after the backup follows");
    assert!(frames[1].generation > frames[0].generation);
    // All go on where they were, and the same once more changes nothing.
    one(&mut log, BEN, append(ben.group, vec![ben.entry("b4")]));
    one(&mut log, ALICE, append(alice.group, vec![alice.entry("a3")]));
    assert_eq!(added(give_back(&mut log, &ben, given.clone())), 0);
    let after = read(&log, &alice, given.before.position);
    assert_eq!(after.iter().map(|frame| frame.records.len()).sum::<usize>(), 4);
    // It is all there after a start, too.
    drop(log);
    let log = at(folder.path(), "old");
    assert_eq!(read(&log, &alice, given.before.position).len(), after.len());
}

#[test]
fn a_log_that_is_longer_than_what_a_phone_had_read_is_not_led_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (mut alice, mut ben) = town(&mut log);
    back_up(folder.path(), "a", "old");
    let b2 = ben.entry("b2");
    let author = AuthorHead { device: ben.device(), sequence: Sequence::new(2), entry: id_of(&ben, &b2) };
    one(&mut log, BEN, append(ben.group, vec![b2, ben.entry("b3")]));
    let seen = read(&log, &alice, Position::new(0)).remove(0);
    drop(log);
    let mut log = at(folder.path(), "old");
    one(&mut log, ALICE, append(alice.group, (2..5).map(|n| alice.entry(&format!("a{n}"))).collect()));
    let given = kept_by_ben(&alice, &seen, vec![author]);
    assert_eq!(code(give_back(&mut log, &ben, given)), Code::BAD_REFILL);
    assert_eq!(texts(&log, &alice), ["a1", "b1", "a2", "a3", "a4"]);
}

/// What Alice says of some Snapshot, as the server's log held it after `before`.
fn said_of_a_snapshot(alice: &Person, before: Cursor, content: u8) -> Refill {
    let key = SigningKey::from_bytes(&[1; 32]);
    let (device, body) =
        (alice.device(), Statement::Endorse { manifest: Hash::from_bytes([content; 32]) }.encode());
    let message = SignedStatement::message(&alice.group, &device, &body);
    let signature = Signature::from_bytes(key.sign(&message).to_bytes());
    let signed = SignedStatement { device, body: body.into(), signature };
    let body = minicbor::to_vec(signed).unwrap().into();
    let record = Record { time: NOON, kind: RecordKind::STATEMENT, body };
    let generation = before.generation;
    let head = identity().sign_head(&alice.group, before.after_in(generation, &record), NOON);
    let frame = Records {
        group: alice.group,
        generation,
        first: before.position.next(),
        records: vec![record],
        head: Some(head),
    };
    refill(before, &frame)
}

#[test]
fn two_histories_do_not_take_turns_for_what_is_said_about_snapshots() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = at(folder.path(), "a");
    let (alice, mut ben) = town(&mut log);
    let seen = read(&log, &alice, Position::new(0));
    let before = end(Cursor::START, &seen[0]);
    let statements = |log: &Log<SqliteStore>| {
        let frames = read(log, &alice, Position::new(0));
        let records = frames.into_iter().flat_map(|frame| frame.records);
        records.filter(|record| record.kind == RecordKind::STATEMENT).count()
    };
    assert_eq!(added(give_back(&mut log, &alice, said_of_a_snapshot(&alice, before, 1))), 1);
    let there = read(&log, &alice, Position::new(0));
    // Of another Snapshot at the same place: it would cost the log what it has.
    assert_eq!(added(give_back(&mut log, &ben, said_of_a_snapshot(&alice, before, 2))), 0);
    assert_eq!(read(&log, &alice, Position::new(0)), there);
    assert_eq!(statements(&log), 1);
    // Entries come back all the same.
    let mut other = at(folder.path(), "b");
    town(&mut other);
    one(&mut other, BEN, append(ben.group, vec![ben.entry("b2")]));
    let lost = read(&other, &alice, Position::new(0));
    assert_eq!(added(give_back(&mut log, &ben, refill(Cursor::START, &lost[0]))), 1);
    assert_eq!(texts(&log, &alice), ["a1", "b1", "b2"]);
}
