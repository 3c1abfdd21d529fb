//! A note as it is shown, in bytes that a device keeps beside the Document: a large one is on the screen from them long
//! before its Document is open. They are a copy: what they were made from decides whether they still hold.

use super::{Note, whole_text};

/// Names how a note is read and kept: raise it whenever a note that did not change shall look different, or copies of
/// earlier versions are shown.
pub const LAYOUT: &str = "porchlight/note/1";

/// A note's bytes to keep.
pub fn to_keep(note: &Note) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec has no failure to report.
    let _ = minicbor::encode(note, &mut bytes);
    bytes
}

/// The note that was kept; `None` if these are not its bytes.
pub fn from_kept(bytes: &[u8]) -> Option<Note> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let mut note: Note = decoder.decode().ok()?;
    note.text = whole_text(&note.lines);
    (decoder.position() == bytes.len()).then_some(note)
}
