//! Dropping what Snapshots stand for, as stories of Alice (organizer) and Ben (member).

use std::fs;

use ed25519_dalek::{Signer, SigningKey};
use porchlight_wire::frame::{Code, Credential, PutPart};
use porchlight_wire::record::RecordKind;
use porchlight_wire::snapshot::{Manifest, PartName, Reason, SignedStatement, Statement, part_hash};
use porchlight_wire::{Hash, Position, Signature};

use crate::limits::DAY_MILLIS;
use crate::log::tests::{ALICE, BEN, NOON, append, appended, change, code, invited, log_over, one};
use crate::log::{CheckedStatement, Founding, Log, Order, Outcome};
use crate::people::Person;
use crate::store::{ReadLimit, ReadStore, SqliteStore};

fn state(log: &mut Log<SqliteStore>, seed: u8, statement: &Statement, person: &Person) -> Outcome {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let (device, body) = (person.device(), statement.encode());
    let message = SignedStatement::message(&person.group, &device, &body);
    let signature = Signature::from_bytes(key.sign(&message).to_bytes());
    let signed = SignedStatement { device, body: body.into(), signature };
    let bytes = minicbor::to_vec(signed).unwrap();
    one(log, ALICE, Order::State(CheckedStatement::check(&person.group, bytes).unwrap()))
}

fn put(log: &mut Log<SqliteStore>, person: &Person, bytes: &[u8]) -> PartName {
    let name = PartName { hash: part_hash(bytes), size: u32::try_from(bytes.len()).unwrap() };
    for (index, piece) in bytes.chunks(100).enumerate() {
        let offset = u32::try_from(index * 100).unwrap();
        let put = PutPart {
            group: person.group,
            part: name.hash,
            size: name.size,
            offset,
            bytes: piece.to_vec().into(),
        };
        let kept = one(log, ALICE, Order::PutPart { by: person.device(), put });
        assert!(matches!(kept, Outcome::PartKept(kept) if kept.have == offset + piece.len() as u32));
    }
    name
}

/// A Snapshot of the whole log, offered by Ben.
fn offer(log: &mut Log<SqliteStore>, ben: &Person, content: u8) -> PartName {
    let row = log.store().group(&ben.group).unwrap().unwrap();
    let index = put(log, ben, &[content; 250]);
    let manifest = Manifest {
        version: 1,
        cursor: row.head,
        time: row.time,
        roster: row.roster_head,
        authors: vec![],
        parts: vec![index],
    };
    let name = put(log, ben, &manifest.encode());
    assert!(matches!(
        state(log, 2, &Statement::Offer { manifest: name, position: row.head.position }, ben),
        Outcome::Stated(_)
    ));
    name
}

fn town(log: &mut Log<SqliteStore>) -> (Person, Person) {
    let (mut alice, invitation, head) = invited(log, 5);
    let mut ben = Person::stranger(2, alice.group);
    let by = Credential::Invitation(invitation.public());
    let join = ben.join(&head, &invitation);
    assert!(matches!(one(log, BEN, change(&ben, by, head, join)), Outcome::Changed(_)));
    for text in ["1", "2", "3"] {
        one(log, ALICE, append(alice.group, vec![alice.entry(text)]));
        one(log, BEN, append(ben.group, vec![ben.entry(text)]));
    }
    (alice, ben)
}

fn prune(log: &mut Log<SqliteStore>, day: u64) -> usize {
    for hour in 0..day * 24 {
        log.tick(NOON.plus_millis(hour * 60 * 60 * 1000)).unwrap();
    }
    let mut steps = 0;
    while log.prune(NOON.plus_millis(day * DAY_MILLIS)).unwrap() {
        steps += 1;
    }
    steps
}

/// What is left: the base, the kinds of all Records, the Snapshots and the number of whole Parts.
fn left(log: &Log<SqliteStore>, person: &Person) -> (Position, usize, usize, Vec<Hash>) {
    let row = log.store().group(&person.group).unwrap().unwrap();
    let limit = ReadLimit { records: 1000, bytes: 1 << 20 };
    let records = log.store().records(row.number, Position::new(0), limit).unwrap();
    let changes = records.iter().filter(|record| record.kind == RecordKind::ROSTER_CHANGE).count();
    let snapshots = log.store().snapshots(row.number).unwrap();
    let manifests = snapshots.into_iter().map(|row| row.manifest).collect();
    (row.base.position, changes, records.len() - changes, manifests)
}

#[test]
fn entries_go_after_an_organizers_endorsement_and_the_grace_period_and_roster_changes_never() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (alice, mut ben) = town(&mut log);
    let name = offer(&mut log, &ben, 1);
    let endorse = Statement::Endorse { manifest: name.hash };
    assert_eq!(code(state(&mut log, 2, &endorse, &ben)), Code::NOT_ALLOWED, "not the maker");
    assert!(matches!(state(&mut log, 1, &endorse, &alice), Outcome::Stated(_)));
    assert_eq!(prune(&mut log, 13), 0, "the grace period runs");
    assert_eq!(left(&log, &alice).2, 8);
    assert!(prune(&mut log, 14) > 0);
    let (base, changes, others, _) = left(&log, &alice);
    assert_eq!((base, changes, others), (Position::new(9), 3, 2), "the statements came after it");
    // The authors go on, and a repeat of what was dropped is known.
    let first = ben.entry_at(porchlight_wire::Sequence::new(1), Hash::ZERO, "1").0;
    let order = append(ben.group, vec![first, ben.entry("4")]);
    let outcome = log.commit(vec![(BEN, order)], NOON.plus_millis(14 * DAY_MILLIS)).outcomes.remove(0);
    let again = appended(outcome);
    assert_eq!(again.accepted.len(), 2);
}

#[test]
fn nothing_goes_that_no_organizer_has_endorsed() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (alice, ben) = town(&mut log);
    offer(&mut log, &ben, 1);
    assert_eq!(prune(&mut log, 60), 0);
    assert_eq!(left(&log, &alice).0, Position::new(0));
}

#[test]
fn an_objection_of_any_writer_stops_dropping() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (alice, ben) = town(&mut log);
    let name = offer(&mut log, &ben, 1);
    state(&mut log, 1, &Statement::Endorse { manifest: name.hash }, &alice);
    let object = Statement::Object { manifest: name.hash, reason: Reason::DOCUMENTS };
    assert!(matches!(state(&mut log, 2, &object, &ben), Outcome::Stated(_)));
    assert_eq!(prune(&mut log, 60), 0);
    assert_eq!(left(&log, &alice).0, Position::new(0));
}

#[test]
fn the_two_newest_snapshots_are_kept_and_older_parts_go() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (mut alice, ben) = town(&mut log);
    let mut names = Vec::new();
    for content in 1..=4 {
        one(&mut log, ALICE, append(alice.group, vec![alice.entry("more")]));
        let name = offer(&mut log, &ben, content);
        state(&mut log, 1, &Statement::Endorse { manifest: name.hash }, &alice);
        names.push(name.hash);
    }
    prune(&mut log, 20);
    assert_eq!(left(&log, &alice).3, names[2..]);
    let row = log.store().group(&alice.group).unwrap().unwrap();
    let there = |hash: &Hash| log.store().part(row.number, hash).unwrap().is_some();
    assert_eq!(names.iter().map(there).collect::<Vec<_>>(), [false, false, true, true]);
}

#[test]
fn an_offer_without_its_parts_or_of_another_log_is_refused() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (_, ben) = town(&mut log);
    let missing = PartName { hash: Hash::ZERO, size: 10 };
    assert_eq!(
        code(state(&mut log, 2, &Statement::Offer { manifest: missing, position: Position::new(1) }, &ben)),
        Code::NO_PART
    );
    let row = log.store().group(&ben.group).unwrap().unwrap();
    let index = put(&mut log, &ben, &[9; 50]);
    for (cursor, parts, expected) in [
        (porchlight_wire::record::Cursor { chain: Hash::ZERO, ..row.head }, vec![index], Code::OTHER_HISTORY),
        (row.head, vec![index, missing], Code::NO_PART),
    ] {
        let (time, roster) = (row.time, row.roster_head);
        let manifest = Manifest { version: 1, cursor, time, roster, authors: vec![], parts };
        let name = put(&mut log, &ben, &manifest.encode());
        assert_eq!(
            code(state(&mut log, 2, &Statement::Offer { manifest: name, position: row.head.position }, &ben)),
            expected
        );
    }
    let wrong = PutPart { group: ben.group, part: Hash::ZERO, size: 3, offset: 0, bytes: vec![1; 3].into() };
    assert_eq!(code(one(&mut log, BEN, Order::PutPart { by: ben.device(), put: wrong })), Code::MALFORMED);
}

#[test]
fn a_crash_after_any_step_of_dropping_changes_nothing_about_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let open = || log_over(SqliteStore::open(&path).unwrap(), Founding::Open);
    let mut log = open();
    let (mut alice, ben) = town(&mut log);
    for content in 1..=4 {
        one(&mut log, ALICE, append(alice.group, vec![alice.entry("more")]));
        let name = offer(&mut log, &ben, content);
        state(&mut log, 1, &Statement::Endorse { manifest: name.hash }, &alice);
    }
    for hour in 0..20 * 24 {
        log.tick(NOON.plus_millis(hour * 60 * 60 * 1000)).unwrap();
    }
    drop(log);
    let whole = fs::read(&path).unwrap();
    let late = NOON.plus_millis(20 * DAY_MILLIS);
    let run = |stop_after: usize| {
        fs::write(&path, &whole).unwrap();
        let mut log = open();
        let mut steps = 0;
        loop {
            if steps == stop_after {
                // As after a power cut: only what was committed is left.
                drop(log);
                log = open();
            }
            if !log.prune(late).unwrap() {
                return (steps, left(&log, &alice));
            }
            steps += 1;
        }
    };
    let (steps, end) = run(usize::MAX);
    assert!(steps >= 4, "{steps}");
    assert_eq!(end.0, Position::new(19));
    for stop_after in 0..=steps {
        assert_eq!(run(stop_after), (steps, end.clone()), "stopped after step {stop_after}");
    }
}
