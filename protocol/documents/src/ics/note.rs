//! What is to be said of an event that was read: what had to be worked out or left out, or why it was not taken.

use std::fmt;

use serde::Serialize;

use crate::encoding::Encoding;

/// Something that people should know about an event that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Note {
    /// The repeat rule could not be read, so that only its first date was taken.
    RuleUnread {
        /// Why.
        why: String,
    },
    /// The end of the repeat rule was not written as the standard wants.
    UntilRepaired,
    /// The zone has another name in the file.
    ZoneRead {
        /// The name there.
        name: String,
        /// What it was read as.
        zone: String,
    },
    /// The time is in no zone; it was read as the group's.
    NoZone,
    /// No end, or one before the start: an hour was taken, or a day.
    NoEnd,
    /// It repeats at an hour of UTC, so that its hour here changes with the clocks.
    InUtc,
    /// A second repeat rule, or one for dates that are left out: nothing here has two rules.
    RuleLeftOut {
        /// The rule.
        rule: String,
    },
    /// An added date has a length of its own, and was taken as long as the others.
    LengthLeftOut {
        /// The date in the file.
        date: String,
    },
    /// A date to be left out or added could not be read.
    DateUnread {
        /// What the file says.
        text: String,
    },
    /// More dates were to be left out or added than are taken of one event.
    DatesLeftOut {
        /// How many were passed over.
        count: usize,
    },
    /// The zone is the file's own, like none that is known: its times were told in another by the file's rules.
    ZoneTold {
        /// The name there.
        name: String,
        /// In which zone they are told now.
        zone: String,
    },
    /// The letters are not in Unicode, and how they are written was guessed.
    LettersGuessed {
        /// As what they were read.
        encoding: Encoding,
    },
    /// It has no name of its own, so that a changed version will not be recognized.
    NoUid,
}

/// Why an event was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase", tag = "why")]
pub enum Refusal {
    /// There is no start, or it does not read.
    #[error("its start could not be read")]
    NoStart,
    /// The time makes no sense.
    #[error("its time makes no sense")]
    BadTime,
    /// Nobody knows this zone here; give its rules and read again.
    #[error("the time zone {zone} is not known")]
    Zone {
        /// The name in the file.
        zone: String,
    },
    /// It changes a date and all that follow (RFC 5545, section 3.2.13): one row cannot say what becomes of dates that
    /// differ already and of people who are in them. In the app, "this and following" asks.
    #[error("it changes this date and all that follow; change the series here from that date on")]
    Following,
    /// It is cut short.
    #[error("it is cut short")]
    CutShort,
}

/// One line for people.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RuleUnread { why } => write!(f, "{why}, so it is one date"),
            Self::UntilRepaired => f.write_str("the end of the repeats was repaired"),
            Self::ZoneRead { name, zone } => write!(f, "the zone {name} was read as {zone}"),
            Self::NoZone => f.write_str("no zone, so the group's"),
            Self::InUtc => f.write_str("it repeats in UTC, so its hour changes with the clocks"),
            Self::NoEnd => f.write_str("no end, so an hour"),
            Self::RuleLeftOut { rule } => write!(f, "a further repeat rule was left out: {rule}"),
            Self::LengthLeftOut { date } => {
                write!(f, "the added date {date} was taken as long as the others")
            }
            Self::DateUnread { text } => write!(f, "a date left out or added could not be read: {text}"),
            Self::DatesLeftOut { count } => {
                write!(f, "{count} more dates left out or added were passed over")
            }
            Self::ZoneTold { name, zone } => {
                write!(f, "the zone {name} is the file's own; its times were told in {zone}")
            }
            Self::LettersGuessed { encoding } => write!(f, "its letters were guessed to be in {encoding}"),
            Self::NoUid => f.write_str("no UID"),
        }
    }
}
