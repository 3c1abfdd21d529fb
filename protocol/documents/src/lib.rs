//! Everything a group keeps, on Automerge: documents, their merge rules, import and export. No keys, no network.

mod birthday;
mod columns;
pub mod contacts;
pub mod csv;
pub mod document;
mod editor;
pub mod encoding;
mod field;
mod genesis;
pub mod import;
pub mod index;
pub mod ledger;
mod soundness;
pub mod vcard;

pub use document::{
    Actor, Applied, ApplyError, Author, Document, DocumentName, Incoming, IncomingError, Kind, LoadError,
    OwnChange, RawChange, ReplayError,
};
pub use editor::Editor;
pub use soundness::Unsound;
