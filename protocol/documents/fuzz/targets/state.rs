//! See [`porchlight_documents::probe::document`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_documents::probe::document(bytes));
