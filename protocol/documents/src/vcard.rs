//! vCard files: 2.1, 3.0 and 4.0 in, whatever phones make of them; 3.0 and 4.0 out (RFC 2426, RFC 6350, RFC 6868).

mod cards;
mod label;
mod property;
mod read;
mod write;

use crate::contacts::Details;
use crate::encoding::{self, Encoding};
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

/// Every card of a file, and the encoding that was guessed, or chosen, for lines that are not Unicode and do not tell
/// theirs. A bad card never stops the rest.
pub(crate) fn read(
    bytes: &[u8],
    chosen: Option<Encoding>,
    country: Option<&str>,
) -> (Vec<Card>, Option<Encoding>) {
    let cards = cards::split(bytes);
    let pieces: Vec<_> = cards.iter().flat_map(|raw| &raw.lines).filter_map(read::untold).collect();
    let encoding = encoding::of_pieces(&pieces).map(|guessed| chosen.unwrap_or(guessed));
    (cards.iter().map(|raw| read::card(raw, encoding, country)).collect(), encoding)
}
