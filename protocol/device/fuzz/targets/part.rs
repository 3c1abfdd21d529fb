//! Any bytes given as a Part of a Snapshot, or as what was sealed in one, are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_device::probe::part(bytes));
