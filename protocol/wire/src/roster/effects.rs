//! What each kind of RosterChange does to the Roster once it is verified.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{check_signature, decode};
use super::{
    Absence, AddDevice, ChangeKind, CloseInvite, Departure, Device, EpochStart, Invitation, Invite, Join,
    Member, NewEpoch, Purpose, Remove, Role, Roster, RosterError, Server, VerifiedChange,
};
use crate::{ActorPrefix, DeviceId, Epoch, GroupId, Hash, InvitationId, MemberId, Timestamp, limits};

impl Roster {
    /// Starts from the exact bytes of a Found, received at `time`.
    pub fn found(bytes: &[u8], time: Timestamp) -> Result<Self, RosterError> {
        let (signed, body) = decode(bytes)?;
        let ChangeKind::Found(found) = &body.kind else { return Err(RosterError::NotFounded) };
        check_signature(&body.author, &GroupId::from_bytes([0; 32]), &Hash::ZERO, &signed)?;
        if found.suite != limits::SUITE {
            return Err(RosterError::UnknownSuite(found.suite));
        }
        let group = signed.founded_group();
        let member = MemberId::of_first_device(&body.author);
        let first = EpochStart {
            commitment: found.commitment,
            previous: Hash::ZERO,
            boxes: Hash::ZERO,
            earlier: None,
            by: body.author,
        };
        let mut roster = Self {
            group,
            servers: vec![Server { key: found.server, url: None, since: 1 }],
            head: Hash::from_bytes(*group.as_bytes()),
            length: 1,
            members: BTreeMap::new(),
            devices: BTreeMap::new(),
            prefixes: BTreeMap::new(),
            invitations: BTreeMap::new(),
            epochs: vec![first],
            accepted: BTreeSet::new(),
            due: false,
            members_invite: false,
            closed: false,
        };
        let founder = Member {
            role: Role::Organizer,
            since: time,
            invitation: None,
            active: true,
            absences: Vec::new(),
            reading: Vec::new(),
        };
        roster.members.insert(member, founder);
        roster.add_key((body.author, time), member, found.sealing, Purpose::Device, None);
        Ok(roster)
    }

    /// Verifies a whole list, oldest first, each with the time the server received it.
    pub fn verify_all<'a>(
        changes: impl IntoIterator<Item = (&'a [u8], Timestamp)>,
    ) -> Result<(Self, Vec<Hash>), RosterError> {
        let mut changes = changes.into_iter();
        let (bytes, time) = changes.next().ok_or(RosterError::NotFounded)?;
        let mut roster = Self::found(bytes, time)?;
        let mut hashes = vec![roster.head];
        for (bytes, time) in changes {
            let change = roster.verify(bytes, time)?;
            hashes.push(change.hash());
            roster.apply(change)?;
        }
        Ok((roster, hashes))
    }

    /// Takes a change that was verified against exactly this Roster.
    pub fn apply(&mut self, change: VerifiedChange) -> Result<(), RosterError> {
        if change.previous != self.head {
            return Err(RosterError::Stale);
        }
        self.length = self.length.saturating_add(1);
        let (author, time) = (change.body.author, change.time);
        match change.body.kind {
            ChangeKind::Invite(invite) => self.apply_invite(&author, &invite),
            ChangeKind::CloseInvite(close) => self.apply_close_invite(&close),
            ChangeKind::Join(join) => self.apply_join(author, &join, time),
            ChangeKind::Admit(admit) => {
                self.admit(admit.device, &admit.invitation, admit.sealing, None, time);
            }
            ChangeKind::AddDevice(add) => self.apply_add_device(author, &add, time),
            ChangeKind::Remove(remove) => self.apply_remove(author, &remove, time),
            ChangeKind::Leave(_) => {
                if let Some(member) = self.devices.get(&author).map(|device| device.member) {
                    self.part(&author, time, |_, device| device.member == member);
                    self.end_membership(&member, time);
                    self.due = true;
                }
            }
            ChangeKind::SetRole(set) => {
                if let Some(member) = self.members.get_mut(&set.member) {
                    member.take_role(set.role, time);
                }
            }
            ChangeKind::Rotate(rotate) => self.start_epoch(author, &rotate.epoch, time),
            ChangeKind::AcceptHeld(accept) => self.accepted.extend(accept.entries),
            ChangeKind::MoveTo(to) => {
                self.servers.push(Server { key: to.server, url: Some(to.url), since: self.length });
            }
            ChangeKind::Close(_) => self.closed = true,
            ChangeKind::Allow(allow) => self.members_invite = allow.members_invite,
            ChangeKind::Found(_) | ChangeKind::Unknown(_) => {}
        }
        self.head = change.hash;
        Ok(())
    }

    fn apply_invite(&mut self, author: &DeviceId, invite: &Invite) {
        let Some(by) = self.devices.get(author).map(|device| device.member) else { return };
        let invitation = Invitation {
            key: invite.key,
            sealing: invite.sealing,
            role: invite.role,
            expires: invite.expires,
            uses_left: invite.uses,
            member: invite.member,
            vouches: invite.vouches,
            by,
            since: self.epoch(),
            closed: false,
        };
        self.invitations.insert(InvitationId::of_key(&invite.key), invitation);
    }

    fn apply_close_invite(&mut self, close: &CloseInvite) {
        let Some(invitation) = self.invitations.get_mut(&close.invitation) else { return };
        // Whoever has the link could be shown the newest key by the server.
        self.due |= invitation.uses_left > 0 && invitation.vouches.is_none();
        invitation.closed = true;
    }

    fn apply_join(&mut self, author: DeviceId, join: &Join, time: Timestamp) {
        let predecessor = join.predecessor.and_then(|prefix| self.device_of(&prefix));
        self.admit(author, &join.invitation, join.sealing, predecessor, time);
    }

    /// Lets a device in through an invitation: a new member, or a further device of the one that it names.
    fn admit(
        &mut self,
        device: DeviceId,
        through: &InvitationId,
        sealing: Hash,
        predecessor: Option<DeviceId>,
        time: Timestamp,
    ) {
        let Some(invitation) = self.invitations.get_mut(through) else { return };
        invitation.uses_left = invitation.uses_left.saturating_sub(1);
        let role = invitation.role;
        let member = invitation.member.unwrap_or_else(|| MemberId::of_first_device(&device));
        let known = self.members.entry(member).or_insert(Member {
            role,
            since: time,
            invitation: Some(*through),
            active: false,
            absences: Vec::new(),
            reading: Vec::new(),
        });
        if !known.active {
            known.active = true;
            known.take_role(role, time);
            if let Some(absence) = known.absences.last_mut() {
                absence.until = Some(time);
            }
        }
        self.add_key((device, time), member, sealing, Purpose::Device, predecessor);
    }

    fn apply_add_device(&mut self, author: DeviceId, add: &AddDevice, time: Timestamp) {
        let Some(sponsor) = self.device_of(&add.sponsor) else { return };
        let Some(Device { member, purpose, .. }) = self.devices.get(&sponsor) else { return };
        let (member, recovered) = (*member, *purpose == Purpose::Recovery);
        if add.purpose == Purpose::Recovery {
            // Earlier words may have been seen by others; they must not open what comes later.
            self.due |= self.part(&author, time, |_, device| {
                device.member == member && device.purpose == Purpose::Recovery
            });
        }
        let predecessor = add.predecessor.and_then(|prefix| self.device_of(&prefix));
        self.add_key((author, time), member, add.sealing, add.purpose, predecessor);
        if let Some(device) = self.devices.get_mut(&author) {
            device.recovered = recovered;
        }
    }

    fn apply_remove(&mut self, author: DeviceId, remove: &Remove, time: Timestamp) {
        self.part(&author, time, |id, device| remove.names(&device.member, id));
        remove.members.iter().for_each(|member| self.end_membership(member, time));
        match &remove.epoch {
            Some(epoch) => {
                self.invitations.values_mut().for_each(|invitation| invitation.closed = true);
                self.start_epoch(author, epoch, time);
            }
            None => {
                if let Some(own) = self.devices.get(&author).map(|device| device.member) {
                    self.close_device_invitations(&own);
                }
                self.due = true;
            }
        }
    }

    /// Takes the devices out that `goes` says; whether there were any.
    fn part(&mut self, by: &DeviceId, time: Timestamp, goes: impl Fn(&DeviceId, &Device) -> bool) -> bool {
        let departure = Departure { epoch: self.epoch(), by: *by, time, change: self.length };
        let mut any = false;
        for (id, device) in &mut self.devices {
            if device.gone.is_none() && goes(id, device) {
                device.gone = Some(departure);
                any = true;
            }
        }
        any
    }

    fn end_membership(&mut self, member: &MemberId, time: Timestamp) {
        if let Some(member) = self.members.get_mut(member).filter(|member| member.active) {
            member.active = false;
            member.absences.push(Absence { from: time, until: None });
        }
        self.close_device_invitations(member);
    }

    fn close_device_invitations(&mut self, member: &MemberId) {
        let for_them = |invitation: &&mut Invitation| invitation.member.as_ref() == Some(member);
        self.invitations.values_mut().filter(for_them).for_each(|invitation| invitation.closed = true);
    }

    fn start_epoch(&mut self, by: DeviceId, epoch: &NewEpoch, time: Timestamp) {
        let before = self.epoch();
        self.epochs.push(EpochStart {
            commitment: epoch.commitment,
            previous: self.head,
            boxes: epoch.boxes,
            earlier: Some((epoch.from.unwrap_or(before), epoch.sealed)),
            by,
        });
        for invitation in self.invitations.values_mut() {
            invitation.closed |= time > invitation.expires;
        }
        self.due = false;
    }

    fn add_key(
        &mut self,
        (id, joined): (DeviceId, Timestamp),
        member: MemberId,
        sealing: Hash,
        purpose: Purpose,
        predecessor: Option<DeviceId>,
    ) {
        // Whoever holds the newest key can open all earlier ones, so a newcomer may name any epoch from its own on.
        let since: Epoch = self.epoch();
        self.prefixes.insert(ActorPrefix::of_device(&id), id);
        let device =
            Device { member, sealing, purpose, joined, since, predecessor, recovered: false, gone: None };
        self.devices.insert(id, device);
    }
}
