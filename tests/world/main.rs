//! Stories in one process: real devices and the real server's session, log and store, with a network and a clock that
//! the test holds in its hands.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod archives;
mod codes;
mod coming_back;
mod elsewhere;
mod forgetting;
mod keys;
mod lobby;
mod moving;
mod recovery;
mod refilling;
mod removal;
mod returning;
mod series;
mod snapshots;
mod town;
