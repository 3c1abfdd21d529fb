//! Who may vote in a Group's decisions, and what a decision has come to by the Ledger.

use std::collections::BTreeMap;

use porchlight_documents::contacts::Standing;
use porchlight_documents::decisions::{self, Decision, Moment, Part, People, Voter};
use porchlight_documents::{DocumentName, Kind, index};
use porchlight_wire::roster::{Purpose, Role};
use porchlight_wire::{ActorPrefix, GroupId, MemberId, Timestamp};
use rand_core::Rng;

use crate::device::{ActError, Device};

impl Device {
    /// The name of a Document that nobody else makes; it holds nothing until it is edited.
    pub fn fresh_document(&mut self, kind: Kind) -> DocumentName {
        let mut random = [0; 10];
        self.entropy.fill_bytes(&mut random);
        DocumentName::fresh(kind, random)
    }

    /// The member that this device is of; `None` as long as it is not in.
    pub fn own_member(&self, group: GroupId) -> Result<Option<MemberId>, ActError> {
        let group = self.groups.get(&group).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref();
        Ok(roster.and_then(|roster| roster.device(&group.keys.id())).map(|device| device.member))
    }

    /// What a decision has come to.
    pub fn decision(
        &mut self,
        group: GroupId,
        name: &DocumentName,
        now: Timestamp,
    ) -> Result<Decision, ActError> {
        let mut people = self.voters(group)?;
        let mut next: Vec<_> = self.read(group, name, decisions::noted_for)?.into_iter().collect();
        while let Some(contact) = next.pop() {
            if let Standing::Merged(into, since) = self.standing(group, &contact)?
                && people.merged.insert(contact.to_string(), (into.to_string(), since)).is_none()
            {
                next.push(into);
            }
        }
        let newest = self.groups.get(&group).ok_or(ActError::UnknownGroup)?.progress.time;
        self.read_with_ledger(group, name, |document, ledger| {
            decisions::decision(document, name, ledger, &people, Moment { newest, now })
        })
    }

    /// Everybody who is or was a member, with the devices they vote by.
    pub fn voters(&mut self, group: GroupId) -> Result<People, ActError> {
        let group = self.groups.get_mut(&group).ok_or(ActError::UnknownGroup)?;
        let profiles = index::profiles(group.shelf.document(&DocumentName::index())?);
        let Some(roster) = &group.roster else { return Ok(People::default()) };
        let voters = roster.members().map(|(id, member)| {
            let devices = || roster.devices().filter(move |(_, device)| device.member == id);
            let gone = devices().filter_map(|(_, device)| device.gone.map(|gone| gone.time)).max();
            let profile = profiles.get(&id).cloned().unwrap_or_default();
            Voter {
                member: id.to_string(),
                name: profile.name,
                contact: profile.contact,
                devices: devices()
                    .filter(|(_, device)| device.purpose == Purpose::Device)
                    .map(|(id, _)| ActorPrefix::of_device(&id))
                    .collect(),
                part: match member.role {
                    Role::Organizer => Part::Organizer,
                    Role::Member => Part::Member,
                    Role::Reader => Part::Reader,
                },
                since: member.since,
                until: if member.active { None } else { gone },
            }
        });
        Ok(People { voters: voters.collect(), merged: BTreeMap::new() })
    }
}
