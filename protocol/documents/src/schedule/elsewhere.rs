//! What was said of a date of a series under the name that it has, or had, in another series of its succession.
//!
//! Somebody who cancels or moves a date, or changes the pattern once more, may not know of the series that continues it
//! meanwhile. So what was said of a date holds for the one that stands for it in the next series: that of the same day
//! or, where the days of the week changed, the one of the same week that has its place.

mod along;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, ToSpan};

pub(super) use self::along::Along;
use super::cell::{Cell, Fields};
use super::details::YES;
use super::exceptions::NOT_CARRIED;
use super::rule::{Every, Rule};
use super::{Month, Schedule, SeriesId, ShiftId};

/// The dates of another series for which one stands.
#[derive(Debug)]
struct Counterparts {
    days: Vec<Date>,
    kin: Kin,
}

/// How a date stands for those of another series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kin {
    /// It is that of the same day.
    SameDay,
    /// It stands for just one, on another day, and nothing else does.
    OtherDay,
    /// It stands for several together, or several do.
    Several,
}

/// What was said of the date that a series has, or had, on a day.
#[derive(Default)]
struct Said<'a> {
    /// It is cancelled or removed.
    off: Option<(&'static str, &'a Cell)>,
    /// It is kept in place of those that other series have.
    stands: Option<&'a Cell>,
    /// Its people were told that it is another's: what was said of it holds no longer.
    has_passed: bool,
    /// It was taken back that it is cancelled or removed.
    is_on: bool,
    /// What else differs from its series.
    fields: BTreeMap<&'a str, &'a Cell>,
}

impl Schedule {
    /// What was said elsewhere of the date of a series on this day: that it is cancelled or removed, that another was kept
    /// in its place and it is not wanted, when it is instead, and what it is about. The series before count first, and
    /// what is said of the date itself, which is `own`, before all.
    pub(super) fn said_elsewhere<'a>(
        &'a self,
        series: &SeriesId,
        day: Date,
        own: Option<&'a Fields>,
    ) -> BTreeMap<&'a str, &'a Cell> {
        let mut layers = BTreeMap::new();
        let succession = self.succession(series);
        let own = own.map(Said::of).unwrap_or_default();
        if succession.len() < 2 || own.has_passed {
            return layers;
        }
        let is_open = own.off.is_none() && !own.is_on;
        let mut found: Vec<(&SeriesId, Vec<Said<'_>>, Kin)> = Vec::new();
        for other in succession.iter().filter(|other| *other != series) {
            let said = self.said_of_counterparts(series, day, other);
            found.extend(said.map(|(said, kin)| (other, said, kin)));
        }
        let rank = |other: &SeriesId| succession.iter().position(|one| one == other);
        // One that was kept on another day does not stand for it: people may be wanted on both.
        let standing = found.iter().rev().find_map(|(other, said, kin)| match said.as_slice() {
            [Said { stands: Some(cell), .. }] if *kin == Kin::SameDay => Some((*other, *cell)),
            _ => None,
        });
        // Of two that were kept, which happens where people do not know of each other, the later stands.
        if let Some((other, cell)) = standing
            && is_open
            && (own.stands.is_none() || rank(other) > rank(series))
        {
            layers.insert("removed", cell);
            return layers;
        }
        // Those that it continues, the nearest first, then what others continue meanwhile.
        let chain = self.before(series);
        let distance = |other: &SeriesId| chain.iter().position(|before| before == other);
        found.sort_by_key(|(other, ..)| distance(other).unwrap_or(usize::MAX));
        let mut is_passed_on = false;
        for (other, said, kin) in found {
            let is_before = distance(other).is_some();
            // What was said before its people were told holds no longer; what others say meanwhile does.
            is_passed_on |= is_before && said.iter().any(|said| said.has_passed);
            if is_before && is_passed_on {
                continue;
            }
            match (said.as_slice(), kin) {
                ([said], Kin::SameDay | Kin::OtherDay) => {
                    if !said.has_passed {
                        said.fields.iter().for_each(|(field, cell)| {
                            layers.entry(*field).or_insert(*cell);
                        });
                    }
                    if is_open && said.off.is_some() {
                        layers.extend(said.off);
                        break;
                    }
                    if is_before && said.is_on {
                        break;
                    }
                }
                (all, _) if is_open && all.iter().all(|said| said.off.is_some()) => {
                    layers.extend(all.first().and_then(|said| said.off));
                    break;
                }
                _ => {}
            }
        }
        layers
    }

    /// The date of `next` that stands for the one that `series` has, or had, on this day, and for no other.
    pub(super) fn counterpart(&self, series: &SeriesId, day: Date, next: &SeriesId) -> Option<ShiftId> {
        let found = self.counterparts(series, day, next);
        match found.days.as_slice() {
            [day] if found.kin != Kin::Several => self.date_on(next, *day),
            _ => None,
        }
    }

    /// The dates of other series that stand for one of which something is said: there it holds too.
    pub(crate) fn standing_for(&self, id: &ShiftId) -> Vec<ShiftId> {
        let Some((series, original)) = id.in_series() else { return Vec::new() };
        let day = original.at.date();
        let others = self.succession(&series).iter().filter(|other| **other != series);
        let dates = others.flat_map(|other| {
            let days = self.counterparts(&series, day, other).days;
            days.into_iter().filter_map(|day| self.date_on(other, day)).collect::<Vec<_>>()
        });
        dates.filter(|id| self.differs_elsewhere(id)).collect()
    }

    /// Whether something is said elsewhere of this date.
    fn differs_elsewhere(&self, id: &ShiftId) -> bool {
        let own = self.months.get(&id.month).and_then(|month| month.shifts.get(&id.key));
        id.in_series().is_some_and(|(series, original)| {
            !self.said_elsewhere(&series, original.at.date(), own).is_empty()
        })
    }

    /// What was said of the dates of `other` for which the one of `series` stands, if anything was.
    fn said_of_counterparts(
        &self,
        series: &SeriesId,
        day: Date,
        other: &SeriesId,
    ) -> Option<(Vec<Said<'_>>, Kin)> {
        // Most series of most days have nothing said of them: that is looked at first.
        let around = SignedDuration::from_hours(24 * FARTHEST_DAYS);
        let (first, last) = (day.saturating_sub(around), day.saturating_add(around));
        let is_any = Month::of(first).to(Month::of(last)).any(|month| {
            self.months.get(&month).is_some_and(|cells| {
                let (first, last) = (format!("{other}@{first}"), format!("{other}@{last}U"));
                cells.shifts.range(first..last).next().is_some()
            })
        });
        if !is_any {
            return None;
        }
        let found = self.counterparts(series, day, other);
        let said: Vec<Said<'_>> = found.days.iter().map(|day| self.said(other, *day)).collect();
        (!said.is_empty()).then_some((said, found.kin))
    }

    /// The dates of `other` for which the one of `series` on this day stands, whichever of the two has them now.
    fn counterparts(&self, series: &SeriesId, day: Date, other: &SeriesId) -> Counterparts {
        let none = Counterparts { days: Vec::new(), kin: Kin::Several };
        let one = Counterparts { days: vec![day], kin: Kin::SameDay };
        let days = |series: &SeriesId, from: Date, to: Date| -> BTreeSet<Date> {
            let (from, to) = (from.to_datetime(Time::midnight()), to.to_datetime(Time::midnight()));
            self.dates_until(series, from, to).into_iter().map(DateTime::date).collect()
        };
        let Ok(next) = day.tomorrow() else { return none };
        let (Some(begins), Some(other_begins)) = (self.begins(series), self.begins(other)) else {
            return none;
        };
        if !days(other, day, next).is_empty() {
            return one;
        }
        let (Some(rule), Some(other_rule)) = (self.rule_of(series), self.rule_of(other)) else { return none };
        let begins = begins.max(other_begins).date();
        let Some((first, end)) = period(&rule, &other_rule, begins, day) else { return none };
        let (all, all_other) = (days(series, first.max(begins), end), days(other, first.max(begins), end));
        let own: Vec<Date> = all.difference(&all_other).copied().collect();
        let others: Vec<Date> = all_other.difference(&all).copied().collect();
        let Some(place) = own.iter().position(|own| *own == day) else { return none };
        match others.get(place) {
            Some(other) if own.len() == others.len() => {
                Counterparts { days: vec![*other], kin: Kin::OtherDay }
            }
            _ => Counterparts { days: others, kin: Kin::Several },
        }
    }

    fn rule_of(&self, series: &SeriesId) -> Option<Rule> {
        self.plan.series.get(&series.0)?.get("rule")?.text.parse().ok()
    }

    fn said(&self, series: &SeriesId, day: Date) -> Said<'_> {
        let mut said = Said::default();
        let Some(cells) = self.months.get(&Month::of(day)) else { return said };
        let prefix = format!("{series}@{day}T");
        let dates = cells.shifts.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        for (_, own) in dates {
            let found = Said::of(own);
            if found.has_passed || found.off.is_some() || found.stands.is_some() || found.is_on {
                return found;
            }
            if said.fields.is_empty() {
                said = found;
            }
        }
        said
    }
}

impl<'a> Said<'a> {
    fn of(own: &'a Fields) -> Self {
        let is = |field: &str| own.get(field).filter(|cell| cell.text.starts_with(YES));
        let off = ["cancelled", "removed"].into_iter().find_map(|field| Some((field, is(field)?)));
        let has_passed = off.is_none() && is(PASSED).is_some();
        let fields =
            own.iter().filter(|(field, _)| *field == "when" || !NOT_CARRIED.contains(&field.as_str()));
        Self {
            off,
            stands: is("kept").filter(|_| off.is_none() && !has_passed),
            has_passed,
            is_on: off.is_none() && (own.contains_key("cancelled") || own.contains_key("removed")),
            fields: fields.map(|(field, cell)| (field.as_str(), cell)).collect(),
        }
    }
}

/// The days among which dates of two rules are compared: the same week or weeks, or the same month.
fn period(one: &Rule, two: &Rule, begins: Date, day: Date) -> Option<(Date, Date)> {
    let is_weekly = |rule: &Rule| matches!(rule.every, Every::Day | Every::Week);
    match (one.every, two.every) {
        (Every::Month, Every::Month) => {
            let month = Month::of(day);
            Some((month.first_day(), month.plus(1).first_day()))
        }
        _ if is_weekly(one) && is_weekly(two) => {
            let weeks = |rule: &Rule| if rule.every == Every::Week { rule.interval } else { 1 };
            let length = i64::from(weeks(one).max(weeks(two)).min(MOST_WEEKS)) * 7;
            let monday = |day: Date| day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days());
            let anchor = monday(begins).ok()?;
            let days = (day - anchor).get_days();
            let first = anchor.checked_add((i64::from(days).div_euclid(length) * length).days()).ok()?;
            Some((first, first.checked_add(length.days()).ok()?))
        }
        _ => None,
    }
}

/// Says of a date that its series has no more that its people were told what it is now.
pub(super) const PASSED: &str = "passed";
/// So many weeks are compared at most.
const MOST_WEEKS: u32 = 4;
/// No date stands for one that is farther away.
const FARTHEST_DAYS: i64 = 31;
