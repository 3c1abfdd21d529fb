//! What a connection may send in a stretch of time.

use porchlight_wire::Timestamp;
use porchlight_wire::frame::{ClientFrame, LookupCall};

use crate::limits;

/// Counts frames and bytes of the stretch that runs.
#[derive(Debug)]
pub(super) struct Meter {
    since: Timestamp,
    frames: u32,
    bytes: usize,
}

impl Meter {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { since: now, frames: 0, bytes: 0 }
    }

    /// Counts a frame of some weight, and says whether it is still within bounds.
    pub(super) fn allows(&mut self, weight: u32, bytes: usize, now: Timestamp) -> bool {
        // A clock that went back starts a new stretch too.
        if u128::from(now.since(self.since)) >= limits::RATE_WINDOW.as_millis() || now < self.since {
            *self = Self::new(now);
        }
        self.frames = self.frames.saturating_add(weight);
        self.bytes = self.bytes.saturating_add(bytes);
        self.frames <= limits::FRAMES_PER_WINDOW && self.bytes <= limits::BYTES_PER_WINDOW
    }
}

/// What a frame costs the server, next to one that only appends.
pub(super) fn weight(frame: &ClientFrame) -> u32 {
    match frame {
        ClientFrame::Open(_)
        | ClientFrame::GetRoster(_)
        | ClientFrame::Found(_)
        | ClientFrame::Change(_)
        | ClientFrame::GetSnapshots(_)
        | ClientFrame::State(_)
        | ClientFrame::Refill(_) => 20,
        // Words are guessed slowly: a few dozen tries a minute.
        ClientFrame::Lookup(LookupCall::Get(_)) => 5_000,
        ClientFrame::Lookup(LookupCall::Put(..)) => 500,
        ClientFrame::GetKeys(_) | ClientFrame::PutKeys(_) | ClientFrame::Lobby(_) | ClientFrame::Held(_) => {
            100
        }
        _ => 1,
    }
}
