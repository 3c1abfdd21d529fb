//! What the project's tests share: the repository as files, and real programs to drive.

pub mod device;
pub mod http;
pub mod programs;
pub mod repository;
pub mod server;
pub mod tap;
pub mod wait;
