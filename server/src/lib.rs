//! The sync server: it orders, keeps and forwards what it cannot read.

pub mod command;

mod care;
mod http;
mod post;
mod room;
mod serve;
mod socket;
mod taking;
mod tally;
mod token;
mod zones;

pub mod hub;
pub mod log;
mod node;
pub mod reader;
pub mod rosters;
pub mod session;
mod writer;

mod app;
mod clock;
pub mod data;
pub mod identity;
pub mod limits;
pub mod store;
pub mod tls;

#[cfg(test)]
#[path = "../tests/it/people.rs"]
mod people;
