//! The sync server: it orders, keeps and forwards what it cannot read.

mod app;
pub mod data;
pub mod hub;
pub mod identity;
pub mod limits;
pub mod log;
pub mod reader;
pub mod rosters;
pub mod session;
pub mod store;
pub mod tls;

#[cfg(test)]
#[path = "../tests/it/people.rs"]
mod people;
