//! Connections to the database: what all need, and the one that moves what was committed into the database file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::store::StoreError;

/// A connection that moves what was committed from the write-ahead log into the database.
#[derive(Debug)]
pub struct SqliteCheckpointer {
    pub(super) connection: Connection,
}

impl SqliteCheckpointer {
    /// Moves what it can without making anybody wait. What was committed is durable before and after.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
    }
}

/// A connection to a database file that is there, for reading.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    settle(&connection)?;
    Ok(connection)
}

/// Settings that every connection needs.
pub(super) fn settle(connection: &Connection) -> Result<(), StoreError> {
    // `porchlight token` may write beside a running server: wait for it rather than fail.
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.pragma_update(None, "foreign_keys", false)?;
    Ok(())
}
