//! The store in SQLite: write-ahead log, every commit synced to the disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use porchlight_wire::frame::TimedChange;
use porchlight_wire::record::{Cursor, Record};
use porchlight_wire::{DeviceId, Epoch, Generation, GroupId, Hash, Position, Sequence, StoreId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::{
    DeviceHead, DeviceNumber, Fact, GroupNumber, GroupRow, KeptBox, NewRecord, PartRow, ReadLimit, ReadStore,
    RecordIndex, SideKind, SideRow, SnapshotRow, Store, StoreError, Token, Unused, schema, snapshots,
};

mod care;
mod connection;
mod row;
mod side;

pub use care::SqliteCare;
pub use connection::SqliteCheckpointer;
use connection::{read_only, settle};

pub(super) use row::{PLACES, first_place, hash, place};
use row::{fact_name, position, record};

/// The writing connection.
#[derive(Debug)]
pub struct SqliteStore {
    reader: SqliteReader,
    path: Option<PathBuf>,
}

/// A connection that reads.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
    store_id: StoreId,
}

/// Pages of the write-ahead log after which a commit itself moves them; until then [`SqliteCheckpointer`] does, so that
/// nobody's Entry waits for it.
const LATEST_CHECKPOINT: u32 = 8_000;

impl SqliteStore {
    /// Opens a database file, or makes it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Self::prepare(connection, Some(path.to_owned()))
    }

    /// A database in memory, for tests and simulations.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?, None)
    }

    /// A further connection to the same file, for reading. None for a database in memory.
    pub fn reader(&self) -> Result<Option<SqliteReader>, StoreError> {
        let Some(path) = &self.path else { return Ok(None) };
        let connection = read_only(path)?;
        Ok(Some(SqliteReader { connection, store_id: self.reader.store_id }))
    }

    /// A further connection to the same file, for checkpoints. None for a database in memory.
    pub fn checkpointer(&self) -> Result<Option<SqliteCheckpointer>, StoreError> {
        let Some(path) = &self.path else { return Ok(None) };
        let connection = Connection::open(path)?;
        settle(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(Some(SqliteCheckpointer { connection }))
    }

    /// How long to wait for another process that writes before giving up.
    pub fn wait_at_most(&self, time: Duration) -> Result<(), StoreError> {
        Ok(self.reader.connection.busy_timeout(time)?)
    }

    fn prepare(mut connection: Connection, path: Option<PathBuf>) -> Result<Self, StoreError> {
        settle(&connection)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", LATEST_CHECKPOINT)?;
        let mut fresh = [0; StoreId::LENGTH];
        getrandom::fill(&mut fresh)?;
        schema::prepare(&mut connection, &fresh)?;
        let stored: Vec<u8> =
            connection.query_row("SELECT value FROM facts WHERE name = 'store'", [], |row| row.get(0))?;
        let store_id = StoreId::from_slice(&stored).ok_or(StoreError::Damaged("store id"))?;
        Ok(Self { reader: SqliteReader { connection, store_id }, path })
    }

    fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
        Ok(self.reader.connection.prepare_cached(sql)?.execute(values)?)
    }

    /// Replaces a blob that a key finds, and says by how many bytes the store grew.
    fn grown(&self, find: &str, replace: &str, key: &[&dyn ToSql], blob: &[u8]) -> Result<u64, StoreError> {
        let before: Option<i64> =
            self.reader.connection.prepare_cached(find)?.query_row(key, |row| row.get(0)).optional()?;
        let mut values = key.to_vec();
        values.push(&blob);
        self.run(replace, &values)?;
        let before = before.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        Ok(blob.len().saturating_sub(before) as u64)
    }
}

impl ReadStore for SqliteReader {
    fn at_one_moment<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        // Within the writer's own transaction everything is of one moment already.
        if !self.connection.is_autocommit() {
            return read(self);
        }
        let transaction = self.connection.unchecked_transaction().map_err(StoreError::from)?;
        let result = read(self);
        drop(transaction);
        result
    }

    fn store_id(&self) -> StoreId {
        self.store_id
    }

    fn fact(&self, fact: Fact) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT value FROM facts WHERE name = ?", params![fact_name(fact)], |row| Ok(row.get(0)?))
    }

    fn group(&self, id: &GroupId) -> Result<Option<GroupRow>, StoreError> {
        self.one(
            "SELECT number, generation, position, chain, time, roster_head, bytes, next_generation,
                    base_generation, base_position, base_chain FROM groups WHERE id = ?",
            params![id.as_bytes()],
            |row| {
                let generation = Generation::new(row.get(1)?);
                let head = Cursor { generation, position: Position::new(row.get(2)?), chain: hash(row, 3)? };
                Ok(GroupRow {
                    id: *id,
                    number: GroupNumber(row.get(0)?),
                    head,
                    generation: Generation::new(row.get(7)?),
                    base: Cursor {
                        generation: Generation::new(row.get(8)?),
                        position: Position::new(row.get(9)?),
                        chain: hash(row, 10)?,
                    },
                    time: Timestamp::from_millis(row.get(4)?),
                    roster_head: hash(row, 5)?,
                    bytes: row.get(6)?,
                })
            },
        )
    }

    fn roster(&self, group: GroupNumber) -> Result<Vec<TimedChange>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT time, body FROM roster_changes JOIN records USING (place)
             WHERE place > ?1 AND place < ?1 + ?2 ORDER BY place",
        )?;
        let rows = statement.query_map(params![first_place(group), PLACES], |row| {
            let body: Vec<u8> = row.get(1)?;
            Ok(TimedChange { time: Timestamp::from_millis(row.get(0)?), change: body.into() })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn roster_change(
        &self,
        group: GroupNumber,
        hash: &Hash,
    ) -> Result<Option<(Position, Timestamp)>, StoreError> {
        self.one(
            "SELECT place, time FROM roster_changes JOIN records USING (place)
             WHERE place > ?1 AND place < ?1 + ?2 AND hash = ?3",
            params![first_place(group), PLACES, hash.as_bytes()],
            |row| Ok((position(row.get(0)?), Timestamp::from_millis(row.get(1)?))),
        )
    }

    fn chain(&self, group: GroupNumber, position: Position) -> Result<Option<Hash>, StoreError> {
        let Some(place) = place(group, position) else { return Ok(None) };
        self.one("SELECT chain FROM records WHERE place = ?", params![place], |row| hash(row, 0))
    }

    fn records(
        &self,
        group: GroupNumber,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Vec<Record>, StoreError> {
        let Some(start) = place(group, after) else { return Ok(Vec::new()) };
        let mut statement = self.connection.prepare_cached(
            "SELECT time, kind, body FROM records WHERE place > ? AND place < ? ORDER BY place LIMIT ?",
        )?;
        let end = first_place(group).saturating_add(PLACES);
        let mut rows = statement.query(params![start, end, limit.records])?;
        let (mut records, mut bytes) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next()? {
            let record = record(row)?;
            bytes = bytes.saturating_add(record.body.len());
            if bytes > limit.bytes && !records.is_empty() {
                break;
            }
            records.push(record);
        }
        Ok(records)
    }

    fn device_head(&self, group: GroupNumber, device: &DeviceId) -> Result<Option<DeviceHead>, StoreError> {
        self.one(
            "SELECT number, sequence, entry FROM devices WHERE group_number = ? AND id = ?",
            params![group.0, device.as_bytes()],
            |row| {
                let (number, sequence) = (DeviceNumber(row.get(0)?), Sequence::new(row.get(1)?));
                Ok(DeviceHead { number, sequence, entry: hash(row, 2)? })
            },
        )
    }

    fn entry(
        &self,
        device: DeviceNumber,
        sequence: Sequence,
    ) -> Result<Option<(Position, Record)>, StoreError> {
        self.one(
            "SELECT time, kind, body, place FROM records WHERE device = ? AND sequence = ?",
            params![device.0, sequence.get()],
            |row| Ok((position(row.get(3)?), record(row)?)),
        )
    }

    fn key_box(
        &self,
        group: GroupNumber,
        epoch: Epoch,
        recipient: &Hash,
    ) -> Result<Option<KeptBox>, StoreError> {
        self.one(
            "SELECT sealed, path FROM key_boxes WHERE group_number = ? AND epoch = ? AND recipient = ?",
            params![group.0, epoch.get(), recipient.as_bytes()],
            |row| Ok(KeptBox { sealed: row.get(0)?, path: row.get(1)? }),
        )
    }

    fn sealing_key(&self, group: GroupNumber, hash: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        self.one(
            "SELECT sealing_key FROM sealing_keys WHERE group_number = ? AND hash = ?",
            params![group.0, hash.as_bytes()],
            |row| Ok(row.get(0)?),
        )
    }

    fn side(&self, group: GroupNumber, kind: SideKind) -> Result<Vec<SideRow>, StoreError> {
        self.all_side(group, kind)
    }

    fn owns_side(&self, group: GroupNumber, kind: SideKind, owner: &[u8; 32]) -> Result<bool, StoreError> {
        self.any_side(group, kind, owner)
    }

    fn side_row(
        &self,
        group: GroupNumber,
        kind: SideKind,
        name: &[u8; 32],
    ) -> Result<Option<SideRow>, StoreError> {
        self.one_side(group, kind, name)
    }

    fn lookup(&self, locator: &Hash) -> Result<Option<SideRow>, StoreError> {
        self.newest_at(locator)
    }

    fn codes(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.count_codes(now)
    }

    fn generations(&self, group: GroupNumber) -> Result<Vec<(Generation, Position)>, StoreError> {
        snapshots::generations(&self.connection, group)
    }

    fn statement(
        &self,
        group: GroupNumber,
        hash: &Hash,
    ) -> Result<Option<(Position, Timestamp)>, StoreError> {
        snapshots::statement(&self.connection, group, hash)
    }

    fn statements(&self, group: GroupNumber, manifest: &Hash) -> Result<Vec<Vec<u8>>, StoreError> {
        snapshots::statements(&self.connection, group, manifest)
    }

    fn snapshots(&self, group: GroupNumber) -> Result<Vec<SnapshotRow>, StoreError> {
        snapshots::all(&self.connection, group)
    }

    fn groups_with_parts(&self) -> Result<Vec<GroupId>, StoreError> {
        snapshots::groups_with_parts(&self.connection)
    }

    fn has_entries(&self, group: GroupNumber, up_to: Position) -> Result<bool, StoreError> {
        snapshots::has_entries(&self.connection, group, up_to)
    }

    fn has_unused(&self, group: GroupNumber, unused: &Unused<'_>) -> Result<bool, StoreError> {
        Ok(!snapshots::unused(&self.connection, group, unused)?.is_empty())
    }

    fn part(&self, group: GroupNumber, hash: &Hash) -> Result<Option<PartRow>, StoreError> {
        snapshots::part(&self.connection, group, hash)
    }

    fn piece(&self, part: &PartRow, offset: u32, length: u32) -> Result<Vec<u8>, StoreError> {
        snapshots::piece(&self.connection, part, offset, length)
    }

    fn token(&self, hash: &Hash) -> Result<Option<Token>, StoreError> {
        self.one("SELECT expires, uses_left FROM tokens WHERE hash = ?", params![hash.as_bytes()], |row| {
            Ok(Token { hash: *hash, expires: Timestamp::from_millis(row.get(0)?), uses_left: row.get(1)? })
        })
    }
}

impl SqliteReader {
    fn one<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        rows.next()?.map(read).transpose()
    }
}

/// The writer reads through its own connection, so that it sees what it has just written.
macro_rules! read_through {
    ($($method:ident($($name:ident: $type:ty),*) -> $result:ty;)*) => {
        impl ReadStore for SqliteStore {
            fn at_one_moment<T, E: From<StoreError>>(
                &self,
                read: impl FnOnce(&Self) -> Result<T, E>,
            ) -> Result<T, E> {
                self.reader.at_one_moment(|_| read(self))
            }

            fn store_id(&self) -> StoreId {
                self.reader.store_id
            }

            $(fn $method(&self, $($name: $type),*) -> Result<$result, StoreError> {
                self.reader.$method($($name),*)
            })*
        }
    };
}

read_through! {
    fact(fact: Fact) -> Option<Vec<u8>>;
    group(id: &GroupId) -> Option<GroupRow>;
    roster(group: GroupNumber) -> Vec<TimedChange>;
    roster_change(group: GroupNumber, hash: &Hash) -> Option<(Position, Timestamp)>;
    chain(group: GroupNumber, position: Position) -> Option<Hash>;
    records(group: GroupNumber, after: Position, limit: ReadLimit) -> Vec<Record>;
    device_head(group: GroupNumber, device: &DeviceId) -> Option<DeviceHead>;
    entry(device: DeviceNumber, sequence: Sequence) -> Option<(Position, Record)>;
    key_box(group: GroupNumber, epoch: Epoch, recipient: &Hash) -> Option<KeptBox>;
    sealing_key(group: GroupNumber, hash: &Hash) -> Option<Vec<u8>>;
    side(group: GroupNumber, kind: SideKind) -> Vec<SideRow>;
    owns_side(group: GroupNumber, kind: SideKind, owner: &[u8; 32]) -> bool;
    side_row(group: GroupNumber, kind: SideKind, name: &[u8; 32]) -> Option<SideRow>;
    lookup(locator: &Hash) -> Option<SideRow>;
    codes(now: Timestamp) -> u64;
    token(hash: &Hash) -> Option<Token>;
    generations(group: GroupNumber) -> Vec<(Generation, Position)>;
    statement(group: GroupNumber, hash: &Hash) -> Option<(Position, Timestamp)>;
    statements(group: GroupNumber, manifest: &Hash) -> Vec<Vec<u8>>;
    snapshots(group: GroupNumber) -> Vec<SnapshotRow>;
    groups_with_parts() -> Vec<GroupId>;
    has_entries(group: GroupNumber, up_to: Position) -> bool;
    has_unused(group: GroupNumber, unused: &Unused<'_>) -> bool;
    part(group: GroupNumber, hash: &Hash) -> Option<PartRow>;
    piece(part: &PartRow, offset: u32, length: u32) -> Vec<u8>;
}

impl Store for SqliteStore {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE", &[]).map(drop)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.run("COMMIT", &[]).map(drop)
    }

    fn roll_back(&mut self) {
        // Some failures (a full disk) have rolled back already; then there is nothing left to undo.
        if !self.reader.connection.is_autocommit() {
            let _ = self.run("ROLLBACK", &[]);
        }
    }

    fn put_fact(&mut self, fact: Fact, value: &[u8]) -> Result<(), StoreError> {
        self.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", params![fact_name(fact), value])
            .map(drop)
    }

    fn add_group(&mut self, id: &GroupId, generation: Generation) -> Result<GroupNumber, StoreError> {
        self.run(
            "INSERT INTO groups (id, generation, position, chain, time, roster_head, bytes, next_generation,
                                 base_generation, base_position, base_chain)
             VALUES (?1, ?2, 0, ?3, 0, ?3, 0, ?2, ?2, 0, ?3)",
            params![id.as_bytes(), generation.get(), Hash::ZERO.as_bytes()],
        )?;
        Ok(GroupNumber(self.reader.connection.last_insert_rowid()))
    }

    fn put_group(&mut self, row: &GroupRow) -> Result<(), StoreError> {
        self.run(
            "UPDATE groups SET generation = ?, position = ?, chain = ?, time = ?, roster_head = ?, bytes = ?,
                    next_generation = ?, base_generation = ?, base_position = ?, base_chain = ?
             WHERE number = ?",
            params![
                row.head.generation.get(),
                row.head.position.get(),
                row.head.chain.as_bytes(),
                row.time.millis(),
                row.roster_head.as_bytes(),
                row.bytes,
                row.generation.get(),
                row.base.generation.get(),
                row.base.position.get(),
                row.base.chain.as_bytes(),
                row.number.0
            ],
        )
        .map(drop)
    }

    fn append(&mut self, group: GroupNumber, new: &NewRecord<'_>) -> Result<(), StoreError> {
        let place = place(group, new.at.position).ok_or(StoreError::Damaged("position"))?;
        let (device, sequence) = match new.index {
            RecordIndex::Entry(device, sequence) => (Some(device.0), Some(sequence.get())),
            RecordIndex::RosterChange(_) | RecordIndex::Statement(_) | RecordIndex::Other => (None, None),
        };
        let body: &[u8] = &new.record.body;
        self.run(
            "INSERT INTO records (place, time, kind, device, sequence, chain, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                place,
                new.record.time.millis(),
                new.record.kind.0,
                device,
                sequence,
                new.at.chain.as_bytes(),
                body
            ],
        )?;
        if let RecordIndex::RosterChange(hash) = new.index {
            self.run(
                "INSERT INTO roster_changes (place, hash) VALUES (?, ?)",
                params![place, hash.as_bytes()],
            )?;
        }
        Ok(())
    }

    fn add_device(&mut self, group: GroupNumber, device: &DeviceId) -> Result<DeviceHead, StoreError> {
        self.run(
            "INSERT INTO devices (group_number, id, sequence, entry) VALUES (?, ?, 0, ?)",
            params![group.0, device.as_bytes(), Hash::ZERO.as_bytes()],
        )?;
        let number = DeviceNumber(self.reader.connection.last_insert_rowid());
        Ok(DeviceHead { number, sequence: Sequence::new(0), entry: Hash::ZERO })
    }

    fn put_device_head(&mut self, head: &DeviceHead) -> Result<(), StoreError> {
        self.run(
            "UPDATE devices SET sequence = ?, entry = ? WHERE number = ?",
            params![head.sequence.get(), head.entry.as_bytes(), head.number.0],
        )
        .map(drop)
    }

    fn put_sealing_key(&mut self, group: GroupNumber, hash: &Hash, key: &[u8]) -> Result<u64, StoreError> {
        self.grown(
            "SELECT length(sealing_key) FROM sealing_keys WHERE group_number = ? AND hash = ?",
            "INSERT OR REPLACE INTO sealing_keys (group_number, hash, sealing_key) VALUES (?, ?, ?)",
            params![group.0, hash.as_bytes()],
            key,
        )
    }

    fn put_key_box(
        &mut self,
        group: GroupNumber,
        epoch: Epoch,
        recipient: &Hash,
        kept: &KeptBox,
    ) -> Result<u64, StoreError> {
        self.write_key_box(group, epoch, recipient, kept)
    }

    fn put_side(&mut self, group: GroupNumber, kind: SideKind, row: &SideRow) -> Result<(), StoreError> {
        self.write_side(group, kind, row)
    }

    fn drop_side(&mut self, group: GroupNumber, kind: SideKind, name: &[u8; 32]) -> Result<(), StoreError> {
        self.delete_side(group, kind, name)
    }

    fn drop_expired(&mut self, group: GroupNumber, now: Timestamp) -> Result<(), StoreError> {
        self.run("DELETE FROM side WHERE group_number = ? AND expires < ?", params![group.0, now.millis()])
            .map(drop)
    }

    fn drop_all_expired(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.run("DELETE FROM side WHERE expires < ?", params![now.millis()]).map(drop)
    }

    fn put_generation(
        &mut self,
        group: GroupNumber,
        generation: Generation,
        first: Position,
    ) -> Result<(), StoreError> {
        snapshots::put_generation(&self.reader.connection, group, generation, first)
    }

    fn cut(&mut self, group: GroupNumber, after: Position) -> Result<(), StoreError> {
        snapshots::cut(&self.reader.connection, group, after)
    }

    fn drop_records(
        &mut self,
        group: GroupNumber,
        up_to: Position,
        count: usize,
    ) -> Result<(usize, u64), StoreError> {
        snapshots::drop_records(&self.reader.connection, group, up_to, count)
    }

    fn put_statement(
        &mut self,
        group: GroupNumber,
        hash: &Hash,
        about: &Hash,
        at: (Position, Timestamp),
        body: &[u8],
    ) -> Result<(), StoreError> {
        snapshots::put_statement(&self.reader.connection, group, (hash, about), at, body)
    }

    fn put_snapshot(&mut self, group: GroupNumber, row: &SnapshotRow) -> Result<(), StoreError> {
        snapshots::put(&self.reader.connection, group, row)
    }

    fn drop_snapshot(&mut self, group: GroupNumber, manifest: &Hash) -> Result<(), StoreError> {
        snapshots::drop_one(&self.reader.connection, group, manifest)
    }

    fn put_piece(
        &mut self,
        group: GroupNumber,
        part: &PartRow,
        piece: &[u8],
        now: Timestamp,
    ) -> Result<PartRow, StoreError> {
        snapshots::put_piece(&self.reader.connection, group, part, piece, now)
    }

    fn drop_parts(&mut self, group: GroupNumber, unused: &Unused<'_>) -> Result<(usize, u64), StoreError> {
        snapshots::drop_parts(&self.reader.connection, group, unused)
    }

    fn put_token(&mut self, token: &Token) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO tokens (hash, expires, uses_left) VALUES (?, ?, ?)",
            params![token.hash.as_bytes(), token.expires.millis(), token.uses_left],
        )
        .map(drop)
    }

    fn clear_tokens(&mut self) -> Result<(), StoreError> {
        self.run("DELETE FROM tokens", &[]).map(drop)
    }
}

#[cfg(test)]
mod tests;
