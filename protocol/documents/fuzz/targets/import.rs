//! Any file is read or refused; what was read goes out and comes back without a change.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_documents::csv::Delimiter;
use porchlight_documents::import::{Choices, Options, apply, preview};
use porchlight_documents::vcard::Version;
use porchlight_documents::{Actor, Author, Document, Kind, contacts, csv, vcard};
use porchlight_wire::Timestamp;

fuzz_target!(|bytes: &[u8]| {
    let author = Author { actor: Actor::from_bytes([1; 16]), time: Timestamp::from_millis(0) };
    let options = Options { country: Some("US".to_owned()), ..Options::default() };
    let mut document = Document::new(Kind::Contacts);
    // The ids are the same in each run here, and a fuzzer finds them; outside nobody can know one before it is made.
    if bytes.windows(11).any(|window| window.eq_ignore_ascii_case(b"porchlight-")) {
        return;
    }
    let Ok(read) = preview(&document, bytes, &options) else { return };
    let (report, _) = document.edit(author, |editor| apply(editor, &read, &Choices::new())).expect("applied");
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
        let again = preview(&document, &file, &options).expect("our own file");
        let (report, change) = document.edit(author, |editor| apply(editor, &again, &Choices::new())).expect("applied");
        assert!(change.is_none(), "{report}");
    }
});
