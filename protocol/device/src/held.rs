//! Work of devices that were removed before it reached the log: the server holds it, and an organizer lets it in or not.

use std::collections::BTreeMap;

use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{ClientFrame, HeldCall, HeldList};
use porchlight_wire::roster::{AcceptHeld, ChangeKind, Role};
use porchlight_wire::{DeviceId, GroupId, Hash, MemberId, Timestamp, limits};

use crate::device::{ActError, Device};
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

    /// Lets what a removed device had written into the log after all.
    pub fn accept_held(&mut self, id: GroupId, device: DeviceId, now: Timestamp) -> Result<(), ActError> {
        let entries = self.held_entries(id, &device)?;
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
        });
        view.entries.push(entry.id());
        let key = group.epochs.get(&entry.header().epoch);
        let Some(payload) = key.and_then(|key| seal::open(&group.id, &entry, key).ok()) else { continue };
        for document in payload.documents {
            view.changes = view.changes.saturating_add(document.changes.len());
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
