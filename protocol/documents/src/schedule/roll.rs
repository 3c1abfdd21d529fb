//! Who counts in shifts: who is there and when they were not, and which of two names one person has.
//!
//! All of it takes effect at a time of the group's log, so that whoever was told something stays told: a place that
//! somebody leaves behind is offered to those on standby, and what is over stays as it was.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_wire::Timestamp;
use porchlight_wire::roster::Absence;

use super::cell::Fields;
use super::{Person, Schedule};
use crate::contacts::ContactId;

/// Who counts. Without one, everybody does.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    people: BTreeMap<Person, Vec<Absence>>,
    reading: BTreeMap<Person, Vec<Absence>>,
    same: BTreeMap<Person, (Person, Timestamp)>,
}

/// What becomes of a person's place at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// They are from then on known as somebody else.
    Same(Person, Person),
    /// They are not there from then on.
    Departs(Person),
    /// They can answer no more, or again.
    Role(Person),
}

impl Roll {
    /// Adds somebody who is or was there, with when they were not.
    pub fn add(&mut self, person: Person, absences: Vec<Absence>) {
        self.people.insert(person, absences);
    }

    /// Says when somebody could only read: nothing is offered to whoever cannot answer.
    pub fn reads(&mut self, person: Person, reading: Vec<Absence>) {
        if !reading.is_empty() {
            self.reading.insert(person, reading);
        }
    }

    /// Says that `one` is `other` from a time on.
    pub fn join(&mut self, one: Person, other: Person, since: Timestamp) {
        if one != other {
            self.same.insert(one, (other, since));
        }
    }

    /// Who it is by all that is known.
    pub fn now(&self, person: &Person) -> Person {
        self.at(person, None)
    }

    /// Whether somebody is there by all that is known.
    pub fn is_there(&self, person: &Person) -> bool {
        let absences = self.people.get(&self.now(person));
        absences.is_some_and(|absences| absences.iter().all(|absence| absence.until.is_some()))
    }

    /// Who it is for what was said at a time of the log; for what waits to be sent, at its end.
    pub(super) fn at(&self, person: &Person, time: Option<Timestamp>) -> Person {
        let (mut who, mut seen) = (person, BTreeSet::new());
        while let Some((other, since)) = self.same.get(who)
            && time.is_none_or(|time| time > *since)
            && seen.insert(who)
        {
            who = other;
        }
        who.clone()
    }

    /// Whether somebody counts for what was said at a time, of something that ends at `end`.
    pub(super) fn counts(&self, person: &Person, time: Option<Timestamp>, end: Timestamp) -> bool {
        let is_away = |absence: &Absence| {
            let began = absence.from < end && time.is_none_or(|time| time > absence.from);
            began && absence.until.is_none_or(|until| time.is_some_and(|time| time < until))
        };
        self.people.get(person).is_some_and(|absences| !absences.iter().any(is_away))
    }

    /// Whether somebody can only read at a time.
    pub(super) fn only_reads(&self, person: &Person, time: Timestamp) -> bool {
        let reading = self.reading.get(person).into_iter().flatten();
        reading.into_iter().any(|span| span.from <= time && span.until.is_none_or(|until| time < until))
    }

    /// What happens to these people's places in something that ends at `end`, by time.
    pub(super) fn turns(&self, people: &BTreeSet<&Person>, end: Timestamp) -> Vec<(Timestamp, Turn)> {
        let mut turns = Vec::new();
        let mut known: BTreeSet<&Person> = BTreeSet::new();
        for person in people {
            let mut who = *person;
            while known.insert(who)
                && let Some((other, since)) = self.same.get(who)
            {
                let into = self.at(who, Some(since.plus_millis(1)));
                turns.push((*since, Turn::Same(who.clone(), into)));
                who = other;
            }
        }
        for person in known {
            let absences = self.people.get(person).into_iter().flatten();
            let ends = absences.filter(|absence| absence.from < end);
            turns.extend(ends.map(|absence| (absence.from, Turn::Departs(person.clone()))));
            let reading = self.reading.get(person).into_iter().flatten();
            let changes = reading.flat_map(|span| std::iter::once(span.from).chain(span.until));
            turns.extend(changes.filter(|time| *time < end).map(|time| (time, Turn::Role(person.clone()))));
        }
        // Of two things at one time, whoever is somebody else from then on does not leave.
        turns.sort_by_key(|(time, turn)| (*time, matches!(turn, Turn::Departs(_))));
        turns
    }
}

impl Schedule {
    /// Counts only those who are on the roll, each once.
    #[must_use]
    pub fn among(mut self, roll: Roll) -> Self {
        self.roll = Some(roll);
        self
    }

    /// The contacts that the months that are open speak of.
    pub fn contacts(&self) -> BTreeSet<ContactId> {
        let mut contacts = BTreeSet::new();
        let mut add = |person: &Person| {
            if let Person::Contact(contact) = person {
                contacts.insert(contact.clone());
            }
        };
        for month in self.months.values() {
            month.acts.values().flatten().for_each(|act| add(&act.person));
            month.stays.values().flatten().for_each(&mut add);
            let keys = month.checks.values().flat_map(Fields::keys);
            let have = month.handovers.values().flat_map(Fields::keys);
            let named = keys.filter_map(|key| key.split_once('/')).map(|(person, _)| person);
            let named = named.chain(have.filter_map(|key| key.strip_prefix("have/")));
            named.filter_map(|person| person.parse::<Person>().ok()).for_each(|person| add(&person));
        }
        contacts
    }

    /// Who it is by all that is known.
    pub(super) fn who(&self, person: Person) -> Person {
        match &self.roll {
            Some(roll) => roll.now(&person),
            None => person,
        }
    }

    /// Whether somebody is there to do what is to be done.
    pub(super) fn has(&self, person: &Person) -> bool {
        self.roll.as_ref().is_none_or(|roll| roll.is_there(person))
    }
}
