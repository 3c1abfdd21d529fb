//! The real program on a free port, with clients that speak frames.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where something is not as it should be"
)]

mod bad_input;
mod client;
mod pages;
mod people;
mod posts;
mod program;
mod restart;
mod sync;
