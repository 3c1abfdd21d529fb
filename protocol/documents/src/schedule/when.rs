//! When a shift is: local times and a zone, or whole days. Lengths are computed from the zone's rules, so that the
//! night on which clocks change is as long as it really is.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use porchlight_wire::Timestamp;
use serde::{Deserialize, Serialize};

use super::zone::{ZoneError, Zones};

/// Changes of time below this ask nobody anything, in milliseconds.
pub const SMALL_CHANGE: u64 = 5 * 60 * 1000;

/// When something is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Spelled", into = "Spelled")]
pub enum When {
    /// From one hour to another.
    Hours {
        /// The first minute.
        start: Local,
        /// The minute after the last.
        end: Local,
        /// The IANA name of the zone in which both are told.
        zone: String,
    },
    /// On these days, at no fixed hour. The same days for everybody, wherever they are.
    Days {
        /// The first.
        first: Date,
        /// The one after the last.
        end: Date,
    },
}

/// A time as a clock on the wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// What the clock shows.
    pub at: DateTime,
    /// The second of two such times in the night on which clocks go back. Written as a `~` after it.
    pub is_second: bool,
}

/// Two points in time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first.
    pub start: Timestamp,
    /// The one after the last.
    pub end: Timestamp,
}

impl When {
    /// Hours of one day, or past midnight into the next if `end` is not after `start`.
    pub fn hours(start: DateTime, end: DateTime, zone: &str) -> Self {
        Self::Hours { start: start.into(), end: end.into(), zone: zone.to_owned() }
    }

    /// The day on which it begins.
    pub fn day(&self) -> Date {
        self.start().at.date()
    }

    /// When it begins on the clock; midnight for whole days.
    pub fn start(&self) -> Local {
        match self {
            Self::Hours { start, .. } => *start,
            Self::Days { first, .. } => first.to_datetime(jiff::civil::Time::midnight()).into(),
        }
    }

    /// The zone whose clocks it is told by; empty for whole days.
    pub fn zone(&self) -> &str {
        match self {
            Self::Hours { zone, .. } => zone,
            Self::Days { .. } => "",
        }
    }

    /// Whether it has no fixed hour.
    pub fn is_flexible(&self) -> bool {
        matches!(self, Self::Days { .. })
    }

    /// The points in time. Whole days are those of the zone `home`.
    pub fn span(&self, home: &str, zones: &Zones) -> Result<Span, ZoneError> {
        match self {
            Self::Hours { start, end, zone } => {
                let rules = zones.get(zone)?;
                let first = start.instant(&rules);
                let last = end.instant(&rules);
                if last > first {
                    return Ok(Span { start: first, end: last });
                }
                // Only where the hour that does not exist pushes the start past the end.
                Ok(Span { start: first, end: first.plus_millis(nominal(*start, *end)) })
            }
            Self::Days { first, end } => {
                let rules = zones.get(home)?;
                let midnight =
                    |day: Date| Local::from(day.to_datetime(jiff::civil::Time::midnight())).instant(&rules);
                Ok(Span { start: midnight(*first), end: midnight(*end) })
            }
        }
    }

    /// How much longer it is than its clock times say, in minutes: 60 in the night on which clocks go back an hour.
    pub fn extra_minutes(&self, zones: &Zones) -> Result<i64, ZoneError> {
        let Self::Hours { start, end, .. } = self else { return Ok(0) };
        let span = self.span("UTC", zones)?;
        let minutes = |millis: u64| i64::try_from(millis / 60_000).unwrap_or(0);
        Ok(minutes(span.length()).saturating_sub(minutes(nominal(*start, *end))))
    }

    /// The same clock times, beginning on another day.
    #[must_use]
    pub fn on(&self, day: Date) -> Self {
        let shift = day.duration_since(self.day());
        match self {
            Self::Hours { start, end, zone } => {
                Self::Hours { start: start.plus(shift), end: end.plus(shift), zone: zone.clone() }
            }
            Self::Days { end, .. } => Self::Days { first: day, end: end.checked_add(shift).unwrap_or(day) },
        }
    }

    /// The same length on the clock, beginning at another time.
    #[must_use]
    pub fn starting(&self, at: DateTime) -> Self {
        match self {
            Self::Hours { start, end, zone } => {
                let shift = at.duration_since(start.at);
                Self::Hours { start: at.into(), end: end.plus(shift), zone: zone.clone() }
            }
            Self::Days { .. } => self.on(at.date()),
        }
    }

    /// From the first to the last time on the clock.
    pub fn nominal(&self) -> SignedDuration {
        match self {
            Self::Hours { start, end, .. } => end.at.duration_since(start.at),
            Self::Days { first, end } => end.duration_since(*first),
        }
    }

    /// Whether it makes sense: it ends after it begins, within ten weeks and within years that calendars know.
    pub fn check(&self) -> Result<(), WhenError> {
        let (start, end) = match self {
            Self::Hours { start, end, .. } => (start.at, end.at),
            Self::Days { first, end } => (
                first.to_datetime(jiff::civil::Time::midnight()),
                end.to_datetime(jiff::civil::Time::midnight()),
            ),
        };
        if !(1970..=2199).contains(&start.year()) {
            return Err(WhenError::Year);
        }
        let length = end.duration_since(start);
        let is_later_hour =
            matches!(self, Self::Hours { start, end, .. } if end.is_second && !start.is_second);
        if length.is_negative() || (length.is_zero() && !is_later_hour) {
            return Err(WhenError::EndsBefore);
        }
        if length > SignedDuration::from_hours(24 * 70) { Err(WhenError::Long) } else { Ok(()) }
    }

    /// Whether the other is so close that nobody need be asked again.
    pub fn is_close_to(&self, other: &Self, home: &str, zones: &Zones) -> bool {
        if self == other {
            return true;
        }
        if self.is_flexible() != other.is_flexible() {
            return false;
        }
        let (Ok(one), Ok(two)) = (self.span(home, zones), other.span(home, zones)) else { return false };
        let apart = |a: Timestamp, b: Timestamp| a.since(b).max(b.since(a));
        apart(one.start, two.start) < SMALL_CHANGE && apart(one.end, two.end) < SMALL_CHANGE
    }
}

impl Span {
    /// Milliseconds from start to end.
    pub fn length(&self) -> u64 {
        self.end.since(self.start)
    }

    /// Whether both share a moment. Back to back is not overlapping.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl Local {
    /// The point in time in a zone. In the hour that does not exist it is as much later as the clocks jump; of the
    /// hour that comes twice it is the first, unless it says that it is the second (RFC 5545, section 3.3.5).
    pub fn instant(self, rules: &TimeZone) -> Timestamp {
        let times = rules.to_ambiguous_timestamp(self.at);
        let instant = if self.is_second { times.later() } else { times.compatible() };
        instant.map_or_else(|_| Timestamp::default(), from_jiff)
    }

    /// What clocks in a zone show at a point in time.
    pub fn of(time: Timestamp, rules: &TimeZone) -> Self {
        let at = rules.to_datetime(to_jiff(time));
        let first = Self { at, is_second: false };
        if first.instant(rules) == time { first } else { Self { at, is_second: true } }
    }

    fn plus(self, duration: SignedDuration) -> Self {
        Self { at: self.at.saturating_add(duration), is_second: false }
    }
}

impl From<DateTime> for Local {
    fn from(at: DateTime) -> Self {
        Self { at, is_second: false }
    }
}

pub(crate) fn from_jiff(time: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(u64::try_from(time.as_millisecond()).unwrap_or(0))
}

pub(crate) fn to_jiff(time: Timestamp) -> jiff::Timestamp {
    let millis = i64::try_from(time.millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}

/// Milliseconds between two times of the clock.
fn nominal(start: Local, end: Local) -> u64 {
    u64::try_from(end.at.duration_since(start.at).as_millis()).unwrap_or(0)
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.at.date(), self.at.time());
        write!(f, "{date}T{:02}:{:02}", time.hour(), time.minute())?;
        if time.second() != 0 {
            write!(f, ":{:02}", time.second())?;
        }
        f.write_str(if self.is_second { "~" } else { "" })
    }
}

impl FromStr for Local {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        let (text, is_second) = text.strip_suffix('~').map_or((text, false), |text| (text, true));
        // No offsets, zones or years of six digits.
        if !(16..=19).contains(&text.len()) || !text.is_ascii() {
            return Err(WhenError::Unreadable);
        }
        Ok(Self { at: text.parse().map_err(|_| WhenError::Unreadable)?, is_second })
    }
}

/// `2026-10-20T18:00/2026-10-20T20:00[America/Chicago]`, or `2026-10-20/2026-10-21` for whole days.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours { start, end, zone } => write!(f, "{start}/{end}[{zone}]"),
            Self::Days { first, end } => write!(f, "{first}/{end}"),
        }
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        let (start, rest) = text.split_once('/').ok_or(WhenError::Unreadable)?;
        let (end, zone) = match rest.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
            Some((end, zone)) => (end, zone),
            None => (rest, ""),
        };
        let spelled = Spelled { start: start.to_owned(), end: end.to_owned(), zone: zone.to_owned() };
        spelled.try_into()
    }
}

/// How JSON says it: with no zone, both are days, and the end is the day after the last.
#[derive(Serialize, Deserialize)]
struct Spelled {
    start: String,
    end: String,
    #[serde(default)]
    zone: String,
}

impl From<When> for Spelled {
    fn from(when: When) -> Self {
        match when {
            When::Hours { start, end, zone } => Self { start: start.to_string(), end: end.to_string(), zone },
            When::Days { first, end } => {
                Self { start: first.to_string(), end: end.to_string(), zone: String::new() }
            }
        }
    }
}

impl TryFrom<Spelled> for When {
    type Error = WhenError;

    fn try_from(spelled: Spelled) -> Result<Self, WhenError> {
        let Spelled { start, end, zone } = spelled;
        let when = if zone.is_empty() {
            let day = |text: &str| match text.len() {
                10 => text.parse::<Date>().map_err(|_| WhenError::Unreadable),
                _ => Err(WhenError::Unreadable),
            };
            Self::Days { first: day(&start)?, end: day(&end)? }
        } else {
            Self::Hours { start: start.parse()?, end: end.parse()?, zone }
        };
        when.check()?;
        Ok(when)
    }
}

/// Why a time is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Not of the form that is shown.
    #[error("a time is written like 2026-10-20T18:00, a day like 2026-10-20")]
    Unreadable,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    EndsBefore,
    /// Longer than ten weeks.
    #[error("it is longer than ten weeks")]
    Long,
    /// Before 1970 or after 2199.
    #[error("the year is not between 1970 and 2199")]
    Year,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(text: &str) -> When {
        text.parse().unwrap()
    }

    fn hours(text: &str) -> (f64, i64) {
        let when = when(text);
        let length = when.span("UTC", &Zones::new()).unwrap().length();
        (length as f64 / 3_600_000.0, when.extra_minutes(&Zones::new()).unwrap())
    }

    #[test]
    fn nights_are_as_long_as_they_really_are() {
        assert_eq!(hours("2026-10-31T20:00/2026-11-01T08:00[America/Denver]"), (13.0, 60));
        assert_eq!(hours("2026-11-01T20:00/2026-11-02T08:00[America/Denver]"), (12.0, 0));
        assert_eq!(hours("2026-03-28T22:00/2026-03-29T06:00[Europe/Berlin]"), (7.0, -60));
        // Half an hour, and a clock change in the middle of a day's count.
        assert_eq!(hours("2026-04-04T22:00/2026-04-05T06:00[Australia/Lord_Howe]"), (8.5, 30));
    }

    #[test]
    fn the_hour_that_is_not_there_and_the_one_that_comes_twice() {
        let rules = Zones::new().get("Europe/Berlin").unwrap();
        let at = |text: &str| text.parse::<Local>().unwrap().instant(&rules).seconds();
        // 02:30 does not exist on 29 March; it is read as 03:30.
        assert_eq!(at("2026-03-29T02:30"), at("2026-03-29T03:30"));
        assert_eq!(at("2026-10-25T02:30~") - at("2026-10-25T02:30"), 3600);
        for text in ["2026-10-25T02:30", "2026-10-25T02:30~", "2026-10-25T03:00"] {
            let local: Local = text.parse().unwrap();
            assert_eq!(Local::of(local.instant(&rules), &rules), local, "{text}");
        }
        // One that begins in the missing hour keeps its length.
        assert_eq!(hours("2026-03-29T02:15/2026-03-29T02:45[Europe/Berlin]").0, 0.5);
        assert_eq!(hours("2026-03-29T02:30/2026-03-29T03:00[Europe/Berlin]").0, 0.5);
        assert_eq!(hours("2026-10-25T02:30/2026-10-25T02:30~[Europe/Berlin]").0, 1.0);
    }

    #[test]
    fn texts_are_read_as_they_are_written_and_nonsense_is_not() {
        for text in [
            "2026-10-20T18:00/2026-10-20T20:00[America/Chicago]",
            "2026-10-20T18:00:30/2026-10-21T02:00~[America/Argentina/Buenos_Aires]",
            "2026-07-14/2026-07-15",
        ] {
            assert_eq!(when(text).to_string(), text);
        }
        for (text, error) in [
            ("2026-10-20T18:00/2026-10-20T18:00[America/Chicago]", WhenError::EndsBefore),
            ("2026-10-20/2026-10-20", WhenError::EndsBefore),
            ("2026-10-20/2027-10-20", WhenError::Long),
            ("1900-10-20/1900-10-21", WhenError::Year),
            ("2026-02-30/2026-03-01", WhenError::Unreadable),
            ("2026-10-20T18:00Z/2026-10-20T19:00Z[UTC]", WhenError::Unreadable),
            ("tonight", WhenError::Unreadable),
        ] {
            assert_eq!(text.parse::<When>(), Err(error), "{text}");
        }
    }

    #[test]
    fn days_are_the_same_days_and_small_changes_are_small() {
        let zones = Zones::new();
        let close = |a: &str, b: &str| when(a).is_close_to(&when(b), "America/Chicago", &zones);
        let base = "2026-10-20T18:00/2026-10-20T20:00[America/Chicago]";
        assert!(close(base, "2026-10-20T18:04/2026-10-20T20:04[America/Chicago]"));
        assert!(close(base, "2026-10-20T19:00/2026-10-20T21:00[America/New_York]"));
        assert!(!close(base, "2026-10-20T18:05/2026-10-20T20:00[America/Chicago]"));
        assert!(!close(base, "2026-10-20T18:00/2026-10-20T19:55[America/Chicago]"));
        assert!(!close(base, "2026-10-20/2026-10-21"));
        let moved =
            when("2026-10-17T22:00/2026-10-18T02:00[Europe/Berlin]").on("2026-10-31".parse().unwrap());
        assert_eq!(moved.to_string(), "2026-10-31T22:00/2026-11-01T02:00[Europe/Berlin]");
    }
}
