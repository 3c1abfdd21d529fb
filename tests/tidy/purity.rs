//! The core (wire, documents, device) does no I/O, reads no clock and draws no randomness: by its source.
//!
//! Clippy bans single calls by their resolved path; this scan also catches whole modules and what a macro or an
//! `use … as` would hide from it, and makes sure that the bans themselves stay in place.

use anyhow::Result;
use porchlight_tests::repository::{self, TextFile};

use crate::fault::{Fault, assert_none, assert_one};

/// The folders whose code must be pure.
const CORE: [&str; 3] = ["protocol/wire/src/", "protocol/documents/src/", "protocol/device/src/"];

/// Text that reaches outside, and what it reaches.
const OUTSIDE: [(&str, &str); 25] = [
    ("std::fs", "files"),
    ("std::io", "input and output"),
    ("std::net", "the network"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("std::env", "the environment"),
    ("std::os::", "the operating system"),
    ("SystemTime", "a clock"),
    ("Instant::", "a clock"),
    ("UNIX_EPOCH", "a clock"),
    ("Timestamp::now(", "a clock"),
    ("Zoned::now(", "a clock"),
    ("TimeZone::system(", "the zone of the machine"),
    ("println!", "the terminal"),
    ("eprint", "the terminal"),
    ("dbg!", "the terminal"),
    ("getrandom", "the system's randomness"),
    ("OsRng", "the system's randomness"),
    ("SysRng", "the system's randomness"),
    ("thread_rng", "the system's randomness"),
    ("ActorId::random", "the system's randomness"),
    ("from_entropy()", "the system's randomness"),
    ("tokio::", "a runtime"),
    ("HashMap", "an order that differs from run to run"),
    ("HashSet", "an order that differs from run to run"),
];

/// What each core crate's `.clippy.toml` must ban.
const BANS: [&str; 5] = [
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::collections::HashMap",
    "std::fs::File",
    "std::net::TcpStream",
];

#[test]
fn the_core_reaches_nothing_outside() -> Result<()> {
    let files = repository::files()?;
    let core: Vec<&TextFile> = files.iter().filter(|file| is_core(file)).collect();
    assert!(core.len() > 10, "the core was not found: {} files", core.len());
    assert_none(&core.into_iter().flat_map(impure).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn the_core_keeps_its_clippy_bans() -> Result<()> {
    let files = repository::files()?;
    for crate_path in CORE {
        let path = crate_path.replace("src/", ".clippy.toml");
        let file = files.iter().find(|file| file.path == path);
        assert!(file.is_some(), "{path} is missing");
        assert_none(&file.map(missing_bans).unwrap_or_default());
    }
    Ok(())
}

#[test]
fn a_clock_in_the_core_is_found() {
    let sample = TextFile::new("protocol/wire/src/sample.rs", "//! Sample.\nfn f() { Instant::now(); }\n");
    assert_one(&impure(&sample), "sample.rs:2: reaches a clock");
}

#[test]
fn a_comment_and_a_test_may_name_a_clock() {
    let text = "//! Not SystemTime.\n// no Instant::now here\n#[cfg(test)]\nmod tests { use std::fs; }\n";
    assert_none(&impure(&TextFile::new("protocol/wire/src/sample.rs", text)));
}

#[test]
fn an_exception_with_a_reason_is_good_for_one_line() {
    let excuse = "#[expect(clippy::disallowed_types, reason = \"it is sorted later\")]\n";
    let text = format!("//! Sample.\n{excuse}let a = HashMap::new();\nlet b = HashMap::new();\n");
    assert_one(&impure(&TextFile::new("protocol/wire/src/sample.rs", &text)), "sample.rs:4");
}

#[test]
fn a_missing_ban_is_found() {
    let sample = TextFile::new("protocol/wire/.clippy.toml", &BANS[1..].join("\n"));
    assert_one(&missing_bans(&sample), "SystemTime::now");
}

fn is_core(file: &TextFile) -> bool {
    file.extension() == "rs" && CORE.iter().any(|folder| file.path.starts_with(folder))
}

/// Lines before the tests at the foot of the file that reach outside. Comments may speak of anything, and clippy's own
/// exception, which gives its reason, is good for the line below it.
fn impure(file: &TextFile) -> Vec<Fault> {
    let mut excused = false;
    file.lines()
        .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter(|(_, line)| {
            let exception = line.contains("expect(clippy::disallowed_") && line.contains("reason = ");
            !std::mem::replace(&mut excused, exception)
        })
        .filter_map(|(number, line)| {
            let (_, reached) = OUTSIDE.iter().find(|(text, _)| line.contains(text))?;
            Some(Fault::new(&file.path, number, format!("reaches {reached}: {}", line.trim())))
        })
        .collect()
}

fn missing_bans(file: &TextFile) -> Vec<Fault> {
    BANS.iter()
        .filter(|ban| !file.text.contains(*ban))
        .map(|ban| Fault::new(&file.path, 0, format!("must ban {ban}")))
        .collect()
}
