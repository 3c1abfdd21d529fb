//! What is kept beside the logs: most of it in one table, and key boxes.

use porchlight_wire::{Epoch, Hash, Timestamp};
use rusqlite::{Row, params};

use super::{SqliteReader, SqliteStore};
use crate::store::{GroupNumber, KeptBox, SideKind, SideRow, StoreError};

impl SqliteReader {
    pub(super) fn all_side(&self, group: GroupNumber, kind: SideKind) -> Result<Vec<SideRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name, owner, time, expires, body FROM side WHERE group_number = ? AND kind = ? ORDER BY number",
        )?;
        let mut rows = statement.query(params![group.0, kind as u8])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(side_row(row)?);
        }
        Ok(found)
    }

    pub(super) fn any_side(
        &self,
        group: GroupNumber,
        kind: SideKind,
        owner: &[u8; 32],
    ) -> Result<bool, StoreError> {
        let found = self.one(
            "SELECT 1 FROM side WHERE group_number = ? AND kind = ? AND owner = ? LIMIT 1",
            params![group.0, kind as u8, owner],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    pub(super) fn one_side(
        &self,
        group: GroupNumber,
        kind: SideKind,
        name: &[u8; 32],
    ) -> Result<Option<SideRow>, StoreError> {
        self.one(
            "SELECT name, owner, time, expires, body FROM side WHERE group_number = ? AND kind = ? AND name = ?",
            params![group.0, kind as u8, name],
            side_row,
        )
    }

    pub(super) fn newest_at(&self, locator: &Hash) -> Result<Option<SideRow>, StoreError> {
        self.one(
            "SELECT name, owner, time, expires, body FROM side
             WHERE name = ? AND kind IN (4, 5) ORDER BY time DESC LIMIT 1",
            params![locator.as_bytes()],
            side_row,
        )
    }

    pub(super) fn count_codes(&self, now: Timestamp) -> Result<u64, StoreError> {
        let count = self.one(
            "SELECT count(*) FROM side WHERE kind = 4 AND kind IN (4, 5) AND expires >= ?",
            params![now.millis()],
            |row| Ok(row.get(0)?),
        )?;
        Ok(count.unwrap_or(0))
    }
}

impl SqliteStore {
    pub(super) fn write_side(
        &self,
        group: GroupNumber,
        kind: SideKind,
        row: &SideRow,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO side (group_number, kind, name, owner, time, expires, body) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (group_number, kind, name) DO UPDATE
             SET owner = excluded.owner, time = excluded.time, expires = excluded.expires, body = excluded.body",
            params![
                group.0,
                kind as u8,
                row.name,
                row.owner,
                row.time.millis(),
                row.expires.millis(),
                row.body
            ],
        )
        .map(drop)
    }

    pub(super) fn write_key_box(
        &self,
        group: GroupNumber,
        epoch: Epoch,
        recipient: &Hash,
        kept: &KeptBox,
    ) -> Result<u64, StoreError> {
        let key = params![group.0, epoch.get(), recipient.as_bytes()];
        let grown = self.grown(
            "SELECT length(sealed) FROM key_boxes WHERE group_number = ? AND epoch = ? AND recipient = ?",
            "INSERT OR REPLACE INTO key_boxes (group_number, epoch, recipient, sealed, path)
             VALUES (?, ?, ?, ?, x'')",
            key,
            &kept.sealed,
        )?;
        if !kept.path.is_empty() {
            self.run(
                "UPDATE key_boxes SET path = ?4 WHERE group_number = ?1 AND epoch = ?2 AND recipient = ?3",
                params![group.0, epoch.get(), recipient.as_bytes(), kept.path],
            )?;
        }
        Ok(grown + kept.path.len() as u64)
    }

    pub(super) fn delete_side(
        &self,
        group: GroupNumber,
        kind: SideKind,
        name: &[u8; 32],
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM side WHERE group_number = ? AND kind = ? AND name = ?",
            params![group.0, kind as u8, name],
        )
        .map(drop)
    }
}

/// From the columns name, owner, time, expires, body.
fn side_row(row: &Row<'_>) -> Result<SideRow, StoreError> {
    Ok(SideRow {
        name: row.get(0)?,
        owner: row.get(1)?,
        time: Timestamp::from_millis(row.get(2)?),
        expires: Timestamp::from_millis(row.get(3)?),
        body: row.get(4)?,
    })
}
