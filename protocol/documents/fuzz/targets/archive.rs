//! Any archive is read or refused; what was read can be packed, and reads as the same.
#![no_main]
#![expect(dead_code, reason = "each target uses its part")]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/probe.rs"]
mod probe;

fuzz_target!(|bytes: &[u8]| probe::archive(bytes));
