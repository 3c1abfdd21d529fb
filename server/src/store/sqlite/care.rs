//! What the host does with the database file beside the server: a copy of it, and whether it is sound.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::connection::read_only;
use super::fact_name;
use crate::store::{Fact, StoreError};

/// A connection that changes nothing, also not the layout.
#[derive(Debug)]
pub struct SqliteCare {
    connection: Connection,
}

impl SqliteCare {
    /// Opens a database file that is there; a server may be running on it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: read_only(path)? })
    }

    /// Writes all of it, as it is at one moment, into a new file. The server goes on meanwhile.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_str().ok_or(StoreError::Damaged("the name of the copy is not text"))?;
        self.connection.execute("VACUUM INTO ?1", [path])?;
        Ok(())
    }

    /// The first thing that SQLite finds wrong with it; nothing if it is sound.
    pub fn fault(&self) -> Result<Option<String>, StoreError> {
        let said: String = self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(Some(said).filter(|said| said != "ok"))
    }

    /// A fact, if it was written.
    pub fn fact(&self, fact: Fact) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT value FROM facts WHERE name = ?1";
        Ok(self.connection.query_row(sql, [fact_name(fact)], |row| row.get(0)).optional()?)
    }

    /// How many groups there are.
    pub fn groups(&self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row("SELECT count(*) FROM groups", [], |row| row.get(0))?)
    }
}
