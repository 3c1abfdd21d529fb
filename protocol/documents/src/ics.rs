//! Calendar files (iCalendar, RFC 5545) in and out.
//!
//! Both ways go through [`Event`]: what a file says of one event, and what one would be written for a shift. An event
//! that a file brings is new, the same, or differs in known fields from what is here.

pub mod import;
mod line;
mod names;
mod note;
mod read;
mod tell;
mod write;
mod zone;

use crate::schedule::details::Details;
use crate::schedule::rule::Rule;
use crate::schedule::when::{Local, When};

pub use self::note::{Note, Refusal, Whom};
pub use self::read::{NotACalendar, Read, read};
pub use self::tell::{Wanted, events};
pub use self::write::{Alarm, write};

/// One event of a calendar: a shift, a series, or one date of a series that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name in every calendar, for ever.
    pub uid: String,
    /// For one date of a series: its original start.
    pub recurrence: Option<Local>,
    /// How often its time or place was changed.
    pub sequence: u32,
    /// When it was last changed, in seconds since 1970; 0 if that is not known.
    pub modified: u64,
    /// Whether it is off.
    pub is_cancelled: bool,
    /// What it is about.
    pub details: Details,
    /// When it is; for a series, its first date.
    pub when: When,
    /// How it repeats.
    pub rule: Option<Rule>,
    /// Dates that the rule gives and the series does not have, by local start.
    pub skips: Vec<Local>,
    /// Dates that the rule does not give.
    pub extras: Vec<Local>,
}

#[cfg(test)]
mod tests;
