//! Any text becomes a note that is written so that it reads as the same note.
#![no_main]
#![expect(dead_code, reason = "each target uses its part")]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/probe.rs"]
mod probe;

fuzz_target!(|bytes: &[u8]| probe::text(bytes));
