//! The tables of Snapshots, their Parts, and the histories that a log has had, in SQLite.

use porchlight_wire::record::{Cursor, RecordKind};
use porchlight_wire::{DeviceId, Generation, GroupId, Hash, Position, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::sqlite::{PLACES, first_place, hash, place};
use super::{GroupNumber, StoreError};

/// A Snapshot that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// Its manifest's hash.
    pub manifest: Hash,
    /// Its manifest's bytes.
    pub size: u32,
    /// Who offered it.
    pub maker: DeviceId,
    /// The last Record that it stands for.
    pub cursor: Cursor,
    /// When it was endorsed first.
    pub endorsed: Option<Timestamp>,
    /// Whether somebody objected: then nothing is dropped because of it.
    pub objected: bool,
}

/// What is here of a Part or manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRow {
    /// Its hash.
    pub hash: Hash,
    /// Its bytes.
    pub size: u32,
    /// How many of them are here, from its beginning.
    pub have: u32,
    /// Its short number; 0 for one that is not here.
    pub(super) number: i64,
}

impl PartRow {
    /// A Part of which nothing is here yet.
    pub fn new(hash: Hash, size: u32) -> Self {
        Self { hash, size, have: 0, number: 0 }
    }

    /// Whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.have == self.size
    }
}

/// Which Parts may go.
#[derive(Clone, Copy, Debug)]
pub struct Unused<'a> {
    /// All but these.
    pub used: &'a [Hash],
    /// Those to which nothing was added since then: others may belong to a Snapshot that is being sent.
    pub before: Timestamp,
    /// At most so many.
    pub count: usize,
}

pub(super) fn generations(
    connection: &Connection,
    group: GroupNumber,
) -> Result<Vec<(Generation, Position)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT generation, first FROM generations WHERE group_number = ? ORDER BY first")?;
    let rows = statement
        .query_map([group.0], |row| Ok((Generation::new(row.get(0)?), Position::new(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_generation(
    connection: &Connection,
    group: GroupNumber,
    generation: Generation,
    first: Position,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO generations (group_number, generation, first) VALUES (?, ?, ?)",
        )?
        .execute(params![group.0, generation.get(), first.get()])?;
    Ok(())
}

/// The author index goes with the Records; statements about Snapshots and histories that began later go too.
pub(super) fn cut(connection: &Connection, group: GroupNumber, after: Position) -> Result<(), StoreError> {
    let start = place(group, after).ok_or(StoreError::Damaged("position"))?;
    let end = first_place(group).saturating_add(PLACES);
    for table in ["roster_changes", "records"] {
        let sql = format!("DELETE FROM {table} WHERE place > ? AND place < ?");
        connection.prepare_cached(&sql)?.execute(params![start, end])?;
    }
    for sql in [
        "DELETE FROM statements WHERE group_number = ? AND position > ?",
        "DELETE FROM snapshots WHERE group_number = ? AND position > ?",
        "DELETE FROM generations WHERE group_number = ? AND first > ?",
    ] {
        connection.prepare_cached(sql)?.execute(params![group.0, after.get()])?;
    }
    Ok(())
}

pub(super) fn drop_records(
    connection: &Connection,
    group: GroupNumber,
    up_to: Position,
    count: usize,
) -> Result<(usize, u64), StoreError> {
    let last = place(group, up_to).ok_or(StoreError::Damaged("position"))?;
    let values = params![first_place(group), last, RecordKind::ROSTER_CHANGE.0, count];
    let bytes: u64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(length(body)), 0) FROM (SELECT body FROM records
             WHERE place > ? AND place <= ? AND kind <> ? ORDER BY place LIMIT ?)",
        )?
        .query_row(values, |row| row.get(0))?;
    let dropped = connection
        .prepare_cached(
            "DELETE FROM records WHERE place IN (SELECT place FROM records
             WHERE place > ? AND place <= ? AND kind <> ? ORDER BY place LIMIT ?)",
        )?
        .execute(values)?;
    Ok((dropped, bytes))
}

pub(super) fn statement(
    connection: &Connection,
    group: GroupNumber,
    hash: &Hash,
) -> Result<Option<(Position, Timestamp)>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT position, time FROM statements WHERE group_number = ? AND hash = ?")?
        .query_row(params![group.0, hash.as_bytes()], |row| {
            Ok((Position::new(row.get(0)?), Timestamp::from_millis(row.get(1)?)))
        })
        .optional()?)
}

pub(super) fn statements(
    connection: &Connection,
    group: GroupNumber,
    manifest: &Hash,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT body FROM statements WHERE group_number = ? AND about = ? ORDER BY number")?;
    let rows = statement.query_map(params![group.0, manifest.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_statement(
    connection: &Connection,
    group: GroupNumber,
    (hash, about): (&Hash, &Hash),
    at: (Position, Timestamp),
    body: &[u8],
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO statements (group_number, hash, about, position, time, body)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![group.0, hash.as_bytes(), about.as_bytes(), at.0.get(), at.1.millis(), body])?;
    Ok(())
}

pub(super) fn all(connection: &Connection, group: GroupNumber) -> Result<Vec<SnapshotRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT manifest, maker, chain, size, generation, position, endorsed, objected FROM snapshots
         WHERE group_number = ? ORDER BY position, manifest",
    )?;
    let mut rows = statement.query([group.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let generation = Generation::new(row.get(4)?);
        let endorsed: Option<u64> = row.get(6)?;
        found.push(SnapshotRow {
            manifest: hash(row, 0)?,
            size: row.get(3)?,
            maker: DeviceId::from_bytes(*hash(row, 1)?.as_bytes()),
            cursor: Cursor { generation, position: Position::new(row.get(5)?), chain: hash(row, 2)? },
            endorsed: endorsed.map(Timestamp::from_millis),
            objected: row.get(7)?,
        });
    }
    Ok(found)
}

pub(super) fn put(connection: &Connection, group: GroupNumber, row: &SnapshotRow) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO snapshots
             (group_number, manifest, size, maker, generation, position, chain, endorsed, objected)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            group.0,
            row.manifest.as_bytes(),
            row.size,
            row.maker.as_bytes(),
            row.cursor.generation.get(),
            row.cursor.position.get(),
            row.cursor.chain.as_bytes(),
            row.endorsed.map(Timestamp::millis),
            row.objected
        ])?;
    Ok(())
}

pub(super) fn drop_one(
    connection: &Connection,
    group: GroupNumber,
    manifest: &Hash,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM statements WHERE group_number = ? AND about = ?",
        "DELETE FROM snapshots WHERE group_number = ? AND manifest = ?",
    ] {
        connection.prepare_cached(sql)?.execute(params![group.0, manifest.as_bytes()])?;
    }
    Ok(())
}

pub(super) fn groups_with_parts(connection: &Connection) -> Result<Vec<GroupId>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM groups WHERE number IN (SELECT DISTINCT group_number FROM parts)")?;
    let mut rows = statement.query([])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        groups.push(GroupId::from_bytes(*hash(row, 0)?.as_bytes()));
    }
    Ok(groups)
}

pub(super) fn part(
    connection: &Connection,
    group: GroupNumber,
    hash: &Hash,
) -> Result<Option<PartRow>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT number, size, have FROM parts WHERE group_number = ? AND hash = ?")?
        .query_row(params![group.0, hash.as_bytes()], |row| {
            Ok(PartRow { hash: *hash, number: row.get(0)?, size: row.get(1)?, have: row.get(2)? })
        })
        .optional()?)
}

/// Pieces are kept as they came, so one may begin before what is asked for.
pub(super) fn piece(
    connection: &Connection,
    part: &PartRow,
    offset: u32,
    length: u32,
) -> Result<Vec<u8>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT start, bytes FROM pieces WHERE part = ?1 AND start < ?3 AND start >= coalesce(
             (SELECT max(start) FROM pieces WHERE part = ?1 AND start <= ?2), 0) ORDER BY start",
    )?;
    let end = offset.saturating_add(length);
    let mut rows = statement.query(params![part.number, offset, end])?;
    let mut piece = Vec::new();
    while let Some(row) = rows.next()? {
        let start: u32 = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(|_| StoreError::Damaged("piece"))?;
        let skipped = usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX);
        piece.extend_from_slice(bytes.get(skipped..).unwrap_or_default());
    }
    piece.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    Ok(piece)
}

pub(super) fn put_piece(
    connection: &Connection,
    group: GroupNumber,
    part: &PartRow,
    piece: &[u8],
    now: Timestamp,
) -> Result<PartRow, StoreError> {
    let number = if part.number == 0 {
        connection
            .prepare_cached(
                "INSERT INTO parts (group_number, hash, size, have, touched) VALUES (?, ?, ?, 0, ?)",
            )?
            .execute(params![group.0, part.hash.as_bytes(), part.size, now.millis()])?;
        connection.last_insert_rowid()
    } else {
        part.number
    };
    connection
        .prepare_cached("INSERT INTO pieces (part, start, bytes) VALUES (?, ?, ?)")?
        .execute(params![number, part.have, piece])?;
    let have = part.have.saturating_add(u32::try_from(piece.len()).unwrap_or(u32::MAX));
    connection
        .prepare_cached("UPDATE parts SET have = ?, touched = ? WHERE number = ?")?
        .execute(params![have, now.millis(), number])?;
    Ok(PartRow { number, have, ..*part })
}

pub(super) fn has_entries(
    connection: &Connection,
    group: GroupNumber,
    up_to: Position,
) -> Result<bool, StoreError> {
    let last = place(group, up_to).ok_or(StoreError::Damaged("position"))?;
    Ok(connection
        .prepare_cached("SELECT 1 FROM records WHERE place > ? AND place <= ? AND kind <> ? LIMIT 1")?
        .exists(params![first_place(group), last, RecordKind::ROSTER_CHANGE.0])?)
}

/// The short numbers and bytes of Parts that may go.
pub(super) fn unused(
    connection: &Connection,
    group: GroupNumber,
    unused: &Unused<'_>,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT number, have, hash FROM parts WHERE group_number = ? AND touched < ?")?;
    let mut rows = statement.query(params![group.0, unused.before.millis()])?;
    let mut found: Vec<(i64, u64)> = Vec::new();
    while let Some(row) = rows.next()? {
        if found.len() < unused.count && !unused.used.contains(&hash(row, 2)?) {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

pub(super) fn drop_parts(
    connection: &Connection,
    group: GroupNumber,
    which: &Unused<'_>,
) -> Result<(usize, u64), StoreError> {
    let found = unused(connection, group, which)?;
    for (number, _) in &found {
        connection.prepare_cached("DELETE FROM pieces WHERE part = ?")?.execute([number])?;
        connection.prepare_cached("DELETE FROM parts WHERE number = ?")?.execute([number])?;
    }
    Ok((found.len(), found.iter().map(|(_, bytes)| bytes).sum()))
}
