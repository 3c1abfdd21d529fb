//! What the fuzz targets of the importers do with any bytes: read them or refuse them, and what was read goes out and
//! comes back without a change. The fuzzer and the tests, which replay its corpora, share it.

use std::collections::BTreeMap;

use porchlight_documents::archive::{self, Manifest, State, restore};
use porchlight_documents::csv::Delimiter;
use porchlight_documents::ics::import::Outcome;
use porchlight_documents::ics::{self, Wanted};
use porchlight_documents::import::{Choices, Options, apply, preview};
use porchlight_documents::ledger::Ledger;
use porchlight_documents::schedule::zone::Zones;
use porchlight_documents::schedule::{Month, MonthCells, PlanCells, Schedule, day};
use porchlight_documents::vcard::Version;
use porchlight_documents::{
    Actor, Author, Document, DocumentName, Kind, contacts, csv, markdown, notes, vcard,
};
use porchlight_wire::Timestamp;

/// Address books: cards and sheets.
pub(crate) fn import(bytes: &[u8]) {
    let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
    let options = Options { country: Some("US".to_owned()), ..Options::default() };
    let mut document = Document::new(Kind::Contacts);
    // The ids are the same in each run here, and a fuzzer finds them; outside nobody can know one before it is made.
    if bytes.windows(11).any(|window| window.eq_ignore_ascii_case(b"porchlight-")) {
        return;
    }
    let Ok(read) = preview(&document, bytes, &options) else { return };
    let (report, _) = document.edit(author, |editor| apply(editor, &read, &Choices::new())).unwrap();
    assert_eq!(report.rows.len(), read.rows.len());
    let all = contacts::list(&document);
    if all.is_empty() {
        return;
    }
    let files = [
        vcard::write(&all, Version::V3).into_bytes(),
        vcard::write(&all, Version::V4).into_bytes(),
        csv::write(&all, Delimiter::Comma),
    ];
    for file in files {
        let again = preview(&document, &file, &options).unwrap();
        let (report, change) =
            document.edit(author, |editor| apply(editor, &again, &Choices::new())).unwrap();
        assert!(change.is_none(), "{report}");
    }
}

/// Calendars.
pub(crate) fn calendar(bytes: &[u8]) {
    let mut documents = BTreeMap::new();
    // Names of this app's own are known to nobody outside before they are made.
    if bytes.windows(11).any(|window| window == b"@porchlight") {
        return;
    }
    let Ok(import) = ics::import::look(&see(&documents), bytes, Timestamp::default()) else { return };
    let mut actor = 0;
    for (name, step) in import.steps() {
        actor += 1;
        let author = Author { actor: Actor::from_bytes([actor; 16]), time: Timestamp::from_millis(0) };
        let document = documents.entry(name.clone()).or_insert_with(|| Document::new(Kind::Schedule));
        document.edit(author, |editor| step.write(editor)).unwrap();
    }
    let schedule = see(&documents);
    let days = ["1970-01-01", "2199-12-31"].map(|text| day(text).unwrap());
    let events: Vec<_> = ics::events(&schedule, days[0], days[1], &Wanted::All);
    if events.is_empty() {
        return;
    }
    let written = ics::write(&events, schedule.zones(), None).unwrap();
    let again = ics::import::look(&schedule, written.as_bytes(), Timestamp::default()).unwrap();
    assert!(again.rows.iter().all(|row| row.outcome == Outcome::Same), "{:#?}\n{written}", again.rows);
}

fn see(documents: &BTreeMap<DocumentName, Document>) -> Schedule {
    let ledger = Ledger::new();
    let (mut plan, mut months) = (PlanCells::default(), Vec::new());
    for (name, document) in documents {
        match Month::of_document(name) {
            Some(month) => months.push(MonthCells::read(document, month, &ledger).unwrap()),
            None => plan = PlanCells::read(document, &ledger).unwrap(),
        }
    }
    Schedule::new("Europe/Berlin", Zones::new(), plan, months).unwrap()
}

/// An archive, whole or not: what was read of it can be packed, and reads as the same.
pub(crate) fn archive(bytes: &[u8]) {
    let Ok(unpacked) = archive::unpack(bytes) else { return };
    for file in &unpacked.files {
        let _ = Manifest::from_json(&file.bytes);
        state(&file.bytes);
    }
    if let Ok(packed) = archive::pack(&unpacked.files) {
        assert_eq!(archive::unpack(&packed).map(|again| again.files).ok().as_ref(), Some(&unpacked.files));
    }
}

/// A document in JSON: what was read can be written, and what it puts into an empty document comes out of it and
/// goes into another one without a change.
pub(crate) fn state(bytes: &[u8]) {
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
        Kind::Schedule => restore::shifts(document, state, &people, &restore::Titles::new()),
        Kind::Note => restore::note(document, state),
        Kind::Decision => restore::decision(document, state, None),
        Kind::Contacts => restore::beside_contacts(document, state, &people),
        Kind::Index => return false,
    };
    document.edit(author, |editor| restore.run(editor, usize::MAX)).is_ok()
}

/// A text in Markdown: the note it becomes is written so that it reads as the same note.
pub(crate) fn text(bytes: &[u8]) {
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
