//! Zones in a calendar file: which one a name means, and their definitions on the way out.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use porchlight_wire::Timestamp;

use super::line::{Line, add};
use super::names;
use crate::schedule::rule::weekday_word;
use crate::schedule::when::to_jiff;
use crate::schedule::zone::Zones;

/// The zones that a file defines itself.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    places: BTreeMap<String, String>,
    offsets: BTreeMap<String, Vec<i32>>,
}

impl Definitions {
    /// Takes one line of a VTIMEZONE.
    pub(super) fn take(&mut self, zone: &str, line: &Line) {
        match line.name.as_str() {
            "X-LIC-LOCATION" => {
                self.places.insert(zone.to_owned(), line.value.trim().to_owned());
            }
            "TZOFFSETTO" => {
                let offset = offset(&line.value);
                self.offsets.entry(zone.to_owned()).or_default().extend(offset);
            }
            _ => {}
        }
    }

    /// The IANA name that a TZID means, and whether it had to be worked out.
    pub(super) fn resolve(&self, name: &str, home: &str, zones: &Zones) -> Option<(String, bool)> {
        if zones.has(name) {
            return Some((name.to_owned(), false));
        }
        let known = |name: &str| zones.has(name).then(|| (name.to_owned(), true));
        if let Some(found) = names::of_windows(name).and_then(known) {
            return Some(found);
        }
        if let Some(found) = self.places.get(name).and_then(|place| known(place)) {
            return Some(found);
        }
        // "/example.org/20260101_1/Europe/Berlin"
        let parts: Vec<&str> = name.split('/').collect();
        for count in [3, 2, 1] {
            let tail = parts.len().checked_sub(count).and_then(|start| parts.get(start..));
            if let Some(found) = tail.and_then(|tail| known(&tail.join("/"))) {
                return Some(found);
            }
        }
        // A zone of the file's own that goes by the same hours as the group's.
        let mut own = self.offsets.get(name)?.clone();
        own.sort_unstable();
        own.dedup();
        let rules = zones.get(home).ok()?;
        (own == recent_offsets(&rules)).then(|| (home.to_owned(), true))
    }
}

/// The offsets of a zone in the years from 2025 to 2027, in seconds.
fn recent_offsets(rules: &TimeZone) -> Vec<i32> {
    let start = to_jiff(Timestamp::from_millis(1_735_689_600_000));
    let end = to_jiff(Timestamp::from_millis(1_798_761_600_000));
    let mut offsets = vec![rules.to_offset(start).seconds()];
    offsets.extend(rules.following(start).take_while(|t| t.timestamp() < end).map(|t| t.offset().seconds()));
    offsets.sort_unstable();
    offsets.dedup();
    offsets
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

struct Change {
    at: DateTime,
    from: Offset,
    to: Offset,
    is_daylight: bool,
    name: String,
}

/// Writes the definition of a zone that holds from `first` to `last`, and on after that where its rules go on.
pub(super) fn define(file: &mut String, name: &str, rules: &TimeZone, first: Timestamp, last: Timestamp) {
    add(file, "BEGIN:VTIMEZONE");
    add(file, &format!("TZID:{name}"));
    let changes = changes(rules, first, last);
    if changes.is_empty() {
        let offset = rules.to_offset(to_jiff(first));
        let name = rules.to_offset_info(to_jiff(first)).abbreviation().to_owned();
        let at = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        observance(file, &[&Change { at, from: offset, to: offset, is_daylight: false, name }]);
    }
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in &changes {
        let key = |c: &Change| (c.from, c.to, c.is_daylight, c.name.clone(), c.at.month(), c.at.time());
        let group =
            groups.iter_mut().find(|group| group.first().is_some_and(|first| key(first) == key(change)));
        match group {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    for group in groups {
        observance(file, &group);
    }
    add(file, "END:VTIMEZONE");
}

/// The changes of the clock from the one before `first` until ten years after it, or as long as is needed.
fn changes(rules: &TimeZone, first: Timestamp, last: Timestamp) -> Vec<Change> {
    const YEAR: u64 = 366 * 24 * 3600 * 1000;
    let begin = rules.preceding(to_jiff(first)).next().map_or_else(|| to_jiff(first), |t| t.timestamp());
    let begin = begin.saturating_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(begin);
    let end = to_jiff(last.plus_millis(YEAR).max(first.plus_millis(10 * YEAR)));
    let mut before = rules.to_offset(begin);
    let mut changes = Vec::new();
    for change in rules.following(begin).take_while(|change| change.timestamp() < end).take(500) {
        changes.push(Change {
            at: before.to_datetime(change.timestamp()),
            from: before,
            to: change.offset(),
            is_daylight: change.dst().is_dst(),
            name: change.abbreviation().to_owned(),
        });
        before = change.offset();
    }
    changes
}

/// One STANDARD or DAYLIGHT: with a rule where all its changes follow one, else with all its dates.
fn observance(file: &mut String, changes: &[&Change]) {
    let Some(first) = changes.first() else { return };
    let kind = if first.is_daylight { "DAYLIGHT" } else { "STANDARD" };
    add(file, &format!("BEGIN:{kind}"));
    add(file, &format!("DTSTART:{}", basic(first.at)));
    add(file, &format!("TZOFFSETFROM:{}", signed(first.from)));
    add(file, &format!("TZOFFSETTO:{}", signed(first.to)));
    add(file, &format!("TZNAME:{}", first.name));
    if let Some(rule) = rule(changes) {
        add(file, &format!("RRULE:{rule}"));
    } else {
        for change in changes.iter().skip(1) {
            add(file, &format!("RDATE:{}", basic(change.at)));
        }
    }
    add(file, &format!("END:{kind}"));
}

fn rule(changes: &[&Change]) -> Option<String> {
    let first = changes.first().filter(|_| changes.len() >= 5)?;
    let day = first.at.weekday();
    let years =
        changes.iter().zip(i32::from(first.at.year())..).all(|(c, year)| i32::from(c.at.year()) == year);
    if !years || changes.iter().any(|change| change.at.weekday() != day) {
        return None;
    }
    let nth = |change: &Change| (change.at.day() - 1) / 7 + 1;
    let is_last = |change: &Change| change.at.day() + 7 > change.at.days_in_month();
    let number = if changes.iter().all(|change| is_last(change)) {
        -1
    } else if changes.iter().all(|change| nth(change) == nth(first)) {
        nth(first)
    } else {
        return None;
    };
    Some(format!("FREQ=YEARLY;BYMONTH={};BYDAY={number}{}", first.at.month(), weekday_word(day)))
}

/// `20261014T190000`
pub(super) fn basic(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

fn signed(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let mut text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if !seconds.is_multiple_of(60) {
        let _ = write!(text, "{:02}", seconds % 60);
    }
    text
}
