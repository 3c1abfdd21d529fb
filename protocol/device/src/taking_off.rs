//! One Group is taken off this device, by its person and nobody else: one that they are not in any more, one that was
//! never come into, or one in which they are alone. Nothing that was stored of it stays.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_wire::frame::{ClientFrame, GetRoster};
use porchlight_wire::{GroupId, Timestamp};

use crate::device::{ActError, Device};
use crate::group::{Group, Standing};
use crate::io::{Event, Write};
use crate::storage::Slot;

/// What is stored of each Group: the keys, without what all of one Group begin with.
#[derive(Debug, Default)]
pub(crate) struct StoredKeys(BTreeMap<GroupId, BTreeSet<Box<[u8]>>>);

impl StoredKeys {
    /// Notes what was found in the store.
    pub(crate) fn note(&mut self, key: &[u8]) {
        if let Some((group, rest)) = Slot::split(key) {
            self.0.entry(group).or_default().insert(rest.into());
        }
    }

    /// Notes what is written.
    pub(crate) fn follow(&mut self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Put { key, .. } => self.note(key),
                Write::Delete { key } => {
                    let Some((group, rest)) = Slot::split(key) else { continue };
                    if let Some(keys) = self.0.get_mut(&group) {
                        keys.remove(rest);
                    }
                }
            }
        }
    }

    /// The writes after which nothing of a Group is stored.
    fn delete_all(&self, group: &GroupId) -> Vec<Write> {
        let keys = self.0.get(group).into_iter().flatten();
        keys.map(|rest| Write::Delete { key: Slot::join(group, rest) }).collect()
    }
}

impl Device {
    /// Takes a Group off this device with all that is stored of it, in one step. Nobody else hears of it: whoever is in
    /// with others must leave first. Circles that the Group lists stay.
    pub fn take_off(&mut self, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        if !group.may_be_taken_off() {
            return Err(ActError::StillIn);
        }
        let url = group.stored.url.clone();
        if matches!(group.standing, Standing::Open { .. } | Standing::Opening) {
            self.send(id, &ClientFrame::Leave(GetRoster { group: id }), now);
        }
        self.end_looks(id);
        self.groups.remove(&id);
        let writes = self.stored.delete_all(&id);
        self.persist(writes);
        self.stored.0.remove(&id);
        self.forget_cover(&id);
        self.forget_link(&url);
        self.event(Event::StatusChanged { group: id });
        self.schedule(now);
        Ok(())
    }
}

impl Group {
    /// Whether nobody is left who would wait for whoever has this device.
    fn may_be_taken_off(&self) -> bool {
        let Some(roster) = self.roster.as_ref().filter(|_| self.is_in()) else { return true };
        let own = roster.device(&self.keys.id()).map(|device| device.member);
        let is_other = |(id, member): (_, &porchlight_wire::roster::Member)| member.active && own != Some(id);
        self.departure().is_some() || !roster.members().any(is_other)
    }
}

#[cfg(test)]
mod tests {
    use porchlight_wire::roster::RosterError;

    use crate::scene::{START, Street};
    use crate::{ActError, FoundGroup, InviteOptions, ServerAddress};

    #[test]
    fn a_group_that_one_left_goes_off_the_device_and_leaves_nothing_behind() {
        let mut street = Street::of(2);
        let (group, now) = (street.group, street.now);
        street.add(1, "Mrs. Tran");
        street.pass(2_000);
        assert!(matches!(street.phones[1].device.take_off(group, now), Err(ActError::StillIn)));
        street.phones[1].device.leave(group, now).unwrap();
        street.pass(2_000);
        // Also what was stored before the app was opened anew.
        street.phones[1].restart(street.now);
        street.pass(2_000);
        assert!(street.phones[1].device.groups()[0].departure.is_some());
        street.phones[1].device.take_off(group, street.now).unwrap();
        street.run();
        assert!(street.phones[1].device.groups().is_empty());
        let left = street.phones[1].disk.keys().filter(|key| key.starts_with(b"g/"));
        assert_eq!(left.count(), 0);
        street.phones[1].restart(street.now);
        assert!(street.phones[1].device.groups().is_empty());
        // The others keep theirs, and whoever went can be let in again.
        assert_eq!(street.names(0), ["Mrs. Tran"]);
        let options = InviteOptions::usual(street.now);
        let link = street.phones[0].device.invite(group, options, street.now).unwrap();
        street.pass(2_000);
        street.phones[1].device.join(&link, "Ben", street.now).unwrap();
        street.pass(2_000);
        assert_eq!(street.names(1), ["Mrs. Tran"]);
    }

    #[test]
    fn a_group_of_one_which_nobody_can_leave_goes_off_the_device() {
        let mut street = Street::of(1);
        let (group, now) = (street.group, street.now);
        street.add(0, "Mrs. Tran");
        street.pass(2_000);
        let refused = street.phones[0].device.leave(group, now);
        assert!(matches!(refused, Err(ActError::Roster(RosterError::LastOrganizer))));
        let other = FoundGroup {
            name: "By mistake".to_owned(),
            member_name: "Rosa".to_owned(),
            server: ServerAddress { url: "https://other.example.org".to_owned(), key: street.host.key() },
            token: None,
            country: None,
            zone: None,
            locale: None,
        };
        let mistake = street.phones[0].device.found_group(other, START).unwrap();
        street.run();
        street.phones[0].device.take_off(mistake, street.now).unwrap();
        street.run();
        let of = |id: &dyn ToString| format!("g/{}", id.to_string()).into_bytes();
        let count = |street: &Street, id: &dyn ToString| {
            street.phones[0].disk.keys().filter(|key| key.starts_with(&of(id))).count()
        };
        assert_eq!(count(&street, &mistake), 0);
        assert!(count(&street, &group) > 0);
        street.phones[0].restart(street.now);
        assert_eq!(street.names(0), ["Mrs. Tran"]);
        street.phones[0].device.take_off(group, street.now).unwrap();
        street.run();
        assert_eq!(count(&street, &group), 0);
    }
}
