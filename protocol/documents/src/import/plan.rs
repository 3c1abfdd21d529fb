//! What is done with each row, one after the other, each knowing what those before it did.

use std::collections::BTreeMap;

use serde::Serialize;

use super::combine::{Flat, How, changes, combine};
use super::matching::{Ids, Match, People, Person, State};
use super::{Change, Choice, Choices, Flag, Format, Outcome, Prefer, Preview, Refusal, Row};
use crate::contacts::record::Known;
use crate::contacts::{ContactError, ContactId, item, keep, object, write_difference};
use crate::editor::Editor;
use crate::vcard::OWN_UID;

/// What would be done with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Proposal {
    /// A new person.
    Add,
    /// Nothing: all of it is known.
    Same {
        /// The contact that says it.
        contact: Option<ContactId>,
    },
    /// A newer card of a known person.
    Update {
        /// The contact that is updated.
        contact: Option<ContactId>,
        /// Or the earlier row.
        row: Option<usize>,
        /// What that one is called.
        name: String,
        /// What changes.
        changes: Vec<Change>,
    },
    /// About a person that is known by the number or the address.
    Merge {
        /// The contact it is added to.
        contact: Option<ContactId>,
        /// Or the earlier row.
        row: Option<usize>,
        /// What that one is called.
        name: String,
        /// What changes.
        changes: Vec<Change>,
    },
    /// Left out: somebody removed this person here. Choose the contact to bring it back.
    LeaveOut {
        /// The contact that was removed.
        contact: Option<ContactId>,
    },
    /// Left out because somebody chose so.
    Skip,
    /// Not taken.
    Refuse {
        /// Why.
        why: Refusal,
    },
}

/// What is done with one row.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) proposal: Proposal,
    pub(super) flags: Vec<Flag>,
    row: usize,
    person: Option<Person>,
    /// A contact that was removed is kept again.
    is_kept: bool,
    /// The id that a contact of an archive keeps.
    own_id: Option<ContactId>,
    before: Flat,
    after: Flat,
}

/// Plans all rows.
pub(super) fn build(preview: &Preview, known: &[Known], choices: &Choices) -> Vec<Plan> {
    let Preview { rows, country, .. } = preview;
    let country = country.as_deref();
    let ids = if preview.format == Format::Csv { Ids::Loose } else { Ids::OfPeople };
    let mut people = People::of(known, ids);
    people.expect(rows.iter().filter_map(|row| row.details.as_ref()));
    // What an earlier row was added to: a row may name it.
    let mut persons = BTreeMap::new();
    let mut plans = Vec::with_capacity(rows.len());
    for row in rows {
        let plan = plan(row, &people, choices.get(&row.number), &persons, country);
        if let Some(person) = &plan.person {
            persons.insert(row.number, person.clone());
            people.add(person.clone(), State { flat: plan.after.clone(), is_removed: false });
        }
        plans.push(plan);
    }
    plans
}

impl Plan {
    /// What a person should know: what was found in reading, unless it is known here as it is, and in planning.
    pub(super) fn all_flags(&self, read: &[Flag]) -> Vec<Flag> {
        let is_known = |flag: &Flag| {
            matches!(
                flag,
                Flag::NameMade
                    | Flag::BirthdayUnreadable { .. }
                    | Flag::NumberDamaged { .. }
                    | Flag::NumberWithoutCountry { .. }
                    | Flag::NumberWithoutArea { .. }
                    | Flag::NumberUnclear { .. }
            )
        };
        let is_same = matches!(self.proposal, Proposal::Same { .. });
        let read = read.iter().filter(|flag| !(is_planned(flag) || (is_same && is_known(flag))));
        read.chain(&self.flags).cloned().collect()
    }
}

/// The flags that come from planning and not from reading.
fn is_planned(flag: &Flag) -> bool {
    matches!(
        flag,
        Flag::Older
            | Flag::SharesNumber { .. }
            | Flag::SharesNumberWithRow { .. }
            | Flag::Differs { .. }
            | Flag::WasRemoved
    )
}

fn plan(
    row: &Row,
    people: &People,
    choice: Option<&Choice>,
    persons: &BTreeMap<usize, Person>,
    country: Option<&str>,
) -> Plan {
    let Some(details) = &row.details else {
        let why = if let Proposal::Refuse { why } = &row.proposal { why.clone() } else { Refusal::Nothing };
        return Plan::nothing(row.number, Proposal::Refuse { why });
    };
    // The id that our own files carry is the contact itself, if it is known here.
    let own = |uid: &&String| {
        uid.strip_prefix(OWN_UID).is_some_and(|id| people.is_known(&Person::Contact(ContactId::new(id))))
    };
    let mut flat = match &row.own {
        Some((_, flat)) => flat.clone(),
        None => details.to_flat(),
    };
    for uid in details.uids.iter().filter(own) {
        flat.remove(&format!("uid/{uid}"));
    }
    let has_uid = row.own.is_none() && flat.keys().any(|key| key.starts_with("uid/"));
    let own_id = row.own.as_ref().map(|(id, _)| id.clone());
    let mut joining =
        Joining { row: row.number, own_id, people, flat: &flat, has_uid, country, flags: Vec::new() };
    match choice {
        Some(Choice::Skip) => return Plan::nothing(row.number, Proposal::Skip),
        Some(Choice::Add) => return joining.add(),
        Some(Choice::Contact { contact, prefer }) => {
            let person = Person::Contact(contact.clone());
            if people.is_known(&person) {
                return joining.join(person, How::Merge(*prefer));
            }
        }
        Some(Choice::Row { row, prefer }) => {
            if let Some(person) = persons.get(row) {
                return joining.join(person.clone(), How::Merge(*prefer));
            }
        }
        None => {}
    }
    let itself = joining.own_id.clone().map(Person::Contact).filter(|person| people.is_known(person));
    if let Some(person) = itself.filter(|person| !people.state(person).is_removed) {
        return joining.join(person, How::Merge(Prefer::Here));
    }
    match people.find(details, &flat) {
        Match::Uid(person) | Match::Reach(person) | Match::Whole(person)
            if people.state(&person).is_removed =>
        {
            let contact = contact(&person);
            let mut plan = Plan::nothing(row.number, Proposal::LeaveOut { contact });
            plan.flags.push(Flag::WasRemoved);
            plan
        }
        Match::Uid(person) if row.own.is_some() => joining.join(person, How::Merge(Prefer::Here)),
        // Two rows of one sheet are no older and newer card: both hold.
        Match::Uid(person @ Person::Row(_)) if people.has_loose_ids() => {
            joining.join(person, How::Merge(Prefer::Here))
        }
        Match::Uid(person) => joining.join(person, How::Update),
        Match::Reach(person) => joining.join(person, How::Merge(Prefer::Here)),
        Match::Whole(person) => joining.join(person, How::Merge(Prefer::Here)),
        Match::Nobody(others) => {
            for other in others {
                let name = people.name(&other, country);
                joining.flags.push(match other {
                    Person::Contact(contact) => Flag::SharesNumber { contact, name },
                    Person::Row(row) => Flag::SharesNumberWithRow { row, name },
                });
            }
            joining.add()
        }
    }
}

/// One row on its way to a person.
struct Joining<'a> {
    row: usize,
    own_id: Option<ContactId>,
    people: &'a People,
    flat: &'a Flat,
    has_uid: bool,
    country: Option<&'a str>,
    flags: Vec<Flag>,
}

impl Joining<'_> {
    fn add(self) -> Plan {
        let mark = |(key, item): (&String, &String)| {
            (key.clone(), if self.has_uid { item::from_card(key, item) } else { item.clone() })
        };
        let person = Person::Row(self.row);
        let own = self.flat.iter().filter(|(key, _)| !self.people.is_of_another(key, &person));
        let after = own.map(mark).collect();
        let person = Some(person);
        let nothing = Plan::nothing(self.row, Proposal::Add);
        Plan { flags: self.flags, person, after, own_id: self.own_id, ..nothing }
    }

    fn join(mut self, person: Person, how: How) -> Plan {
        let state = self.people.state(&person);
        let name = self.people.name(&person, self.country);
        let own = self.flat.iter().filter(|(key, _)| !self.people.is_of_another(key, &person));
        let own = own.map(|(key, item)| (key.clone(), item.clone())).collect();
        let (after, flags) = combine(&state.flat, &own, how, self.has_uid);
        self.flags.extend(flags);
        let changes = changes(&state.flat, &after);
        let (contact, row) = (contact(&person), if let Person::Row(row) = person { Some(row) } else { None });
        let proposal = match how {
            _ if changes.is_empty() && !state.is_removed && contact.is_some() => Proposal::Same { contact },
            How::Update => Proposal::Update { contact, row, name, changes },
            How::Merge(_) => Proposal::Merge { contact, row, name, changes },
        };
        Plan {
            proposal,
            flags: self.flags,
            row: self.row,
            person: Some(person),
            is_kept: state.is_removed,
            own_id: None,
            before: state.flat,
            after,
        }
    }
}

impl Plan {
    fn nothing(row: usize, proposal: Proposal) -> Self {
        Self {
            proposal,
            flags: Vec::new(),
            row,
            person: None,
            is_kept: false,
            own_id: None,
            before: Flat::new(),
            after: Flat::new(),
        }
    }

    /// Writes what is planned.
    pub(super) fn write(
        &self,
        editor: &mut Editor<'_>,
        made: &mut BTreeMap<usize, ContactId>,
    ) -> Result<(), ContactError> {
        let id = match &self.person {
            None => return Ok(()),
            Some(Person::Row(row)) if *row == self.row => {
                made.insert(*row, crate::contacts::add_flat(editor, &self.after, self.own_id.as_ref())?);
                return Ok(());
            }
            Some(Person::Row(row)) => made.get(row).cloned().ok_or(ContactError::Empty)?,
            Some(Person::Contact(id)) => id.clone(),
        };
        if self.is_kept {
            keep(editor, &id)?;
        }
        let object = object(editor.reader(), &id)?;
        write_difference(editor, &object, &self.before, &self.after)
    }

    /// What was done.
    pub(super) fn outcome(&self, row: &Row, made: &BTreeMap<usize, ContactId>) -> Outcome {
        let contact = match &self.person {
            Some(Person::Contact(id)) => Some(id.clone()),
            Some(Person::Row(row)) => made.get(row).cloned(),
            None => None,
        };
        match &self.proposal {
            Proposal::Add => Outcome::Added { contact },
            Proposal::Same { .. } => Outcome::Unchanged { contact },
            Proposal::Update { row, name, changes, .. } => {
                Outcome::Updated { contact, row: *row, name: name.clone(), changes: changes.clone() }
            }
            Proposal::Merge { row, name, changes, .. } => {
                Outcome::Merged { contact, row: *row, name: name.clone(), changes: changes.clone() }
            }
            Proposal::LeaveOut { contact } => Outcome::LeftOut { contact: contact.clone() },
            Proposal::Skip => Outcome::LeftOut { contact: None },
            Proposal::Refuse { why } => {
                Outcome::Refused { why: if row.details.is_none() { why.clone() } else { Refusal::Nothing } }
            }
        }
    }
}

fn contact(person: &Person) -> Option<ContactId> {
    match person {
        Person::Contact(id) => Some(id.clone()),
        Person::Row(_) => None,
    }
}
