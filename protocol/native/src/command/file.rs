//! Files that people name on the command line, read within a bound and written for their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::command::Failure;

/// A file to bring in, or to look at first.
#[derive(Debug, Args)]
pub(crate) struct Incoming {
    /// The file
    pub(crate) file: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) preview: bool,
}

/// The bytes of a file, or of the input where the name is `-`.
///
/// Of one with more than `most` bytes these and one more: whoever takes them refuses what is too large, and nothing is
/// cut unseen.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::File { verb: "read", path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let most = most.saturating_add(1);
    if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    }
    Ok(bytes)
}

/// Writes a file. A new one is for its owner alone: it holds names and numbers, and who is where.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        // A pipe or a printer has nothing to be made durable.
        if fs::metadata(path)?.is_file() { file.sync_all() } else { Ok(()) }
    };
    written().map_err(|error| Failure::File { verb: "write", path: path.to_owned(), error })
}

/// Writes what a file would hold to the terminal, or into whatever reads from this command.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::Unread)
}
