//! The project's own programs, built once for a test run, with the profile that the test itself was built with.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};

use crate::repository;

/// The server.
pub fn porchlight() -> Result<PathBuf> {
    program("porchlight")
}

/// A device on a computer.
pub fn porchlight_device() -> Result<PathBuf> {
    program("porchlight-device")
}

fn program(name: &str) -> Result<PathBuf> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    let path = folder.as_ref().map_err(|error| anyhow!(error.clone()))?.join(name);
    ensure!(path.exists(), "{} was not built", path.display());
    Ok(path)
}

/// Builds what is not fresh (nothing, when `make test` did it just before) and says where it is.
fn build() -> Result<PathBuf> {
    let folder = folder_of_programs(&std::env::current_exe()?)?;
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(repository::root());
    // The selection of the Makefile: with another one half of it would be compiled with other features.
    build.arg(if folder.ends_with("release") { "--release" } else { "--tests" });
    // Cargo tells a test about its package, and build scripts (ring's) start anew where that differs from the last time.
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_about_a_package(name)) {
        build.env_remove(name);
    }
    let output = build.output().context("cannot run cargo build")?;
    ensure!(output.status.success(), "cargo build failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(folder)
}

fn is_about_a_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_CRATE_", "CARGO_BIN_"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// `target/debug` for the test `target/debug/deps/e2e-…` and for the program `target/debug/bench`.
fn folder_of_programs(this: &Path) -> Result<PathBuf> {
    let parent = this.parent().context("a program is in a folder")?;
    let folder =
        if parent.ends_with("deps") { parent.parent().context("deps is in a folder")? } else { parent };
    Ok(folder.to_owned())
}
