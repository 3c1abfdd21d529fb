//! The tables, and how an older layout becomes the newest.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The layout that this code writes.
pub(super) const LAYOUT: i64 = 1;

/// One step for each layout: the first makes a new database, each later one changes the one before.
const STEPS: [&str; LAYOUT as usize] = [LAYOUT_1];

/// A Record's place is its group's number times 2^40 plus its Position: each group's log lies together in order, and
/// no further index is needed to read it.
const LAYOUT_1: &str = "
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    chain BLOB NOT NULL,
    time INTEGER NOT NULL,
    roster_head BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    next_generation INTEGER NOT NULL,
    base_generation INTEGER NOT NULL,
    base_position INTEGER NOT NULL,
    base_chain BLOB NOT NULL
) STRICT;

CREATE TABLE generations (
    group_number INTEGER NOT NULL REFERENCES groups,
    generation INTEGER NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (group_number, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    place INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    device INTEGER,
    sequence INTEGER,
    chain BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX records_by_author ON records (device, sequence) WHERE device IS NOT NULL;

CREATE TABLE roster_changes (
    place INTEGER PRIMARY KEY REFERENCES records,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE devices (
    number INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL REFERENCES groups,
    id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    entry BLOB NOT NULL,
    UNIQUE (group_number, id)
) STRICT;

CREATE TABLE sealing_keys (
    number INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL REFERENCES groups,
    hash BLOB NOT NULL,
    sealing_key BLOB NOT NULL,
    UNIQUE (group_number, hash)
) STRICT;

CREATE TABLE key_boxes (
    number INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL REFERENCES groups,
    epoch INTEGER NOT NULL,
    recipient BLOB NOT NULL,
    sealed BLOB NOT NULL,
    path BLOB NOT NULL,
    UNIQUE (group_number, epoch, recipient)
) STRICT;

CREATE TABLE side (
    number INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL REFERENCES groups,
    kind INTEGER NOT NULL,
    name BLOB NOT NULL,
    owner BLOB NOT NULL,
    time INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (group_number, kind, name)
) STRICT;
CREATE INDEX side_by_locator ON side (name) WHERE kind IN (4, 5);

CREATE TABLE statements (
    number INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL REFERENCES groups,
    hash BLOB NOT NULL,
    about BLOB NOT NULL,
    position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (group_number, hash)
) STRICT;
CREATE INDEX statements_by_subject ON statements (group_number, about);

CREATE TABLE snapshots (
    group_number INTEGER NOT NULL REFERENCES groups,
    manifest BLOB NOT NULL,
    size INTEGER NOT NULL,
    maker BLOB NOT NULL,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    chain BLOB NOT NULL,
    endorsed INTEGER,
    objected INTEGER NOT NULL,
    PRIMARY KEY (group_number, manifest)
) STRICT, WITHOUT ROWID;

CREATE TABLE parts (
    number INTEGER PRIMARY KEY,
    group_number INTEGER NOT NULL REFERENCES groups,
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    have INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    UNIQUE (group_number, hash)
) STRICT;

CREATE TABLE pieces (
    part INTEGER NOT NULL REFERENCES parts,
    start INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (part, start)
) STRICT;

CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,
    expires INTEGER NOT NULL,
    uses_left INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Brings the database to this code's layout; one of a newer layout is left untouched.
pub(super) fn prepare(connection: &mut Connection, store_id: &[u8; 16]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = layout(&transaction)?;
    if found > LAYOUT {
        return Err(StoreError::Newer { found, known: LAYOUT });
    }
    if found == LAYOUT {
        return Ok(());
    }
    for step in STEPS.iter().skip(usize::try_from(found).map_err(|_| StoreError::Damaged("layout"))?) {
        transaction.execute_batch(step)?;
    }
    transaction.execute("INSERT OR IGNORE INTO facts VALUES ('store', ?)", [store_id])?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()?;
    Ok(())
}

/// The layout that a database has; 0 if it is empty.
pub(super) fn layout(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
