//! What is to be said of an event that was read: what had to be worked out or left out, or why it was not taken.

use std::fmt;

use serde::Serialize;

use crate::encoding::Encoding;
use crate::schedule::Person;

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
    /// The time is in no zone; it was read as that of the calendar, which is not the group's.
    CalendarZone {
        /// The calendar's.
        zone: String,
    },
    /// A text was longer than anybody would read and was cut.
    CutShort {
        /// "title", "place" or "note".
        field: String,
    },
    /// Files, people invited and other things that shifts do not have here were left out.
    NotKept {
        /// Their names in the file.
        what: Vec<String>,
    },
    /// No end, or one before the start: an hour was taken, or a day.
    NoEnd,
    /// It repeats at an hour of UTC, so that its hour here changes with the clocks.
    InUtc,
    /// A second repeat rule: nothing here has two, so dates that it gives are missing.
    RuleLeftOut {
        /// The rule.
        rule: String,
    },
    /// A rule for dates that are off: nothing here has one, so they are on.
    OffRuleLeftOut {
        /// The rule.
        rule: String,
    },
    /// The repeat rule had a number of dates and a last date, and ends with what comes first.
    BothEnds,
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
    /// This version was taken before, and differs from what is here: somebody changed it since.
    OtherHere {
        /// In which fields.
        fields: Vec<String>,
    },
    /// A date to which people come is at another time now; they are asked whether they come then.
    PeopleAsked {
        /// When it was, by the clock.
        date: String,
        /// When it is.
        instead: String,
        /// Who is asked.
        people: Vec<Whom>,
    },
    /// A date to which people come is off, and no other is the same one.
    PeopleWithoutDate {
        /// When it was, by the clock.
        date: String,
        /// Who would have come.
        people: Vec<Whom>,
    },
}

/// Somebody whom a note is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Whom {
    /// Who.
    pub person: Person,
    /// What they are called; empty where nobody said.
    pub name: String,
}

impl Note {
    /// Whom it is about.
    pub fn people(&self) -> &[Whom] {
        match self {
            Self::PeopleAsked { people, .. } | Self::PeopleWithoutDate { people, .. } => people,
            _ => &[],
        }
    }

    pub(super) fn people_mut(&mut self) -> &mut [Whom] {
        match self {
            Self::PeopleAsked { people, .. } | Self::PeopleWithoutDate { people, .. } => people,
            _ => &mut [],
        }
    }
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
    /// It is something to be done (vtodo). Tasks stand in meeting notes.
    #[error("it is a task, not an event")]
    Task,
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
            Self::RuleLeftOut { rule } => {
                write!(f, "a further repeat rule was left out, so its dates are missing: {rule}")
            }
            Self::OffRuleLeftOut { rule } => {
                write!(f, "dates that should be off are on, as the rule for them was left out: {rule}")
            }
            Self::BothEnds => {
                f.write_str("the rule had a number of dates and a last date; it ends with what comes first")
            }
            Self::CalendarZone { zone } => write!(f, "no zone, so the calendar's: {zone}"),
            Self::CutShort { field } => write!(f, "too long and cut: {field}"),
            Self::NotKept { what } => write!(f, "left out: {}", what.join(", ")),
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
            Self::OtherHere { fields } => {
                write!(f, "this version was taken before, and is otherwise here: {}", fields.join(", "))
            }
            Self::PeopleAsked { date, instead, people } => {
                write!(f, "asked whether they come at {instead}, as {date} was moved: {}", names(people))
            }
            Self::PeopleWithoutDate { date, people } => {
                write!(f, "signed up for {date}, which is off: {}", names(people))
            }
        }
    }
}

/// "Ana, Ben, 2 others"
fn names(people: &[Whom]) -> String {
    let mut names: Vec<_> =
        people.iter().map(|whom| whom.name.as_str()).filter(|name| !name.is_empty()).collect();
    let others = match people.len().saturating_sub(names.len()) {
        0 => String::new(),
        1 => "1 other".to_owned(),
        count => format!("{count} others"),
    };
    if !others.is_empty() {
        names.push(&others);
    }
    names.join(", ")
}
