//! Text that has no place in the repository: paths of one machine, hosts that an installation must not depend on.

use anyhow::Result;
use porchlight_tests::repository::{self, TextFile};

use crate::fault::{Fault, assert_none, assert_one};

/// Folders that exist on one person's machine only, in two halves so that this file does not hold them.
const MACHINE: [(&str, &str); 5] =
    [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/"), ("C:", "\\Users")];

/// Hosts of package registries: an installation may go through a mirror, so nothing names them.
const HOSTS: [(&str, &str); 6] = [
    ("registry.np", "mjs.org"),
    ("crates", ".io/"),
    ("static.crates", ".io"),
    ("deb.deb", "ian.org"),
    ("files.python", "hosted.org"),
    ("py", "pi.org"),
];

#[test]
fn no_file_holds_a_machine_or_a_registry() -> Result<()> {
    let files = repository::files()?;
    assert_none(&files.iter().flat_map(faults).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_machine_and_a_registry_are_found() {
    for (first, second) in MACHINE.iter().chain(&HOSTS) {
        let sample = TextFile::new("a.md", &format!("fine\nsee {first}{second} there\n"));
        assert_one(&faults(&sample)[..1], "a.md:2");
    }
}

#[test]
fn a_path_of_every_unix_machine_passes() {
    assert_none(&faults(&TextFile::new(
        "a.md",
        "/usr/bin/chromium and /var/lib/porchlight and /workspace/\n",
    )));
}

/// Cargo's own lock file names the source of each crate by an address that is a name, not a download.
fn faults(file: &TextFile) -> Vec<Fault> {
    if file.name() == "Cargo.lock" {
        return Vec::new();
    }
    let banned: Vec<String> = MACHINE.iter().chain(&HOSTS).map(|(a, b)| format!("{a}{b}")).collect();
    file.lines()
        .filter_map(|(number, line)| {
            let word = banned.iter().find(|word| holds(line, word))?;
            Some(Fault::new(&file.path, number, format!("holds '{word}'")))
        })
        .collect()
}

/// The word at the start of a path or address, not inside a longer one.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !word.starts_with('/')
            || !before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '}' || c == '-')
    })
}
