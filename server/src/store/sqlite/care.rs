//! What the host does with the database file beside the server: a copy of it, and whether it is sound.

use std::path::Path;

use porchlight_wire::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{fact_name, settle};
use crate::store::{Fact, StoreError};

/// The most that is told of what is wrong.
const FAULTS: usize = 5;

/// A connection that changes nothing, also not the layout.
#[derive(Debug)]
pub struct SqliteCare {
    connection: Connection,
}

impl SqliteCare {
    /// Opens a database file that is there; a server may be running on it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        settle(&connection)?;
        Ok(Self { connection })
    }

    /// Writes all of it, as it is at one moment, into a new file. The server goes on meanwhile.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_str().ok_or(StoreError::Damaged("the name of the copy is not text"))?;
        self.connection.execute("VACUUM INTO ?1", [path])?;
        Ok(())
    }

    /// What SQLite finds wrong with it; nothing if it is sound.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(5)")?;
        let said = statement.query_map([], |row| row.get::<_, String>(0))?;
        let said = said.take(FAULTS).collect::<Result<Vec<_>, _>>()?;
        Ok(said.into_iter().filter(|line| line != "ok").collect())
    }

    /// The last time at which the clock was known to be right, if one was written down.
    pub fn clock_seen(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT value FROM facts WHERE name = ?1";
        let find = [fact_name(Fact::ClockSeen)];
        let bytes: Option<Vec<u8>> = self.connection.query_row(sql, find, |row| row.get(0)).optional()?;
        let Some(bytes) = bytes else { return Ok(None) };
        let bytes = bytes.try_into().map_err(|_| StoreError::Damaged("clock"))?;
        Ok(Some(Timestamp::from_millis(u64::from_be_bytes(bytes))))
    }

    /// How many groups there are.
    pub fn groups(&self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row("SELECT count(*) FROM groups", [], |row| row.get(0))?)
    }
}
