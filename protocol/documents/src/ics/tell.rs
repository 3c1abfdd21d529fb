//! The events that a schedule would be written as.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::Event;
use crate::schedule::cell::Fields;
use crate::schedule::details::YES;
use crate::schedule::rule::{Last, Rule};
use crate::schedule::series::Series;
use crate::schedule::when::{Local, When};

use crate::schedule::{Person, Schedule, SeriesId, Shift, ShiftId};

/// What should be written.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Everything of the months that are open: series with their rules, and all that stands alone.
    All,
    /// The dates on which a person comes, or is asked to, each by itself.
    Of(Person),
}

/// What stands after the `@` of a name that this app gave.
const OWN: &str = "porchlight";

/// Names a shift or a series in calendars.
pub(super) fn uid_of(key: &str) -> String {
    format!("{key}@{OWN}")
}

/// The key in a name that this app gave.
pub(super) fn key_of(uid: &str) -> Option<&str> {
    let (key, host) = uid.rsplit_once('@')?;
    let is_key =
        key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (host == OWN && is_key).then_some(key)
}

/// The events of a schedule. Cancelled ones are among them, marked, for as long as their month is kept.
pub fn events(schedule: &Schedule, from: Date, to: Date, wanted: &Wanted) -> Vec<Event> {
    match wanted {
        Wanted::All => all(schedule, from, to),
        Wanted::Of(person) => {
            let theirs = |shift: &Shift| shift.sign_up(person).is_some();
            let shifts = schedule.shifts_where(from, to, theirs);
            shifts.iter().filter_map(|shift| of_person(shift, person)).collect()
        }
    }
}

/// A date of one person. One that they gave back is told as cancelled, so that it goes from their calendar as well; each
/// word that they say of it counts as a change.
fn of_person(shift: &Shift, person: &Person) -> Option<Event> {
    let sign_up = shift.sign_up(person)?;
    let is_in = shift.involved().any(|sign_up| sign_up.person == *person);
    let event = of_shift(shift);
    Some(Event {
        recurrence: None,
        uid: uid_of_date(shift),
        sequence: event.sequence.saturating_add(sign_up.said),
        is_cancelled: event.is_cancelled || !is_in,
        ..event
    })
}

fn all(schedule: &Schedule, from: Date, to: Date) -> Vec<Event> {
    let mut events = Vec::new();
    for series in schedule.all_series(Date::MAX) {
        events.extend(of_series(schedule, &series));
    }
    // What became a series of the same name is told by that.
    let series: BTreeSet<String> = events.iter().map(|event| event.uid.clone()).collect();
    for shift in schedule.shifts(from, to).iter().filter(|shift| shift.series.is_none()) {
        let event = of_shift(shift);
        if !shift.removed || !series.contains(&event.uid) {
            events.push(event);
        }
    }
    events
}

/// A date that is exported by itself has a name of its own, so that it does not replace the series elsewhere.
fn uid_of_date(shift: &Shift) -> String {
    match (&shift.uid, &shift.series) {
        (Some(uid), None) => uid.clone(),
        _ => uid_of(&shift.id.to_string()),
    }
}

pub(super) fn of_shift(shift: &Shift) -> Event {
    let key = shift.id.key.split('@').next().unwrap_or_default();
    Event {
        uid: shift.uid.clone().unwrap_or_else(|| uid_of(key)),
        recurrence: shift.original.as_deref().and_then(|original| original.parse().ok()),
        sequence: shift.sequence,
        modified: shift.modified.map_or(0, |stamp| stamp.time.seconds()),
        is_cancelled: !shift.is_on(),
        details: shift.details.clone(),
        when: shift.when.clone(),
        rule: None,
        skips: Vec::new(),
        extras: Vec::new(),
    }
}

/// A series and those of its dates that differ, in the months that are open.
pub(super) fn of_series(schedule: &Schedule, series: &Series) -> Vec<Event> {
    let Some(fields) = schedule.plan.series.get(&series.id.0) else { return Vec::new() };
    let uid = series.uid.clone().unwrap_or_else(|| uid_of(&series.id.0));
    let rule: Option<Rule> = series.rule.parse().ok();
    let end = schedule.ends(&series.id);
    let is_over = |date: DateTime| end.is_some_and(|end| date >= end);
    let rule = match (rule, end) {
        (Some(rule), Some(end)) => Some(ended_before(rule, &series.when, end)),
        (rule, _) => rule,
    };
    let text = |key: &str| fields.get(key).map(|cell| cell.text.as_str()).unwrap_or_default();
    let modified =
        fields.values().map(|cell| cell.stamp.time).max().map_or(0, porchlight_wire::Timestamp::seconds);
    let mut master = Event {
        uid: uid.clone(),
        recurrence: None,
        sequence: text("seq").parse().unwrap_or(0),
        modified,
        is_cancelled: text("cancelled").starts_with("yes"),
        details: series.details.clone(),
        when: series.when.clone(),
        rule,
        skips: own_dates(fields, "skip/"),
        extras: own_dates(fields, "extra/").into_iter().filter(|date| !is_over(date.at)).collect(),
    };
    // The first date of an event always counts in calendars: of a series that ended before it, it is left out.
    let first = series.when.start();
    if is_over(first.at) && !master.skips.contains(&first) {
        master.skips.push(first);
    }
    let mut exceptions = Vec::new();
    for shift in exceptions_of(schedule, &series.id) {
        let Some(original) = shift.original.as_deref().and_then(|original| original.parse::<Local>().ok())
        else {
            continue;
        };
        let is_there = has_date(&master, original);
        // What nobody sees here is no event: not one that was cancelled before the series lost it either. Where people
        // are in such a date, it is told as cancelled.
        if shift.removed && (shift.cancelled.is_none() || shift.involved().next().is_none()) {
            if is_there && !master.skips.contains(&original) {
                master.skips.push(original);
            }
            continue;
        }
        if !is_there {
            // One date is never both left out and added: calendars, this one too, would leave it out.
            master.skips.retain(|skip| *skip != original);
            if !has_date(&master, original) {
                master.extras.push(original);
            }
        }
        exceptions.push(Event { uid: uid.clone(), ..of_shift(&shift) });
    }
    master.skips.sort();
    master.extras.sort();
    std::iter::once(master).chain(exceptions).collect()
}

/// The dates that the plan itself leaves out of a series ("skip/") or adds to it ("extra/").
pub(super) fn own_dates(fields: &Fields, prefix: &str) -> Vec<Local> {
    let dates = fields.iter().filter(|(_, cell)| cell.text == YES);
    dates.filter_map(|(key, _)| key.strip_prefix(prefix)?.parse().ok()).collect()
}

/// The dates of a series that have something of their own beside people, or of which something was said under the name
/// that they have, or had, in another series.
fn exceptions_of(schedule: &Schedule, series: &SeriesId) -> Vec<Shift> {
    let others = schedule.succession(series);
    let mut found = BTreeMap::new();
    for (month, cells) in &schedule.months {
        for key in cells.shifts.keys() {
            let id = ShiftId { month: *month, key: key.clone() };
            let ids = match id.in_series() {
                Some((of, _)) if of == *series => vec![id],
                Some((of, _)) if others.contains(&of) => {
                    let mut standing = schedule.standing_for(&id);
                    standing.retain(|id| id.in_series().is_some_and(|(of, _)| of == *series));
                    standing
                }
                _ => Vec::new(),
            };
            let shifts = ids.iter().filter_map(|id| schedule.shift(id));
            found.extend(shifts.map(|shift| (shift.original.clone(), shift)));
        }
    }
    found.into_values().collect()
}

fn has_date(event: &Event, date: Local) -> bool {
    let next = date.at.saturating_add(SignedDuration::from_secs(1));
    let start = event.when.start().at;
    let is_given = match &event.rule {
        Some(rule) => !rule.dates(start, date.at, next).is_empty(),
        None => date.at == start,
    };
    (is_given || event.extras.contains(&date)) && !event.skips.contains(&date)
}

/// The rule with the end at its last date before `end`; at the first date if that is none.
fn ended_before(rule: Rule, when: &When, end: DateTime) -> Rule {
    let start = when.start().at;
    let years = end.saturating_sub(SignedDuration::from_hours(24 * 366 * 5)).max(start);
    let just_before = end.saturating_sub(SignedDuration::from_secs(1));
    let (back, else_last) = match rule.last() {
        Last::Count(_) => (start, start),
        Last::Until(until) => (years, until.min(just_before)),
        Last::Never => (years, just_before),
    };
    let last = rule.dates(start, back, end).pop().unwrap_or(else_last).max(start);
    let last = if when.is_flexible() { last.date().to_datetime(Time::midnight()) } else { last };
    rule.ending(Last::Until(last))
}
