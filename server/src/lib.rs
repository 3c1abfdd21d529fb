//! The sync server: it orders, keeps and forwards what it cannot read.

mod app;
pub mod data;
pub mod identity;
pub mod limits;
pub mod store;
pub mod tls;
