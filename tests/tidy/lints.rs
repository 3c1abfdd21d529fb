//! Public items are documented and the lints stay on, in every crate.

use anyhow::Result;
use porchlight_tests::repository::{self, TextFile};

use crate::fault::{Fault, assert_none, assert_one};

/// What the workspace must deny.
const DENIED: [&str; 7] = [
    "unsafe_code",
    "missing_docs",
    "unreachable_pub",
    "unwrap_used",
    "expect_used",
    "panic",
    "indexing_slicing",
];

/// Lints that no file may switch off for itself outside tests.
const NEVER_ALLOWED: [&str; 4] = ["unsafe_code", "missing_docs", "unreachable_pub", "warnings"];

#[test]
fn the_workspace_denies_what_it_promises() -> Result<()> {
    let files = repository::files()?;
    let workspace = files.iter().find(|file| file.path == "Cargo.toml").map_or("", |file| &file.text);
    assert_none(&undenied(workspace));
    Ok(())
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() -> Result<()> {
    let files = repository::files()?;
    let crates: Vec<&TextFile> =
        files.iter().filter(|file| file.name() == "Cargo.toml" && file.text.contains("[package]")).collect();
    assert!(crates.len() >= 8, "the crates were not found");
    assert_none(&crates.into_iter().flat_map(inherits).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn no_file_switches_documentation_or_safety_off() -> Result<()> {
    let files = repository::files()?;
    let rust = files.iter().filter(|file| file.extension() == "rs");
    assert_none(&rust.flat_map(switched_off).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_lint_that_went_missing_is_found() {
    let table: String = DENIED.iter().skip(1).map(|lint| format!("{lint} = \"deny\"\n")).collect();
    assert_one(&undenied(&table), "unsafe_code");
}

#[test]
fn a_crate_without_the_lints_is_found() {
    let sample = TextFile::new("protocol/wire/Cargo.toml", "[package]\nname = \"sample\"\n");
    assert_one(&inherits(&sample), "[lints]");
}

#[test]
fn a_lint_that_was_switched_off_is_found() {
    let text = format!("//! Sample.\n#![all{}]\n", "ow(missing_docs)");
    assert_one(&switched_off(&TextFile::new("a.rs", &text)), "a.rs:2");
}

fn undenied(workspace: &str) -> Vec<Fault> {
    DENIED
        .iter()
        .filter(|lint| !workspace.lines().any(|line| line == format!("{lint} = \"deny\"")))
        .map(|lint| Fault::new("Cargo.toml", 0, format!("must deny {lint}")))
        .collect()
}

/// A fuzz crate is a workspace of its own, which cannot inherit.
fn inherits(file: &TextFile) -> Vec<Fault> {
    if file.text.contains("[lints]\nworkspace = true") || file.text.contains("\n[workspace]") {
        return Vec::new();
    }
    vec![Fault::new(&file.path, 0, "needs '[lints] workspace = true'")]
}

fn switched_off(file: &TextFile) -> Vec<Fault> {
    let allow = concat!("all", "ow(");
    file.lines()
        .filter(|(_, line)| line.contains(allow) && NEVER_ALLOWED.iter().any(|lint| line.contains(lint)))
        .map(|(number, line)| Fault::new(&file.path, number, format!("switched off: {}", line.trim())))
        .collect()
}
