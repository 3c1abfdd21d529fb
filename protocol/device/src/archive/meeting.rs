//! Who the people of another group's shifts are here: the same member or contact, somebody of the same name, or a new
//! contact of whom only the name is known. Nobody who came to a shift is dropped because they are not a member here.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_documents::archive::State;
use porchlight_documents::archive::report::{Outcome, Part, Reason, Row};
use porchlight_documents::archive::restore::{self, Titles};
use porchlight_documents::contacts::{self, Contact, ContactId};
use porchlight_documents::{DocumentName, Kind, schedule};

use super::TakeError;
use super::taking::Work;

impl Work<'_> {
    /// What all series are called, there and here.
    pub(super) fn series_titles(&mut self) -> Result<Titles, TakeError> {
        let name = schedule::plan();
        let mut titles = self.desk.read(&name, restore::titles_here)?;
        let there = self.states.iter().map(|(_, state)| state).filter(|state| state.kind == Kind::Schedule);
        titles.extend(there.flat_map(restore::series_titles));
        Ok(titles)
    }

    /// Finds or adds everybody of whom the shifts say anything.
    pub(super) fn meet_people(&mut self) -> Result<Vec<Row>, TakeError> {
        let mut rows = Vec::new();
        if self.is_same_group {
            return Ok(rows);
        }
        let shifts = self.states.iter().filter(|(_, state)| state.kind == Kind::Schedule);
        let named: BTreeSet<String> = shifts.flat_map(|(_, state)| restore::people_named(state)).collect();
        let index = self.states.iter().find(|(_, state)| state.kind == Kind::Index);
        let names = index.map(|(_, state)| State::member_names(state)).unwrap_or_default();
        let mut meeting = Meeting { names, ..Meeting::default() };
        let members = self.desk.device.members(self.desk.group).unwrap_or_default();
        meeting.members = members.into_iter().map(|member| (member.id.to_string(), member.name)).collect();
        meeting.contacts = self.desk.read(&DocumentName::contacts(), contacts::all)?;
        meeting.forgotten = self.desk.forgotten()?;
        for person in named {
            let known = match self.people.get(&person) {
                Some(Ok(known)) => known.clone(),
                Some(Err(_)) => continue,
                None => person.clone(),
            };
            let found = match meeting.find(&person, &known) {
                Found::Here(here) => Ok(here),
                Found::Nobody(why) => Err(why),
                Found::New(id, name) => {
                    let list = DocumentName::contacts();
                    let id = self.desk.edit(&list, |editor| restore::add_person(editor, &id, &name))?;
                    meeting.contacts = self.desk.read(&DocumentName::contacts(), contacts::all)?;
                    rows.push(Row::new(name, Outcome::Added).about(Part::Person));
                    Ok(format!("c.{id}"))
                }
            };
            self.people.insert(person, found);
        }
        Ok(rows)
    }
}

/// What is known for finding somebody.
#[derive(Default)]
struct Meeting {
    /// What the members of the other group are called, by their ids.
    names: BTreeMap<String, String>,
    members: BTreeMap<String, String>,
    contacts: Vec<Contact>,
    /// Those who were forgotten for good.
    forgotten: BTreeSet<ContactId>,
}

enum Found {
    Here(String),
    New(ContactId, String),
    Nobody(Reason),
}

impl Meeting {
    /// `known` is the person or the contact that is about them.
    fn find(&self, person: &str, known: &str) -> Found {
        if let Some(contact) = known.strip_prefix("c.").and_then(|id| self.contact(id)) {
            return contact;
        }
        let Some(member) = person.strip_prefix("m.") else { return Found::Nobody(Reason::Nameless) };
        if self.members.contains_key(member) {
            return Found::Here(person.to_owned());
        }
        let name = self.names.get(member).map(|name| name.trim()).unwrap_or_default();
        if name.is_empty() {
            return Found::Nobody(Reason::Nameless);
        }
        // The contact that an earlier import made of them.
        let id = member.get(..16).unwrap_or(member);
        if let Some(contact) = self.contact(id) {
            return contact;
        }
        if self.forgotten.contains(&ContactId::new(id)) {
            return Found::Nobody(Reason::PeopleRemoved);
        }
        let new = || Found::New(ContactId::new(id), name.to_owned());
        let is_called = |other: &str| other.trim().to_lowercase() == name.to_lowercase();
        if self.names.values().filter(|other| is_called(other)).count() > 1 {
            return new();
        }
        let members: Vec<&String> =
            self.members.iter().filter(|(_, name)| is_called(name)).map(|(id, _)| id).collect();
        let is_namesake = |contact: &&Contact| contact.is_listed() && is_called(&contact.details.name);
        let contacts: Vec<&Contact> = self.contacts.iter().filter(is_namesake).collect();
        match (members.as_slice(), contacts.as_slice()) {
            ([member], _) => Found::Here(format!("m.{member}")),
            ([], [contact]) => Found::Here(format!("c.{}", contact.id)),
            _ => new(),
        }
    }

    /// The contact of this id, or the one it was merged into; nothing if there was none.
    fn contact(&self, id: &str) -> Option<Found> {
        let contact = self.contacts.iter().find(|contact| contact.id.as_str() == id)?;
        Some(match contact.merged_into() {
            _ if contact.is_listed() => Found::Here(format!("c.{id}")),
            Some(other) => Found::Here(format!("c.{other}")),
            None => Found::Nobody(Reason::PeopleRemoved),
        })
    }
}
