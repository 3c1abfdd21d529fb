//! Everything a group keeps, on Automerge: documents, their merge rules, import and export. No keys, no network.

pub mod archive;
mod birthday;
mod columns;
pub mod contacts;
pub mod csv;
pub mod decisions;
mod difference;
pub mod document;
mod editor;
pub mod encoding;
mod field;
mod genesis;
pub mod ics;
pub mod import;
pub mod index;
pub mod ledger;
pub mod letters;
pub mod markdown;
pub mod notes;
pub mod removal;
pub mod schedule;
mod soundness;
pub mod vcard;

pub use document::{
    Actor, Applied, ApplyError, Author, Document, DocumentName, Gathered, Incoming, IncomingError, Kind,
    LoadError, Moves, OwnChange, RawChange, ReplayError,
};
pub use editor::Editor;
pub use soundness::Unsound;
