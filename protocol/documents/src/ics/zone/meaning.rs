//! Which zone a name in a calendar file means: one that is known, or one that the file defines by rules of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::ics::line::Line;
use crate::ics::names;
use crate::schedule::rule::{Last, Rule, basic_date, basic_time};
use crate::schedule::zone::Zones;

/// What a name turned out to mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ics) enum Meaning {
    /// The zone with that very name.
    Named(String),
    /// A zone of another name.
    Other(String),
    /// A zone like none that is known, which is that far from UTC at the time asked about.
    Own(Offset),
}

/// The zones that a file defines itself.
#[derive(Debug, Default)]
pub(in crate::ics) struct Definitions {
    places: BTreeMap<String, String>,
    observances: BTreeMap<String, Vec<Observance>>,
    /// What was found for a zone from a year on: a file has few zones and many times in them.
    found: RefCell<BTreeMap<(String, i16), Option<Meaning>>>,
}

/// One STANDARD or DAYLIGHT of a zone: from when on its clocks are that far from UTC.
#[derive(Clone, Debug, Default)]
struct Observance {
    start: Option<DateTime>,
    from: Option<i32>,
    to: Option<i32>,
    rule: Option<Rule>,
    dates: Vec<DateTime>,
}

/// For so many years from a date on, zones must go by the same hours to be taken for one another.
const YEARS: i16 = 3;

impl Definitions {
    /// Takes one line of a VTIMEZONE.
    pub(in crate::ics) fn take(&mut self, zone: &str, line: &Line) {
        if line.name == "X-LIC-LOCATION" {
            self.places.insert(zone.to_owned(), line.value.trim().to_owned());
            return;
        }
        let all = self.observances.entry(zone.to_owned()).or_default();
        if line.name == "BEGIN" {
            all.push(Observance::default());
        }
        let Some(last) = all.last_mut() else { return };
        match line.name.as_str() {
            "DTSTART" => last.start = time(&line.value),
            "TZOFFSETFROM" => last.from = offset(&line.value),
            "TZOFFSETTO" => last.to = offset(&line.value),
            "RRULE" => last.rule = rule(&line.value, last.from),
            "RDATE" => last.dates.extend(line.value.split(',').filter_map(time)),
            _ => {}
        }
    }

    /// What a TZID means on a day.
    pub(in crate::ics) fn resolve(
        &self,
        name: &str,
        day: Date,
        home: &str,
        zones: &Zones,
    ) -> Option<Meaning> {
        if zones.has(name) {
            return Some(Meaning::Named(name.to_owned()));
        }
        let known = |name: &str| zones.has(name).then(|| Meaning::Other(name.to_owned()));
        let place = self.places.get(name);
        // "/example.org/20260101_1/Europe/Berlin"
        let parts: Vec<&str> = name.split('/').collect();
        let tails = [3, 2, 1].into_iter().filter_map(|count| {
            let tail = parts.len().checked_sub(count).and_then(|start| parts.get(start..))?;
            zones.proper(&tail.join("/")).map(Meaning::Other)
        });
        names::of_windows(name)
            .and_then(known)
            .or_else(|| place.and_then(|place| zones.proper(place)).map(Meaning::Other))
            .or_else(|| tails.into_iter().next())
            .or_else(|| self.by_rules(name, day, home, zones))
            .or_else(|| from_utc(name).map(|offset| fixed(offset, zones)))
    }

    /// A zone of the file's own: one that is known and goes by the same hours for some years, the group's before others,
    /// or else what its own rules say.
    fn by_rules(&self, name: &str, day: Date, home: &str, zones: &Zones) -> Option<Meaning> {
        let observances = self.observances.get(name)?;
        let key = (name.to_owned(), day.year());
        let found = self.found.borrow().get(&key).cloned();
        let found = found.unwrap_or_else(|| alike(observances, day.year(), home, zones));
        self.found.borrow_mut().insert(key, found.clone());
        found.or_else(|| {
            let own = changes(observances, day, day.tomorrow().ok()?)?;
            let noon = utc(day.at(12, 0, 0, 0), 0);
            let (_, offset) = own.iter().rfind(|(at, _)| at.is_none_or(|at| at <= noon))?;
            Offset::from_seconds(*offset).ok().map(Meaning::Own)
        })
    }
}

/// The zone that is known and goes by the same hours.
fn alike(observances: &[Observance], year: i16, home: &str, zones: &Zones) -> Option<Meaning> {
    let (first, last) = (Date::new(year, 1, 1).ok()?, Date::new(year.checked_add(YEARS)?, 12, 31).ok()?);
    let Some(own) = changes(observances, first, last) else {
        return by_hours(observances, home, zones);
    };
    let is_same = |zone: &&str| zones.get(zone).is_ok_and(|rules| own == changes_of(&rules, first, last));
    let zone = [home].into_iter().chain(names::zones()).find(is_same)?;
    Some(Meaning::Other(zone.to_owned()))
}

/// From when on clocks are how many seconds from UTC; the first from before all times that matter.
type Changes = Vec<(Option<i64>, i32)>;

/// What the observances say of the days from `first` to `last`. Nothing, where they do not say which of them holds when.
fn changes(observances: &[Observance], first: Date, last: Date) -> Option<Changes> {
    // What clocks show at the change, when that is, and how far from UTC they are then.
    let mut all: Vec<(DateTime, i64, i32)> = Vec::new();
    for observance in observances {
        let (start, to) = (observance.start?, observance.to?);
        let from = observance.from.unwrap_or(to);
        let end = last.at(23, 59, 59, 0);
        // Many begin in 1601; the last change before the first day is not long before it.
        let begin = first.at(0, 0, 0, 0).saturating_sub(SignedDuration::from_hours(24 * 400)).max(start);
        let ruled = observance.rule.as_ref().map(|rule| rule.dates(start, begin, end)).unwrap_or_default();
        let dates = ruled.into_iter().chain(observance.dates.iter().copied()).chain([start]);
        all.extend(dates.filter(|date| *date <= end).map(|date| (date, utc(date, from), to)));
    }
    let begin = utc(first.at(0, 0, 0, 0), 0);
    all.sort_unstable_by_key(|(_, at, _)| *at);
    all.dedup();
    let last = all.iter().rposition(|(_, at, _)| *at <= begin).unwrap_or(0);
    let (shown, _, before) = *all.get(last)?;
    // Two at once that differ: nobody can tell which holds.
    let is_unclear = |of: DateTime, to: i32| all.iter().any(|(date, _, other)| *date == of && *other != to);
    if is_unclear(shown, before) {
        return None;
    }
    let mut changes = vec![(None, before)];
    for (_, at, to) in all.into_iter().filter(|(_, at, _)| *at > begin) {
        if changes.last().is_some_and(|(_, before)| *before != to) {
            changes.push((Some(at), to));
        }
    }
    Some(changes)
}

/// What a known zone does on those days.
fn changes_of(rules: &TimeZone, first: Date, last: Date) -> Changes {
    const MOST: usize = 40;
    let instant = |at: DateTime| jiff::Timestamp::from_second(utc(at, 0)).unwrap_or(jiff::Timestamp::MAX);
    let (begin, end) = (instant(first.at(0, 0, 0, 0)), utc(last.at(23, 59, 59, 0), 0));
    let mut changes: Changes = vec![(None, rules.to_offset(begin).seconds())];
    let following = rules.following(begin).take_while(|change| change.timestamp().as_second() <= end);
    for change in following.take(MOST) {
        let to = change.offset().seconds();
        if changes.last().is_some_and(|(_, before)| *before != to) {
            changes.push((Some(change.timestamp().as_second()), to));
        }
    }
    changes
}

/// Where a definition only says which hours there are and not when: the group's zone, if it has the same.
fn by_hours(observances: &[Observance], home: &str, zones: &Zones) -> Option<Meaning> {
    let sorted = |mut offsets: Vec<i32>| {
        offsets.sort_unstable();
        offsets.dedup();
        offsets
    };
    let own = sorted(observances.iter().filter_map(|observance| observance.to).collect());
    let (first, last) = (Date::constant(2025, 1, 1), Date::constant(2026, 12, 31));
    let rules = zones.get(home).ok()?;
    let theirs = sorted(changes_of(&rules, first, last).into_iter().map(|(_, to)| to).collect());
    (own == theirs).then(|| Meaning::Other(home.to_owned()))
}

/// "GMT+2", "UTC-05:30": so far from UTC as people write it, east with a plus.
fn from_utc(name: &str) -> Option<i32> {
    let upper = name.trim().to_ascii_uppercase();
    let rest = ["UTC", "GMT"].iter().find_map(|start| upper.strip_prefix(start))?.trim();
    if rest.is_empty() {
        return Some(0);
    }
    let sign = rest.get(..1).filter(|sign| matches!(*sign, "+" | "-"))?;
    let digits = rest.get(1..)?.replace(':', "");
    let padded = match digits.len() {
        1 => format!("0{digits}00"),
        2 => format!("{digits}00"),
        3 => format!("0{digits}"),
        _ => digits,
    };
    offset(&format!("{sign}{padded}"))
}

/// The zone that is always so far from UTC. Those of IANA count the other way.
fn fixed(seconds: i32, zones: &Zones) -> Meaning {
    let name = match seconds / 3600 {
        0 => "UTC".to_owned(),
        hours => format!("Etc/GMT{:+}", -hours),
    };
    if seconds % 3600 == 0 && zones.has(&name) {
        return Meaning::Other(name);
    }
    Meaning::Own(Offset::from_seconds(seconds).unwrap_or(Offset::UTC))
}

/// What clocks show, so many seconds from UTC, in seconds since 1970.
fn utc(at: DateTime, offset: i32) -> i64 {
    let instant = TimeZone::UTC.to_timestamp(at).map_or(0, jiff::Timestamp::as_second);
    instant.saturating_sub(i64::from(offset))
}

fn time(text: &str) -> Option<DateTime> {
    let text = text.trim().replace(['-', ':'], "");
    let text = text.split('/').next()?.trim_end_matches(['Z', 'z']);
    let (day, time) = text.split_once(['T', 't'])?;
    Some(basic_date(day)?.to_datetime(basic_time(time)?))
}

/// The rule by which an observance comes again. Its end is told in UTC.
fn rule(text: &str, from: Option<i32>) -> Option<Rule> {
    let zone = Offset::from_seconds(from.unwrap_or(0)).map_or(TimeZone::UTC, TimeZone::fixed);
    let rule = Rule::read(text, &zone).ok()?;
    // What goes on has no number of dates, or else years long past would have to be counted.
    Some(match rule.last() {
        Last::Count(count) if count > 1_000 => rule.ending(Last::Never),
        _ => rule,
    })
}

/// `+0100` in seconds.
fn offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.trim_start_matches(['+', '-']);
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |text| text.parse::<i32>().ok());
    Some(sign * (part(0)? * 3600 + part(2)? * 60 + part(4)?))
}
