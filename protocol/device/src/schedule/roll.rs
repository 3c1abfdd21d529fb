//! Who counts in a Group's shifts: its members and contacts, as its Roster, its contact list and the log say it.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_documents::contacts::{self, ContactId, Standing};
use porchlight_documents::schedule::Person;
use porchlight_documents::schedule::roll::Roll;
use porchlight_documents::{DocumentName, index};
use porchlight_wire::roster::Absence;
use porchlight_wire::{GroupId, MemberId, Timestamp};

use crate::device::{ActError, Device};

impl Device {
    /// Who counts among the members and these contacts.
    pub(super) fn roll(
        &mut self,
        group: GroupId,
        mut contacts: BTreeSet<ContactId>,
    ) -> Result<Roll, ActError> {
        let mut roll = Roll::default();
        for (member, contact) in self.claimed(group)? {
            contacts.insert(contact.clone());
            // Whoever says that they are a contact is whom others wrote down before.
            roll.join(Person::Contact(contact), Person::Member(member), Timestamp::default());
        }
        let (mut known, mut next): (BTreeSet<ContactId>, Vec<ContactId>) =
            (BTreeSet::new(), contacts.into_iter().collect());
        while let Some(contact) = next.pop() {
            if !known.insert(contact.clone()) {
                continue;
            }
            let standing = self.standing(group, &contact)?;
            let person = Person::Contact(contact);
            match standing {
                Standing::Unknown => {}
                Standing::Here => roll.add(person, Vec::new()),
                Standing::Removed(from) => roll.add(person, vec![Absence { from, until: None }]),
                Standing::Merged(into, since) => {
                    // Until then they were somebody of their own.
                    roll.add(person.clone(), Vec::new());
                    roll.join(person, Person::Contact(into.clone()), since);
                    next.push(into);
                }
            }
        }
        let group = self.groups.get(&group).ok_or(ActError::UnknownGroup)?;
        for (id, member) in group.roster.iter().flat_map(|roster| roster.members()) {
            roll.add(Person::Member(id), member.absences.clone());
            roll.reads(Person::Member(id), member.reading.clone());
        }
        Ok(roll)
    }

    /// The contact that each member says they are; of several who say so, the first by their ids is. A contact that
    /// was made one with another is that.
    pub(super) fn claimed(&mut self, group: GroupId) -> Result<Vec<(MemberId, ContactId)>, ActError> {
        let profiles = self.read(group, &DocumentName::index(), index::profiles)?;
        let there = self.groups.get(&group).and_then(|group| group.roster.as_ref());
        let said = profiles
            .iter()
            .filter(|(id, _)| there.and_then(|roster| roster.member(id)).is_some_and(|member| member.active));
        let said: Vec<(MemberId, ContactId)> =
            said.filter_map(|(id, profile)| Some((*id, ContactId::new(profile.contact.as_ref()?)))).collect();
        let (mut taken, mut claimed) = (BTreeSet::new(), Vec::new());
        for (member, mut contact) in said {
            let mut seen = BTreeSet::new();
            while seen.insert(contact.clone())
                && let Standing::Merged(into, _) = self.standing(group, &contact)?
            {
                contact = into;
            }
            if taken.insert(contact.clone()) {
                claimed.push((member, contact));
            }
        }
        Ok(claimed)
    }

    /// What people are called who were there and are not any more.
    pub fn former_people(&mut self, group: GroupId) -> Result<BTreeMap<Person, String>, ActError> {
        let gone = self.everyone(group)?.into_iter().filter(|member| !member.active);
        let mut former: BTreeMap<_, _> =
            gone.map(|member| (Person::Member(member.id), member.name)).collect();
        let removed = self.read(group, &DocumentName::contacts(), contacts::all)?.into_iter();
        former.extend(removed.filter(|contact| !contact.is_listed()).map(|contact| {
            let name = contact.details.shown_name(None);
            (Person::Contact(contact.id), name)
        }));
        former.retain(|_, name| !name.is_empty());
        Ok(former)
    }

    /// Whether a contact is there, by the list and the log.
    pub(crate) fn standing(&mut self, group: GroupId, contact: &ContactId) -> Result<Standing, ActError> {
        let group = self.groups.get_mut(&group).ok_or(ActError::UnknownGroup)?;
        let name = group.current(&DocumentName::contacts());
        Ok(contacts::standing(group.shelf.document(&name)?, &name, &group.ledger, contact))
    }
}
