//! Reading a repeat rule as calendars write it, in all the spellings of UNTIL that they use.

use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::{Every, Last, Rule};
use crate::schedule::when::{Local, from_jiff};

/// A rule of this length has no sense left to find.
const LONGEST: usize = 1_000;

impl Rule {
    /// Reads a rule. `zone` is that of the series' first date: an UNTIL in UTC is turned into its local time. One that
    /// is only a date includes that whole day, whatever the hour. With a COUNT beside an UNTIL the COUNT holds; see
    /// [`Rule::read_from`].
    pub fn read(text: &str, zone: &TimeZone) -> Result<Self, RuleError> {
        Self::read_ends(text, zone).map(|(rule, _)| rule)
    }

    /// Reads the rule of a series whose first date is `start`. RFC 5545 (section 3.3.10) forbids a COUNT beside an
    /// UNTIL; where a rule has both, it ends with what comes first, so that nobody is called to a date that one of them
    /// says is not there.
    pub(crate) fn read_from(text: &str, zone: &TimeZone, start: DateTime) -> Result<(Self, Ends), RuleError> {
        let (rule, until) = Self::read_ends(text, zone)?;
        let (Last::Count(count), Some(until)) = (rule.last, until) else {
            return Ok((rule, Ends::AtMostOne));
        };
        let before = rule.dates(start, start, until.saturating_add(SignedDuration::from_secs(1))).len();
        let is_longer = u32::try_from(before).is_ok_and(|before| before < count);
        Ok((if is_longer { rule.ending(Last::Until(until)) } else { rule }, Ends::Both))
    }

    /// The rule, and its UNTIL if it has a COUNT as well.
    fn read_ends(text: &str, zone: &TimeZone) -> Result<(Self, Option<DateTime>), RuleError> {
        if text.len() > LONGEST {
            return Err(RuleError::Unreadable("length"));
        }
        let text = text.trim().trim_start_matches("RRULE:").to_ascii_uppercase();
        let mut every = None;
        let (mut count, mut end) = (None, None);
        let mut rule = Self::every(Every::Day);
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(RuleError::Unreadable("form"))?;
            match name.trim() {
                "FREQ" => every = Some(frequency(value)?),
                "INTERVAL" => rule.interval = number(value, 1, 1_000, "INTERVAL")?,
                "COUNT" => count = Some(number(value, 1, 100_000, "COUNT")?),
                "UNTIL" => end = Some(until(value, zone)?),
                "BYMONTH" => rule.months = numbers(value, 1, 12, "BYMONTH")?,
                "BYWEEKNO" => rule.weeks = numbers(value, -53, 53, "BYWEEKNO")?,
                "BYYEARDAY" => rule.year_days = numbers(value, -366, 366, "BYYEARDAY")?,
                "BYMONTHDAY" => rule.month_days = numbers(value, -31, 31, "BYMONTHDAY")?,
                "BYDAY" => rule.days = value.split(',').map(day).collect::<Result<_, _>>()?,
                "BYHOUR" => rule.hours = sorted(numbers(value, 0, 23, "BYHOUR")?),
                "BYMINUTE" => rule.minutes = sorted(numbers(value, 0, 59, "BYMINUTE")?),
                "BYSECOND" => drop(numbers::<i8>(value, 0, 60, "BYSECOND")?),
                "BYSETPOS" => rule.positions = numbers(value, -366, 366, "BYSETPOS")?,
                "WKST" => rule.week_start = weekday(value)?,
                // What calendars add for themselves changes nothing.
                name if name.starts_with("X-") => {}
                _ => return Err(RuleError::Unreadable("part")),
            }
        }
        rule.every = every.ok_or(RuleError::Unreadable("FREQ"))?;
        rule.last = match (count, end) {
            (Some(count), _) => Last::Count(count),
            (None, Some(end)) => Last::Until(end),
            (None, None) => Last::Never,
        };
        Ok((rule, end.filter(|_| count.is_some())))
    }
}

/// How many ends the text of a rule gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// A number of dates, a last one, or none.
    AtMostOne,
    /// A number of dates and a last one.
    Both,
}

/// A rule as the documents hold it, where UNTIL is local.
impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::read(text, &TimeZone::UTC)
    }
}

fn frequency(value: &str) -> Result<Every, RuleError> {
    match value.trim() {
        "DAILY" => Ok(Every::Day),
        "WEEKLY" => Ok(Every::Week),
        "MONTHLY" => Ok(Every::Month),
        "YEARLY" => Ok(Every::Year),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err(RuleError::TooOften),
        _ => Err(RuleError::Unreadable("FREQ")),
    }
}

/// The three spellings: a date, a local time, a time in UTC; each also with the hyphens and colons of ISO 8601, with
/// parts of a second, or without seconds.
fn until(value: &str, zone: &TimeZone) -> Result<DateTime, RuleError> {
    let unreadable = RuleError::Unreadable("UNTIL");
    let value: String = value.trim().chars().filter(|letter| !matches!(letter, '-' | ':')).collect();
    let value = value.as_str();
    let (value, is_utc) = value.strip_suffix('Z').map_or((value, false), |value| (value, true));
    let (day, time) = value.split_once('T').map_or((value, None), |(day, time)| (day, Some(time)));
    let day = basic_date(day).ok_or(unreadable)?;
    let Some(time) = time else { return Ok(day.to_datetime(Time::constant(23, 59, 59, 0))) };
    let whole = time.split_once('.').map_or(time, |(whole, _)| whole);
    let whole = if whole.len() == 4 { format!("{whole}00") } else { whole.to_owned() };
    let at = day.to_datetime(basic_time(&whole).ok_or(unreadable)?);
    if !is_utc {
        return Ok(at);
    }
    let instant = TimeZone::UTC.to_timestamp(at).map_err(|_| unreadable)?;
    Ok(Local::of(from_jiff(instant), zone).at)
}

/// `20260924`
pub(crate) fn basic_date(text: &str) -> Option<Date> {
    if text.len() != 8 {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| digits(text.get(range)?);
    Date::new(digits(0..4)?, i8::try_from(digits(4..6)?).ok()?, i8::try_from(digits(6..8)?).ok()?).ok()
}

/// `160000`; a leap second is read as the one before it.
pub(crate) fn basic_time(text: &str) -> Option<Time> {
    // Some leave the seconds out.
    if !matches!(text.len(), 4 | 6) {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| i8::try_from(digits(text.get(range)?)?).ok();
    let seconds = if text.len() == 6 { digits(4..6)? } else { 0 };
    Time::new(digits(0..2)?, digits(2..4)?, seconds.min(59), 0).ok()
}

fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn number<T: FromStr + PartialOrd>(value: &str, low: T, high: T, name: &'static str) -> Result<T, RuleError> {
    let number =
        value.trim().trim_start_matches('+').parse::<T>().map_err(|_| RuleError::Unreadable(name))?;
    if number >= low && number <= high { Ok(number) } else { Err(RuleError::Unreadable(name)) }
}

fn numbers<T: FromStr + PartialOrd + Copy + Default>(
    value: &str,
    low: T,
    high: T,
    name: &'static str,
) -> Result<Vec<T>, RuleError> {
    let numbers: Vec<T> =
        value.split(',').map(|value| number(value, low, high, name)).collect::<Result<_, _>>()?;
    // No day, week or place is number 0; an hour or a minute may be.
    let has_zero = low < T::default() && numbers.contains(&T::default());
    if has_zero { Err(RuleError::Unreadable(name)) } else { Ok(numbers) }
}

fn sorted(mut numbers: Vec<i8>) -> Vec<i8> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn day(value: &str) -> Result<(i8, Weekday), RuleError> {
    let value = value.trim();
    let split = value.len().checked_sub(2).and_then(|place| value.split_at_checked(place));
    let (count, day) = split.ok_or(RuleError::Unreadable("BYDAY"))?;
    let count = if count.is_empty() { 0 } else { number(count, -53, 53, "BYDAY")? };
    Ok((count, weekday(day)?))
}

fn weekday(value: &str) -> Result<Weekday, RuleError> {
    Ok(match value.trim() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return Err(RuleError::Unreadable("weekday")),
    })
}

/// Why a repeat rule is none. Take the first date alone, and say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// This part does not read.
    #[error("the repeat rule could not be read ({0})")]
    Unreadable(&'static str),
    /// By hours, minutes or seconds.
    #[error("the rule repeats within a day, which shifts do not")]
    TooOften,
}
