//! One group's shifts on this computer: read and changed, with names for people and the group's clock.

use std::collections::BTreeMap;

use porchlight_device::schedule::{Candidate, ScheduleChange};
use porchlight_documents::schedule::gaps::Abilities;
use porchlight_documents::schedule::when::{Local, Span};
use porchlight_documents::schedule::{Day, Month, Person, Schedule, Shift, ShiftId};
use porchlight_native::Runner;
use porchlight_wire::{GroupId, Timestamp};

use crate::command::Failure;
use crate::command::desk::Desk;

/// What somebody is called of whom nothing is known any more.
pub(super) const NOBODY_KNOWN: &str = "somebody who is not in the group any more";

/// One group's shifts.
pub(super) struct Board {
    pub(super) runner: Runner,
    pub(super) group: GroupId,
    pub(super) zone: String,
    pub(super) me: Option<Person>,
    pub(super) people: BTreeMap<Person, String>,
    /// What those are called who are not there any more.
    former: BTreeMap<Person, String>,
    /// The numbers to call people at.
    pub(super) phones: BTreeMap<Person, String>,
    pub(super) abilities: Abilities,
    pub(super) now: Timestamp,
}

impl Board {
    pub(super) fn open(desk: &Desk) -> Result<Self, Failure> {
        let mut runner = desk.offline()?;
        let group = desk.group(&mut runner)?.group;
        let zone = runner.act(|device, _| device.home_zone(group))??;
        let me = runner.act(|device, _| device.own_member(group))??.map(Person::Member);
        let (people, abilities) = runner.act(|device, _| device.people(group))??;
        let former = runner.act(|device, _| device.former_people(group))??;
        let now = runner.act(|_, now| now)?;
        let shown = |one: &Candidate| Some((one.person.clone(), one.phone.as_ref()?.shown(None)));
        let phones = people.iter().filter_map(shown).collect();
        let people = people.into_iter().map(|one| (one.person, one.name)).collect();
        Ok(Self { runner, group, zone, me, people, former, phones, abilities, now })
    }

    /// When this returns, the change is on the disk. Gives the id of what was made, if something was.
    pub(super) fn change(&mut self, change: ScheduleChange) -> Result<Option<String>, Failure> {
        let group = self.group;
        Ok(self.runner.act(|device, now| device.change_schedule(group, change, now))??)
    }

    /// The shifts of the days from the first until before the last, and what else is in the months named.
    pub(super) fn look(&mut self, days: (Day, Day), also: &[Month]) -> Result<Schedule, Failure> {
        let group = self.group;
        Ok(self.runner.act(|device, now| device.shifts_now(group, days, also, now))??)
    }

    /// With every month open.
    pub(super) fn look_at_all(&mut self) -> Result<Schedule, Failure> {
        let group = self.group;
        Ok(self.runner.act(|device, _| device.all_shifts(group))??)
    }

    /// One shift, with the month in which it is and those around the day on which it is now.
    pub(super) fn look_around(&mut self, id: &ShiftId) -> Result<(Schedule, Vec<Shift>, Shift), Failure> {
        let month = id.month();
        let first = month.first_day();
        let unknown = || Failure::WhichShift(format!("there is no shift {id}"));
        let shift = self.look((first, first), &[month])?.shift(id).ok_or_else(unknown)?;
        // Two weeks back for the hand-over, and past midnight on both sides for clashes.
        let there = Month::of(shift.when.day());
        let days = (there.plus(-1).first_day(), there.plus(2).first_day());
        let schedule = self.look(days, &[month])?;
        let shift = schedule.shift(id).ok_or_else(unknown)?;
        let shifts = schedule.shifts(days.0, days.1);
        Ok((schedule, shifts, shift))
    }

    /// What somebody is called here.
    pub(super) fn name(&self, person: &Person) -> String {
        let gone = || self.former.get(person).map(|name| left(name));
        self.people.get(person).cloned().or_else(gone).unwrap_or_else(|| NOBODY_KNOWN.to_owned())
    }

    /// What everybody is called who is or was there.
    pub(super) fn all_names(&self) -> BTreeMap<Person, String> {
        let gone = |(person, name): (&Person, &String)| (person.clone(), left(name));
        self.former.iter().map(gone).chain(self.people.clone()).collect()
    }

    /// Ids and names, for programs.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        let all = self.former.iter().chain(&self.people);
        all.map(|(person, name)| (person.to_string(), name.clone())).collect()
    }

    /// What the group's clocks show at the ends of a span.
    pub(super) fn clock(&self, schedule: &Schedule, span: Span) -> Result<(Local, Local), Failure> {
        let rules = schedule.zones().get(&self.zone)?;
        Ok((Local::of(span.start, &rules), Local::of(span.end, &rules)))
    }

    /// Today by the group's clocks.
    pub(super) fn today(&mut self) -> Result<Day, Failure> {
        let zone = &self.zone;
        let rules = self.runner.act(|device, _| device.zones().get(zone))??;
        Ok(Local::of(self.now, &rules).at.date())
    }
}

fn left(name: &str) -> String {
    format!("{name}, who is not in the group any more")
}

/// So many days later.
pub(super) fn later(day: Day, days: u32) -> Day {
    (0..days).fold(day, |day, _| day.tomorrow().unwrap_or(day))
}
