//! The log's rules, as stories of Alice (founder), Ben (joined) and Mallory (not).

use porchlight_wire::frame::{Code, SealedKey};
use porchlight_wire::{Epoch, Sequence, limits as protocol};

use super::*;
use crate::people::{Invitation, Person, sealing_hash, sealing_key};
use crate::store::{KeptBox, ReadLimit, ReadStore, SqliteStore};

pub(super) const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(super) const ALICE: ConnectionId = ConnectionId(1);
pub(super) const BEN: ConnectionId = ConnectionId(2);

pub(super) fn identity() -> Arc<Identity> {
    Arc::new(Identity::from_secret(&[9; 32]))
}

pub(super) fn log_over(store: SqliteStore, founding: Founding) -> Log<SqliteStore> {
    Log::new(store, identity(), Arc::new(Rosters::default()), founding).unwrap()
}

pub(super) fn one(log: &mut Log<SqliteStore>, from: ConnectionId, order: Order) -> Outcome {
    log.commit(vec![(from, order)], NOON).outcomes.remove(0)
}

pub(super) fn found(log: &mut Log<SqliteStore>, seed: u8) -> Person {
    let (person, change) = Person::founder(seed, identity().public());
    let order = founding(change, None);
    assert!(matches!(one(log, ALICE, order), Outcome::Changed(_)));
    person
}

fn founding(change: Vec<u8>, token: Option<Vec<u8>>) -> Order {
    Order::Found { change: CheckedChange::read_founding(change).unwrap(), token, keys: vec![] }
}

pub(super) fn append(group: GroupId, entries: Vec<Vec<u8>>) -> Order {
    let entries = entries.into_iter().map(|body| CheckedEntry::check(&group, body).unwrap()).collect();
    Order::Append { group, entries }
}

pub(super) fn appended(outcome: Outcome) -> Appended {
    match outcome {
        Outcome::Appended(appended) => appended,
        other => panic!("not appended: {other:?}"),
    }
}

pub(super) fn code(outcome: Outcome) -> Code {
    match outcome {
        Outcome::Refused(refused) => refused[0].code,
        Outcome::Appended(appended) => appended.refused[0].code,
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) fn change(person: &Person, by: Credential, previous: Hash, bytes: Vec<u8>) -> Order {
    let change = CheckedChange::read(person.group, previous, bytes).unwrap();
    Order::Change { by, change, keys: vec![], boxes: vec![] }
}

/// Alice's group with an invitation, and the hash of the change that made it.
pub(super) fn invited(log: &mut Log<SqliteStore>, uses: u32) -> (Person, Invitation, Hash) {
    let alice = found(log, 1);
    let head = Hash::from_bytes(*alice.group.as_bytes());
    let (invitation, bytes) = alice.invite(&head, 77, uses, NOON.plus_millis(1000));
    let next = alice.hash_of(&head, &bytes);
    let by = Credential::Device(alice.device());
    assert!(matches!(one(log, ALICE, change(&alice, by, head, bytes)), Outcome::Changed(_)));
    (alice, invitation, next)
}

fn positions(appended: &Appended) -> Vec<u64> {
    appended.accepted.iter().map(|entry| entry.position.get()).collect()
}

#[test]
fn entries_follow_each_other_and_the_head_covers_them() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let entries = vec![alice.entry("a"), alice.entry("b")];
    let committed = log.commit(vec![(ALICE, append(alice.group, entries))], NOON);
    let done = appended(committed.outcomes.into_iter().next().unwrap());
    assert_eq!(positions(&done), [2, 3]);

    let published = &committed.published[0];
    assert_eq!((published.first().get(), published.last().get()), (2, 3));
    let row = log.store.group(&alice.group).unwrap().unwrap();
    let limit = ReadLimit { records: 100, bytes: 1 << 20 };
    let records = log.store.records(row.number, Position::new(0), limit).unwrap();
    let end =
        records.iter().fold(porchlight_wire::record::Cursor::START, |cursor, record| cursor.after(record));
    assert_eq!(row.head, end);
    let head = done.alone.unwrap();
    assert_eq!(head.cursor, end);
    head.verify(&alice.group, &identity().public()).unwrap();
}

#[test]
fn only_a_lone_author_gets_the_head_in_place_of_the_records() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (mut alice, invitation, head) = invited(&mut log, 1);
    let mut ben = Person::stranger(2, alice.group);
    let by = Credential::Invitation(invitation.public());
    let bytes = ben.join(&head, &invitation);
    assert!(matches!(one(&mut log, BEN, change(&ben, by, head, bytes)), Outcome::Changed(_)));
    let first = append(alice.group, vec![alice.entry("a")]);
    let orders = vec![(ALICE, first), (BEN, append(ben.group, vec![ben.entry("b")]))];
    let committed = log.commit(orders, NOON);
    assert_eq!(committed.published.len(), 1, "one frame for all listeners");
    for outcome in committed.outcomes {
        assert_eq!(appended(outcome).alone, None);
    }
}

#[test]
fn a_repeated_entry_is_found_and_another_of_its_number_is_a_clone() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let (a, b) = (alice.entry("a"), alice.entry("b"));
    one(&mut log, ALICE, append(alice.group, vec![a.clone(), b.clone()]));
    let again = appended(one(&mut log, ALICE, append(alice.group, vec![a, b, alice.entry("c")])));
    assert_eq!(positions(&again), [2, 3, 4]);
    assert_eq!(again.new, Some((Position::new(4), Position::new(4))));

    let (other, _) = alice.entry_at(Sequence::new(1), Hash::ZERO, "not a");
    assert_eq!(code(one(&mut log, ALICE, append(alice.group, vec![other]))), Code::CLONE);
    alice.go_on_after(Sequence::new(2));
    let forked = alice.entry("another c");
    assert_eq!(code(one(&mut log, ALICE, append(alice.group, vec![forked]))), Code::CLONE);
}

#[test]
fn a_gap_stops_its_device_and_nobody_else() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let _lost = alice.entry("a");
    let late = vec![alice.entry("b"), alice.entry("c")];
    let done = appended(one(&mut log, ALICE, append(alice.group, late)));
    assert_eq!(done.refused.len(), 1, "the first is named, the rest of that device goes with it");
    assert_eq!(done.refused[0].code, Code::OUT_OF_SEQUENCE);
    assert_eq!(done.new, None);
}

#[test]
fn a_stranger_cannot_write() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let alice = found(&mut log, 1);
    let mut mallory = Person::stranger(9, alice.group);
    let entry = mallory.entry("hello");
    assert_eq!(code(one(&mut log, ALICE, append(mallory.group, vec![entry]))), Code::NOT_A_MEMBER);
    let mut elsewhere = Person::stranger(9, GroupId::from_bytes([3; 32]));
    let entry = elsewhere.entry("hello");
    assert_eq!(code(one(&mut log, ALICE, append(elsewhere.group, vec![entry]))), Code::UNKNOWN_GROUP);
}

#[test]
fn a_token_is_asked_for_counted_and_runs_out() {
    let mut store = SqliteStore::in_memory().unwrap();
    store.begin().unwrap();
    let token = Token { hash: Token::hash_of(b"secret"), expires: NOON, uses_left: 1 };
    store.put_token(&token).unwrap();
    store
        .put_token(&Token { hash: Token::hash_of(b"old"), expires: Timestamp::from_millis(5), uses_left: 1 })
        .unwrap();
    store.commit().unwrap();
    let mut log = log_over(store, Founding::Token);
    let (_, change) = Person::founder(1, identity().public());
    let try_with = |log: &mut Log<SqliteStore>, change: &[u8], token: Option<&[u8]>| {
        one(log, ALICE, founding(change.to_vec(), token.map(<[u8]>::to_vec)))
    };
    for bad in [None, Some(&b"wrong"[..]), Some(b"old")] {
        assert_eq!(code(try_with(&mut log, &change, bad)), Code::BAD_TOKEN);
    }
    assert!(matches!(try_with(&mut log, &change, Some(b"secret")), Outcome::Changed(_)));
    assert!(
        matches!(try_with(&mut log, &change, Some(b"secret")), Outcome::Changed(_)),
        "repeating succeeds"
    );
    let (_, second) = Person::founder(2, identity().public());
    assert_eq!(code(try_with(&mut log, &second, Some(b"secret"))), Code::BAD_TOKEN);
}

#[test]
fn a_group_of_another_server_is_refused() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (_, change) = Person::founder(1, porchlight_wire::ServerKey::from_bytes([4; 32]));
    assert_eq!(code(one(&mut log, ALICE, founding(change, None))), Code::RULE_BROKEN);
    let mut closed = log_over(SqliteStore::in_memory().unwrap(), Founding::Closed);
    let (_, change) = Person::founder(1, identity().public());
    assert_eq!(code(one(&mut closed, ALICE, founding(change, None))), Code::GROUPS_CLOSED);
}

#[test]
fn an_invitation_may_join_and_nothing_else() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (alice, invitation, head) = invited(&mut log, 1);
    let by = Credential::Invitation(invitation.public());
    let closing = alice.close_invite(&head, &invitation);
    assert_eq!(code(one(&mut log, BEN, change(&alice, by, head, closing))), Code::NOT_ALLOWED);
    let ben = Person::stranger(2, alice.group);
    let bytes = ben.join(&head, &invitation);
    let joined = one(&mut log, BEN, change(&ben, by, head, bytes.clone()));
    assert!(matches!(joined, Outcome::Changed(_)));
    assert_eq!(one(&mut log, BEN, change(&ben, by, head, bytes)), joined, "a lost answer is given again");
}

#[test]
fn a_stale_change_is_refused() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let (alice, _, _) = invited(&mut log, 1);
    let old = Hash::from_bytes(*alice.group.as_bytes());
    let (_, bytes) = alice.invite(&old, 78, 1, NOON);
    let by = Credential::Device(alice.device());
    assert_eq!(code(one(&mut log, ALICE, change(&alice, by, old, bytes))), Code::STALE_ROSTER);
}

#[test]
fn keys_and_boxes_come_with_their_change_or_not_at_all() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let alice = found(&mut log, 1);
    let head = Hash::from_bytes(*alice.group.as_bytes());
    let by = Credential::Device(alice.device());
    let (_, bytes) = alice.invite(&head, 77, 1, NOON);
    let order = |keys: Vec<Vec<u8>>, sealed: Vec<u8>| {
        let change = CheckedChange::read(alice.group, head, bytes.clone()).unwrap();
        let boxes =
            vec![SealedKey { epoch: Epoch::new(0), recipient: sealing_hash(77), sealed: sealed.into() }];
        Order::Change { by, change, keys, boxes }
    };
    let wrong_key = one(&mut log, ALICE, order(vec![sealing_key(5)], vec![1; 9]));
    assert_eq!(code(wrong_key), Code::RULE_BROKEN);
    let large = one(&mut log, ALICE, order(vec![], vec![1; protocol::MAX_KEY_BOX + 1]));
    assert_eq!(code(large), Code::TOO_LARGE);
    let done = one(&mut log, ALICE, order(vec![sealing_key(77)], vec![1; 9]));
    assert!(matches!(done, Outcome::Changed(changed) if changed.position == Position::new(2)));
    let row = log.store.group(&alice.group).unwrap().unwrap();
    assert_eq!(
        log.store.key_box(row.number, Epoch::new(0), &sealing_hash(77)).unwrap(),
        Some(KeptBox { sealed: vec![1; 9], path: vec![] })
    );
}

#[test]
fn a_clock_that_jumped_stops_writing_until_confirmed() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let (a, b) = (alice.entry("a"), alice.entry("b"));
    let later = NOON.plus_millis(3 * 24 * 60 * 60 * 1000);
    let refused = log.commit(vec![(ALICE, append(alice.group, vec![a.clone()]))], later);
    assert_eq!(code(refused.outcomes.into_iter().next().unwrap()), Code::CLOCK_JUMPED);
    assert_eq!(positions(&appended(one(&mut log, ALICE, append(alice.group, vec![a])))), [2]);
    confirm(&mut log.store, later).unwrap();
    let committed = log.commit(vec![(ALICE, append(alice.group, vec![b]))], later);
    let done = appended(committed.outcomes.into_iter().next().unwrap());
    assert_eq!(done.accepted[0].time, later);
}

#[test]
fn a_day_without_writing_is_no_jump() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    for hour in 1..=50 {
        log.tick(NOON.plus_millis(hour * 60 * 60 * 1000)).unwrap();
    }
    let order = append(alice.group, vec![alice.entry("a")]);
    let committed = log.commit(vec![(ALICE, order)], NOON.plus_millis(51 * 60 * 60 * 1000));
    assert_eq!(positions(&appended(committed.outcomes.into_iter().next().unwrap())), [2]);
}

#[test]
fn time_never_goes_back_within_a_group() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let order = append(alice.group, vec![alice.entry("a")]);
    let committed = log.commit(vec![(ALICE, order)], Timestamp::from_millis(NOON.millis() - 5_000));
    assert_eq!(appended(committed.outcomes.into_iter().next().unwrap()).accepted[0].time, NOON);
}

/// A store that fails to commit, once.
#[test]
fn what_could_not_be_stored_is_refused_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let mut log = log_over(SqliteStore::open(&path).unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let entry = alice.entry("a");
    // Another process holds the database for longer than the server waits.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    log.store.wait_at_most(std::time::Duration::from_millis(10)).unwrap();
    let committed = log.commit(vec![(ALICE, append(alice.group, vec![entry.clone()]))], NOON);
    assert!(committed.failure.is_some() && committed.published.is_empty());
    assert_eq!(code(committed.outcomes.into_iter().next().unwrap()), Code::STORAGE);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(positions(&appended(one(&mut log, ALICE, append(alice.group, vec![entry])))), [2]);
}

#[test]
fn a_log_goes_on_where_another_left_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let mut log = log_over(SqliteStore::open(&path).unwrap(), Founding::Open);
    let mut alice = found(&mut log, 1);
    let entry = alice.entry("a");
    one(&mut log, ALICE, append(alice.group, vec![entry]));
    drop(log);
    let mut log = log_over(SqliteStore::open(&path).unwrap(), Founding::Open);
    let entry = alice.entry("b");
    assert_eq!(positions(&appended(one(&mut log, ALICE, append(alice.group, vec![entry])))), [3]);
}

#[test]
fn the_memory_of_groups_is_bounded() {
    let mut log = log_over(SqliteStore::in_memory().unwrap(), Founding::Open);
    let mut first = found(&mut log, 0);
    for seed in 1..=255 {
        found(&mut log, seed);
    }
    let order = append(first.group, vec![first.entry("a")]);
    one(&mut log, ALICE, order);
    log.groups.insert(GroupId::from_bytes([0; 32]), log_state(&log));
    log.make_room();
    assert_eq!(log.groups.len(), limits::CACHED_GROUPS);
    let entry = first.entry("b");
    assert_eq!(positions(&appended(one(&mut log, ALICE, append(first.group, vec![entry])))), [3]);
}

fn log_state(log: &Log<SqliteStore>) -> Kept {
    let (group, _) = log.groups.iter().next().unwrap();
    let row = log.store.group(group).unwrap().unwrap();
    Kept { state: GroupState::load(&log.store, row, &log.rosters).unwrap(), used: 0 }
}
