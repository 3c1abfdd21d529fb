//! What every store must do, written once against the trait.

use porchlight_wire::record::{Cursor, Record, RecordKind};
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, Timestamp};

use super::{
    DeviceHead, Fact, GroupNumber, GroupRow, KeptBox, NewRecord, ReadLimit, ReadStore, RecordIndex, SideKind,
    SideRow, Store, StoreError, Token,
};

const GROUP: GroupId = GroupId::from_bytes([1; 32]);
const ALL: ReadLimit = ReadLimit { records: 1000, bytes: 1 << 20 };

/// Runs the whole suite; `fresh` gives an empty store each time.
pub(crate) fn run<S: Store>(fresh: impl Fn() -> S) {
    records_come_back_in_order_and_apart(&mut fresh());
    reads_stop_at_their_limits(&mut fresh());
    a_roll_back_leaves_nothing(&mut fresh());
    authors_find_their_entries(&mut fresh());
    roster_changes_are_listed(&mut fresh());
    boxes_keys_tokens_and_facts_are_replaced(&mut fresh());
    what_stands_beside_the_log_is_found_and_forgotten(&mut fresh());
    assert_ne!(fresh().store_id(), fresh().store_id());
}

fn record(time: u64, body: &[u8]) -> Record {
    Record { time: Timestamp::from_millis(time), kind: RecordKind::ENTRY, body: body.to_vec().into() }
}

fn in_transaction<S: Store, T>(store: &mut S, write: impl FnOnce(&mut S) -> Result<T, StoreError>) -> T {
    store.begin().unwrap();
    let result = write(store).unwrap();
    store.commit().unwrap();
    result
}

/// Appends entries of one device, and says where the log then ends.
fn fill(store: &mut impl Store, group: GroupNumber, device: &DeviceId, bodies: &[&[u8]]) -> Cursor {
    let mut at = Cursor::START;
    let mut head = store.add_device(group, device).unwrap();
    for body in bodies {
        let record = record(5, body);
        at = at.after(&record);
        head.sequence = head.sequence.next();
        let index = RecordIndex::Entry(head.number, head.sequence);
        store.append(group, &NewRecord { at, record: &record, index }).unwrap();
    }
    store.put_device_head(&head).unwrap();
    at
}

fn records_come_back_in_order_and_apart(store: &mut impl Store) {
    let device = DeviceId::from_bytes([7; 32]);
    let (one, two, at) = in_transaction(store, |store| {
        let one = store.add_group(&GROUP, Generation::new(0))?;
        let two = store.add_group(&GroupId::from_bytes([2; 32]), Generation::new(0))?;
        let at = fill(store, one, &device, &[b"a", b"b", b"c"]);
        fill(store, two, &device, &[b"x"]);
        Ok((one, two, at))
    });
    let bodies = |group, after| -> Vec<Vec<u8>> {
        let records = store.records(group, Position::new(after), ALL).unwrap();
        records.into_iter().map(|record| record.body.into()).collect()
    };
    assert_eq!(bodies(one, 0), [b"a", b"b", b"c"]);
    assert_eq!(bodies(one, 2), [b"c"]);
    assert!(bodies(one, 3).is_empty());
    assert_eq!(bodies(two, 0), [b"x"]);
    assert_eq!(store.chain(one, Position::new(3)).unwrap(), Some(at.chain));
    assert_eq!(store.chain(one, Position::new(4)).unwrap(), None);
    assert_eq!(store.group(&GroupId::from_bytes([3; 32])).unwrap(), None);
}

fn reads_stop_at_their_limits(store: &mut impl Store) {
    let group = in_transaction(store, |store| {
        let group = store.add_group(&GROUP, Generation::new(0))?;
        fill(store, group, &DeviceId::from_bytes([7; 32]), &[&[1; 100], &[2; 100], &[3; 100]]);
        Ok(group)
    });
    let count = |limit| store.records(group, Position::new(0), limit).unwrap().len();
    assert_eq!(count(ReadLimit { records: 2, bytes: 1 << 20 }), 2);
    assert_eq!(count(ReadLimit { records: 9, bytes: 200 }), 2);
    assert_eq!(
        count(ReadLimit { records: 9, bytes: 10 }),
        1,
        "one Record at least, or a reader would never go on"
    );
}

fn a_roll_back_leaves_nothing(store: &mut impl Store) {
    store.begin().unwrap();
    store.add_group(&GROUP, Generation::new(0)).unwrap();
    store.roll_back();
    store.roll_back();
    assert_eq!(store.group(&GROUP).unwrap(), None);
    in_transaction(store, |store| store.add_group(&GROUP, Generation::new(0)));
    let row = store.group(&GROUP).unwrap().unwrap();
    let changed = GroupRow {
        head: Cursor {
            generation: Generation::new(2),
            position: Position::new(9),
            chain: Hash::of("", &[b"c"]),
        },
        generation: Generation::new(3),
        base: Cursor {
            generation: Generation::new(1),
            position: Position::new(4),
            chain: Hash::of("", &[b"b"]),
        },
        time: Timestamp::from_millis(8),
        roster_head: Hash::of("", &[b"r"]),
        bytes: 7,
        ..row
    };
    in_transaction(store, |store| store.put_group(&changed));
    assert_eq!(store.group(&GROUP).unwrap(), Some(changed));
}

fn authors_find_their_entries(store: &mut impl Store) {
    let device = DeviceId::from_bytes([7; 32]);
    let group = in_transaction(store, |store| {
        let group = store.add_group(&GROUP, Generation::new(0))?;
        fill(store, group, &device, &[b"a", b"b"]);
        Ok(group)
    });
    let head = store.device_head(group, &device).unwrap().unwrap();
    assert_eq!(head.sequence, Sequence::new(2));
    let (position, found) = store.entry(head.number, Sequence::new(1)).unwrap().unwrap();
    assert_eq!((position, &found.body[..]), (Position::new(1), &b"a"[..]));
    assert_eq!(store.entry(head.number, Sequence::new(3)).unwrap(), None);
    assert_eq!(store.device_head(group, &DeviceId::from_bytes([8; 32])).unwrap(), None);
    let moved = DeviceHead { sequence: Sequence::new(3), entry: Hash::of("", &[b"e"]), ..head };
    in_transaction(store, |store| store.put_device_head(&moved));
    assert_eq!(store.device_head(group, &device).unwrap(), Some(moved));
}

fn roster_changes_are_listed(store: &mut impl Store) {
    let (first, second) = (Hash::of("", &[b"1"]), Hash::of("", &[b"2"]));
    let group = in_transaction(store, |store| {
        let group = store.add_group(&GROUP, Generation::new(0))?;
        let mut at = Cursor::START;
        for (time, hash) in [(1, first), (2, second)] {
            let record = Record { kind: RecordKind::ROSTER_CHANGE, ..record(time, b"change") };
            at = at.after(&record);
            store
                .append(group, &NewRecord { at, record: &record, index: RecordIndex::RosterChange(hash) })?;
        }
        Ok(group)
    });
    let times: Vec<_> = store.roster(group).unwrap().into_iter().map(|change| change.time.millis()).collect();
    assert_eq!(times, [1, 2]);
    let found = store.roster_change(group, &second).unwrap();
    assert_eq!(found, Some((Position::new(2), Timestamp::from_millis(2))));
    assert_eq!(store.roster_change(group, &Hash::ZERO).unwrap(), None);
}

fn boxes_keys_tokens_and_facts_are_replaced(store: &mut impl Store) {
    let (hash, epoch) = (Hash::of("", &[b"h"]), Epoch::new(3));
    let kept = |sealed: &[u8]| KeptBox { sealed: sealed.to_vec(), path: Vec::new() };
    let group = in_transaction(store, |store| store.add_group(&GROUP, Generation::new(0)));
    let grown = in_transaction(store, |store| {
        let key = store.put_sealing_key(group, &hash, &[1; 10])?;
        Ok([
            key,
            store.put_sealing_key(group, &hash, &[1; 10])?,
            store.put_key_box(group, epoch, &hash, &kept(&[2; 10]))?,
            store.put_key_box(group, epoch, &hash, &kept(&[3; 12]))?,
        ])
    });
    assert_eq!(grown, [10, 0, 10, 2]);
    assert_eq!(store.key_box(group, epoch, &hash).unwrap(), Some(kept(&[3; 12])));
    assert_eq!(store.sealing_key(group, &hash).unwrap(), Some(vec![1; 10]));
    let proven = KeptBox { path: vec![9], ..kept(&[3; 12]) };
    in_transaction(store, |store| store.put_key_box(group, epoch, &hash, &proven));
    assert_eq!(store.key_box(group, epoch, &hash).unwrap(), Some(proven));
    assert_eq!(store.key_box(group, Epoch::new(4), &hash).unwrap(), None);

    let token = Token { hash, expires: Timestamp::from_millis(9), uses_left: 2 };
    in_transaction(store, |store| store.put_token(&token));
    in_transaction(store, |store| store.put_token(&Token { uses_left: 1, ..token.clone() }));
    assert_eq!(store.token(&hash).unwrap().map(|token| token.uses_left), Some(1));
    in_transaction(store, |store| store.clear_tokens());
    assert_eq!(store.token(&hash).unwrap(), None);

    assert_eq!(store.fact(Fact::ClockSeen).unwrap(), None);
    in_transaction(store, |store| store.put_fact(Fact::ClockSeen, b"1"));
    in_transaction(store, |store| store.put_fact(Fact::ClockSeen, b"2"));
    assert_eq!(store.fact(Fact::ClockSeen).unwrap(), Some(b"2".to_vec()));
    let seen = store.at_one_moment(|store| store.fact(Fact::ClockSeen));
    assert_eq!(seen.unwrap(), Some(b"2".to_vec()));
}

fn what_stands_beside_the_log_is_found_and_forgotten(store: &mut impl Store) {
    let at = Timestamp::from_millis;
    let group = in_transaction(store, |store| store.add_group(&GROUP, Generation::new(0)));
    let other =
        in_transaction(store, |store| store.add_group(&GroupId::from_bytes([2; 32]), Generation::new(0)));
    let row = |name: u8, time: u64, body: &[u8]| SideRow {
        name: [name; 32],
        owner: [1; 32],
        time: at(time),
        expires: at(time + 100),
        body: body.to_vec(),
    };
    in_transaction(store, |store| {
        store.put_side(group, SideKind::Held, &row(1, 5, b"first"))?;
        store.put_side(group, SideKind::Held, &row(2, 6, b"second"))?;
        store.put_side(group, SideKind::Held, &row(1, 7, b"again"))?;
        store.put_side(group, SideKind::Lobby, &row(1, 5, b"lobby"))?;
        store.put_side(group, SideKind::Code, &row(3, 5, b"older"))?;
        store.put_side(other, SideKind::Recovery, &row(3, 9, b"newer"))
    });
    let bodies = |store: &_| -> Vec<Vec<u8>> {
        let rows = ReadStore::side(store, group, SideKind::Held).unwrap();
        rows.into_iter().map(|row| row.body).collect()
    };
    assert_eq!(bodies(store), [b"again".to_vec(), b"second".to_vec()]);
    assert_eq!(store.side_row(group, SideKind::Lobby, &[1; 32]).unwrap(), Some(row(1, 5, b"lobby")));
    assert_eq!(store.side_row(other, SideKind::Held, &[1; 32]).unwrap(), None);
    let owner = row(1, 5, b"").owner;
    assert!(store.owns_side(group, SideKind::Lobby, &owner).unwrap());
    assert!(!store.owns_side(other, SideKind::Lobby, &owner).unwrap());
    assert!(!store.owns_side(group, SideKind::Lobby, &[77; 32]).unwrap());
    assert_eq!(
        store.lookup(&Hash::from_bytes([3; 32])).unwrap().map(|row| row.body),
        Some(b"newer".to_vec())
    );
    assert_eq!(
        store.lookup(&Hash::from_bytes([1; 32])).unwrap(),
        None,
        "only what has a locator is looked up"
    );
    in_transaction(store, |store| {
        store.drop_side(group, SideKind::Held, &[2; 32])?;
        store.drop_expired(group, at(106))
    });
    assert_eq!(bodies(store), [b"again".to_vec()]);
    assert_eq!(store.side(group, SideKind::Lobby).unwrap(), []);
    in_transaction(store, |store| {
        store.put_side(group, SideKind::Code, &row(4, 50, b"code"))?;
        store.put_side(other, SideKind::Code, &row(5, 60, b"code"))
    });
    assert_eq!(store.codes(at(150)).unwrap(), 2);
    assert_eq!(store.codes(at(151)).unwrap(), 1);
    in_transaction(store, |store| store.drop_all_expired(at(151)));
    assert_eq!(store.side(group, SideKind::Code).unwrap(), []);
    assert_eq!(store.side(other, SideKind::Code).unwrap().len(), 1);
}
