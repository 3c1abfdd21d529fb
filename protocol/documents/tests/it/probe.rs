//! What the fuzz targets of the importers do with any bytes: read them or refuse them; what was read goes out, and can
//! be read again. The fuzzer and the tests, which replay its corpora, share it.

use std::collections::BTreeMap;

use porchlight_documents::csv::Delimiter;
use porchlight_documents::ics::{self, Wanted};
use porchlight_documents::import::{Choices, Options, apply, preview};
use porchlight_documents::ledger::Ledger;
use porchlight_documents::schedule::zone::Zones;
use porchlight_documents::schedule::{Month, MonthCells, PlanCells, Schedule, day};
use porchlight_documents::vcard::Version;
use porchlight_documents::{Actor, Author, Document, DocumentName, Kind, contacts, csv, vcard};
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
    let Ok(import) = ics::import::look(&see(&documents), bytes) else { return };
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
    ics::import::look(&schedule, written.as_bytes()).unwrap();
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
