//! Which crates may be in which crate's tree: the server cannot open anything, the core does no I/O.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use porchlight_tests::repository;

use crate::fault::{Fault, assert_none, assert_one};

/// Crates that open, encrypt or merge what the server must not read. TLS has its own inside `ring`.
const OPENERS: [&str; 16] = [
    "aead",
    "aegis",
    "aes",
    "aes-gcm",
    "aes-gcm-siv",
    "age",
    "automerge",
    "chacha20",
    "chacha20poly1305",
    "crypto_box",
    "crypto_secretbox",
    "dryoc",
    "hpke",
    "orion",
    "porchlight-device",
    "porchlight-documents",
];

/// Crates that reach the network, files, clocks or the system's randomness.
/// Not among them: jiff, which the documents compute times with. Its clock is not called: see the purity check.
const OUTSIDE: [&str; 17] = [
    "async-std",
    "chrono",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "porchlight-native",
    "porchlight-server",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
];

/// What automerge itself brings although no code of ours calls it: it draws an actor id when none is given, and
/// ours are always given (the purity check refuses the calls that would draw one).
const BROUGHT_BY_AUTOMERGE: [&str; 2] = ["getrandom", "rand"];

#[test]
fn the_server_holds_nothing_that_could_open_an_entry() -> Result<()> {
    let tree = tree("porchlight-server")?;
    ensure!(tree.iter().any(|name| name == "porchlight-wire"), "the tree was not read: {tree:?}");
    assert_none(&forbidden("porchlight-server", &tree, &OPENERS));
    Ok(())
}

#[test]
fn the_wire_crate_reaches_nothing_outside_and_opens_nothing() -> Result<()> {
    let tree = tree("porchlight-wire")?;
    assert_none(&forbidden("porchlight-wire", &tree, &OPENERS));
    assert_none(&forbidden("porchlight-wire", &tree, &OUTSIDE));
    Ok(())
}

#[test]
fn the_documents_and_the_device_reach_nothing_outside() -> Result<()> {
    for package in ["porchlight-documents", "porchlight-device"] {
        let refused: Vec<&str> =
            OUTSIDE.into_iter().filter(|name| !BROUGHT_BY_AUTOMERGE.contains(name)).collect();
        assert_none(&forbidden(package, &tree(package)?, &refused));
        assert_none(&forbidden(package, &direct(package)?, &BROUGHT_BY_AUTOMERGE));
    }
    Ok(())
}

#[test]
fn documents_hold_no_keys() -> Result<()> {
    let refused = ["aead", "chacha20poly1305", "ed25519-dalek", "hkdf", "hpke"];
    assert_none(&forbidden("porchlight-documents", &direct("porchlight-documents")?, &refused));
    Ok(())
}

#[test]
fn a_forbidden_crate_is_found() {
    let tree = names("porchlight-server v0.1.0 (/somewhere/server)\naxum v0.8.1\nautomerge v0.12.0\n");
    assert_one(&forbidden("porchlight-server", &tree, &OPENERS), "automerge");
    let allowed = names("porchlight-server v0.1.0 (/somewhere/server)\nautomerge-not v0.12.0\n");
    assert_none(&forbidden("porchlight-server", &allowed, &OPENERS));
}

#[test]
fn the_device_tree_does_hold_what_the_server_tree_must_not() -> Result<()> {
    let faults = forbidden("porchlight-device", &tree("porchlight-device")?, &["automerge", "hpke"]);
    ensure!(faults.len() == 2, "reading a tree finds nothing: {faults:?}");
    Ok(())
}

fn forbidden(package: &str, tree: &[String], refused: &[&str]) -> Vec<Fault> {
    tree.iter()
        .filter(|name| refused.contains(&name.as_str()))
        .map(|name| Fault::new(package, 0, format!("must not depend on {name}")))
        .collect()
}

/// Everything that is linked into `package` on this machine.
fn tree(package: &str) -> Result<Vec<String>> {
    cargo_tree(&["-p", package])
}

/// What `package` names in its own Cargo.toml.
fn direct(package: &str) -> Result<Vec<String>> {
    cargo_tree(&["-p", package, "--depth", "1"])
}

fn cargo_tree(arguments: &[&str]) -> Result<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--no-dedupe"])
        .args(arguments)
        .current_dir(repository::root())
        .output()
        .context("cannot run cargo tree")?;
    ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(names(&String::from_utf8_lossy(&output.stdout)))
}

/// The sorted names in what `cargo tree --prefix none` prints.
fn names(printed: &str) -> Vec<String> {
    let mut names: Vec<String> =
        printed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}
