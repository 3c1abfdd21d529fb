//! What was asked about who is in and waits for the server: shown with those whom it is about, until the log says it.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_wire::roster::{ChangeKind, Role};
use porchlight_wire::{DeviceId, MemberId};

use crate::outbox::Outbox;

/// What becomes of a member as soon as this device reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// They are taken out.
    Removed,
    /// They leave: this device asked for it.
    Left,
    /// They get another role.
    Role(Role),
}

/// All that waits, by whom it is about.
#[derive(Debug, Default)]
pub(crate) struct AllComing {
    pub(crate) members: BTreeMap<MemberId, Coming>,
    /// Single devices that are taken out.
    pub(crate) devices: BTreeSet<DeviceId>,
}

impl AllComing {
    /// `own`: the member whose device this is.
    pub(crate) fn of(outbox: &Outbox, own: Option<MemberId>) -> Self {
        let mut all = Self::default();
        for kind in outbox.wanted() {
            match kind {
                ChangeKind::Remove(remove) => {
                    all.devices.extend(remove.devices);
                    all.members.extend(remove.members.into_iter().map(|id| (id, Coming::Removed)));
                }
                ChangeKind::Leave(_) => all.members.extend(own.map(|id| (id, Coming::Left))),
                ChangeKind::SetRole(set) => {
                    let coming = all.members.entry(set.member).or_insert(Coming::Role(set.role));
                    // The last word counts; whoever goes has no role.
                    if let Coming::Role(role) = coming {
                        *role = set.role;
                    }
                }
                _ => {}
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use porchlight_wire::MemberId;
    use porchlight_wire::roster::Role;

    use crate::scene::Street;
    use crate::{Coming, Device, MemberView};

    #[test]
    fn what_waits_for_the_server_is_shown_with_those_whom_it_is_about() {
        let mut street = Street::of(4);
        let (group, now) = (street.group, street.now);
        let members = street.in_order();
        let of = |street: &mut Street, phone: usize| {
            let all = street.phones[phone].device.members(group).unwrap();
            let coming = |id: &MemberId| all.iter().find(|one| one.id == *id).and_then(|one| one.coming);
            members.iter().map(coming).collect::<Vec<_>>()
        };
        street.go_offline(0);
        let rosa = &mut street.phones[0].device;
        rosa.remove(group, vec![members[1]], Vec::new(), now).unwrap();
        rosa.set_role(group, members[2], Role::Organizer, now).unwrap();
        rosa.set_role(group, members[2], Role::Reader, now).unwrap();
        let waits = vec![None, Some(Coming::Removed), Some(Coming::Role(Role::Reader)), None];
        assert_eq!(of(&mut street, 0), waits);
        // Also after the app was opened anew; and nobody else knows of it.
        street.run();
        street.phones[0].restart(now);
        assert_eq!(of(&mut street, 0), waits);
        assert_eq!(of(&mut street, 3), vec![None; 4]);
        street.go_offline(3);
        street.phones[3].device.leave(group, now).unwrap();
        assert_eq!(of(&mut street, 3), vec![None, None, None, Some(Coming::Left)]);

        street.go_online(0);
        street.go_online(3);
        street.pass(60_000);
        assert_eq!(of(&mut street, 0), vec![None; 4]);
        let left = street.phones[0].device.members(group).unwrap();
        let roles: BTreeMap<_, _> = left.iter().map(|member| (member.id, member.role)).collect();
        assert_eq!(roles, BTreeMap::from([(members[0], Role::Organizer), (members[2], Role::Reader)]));
    }

    #[test]
    fn a_role_that_waits_can_be_thought_better_of() {
        let mut street = Street::of(2);
        let (group, now, members) = (street.group, street.now, street.in_order());
        street.go_offline(0);
        let rosa = &mut street.phones[0].device;
        rosa.set_role(group, members[1], Role::Reader, now).unwrap();
        rosa.set_role(group, members[1], Role::Member, now).unwrap();
        assert!(rosa.members(group).unwrap().iter().all(|member| member.coming.is_none()));
        street.go_online(0);
        street.pass(60_000);
        let ben = street.phones[0].device.members(group).unwrap();
        assert!(ben.iter().any(|member| member.id == members[1] && member.role == Role::Member));
    }

    #[test]
    fn a_role_that_the_server_has_heard_of_is_taken_back_and_not_forgotten() {
        // Its answer was lost, and perhaps the app was opened anew since.
        for opened_anew in [false, true] {
            let mut street = Street::of(2);
            let (group, now, members) = (street.group, street.now, street.in_order());
            let role_of_ben = |street: &mut Street, phone: usize| {
                let all = street.phones[phone].device.members(group).unwrap();
                all.into_iter().find(|one| one.id == members[1]).map(|ben| (ben.role, ben.coming)).unwrap()
            };
            street.phones[0].device.set_role(group, members[1], Role::Reader, now).unwrap();
            street.lose_answers(0);
            assert_eq!(role_of_ben(&mut street, 0), (Role::Member, Some(Coming::Role(Role::Reader))));
            if opened_anew {
                street.phones[0].restart(now);
            }
            street.phones[0].device.set_role(group, members[1], Role::Member, now).unwrap();
            assert_eq!(role_of_ben(&mut street, 0), (Role::Member, None));
            street.go_online(0);
            street.pass(60_000);
            assert_eq!(role_of_ben(&mut street, 0), (Role::Member, None), "opened anew: {opened_anew}");
            assert_eq!(role_of_ben(&mut street, 1).0, Role::Member, "opened anew: {opened_anew}");
        }
    }

    #[test]
    fn a_single_device_that_is_to_go_says_so() {
        let mut street = Street::of(2);
        let (group, now, members) = (street.group, street.now, street.in_order());
        street.go_offline(0);
        let rosa = &mut street.phones[0].device;
        let ben = |all: Vec<MemberView>| all.into_iter().find(|one| one.id == members[1]).unwrap();
        let device = ben(rosa.members(group).unwrap()).devices[0].id;
        rosa.remove(group, Vec::new(), vec![device], now).unwrap();
        let ben = ben(rosa.members(group).unwrap());
        assert_eq!((ben.coming, ben.devices[0].leaves), (None, true));
    }

    impl Street {
        /// The members in the order of their phones.
        fn in_order(&mut self) -> Vec<MemberId> {
            let group = self.group;
            let own = |device: &mut Device| {
                device.members(group).unwrap().into_iter().find(|one| one.is_self).unwrap().id
            };
            self.phones.iter_mut().map(|phone| own(&mut phone.device)).collect()
        }
    }
}
