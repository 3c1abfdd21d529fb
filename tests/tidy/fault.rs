//! A fault that a check found, and the assertion that there is none.

use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    /// From 1; 0 when the whole file is meant.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Fault {
    pub(crate) fn new(path: &str, line: usize, what: impl Into<String>) -> Fault {
        Fault { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// Fails with one line for each fault.
pub(crate) fn assert_none(faults: &[Fault]) {
    let listed: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "\n{}\n{} to mend", listed.join("\n"), faults.len());
}

/// Fails unless exactly one fault was found and says `part`: how a check proves that it can fail.
pub(crate) fn assert_one(faults: &[Fault], part: &str) {
    let listed: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(faults.len() == 1 && listed[0].contains(part), "wanted one fault with '{part}', got {listed:?}");
}
