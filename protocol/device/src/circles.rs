//! Circles: Groups of their own that are listed in another Group's index and shown inside it.

use std::collections::BTreeMap;

use porchlight_documents::index::{self, Circle};
use porchlight_documents::{DocumentName, Editor};
use porchlight_wire::roster::{Role, RosterError};
use porchlight_wire::{GroupId, Timestamp};

use crate::device::{ActError, Device, EditError};
use crate::group::Group;
use crate::io::Output;
use crate::membership::{FoundGroup, ServerAddress};

/// A circle as the screen shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircleView {
    /// The Group that it is.
    pub id: GroupId,
    /// What the list calls it.
    pub name: String,
    /// What it is for; may be empty.
    pub purpose: String,
    /// Whether this device is in it.
    pub standing: CircleStanding,
}

/// Whether this device is in a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircleStanding {
    /// It is.
    In {
        /// With how many members, this one included.
        members: usize,
    },
    /// It has asked to come in.
    OnTheWay,
    /// It is not, or not any more: nothing is known but what the list says.
    Outside,
}

impl Device {
    /// The circles in a Group's list, by name.
    pub fn circles(&mut self, group: GroupId) -> Result<Vec<CircleView>, ActError> {
        let listed = self.read(group, &DocumentName::index(), index::circles)?;
        Ok(self.circle_views(listed))
    }

    /// The circles that were taken off the list and in which this device is, by name: those can be put back.
    pub fn circles_taken_off(&mut self, group: GroupId) -> Result<Vec<CircleView>, ActError> {
        let gone = self.read(group, &DocumentName::index(), index::taken_off)?;
        let mut views = self.circle_views(gone);
        views.retain(|view| matches!(view.standing, CircleStanding::In { .. }));
        Ok(views)
    }

    fn circle_views(&self, listed: BTreeMap<GroupId, Circle>) -> Vec<CircleView> {
        let view = |(id, Circle { name, purpose })| CircleView {
            id,
            name,
            purpose,
            standing: self.groups.get(&id).map_or(CircleStanding::Outside, standing),
        };
        let mut circles: Vec<_> = listed.into_iter().map(view).collect();
        circles.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        circles
    }

    /// Founds a circle on the same server and lists it in the Group, in one step: after a crash there is both or
    /// neither. This member is called there as here, and is its organizer. Organizers only.
    pub fn found_circle(
        &mut self,
        parent: GroupId,
        circle: &Circle,
        token: Option<String>,
        now: Timestamp,
    ) -> Result<GroupId, ActError> {
        self.organizes(parent, "change the list of circles")?;
        let circle = &circle.checked()?;
        let own = self.own_member(parent)?.ok_or(ActError::NotInYet)?;
        let (about, profile) = self.read(parent, &DocumentName::index(), |document| {
            (index::group(document), index::profile(document, &own))
        })?;
        let stored = &self.groups.get(&parent).ok_or(ActError::UnknownGroup)?.stored;
        let member_name = if profile.name.is_empty() { stored.member_name.clone() } else { profile.name };
        let server = ServerAddress { url: stored.url.clone(), key: stored.server };
        let found = FoundGroup {
            name: circle.name.clone(),
            member_name,
            server,
            token,
            country: about.country,
            zone: about.zone,
            locale: about.locale,
        };
        let id = self.found_group(found, now)?;
        self.edit_index(parent, None, now, |editor| index::set_circle(editor, &id, circle))?;
        self.tell_origin(id, now);
        self.store_together();
        Ok(id)
    }

    /// Lists a Group as a circle, or changes what the list says about one. Organizers only. Where this member also
    /// organizes the circle, a new name becomes its own.
    pub fn list_circle(
        &mut self,
        parent: GroupId,
        id: GroupId,
        circle: &Circle,
        shown: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ActError> {
        self.organizes(parent, "change the list of circles")?;
        if id == parent {
            return Err(ActError::NothingThere);
        }
        let before = self.read(parent, &DocumentName::index(), |document| index::circle(document, &id))?;
        self.edit_index(parent, shown, now, |editor| index::set_circle(editor, &id, circle))?;
        self.tell_origin(id, now);
        let circle = circle.checked()?;
        if before.is_some_and(|before| before.name != circle.name) && self.organizes(id, "rename it").is_ok()
        {
            let name = index::GroupChange { name: Some(circle.name), ..Default::default() };
            self.edit_index(id, None, now, |editor| index::change_group(editor, &name))?;
        }
        Ok(())
    }

    /// Takes a circle off the list. The circle itself goes on as it is. Organizers only.
    pub fn drop_circle(&mut self, parent: GroupId, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        self.organizes(parent, "change the list of circles")?;
        self.edit_index(parent, None, now, |editor| index::drop_circle(editor, &id))
    }

    /// Changes what the Group says about itself. Organizers only.
    pub fn change_group(
        &mut self,
        group: GroupId,
        change: &index::GroupChange,
        shown: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ActError> {
        self.organizes(group, "change the group's details")?;
        self.edit_index(group, shown, now, |editor| index::change_group(editor, change))
    }

    /// Whether this member organizes the Group; else what they may not do.
    pub(crate) fn organizes(&self, id: GroupId, what: &'static str) -> Result<(), ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().filter(|_| group.is_in()).ok_or(ActError::NotInYet)?;
        match roster.active(&group.keys.id())?.1.role {
            Role::Organizer => Ok(()),
            Role::Member | Role::Reader => Err(RosterError::NotAllowed(what).into()),
        }
    }

    /// Changes a Group's index as it was shown.
    pub(crate) fn edit_index(
        &mut self,
        group: GroupId,
        shown: Option<&str>,
        now: Timestamp,
        f: impl FnOnce(&mut Editor<'_>) -> Result<(), index::IndexError>,
    ) -> Result<(), ActError> {
        match self.edit_shown(group, &DocumentName::index(), shown, now, f) {
            Ok(()) => Ok(()),
            Err(EditError::Act(error)) => Err(error),
            Err(EditError::Document(error)) => Err(error.into()),
        }
    }

    /// Makes one Persist of all that wait, before everything else that does.
    pub(crate) fn store_together(&mut self) {
        let mut writes = Vec::new();
        self.outputs.retain_mut(|output| match output {
            Output::Persist(some) | Output::Keep(some) => {
                writes.append(some);
                false
            }
            _ => true,
        });
        self.outputs.push_front(Output::Persist(writes));
    }
}

/// In which other Group of this device each one is listed; of several the first by id.
pub(crate) fn parents(groups: &mut BTreeMap<GroupId, Group>) -> BTreeMap<GroupId, GroupId> {
    let mut parents = BTreeMap::new();
    for (id, group) in groups {
        // A Group whose index cannot be opened says so elsewhere.
        let Ok(document) = group.shelf.document(&DocumentName::index()) else { continue };
        for circle in index::circles(document).into_keys() {
            parents.entry(circle).or_insert(*id);
        }
    }
    parents
}

fn standing(group: &Group) -> CircleStanding {
    if group.departure().is_some() {
        return CircleStanding::Outside;
    }
    match &group.roster {
        Some(roster) if group.is_in() => {
            CircleStanding::In { members: roster.members().filter(|(_, member)| member.active).count() }
        }
        _ => CircleStanding::OnTheWay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{START, Street};

    fn called(name: &str) -> Circle {
        Circle { name: name.to_owned(), purpose: "Who calls whom".to_owned() }
    }

    fn not_allowed<T>(result: Result<T, ActError>) -> bool {
        matches!(result, Err(ActError::Roster(RosterError::NotAllowed(_))))
    }

    #[test]
    fn a_circle_is_founded_and_listed_at_once_and_the_others_see_that_it_is_there() {
        let mut street = Street::of(2);
        let (parent, now) = (street.group, street.now);
        let spanish = index::GroupChange { locale: Some("es-MX".to_owned()), ..Default::default() };
        street.phones[0].device.change_group(parent, &spanish, None, now).unwrap();
        let id = street.phones[0].device.found_circle(parent, &called("Coordinators"), None, now).unwrap();
        street.pass(2_000);
        let view = |street: &mut Street, phone: usize| street.phones[phone].device.circles(parent).unwrap();
        let seen = view(&mut street, 0);
        assert_eq!((seen[0].id, seen[0].name.as_str()), (id, "Coordinators"));
        assert_eq!(seen[0].standing, CircleStanding::In { members: 1 });
        let seen = view(&mut street, 1);
        assert_eq!((seen[0].name.as_str(), seen[0].purpose.as_str()), ("Coordinators", "Who calls whom"));
        assert_eq!(seen[0].standing, CircleStanding::Outside);
        let status = street.phones[0].device.groups();
        let circle = status.iter().find(|status| status.group == id).unwrap();
        assert_eq!((circle.parent, circle.name.as_str()), (Some(parent), "Coordinators"));
        assert_eq!(street.phones[0].device.members(id).unwrap()[0].name, "Rosa");
        let about = street.phones[0].device.read(id, &DocumentName::index(), index::group).unwrap();
        let (country, language) = (about.country.as_deref(), about.locale.as_deref());
        assert_eq!((country, language), (Some("US"), Some("es-MX")), "as in the group around it");
    }

    #[test]
    fn after_a_crash_there_is_a_circle_and_its_listing_or_neither() {
        let mut street = Street::of(1);
        let (parent, now) = (street.group, street.now);
        let device = &mut street.phones[0].device;
        device.found_circle(parent, &called("Coordinators"), None, now).unwrap();
        let persists = |output: &&Output| matches!(output, Output::Persist(_));
        assert_eq!(device.outputs.iter().filter(persists).count(), 1);
        assert!(device.outputs.front().as_ref().is_some_and(persists), "and nothing before it");
        street.phones[0].drain();
        street.phones[0].restart(now);
        let circles = street.phones[0].device.circles(parent).unwrap();
        assert_eq!(circles[0].standing, CircleStanding::In { members: 1 });
    }

    #[test]
    fn only_organizers_change_the_list_and_the_groups_details() {
        let mut street = Street::of(2);
        let (parent, now) = (street.group, street.now);
        let id = street.phones[0].device.found_circle(parent, &called("Coordinators"), None, now).unwrap();
        street.pass(2_000);
        let ben = &mut street.phones[1].device;
        assert!(not_allowed(ben.found_circle(parent, &called("Drivers"), None, now)));
        assert!(not_allowed(ben.list_circle(parent, id, &called("Ours"), None, now)));
        assert!(not_allowed(ben.drop_circle(parent, id, now)));
        assert!(not_allowed(ben.change_group(parent, &index::GroupChange::default(), None, now)));
        assert_eq!(ben.groups().len(), 1, "nothing was founded");
    }

    #[test]
    fn a_circle_is_renamed_in_the_list_and_by_itself_and_stays_when_it_is_taken_off() {
        let mut street = Street::of(1);
        let parent = street.group;
        let device = &mut street.phones[0].device;
        let id = device.found_circle(parent, &called("Coordinators"), None, START).unwrap();
        device.list_circle(parent, id, &called("Core team"), None, START).unwrap();
        assert_eq!(device.circles(parent).unwrap()[0].name, "Core team");
        let own = |device: &mut Device| device.read(id, &DocumentName::index(), index::group).unwrap().name;
        assert_eq!(own(device), "Core team");
        device.drop_circle(parent, id, START).unwrap();
        assert!(device.circles(parent).unwrap().is_empty());
        assert_eq!((device.groups().len(), own(device).as_str()), (2, "Core team"));
        assert!(device.groups().iter().all(|status| status.parent.is_none()));
        device.list_circle(parent, id, &called("Core team"), None, START).unwrap();
        assert_eq!(device.circles(parent).unwrap().len(), 1, "it can be listed again");
        assert!(device.list_circle(parent, parent, &called("Us"), None, START).is_err());
    }

    #[test]
    fn what_two_organizers_change_of_the_group_stays_both() {
        let mut street = Street::of(1);
        let parent = street.group;
        let device = &mut street.phones[0].device;
        let shown = device.read(parent, &DocumentName::index(), |document| document.version()).unwrap();
        let zone = index::GroupChange { zone: Some("America/Chicago".to_owned()), ..Default::default() };
        device.change_group(parent, &zone, Some(&shown), START).unwrap();
        let name = index::GroupChange { name: Some("Maple Court".to_owned()), ..Default::default() };
        device.change_group(parent, &name, Some(&shown), START).unwrap();
        let about = device.read(parent, &DocumentName::index(), index::group).unwrap();
        assert_eq!((about.name.as_str(), about.zone.as_deref()), ("Maple Court", Some("America/Chicago")));
        let nameless = index::GroupChange { name: Some(" ".to_owned()), ..Default::default() };
        assert!(device.change_group(parent, &nameless, None, START).is_err());
    }
}
