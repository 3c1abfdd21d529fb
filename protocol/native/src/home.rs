//! The folder in which one device lives: made private, and used by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A device's folder, locked for this process until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
    lock: File,
}

/// What to do about a folder in which no device lives yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vacant {
    /// Make the folder.
    MoveIn,
    /// Say so: whoever asks to see a list means one that exists.
    Refuse,
}

impl Home {
    /// Locks the folder. A folder that is made here can be entered by its owner only.
    pub fn open(path: &Path, vacant: Vacant) -> Result<Self, HomeError> {
        let failed = |error| HomeError::Unusable { path: path.to_owned(), error };
        if vacant == Vacant::Refuse && !path.join(LOCK).exists() && !path.join(DATABASE).exists() {
            return Err(HomeError::Vacant(path.to_owned()));
        }
        make_private(path).map_err(failed)?;
        let lock = private_file().open(path.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(HomeError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the database stands.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Where a database is prepared before it takes its place.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.path.join(UNFINISHED)
    }

    /// Whether a database has ever stood here, even if it is gone now.
    pub(crate) fn was_lived_in(&self) -> io::Result<bool> {
        Ok(self.database().exists() || self.lock.metadata()?.len() > 0)
    }

    /// Notes that a database stands here, so that its loss is noticed.
    pub(crate) fn mark_lived_in(&self) -> io::Result<()> {
        if self.lock.metadata()?.len() == 0 {
            (&self.lock).write_all(MARK)?;
            self.lock.sync_all()?;
        }
        self.sync()
    }

    /// Makes sure that files made or renamed in the folder are still there after a power cut.
    pub(crate) fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }
}

/// How to open a file that only its owner may read.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Why a folder cannot be used.
#[derive(Debug, Error)]
pub enum HomeError {
    /// Another process has it. Wait for it to end, or use another folder.
    #[error("another porchlight-device is using {}", .0.display())]
    InUse(PathBuf),
    /// No device lives there. Make one, or look elsewhere.
    #[error("there is no device in {}; 'create-group' or 'join' makes one", .0.display())]
    Vacant(PathBuf),
    /// The system does not let us. See the cause.
    #[error("cannot use the folder {}: {error}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

const DATABASE: &str = "device.sqlite";
const UNFINISHED: &str = "device.unfinished";
const LOCK: &str = "device.lock";
const MARK: &[u8] = b"A device lives here. While it runs, this file is locked.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_private_and_has_room_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rosa");
        let home = Home::open(&path, Vacant::MoveIn).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
            assert_eq!(fs::metadata(path.join(LOCK)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(Home::open(&path, Vacant::MoveIn), Err(HomeError::InUse(_))));
        drop(home);
        assert!(Home::open(&path, Vacant::Refuse).is_ok());
    }

    #[test]
    fn looking_into_an_empty_folder_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nobody");
        assert!(matches!(Home::open(&path, Vacant::Refuse), Err(HomeError::Vacant(_))));
        assert!(!path.exists());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter");
        fs::write(&path, "not a folder").unwrap();
        let line = Home::open(&path, Vacant::MoveIn).unwrap_err().to_string();
        assert!(line.starts_with("cannot use the folder") && line.contains("letter"), "{line}");
    }
}
