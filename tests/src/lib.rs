//! What the project's tests share: the repository as files, and real programs to drive.

pub mod counted;
pub mod device;
pub mod forgery;
pub mod hardship;
pub mod http;
pub mod phone;
pub mod programs;
pub mod repository;
pub mod scribe;
pub mod server;
pub mod socket;
pub mod tap;
pub mod town;
pub mod wait;
