//! What the project's tests share: the repository as files, and real processes to drive.

pub mod repository;
