//! A device on a computer: its disk, its network and its clock, around the crate that holds its behaviour.
//!
//! [`Runner`] is the loop; [`Store`] is the disk; [`Network`] is the way to servers. The command `porchlight-device`
//! is built on these three.

pub mod about;
pub mod address;
pub mod connection;
pub mod home;
pub mod link;
mod pinned;
mod post;
mod request;
pub mod run;
pub mod store;
mod websocket;

pub use about::{About, Founders};
pub use address::Address;
pub use connection::Trust;
pub use home::{Home, Vacant};
pub use link::{Network, Route};
pub use run::{Reach, RunError, Runner};
pub use store::Store;
