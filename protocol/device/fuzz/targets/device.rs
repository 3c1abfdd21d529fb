//! A Device that is told anything takes it or hangs up, and what it stored can be opened.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_device::probe::device(bytes));
