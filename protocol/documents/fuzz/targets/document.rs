//! Any bytes given as a stored document are opened or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_documents::{Document, Kind, contacts, index};

fuzz_target!(|bytes: &[u8]| {
    for kind in Kind::ALL {
        if let Ok(document) = Document::load(kind, bytes) {
            contacts::all(&document);
            index::profiles(&document);
        }
    }
});
