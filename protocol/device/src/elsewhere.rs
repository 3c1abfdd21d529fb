//! Where else a member is: whoever is taken out of a Group is taken out of its circles with it, as far as this device may
//! do that; of the others it says where somebody else must.
//!
//! A Device has fresh keys in every Group. So each says in a circle's index which Device it is in the Group around it;
//! where one did not, a member of the circle who has the same name may be the same person, and a person must say.

use std::collections::BTreeSet;

use porchlight_documents::{DocumentName, index};
use porchlight_wire::roster::{ChangeKind, Remove, Role};
use porchlight_wire::{ActorPrefix, DeviceId, GroupId, MemberId, Timestamp};

use crate::circles::parents;
use crate::device::{ActError, Device, MemberView, On};
use crate::rotation::placeholder;

/// How many circles inside circles are looked into.
const DEPTH: usize = 4;

/// Where else a member is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// The circles, and circles inside them, in which they are or may be.
    pub circles: Vec<ElsewhereView>,
    /// The names of those that this device cannot look into.
    pub closed: Vec<String>,
}

/// A member of a Group in one of its circles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElsewhereView {
    /// The circle.
    pub circle: GroupId,
    /// What it is called.
    pub name: String,
    /// Who they are there.
    pub member: MemberId,
    /// What they are called there.
    pub member_name: String,
    /// Whether their own device said so; else only the name is the same.
    pub sure: bool,
    /// Whether this device may take them out there.
    pub may_remove: bool,
    /// Their Devices there, each with the one of the Group that was asked about, where it said which.
    pub devices: Vec<(DeviceId, Option<DeviceId>)>,
}

/// Who is to be taken out of one Group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Out of which.
    pub group: GroupId,
    /// Whole members.
    pub members: Vec<MemberId>,
    /// Single Devices.
    pub devices: Vec<DeviceId>,
}

impl Device {
    /// The circles of a Group in which one of its members is, too.
    pub fn elsewhere(
        &mut self,
        group: GroupId,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Elsewhere, ActError> {
        let mut elsewhere = Elsewhere::default();
        let everyone = self.members(group)?;
        let asked = everyone.iter().find(|one| one.id == member).ok_or(ActError::NothingThere)?.clone();
        let is_alone = is_only(&everyone, &asked.name);
        let found = asked.devices.iter().map(|device| (device.id, device.id)).collect();
        let person = Person { name: asked.name, is_self: asked.is_self, is_alone, devices: found };
        self.look_into(group, &person, &mut BTreeSet::from([group]), &mut elsewhere, now)?;
        Ok(elsewhere)
    }

    fn look_into(
        &mut self,
        group: GroupId,
        person: &Person,
        seen: &mut BTreeSet<GroupId>,
        elsewhere: &mut Elsewhere,
        now: Timestamp,
    ) -> Result<(), ActError> {
        for (circle, listed) in self.read(group, &DocumentName::index(), index::circles)? {
            if seen.len() > 1 << DEPTH || !seen.insert(circle) {
                continue;
            }
            let inside = self.groups.get(&circle).is_some_and(|it| it.is_in() && it.departure().is_none());
            if !inside {
                elsewhere.closed.push(listed.name);
                continue;
            }
            let origins = self.read(circle, &DocumentName::index(), index::origins)?;
            let members = self.members(circle)?;
            for member in members.iter().filter(|member| member.is_self == person.is_self) {
                let known = |device: &DeviceId| {
                    let origin = origins.get(&(member.id, ActorPrefix::of_device(device)))?;
                    let (_, asked) =
                        person.devices.iter().find(|(here, _)| ActorPrefix::of_device(here) == *origin)?;
                    Some(*asked)
                };
                let devices: Vec<_> =
                    member.devices.iter().map(|device| (device.id, known(&device.id))).collect();
                // Whoever said to be somebody else is not taken for the same because of a name.
                let said = origins.keys().any(|(one, _)| *one == member.id);
                let is_known = member.is_self || devices.iter().any(|(_, origin)| origin.is_some());
                let same_name = !person.name.is_empty() && member.name == person.name;
                if !is_known && (said || !same_name) {
                    continue;
                }
                let sure = is_known || (person.is_alone && is_only(&members, &member.name));
                let removal = Removal { group: circle, members: vec![member.id], devices: Vec::new() };
                elsewhere.circles.push(ElsewhereView {
                    circle,
                    name: listed.name.clone(),
                    member: member.id,
                    member_name: member.name.clone(),
                    sure,
                    // Of themselves everybody may take a phone out.
                    may_remove: member.is_self || self.check_removal(&removal, now).is_ok(),
                    devices: devices.clone(),
                });
                let inner = devices.iter().filter_map(|(here, asked)| Some((*here, (*asked)?))).collect();
                let (name, is_self) = (person.name.clone(), person.is_self);
                let inner = Person { name, is_self, is_alone: sure, devices: inner };
                self.look_into(circle, &inner, seen, elsewhere, now)?;
            }
        }
        Ok(())
    }

    /// Takes members, or single Devices, out of several Groups in one step: after a crash all of it is on its way, or
    /// nothing. Refused as a whole where one of them is.
    pub fn remove_everywhere(&mut self, removals: Vec<Removal>, now: Timestamp) -> Result<(), ActError> {
        for removal in &removals {
            self.check_removal(removal, now)?;
        }
        for Removal { group, members, devices } in removals {
            self.remove(group, members, devices, now)?;
        }
        self.store_together();
        Ok(())
    }

    fn check_removal(&self, removal: &Removal, now: Timestamp) -> Result<(), ActError> {
        let Removal { group, members, devices } = removal.clone();
        let roster = self.groups.get(&group).ok_or(ActError::UnknownGroup)?.roster.as_ref();
        let own = self.groups.get(&group).map(|it| it.keys.id()).ok_or(ActError::UnknownGroup)?;
        let (_, known) = roster.ok_or(ActError::NotInYet)?.active(&own)?;
        // Who takes out this very device cannot know the next key.
        let starts = known.role == Role::Organizer && !devices.contains(&own);
        let epoch = starts.then(placeholder);
        self.check_request(group, ChangeKind::Remove(Remove { members, devices, epoch }), now).map(drop)
    }

    /// Says in a circle which Device this is in the Group around it, once it knows and may write there.
    pub(crate) fn tell_origin(&mut self, circle: GroupId, now: Timestamp) {
        let Some(parent) = parents(&mut self.groups).get(&circle).copied() else { return };
        let inside = |group: &&crate::group::Group| group.is_in() && group.departure().is_none();
        let Some(origin) = self.groups.get(&parent).filter(inside).map(|group| group.keys.id()) else {
            return;
        };
        let Ok(Some(member)) = self.own_member(circle) else { return };
        let Some(own) = self.groups.get(&circle).map(|group| ActorPrefix::of_device(&group.keys.id())) else {
            return;
        };
        let origin = ActorPrefix::of_device(&origin);
        // A reader cannot write it: their name is all that there is.
        let _ = self.edit_quietly(circle, &DocumentName::index(), On::Newest, now, |editor| {
            index::set_origin(editor, &member, &own, &origin)
        });
    }
}

/// Whom to look for.
struct Person {
    name: String,
    /// Whether it is whoever has this device.
    is_self: bool,
    /// Whether nobody else in the Group around it has that name.
    is_alone: bool,
    /// Their Devices in the Group that lists the circle, each with the one in the Group that was asked about.
    devices: Vec<(DeviceId, DeviceId)>,
}

fn is_only(members: &[MemberView], name: &str) -> bool {
    members.iter().filter(|member| member.name == name).count() == 1
}
