//! What becomes of people whose dates a newer version of a calendar no longer has: they come along to the date that is
//! the same one, are asked where its hour or day is another, and are named in the report where there is none.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use porchlight_wire::{ActorPrefix, Timestamp};

use super::{Put, VERSION, letters_of};
use crate::contacts::Stamp;
use crate::document::DocumentName;
use crate::ics::note::{Note, Whom};
use crate::schedule::act::Says;
use crate::schedule::cell::Cell;
use crate::schedule::details::YES;
use crate::schedule::rule::{Every, Rule};
use crate::schedule::sign_up::{SignUp, State};
use crate::schedule::when::{Local, When};
use crate::schedule::{Month, MonthCells, Schedule, SeriesId, Shift, ShiftId};

/// What an import does beside the events themselves.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) puts: Vec<(DocumentName, Put)>,
    /// By the place of the event in the file.
    pub(super) notes: Vec<(usize, Note)>,
}

/// Finds the people whose dates `writes` take away. `touched` says which event of the file wrote to which shift or
/// series. What is over by `now` stays as it was.
pub(super) fn carry(
    before: &Schedule,
    writes: &BTreeMap<DocumentName, Vec<Put>>,
    touched: &BTreeMap<String, usize>,
    now: Timestamp,
) -> Carried {
    let row = |id: &ShiftId| {
        let series = id.key.split('@').next().unwrap_or_default();
        touched.get(&id.key).or_else(|| touched.get(series)).copied()
    };
    let ids = before
        .months
        .iter()
        .flat_map(|(month, cells)| cells.acts.keys().map(|key| ShiftId { month: *month, key: key.clone() }));
    let concerned: Vec<_> = ids.filter_map(|id| Some((row(&id)?, before.shift(&id)?))).collect();
    if concerned.is_empty() {
        return Carried::default();
    }
    let mut work =
        Work { before, after: written(before, writes), taken: Vec::new(), carried: Carried::default() };
    let mut lost: Vec<_> = concerned
        .into_iter()
        .filter(|(_, shift)| shift.is_on() && coming(shift).next().is_some())
        .filter_map(|(row, shift)| Some((row, work.after.shift(&shift.id)?, shift)))
        .filter(|(_, after, _)| !after.is_on())
        .collect();
    lost.sort_by_key(|(_, _, shift)| shift.span);
    for (row, after, shift) in lost {
        if shift.span.end > now {
            work.take(row, &shift, &after);
        } else if after.removed && shift.series.is_some() {
            work.keep(&shift, &after);
        }
    }
    work.carried
}

/// Those who count on it, or are counted on.
fn coming(shift: &Shift) -> impl Iterator<Item = &SignUp> {
    shift.involved().filter(|sign_up| sign_up.state != State::Late)
}

/// The schedule as it is once all this is written.
fn written(before: &Schedule, writes: &BTreeMap<DocumentName, Vec<Put>>) -> Schedule {
    let mut after = before.clone();
    for (name, put) in writes.iter().flat_map(|(name, puts)| puts.iter().map(move |put| (name, put))) {
        let Some((item, field)) = put.key.split_once('/') else { continue };
        let items = match (put.container, Month::of_document(name)) {
            ("series", _) => &mut after.plan.series,
            ("shifts", Some(month)) => {
                &mut after.months.entry(month).or_insert_with(|| MonthCells::empty(month)).shifts
            }
            _ => continue,
        };
        let stamp = Stamp { who: ActorPrefix::from_bytes([0; 8]), time: Timestamp::default() };
        let cell = Cell { text: put.text.clone(), versions: Vec::new(), stamp, place: None };
        items.entry(item.to_owned()).or_default().insert(field.to_owned(), cell);
    }
    after.settle();
    after
}

struct Work<'a> {
    before: &'a Schedule,
    after: Schedule,
    /// Dates that people came along to.
    taken: Vec<ShiftId>,
    carried: Carried,
}

impl Work<'_> {
    fn take(&mut self, row: usize, shift: &Shift, after: &Shift) {
        let found = if after.removed { self.instead(shift) } else { None };
        if after.removed {
            self.keep(shift, after);
            let count = shift_field(self.before, &shift.id, "seq").and_then(|text| text.parse::<u32>().ok());
            self.put(&shift.id, "seq", &count.unwrap_or(0).saturating_add(1).to_string());
            self.put(&shift.id, "cancelled", YES);
        }
        let date = shift.when.start().to_string();
        let Some(new) = found else {
            let people = coming(shift).map(whom).collect();
            self.carried.notes.push((row, Note::PeopleWithoutDate { date, people }));
            return;
        };
        self.put(&shift.id, "instead", &new.id.to_string());
        let is_same_time = self.is_close(&shift.when, &new.when);
        let mut asked = Vec::new();
        for sign_up in coming(shift) {
            let is_asked = matches!(sign_up.state, State::Asked { held: false, .. }) || !is_same_time;
            let says = if is_asked {
                asked.push(whom(sign_up));
                Says::Ask(shift.coming(sign_up.companions, None), sign_up.why_anew())
            } else {
                Says::Come(new.coming(sign_up.companions, sign_up.part.clone()))
            };
            self.act(shift, &new.id, sign_up, &says);
        }
        if !is_same_time {
            let instead = new.when.start().to_string();
            self.carried.notes.push((row, Note::PeopleAsked { date, instead, people: asked }));
        }
        self.taken.push(new.id);
    }

    /// Keeps a date that its series no longer has, at the time at which it was.
    fn keep(&mut self, shift: &Shift, after: &Shift) {
        if shift.series.is_some() {
            self.put(&shift.id, "kept", YES);
        }
        if after.when != shift.when {
            self.put(&shift.id, "when", &shift.when.to_string());
        }
    }

    /// The date that is this one in the newer version: at the same time, or the only new one of that day, or the one at
    /// the same place in a rule of the same kind. None that was there before: whoever comes to it knows it.
    fn instead(&self, shift: &Shift) -> Option<Shift> {
        let series = shift.series.clone().unwrap_or_else(|| SeriesId(shift.id.key.clone()));
        let original = shift.original.as_deref().and_then(|original| original.parse::<Local>().ok());
        let at = original.unwrap_or_else(|| shift.when.start()).at;
        let plain = match self.before.series_of(&series, at.date()) {
            Some(series) => series.when.starting(at),
            None => shift.when.clone(),
        };
        let around = SignedDuration::from_hours(48);
        let near = self.new_dates(&series, at.saturating_sub(around), at.saturating_add(around));
        if let Some(same) = near.iter().find(|new| self.is_close(&plain, &new.when)) {
            return Some(same.clone());
        }
        let day = self.day(&plain);
        let mut of_day = near.iter().filter(|new| self.day(&new.when) == day);
        if let (Some(only), None) = (of_day.next(), of_day.next()) {
            return Some(only.clone());
        }
        let place = self.same_place(&series, at)?;
        self.new_dates(&series, place, next_second(place)).into_iter().next()
    }

    fn new_dates(&self, series: &SeriesId, from: DateTime, to: DateTime) -> Vec<Shift> {
        let dates = self.after.dates(series, from, to).into_iter();
        let is_new = |date: &DateTime| self.before.dates(series, *date, next_second(*date)).is_empty();
        let ids = dates.filter(is_new).map(|date| ShiftId::of_series(series, date.into()));
        let free = ids.filter(|id| !self.taken.contains(id));
        free.filter_map(|id| self.after.shift(&id)).filter(Shift::is_on).collect()
    }

    /// The date that has the same number in the new rule as this has in the old one, if both rules have as many dates
    /// in a week, month or year, and begin in about the same one.
    fn same_place(&self, series: &SeriesId, at: DateTime) -> Option<DateTime> {
        let of = |schedule: &Schedule| -> Option<(DateTime, Rule)> {
            let series = schedule.series_of(series, at.date())?;
            Some((series.when.start().at, series.rule.parse().ok()?))
        };
        let ((start, rule), (new_start, new_rule)) = (of(self.before)?, of(&self.after)?);
        let period = period(&rule);
        if shape(&rule) != shape(&new_rule) || new_start.duration_since(start).abs() >= period {
            return None;
        }
        let dates = rule.dates(start, start, next_second(at));
        let number = dates.len().checked_sub(1).filter(|last| dates.get(*last) == Some(&at))?;
        let end = at.saturating_add(period).saturating_add(period);
        new_rule.dates(new_start, new_start, end).get(number).copied()
    }

    fn is_close(&self, one: &When, other: &When) -> bool {
        one.is_close_to(other, self.before.home(), self.before.zones())
    }

    /// The day on which it begins where the group is.
    fn day(&self, when: &When) -> Option<Date> {
        let (home, zones) = (self.before.home(), self.before.zones());
        let span = when.span(home, zones).ok()?;
        Some(Local::of(span.start, &zones.get(home).ok()?).at.date())
    }

    fn put(&mut self, id: &ShiftId, field: &str, text: &str) {
        let key = format!("{}/{field}", id.key);
        self.carried.puts.push((id.document(), Put { container: "shifts", key, text: text.to_owned() }));
    }

    /// Under a key that every phone that takes this version makes, so that nobody is asked twice.
    fn act(&mut self, shift: &Shift, new: &ShiftId, sign_up: &SignUp, says: &Says) {
        let series = new.in_series().and_then(|(series, _)| self.after.plan.series.get(&series.0));
        let version = series.and_then(|fields| fields.get(VERSION)).map_or("", |cell| cell.text.as_str());
        let name = format!("porchlight/carried/{}/{new}/{version}", shift.id);
        let key = format!("{}/{}/{}", new.key, sign_up.person, letters_of(&Sha256::digest(name.as_bytes())));
        self.carried.puts.push((new.document(), Put { container: "acts", key, text: says.to_string() }));
    }
}

fn shift_field<'a>(schedule: &'a Schedule, id: &ShiftId, field: &str) -> Option<&'a str> {
    let cell = schedule.months.get(&id.month)?.shifts.get(&id.key)?.get(field)?;
    Some(cell.text.as_str())
}

fn whom(sign_up: &SignUp) -> Whom {
    Whom { person: sign_up.person.clone(), name: String::new() }
}

fn next_second(at: DateTime) -> DateTime {
    at.saturating_add(SignedDuration::from_secs(1))
}

/// How often a rule repeats and how many dates it has each time, whichever they are.
fn shape(rule: &Rule) -> (Every, u32, [usize; 7], Vec<i16>) {
    // "Every Tuesday" of a month is several dates, "the second Tuesday" is one.
    let all = rule.days.iter().filter(|(number, _)| *number == 0 && rule.every != Every::Week).count();
    let counts = [
        all,
        rule.days.len().max(1),
        rule.month_days.len().max(1),
        rule.year_days.len().max(1),
        rule.months.len().max(1),
        rule.weeks.len().max(1),
        rule.hours.len().max(1) * rule.minutes.len().max(1),
    ];
    (rule.every, rule.interval, counts, rule.positions.clone())
}

/// The least time from one of a rule's periods to the next.
fn period(rule: &Rule) -> SignedDuration {
    let days = match rule.every {
        Every::Day => 1,
        Every::Week => 7,
        Every::Month => 28,
        Every::Year => 365,
    };
    SignedDuration::from_hours(24 * days * i64::from(rule.interval))
}
