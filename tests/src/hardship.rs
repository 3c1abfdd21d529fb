//! What can be hard for a program on a real machine: a disk without room, and a clock that is wrong.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

/// Under what a program is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hardship {
    /// Nothing is wrong.
    #[default]
    None,
    /// No file can grow past its first few bytes, from the start.
    NoRoom,
    /// There is room until [`fill`] takes it away.
    LittleRoom,
    /// Its clock is wrong by so many hours. Needs [`clocks_can_be_wrong`].
    WrongClock(i64),
}

/// The command that starts `program` under a hardship; arguments may follow.
pub fn command(program: &Path, hardship: Hardship) -> Result<Command> {
    match hardship {
        Hardship::None => Ok(Command::new(program)),
        Hardship::NoRoom => Ok(limited(program, "ulimit -S -f 0; ")),
        Hardship::LittleRoom => Ok(limited(program, "")),
        Hardship::WrongClock(hours) => {
            let mut command = Command::new(program);
            command
                .env("LD_PRELOAD", library().context("libfaketime is not there")?)
                .env("FAKETIME", format!("{hours:+}h"))
                // What is wrong about a clock is the time of day: waiting takes as long as ever.
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
            Ok(command)
        }
    }
}

/// Takes the room away from a program that was started with [`Hardship::LittleRoom`]: writing past the first bytes of a
/// file fails from now on.
pub fn fill(process: u32) -> Result<()> {
    limit(process, "64:")
}

/// Gives it room again.
pub fn make_room(process: u32) -> Result<()> {
    limit(process, "unlimited:")
}

/// Whether programs can be given another clock here: `make test` installs what that needs where it can.
pub fn clocks_can_be_wrong() -> bool {
    library().is_some()
}

/// A write past the limit is to fail, as on a full disk; by itself the system would end the program.
fn limited(program: &Path, limit: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("trap '' XFSZ; {limit}exec \"$@\"")).arg("sh").arg(program);
    command
}

fn limit(process: u32, size: &str) -> Result<()> {
    let status =
        Command::new("prlimit").arg("--pid").arg(process.to_string()).arg(format!("--fsize={size}")).status();
    ensure!(status.context("cannot run prlimit")?.success(), "prlimit failed");
    Ok(())
}

/// Where Debian and others put it.
fn library() -> Option<PathBuf> {
    if let Some(path) = env::var_os("PORCHLIGHT_FAKETIME") {
        return Some(path.into()).filter(|path: &PathBuf| path.exists());
    }
    let folders = fs::read_dir("/usr/lib").into_iter().flatten();
    folders
        .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketime.so.1")))
        .find(|path| path.exists())
}
