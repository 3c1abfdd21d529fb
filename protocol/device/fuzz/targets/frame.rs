//! Any bytes given as a frame are read or refused; what was read goes out and comes back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porchlight_wire::frame::{ClientFrame, ServerFrame};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(frame)) = ClientFrame::decode(bytes) {
        assert_eq!(ClientFrame::decode(&frame.encode()), Ok(Some(frame)));
    }
    if let Ok(Some(frame)) = ServerFrame::decode(bytes) {
        assert_eq!(ServerFrame::decode(&frame.encode()), Ok(Some(frame)));
    }
});
