//! A device in a browser: the same behaviour as on a computer, translated for JavaScript and nothing more.

mod about;
mod answer;
mod archive;
mod core;
mod fault;
mod keeping;
mod letters;
mod log;
mod notes;
mod operation;
mod output;
mod people;
mod pin;
mod request;
mod requests;
mod roster;
mod shifts;
mod vectors;

pub use self::core::Core;
pub use self::pin::stretch_pin;
pub use self::requests::Opens;
pub use self::vectors::vectors;
mod words;
