//! What a member says of themselves: their name, and which entry of the contact list is about them.

use porchlight_documents::contacts::ContactId;
use porchlight_documents::{DocumentName, index};
use porchlight_wire::{GroupId, MemberId, Timestamp};

use crate::device::{ActError, Device};

impl Device {
    /// The contact of which this member says that it is them.
    pub fn claimed_contact(&mut self, group: GroupId) -> Result<Option<ContactId>, ActError> {
        let Some(member) = self.own_member(group)? else { return Ok(None) };
        let profile =
            self.read(group, &DocumentName::index(), |document| index::profile(document, &member))?;
        Ok(profile.contact.map(|contact| ContactId::new(&contact)))
    }

    /// Who else says that they are a contact, by name: members that are in.
    pub fn claimants(&mut self, group: GroupId, contact: &ContactId) -> Result<Vec<String>, ActError> {
        let profiles = self.read(group, &DocumentName::index(), index::profiles)?;
        let claims = |id: &MemberId| {
            profiles.get(id).is_some_and(|profile| profile.contact.as_deref() == Some(contact.as_str()))
        };
        let members = self.members(group)?.into_iter();
        let others = members.filter(|member| !member.is_self && claims(&member.id));
        Ok(others.map(|member| member.name).filter(|name| !name.is_empty()).collect())
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
        let mut profile =
            self.read(group, &DocumentName::index(), |document| index::profile(document, &member))?;
        profile.contact = contact.map(ToString::to_string);
        self.edit_index(group, None, now, |editor| index::set_profile(editor, &member, &profile))
    }

    /// What this member is called in the Group; empty if nothing is known yet.
    pub fn own_name(&mut self, group: GroupId) -> Result<String, ActError> {
        let Some(member) = self.own_member(group)? else { return Ok(String::new()) };
        self.read(group, &DocumentName::index(), |document| index::profile(document, &member).name)
    }

    /// Calls this member something else in the Group.
    pub fn rename_self(
        &mut self,
        group: GroupId,
        name: &str,
        shown: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let member = self.own_member(group)?.ok_or(ActError::NotInYet)?;
        self.edit_index(group, shown, now, |editor| index::rename_member(editor, &member, name))
    }

    /// Says what another member is called; organizers only. Readers cannot write their own name.
    pub fn rename_member(
        &mut self,
        group: GroupId,
        member: &MemberId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), ActError> {
        self.organizes(group, "say what others are called")?;
        self.edit_index(group, None, now, |editor| index::rename_member(editor, member, name))
    }
}

#[cfg(test)]
mod tests {
    use porchlight_documents::contacts::{self, Details, Phone};
    use porchlight_documents::schedule::Person;
    use porchlight_wire::roster::RosterError;

    use super::*;
    use crate::scene::{START, Street};

    #[test]
    fn a_member_takes_another_name_and_stays_the_same_contact() {
        let mut street = Street::of(2);
        let (group, now) = (street.group, street.now);
        let device = &mut street.phones[1].device;
        assert_eq!(device.own_name(group).unwrap(), "Neighbor 1");
        device.claim_contact(group, Some(&ContactId::new("c1")), now).unwrap();
        device.rename_self(group, " Ben ", None, now).unwrap();
        assert!(device.rename_self(group, " ", None, now).is_err());
        assert_eq!(device.claimed_contact(group).unwrap(), Some(ContactId::new("c1")));
        street.pass(2_000);
        let members = street.phones[0].device.members(group).unwrap();
        let mut names: Vec<_> = members.into_iter().map(|member| member.name).collect();
        names.sort();
        assert_eq!(names, ["Ben", "Rosa"]);
    }

    #[test]
    fn organizers_say_what_others_are_called_and_nobody_else_does() {
        let mut street = Street::of(3);
        let (group, now) = (street.group, street.now);
        let third = street.phones[2].device.own_member(group).unwrap().unwrap();
        street.phones[0].device.rename_member(group, &third, "Mr. Haddad", now).unwrap();
        let refused = street.phones[1].device.rename_member(group, &third, "Somebody else", now);
        assert!(matches!(refused, Err(ActError::Roster(RosterError::NotAllowed(_)))), "{refused:?}");
        street.pass(2_000);
        assert_eq!(street.phones[2].device.own_name(group).unwrap(), "Mr. Haddad");
    }

    #[test]
    fn whoever_else_says_to_be_a_contact_is_named() {
        let mut street = Street::of(2);
        let (group, now) = (street.group, street.now);
        let tran = ContactId::new("tran");
        street.phones[0].device.claim_contact(group, Some(&tran), now).unwrap();
        street.pass(2_000);
        let claimants = |street: &mut Street, phone: usize, contact: &ContactId| {
            street.phones[phone].device.claimants(group, contact).unwrap()
        };
        assert_eq!(claimants(&mut street, 1, &tran), ["Rosa"]);
        assert!(claimants(&mut street, 0, &tran).is_empty());
        assert!(claimants(&mut street, 1, &ContactId::new("osei")).is_empty());
        street.phones[0].device.claim_contact(group, None, now).unwrap();
        street.pass(2_000);
        assert!(claimants(&mut street, 1, &tran).is_empty());
    }

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
