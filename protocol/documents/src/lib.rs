//! Everything a group keeps, on Automerge: documents, their merge rules, import and export. No keys, no network.

pub mod contacts;
pub mod document;
mod editor;
mod field;
mod genesis;
pub mod index;

pub use document::{
    Actor, Applied, ApplyError, Author, Document, DocumentName, Incoming, IncomingError, Kind, LoadError,
    RawChange, ReplayError,
};
pub use editor::Editor;
