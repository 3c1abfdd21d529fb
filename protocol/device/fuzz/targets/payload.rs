//! Any bytes given as an opened payload are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_device::probe::payload(bytes));
