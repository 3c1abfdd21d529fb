//! What only the store in SQLite must do.

use super::*;
use crate::store::suite;

#[test]
fn it_is_a_store() {
    suite::run(|| SqliteStore::in_memory().unwrap());
}

#[test]
fn a_commit_is_seen_by_readers_and_survives_without_closing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    let mut store = SqliteStore::open(&path).unwrap();
    let reader = store.reader().unwrap().unwrap();
    store.begin().unwrap();
    store.put_fact(Fact::Address, b"one").unwrap();
    assert_eq!(reader.fact(Fact::Address).unwrap(), None);
    store.commit().unwrap();
    assert_eq!(reader.fact(Fact::Address).unwrap(), Some(b"one".to_vec()));
    // As after kill -9: the connection never gets to close. A copy of the files holds the commit.
    let copy = folder.path().join("b.sqlite");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(folder.path().join("a.sqlite-wal"), folder.path().join("b.sqlite-wal")).unwrap();
    let copied = SqliteStore::open(&copy).unwrap();
    assert_eq!(copied.fact(Fact::Address).unwrap(), Some(b"one".to_vec()));
    assert_eq!(copied.store_id(), store.store_id());
}

#[test]
fn a_checkpoint_makes_room_in_the_write_ahead_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("a.sqlite")).unwrap();
    let checkpointer = store.checkpointer().unwrap().unwrap();
    let wal = folder.path().join("a.sqlite-wal");
    let size = || std::fs::metadata(&wal).unwrap().len();
    let mut commit = || {
        store.begin().unwrap();
        store.put_fact(Fact::Address, &[7; 100_000]).unwrap();
        store.commit().unwrap();
    };
    commit();
    let once = size();
    for _ in 0..10 {
        checkpointer.checkpoint().unwrap();
        commit();
    }
    assert!(size() < 3 * once, "{} after one commit, {once} after eleven", size());
}

#[test]
fn every_commit_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("a.sqlite")).unwrap();
    let ask = |name| store.reader.connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
    assert_eq!(ask("journal_mode").unwrap(), "wal");
    let level: i64 =
        store.reader.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!(level, 2, "FULL");
}

#[test]
fn a_newer_layout_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sqlite");
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", schema::LAYOUT + 1).unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Newer { .. })));
    assert_eq!(schema::layout(&Connection::open(&path).unwrap()).unwrap(), schema::LAYOUT + 1);
}
