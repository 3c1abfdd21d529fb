//! Tests of the crate as others use it: files in and out, and people who edit without knowing of each other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets one has failed"
)]

mod cases;
mod converge;
mod corpus;
mod decisions;
mod example_data;
mod exports;
mod generated;
mod notes;
mod phones;
mod probe;
mod reported;
mod sheets;
mod siblings;
mod support;
