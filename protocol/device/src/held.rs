//! Work of devices that were removed before it reached the log: the server holds it, and an organizer lets it in or not.

use std::collections::BTreeMap;
use std::fmt;

use porchlight_documents::contacts::late;
use porchlight_documents::{DocumentName, Kind};
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{ClientFrame, HeldCall, HeldList};
use porchlight_wire::roster::{AcceptHeld, ChangeKind, Role};
use porchlight_wire::{DeviceId, GroupId, Hash, MemberId, Timestamp, limits};

use crate::device::{ActError, Device, EditError};
use crate::group::Group;
use crate::io::Event;
use crate::seal;

/// What one removed device has handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldView {
    /// The device.
    pub device: DeviceId,
    /// Whose it was.
    pub member: MemberId,
    /// How many Changes it made.
    pub changes: usize,
    /// In which Documents, as [`porchlight_documents::DocumentName`] prints them.
    pub documents: Vec<String>,
    entries: Vec<Hash>,
    lists: Lists,
}

/// Changes to lists of contacts, oldest first, by the lists' keys.
#[derive(Clone, Default, PartialEq, Eq)]
struct Lists(BTreeMap<String, Vec<Vec<u8>>>);

/// They are people's words, and belong into no log.
impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lists", self.0.len())
    }
}

impl Device {
    /// Asks the server again what it holds; [`Event::HeldChanged`] says that the answer is here. Without a connection
    /// nothing happens.
    pub fn ask_held(&mut self, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        if group.is_organizer() && self.can_send(id) {
            self.send(id, &ClientFrame::Held(HeldCall { group: id, discard: Vec::new() }), now);
        }
        self.schedule(now);
        Ok(())
    }

    /// What the server held when it was last asked; only organizers are told.
    pub fn held(&self, id: GroupId) -> Result<&[HeldView], ActError> {
        Ok(&self.groups.get(&id).ok_or(ActError::UnknownGroup)?.held)
    }

    /// Lets what a removed device had written into the log after all. What it wrote into a list that has been written anew
    /// since, because something was forgotten, everybody passes over there: it is written into the new list here.
    pub fn accept_held(&mut self, id: GroupId, device: DeviceId, now: Timestamp) -> Result<(), ActError> {
        let entries = self.held_entries(id, &device)?;
        self.retell_held(id, &device, now)?;
        self.request(id, ChangeKind::AcceptHeld(AcceptHeld { entries }), None, now)
    }

    /// Decides against it, for good; its author is told, and keeps it. Needs a connection.
    pub fn discard_held(&mut self, id: GroupId, device: DeviceId, now: Timestamp) -> Result<(), ActError> {
        let discard = self.held_entries(id, &device)?;
        if !self.can_send(id) {
            return Err(ActError::NotConnected);
        }
        self.send(id, &ClientFrame::Held(HeldCall { group: id, discard }), now);
        self.schedule(now);
        Ok(())
    }

    fn retell_held(&mut self, id: GroupId, device: &DeviceId, now: Timestamp) -> Result<(), ActError> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let view = group.held.iter().find(|view| view.device == *device).ok_or(ActError::NothingThere)?;
        for (key, changes) in view.lists.clone().0 {
            let Some(group) = self.groups.get_mut(&id) else { return Ok(()) };
            let old = DocumentName { kind: Kind::Contacts, key };
            let Some(places) = group.places_of(&old).cloned() else { continue };
            let new = group.current(&old);
            let told =
                self.edit_from_beginning(id, &new, now, |editor| late::retell(editor, &changes, &places));
            told.map_err(|error| match error {
                EditError::Act(error) => error,
                EditError::Document(error) => ActError::Document(error.to_string()),
            })?;
        }
        Ok(())
    }

    fn held_entries(&self, id: GroupId, device: &DeviceId) -> Result<Vec<Hash>, ActError> {
        let all = self.held(id)?;
        let view = all.iter().find(|view| view.device == *device).ok_or(ActError::NothingThere)?;
        Ok(view.entries.iter().take(limits::MAX_NAMED).copied().collect())
    }

    pub(crate) fn held_listed(&mut self, list: &HeldList) {
        let Some(group) = self.groups.get_mut(&list.group) else { return };
        group.held = views(group, list);
        self.event(Event::HeldChanged { group: list.group });
    }
}

impl Group {
    /// Whether this device's member is an organizer, as far as is known.
    pub(crate) fn is_organizer(&self) -> bool {
        let roster = self.roster.as_ref();
        let own = roster.and_then(|roster| roster.active(&self.keys.id()).ok());
        own.is_some_and(|(_, member)| member.role == Role::Organizer)
    }
}

/// What can be said of it without letting it in.
fn views(group: &Group, list: &HeldList) -> Vec<HeldView> {
    let mut views: BTreeMap<DeviceId, HeldView> = BTreeMap::new();
    for bytes in &list.entries {
        let Ok(entry) = VerifiedEntry::verify(&group.id, bytes) else { continue };
        let device = entry.device();
        let known = group.roster.as_ref().and_then(|roster| roster.device(&device));
        let Some(known) = known.filter(|known| known.gone.is_some()) else { continue };
        let view = views.entry(device).or_insert(HeldView {
            device,
            member: known.member,
            changes: 0,
            documents: Vec::new(),
            entries: Vec::new(),
            lists: Lists::default(),
        });
        view.entries.push(entry.id());
        let key = group.epochs.get(&entry.header().epoch);
        let Some(payload) = key.and_then(|key| seal::open(&group.id, &entry, key).ok()) else { continue };
        for document in payload.documents {
            view.changes = view.changes.saturating_add(document.changes.len());
            if document.kind == Kind::Contacts.word() {
                let list = view.lists.0.entry(document.key.clone()).or_default();
                list.extend(document.changes.iter().map(|change| change.to_vec()));
            }
            let name = if document.key.is_empty() {
                document.kind
            } else {
                format!("{}/{}", document.kind, document.key)
            };
            if !view.documents.contains(&name) {
                view.documents.push(name);
            }
        }
    }
    views.into_values().collect()
}
