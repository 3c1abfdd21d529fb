//! What organizers and members do about who is in: remove, leave, give roles, change the key, look after invitations.

use porchlight_wire::roster::{
    ChangeBody, ChangeKind, CloseInvite, Invitation, Leave, Remove, Role, RosterError, Rotate, SetRole,
};
use porchlight_wire::{DeviceId, Epoch, GroupId, InvitationId, MemberId, Timestamp};

use crate::device::{ActError, Device};
use crate::io::Event;
use crate::outbox::Withdrawn;
use crate::rotation::placeholder;
use crate::storage::StoredRequest;

/// An invitation as the screen shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationView {
    /// Its id, to turn it off.
    pub id: InvitationId,
    /// What those who join may do.
    pub role: Role,
    /// Until when.
    pub expires: Timestamp,
    /// How many more may join.
    pub uses_left: u32,
    /// Whose further device, or way back in, it is for.
    pub member: Option<MemberId>,
    /// Whether an organizer lets in those who ask, and how many members must vouch.
    pub vouches: Option<u8>,
    /// Who made it.
    pub by: MemberId,
    /// Whether somebody may still come in through it.
    pub open: bool,
}

impl InvitationView {
    fn of(id: InvitationId, invitation: &Invitation, time: Timestamp) -> Self {
        Self {
            id,
            role: invitation.role,
            expires: invitation.expires,
            uses_left: invitation.uses_left,
            member: invitation.member,
            vouches: invitation.vouches,
            by: invitation.by,
            open: invitation.is_open(time),
        }
    }
}

impl Device {
    /// Takes members, or single devices, out of the Group. Those of others only an organizer can take out: the Group's
    /// key changes with it, and all open invitations are turned off. The server learns of it at the next connection.
    pub fn remove(
        &mut self,
        id: GroupId,
        members: Vec<MemberId>,
        devices: Vec<DeviceId>,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(ActError::NotInYet)?;
        let own = group.keys.id();
        let (member, known) = roster.active(&own)?;
        let of_own = |device: &DeviceId| roster.device(device).is_some_and(|it| it.member == member);
        let own_only = members.is_empty() && devices.iter().all(of_own);
        // Who takes out this very device cannot know the next key.
        let quits = devices.contains(&own);
        let starts = known.role == Role::Organizer && !quits;
        if !starts && !own_only {
            return Err(RosterError::NotAllowed("remove somebody").into());
        }
        let epoch = starts.then(placeholder);
        self.request(id, ChangeKind::Remove(Remove { members, devices, epoch }), None, now)
    }

    /// Leaves the Group with all devices. The others change the key before they write on.
    pub fn leave(&mut self, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        self.request(id, ChangeKind::Leave(Leave {}), None, now)
    }

    /// Gives a member another role; organizers only. The one that they have: nothing is to change after all.
    pub fn set_role(
        &mut self,
        id: GroupId,
        member: MemberId,
        role: Role,
        now: Timestamp,
    ) -> Result<(), ActError> {
        let group = self.groups.get_mut(&id).ok_or(ActError::UnknownGroup)?;
        let is_so =
            group.roster.as_ref().and_then(|roster| roster.member(&member)).map(|it| it.role) == Some(role);
        let mut writes = Vec::new();
        let withdrawn =
            if is_so { group.outbox.withdraw_role(&id, &member, &mut writes) } else { Withdrawn::None };
        if withdrawn == Withdrawn::None {
            return self.request(id, ChangeKind::SetRole(SetRole { member, role }), None, now);
        }
        if withdrawn == Withdrawn::PerhapsHeard {
            // By the Roster that is known it changes nothing yet: that is looked at again when its turn comes.
            let kind = ChangeKind::SetRole(SetRole { member, role });
            let body = ChangeBody { author: group.keys.id(), kind }.encode();
            let stored = StoredRequest { body: body.into(), key: None, own_accord: false };
            group.outbox.add_request(&id, stored, &mut writes);
        }
        self.persist(writes);
        self.event(Event::StatusChanged { group: id });
        self.send_requests(id, now);
        self.schedule(now);
        Ok(())
    }

    /// Changes the Group's key; organizers only. What comes later only those can read who are in now.
    pub fn rotate(&mut self, id: GroupId, now: Timestamp) -> Result<(), ActError> {
        self.request(id, ChangeKind::Rotate(Rotate { epoch: placeholder() }), None, now)
    }

    /// The invitations that were made, the newest expiry first; all that are not turned off.
    pub fn invitations(&self, id: GroupId, now: Timestamp) -> Result<Vec<InvitationView>, ActError> {
        let time = self.server_time(id, now);
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let roster = group.roster.as_ref().ok_or(ActError::NotInYet)?;
        let there = roster.invitations().filter(|(_, invitation)| !invitation.closed);
        let mut views: Vec<_> = there.map(|(id, it)| InvitationView::of(id, it, time)).collect();
        views.sort_by(|a, b| b.expires.cmp(&a.expires).then(a.id.cmp(&b.id)));
        Ok(views)
    }

    /// Turns an invitation off; the server learns of it at the next connection.
    pub fn close_invitation(
        &mut self,
        id: GroupId,
        invitation: InvitationId,
        now: Timestamp,
    ) -> Result<(), ActError> {
        self.request(id, ChangeKind::CloseInvite(CloseInvite { invitation }), None, now)
    }

    /// The Group's newest epoch, and whether its key is here.
    pub fn epoch(&self, id: GroupId) -> Result<(Epoch, bool), ActError> {
        let group = self.groups.get(&id).ok_or(ActError::UnknownGroup)?;
        let epoch = group.roster.as_ref().ok_or(ActError::NotInYet)?.epoch();
        Ok((epoch, group.epochs.contains_key(&epoch)))
    }
}
