//! Any calendar is read or refused; what was read goes out and comes back without a change.
#![no_main]
#![expect(dead_code, reason = "each target uses its part")]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/probe.rs"]
mod probe;

fuzz_target!(|bytes: &[u8]| probe::calendar(bytes));
