//! Any document in JSON is read or refused; what was read is written without a change.
#![no_main]
#![expect(dead_code, reason = "each target uses its part")]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/probe.rs"]
mod probe;

fuzz_target!(|bytes: &[u8]| probe::state(bytes));
