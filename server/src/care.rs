//! For whoever hosts a server: a backup while it runs, and whether it is well and what to do if it is not.

use std::fmt::{self, Write as _};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use porchlight_wire::Timestamp;
use thiserror::Error;

use crate::data::{DataDirectory, DataError, sync_folder, write_durably};
use crate::identity::{Identity, IdentityError};
use crate::limits::DAY_MILLIS;
use crate::log;
use crate::store::{Fact, SqliteCare, StoreError};

const MINUTE: u64 = 60 * 1000;
const HOUR: u64 = 60 * MINUTE;

/// A backup that is older is worth a word: phones that were lost since took with them what only the server had.
const BACKUP_DAYS: u64 = 7;

/// With less room than this, or than the database takes, the server may soon have to refuse work.
const LITTLE_ROOM: u64 = 200_000_000;

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Backup {
    folder: PathBuf,
    bytes: u64,
    groups: u64,
}

/// Copies a server's database and key into a folder, while it runs or not. The copy is checked before it takes the place of
/// an earlier one there.
pub(crate) fn back_up(data: &Path, folder: &Path, now: Timestamp) -> Result<Backup, CareError> {
    let data = DataDirectory::existing(data)?;
    let failed = |error| CareError::Folder(folder.to_owned(), error);
    if real(folder).map_err(failed)?.starts_with(fs::canonicalize(data.path()).map_err(failed)?) {
        return Err(CareError::SameFolder(folder.to_owned()));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let copies = DataDirectory::at(folder);
    // A server that was started on a backup must not find it replaced under it.
    let _lock = copies.lock()?;

    let identity = Identity::load(&data.server_key())?;
    let key = fs::read(data.server_key()).map_err(IdentityError::Failed)?;
    // A key that is lost cannot be made again: one in a backup is never replaced by another.
    match Identity::load(&copies.server_key()) {
        Ok(earlier) if earlier.public() != identity.public() => {
            return Err(CareError::OtherServer(folder.to_owned()));
        }
        Err(IdentityError::Failed(error)) => return Err(failed(error)),
        Ok(_) | Err(IdentityError::Missing | IdentityError::Damaged) => {}
    }
    let unfinished = folder.join("porchlight.sqlite.part");
    remove_if_there(&unfinished).map_err(failed)?;
    let copied = copy(&data, &unfinished, folder).and_then(|groups| {
        write_durably(&copies.server_key(), &key).map_err(failed)?;
        Ok(groups)
    });
    if copied.is_err() {
        // Room that a failed copy takes is room that the next one lacks.
        let _ = fs::remove_file(&unfinished);
    }
    let groups = copied?;
    // Left from a server that ran here and was killed, they would be taken for part of the new copy.
    for side in ["porchlight.sqlite-wal", "porchlight.sqlite-shm"] {
        remove_if_there(&folder.join(side)).map_err(failed)?;
    }
    fs::rename(&unfinished, copies.database()).map_err(failed)?;
    sync_folder(folder).map_err(failed)?;

    // Beside the database, which a backup must not change: it may be the one before an upgrade.
    fs::write(data.last_backup(), now.millis().to_string())
        .map_err(|error| CareError::NotNoted(folder.to_owned(), error))?;
    let bytes = fs::metadata(copies.database()).map_err(failed)?.len();
    Ok(Backup { folder: folder.to_owned(), bytes, groups })
}

/// Copies the database into a file and looks whether the copy is sound; gives how many groups are in it.
fn copy(data: &DataDirectory, file: &Path, folder: &Path) -> Result<u64, CareError> {
    let failed = |error| CareError::Folder(folder.to_owned(), error);
    let database = SqliteCare::open(&data.database())?;
    // If it is the database that cannot be read, this says so before a copy can be to blame.
    database.groups()?;
    database.copy_to(file).map_err(|error| match error {
        StoreError::Sqlite(fault) => {
            not_written(&database, &fault).map_or(StoreError::Sqlite(fault).into(), failed)
        }
        other => other.into(),
    })?;
    let copy = SqliteCare::open(file)?;
    if let Some(fault) = copy.fault()? {
        return Err(CareError::Unsound(fault));
    }
    let groups = copy.groups()?;
    drop(copy);
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(failed)?;
    File::open(file).and_then(|file| file.sync_all()).map_err(failed)?;
    Ok(groups)
}

/// What SQLite says where a copy cannot be written, in the operating system's words.
fn not_written(database: &SqliteCare, fault: &rusqlite::Error) -> Option<io::Error> {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
    let kind = match fault.sqlite_error_code()? {
        DiskFull => io::ErrorKind::StorageFull,
        CannotOpen | PermissionDenied => io::ErrorKind::PermissionDenied,
        ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        // SQLite does not say on which side; all of the other one could be read.
        SystemIoFailure if matches!(database.fault(), Ok(None)) => {
            return Some(io::Error::other("the disk does not take it"));
        }
        _ => return None,
    };
    Some(kind.into())
}

impl fmt::Display for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, bytes, groups } = self;
        let folder = folder.display();
        writeln!(f, "backed up {} with {} to {folder}, and checked", size(*bytes), count(*groups, "group"))?;
        writeln!(
            f,
            "Keep it on another machine or disk. It holds the server's key: whoever has it can pretend to be it."
        )?;
        write!(
            f,
            "To go back to it: porchlight serve --data with a copy of {folder}, under the same address."
        )
    }
}

/// Where a folder is or would be, without links on the way: that of what there is of it already, and the rest.
fn real(folder: &Path) -> io::Result<PathBuf> {
    let whole = std::path::absolute(folder)?;
    for there in whole.ancestors() {
        match fs::canonicalize(there) {
            Ok(found) => return Ok(whole.strip_prefix(there).map_or(found.clone(), |rest| found.join(rest))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(whole)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// How a server is, one line for each thing that matters, and what to do.
#[derive(Debug, Default)]
pub(crate) struct Health {
    said: String,
    /// What should be done.
    to_do: Vec<String>,
}

/// Looks how a server is that runs, or ran, on this folder. Changes nothing.
pub(crate) fn look(data: &Path, now: Timestamp) -> Result<Health, CareError> {
    let directory = DataDirectory::existing(data)?;
    let mut health = Health::default();
    let shown = data.display();
    let runs = match directory.lock() {
        Ok(_) => false,
        Err(DataError::InUse(_)) => true,
        Err(other) => return Err(other.into()),
    };
    health.line("server", if runs { "running" } else { "not running" });
    let key = match Identity::load(&directory.server_key()) {
        Ok(_) => None,
        Err(IdentityError::Missing) => Some("missing".to_owned()),
        Err(IdentityError::Damaged) => Some("damaged".to_owned()),
        Err(failed) => Some(failed.to_string()),
    };
    if let Some(fault) = &key {
        health.line("key", fault);
        health.to_do.push(format!("put server.key from a backup into {shown}: phones accept no other key"));
    }
    let waiting = directory.database().with_extension("sqlite-wal");
    let bytes = [directory.database(), waiting].into_iter().filter_map(|file| fs::metadata(file).ok());
    let bytes = bytes.map(|file| file.len()).sum();
    let disk = rustix::fs::statvfs(data).ok();
    let free = disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let is_short = free.is_some_and(|free| free < LITTLE_ROOM.max(bytes));
    // First, since a database on a full disk cannot be opened either, and is whole.
    if is_short {
        let room = "make room on the disk: when it is full, phones keep their work and wait";
        health.to_do.push(room.into());
    }
    let database = database(&mut health, &directory, bytes, now, runs);
    if let Err(error) = &database {
        health.line("database", &error.to_string());
        let stop = if runs { "stop the server, " } else { "" };
        if error.is_damage() {
            health.to_do.push(format!(
                "{stop}keep a copy of {shown}, and put porchlight.sqlite from a backup in its place, without -wal and \
                 -shm; phones send again what is newer"
            ));
        } else if let StoreError::Newer { .. } = error {
            health.to_do.push("update porchlight; the data is whole".into());
        } else if !is_short {
            health.to_do.push(format!(
                "see that whoever runs the server may read and write all in {shown}, and whether the system's log tells \
                 of a faulty disk; the data need not be damaged"
            ));
        }
    }
    let can_run = key.is_none() && database.is_ok();
    if !runs {
        health.to_do.push(format!("start it: porchlight serve --data {shown}"));
    }

    last_backup(&mut health, &directory, now, can_run);
    if let Some(free) = free {
        health.line("disk", &format!("{} free", size(free)));
    }
    Ok(health)
}

fn database(
    health: &mut Health,
    directory: &DataDirectory,
    bytes: u64,
    now: Timestamp,
    runs: bool,
) -> Result<(), StoreError> {
    let care = SqliteCare::open(&directory.database())?;
    if let Some(fault) = care.fault()? {
        return Err(StoreError::Unsound(fault));
    }
    health.line("database", &format!("sound, {}, {}", size(bytes), count(care.groups()?, "group")));
    if runs && log::clock_jumped(care.fact(Fact::ClockSeen)?, now)? {
        health.line("clock", "more than a day from when the server last took something in");
        health.to_do.push(format!(
            "see whether this machine's clock is right, then: porchlight confirm-clock --data {}",
            directory.path().display()
        ));
    }
    Ok(())
}

/// A backup can only be made of what is sound.
fn last_backup(health: &mut Health, directory: &DataDirectory, now: Timestamp, is_sound: bool) {
    let noted = fs::read_to_string(directory.last_backup()).ok();
    let last = noted.and_then(|text| text.trim().parse().ok()).map(Timestamp::from_millis);
    let is_recent = last.is_some_and(|last| now.since(last) <= BACKUP_DAYS * DAY_MILLIS);
    let how = last.map_or_else(|| "never".to_owned(), |last| format!("{} ago", duration(now.since(last))));
    health.line("last backup", &how);
    if !is_recent && is_sound {
        let data = directory.path().display();
        health.to_do.push(format!("make a backup: porchlight backup --data {data} --to FOLDER"));
    }
}

impl Health {
    /// Whether there is nothing to do.
    pub(crate) fn is_well(&self) -> bool {
        self.to_do.is_empty()
    }

    fn line(&mut self, what: &str, how: &str) {
        let _ = writeln!(self.said, "{what:<13}{how}");
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)?;
        if self.is_well() {
            return f.write_str("\nAll is well.");
        }
        f.write_str("\nWhat to do:")?;
        self.to_do.iter().try_for_each(|step| write!(f, "\n- {step}"))
    }
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn duration(millis: u64) -> String {
    match millis {
        0..HOUR => count(millis / MINUTE, "minute"),
        HOUR..172_800_000 => count(millis / HOUR, "hour"),
        _ => count(millis / DAY_MILLIS, "day"),
    }
}

/// Why no backup was made, or nothing could be looked at.
#[derive(Debug, Error)]
pub enum CareError {
    /// The data directory, or a server that runs on the backup.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Give another folder, on another disk if there is one.
    #[error("{} is in the server's own data folder; give another one for the backup", .0.display())]
    SameFolder(PathBuf),
    /// Full, not writable, not there.
    #[error("cannot write the backup to {}: {}; an earlier backup there is as it was", .0.display(), .1)]
    Folder(PathBuf, #[source] io::Error),
    /// The backup itself is good.
    #[error("the backup in {} is there, but that it was made could not be noted: {}", .0.display(), .1)]
    NotNoted(PathBuf, #[source] io::Error),
    /// Put it back from a backup.
    #[error("{0}; no backup was made, and an earlier one is as it was")]
    Key(#[from] IdentityError),
    /// Give each server a folder for its backups.
    #[error("{} holds a backup of another server, with another key; give another folder", .0.display())]
    OtherServer(PathBuf),
    /// Keep earlier backups.
    #[error("the database is damaged ({0}); no backup was made, and an earlier one is as it was")]
    Unsound(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_said_in_few_words() {
        assert_eq!([size(1), size(12_400_000), size(41_250_000_000)], ["1 kB", "12.4 MB", "41.2 GB"]);
        assert_eq!(
            [duration(59 * MINUTE), duration(HOUR), duration(47 * HOUR), duration(3 * DAY_MILLIS)],
            ["59 minutes", "1 hour", "47 hours", "3 days"]
        );
    }
}
