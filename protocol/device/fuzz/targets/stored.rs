//! A Device whose store was damaged starts or says so.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_device::probe::stored(bytes));
