//! How a phone's network is, and one connection over it.

use std::collections::VecDeque;

use porchlight_device::LinkId;
use porchlight_server::session::Session;
use porchlight_wire::{GroupId, Timestamp};

use crate::chance::Chance;

/// How a phone's network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quality {
    /// A frame takes so many milliseconds at least, and so many more at most.
    pub(crate) delay: (u64, u64),
    /// One frame in so many never arrives, and breaks the line; none if nothing.
    pub(crate) breaks: Option<u64>,
    /// The line breaks after so many bytes.
    pub(crate) bytes: Option<usize>,
    /// Whether there is any.
    pub(crate) there: bool,
}

impl Quality {
    pub(crate) const GOOD: Self = Self { delay: (5, 20), breaks: None, bytes: None, there: true };

    /// One of those there are.
    pub(crate) fn of(number: u8) -> Self {
        match number % 7 {
            0 => Self::GOOD,
            1 => Self { delay: (200, 3_000), ..Self::GOOD },
            2 => Self { breaks: Some(4), ..Self::GOOD },
            3 => Self { delay: (50, 1_000), breaks: Some(12), ..Self::GOOD },
            4 => Self { bytes: Some(6_000), ..Self::GOOD },
            _ => Self { there: false, ..Self::GOOD },
        }
    }

    /// How long a frame is under way.
    pub(crate) fn draw(&self, chance: &mut Chance) -> u64 {
        self.delay.0 + chance.below(self.delay.1 - self.delay.0)
    }
}

/// A connection: in each direction frames arrive in their order, or the line is broken.
pub(crate) struct Line {
    pub(crate) end: End,
    pub(crate) host: usize,
    /// The server's end, once the server has heard of it.
    pub(crate) session: Option<Session>,
    pub(crate) listens: Vec<GroupId>,
    /// Frames that have arrived and that the session does not take yet.
    pub(crate) arrived: VecDeque<Vec<u8>>,
    /// When the last frame arrives in each direction.
    pub(crate) up: Timestamp,
    pub(crate) down: Timestamp,
    pub(crate) carried: usize,
    /// Nothing arrives any more; neither end need know.
    pub(crate) broken: bool,
}

/// A phone's end of a line: its Device counts its links anew in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) phone: usize,
    pub(crate) run: u32,
    pub(crate) link: LinkId,
}

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}
