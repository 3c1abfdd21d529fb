//! Any bytes given as a bundle or one of its codes are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| porchlight_device::probe::bundle(bytes));
