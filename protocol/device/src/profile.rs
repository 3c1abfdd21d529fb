//! What a member says of themselves: which entry of the contact list is about them.

use porchlight_documents::contacts::ContactId;
use porchlight_documents::{DocumentName, index};
use porchlight_wire::{GroupId, Timestamp};

use crate::device::{ActError, Device, EditError};

impl Device {
    /// The contact of which this member says that it is them.
    pub fn claimed_contact(&mut self, group: GroupId) -> Result<Option<ContactId>, ActError> {
        let Some(member) = self.own_member(group)? else { return Ok(None) };
        let profile =
            self.read(group, &DocumentName::index(), |document| index::profile(document, &member))?;
        Ok(profile.contact.map(|contact| ContactId::new(&contact)))
    }

    /// Says which contact is about this member, so that its number, languages and skills count as theirs; none takes
    /// it back.
    pub fn claim_contact(
        &mut self,
        group: GroupId,
        contact: Option<&ContactId>,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let member = self.own_member(group)?.ok_or(ActError::NotInYet)?;
        let name = DocumentName::index();
        let mut profile = self.read(group, &name, |document| index::profile(document, &member))?;
        profile.contact = contact.map(ToString::to_string);
        let edited = self.edit(group, &name, now, |editor| index::set_profile(editor, &member, &profile));
        match edited {
            Ok(()) => Ok(()),
            Err(EditError::Act(error)) => Err(error),
            Err(EditError::Document(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use porchlight_documents::contacts::{self, Details, Phone};
    use porchlight_documents::schedule::Person;

    use super::*;
    use crate::scene::{START, Street};

    #[test]
    fn a_claimed_contact_is_the_member_and_not_somebody_else() {
        let mut street = Street::of(1);
        let group = street.group;
        let device = &mut street.phones[0].device;
        let phone = Phone { number: "+1 202 555 0190".to_owned(), ..Phone::default() };
        let details = Details { name: "Mrs. Tran".to_owned(), phones: vec![phone], ..Details::default() };
        let contact = device
            .edit(group, &DocumentName::contacts(), START, |editor| contacts::add(editor, details, None))
            .unwrap();
        let member = device.own_member(group).unwrap().unwrap();
        let names = |device: &mut Device| -> Vec<_> {
            let people = device.people(group).unwrap().0;
            people.into_iter().map(|one| (one.person, one.phone.is_some())).collect()
        };
        assert_eq!(names(device).len(), 2);
        device.claim_contact(group, Some(&contact), START).unwrap();
        assert_eq!(device.claimed_contact(group).unwrap(), Some(contact));
        assert_eq!(names(device), [(Person::Member(member), true)]);
        device.claim_contact(group, None, START).unwrap();
        assert_eq!(device.claimed_contact(group).unwrap(), None);
        assert_eq!(names(device).len(), 2);
    }
}
