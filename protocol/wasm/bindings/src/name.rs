//! What functions are called, in 32 bits that stay the same from one build to the next.

use std::collections::HashSet;
use std::fmt;

use anyhow::{Context as _, Result};

/// A hash of a function's path. Two functions may share one: then they stay together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

impl Name {
    pub fn of(path: &str) -> Self {
        // FNV-1a: nobody chooses names so that they collide.
        Self(path.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)))
    }
}

/// A function's path and type arguments, without what differs between compilations.
pub fn path(mangled: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(mangled))
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

/// Names separated by white space; lines that begin with `#` are comments.
pub fn read_list(text: &str) -> Result<HashSet<Name>> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|word| u32::from_str_radix(word, 16).map(Name).with_context(|| format!("'{word}' is no name")))
        .collect()
}
