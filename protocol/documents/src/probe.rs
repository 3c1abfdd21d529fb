//! What the fuzz targets feed the readers of archives, of documents in JSON, and of Markdown. Nothing else uses it.

use porchlight_wire::Timestamp;

use crate::archive::{self, Manifest, State, restore};
use crate::document::{Actor, Author, Document, Kind};
use crate::ledger::Ledger;
use crate::{markdown, notes};

/// An archive, whole or not: what was read of it can be packed, and reads as the same.
pub fn archive(bytes: &[u8]) {
    let Ok(unpacked) = archive::unpack(bytes) else { return };
    for file in &unpacked.files {
        let _ = Manifest::from_json(&file.bytes);
        document(&file.bytes);
    }
    if let Ok(packed) = archive::pack(&unpacked.files) {
        assert_eq!(archive::unpack(&packed).map(|again| again.files).ok().as_ref(), Some(&unpacked.files));
    }
}

/// A document in JSON: what was read can be written, and what it puts into an empty document comes out of it and
/// goes into another one without a change.
pub fn document(bytes: &[u8]) {
    let Ok(state) = State::from_json(bytes) else { return };
    assert!(State::from_json(state.to_json().as_bytes()).is_ok());
    let mut document = Document::new(state.kind);
    if !restored(&mut document, &state) {
        return;
    }
    let Some(told) = State::of(&document, &state.name(), &Ledger::new()) else { return };
    let heads = document.heads();
    assert!(restored(&mut document, &told));
    assert_eq!(document.heads(), heads, "what a document says changes nothing in it");
}

/// Writes a state into a document; false where it cannot be.
fn restored(document: &mut Document, state: &State) -> bool {
    let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
    let people = restore::People::new();
    let mut restore = match state.kind {
        Kind::Schedule => restore::shifts(document, state, &people),
        Kind::Note => restore::note(document, state),
        Kind::Decision => restore::decision(document, state, None),
        Kind::Contacts => restore::beside_contacts(document, state, &people),
        Kind::Index => return false,
    };
    document.edit(author, |editor| restore.run(editor, usize::MAX)).is_ok()
}

/// A text in Markdown: the note it becomes is written so that it reads as the same note.
pub fn text(bytes: &[u8]) {
    let page = markdown::read(&String::from_utf8_lossy(bytes));
    let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
    let mut document = Document::new(Kind::Note);
    let written = document.edit(author, |editor| {
        notes::set_heading(editor, &notes::Heading::default(), &page.heading)?;
        notes::update(editor, None, &page.text)
    });
    if written.is_err() {
        return;
    }
    let note = notes::note(&document);
    let again = markdown::read(&markdown::note(&note, &[]));
    assert_eq!((again.heading, again.text.as_str()), (note.heading, note.text.trim_matches('\n')));
}
