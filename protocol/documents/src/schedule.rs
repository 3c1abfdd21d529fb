//! A group's shifts: when and where help is needed, who comes, and what is passed on from one to the next.
//!
//! The plan (series, places, settings) is one document, and each month has one of its own for all that is said about
//! its dates: shifts that stand alone, dates of a series that differ from it, who signed up, hand-overs. What belongs
//! to a date stays in the month of its *original* start, wherever the date is moved. Everything is a flat map of
//! `item/field` to text, and people's acts are only ever added, so nothing that anybody wrote can be lost.

pub mod act;
pub(crate) mod cell;
pub mod details;
pub mod edit;
mod elsewhere;
mod exceptions;
pub mod gaps;
pub mod handover;
pub mod place;
pub mod roll;
pub mod rule;
pub mod series;
pub mod sign_up;
mod succession;
pub mod template;
pub mod view;
pub mod when;
pub mod zone;

use std::fmt;
use std::str::FromStr;

use automerge::AutomergeError;
pub use jiff::civil::{Date as Day, DateTime as Minute};
use porchlight_wire::MemberId;
use serde::{Deserialize, Serialize};

pub use self::cell::{MonthCells, PlanCells};
pub use self::view::{Schedule, Shift};
use self::when::Local;
use self::zone::ZoneError;
use crate::contacts::ContactId;
use crate::document::{DocumentName, Kind};
use crate::editor::Editor;

/// A month of a year, which names the document of its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month in which a day is.
    pub fn of(day: Day) -> Self {
        Self(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }

    /// The months from this one to `last`, both included; at most ten years of them.
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0.min(self.0.saturating_add(120))).map(Self)
    }

    /// So many months later, or earlier.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        let number = |number: i32| i16::try_from(number).unwrap_or(1970);
        let month = i8::try_from(self.0.rem_euclid(12) + 1).unwrap_or(1);
        Day::new(number(self.0.div_euclid(12)), month, 1).unwrap_or(Day::MIN)
    }

    /// The document of its dates.
    pub fn document(self) -> DocumentName {
        DocumentName { kind: Kind::Schedule, key: self.to_string() }
    }

    /// The month of a document, if it is one of a month.
    pub fn of_document(name: &DocumentName) -> Option<Self> {
        if name.kind == Kind::Schedule { name.key.parse().ok() } else { None }
    }
}

/// Reads a day: `2026-10-14`.
pub fn day(text: &str) -> Result<Day, ScheduleError> {
    match text.len() {
        10 => text.parse().map_err(|_| when::WhenError::Unreadable.into()),
        _ => Err(when::WhenError::Unreadable.into()),
    }
}

/// Reads a minute of the clock: `2026-10-14T19:00`.
pub fn minute(text: &str) -> Result<Minute, ScheduleError> {
    Ok(text.parse::<Local>()?.at)
}

/// The first and last month in which a shift can be seen, if its document's month does not say so.
pub fn months_seen(id: &ShiftId, when: &when::When) -> Option<(Month, Month)> {
    let first = Month::of(when.day());
    let last = Month::of(when.day().saturating_add(when.nominal()));
    (first != id.month || last > id.month.plus(1)).then_some((first, last))
}

/// Notes in the plan in which months a shift can be seen.
pub fn point(editor: &mut Editor<'_>, id: &ShiftId, months: (Month, Month)) -> Result<(), ScheduleError> {
    edit::put(editor, "away", &id.to_string(), &format!("{},{}", months.0, months.1))
}

/// The document of series, places and settings.
pub const fn plan() -> DocumentName {
    DocumentName { kind: Kind::Schedule, key: String::new() }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

impl FromStr for Month {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let unreadable = || ScheduleError::NoSuchShift(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(unreadable)?;
        let is_form =
            year.len() == 4 && month.len() == 2 && text.bytes().filter(u8::is_ascii_digit).count() == 6;
        let (year, month): (i32, i32) =
            (year.parse().map_err(|_| unreadable())?, month.parse().map_err(|_| unreadable())?);
        if is_form && (1..=12).contains(&month) { Ok(Self(year * 12 + month - 1)) } else { Err(unreadable()) }
    }
}

/// Names one shift for ever: the month of its document and its key there. `2026-10.k3v…` stands alone,
/// `2026-10.k3v…@2026-10-14T19:00` is the date of a series, by its original start.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShiftId {
    pub(crate) month: Month,
    pub(crate) key: String,
}

impl ShiftId {
    /// One date of a series, by its original start.
    pub fn of_series(series: &SeriesId, original: Local) -> Self {
        Self { month: Month::of(original.at.date()), key: format!("{series}@{original}") }
    }

    /// The document in which it is.
    pub fn document(&self) -> DocumentName {
        self.month.document()
    }

    /// The month of that document.
    pub fn month(&self) -> Month {
        self.month
    }

    /// The series of which it is a date, and its original start.
    pub fn in_series(&self) -> Option<(SeriesId, Local)> {
        let (series, original) = self.key.split_once('@')?;
        Some((SeriesId(series.to_owned()), original.parse().ok()?))
    }
}

impl fmt::Display for ShiftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.month, self.key)
    }
}

impl FromStr for ShiftId {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let unreadable = || ScheduleError::NoSuchShift(text.to_owned());
        let (month, key) = text.trim().split_once('.').ok_or_else(unreadable)?;
        if key.is_empty() || key.contains('/') {
            return Err(unreadable());
        }
        Ok(Self { month: month.parse()?, key: key.to_owned() })
    }
}

impl TryFrom<String> for ShiftId {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<ShiftId> for String {
    fn from(id: ShiftId) -> Self {
        id.to_string()
    }
}

/// Names one series: 16 letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub(crate) String);

impl SeriesId {
    /// Takes a key of the plan, or what a person typed for one.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who can come: a member, or a contact who has no phone of their own here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Person {
    /// A member of the group. `m.` and 32 hex digits.
    Member(MemberId),
    /// Somebody in the contact list. `c.` and the contact's id.
    Contact(ContactId),
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member) => write!(f, "m.{member}"),
            Self::Contact(contact) => write!(f, "c.{contact}"),
        }
    }
}

impl FromStr for Person {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let person = match text.split_at_checked(2) {
            Some(("m.", member)) => MemberId::from_hex(member).map(Self::Member),
            Some(("c.", contact)) if !contact.is_empty() && !contact.contains('/') => {
                Some(Self::Contact(ContactId::new(contact)))
            }
            _ => None,
        };
        person.ok_or(ScheduleError::NoPerson)
    }
}

impl TryFrom<String> for Person {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<Person> for String {
    fn from(person: Person) -> Self {
        person.to_string()
    }
}

/// Why something about shifts was not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// There is none of this id.
    #[error("there is no shift {0}")]
    NoSuchShift(String),
    /// There is none of this id.
    #[error("there is no series {0}")]
    NoSuchSeries(String),
    /// Nothing of it is left to change: another end would be needed first, or the one date can be changed alone.
    #[error(
        "this series has no more dates from that day on: change only the one date, or give the series another end"
    )]
    SeriesIsOver,
    /// Not a person's id.
    #[error("this names no person")]
    NoPerson,
    /// Whoever it is about is no member and no contact, or not any more.
    #[error("there is nobody of this id in the group or in its contact list")]
    NotThere,
    /// A shift nobody could tell from others.
    #[error("a shift needs a name")]
    NoTitle,
    /// The time makes no sense.
    #[error(transparent)]
    When(#[from] when::WhenError),
    /// The repeat rule makes no sense.
    #[error(transparent)]
    Rule(#[from] rule::RuleError),
    /// The rules of a zone are missing: fetch them and ask again.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The document has no shifts in it: the caller opened another kind.
    #[error("this document holds no shifts")]
    NotASchedule,
    /// There is nobody whom the answer could be from.
    #[error("this person was not asked anything about the shift")]
    NotAsked,
    /// It was cancelled or has been removed.
    #[error("this shift was cancelled")]
    Cancelled,
    /// It is not in the state for it.
    #[error("this person is not signed up for the shift")]
    NotSignedUp,
    /// Automerge refused.
    #[error("the shifts could not be written")]
    Write(#[from] AutomergeError),
}

#[cfg(test)]
pub(crate) mod tests;
