//! Any bytes given as an Entry, a RosterChange, a statement or a manifest are verified or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::roster::Roster;
use porchlight_wire::snapshot::{Manifest, VerifiedStatement};
use porchlight_wire::{GroupId, Timestamp};

fuzz_target!(|bytes: &[u8]| {
    let _ = VerifiedEntry::verify(&GroupId::from_bytes([1; 32]), bytes);
    let _ = Roster::found(bytes, Timestamp::from_millis(0));
    let _ = VerifiedStatement::verify(&GroupId::from_bytes([1; 32]), bytes);
    if let Ok(manifest) = Manifest::decode(bytes) {
        assert_eq!(Manifest::decode(&manifest.encode()).as_ref(), Ok(&manifest));
    }
});
