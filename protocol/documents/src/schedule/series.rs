//! Repeating shifts: starting a series, changing it from a date on, and what becomes of dates that have people.
//!
//! A series is never moved: it ends, and another that follows it begins, so that past dates stay as they were and a
//! moved or cancelled date keeps its name and never comes back. Texts change from a date on within the series, and
//! within all that continue it.

mod split;

use automerge::ReadDoc;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

pub use self::split::{end, split};
use super::act::Coming;
use super::cell::container;
use super::details::{Details, NO, YES};
use super::edit::{self, count};
use super::elsewhere::PASSED;
use super::exceptions::Carried;
use super::rule::{Last, Rule};
use super::sign_up::{State, Why};
use super::when::{Local, When};
use super::{Month, Person, Schedule, ScheduleError, SeriesId, Shift, ShiftId};
use crate::document::DocumentName;
use crate::editor::Editor;
use crate::field;

/// One series as the plan holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Which.
    pub id: SeriesId,
    /// What its dates are about, as of the day asked for.
    pub details: Details,
    /// When its first date is.
    pub when: When,
    /// How it repeats: an RFC 5545 rule in which UNTIL is a local time. Empty if it only has single dates.
    pub rule: String,
    /// The local time from which it has no more dates, because another series follows or it was ended.
    pub ends: Option<String>,
    /// The series that it continues.
    pub follows: Option<SeriesId>,
    /// The name that a calendar gave it.
    pub uid: Option<String>,
}

/// How far a change of a series reaches from the date it was made at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WithPeople {
    /// Dates that already have people stay as they are.
    Keep,
    /// They move with the series, and their people are asked.
    MoveAndAsk,
    /// They are cancelled, and their people are told.
    CancelAndTell,
}

/// How a series is to be from a date on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The hours of its first date; moved to the first day that the rule gives.
    pub when: When,
    /// How it repeats.
    pub rule: Rule,
}

/// What is to be written into one month's document after a series was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// The document.
    pub document: DocumentName,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Keep(ShiftId),
    Carry(Box<Carried>),
    PassOn(ShiftId, Option<ShiftId>),
    Ask(ShiftId, Person, Coming, Why),
}

impl FollowUp {
    /// Writes it.
    pub fn write(&self, editor: &mut Editor<'_>) -> Result<(), ScheduleError> {
        for step in &self.steps {
            match step {
                Step::Keep(id) => edit::keep(editor, id)?,
                Step::Carry(carried) => carried.write(editor)?,
                Step::PassOn(id, instead) => {
                    edit::pass_on(editor, id)?;
                    if let Some(instead) = instead {
                        edit::point_to(editor, id, instead)?;
                    }
                }
                Step::Ask(id, person, coming, why) => edit::ask_instead(editor, id, person, coming, *why)?,
            }
        }
        Ok(())
    }
}

/// Starts a series in the plan. Its first date is the first that the rule gives from `when` on.
pub fn add(
    editor: &mut Editor<'_>,
    details: &Details,
    pattern: &Pattern,
    uid: Option<&str>,
) -> Result<SeriesId, ScheduleError> {
    let pattern = pattern.snapped();
    pattern.when.check()?;
    let flat = details.to_flat();
    if !flat.contains_key("title") {
        return Err(ScheduleError::NoTitle);
    }
    editor.claim();
    let id = SeriesId(editor.fresh_key());
    for (field, text) in flat {
        put(editor, &id, &field, &text)?;
    }
    put(editor, &id, "when", &pattern.when.to_string())?;
    put(editor, &id, "rule", &pattern.rule.to_string())?;
    if let Some(uid) = uid {
        put(editor, &id, "uid", uid)?;
    }
    Ok(id)
}

impl Pattern {
    /// The same, beginning on the first day that the rule gives.
    fn snapped(&self) -> Self {
        let rule = &self.rule;
        if rule.days.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty() {
            return self.clone();
        }
        // What the rule says of days, whatever the interval: that counts from the first date on.
        let mut days = rule.clone().ending(Last::Never);
        days.interval = 1;
        let start = self.when.start().at;
        let before = start.saturating_sub(SignedDuration::from_hours(24 * 7 * 60));
        let end = start.saturating_add(SignedDuration::from_hours(24 * 366 * 8));
        match days.dates(before, start, end).first() {
            Some(first) => Self { when: self.when.starting(*first), rule: rule.clone() },
            None => self.clone(),
        }
    }
}

/// Changes what a series is about, for all dates from `since` on: those of other series that continue it as well, those
/// that were kept because people are in them, and those for which the same was changed before.
pub fn change(
    editor: &mut Editor<'_>,
    schedule: &Schedule,
    id: &SeriesId,
    since: Date,
    before: &Details,
    after: &Details,
) -> Result<(), ScheduleError> {
    if field::clean_line(&after.title).is_empty() {
        return Err(ScheduleError::NoTitle);
    }
    let writes = before.difference(after);
    let day = since.to_string();
    for id in schedule.succession(id) {
        if writes.contains_key("place") {
            editor.claim();
            let series = container(editor.reader(), "series")?;
            count(editor, &series, &format!("{id}/seq"))?;
        }
        for (field, text) in &writes {
            put(editor, id, &format!("{field}@{day}"), text)?;
        }
        for key in schedule.plan.series.get(&id.0).into_iter().flat_map(|fields| fields.keys()) {
            let later = key.split_once('@').filter(|(_, since)| *since > day.as_str());
            if let Some(text) = later.and_then(|(field, _)| writes.get(field)) {
                put(editor, id, key, text)?;
            }
        }
    }
    Ok(())
}

/// Leaves one date out of a series, or takes it back in, in the plan itself: for files that say so.
pub fn skip(editor: &mut Editor<'_>, id: &SeriesId, date: Local) -> Result<(), ScheduleError> {
    put(editor, id, &format!("skip/{date}"), YES)
}

/// Gives a series one more date.
pub fn extra(editor: &mut Editor<'_>, id: &SeriesId, date: Local) -> Result<(), ScheduleError> {
    put(editor, id, &format!("extra/{date}"), YES)?;
    let series = container(editor.reader(), "series")?;
    let key = format!("{id}/skip/{date}");
    if editor.reader().get(&series, &key)?.is_some() {
        editor.put(&series, &key, NO)?;
    }
    Ok(())
}

/// Writes the pattern of a series in place: for a calendar that sent a new version of its own series.
pub fn replace(
    editor: &mut Editor<'_>,
    id: &SeriesId,
    before: &Details,
    details: &Details,
    pattern: &Pattern,
) -> Result<(), ScheduleError> {
    editor.claim();
    for (field, text) in before.difference(details) {
        put(editor, id, &field, &text)?;
    }
    put(editor, id, "when", &pattern.when.to_string())?;
    put(editor, id, "rule", &pattern.rule.to_string())?;
    let series = container(editor.reader(), "series")?;
    count(editor, &series, &format!("{id}/seq"))
}

fn put(editor: &mut Editor<'_>, id: &SeriesId, field: &str, text: &str) -> Result<(), ScheduleError> {
    edit::put(editor, "series", &format!("{id}/{field}"), text)
}

impl Schedule {
    /// All series, by name; `on` says as of which day their texts are.
    pub fn all_series(&self, on: Date) -> Vec<Series> {
        let ids = self.plan.series.keys().map(|key| SeriesId(key.clone()));
        let mut all: Vec<_> = ids.filter_map(|id| self.series_of(&id, on)).collect();
        all.sort_by(|a, b| (&a.details.title, &a.when, &a.id).cmp(&(&b.details.title, &b.when, &b.id)));
        all
    }

    /// One series.
    pub fn series_of(&self, id: &SeriesId, on: Date) -> Option<Series> {
        let fields = self.plan.series.get(&id.0)?;
        let day = on.to_string();
        let mut layers = std::collections::BTreeMap::new();
        for (key, cell) in fields {
            match key.split_once('@') {
                None => layers.insert(key.as_str(), cell.text.as_str()),
                Some((key, since)) if since <= day.as_str() => layers.insert(key, cell.text.as_str()),
                Some(_) => None,
            };
        }
        Some(Series {
            id: id.clone(),
            when: layers.get("when")?.parse().ok()?,
            rule: layers.get("rule").map(|rule| (*rule).to_owned()).unwrap_or_default(),
            ends: self.ends(id).map(|end| Local::from(end).to_string()),
            follows: layers.get("follows").map(|series| SeriesId::new(series)),
            uid: layers.get("uid").map(|uid| (*uid).to_owned()),
            details: Details::from_flat(layers),
        })
    }

    /// The dates from `from` on that already have people, of a series and of all that continue each other with it: what
    /// an organizer must see before changing the series. Only in the months that were given.
    pub fn dates_with_people(&self, id: &SeriesId, from: DateTime) -> Vec<Shift> {
        let all = self.succession(id);
        let mut found = Vec::new();
        for shift_id in self.dates_spoken_of() {
            let is_there =
                shift_id.in_series().is_some_and(|(series, at)| at.at >= from && all.contains(&series));
            let shift = if is_there { self.shift(&shift_id) } else { None };
            found.extend(shift.filter(|shift| shift.is_on() && shift.involved().next().is_some()));
        }
        found.sort_by_key(|shift| shift.span);
        found
    }

    /// The dates from `from` on that were moved or cancelled, without those that have people: they stay so when the series
    /// is changed, and whoever changes it should know. Only in the months that were given.
    pub fn dates_that_differ(&self, id: &SeriesId, from: DateTime) -> Vec<Shift> {
        let all = self.succession(id);
        let mut found = Vec::new();
        for (month, cells) in &self.months {
            for (key, own) in &cells.shifts {
                let shift_id = ShiftId { month: *month, key: key.clone() };
                let Some((series, original)) = shift_id.in_series() else { continue };
                let is_moved_or_off = own.contains_key("when") || own.contains_key("cancelled");
                let is_theirs = original.at >= from && all.contains(&series) && !own.contains_key(PASSED);
                if !is_moved_or_off || !is_theirs {
                    continue;
                }
                let shift = self.shift(&shift_id).filter(|shift| !shift.removed);
                found.extend(shift.filter(|shift| !shift.is_on() || shift.involved().next().is_none()));
            }
        }
        found.sort_by_key(|shift| shift.span);
        found
    }

    /// What is to be written into the months after `id` was ended before `from`. `self` is the schedule as it was
    /// before, `after` the one in which `next` continues it.
    pub fn follow_up(
        &self,
        after: &Self,
        id: &SeriesId,
        next: Option<&SeriesId>,
        from: DateTime,
        choice: WithPeople,
    ) -> Vec<FollowUp> {
        let mut steps = Vec::new();
        let mut taken = Vec::new();
        let from = next.and_then(|next| after.begins(next)).map_or(from, |begins| begins.min(from));
        let with_people = self.dates_with_people(id, from);
        let ended = if next.is_some() { self.succession(id) } else { &[] };
        for (series, next) in ended.iter().filter_map(|series| Some((series, next?))) {
            let found = self.exceptions(after, series, next, from, &with_people);
            taken.extend(found.carried.iter().filter(|date| !date.takes_place()).map(|date| date.to.clone()));
            steps.extend(found.carried.into_iter().map(|date| Step::Carry(Box::new(date))));
            steps.extend(found.left.into_iter().map(Step::Keep));
        }
        for shift in with_people {
            if choice == WithPeople::Keep {
                // It stands for what the next series has on its day: the same work is not wanted twice.
                steps.push(Step::Keep(shift.id));
                continue;
            }
            let instead = if choice == WithPeople::MoveAndAsk {
                next.and_then(|next| after.date_instead(next, &shift, &taken))
            } else {
                None
            };
            if let Some(new) = &instead {
                taken.push(new.clone());
                for sign_up in shift.involved().filter(|sign_up| sign_up.state != State::Late) {
                    let mut coming = shift.coming(sign_up.companions, None);
                    coming.part = None;
                    let why = sign_up.why_anew();
                    steps.push(Step::Ask(new.clone(), sign_up.person.clone(), coming, why));
                }
            }
            // It must stay visible, struck through, though the series has it no more.
            steps.push(Step::Keep(shift.id.clone()));
            steps.push(Step::PassOn(shift.id, instead));
        }
        let mut follow_ups: Vec<FollowUp> = Vec::new();
        for step in steps {
            let document = match &step {
                Step::Keep(id) | Step::PassOn(id, _) | Step::Ask(id, ..) => id.document(),
                Step::Carry(date) => date.to.document(),
            };
            match follow_ups.iter_mut().find(|follow_up| follow_up.document == document) {
                Some(follow_up) => follow_up.steps.push(step),
                None => follow_ups.push(FollowUp { document, steps: vec![step] }),
            }
        }
        follow_ups
    }

    /// The date of a series that stands for a shift, or else is nearest to it, and that no other has been moved to.
    fn date_instead(&self, series: &SeriesId, shift: &Shift, taken: &[ShiftId]) -> Option<ShiftId> {
        let own = shift.id.in_series();
        let own = own.and_then(|(before, original)| self.counterpart(&before, original.at.date(), series));
        if let Some(own) = own.filter(|own| !taken.contains(own)) {
            return Some(own);
        }
        let at = shift.when.start().at;
        let around = SignedDuration::from_hours(24 * 45);
        let dates = self.dates(series, at.saturating_sub(around), at.saturating_add(around));
        let ids = dates.into_iter().map(|date| (date, ShiftId::of_series(series, date.into())));
        let free = ids.filter(|(_, id)| !taken.contains(id));
        free.min_by_key(|(date, _)| date.duration_since(at).abs()).map(|(_, id)| id)
    }

    /// The months in which dates of a series from `from` on may have people: a year ahead.
    pub fn months_ahead(from: Date) -> Vec<Month> {
        let first = Month::of(from);
        first.to(first.plus(12)).collect()
    }

    /// Copies of all shifts of a day, for another day, at the same clock times. Those that were cancelled are left out.
    pub fn copies(&self, from: Date, to: Date) -> Vec<(Shift, When)> {
        let Ok(next) = from.tomorrow() else { return Vec::new() };
        let shifts = self.shifts(from, next).into_iter();
        let begin_there = shifts.filter(|shift| shift.is_on() && shift.when.day() == from);
        begin_there
            .map(|shift| {
                let when = shift.when.on(to);
                (shift, when)
            })
            .collect()
    }
}

/// Whom a copied day brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CopiedPeople {
    /// Nobody.
    Nobody,
    /// The same people, who are asked.
    SameAsked,
}

/// Writes the copies of a day, as [`Schedule::copies`] gives them, into the document of the day's month.
pub fn write_copies(
    editor: &mut Editor<'_>,
    month: Month,
    copies: &[(Shift, When)],
    people: CopiedPeople,
) -> Result<Vec<ShiftId>, ScheduleError> {
    let mut ids = Vec::new();
    for (shift, when) in copies {
        let id = edit::add(editor, month, &shift.details, when, None)?;
        if people == CopiedPeople::SameAsked {
            for sign_up in shift.involved().filter(|sign_up| sign_up.state != State::Late) {
                let coming =
                    super::act::Coming { when: when.clone(), ..shift.coming(sign_up.companions, None) };
                edit::ask(editor, &id, &sign_up.person, &coming)?;
            }
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Shifts of a range of days made one by one from a pattern: by month, so that each goes into its document.
pub fn range(pattern: &Pattern, until: Date) -> Vec<(Month, Vec<When>)> {
    let pattern = pattern.snapped();
    let start = pattern.when.start().at;
    let end = until.tomorrow().unwrap_or(until).to_datetime(Time::midnight());
    let mut months: Vec<(Month, Vec<When>)> = Vec::new();
    for date in pattern.rule.dates(start, start, end) {
        let when = pattern.when.starting(date);
        let month = Month::of(date.date());
        match months.last_mut() {
            Some((last, whens)) if *last == month => whens.push(when),
            _ => months.push((month, vec![when])),
        }
    }
    months
}
