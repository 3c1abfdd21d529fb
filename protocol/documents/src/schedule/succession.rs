//! Series that continue each other, and which of them has the dates of a day.
//!
//! Two phones without a network may both continue the same series, from different days, and neither knows of the
//! other's. So no series goes on into the days of one that takes over after it: what has dates is worked out here, the
//! same on all devices, and no day has a date of two.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{DateTime, Time};

use super::cell::{Fields, PlanCells};
use super::rule::Rule;
use super::when::{Local, When};
use super::{Schedule, SeriesId};
use crate::ledger::Place;

/// Where each series of a plan ends, and which continue each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Successions {
    /// From when on a series has no dates.
    ends: BTreeMap<String, DateTime>,
    /// By each series the first of its succession.
    firsts: BTreeMap<String, String>,
    /// By the first one all of a succession, in the order in which they take over.
    members: BTreeMap<String, Vec<SeriesId>>,
}

/// One series of a succession.
struct Member<'a> {
    key: &'a str,
    /// From when on its dates stand for those of the series before it.
    begins: DateTime,
    /// Of two that take over on the same day the one that is later in the log does.
    rank: (bool, Option<Place>),
    /// It has no date at all, because another took its place.
    is_replaced: bool,
}

impl Successions {
    pub(crate) fn of(plan: &PlanCells) -> Self {
        let mut all = Self::default();
        let mut members = BTreeMap::<&str, Vec<Member<'_>>>::new();
        for (key, fields) in &plan.series {
            let Some(member) = Member::of(key, fields) else { continue };
            let first = first_of(plan, key);
            all.firsts.insert(key.clone(), first.to_owned());
            all.ends.extend(earliest(fields, "ends").map(|end| (key.clone(), end)));
            members.entry(first).or_default().push(member);
        }
        for (first, mut members) in members {
            members.sort_by(|a, b| (a.begins, a.rank, a.key).cmp(&(b.begins, b.rank, b.key)));
            // Walked from the last: each ends where the next begins that has dates.
            let mut end = plan.series.get(first).and_then(|fields| earliest(fields, "over"));
            for member in members.iter().rev() {
                if let Some(end) = end {
                    let own = all.ends.entry(member.key.to_owned()).or_insert(end);
                    *own = end.min(*own);
                }
                if !member.is_replaced {
                    end = Some(end.map_or(member.begins, |end| end.min(member.begins)));
                }
            }
            let ids = members.iter().map(|member| SeriesId::new(member.key)).collect();
            all.members.insert(first.to_owned(), ids);
        }
        all
    }
}

impl<'a> Member<'a> {
    fn of(key: &'a str, fields: &Fields) -> Option<Self> {
        let when = fields.get("when")?;
        let first = when.text.parse::<When>().ok()?.start().at;
        let begins = fields.get("begins").and_then(|cell| cell.text.parse::<Local>().ok());
        Some(Self {
            key,
            begins: begins.map_or(first, |begins| begins.at.min(first)),
            rank: (when.place.is_none(), when.place),
            is_replaced: earliest(fields, "ends").is_some_and(|end| end <= first),
        })
    }
}

/// The series with which a succession began.
fn first_of<'a>(plan: &'a PlanCells, key: &'a str) -> &'a str {
    let mut passed = BTreeSet::from([key]);
    let mut first = key;
    while let Some(before) = follows(plan, first).filter(|before| passed.insert(*before)) {
        first = before;
    }
    first
}

fn follows<'a>(plan: &'a PlanCells, key: &str) -> Option<&'a str> {
    Some(plan.series.get(key)?.get("follows")?.text.as_str())
}

/// The earliest of the times that people wrote into a field without knowing of each other.
fn earliest(fields: &Fields, field: &str) -> Option<DateTime> {
    let cell = fields.get(field)?;
    let versions = cell.versions.iter().map(|version| version.text.as_str());
    versions.chain([cell.text.as_str()]).filter_map(|text| text.parse::<Local>().ok()).map(|end| end.at).min()
}

/// From when on another series has the dates, if it takes over at `at`: at midnight, whatever the hours of its own
/// dates are, so that no day has two. Only of a rule with several hours a day some may be left on that day.
pub(super) fn turn_of_day(rule: Option<&Rule>, usual: Time, at: DateTime) -> DateTime {
    if rule.is_some_and(Rule::has_several_hours) {
        return at;
    }
    let day = if usual >= at.time() { at.date() } else { at.date().tomorrow().unwrap_or(at.date()) };
    day.to_datetime(Time::midnight())
}

impl Schedule {
    /// From when on a series has no more dates: another takes over, or it was ended.
    pub(crate) fn ends(&self, series: &SeriesId) -> Option<DateTime> {
        self.successions.ends.get(&series.0).copied()
    }

    /// The series with which a succession began.
    pub(crate) fn first_series(&self, series: &SeriesId) -> SeriesId {
        self.successions.firsts.get(&series.0).map_or_else(|| series.clone(), |first| SeriesId::new(first))
    }

    /// A series and all that continue each other with it, in the order in which they take over.
    pub(crate) fn succession(&self, series: &SeriesId) -> &[SeriesId] {
        let first = self.successions.firsts.get(&series.0);
        first.and_then(|first| self.successions.members.get(first)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those of a succession that may have dates from `from` on.
    pub(super) fn going_on(&self, series: &SeriesId, from: DateTime) -> Vec<SeriesId> {
        let goes_on = |id: &&SeriesId| {
            let first = self.first_date(id);
            self.ends(id).is_none_or(|end| end > from && first.is_some_and(|first| end > first))
        };
        self.succession(series).iter().filter(goes_on).cloned().collect()
    }

    /// The time of its first date, as its pattern says.
    pub(super) fn first_date(&self, series: &SeriesId) -> Option<DateTime> {
        let when = self.plan.series.get(&series.0)?.get("when")?;
        Some(when.text.parse::<When>().ok()?.start().at)
    }

    /// From when on its dates stand for those of the series before it.
    pub(super) fn begins(&self, series: &SeriesId) -> Option<DateTime> {
        let begins = self.plan.series.get(&series.0)?.get("begins");
        let begins = begins.and_then(|cell| cell.text.parse::<Local>().ok()).map(|begins| begins.at);
        begins.or_else(|| self.first_date(series))
    }

    /// The series that this one continues, the nearest first.
    pub(super) fn before(&self, series: &SeriesId) -> Vec<SeriesId> {
        let mut passed = BTreeSet::from([series.0.as_str()]);
        let mut all = Vec::new();
        let mut before = follows(&self.plan, &series.0);
        while let Some(key) = before.filter(|key| passed.insert(*key)) {
            all.push(SeriesId::new(key));
            before = follows(&self.plan, key);
        }
        all
    }
}
