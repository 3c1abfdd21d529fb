//! The data directory: what a server keeps, readable by its owner only and used by one server at a time.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A folder that holds one server's database and key.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    path: PathBuf,
}

/// The right to write to a data directory; given back when dropped.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DataDirectory {
    /// Opens a data directory, or makes an empty folder or a new one into it.
    ///
    /// A folder that holds other files is refused: somebody mistyped.
    pub fn create(path: &Path) -> Result<Self, DataError> {
        let directory = Self { path: path.to_owned() };
        match fs::read_dir(path) {
            Ok(_) if directory.is_ours()? => {}
            Ok(entries) => {
                if entries.flatten().any(|entry| !is_a_beginning(&entry.file_name())) {
                    return Err(DataError::Foreign(path.to_owned()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(directory.failed())?;
            }
            Err(error) => return Err(directory.failed()(error)),
        }
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(directory.failed())?;
        Ok(directory)
    }

    /// Opens the data directory of a server that was started before.
    pub fn existing(path: &Path) -> Result<Self, DataError> {
        let directory = Self { path: path.to_owned() };
        if directory.is_ours()? { Ok(directory) } else { Err(DataError::Missing(path.to_owned())) }
    }

    /// A folder as it is, for a copy of the data.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Keeps other servers out until the lock is dropped, however this process ends.
    pub fn lock(&self) -> Result<DirectoryLock, DataError> {
        let path = self.path.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(self.failed())?;
        match file.try_lock() {
            Ok(()) => Ok(DirectoryLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(self.failed()(error)),
        }
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.path.join("porchlight.sqlite")
    }

    /// Where the server's key is.
    pub fn server_key(&self) -> PathBuf {
        self.path.join("server.key")
    }

    /// Where it is noted when the last backup was made.
    pub(crate) fn last_backup(&self) -> PathBuf {
        self.path.join("last-backup")
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fails where this user may not even look.
    fn is_ours(&self) -> Result<bool, DataError> {
        let is_there = |file: PathBuf| file.try_exists().map_err(self.failed());
        Ok(is_there(self.database())? || is_there(self.server_key())?)
    }

    fn failed(&self) -> impl Fn(io::Error) -> DataError + use<> {
        let path = self.path.clone();
        move |error| match error.kind() {
            io::ErrorKind::PermissionDenied => DataError::NotAllowed(path.clone()),
            _ => DataError::Failed(path.clone(), error),
        }
    }
}

/// What stands in a new disk's folder, or is left by a first start that had no room.
fn is_a_beginning(name: &OsStr) -> bool {
    ["lost+found", "lock", "server.new"].iter().any(|usual| name == *usual)
}

/// Writes a file that only its owner may read, in the place of an earlier one once it is whole on the disk.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    fs::rename(&unfinished, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes the names in a folder outlive the power.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Why a data directory cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// Stop the other server, or give this one a folder of its own.
    #[error("another porchlight server is already running on {}", .0.display())]
    InUse(PathBuf),
    /// Give the path of the folder that `porchlight serve` uses.
    #[error("there is no server's data in {}; `porchlight serve --data {}` makes it", .0.display(), .0.display())]
    Missing(PathBuf),
    /// Give an empty folder.
    #[error("{} holds files that are not porchlight's; give an empty or new folder", .0.display())]
    Foreign(PathBuf),
    /// Be the user that owns the folder.
    #[error("this user may not use the data folder {}: be root, or the user that the server runs as", .0.display())]
    NotAllowed(PathBuf),
    /// The operating system refused.
    #[error("cannot use the data folder {}: {}", .0.display(), .1)]
    Failed(PathBuf, #[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let directory = DataDirectory::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(matches!(DataDirectory::existing(&path), Err(DataError::Missing(_))));
        fs::write(directory.database(), "").unwrap();
        assert!(DataDirectory::existing(&path).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_looked_into_is_not_called_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("circle");
        std::os::unix::fs::symlink(&path, &path).unwrap();
        assert!(matches!(DataDirectory::existing(&path), Err(DataError::Failed(..))));
        let denied = DataDirectory::at(&path).failed()(io::ErrorKind::PermissionDenied.into());
        assert!(denied.to_string().contains("be root"));
    }

    #[test]
    fn a_folder_of_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letter.txt"), "dear").unwrap();
        assert!(matches!(DataDirectory::create(folder.path()), Err(DataError::Foreign(_))));
    }

    #[test]
    fn what_a_first_start_left_on_a_full_disk_is_no_reason_to_refuse_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        drop(DataDirectory::create(folder.path()).unwrap().lock().unwrap());
        fs::write(folder.path().join("server.new"), "").unwrap();
        assert!(DataDirectory::create(folder.path()).is_ok());
    }

    #[test]
    fn two_servers_cannot_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDirectory::create(folder.path()).unwrap();
        let lock = directory.lock().unwrap();
        assert!(matches!(directory.lock(), Err(DataError::InUse(_))));
        drop(lock);
        assert!(directory.lock().is_ok());
    }
}
