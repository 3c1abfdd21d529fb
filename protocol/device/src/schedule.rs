//! A Group's shifts as one device sees them: which Documents are needed for some days, and who could come.

#[cfg(test)]
mod acting;
mod change;
#[cfg(test)]
mod counting;
mod roll;

use std::collections::{BTreeMap, BTreeSet};

pub use self::change::{Answer, ScheduleChange, ScheduleChangeError};

use porchlight_documents::contacts::{self, Phone};
use porchlight_documents::ics::import::{Import, Row};
use porchlight_documents::ics::{self, Alarm, NotACalendar, Wanted};
use porchlight_documents::schedule::gaps::{Abilities, Ability};
use porchlight_documents::schedule::sign_up::{SignUp, State};
use porchlight_documents::schedule::zone::{ZoneError, Zones};
use porchlight_documents::schedule::{self, Day, Month, MonthCells, Person, PlanCells, Schedule, Shift};
use porchlight_documents::{DocumentName, index};
use porchlight_wire::roster::Role;
use porchlight_wire::{GroupId, Timestamp};
use thiserror::Error;

use crate::device::{ActError, Device};
use crate::io::Write;
use crate::storage::zone_key;

/// Somebody who could come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub person: Person,
    /// What they are called.
    pub name: String,
    /// The number to call them at.
    pub phone: Option<Phone>,
    /// Of several people of one name, what tells them apart: an area, or else a number. Empty where nothing need.
    pub beside: String,
}

/// The days that are to be seen, from the first until before the last.
pub type Days = (Day, Day);

impl Device {
    /// The rules of time zones that were given to this device.
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// Gives it the rules of a zone, a TZif file (RFC 9636), to keep: they are needed where there is no network.
    pub fn add_zone(&mut self, name: &str, rules: &[u8]) -> Result<(), ZoneError> {
        self.zones.add(name, rules)?;
        self.persist(vec![Write::Put { key: zone_key(name), value: rules.to_vec() }]);
        Ok(())
    }

    /// The Group's zone; UTC where none was named.
    pub fn home_zone(&mut self, group: GroupId) -> Result<String, ActError> {
        let zone = self.read(group, &DocumentName::index(), |document| index::group(document).zone)?;
        Ok(zone.unwrap_or_else(|| "UTC".to_owned()))
    }

    /// The shifts of some days, and of the months named besides.
    pub fn shifts(&mut self, group: GroupId, days: Days, also: &[Month]) -> Result<Schedule, LookError> {
        let home = self.home_zone(group)?;
        let there = self.documents(group)?;
        let plan = if there.contains(&schedule::plan()) {
            self.read_with_ledger(group, &schedule::plan(), PlanCells::read)??
        } else {
            PlanCells::default()
        };
        let mut months: BTreeSet<Month> = Schedule::months(&plan, days.0, days.1).into_iter().collect();
        months.extend(also);
        if plan.has_successions() {
            months.extend(also.iter().flat_map(|month| [month.plus(-1), month.plus(1)]));
        }
        let mut cells = Vec::new();
        for month in months {
            let name = month.document();
            if there.contains(&name) {
                cells.push(self.read_with_ledger(group, &name, |document, ledger| {
                    MonthCells::read(document, month, ledger)
                })??);
            }
        }
        let schedule = Schedule::new(&home, self.zones.clone(), plan, cells)?;
        let roll = self.roll(group, schedule.contacts())?;
        Ok(schedule.among(roll))
    }

    /// The same as of now, by the server's clock as far as it is known.
    pub fn shifts_now(
        &mut self,
        group: GroupId,
        days: Days,
        also: &[Month],
        now: Timestamp,
    ) -> Result<Schedule, LookError> {
        Ok(self.shifts(group, days, also)?.at(self.server_time(group, now)))
    }

    /// Who has no device here, and is to be asked by this person to take a place that became free, or whether they come:
    /// whoever wrote them down asks, or else an organizer.
    pub fn asks_for(&self, group: GroupId, shift: &Shift) -> Vec<Person> {
        let Some(group) = self.groups.get(&group) else { return Vec::new() };
        let Some(roster) = &group.roster else { return Vec::new() };
        let own = roster.device(&group.keys.id()).map(|device| device.member);
        let Some(me) = own.and_then(|own| roster.member(&own)) else { return Vec::new() };
        let is_mine = |sign_up: &&SignUp| {
            let writer = roster.device_of(&sign_up.by).and_then(|id| roster.device(&id));
            let writer = writer.map(|device| device.member);
            let is_there =
                writer.and_then(|id| roster.member(&id)).is_some_and(|one| one.active && one.role.writes());
            let is_asked =
                matches!(sign_up.state, State::Standby { offered: true, .. } | State::Asked { .. });
            let has_no_device = matches!(sign_up.person, Person::Contact(_));
            is_asked && has_no_device && (writer == own || (!is_there && me.role == Role::Organizer))
        };
        shift.people.iter().filter(is_mine).map(|sign_up| sign_up.person.clone()).collect()
    }

    /// Who took this member off a shift, until they have said something themselves: that they come after all, or that they
    /// know.
    pub fn taken_off_by(&self, group: GroupId, shift: &Shift) -> Option<Person> {
        let group = self.groups.get(&group)?;
        let roster = group.roster.as_ref()?;
        let own = roster.device(&group.keys.id())?.member;
        let sign_up = shift.sign_up(&Person::Member(own))?;
        let writer = roster.device(&roster.device_of(&sign_up.by)?)?.member;
        let is_off = matches!(sign_up.state, State::Withdrawn { .. });
        (is_off && writer != own).then_some(Person::Member(writer))
    }

    /// All shifts, with every month open: to write a calendar, or to take one.
    pub fn all_shifts(&mut self, group: GroupId) -> Result<Schedule, LookError> {
        let months: Vec<_> = self.documents(group)?.iter().filter_map(Month::of_document).collect();
        let first = Month::of(Day::constant(1970, 1, 1)).first_day();
        self.shifts(group, (first, first), &months)
    }

    /// Writes shifts as a calendar file (.ics): all of the Group, or those of one person as single dates.
    pub fn export_calendar(
        &mut self,
        group: GroupId,
        days: Days,
        wanted: &Wanted,
        alarm: Alarm,
    ) -> Result<String, LookError> {
        let schedule = self.all_shifts(group)?;
        Ok(ics::write(&ics::events(&schedule, days.0, days.1, wanted), schedule.zones(), alarm)?)
    }

    /// Says what taking a calendar file would do.
    pub fn look_at_calendar(
        &mut self,
        group: GroupId,
        file: &[u8],
        now: Timestamp,
    ) -> Result<Import, LookError> {
        let mut import = ics::import::look(&self.all_shifts(group)?, file, now)?;
        if import.is_about_people() {
            let (people, _) = self.people(group)?;
            import.name(&people.into_iter().map(|candidate| (candidate.person, candidate.name)).collect());
        }
        Ok(import)
    }

    /// Takes a calendar file, and says what became of each of its events.
    pub fn import_calendar(
        &mut self,
        group: GroupId,
        file: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Row>, ScheduleChangeError> {
        let import = self.look_at_calendar(group, file, now)?;
        for (name, step) in import.steps() {
            self.edit(group, name, now, |editor| step.write(editor))?;
        }
        Ok(import.rows)
    }

    /// Everybody who could come, and what they can do: members, and listed contacts of whom no member says that it is
    /// them.
    pub fn people(&mut self, group: GroupId) -> Result<(Vec<Candidate>, Abilities), ActError> {
        let listed = self.read(group, &DocumentName::contacts(), contacts::list)?;
        let claimed: BTreeMap<_, _> = self.claimed(group)?.into_iter().collect();
        let members = self.members(group)?;
        let mut people = Vec::new();
        let mut abilities = Abilities::new();
        let mut taken = Vec::new();
        for member in members {
            let person = Person::Member(member.id);
            let contact = claimed.get(&member.id);
            let found = contact.and_then(|id| listed.iter().find(|contact| contact.id == *id));
            let mut able = found.map(ability).unwrap_or_default();
            able.reads_only = member.role == Role::Reader;
            abilities.insert(person.clone(), able);
            let phone = found.and_then(|contact| contact.details.phones.first()).cloned();
            let beside = found.map(beside).unwrap_or_default();
            people.push(Candidate { person, name: member.name, phone, beside });
            taken.extend(contact);
        }
        for contact in listed.iter().filter(|contact| !taken.contains(&&contact.id)) {
            let person = Person::Contact(contact.id.clone());
            abilities.insert(person.clone(), ability(contact));
            let phone = contact.details.phones.first().cloned();
            let (name, beside) = (contact.details.shown_name(None), beside(contact));
            people.push(Candidate { person, name, phone, beside });
        }
        tell_apart(&mut people);
        Ok((people, abilities))
    }
}

fn beside(contact: &contacts::Contact) -> String {
    let details = &contact.details;
    let phone = || details.phones.first().map(|phone| phone.shown(None)).unwrap_or_default();
    if details.area.is_empty() { phone() } else { details.area.clone() }
}

/// Leaves what is beside a name only where somebody else has the same name.
fn tell_apart(people: &mut [Candidate]) {
    let name = |one: &Candidate| one.name.trim().to_lowercase();
    let mut names = BTreeMap::<String, usize>::new();
    for one in people.iter() {
        let count = names.entry(name(one)).or_default();
        *count = count.saturating_add(1);
    }
    for one in people {
        if names.get(&name(one)).is_none_or(|count| *count < 2) {
            one.beside.clear();
        }
    }
}

fn ability(contact: &contacts::Contact) -> Ability {
    let details = &contact.details;
    let mut ability = Ability::default();
    ability.languages.extend(details.speaks.iter().chain(&details.interprets).cloned());
    ability.skills.extend(details.skills.iter().chain(&details.tags).cloned());
    ability
}

/// Why the shifts cannot be shown.
#[derive(Debug, Error)]
pub enum LookError {
    /// The Group or a Document cannot be read.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The Document is not one of shifts.
    #[error(transparent)]
    Schedule(Box<schedule::ScheduleError>),
    /// The rules of the Group's zone are not here: give them with [`Device::add_zone`].
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The file is no calendar.
    #[error(transparent)]
    Calendar(#[from] NotACalendar),
}

impl From<schedule::ScheduleError> for LookError {
    fn from(error: schedule::ScheduleError) -> Self {
        Self::Schedule(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Output;

    /// UTC in the smallest file that RFC 9636 allows, with a footer that says so.
    const RULES: &[u8] = b"TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x04\
        \0\0\0\0\0\0UTC\0TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x04\
        \0\0\0\0\0\0UTC\0\nUTC0\n";

    #[test]
    fn a_zone_given_once_is_there_after_the_device_was_closed() {
        let mut device = Device::open(Vec::new(), [1; 32], Timestamp::default()).unwrap();
        assert!(device.add_zone("Test/Elm_Street", b"no rules").is_err());
        device.add_zone("Test/Elm_Street", RULES).unwrap();
        let mut stored = Vec::new();
        while let Some(output) = device.poll_output() {
            let Output::Persist(writes) = output else { continue };
            stored.extend(writes.into_iter().filter_map(|write| match write {
                Write::Put { key, value } => Some((key, value)),
                Write::Delete { .. } => None,
            }));
        }
        let again = Device::open(stored.clone(), [2; 32], Timestamp::default()).unwrap();
        assert!(again.zones().has("Test/Elm_Street"));
        // One that the disk damaged is asked for again, and nothing else is lost.
        stored.retain(|(key, _)| key == b"format");
        stored.push((b"z/Test/Elm_Street".to_vec(), b"no rules".to_vec()));
        let damaged = Device::open(stored, [3; 32], Timestamp::default()).unwrap();
        assert!(!damaged.zones().has("Test/Elm_Street"));
    }
}
