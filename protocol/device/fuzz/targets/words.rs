//! Any text typed for words, and any bytes given for them, are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_device::probe::words(bytes));
