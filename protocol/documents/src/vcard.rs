//! vCard files: 2.1, 3.0 and 4.0 in, whatever phones make of them; 3.0 and 4.0 out (RFC 2426, RFC 6350, RFC 6868).

mod cards;
mod label;
mod property;
mod read;
mod write;

use crate::contacts::Details;
use crate::import::{Flag, Refusal};

pub use write::{Version, write};

/// The prefix of the ids that our own cards carry, before the id of the contact.
pub(crate) const OWN_UID: &str = "porchlight-";

/// One card of a file.
#[derive(Debug)]
pub(crate) struct Card {
    /// Where it begins in the file, counted from 1.
    pub(crate) line: u64,
    /// What it says, or why it says nothing.
    pub(crate) details: Result<Details, Refusal>,
    /// What a person should know about it.
    pub(crate) flags: Vec<Flag>,
}

/// Whether these bytes look like a vCard file.
pub(crate) fn is_vcard(bytes: &[u8]) -> bool {
    cards::is_file(bytes)
}

/// Reads every card of a file. A bad one never stops the rest.
pub(crate) fn read(bytes: &[u8], country: Option<&str>) -> Vec<Card> {
    cards::split(bytes).iter().map(|raw| read::card(raw, country)).collect()
}
