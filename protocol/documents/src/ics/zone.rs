//! Zones in a calendar file: which one a name means, and their definitions on the way out.

mod meaning;

use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use porchlight_wire::Timestamp;

use super::line::add;
use crate::schedule::rule::weekday_word;
use crate::schedule::when::to_jiff;

pub(super) use self::meaning::{Definitions, Meaning};

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
