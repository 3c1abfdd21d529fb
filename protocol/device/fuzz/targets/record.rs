//! Any bytes given as an Entry or a RosterChange are verified or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::roster::Roster;
use porchlight_wire::{GroupId, Timestamp};

fuzz_target!(|bytes: &[u8]| {
    let _ = VerifiedEntry::verify(&GroupId::from_bytes([1; 32]), bytes);
    let _ = Roster::found(bytes, Timestamp::from_millis(0));
});
