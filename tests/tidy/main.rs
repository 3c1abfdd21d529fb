//! What must stay true of the repository itself, checked by machine; every check is shown to be able to fail.
//!
//! A check is a function from files (or from what cargo prints) to a list of `Fault`s, so that its test can
//! feed it a bad sample. `cargo test -p porchlight-tests --test tidy` runs them all.

#[cfg(test)]
mod fault;

#[cfg(test)]
mod trees;

#[cfg(test)]
mod purity;

#[cfg(test)]
mod trail;

#[cfg(test)]
mod house;

#[cfg(test)]
mod words;

#[cfg(test)]
mod links;

#[cfg(test)]
mod messages;

#[cfg(test)]
mod lints;
