//! People who signed up for a date that another series has by now: they come along to the date that stands for it.
//!
//! Somebody without a network may sign up for a date while others give its series other hours. Nobody knew of them, so
//! nobody asked them to come to what takes its place. What they said counts there, as it would had that one date been
//! moved: they are asked whether they still come.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;

use super::super::act::{Act, Says};
use super::super::when::Local;
use super::super::{Month, Person, Schedule, SeriesId, Shift, ShiftId};
use super::{Kin, Said};

/// Which dates' people come along to which.
#[derive(Clone, Debug, Default)]
pub(in crate::schedule) struct Along {
    /// By a date that is another's by now, all that stood for it since; the last one stands for it now.
    steps: BTreeMap<ShiftId, Vec<ShiftId>>,
    /// By a date those for which it stands now.
    sources: BTreeMap<ShiftId, Vec<ShiftId>>,
}

impl Along {
    pub(in crate::schedule) fn of(schedule: &Schedule) -> Self {
        let mut all = Self::default();
        for (month, cells) in &schedule.months {
            for key in cells.acts.keys() {
                let id = ShiftId { month: *month, key: key.clone() };
                let steps = schedule.steps(&id);
                if let Some(last) = steps.last() {
                    all.sources.entry(last.clone()).or_default().push(id.clone());
                    all.steps.insert(id, steps);
                }
            }
        }
        all
    }

    /// The date that stands for one that is another's by now.
    pub(in crate::schedule) fn target(&self, id: &ShiftId) -> Option<&ShiftId> {
        self.steps.get(id)?.last()
    }
}

impl Schedule {
    /// What was said of coming to a date, and to those for which it stands now, in the order in which it counts.
    pub(in crate::schedule) fn acts(&self, id: &ShiftId) -> Cow<'_, [Act]> {
        let own = self.own_acts(id);
        let Some(sources) = self.along.sources.get(id) else { return Cow::Borrowed(own) };
        let mut all: Vec<Act> = Vec::new();
        for source in sources {
            let told = self.told(source);
            let untold = self.own_acts(source).iter().filter(|act| !told.contains(&act.person));
            all.extend(untold.cloned());
        }
        all.sort_by(Act::compare);
        // Whoever said last that they do not come has nothing to do with the other date, unless they spoke of it.
        let last: BTreeMap<&Person, &Act> = all.iter().map(|act| (&act.person, act)).collect();
        let gone = last.into_iter().filter(|(_, act)| matches!(act.says, Says::Go(_)));
        let mut gone: BTreeSet<Person> = gone.map(|(person, _)| person.clone()).collect();
        own.iter().for_each(|act| {
            gone.remove(&act.person);
        });
        all.retain(|act| !gone.contains(&act.person));
        all.extend_from_slice(own);
        all.sort_by(Act::compare);
        Cow::Owned(all)
    }

    /// All that somebody said something of coming to, and what stands for it now.
    pub(in crate::schedule) fn dates_spoken_of(&self) -> BTreeSet<ShiftId> {
        let own = self.months.iter().flat_map(|(month, cells)| {
            cells.acts.keys().map(|key| ShiftId { month: *month, key: key.clone() })
        });
        own.chain(self.along.sources.keys().cloned()).collect()
    }

    fn own_acts(&self, id: &ShiftId) -> &[Act] {
        let acts = self.months.get(&id.month).and_then(|month| month.acts.get(&id.key));
        acts.map(Vec::as_slice).unwrap_or_default()
    }

    /// The people of a date who were asked already to come to what took its place.
    fn told(&self, id: &ShiftId) -> BTreeSet<&Person> {
        if !self.said_of(id).has_passed {
            return BTreeSet::new();
        }
        let steps = self.along.steps.get(id).into_iter().flatten();
        let asked =
            steps.flat_map(|step| self.own_acts(step)).filter(|act| matches!(act.says, Says::Ask(..)));
        asked.map(|act| &act.person).collect()
    }

    /// What stood for a date one after the other since its series has it no more; nothing if it is still its own, or if
    /// nothing stands for it.
    fn steps(&self, id: &ShiftId) -> Vec<ShiftId> {
        let mut steps = Vec::new();
        let mut at = id.clone();
        while let Some(next) = self.step(&at).filter(|next| next != id && !steps.contains(next)) {
            steps.push(next.clone());
            at = next;
        }
        steps
    }

    fn step(&self, id: &ShiftId) -> Option<ShiftId> {
        let (series, original) = id.in_series()?;
        if self.succession(&series).len() < 2 {
            return None;
        }
        let own = self.months.get(&id.month).and_then(|month| month.shifts.get(&id.key));
        if own.and_then(|own| own.get("kept")).is_some_and(|cell| cell.text == super::YES) {
            // It stands, or its people were told what does, or that nothing does.
            let instead = own.filter(|_| self.said_of(id).has_passed)?.get("instead")?;
            return instead.text.parse().ok();
        }
        if self.has_date(&series, original.at) { None } else { self.stands_for(&series, original) }
    }

    /// What stands for a date that its series has no more: one of that day that was kept, or else the one that another
    /// series has in its place.
    fn stands_for(&self, series: &SeriesId, original: Local) -> Option<ShiftId> {
        let day = original.at.date();
        let others = || self.succession(series).iter().rev().filter(|other| *other != series);
        let found = |other| (other, self.counterparts(series, day, other));
        let kept = others().map(found).filter(|(_, found)| found.kin == Kin::SameDay);
        if let Some(kept) = kept.into_iter().find_map(|(other, _)| self.kept_on(other, original)) {
            return Some(kept);
        }
        others().map(found).find_map(|(other, found)| {
            let [day] = found.days.as_slice() else { return None };
            let (first, end) =
                (day.to_datetime(Time::midnight()), day.tomorrow().ok()?.to_datetime(Time::midnight()));
            let dates = self.dates(other, first, end).into_iter().filter(|_| found.kin != Kin::Several);
            let nearest =
                dates.min_by_key(|date| date.duration_since(day.to_datetime(original.at.time())).abs())?;
            Some(ShiftId::of_series(other, nearest.into()))
        })
    }

    /// The date of a series on a day that was kept there though the series has it no more.
    fn kept_on(&self, series: &SeriesId, day: Local) -> Option<ShiftId> {
        let month = Month::of(day.at.date());
        let prefix = format!("{series}@{}T", day.at.date());
        let dates = self.months.get(&month)?.shifts.range(prefix.clone()..);
        let mut dates = dates.take_while(|(key, _)| key.starts_with(&prefix));
        let (key, _) = dates.find(|(_, own)| Said::of(own).stands.is_some())?;
        Some(ShiftId { month, key: key.clone() })
    }

    fn said_of(&self, id: &ShiftId) -> Said<'_> {
        let own = self.months.get(&id.month).and_then(|month| month.shifts.get(&id.key));
        own.map(Said::of).unwrap_or_default()
    }

    /// Leaves out of a list what another line of it says too: dates whose people came along to another, and of two dates
    /// of one day that a series had one after the other and that both do not take place the one that says nothing new to
    /// anybody.
    pub(in crate::schedule) fn without_repeats(&self, shifts: Vec<Shift>) -> Vec<Shift> {
        let rank = |shift: &Shift| {
            let series = shift.series.as_ref()?;
            self.succession(series).iter().position(|one| one == series)
        };
        let is_repeated = |shift: &Shift| {
            if shift.is_gone && self.along.target(&shift.id).is_some() {
                return true;
            }
            let off = shifts.iter().filter(|other| !shift.is_on() && !other.is_on() && other.id != shift.id);
            off.filter(|other| self.are_one(shift, other)).any(|other| {
                let says_all = |one: &Shift, all: &Shift| {
                    one.involved().all(|sign_up| all.sign_up(&sign_up.person).is_some())
                };
                says_all(shift, other) && (rank(shift) < rank(other) || !says_all(other, shift))
            })
        };
        let repeated: BTreeSet<ShiftId> =
            shifts.iter().filter(|shift| is_repeated(shift)).map(|shift| shift.id.clone()).collect();
        shifts.into_iter().filter(|shift| !repeated.contains(&shift.id)).collect()
    }

    /// Whether two dates are, or were, the one of a day in series that continue each other.
    fn are_one(&self, one: &Shift, other: &Shift) -> bool {
        let (Some((series, at)), Some((next, next_at))) = (one.id.in_series(), other.id.in_series()) else {
            return false;
        };
        let is_same_day = at.at.date() == next_at.at.date() && one.when.day() == other.when.day();
        series != next && is_same_day && self.succession(&series).contains(&next)
    }
}
