//! A device's memory on disk: keys and values in one SQLite file, each batch of writes durable before it returns.
//!
//! Keys and values are the device's own business. What is done here is to keep them: a batch is there whole or not at
//! all after a crash, and a file that is damaged, missing or from a later version is refused, never replaced.

use std::path::{Path, PathBuf};
use std::{fs, io};

use porchlight_device::Write;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use thiserror::Error;

use crate::home::{Home, private_file};

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The open file, and the lock on the folder it is in.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    home: Home,
    /// What a commit waits for as the connection is set.
    outlives: Outlives,
}

/// What must not lose a batch of writes once it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlives {
    /// A crash of the program. What is committed so may be lost with the power, from some batch on and with all after it.
    Program,
    /// A loss of power: the disk has it, and everything before it.
    Power,
}

impl Store {
    /// Opens the file, or makes it where none has ever been.
    pub fn open(home: Home) -> Result<Self, StoreError> {
        let failed = |error| StoreError::Unusable { path: home.path().to_owned(), error };
        if !home.was_lived_in().map_err(failed)? {
            make(&home)?;
        }
        let path = home.database();
        if !path.exists() {
            return Err(StoreError::Missing(path));
        }
        home.mark_lived_in().map_err(failed)?;
        let connection = connect(&path)?;
        Ok(Self { connection, home, outlives: Outlives::Power })
    }

    /// Every key with its value, in order of the keys.
    pub fn load(&self) -> Result<Vec<Pair>, StoreError> {
        let path = self.home.database();
        let failed = |error| reading(&path, error);
        let mut statement =
            self.connection.prepare("SELECT key, value FROM pair ORDER BY key").map_err(failed)?;
        let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        pairs.collect::<Result<_, _>>().map_err(failed)
    }

    /// Carries out the writes in order, all or none; when it returns they outlive what they must.
    pub fn commit(&mut self, writes: &[Write], outlives: Outlives) -> Result<(), StoreError> {
        self.write(writes, outlives)
            .map_err(|error| StoreError::Unsaved { path: self.home.path().to_owned(), error })
    }

    /// The folder it is in.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// From now on the disk is full.
    #[cfg(test)]
    pub(crate) fn fill_up(&self) {
        self.connection.execute_batch("PRAGMA max_page_count = 1").unwrap();
    }

    fn write(&mut self, writes: &[Write], outlives: Outlives) -> rusqlite::Result<()> {
        if self.outlives != outlives {
            // Both write to the log beside the file; only the first waits until the disk has all of it.
            let level = match outlives {
                Outlives::Power => "FULL",
                Outlives::Program => "NORMAL",
            };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.outlives = outlives;
        }
        let transaction = self.connection.transaction()?;
        for write in writes {
            match write {
                Write::Put { key, value } => {
                    let sql = "INSERT INTO pair (key, value) VALUES (?1, ?2)
                               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                    transaction.prepare_cached(sql)?.execute(params![key, value])?;
                }
                Write::Delete { key } => {
                    transaction.prepare_cached("DELETE FROM pair WHERE key = ?1")?.execute([key])?;
                }
            }
        }
        transaction.commit()
    }
}

/// Makes the file beside its place and moves it there complete: an empty or half-made file in that place is damage.
fn make(home: &Home) -> Result<(), StoreError> {
    let failed = |error| StoreError::Unusable { path: home.path().to_owned(), error };
    let unsaved = |error| StoreError::Unsaved { path: home.path().to_owned(), error };
    let path = home.unfinished();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    private_file().open(&path).map_err(failed)?;
    let connection = Connection::open(&path).map_err(unsaved)?;
    connection
        .execute_batch(&format!(
            "PRAGMA synchronous = FULL;
             PRAGMA application_id = {APPLICATION};
             PRAGMA user_version = {VERSION};
             CREATE TABLE pair (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT;"
        ))
        .map_err(unsaved)?;
    connection.close().map_err(|(_, error)| unsaved(error))?;
    fs::rename(&path, home.database()).map_err(failed)?;
    home.sync().map_err(failed)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Without the flag that would make a new file, and without a second thread in this connection.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |error| reading(path, error);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    // The lock on the folder has settled that nobody else comes, so no shared memory file is needed.
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(failed)?;
    // Before anything that may write: what is not ours stays as it is.
    check(&connection, path)?;
    // secure_delete: what was forgotten is overwritten. fullfsync: on macOS a plain fsync does not reach the disk.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA fullfsync = ON;
             PRAGMA secure_delete = ON;",
        )
        .map_err(failed)?;
    Ok(connection)
}

fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let failed = |error| reading(path, error);
    // SQLite takes a file without bytes for a new database; here it is what is left of an old one.
    if fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        return Err(StoreError::Damaged(path.to_owned()));
    }
    if number("application_id").map_err(failed)? != APPLICATION {
        return Err(StoreError::NotOurs(path.to_owned()));
    }
    if number("user_version").map_err(failed)? > VERSION {
        return Err(StoreError::Newer(path.to_owned()));
    }
    let verdict: String =
        connection.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(failed)?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(path.to_owned())) }
}

fn reading(path: &Path, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged(path.to_owned()),
        _ => StoreError::Unreadable { path: path.to_owned(), error },
    }
}

/// Why a device's memory cannot be used. Nothing was changed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There was one, and it is gone. Put it back from a copy, or start anew in another folder.
    #[error("{} is missing; put it back from a copy, or use another folder to start anew", .0.display())]
    Missing(PathBuf),
    /// Some other program's file. Use another folder.
    #[error("{} is not a porchlight-device file", .0.display())]
    NotOurs(PathBuf),
    /// Written by a later version. Update.
    #[error("{} was written by a newer porchlight-device; please update", .0.display())]
    Newer(PathBuf),
    /// The bytes are not what was written. Keep the file; start anew in another folder and join again.
    #[error("{} is damaged; it was left as it is", .0.display())]
    Damaged(PathBuf),
    /// The system does not let us read. See the cause.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// The system does not let us use the folder. See the cause.
    #[error("cannot use the folder {}: {error}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The last batch is not on the disk: a full disk, most often. Make room and do it again.
    #[error("cannot save in {}: {error}", path.display())]
    Unsaved {
        /// The folder.
        path: PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
}

/// "Prch": tells SQLite files of other programs apart.
const APPLICATION: i32 = 0x5072_6368;
const VERSION: i32 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Vacant;

    fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open(Home::open(path, Vacant::MoveIn).unwrap())
    }

    fn put(key: &str, value: &[u8]) -> Write {
        Write::Put { key: key.into(), value: value.into() }
    }

    #[test]
    fn what_was_committed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).unwrap();
        store.commit(&[put("a", b"1"), put("b", b"2"), put("a", b"3")], Outlives::Power).unwrap();
        store
            .commit(&[Write::Delete { key: b"b".to_vec() }, put("c", &[7; 70_000])], Outlives::Power)
            .unwrap();
        drop(store);
        let pairs = open(folder.path()).unwrap().load().unwrap();
        assert_eq!(pairs, [(b"a".to_vec(), b"3".to_vec()), (b"c".to_vec(), vec![7; 70_000])]);
    }

    #[test]
    fn what_need_not_outlive_the_power_outlives_the_program_and_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).unwrap();
        let level = |store: &Store| -> i32 {
            store.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
        };
        let (normal, full) = (1, 2);
        assert_eq!(level(&store), full);
        store.commit(&[put("a", b"1")], Outlives::Program).unwrap();
        assert_eq!(level(&store), normal);
        store.commit(&[put("a", b"2")], Outlives::Power).unwrap();
        assert_eq!(level(&store), full, "an edit of one's own waits for the disk again");
        store.commit(&[put("b", b"3")], Outlives::Program).unwrap();
        // As a program that was killed leaves it: nothing is closed.
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let pairs = open(copy.path()).unwrap().load().unwrap();
        assert_eq!(pairs, [(b"a".to_vec(), b"2".to_vec()), (b"b".to_vec(), b"3".to_vec())]);
    }

    #[test]
    fn files_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).unwrap();
        store.commit(&[put("a", b"1")], Outlives::Power).unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).unwrap();
        store
            .commit(&(0..200).map(|n| put(&format!("{n}"), &[1; 999])).collect::<Vec<_>>(), Outlives::Power)
            .unwrap();
        drop(store);
        let path = folder.path().join("device.sqlite");
        let whole = fs::read(&path).unwrap();
        let cut = whole[..whole.len() / 2].to_vec();
        let mut scratched = whole.clone();
        scratched[40_000..60_000].fill(0xff);
        for bytes in [Vec::new(), b"not a database at all, but long enough".repeat(9), cut, scratched] {
            fs::write(&path, &bytes).unwrap();
            let error = open(folder.path()).and_then(|store| store.load()).unwrap_err();
            assert!(matches!(error, StoreError::Damaged(_) | StoreError::NotOurs(_)), "{error}");
            assert!(fs::read(&path).unwrap() == bytes, "the file was written to");
        }
        fs::write(&path, whole).unwrap();
        assert_eq!(open(folder.path()).unwrap().load().unwrap().len(), 200);
    }

    #[test]
    fn a_batch_that_does_not_fit_on_the_disk_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path()).unwrap();
        store.commit(&[put("a", b"1")], Outlives::Power).unwrap();
        store.fill_up();
        let error = store.commit(&[put("a", b"2"), put("b", &[7; 70_000])], Outlives::Power).unwrap_err();
        assert!(matches!(error, StoreError::Unsaved { .. }), "{error}");
        drop(store);
        assert_eq!(open(folder.path()).unwrap().load().unwrap(), [(b"a".to_vec(), b"1".to_vec())]);
    }

    #[test]
    fn a_lost_file_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path()).unwrap());
        fs::remove_file(folder.path().join("device.sqlite")).unwrap();
        assert!(matches!(open(folder.path()), Err(StoreError::Missing(_))));
    }

    #[test]
    fn a_file_of_a_later_version_or_another_program_is_refused() {
        for (pragma, later) in [("user_version = 2", true), ("application_id = 1", false)] {
            let folder = tempfile::tempdir().unwrap();
            let store = open(folder.path()).unwrap();
            store.connection.execute_batch(&format!("PRAGMA {pragma}")).unwrap();
            drop(store);
            let error = open(folder.path()).unwrap_err();
            assert_eq!(matches!(error, StoreError::Newer(_)), later, "{error}");
            assert_eq!(matches!(error, StoreError::NotOurs(_)), !later, "{error}");
        }
    }

    #[test]
    fn what_a_crash_left_of_a_file_in_the_making_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("device.unfinished"), b"half").unwrap();
        assert!(open(folder.path()).unwrap().load().unwrap().is_empty());
        assert!(!folder.path().join("device.unfinished").exists());
    }
}
