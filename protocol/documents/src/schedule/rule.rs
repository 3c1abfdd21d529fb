//! Repeat rules of RFC 5545 (section 3.3.10): read, written, and worked out into dates.
//!
//! Everything by days, weeks, months and years is here. Rules that repeat within a day (hourly and below) are refused:
//! no shift is one, and one line of text could make millions of dates.

mod read;

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};

pub use self::read::RuleError;
pub(crate) use self::read::{Ends, basic_date, basic_time};

/// How often a rule repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// By days.
    Day,
    /// By weeks.
    Week,
    /// By months.
    Month,
    /// By years.
    Year,
}

/// When a rule stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// It does not.
    Never,
    /// After so many dates.
    Count(u32),
    /// With this local time, itself included.
    Until(DateTime),
}

/// One repeat rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) every: Every,
    pub(crate) interval: u32,
    pub(crate) last: Last,
    pub(crate) months: Vec<i8>,
    pub(crate) weeks: Vec<i8>,
    pub(crate) year_days: Vec<i16>,
    pub(crate) month_days: Vec<i8>,
    /// With the how many-th of month or year; 0 for all.
    pub(crate) days: Vec<(i8, Weekday)>,
    pub(crate) hours: Vec<i8>,
    pub(crate) minutes: Vec<i8>,
    pub(crate) positions: Vec<i16>,
    pub(crate) week_start: Weekday,
}

/// More dates than this are never worked out at once.
const MOST_DATES: usize = 10_000;
/// So many periods without a date end a rule that can have none, such as 30 February.
const MOST_EMPTY: u32 = 3_000;

impl Rule {
    /// Every so many weeks on these weekdays.
    pub fn weekly(interval: u32, days: &[Weekday]) -> Self {
        let days = days.iter().map(|day| (0, *day)).collect();
        Self { interval: interval.max(1), days, ..Self::every(Every::Week) }
    }

    pub(crate) fn every(every: Every) -> Self {
        Self {
            every,
            interval: 1,
            last: Last::Never,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    /// When it stops.
    pub fn last(&self) -> Last {
        self.last
    }

    /// Whether it gives several dates a day.
    pub(crate) fn has_several_hours(&self) -> bool {
        self.hours.len() > 1 || self.minutes.len() > 1
    }

    /// The same with another end.
    #[must_use]
    pub fn ending(mut self, last: Last) -> Self {
        self.last = last;
        self
    }

    /// The dates from `from` until before `to` of a series whose first is `start`, in order. The first always counts,
    /// even if the rule alone would not give it: calendars agree on that.
    pub fn dates(&self, start: DateTime, from: DateTime, to: DateTime) -> Vec<DateTime> {
        let mut dates = Vec::new();
        let mut counted = 0_u32;
        let mut take = |date: DateTime, dates: &mut Vec<DateTime>| -> bool {
            match self.last {
                Last::Count(count) if counted >= count => return false,
                Last::Until(until) if date > until && date != start => return false,
                _ => counted = counted.saturating_add(1),
            }
            if date >= to || dates.len() >= MOST_DATES {
                return false;
            }
            if date >= from {
                dates.push(date);
            }
            true
        };
        if !take(start, &mut dates) {
            return dates;
        }
        // Without a count the periods long before `from` need not be walked through.
        let mut period =
            if matches!(self.last, Last::Count(_)) { 0 } else { self.period_before(start, from) };
        let mut empty = 0;
        loop {
            let found = self.in_period(start, period);
            let Some(found) = found else { return dates };
            empty = if found.is_empty() { empty + 1 } else { 0 };
            if empty > MOST_EMPTY {
                return dates;
            }
            for date in found.into_iter().filter(|date| *date > start) {
                if !take(date, &mut dates) {
                    return dates;
                }
            }
            period += 1;
        }
    }

    /// The number of a period that ends before `from`.
    fn period_before(&self, start: DateTime, from: DateTime) -> i64 {
        let days = from.date().duration_since(start.date()).as_hours() / 24;
        let length = match self.every {
            Every::Day => 1,
            Every::Week => 7,
            Every::Month => 31,
            Every::Year => 366,
        };
        (days / (length * i64::from(self.interval)) - 2).max(0)
    }

    /// The dates of one period, in order; `None` past the years that there are.
    fn in_period(&self, start: DateTime, period: i64) -> Option<Vec<DateTime>> {
        let steps = period.checked_mul(i64::from(self.interval))?;
        let (first, end) = self.bounds(start.date(), steps)?;
        let mut dates = Vec::new();
        let mut day = first;
        while day < end {
            if self.has_day(start.date(), day) {
                self.times(start, day, &mut dates);
            }
            day = day.tomorrow().ok()?;
        }
        if self.positions.is_empty() {
            return Some(dates);
        }
        let count = i64::try_from(dates.len()).unwrap_or(i64::MAX);
        let is_chosen = |place: usize| {
            let place = i64::try_from(place).unwrap_or(i64::MAX) + 1;
            self.positions.iter().any(|p| i64::from(*p) == place || i64::from(*p) == place - count - 1)
        };
        Some(dates.into_iter().enumerate().filter(|(place, _)| is_chosen(*place)).map(|(_, d)| d).collect())
    }

    /// The first day of a period and the one after its last.
    fn bounds(&self, start: Date, steps: i64) -> Option<(Date, Date)> {
        let plus = |day: Date, days: i64| {
            day.checked_add(SignedDuration::from_hours(days.checked_mul(24)?))
                .ok()
                .filter(|d| d.year() < 2200)
        };
        match self.every {
            Every::Day => {
                let day = plus(start, steps)?;
                Some((day, plus(day, 1)?))
            }
            Every::Week => {
                let back = i64::from(start.weekday().since(self.week_start));
                let first = plus(start, steps.checked_mul(7)? - back)?;
                Some((first, plus(first, 7)?))
            }
            Every::Month => {
                let months = i64::from(start.year()) * 12 + i64::from(start.month()) - 1 + steps;
                let first = month(months)?;
                Some((first, plus(first, i64::from(first.days_in_month()))?))
            }
            Every::Year => {
                let first = month((i64::from(start.year()) + steps) * 12)?;
                if self.weeks.is_empty() {
                    return Some((first, plus(first, i64::from(first.days_in_year()))?));
                }
                // The weeks of a year begin up to three days before it and end up to three days after.
                let first = self.first_week(first.year())?;
                Some((
                    first,
                    self.first_week(first.saturating_add(SignedDuration::from_hours(24 * 10)).year() + 1)?,
                ))
            }
        }
    }

    /// The first day of the week that holds 4 January.
    fn first_week(&self, year: i16) -> Option<Date> {
        let fourth = Date::new(year, 1, 4).ok()?;
        let back = i64::from(fourth.weekday().since(self.week_start));
        fourth.checked_sub(SignedDuration::from_hours(24 * back)).ok()
    }

    fn has_day(&self, start: Date, day: Date) -> bool {
        let from_end = |place: i16, length: i16| place - length - 1;
        let (day_of_month, in_month) = (i16::from(day.day()), i16::from(day.days_in_month()));
        let (day_of_year, in_year) = (day.day_of_year(), day.days_in_year());
        let is_month = self.months.is_empty() || self.months.contains(&day.month());
        let is_month_day = self.month_days.is_empty()
            || self
                .month_days
                .iter()
                .any(|wanted| [day_of_month, from_end(day_of_month, in_month)].contains(&i16::from(*wanted)));
        let is_year_day = self.year_days.is_empty()
            || self.year_days.iter().any(|w| [day_of_year, from_end(day_of_year, in_year)].contains(w));
        is_month && is_month_day && is_year_day && self.has_week(day) && self.has_weekday(start, day)
    }

    fn has_week(&self, day: Date) -> bool {
        if self.weeks.is_empty() {
            return true;
        }
        let middle = day.saturating_add(SignedDuration::from_hours(
            24 * (3 - i64::from(day.weekday().since(self.week_start))),
        ));
        let (Some(first), Some(next)) = (self.first_week(middle.year()), self.first_week(middle.year() + 1))
        else {
            return false;
        };
        let weeks = |from: Date, to: Date| to.duration_since(from).as_hours() / (24 * 7);
        let (number, count) = (weeks(first, day) + 1, weeks(first, next));
        self.weeks.iter().any(|wanted| [number, number - count - 1].contains(&i64::from(*wanted)))
    }

    fn has_weekday(&self, start: Date, day: Date) -> bool {
        if self.days.is_empty() {
            return match self.every {
                Every::Day => true,
                Every::Week => day.weekday() == start.weekday(),
                Every::Month => !self.month_days.is_empty() || day.day() == start.day(),
                Every::Year if !self.weeks.is_empty() => day.weekday() == start.weekday(),
                Every::Year if !self.month_days.is_empty() || !self.year_days.is_empty() => true,
                Every::Year => {
                    day.day() == start.day() && (!self.months.is_empty() || day.month() == start.month())
                }
            };
        }
        let by_month = self.every == Every::Month || !self.months.is_empty();
        let (place, length) = if by_month {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        } else {
            (day.day_of_year(), day.days_in_year())
        };
        let (number, from_end) = ((place - 1) / 7 + 1, -((length - place) / 7 + 1));
        self.days.iter().any(|(wanted, weekday)| {
            *weekday == day.weekday() && (*wanted == 0 || [number, from_end].contains(&i16::from(*wanted)))
        })
    }

    fn times(&self, start: DateTime, day: Date, dates: &mut Vec<DateTime>) {
        let hours = if self.hours.is_empty() { vec![start.hour()] } else { self.hours.clone() };
        let minutes = if self.minutes.is_empty() { vec![start.minute()] } else { self.minutes.clone() };
        for hour in &hours {
            for minute in &minutes {
                dates.extend(
                    jiff::civil::Time::new(*hour, *minute, start.second(), 0)
                        .map(|time| day.to_datetime(time)),
                );
            }
        }
    }
}

/// The first of a month, counted from year 0.
fn month(months: i64) -> Option<Date> {
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok().filter(|date| date.year() < 2200)
}

/// As a calendar file writes it, except that UNTIL is a local time.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.every {
            Every::Day => "FREQ=DAILY",
            Every::Week => "FREQ=WEEKLY",
            Every::Month => "FREQ=MONTHLY",
            Every::Year => "FREQ=YEARLY",
        })?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.last {
            Last::Never => {}
            Last::Count(count) => write!(f, ";COUNT={count}")?,
            Last::Until(at) => write!(f, ";UNTIL={}", at.strftime("%Y%m%dT%H%M%S"))?,
        }
        list(f, "BYMONTH", &self.months)?;
        list(f, "BYWEEKNO", &self.weeks)?;
        list(f, "BYYEARDAY", &self.year_days)?;
        list(f, "BYMONTHDAY", &self.month_days)?;
        let days: Vec<String> = self
            .days
            .iter()
            .map(|(number, day)| {
                let number = if *number == 0 { String::new() } else { number.to_string() };
                format!("{number}{}", weekday_word(*day))
            })
            .collect();
        list(f, "BYDAY", &days)?;
        list(f, "BYHOUR", &self.hours)?;
        list(f, "BYMINUTE", &self.minutes)?;
        list(f, "BYSETPOS", &self.positions)?;
        if self.week_start == Weekday::Monday {
            Ok(())
        } else {
            write!(f, ";WKST={}", weekday_word(self.week_start))
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, values: &[impl fmt::Display]) -> fmt::Result {
    for (place, value) in values.iter().enumerate() {
        if place == 0 {
            write!(f, ";{name}={value}")?;
        } else {
            write!(f, ",{value}")?;
        }
    }
    Ok(())
}

/// The two letters of a weekday.
pub(crate) const fn weekday_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

#[cfg(test)]
mod tests;
