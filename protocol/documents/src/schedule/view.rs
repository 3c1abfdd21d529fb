//! Shifts as people see them: the plan and the months put together, dates of series worked out, states derived.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use porchlight_wire::Timestamp;
use serde::Serialize;

use super::act::Coming;
use super::cell::{Cell, Fields, MonthCells, PlanCells};
use super::details::{Details, YES, is_text};
use super::edit::AGAIN;
use super::elsewhere::{Along, PASSED};
use super::roll::Roll;
use super::rule::Rule;
use super::sign_up::{self, Counts, Facts, SignUp, State};
use super::succession::Successions;
use super::when::{Local, Span, When};
use super::zone::{ZoneError, Zones};
use super::{Month, Person, SeriesId, ShiftId};
use crate::contacts::{Stamp, Version};
use crate::ledger::Place;

/// The longest that one shift can be; see [`When::check`].
const LONGEST_DAYS: i64 = 70;

/// Some months of a group's shifts.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The group's zone, in which days begin and end.
    pub(crate) home: String,
    pub(crate) zones: Zones,
    pub(crate) plan: PlanCells,
    pub(crate) months: BTreeMap<Month, MonthCells>,
    pub(super) successions: Successions,
    pub(super) along: Along,
    /// Who counts; everybody where that was not said.
    pub(super) roll: Option<Roll>,
    /// What time it is, where that was said.
    pub(super) now: Option<Timestamp>,
}

/// One shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shift {
    /// Which.
    pub id: ShiftId,
    /// The series of which it is a date.
    pub series: Option<SeriesId>,
    /// When it would be if it were not moved: for dates of a series.
    pub original: Option<String>,
    /// What it is about.
    pub details: Details,
    /// When it is, by the clock.
    pub when: When,
    /// When it is, in milliseconds since 1970.
    #[serde(flatten, serialize_with = "span_as_millis")]
    pub span: Span,
    /// How much longer it is than the clock times say, in minutes, because clocks change during it.
    pub extra_minutes: i64,
    /// Why it was cancelled; nothing if it was not.
    pub cancelled: Option<String>,
    /// It was removed, or its series has no such date any more, but people are in it.
    pub removed: bool,
    /// Its series has no such date any more, or another has it: it cannot be brought back by itself.
    pub is_gone: bool,
    /// Where its people were asked to come instead.
    pub instead: Option<ShiftId>,
    /// A date that differs from its series.
    pub is_exception: bool,
    /// Fields with several versions.
    pub conflicts: Vec<FieldConflict>,
    /// Who comes, and who does not.
    pub people: Vec<SignUp>,
    /// How full it is.
    pub counts: Counts,
    /// Who would stay if nobody came. For organizers only.
    pub stays: Vec<Person>,
    /// Who was there, and when.
    pub checks: BTreeMap<Person, Presence>,
    /// How often its time or place was changed.
    pub sequence: u32,
    /// Who changed it last, and when.
    pub modified: Option<Stamp>,
    /// The name that a calendar gave it.
    pub uid: Option<String>,
}

/// Versions of one field of a shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldConflict {
    /// Its key ("title", "when").
    pub field: String,
    /// What people wrote; the first is the one shown.
    pub versions: Vec<Version>,
}

/// When somebody was there, in milliseconds since 1970 by their clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// When they came.
    pub arrived: Option<u64>,
    /// When they went.
    pub left: Option<u64>,
}

impl Shift {
    /// What somebody who signs up now has in front of them.
    pub fn coming(&self, companions: u32, part: Option<When>) -> Coming {
        Coming { when: self.when.clone(), place: self.details.place.clone(), companions, part }
    }

    /// Where a person stands here.
    pub fn sign_up(&self, person: &Person) -> Option<&SignUp> {
        self.people.iter().find(|sign_up| sign_up.person == *person)
    }

    /// Whether help is still wanted there.
    pub fn is_on(&self) -> bool {
        self.cancelled.is_none() && !self.removed
    }

    /// Those who have a place and need not be asked.
    pub fn confirmed(&self) -> impl Iterator<Item = &SignUp> {
        self.people.iter().filter(|sign_up| sign_up.state == State::Confirmed)
    }

    /// Those who count on it or are counted on: all but those who withdrew or went.
    pub fn involved(&self) -> impl Iterator<Item = &SignUp> {
        let is_out = |state: &State| matches!(state, State::Withdrawn { .. } | State::Departed);
        self.people.iter().filter(move |sign_up| !is_out(&sign_up.state))
    }
}

impl Schedule {
    /// Puts it together. `home` is the group's zone.
    pub fn new(
        home: &str,
        zones: Zones,
        plan: PlanCells,
        months: impl IntoIterator<Item = MonthCells>,
    ) -> Result<Self, ZoneError> {
        zones.get(home)?;
        let months = months.into_iter().map(|cells| (cells.month, cells)).collect();
        let (successions, along) = (Successions::default(), Along::default());
        let mut all =
            Self { home: home.to_owned(), zones, plan, months, successions, along, roll: None, now: None };
        all.settle();
        Ok(all)
    }

    /// As of a time: places that were offered to people on standby went on to the next meanwhile.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Works out anew which series has which dates, after the plan or a month was written into.
    pub(crate) fn settle(&mut self) {
        self.successions = Successions::of(&self.plan);
        self.along = Along::of(self);
    }

    /// The months whose documents are needed to see the days from `from` until before `to`.
    pub fn months(plan: &PlanCells, from: Date, to: Date) -> Vec<Month> {
        // What was said of a date may lie with another day of its week, in the document of the next month.
        let seen =
            if plan.has_successions() { to.saturating_add(SignedDuration::from_hours(24 * 6)) } else { to };
        let (first, last) = (Month::of(from), Month::of(seen));
        let mut months: BTreeSet<Month> = first.plus(-1).to(last).collect();
        for (id, seen) in &plan.away {
            let Some((from, to)) = seen.split_once(',') else { continue };
            let (Ok(from), Ok(to)) = (from.parse::<Month>(), to.parse::<Month>()) else { continue };
            if from <= last && to >= first {
                months.extend(id.parse::<ShiftId>().map(|id| id.month));
            }
        }
        months.into_iter().collect()
    }

    /// Zones that shifts are told in and whose rules are not here. Until they are, such shifts are shown as if they
    /// were told in the group's zone.
    pub fn missing_zones(&self) -> BTreeSet<String> {
        let series = self.plan.series.values();
        let all = self.months.values().flat_map(|month| month.shifts.values()).chain(series);
        let whens = all.filter_map(|fields| fields.get("when")?.text.parse::<When>().ok());
        let zones = whens.filter_map(|when| match when {
            When::Hours { zone, .. } => Some(zone),
            When::Days { .. } => None,
        });
        zones.filter(|zone| !self.zones.has(zone)).collect()
    }

    /// The group's zone.
    pub fn home(&self) -> &str {
        &self.home
    }

    /// The rules of zones that it was given.
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// All shifts that share a moment with the days from `from` until before `to`, in order. Those that were removed
    /// are among them only if people are in them, and nobody was asked to come to another instead.
    pub fn shifts(&self, from: Date, to: Date) -> Vec<Shift> {
        let is_wanted = |shift: &Shift| !shift.removed || shift.involved().next().is_some();
        self.without_repeats(self.shifts_where(from, to, is_wanted))
    }

    /// The same for those that are wanted, removed or not.
    pub(crate) fn shifts_where(
        &self,
        from: Date,
        to: Date,
        is_wanted: impl Fn(&Shift) -> bool,
    ) -> Vec<Shift> {
        let Ok(days) = (When::Days { first: from, end: to }).span(&self.home, &self.zones) else {
            return Vec::new();
        };
        let mut shifts = Vec::new();
        for id in self.ids(from, to) {
            let Some(shift) = self.shift(&id) else { continue };
            if shift.span.overlaps(&days) && is_wanted(&shift) {
                shifts.push(shift);
            }
        }
        shifts.sort_by(|a, b| (a.span, &a.details.title, &a.id).cmp(&(b.span, &b.details.title, &b.id)));
        shifts
    }

    /// One shift; nothing if nothing was ever said about it.
    pub fn shift(&self, id: &ShiftId) -> Option<Shift> {
        let own = self.months.get(&id.month).and_then(|month| month.shifts.get(&id.key));
        let Some((series, original)) = id.in_series() else {
            let own = own?;
            let when = own.get("when")?.text.parse().ok()?;
            return Some(self.build(
                id,
                own.iter().map(|(key, cell)| (key.as_str(), cell)).collect(),
                when,
                None,
            ));
        };
        let fields = self.plan.series.get(&series.0)?;
        let first: When = fields.get("when")?.text.parse().ok()?;
        let day = original.at.date().to_string();
        let mut layers = BTreeMap::new();
        for (key, cell) in fields {
            match key.split_once('@') {
                None => layers.insert(key.as_str(), cell),
                Some((key, since)) if since <= day.as_str() => layers.insert(key, cell),
                Some(_) => None,
            };
        }
        let own_count = own.and_then(|own| own.get("seq")).map_or(0, |cell| number(&cell.text));
        layers.remove("uid");
        let base_count = layers.remove("seq").map_or(0, |cell| number(&cell.text));
        let says = |field| own.is_some_and(|own| own.contains_key(field));
        let elsewhere = self.said_elsewhere(&series, original.at.date(), own);
        let is_moved = elsewhere.contains_key("when");
        layers.extend(elsewhere);
        layers.extend(own.into_iter().flatten().map(|(key, cell)| (key.as_str(), cell)));
        let when = match layers.get("when").filter(|_| is_moved || says("when")) {
            Some(cell) => cell.text.parse().ok()?,
            None => first.starting(original.at),
        };
        let is_kept = layers.get("kept").is_some_and(|cell| cell.text == YES);
        let is_gone = !is_kept && !self.has_date(&series, original.at);
        let mut shift = self.build(id, layers, when, Some((series, original)));
        shift.removed |= is_gone;
        shift.is_gone = is_gone;
        shift.instead = shift.instead.or_else(|| self.along.target(id).filter(|_| is_gone).cloned());
        shift.is_exception = own.is_some_and(|own| own.keys().any(|key| key != "uid"));
        shift.sequence = base_count.saturating_add(own_count);
        Some(shift)
    }

    /// The dates of a series by their original starts, from `from` until before `to`, without those it lost.
    pub(crate) fn dates(&self, series: &SeriesId, from: DateTime, to: DateTime) -> Vec<DateTime> {
        self.dates_until(series, from, self.ends(series).map_or(to, |end| end.min(to)))
    }

    /// The same, with those that it lost because another series has them or it was ended.
    pub(super) fn dates_until(&self, series: &SeriesId, from: DateTime, end: DateTime) -> Vec<DateTime> {
        let Some(fields) = self.plan.series.get(&series.0) else { return Vec::new() };
        let text = |key: &str| fields.get(key).map(|cell| cell.text.as_str());
        let Some(first) = text("when").and_then(|text| text.parse::<When>().ok()) else { return Vec::new() };
        let start = first.start().at;
        let mut dates: BTreeSet<DateTime> = match text("rule").and_then(|rule| rule.parse::<Rule>().ok()) {
            Some(rule) => rule.dates(start, from, end).into_iter().collect(),
            None => std::iter::once(start).filter(|date| *date >= from && *date < end).collect(),
        };
        for (key, cell) in fields.iter().filter(|(_, cell)| cell.text == YES) {
            let date = |prefix| key.strip_prefix(prefix)?.parse::<Local>().ok();
            if let Some(date) = date("extra/")
                && date.at >= from
                && date.at < end
            {
                dates.insert(date.at);
            } else if let Some(date) = date("skip/") {
                dates.remove(&date.at);
            }
            let _ = cell;
        }
        dates.into_iter().collect()
    }

    pub(super) fn has_date(&self, series: &SeriesId, date: DateTime) -> bool {
        let next = date.saturating_add(SignedDuration::from_secs(1));
        !self.dates(series, date, next).is_empty()
    }

    /// Everything of which something is known around these days.
    fn ids(&self, from: Date, to: Date) -> BTreeSet<ShiftId> {
        let mut ids = BTreeSet::new();
        for (month, cells) in &self.months {
            let keys = cells.shifts.keys().chain(cells.acts.keys());
            ids.extend(keys.map(|key| ShiftId { month: *month, key: key.clone() }));
            // What was moved far away may be another series' date by now.
            let moved = cells.shifts.iter().filter(|(_, own)| own.contains_key("when"));
            let moved = moved.map(|(key, _)| ShiftId { month: *month, key: key.clone() });
            ids.extend(moved.flat_map(|id| self.standing_for(&id)));
        }
        let back = SignedDuration::from_hours(24 * LONGEST_DAYS);
        for (key, fields) in &self.plan.series {
            let Some(when) = fields.get("when").and_then(|cell| cell.text.parse::<When>().ok()) else {
                continue;
            };
            let back =
                if when.is_flexible() { back } else { SignedDuration::from_hours(48).max(when.nominal()) };
            let series = SeriesId(key.clone());
            let from = from.to_datetime(Time::midnight()).saturating_sub(back);
            let to = to.to_datetime(Time::midnight()).saturating_add(SignedDuration::from_hours(48));
            let dates = self.dates(&series, from, to);
            ids.extend(dates.into_iter().map(|date| ShiftId::of_series(&series, date.into())));
        }
        ids
    }

    fn build(
        &self,
        id: &ShiftId,
        fields: BTreeMap<&str, &Cell>,
        when: When,
        of: Option<(SeriesId, Local)>,
    ) -> Shift {
        let details = Details::from_flat(fields.iter().map(|(key, cell)| (*key, cell.text.as_str())));
        let span = self.span(&when);
        let is_close = |other: &When| when.is_close_to(other, &self.home, &self.zones);
        let facts = Facts {
            needs: details.needs,
            place: &details.place,
            changed: changed(&fields),
            restored: fields.get(AGAIN).map(|cell| cell.place),
            start: span.start,
            end: span.end,
            now: self.now,
            start_of: &|when| self.span(when).start,
            is_close: &is_close,
            roll: self.roll.as_ref(),
        };
        let month = self.months.get(&id.month);
        let (people, counts) = sign_up::derive(&self.acts(id), &facts);
        let text = |key: &str| fields.get(key).map(|cell| cell.text.as_str());
        let conflicts = fields
            .iter()
            .filter(|(key, cell)| !cell.versions.is_empty() && (is_text(key) || **key == "when"))
            .map(|(key, cell)| FieldConflict { field: (*key).to_owned(), versions: cell.versions.clone() });
        let conflicts = conflicts.collect();
        let (series, original) = of.map_or((None, None), |(series, at)| (Some(series), Some(at.to_string())));
        Shift {
            id: id.clone(),
            series,
            original,
            extra_minutes: when.extra_minutes(&self.zones).unwrap_or(0),
            cancelled: text("cancelled")
                .and_then(|text| text.strip_prefix(YES))
                .or_else(|| text(PASSED)?.strip_prefix(YES))
                .map(|why| why.trim().to_owned()),
            removed: text("removed") == Some(YES),
            is_gone: false,
            instead: text("instead").and_then(|text| text.parse().ok()),
            is_exception: false,
            conflicts,
            people,
            counts,
            stays: self.stays(month.and_then(|month| month.stays.get(&id.key))),
            checks: self.checks(month.and_then(|month| month.checks.get(&id.key))),
            sequence: text("seq").map_or(0, number),
            modified: fields.values().map(|cell| cell.stamp).max_by_key(|stamp| (stamp.time, stamp.who)),
            uid: text("uid").map(str::to_owned),
            details,
            when,
            span,
        }
    }

    /// Of those who offered to stay, those who are there.
    fn stays(&self, offered: Option<&Vec<Person>>) -> Vec<Person> {
        let offered = offered.into_iter().flatten().map(|person| self.who(person.clone()));
        let there: BTreeSet<Person> = offered.filter(|person| self.has(person)).collect();
        there.into_iter().collect()
    }

    fn checks(&self, fields: Option<&Fields>) -> BTreeMap<Person, Presence> {
        let mut checks = BTreeMap::<Person, Presence>::new();
        for (key, cell) in fields.into_iter().flatten() {
            let Some((person, end)) = key.split_once('/') else { continue };
            let Ok(person) = person.parse() else { continue };
            let presence = checks.entry(self.who(person)).or_default();
            // It was taken back that they left.
            let Ok(time) = cell.text.parse::<u64>() else { continue };
            match end {
                // Of one person who had two names, from the first word of them until the last.
                "in" => presence.arrived = Some(presence.arrived.map_or(time, |other| other.min(time))),
                "out" => presence.left = presence.left.max(Some(time)),
                _ => {}
            }
        }
        checks
    }

    /// The points in time; in the group's zone if the rules of its own are missing.
    fn span(&self, when: &When) -> Span {
        let span = when.span(&self.home, &self.zones).or_else(|_| match when {
            When::Hours { start, end, .. } => {
                When::Hours { start: *start, end: *end, zone: self.home.clone() }
                    .span(&self.home, &self.zones)
            }
            When::Days { .. } => when.span("UTC", &self.zones),
        });
        span.unwrap_or(Span { start: Timestamp::default(), end: Timestamp::default() })
    }
}

/// Where the last change of time or place stands.
fn changed(fields: &BTreeMap<&str, &Cell>) -> Option<Option<Place>> {
    let places = ["when", "place"].into_iter().filter_map(|key| fields.get(key)).map(|cell| cell.place);
    // One that waits comes after all that do not.
    places.max_by_key(|place| (place.is_none(), *place))
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

fn span_as_millis<S: serde::Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("start", &span.start.millis())?;
    map.serialize_entry("end", &span.end.millis())?;
    map.end()
}
