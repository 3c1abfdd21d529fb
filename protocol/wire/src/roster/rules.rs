//! What a RosterChange must fulfill to come next: one rule for each kind, the same on server and devices.

use std::collections::BTreeSet;

use super::{
    AcceptHeld, AddDevice, Admit, ChangeBody, ChangeKind, CloseInvite, Device, Invite, JOIN_LABEL, Join,
    Member, MoveTo, NewEpoch, Purpose, Remove, Role, Roster, RosterError, SetRole, SignedChange,
};
use crate::{
    ActorPrefix, DeviceId, GroupId, Hash, InvitationId, MemberId, Timestamp, limits,
    signing::{self, BadSignature},
};

/// A RosterChange that fits a certain Roster; only [`Roster::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedChange {
    pub(super) body: ChangeBody,
    pub(super) hash: Hash,
    pub(super) previous: Hash,
    pub(super) time: Timestamp,
}

impl VerifiedChange {
    /// The change's hash: the Roster's head once it is applied.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// What it says.
    pub fn body(&self) -> &ChangeBody {
        &self.body
    }
}

impl Roster {
    /// Checks the exact bytes of the next change, received at `time`: size, form, signatures, then rules.
    pub fn verify(&self, bytes: &[u8], time: Timestamp) -> Result<VerifiedChange, RosterError> {
        let (signed, body) = decode(bytes)?;
        check_signature(&body.author, &self.group, &self.head, &signed)?;
        self.check(&body, &signed, time)?;
        let hash = signed.hash(&self.group, &self.head);
        Ok(VerifiedChange { body, hash, previous: self.head, time })
    }

    fn check(&self, body: &ChangeBody, signed: &SignedChange, time: Timestamp) -> Result<(), RosterError> {
        let author = &body.author;
        if self.closed {
            return Err(RosterError::Closed);
        }
        if self.length >= limits::MAX_ROSTER {
            return Err(RosterError::Full("changes"));
        }
        match &body.kind {
            ChangeKind::Found(_) => Err(RosterError::FoundedTwice),
            ChangeKind::Invite(invite) => self.check_invite(author, invite, time),
            ChangeKind::CloseInvite(close) => self.check_close_invite(author, close),
            ChangeKind::Join(join) => self.check_join(author, join, signed, time),
            ChangeKind::Admit(admit) => self.check_admit(author, admit),
            ChangeKind::AddDevice(add) => self.check_add_device(author, add, signed),
            ChangeKind::Remove(remove) => self.check_remove(author, remove),
            ChangeKind::Leave(_) => {
                let (member, _) = self.active(author)?;
                self.check_organizer_remains(|of, _| *of == member)
            }
            ChangeKind::SetRole(set) => self.check_set_role(author, set),
            ChangeKind::Rotate(rotate) => {
                self.check_organizer(author, "start an epoch")?;
                self.check_epoch(&rotate.epoch)
            }
            ChangeKind::AcceptHeld(accept) => self.check_accept_held(author, accept),
            ChangeKind::MoveTo(to) => self.check_move(author, to),
            ChangeKind::Close(_) => self.check_organizer(author, "close the group").map(drop),
            ChangeKind::Allow(_) => self.check_organizer(author, "say what members may do").map(drop),
            ChangeKind::Unknown(_) => self.active(author).map(drop),
        }
    }

    fn check_organizer(&self, device: &DeviceId, act: &'static str) -> Result<MemberId, RosterError> {
        match self.active(device)? {
            (id, Member { role: Role::Organizer, .. }) => Ok(id),
            _ => Err(RosterError::NotAllowed(act)),
        }
    }

    /// Whether an organizer with a Device remains without those that `goes` says.
    fn check_organizer_remains(
        &self,
        goes: impl Fn(&MemberId, &DeviceId) -> bool,
    ) -> Result<(), RosterError> {
        let remains = |(id, device): (&DeviceId, &Device)| {
            device.is_active()
                && !goes(&device.member, id)
                && self.members.get(&device.member).is_some_and(|member| member.role == Role::Organizer)
        };
        if self.devices.iter().any(remains) { Ok(()) } else { Err(RosterError::LastOrganizer) }
    }

    fn check_invite(&self, author: &DeviceId, invite: &Invite, time: Timestamp) -> Result<(), RosterError> {
        let (own, by) = self.active(author)?;
        let organizer = by.role == Role::Organizer;
        match &invite.member {
            Some(member) => {
                if !self.members.contains_key(member) {
                    return Err(RosterError::Unknown("member"));
                }
                if !organizer && *member != own {
                    return Err(RosterError::NotAllowed("invite a device of somebody else"));
                }
                if invite.uses != 1 || invite.vouches.is_some() {
                    return Err(RosterError::OutOfRange("uses of an invitation for a device"));
                }
            }
            None => {
                let allowed =
                    self.members_invite && by.role == Role::Member && invite.role != Role::Organizer;
                if !organizer && !allowed {
                    return Err(RosterError::NotAllowed("invite"));
                }
            }
        }
        if self.invitations.contains_key(&InvitationId::of_key(&invite.key)) {
            return Err(RosterError::Repeated("invitation"));
        }
        if self.invitations.values().filter(|other| other.is_open(time)).count()
            >= limits::MAX_OPEN_INVITATIONS
        {
            return Err(RosterError::Full("open invitations"));
        }
        if invite.uses == 0 || invite.uses > limits::MAX_INVITATION_USES {
            return Err(RosterError::OutOfRange("uses of an invitation"));
        }
        if invite.vouches.is_some_and(|vouches| vouches > limits::MAX_VOUCHES) {
            return Err(RosterError::OutOfRange("vouches of an invitation"));
        }
        Ok(())
    }

    fn check_close_invite(&self, author: &DeviceId, close: &CloseInvite) -> Result<(), RosterError> {
        let (own, by) = self.active(author)?;
        let invitation = self.invitations.get(&close.invitation).ok_or(RosterError::InvitationClosed)?;
        if by.role != Role::Organizer && invitation.by != own {
            return Err(RosterError::NotAllowed("close an invitation of somebody else"));
        }
        if invitation.closed { Err(RosterError::InvitationClosed) } else { Ok(()) }
    }

    fn check_join(
        &self,
        author: &DeviceId,
        join: &Join,
        signed: &SignedChange,
        time: Timestamp,
    ) -> Result<(), RosterError> {
        let invitation = self.open_invitation(&join.invitation, time)?;
        self.check_second(invitation.key.as_bytes(), signed)?;
        if invitation.vouches.is_some() {
            return Err(RosterError::NotAllowed("join without an organizer's approval"));
        }
        self.check_new_key(author)?;
        match &invitation.member {
            Some(member) => {
                self.check_room_for_device(member)?;
                self.check_predecessor(member, join.predecessor.as_ref())
            }
            None if join.predecessor.is_some() => Err(RosterError::Unknown("predecessor")),
            None => Ok(()),
        }
    }

    fn check_admit(&self, author: &DeviceId, admit: &Admit) -> Result<(), RosterError> {
        let organizer = self.check_organizer(author, "admit somebody")?;
        let invitation = self.invitations.get(&admit.invitation).ok_or(RosterError::InvitationClosed)?;
        let needed =
            invitation.vouches.ok_or(RosterError::NotAllowed("admit where no approval is needed"))?;
        if invitation.closed {
            return Err(RosterError::InvitationClosed);
        }
        if invitation.uses_left == 0 {
            return Err(RosterError::InvitationUsedUp);
        }
        let knock = Admit::knock_message(&self.group, &admit.invitation, &admit.device, &admit.sealing);
        signing::verify_message(admit.device.as_bytes(), &knock, &admit.knock)?;
        self.check_new_key(&admit.device)?;
        if admit.vouches.len() > usize::from(limits::MAX_VOUCHES) {
            return Err(RosterError::OutOfRange("vouches"));
        }
        let message = Admit::vouch_message(&self.group, &admit.invitation, &admit.device);
        let mut vouchers = BTreeSet::new();
        for vouch in &admit.vouches {
            let by = self.prefixes.get(&vouch.by).ok_or(RosterError::Unknown("voucher"))?;
            signing::verify_message(by.as_bytes(), &message, &vouch.signature)?;
            let writer = self.writer(by)?;
            // The organizer decides; what counts is who else knows the newcomer.
            if writer.member() != organizer {
                vouchers.insert(writer.member());
            }
        }
        if vouchers.len() < usize::from(needed) {
            return Err(RosterError::NotAllowed("admit without enough vouches"));
        }
        Ok(())
    }

    fn check_add_device(
        &self,
        author: &DeviceId,
        add: &AddDevice,
        signed: &SignedChange,
    ) -> Result<(), RosterError> {
        let sponsor = self.prefixes.get(&add.sponsor).ok_or(RosterError::NotActive)?;
        let (member, _) = self.entrant(sponsor)?;
        self.check_second(sponsor.as_bytes(), signed)?;
        self.check_new_key(author)?;
        self.check_predecessor(&member, add.predecessor.as_ref())?;
        match add.purpose {
            Purpose::Device => self.check_room_for_device(&member),
            Purpose::Recovery => Ok(()),
        }
    }

    fn check_remove(&self, author: &DeviceId, remove: &Remove) -> Result<(), RosterError> {
        let (own, _) = self.active(author)?;
        let named = remove.members.len().saturating_add(remove.devices.len());
        if named == 0 || named > limits::MAX_NAMED {
            return Err(RosterError::OutOfRange("names of those to be removed"));
        }
        match &remove.epoch {
            Some(epoch) => {
                self.check_organizer(author, "remove somebody")?;
                self.check_epoch(epoch)?;
                if remove.members.contains(&own) || remove.devices.contains(author) {
                    return Err(RosterError::NotAllowed("remove itself: leave instead"));
                }
            }
            None if !remove.members.is_empty() => {
                return Err(RosterError::NotAllowed("remove a member without a new epoch"));
            }
            None => {}
        }
        for id in &remove.members {
            if !self.members.get(id).is_some_and(|member| member.active) {
                return Err(RosterError::Unknown("member"));
            }
        }
        for id in &remove.devices {
            let device = self.devices.get(id).filter(|device| device.gone.is_none());
            let device = device.ok_or(RosterError::Unknown("device"))?;
            if remove.epoch.is_none() && device.member != own {
                return Err(RosterError::NotAllowed("remove a device of somebody else without a new epoch"));
            }
        }
        self.check_organizer_remains(|member, id| remove.names(member, id))
    }

    fn check_set_role(&self, author: &DeviceId, set: &SetRole) -> Result<(), RosterError> {
        self.check_organizer(author, "give roles")?;
        let member = self.members.get(&set.member).filter(|member| member.active);
        let member = member.ok_or(RosterError::Unknown("member"))?;
        if member.role == set.role {
            return Err(RosterError::Repeated("role"));
        }
        if member.role == Role::Organizer {
            self.check_organizer_remains(|of, _| *of == set.member)?;
        }
        Ok(())
    }

    fn check_epoch(&self, epoch: &NewEpoch) -> Result<(), RosterError> {
        match epoch.from {
            Some(from) if from > self.epoch() => Err(RosterError::Unknown("earlier epoch")),
            _ => Ok(()),
        }
    }

    fn check_accept_held(&self, author: &DeviceId, accept: &AcceptHeld) -> Result<(), RosterError> {
        self.check_organizer(author, "accept work of a removed device")?;
        if accept.entries.is_empty() || accept.entries.len() > limits::MAX_NAMED {
            return Err(RosterError::OutOfRange("entries to be accepted"));
        }
        if accept.entries.iter().any(|entry| self.accepted.contains(entry)) {
            return Err(RosterError::Repeated("accepted entry"));
        }
        Ok(())
    }

    fn check_move(&self, author: &DeviceId, to: &MoveTo) -> Result<(), RosterError> {
        self.check_organizer(author, "move the group")?;
        if to.url.is_empty() || to.url.len() > limits::MAX_URL {
            return Err(RosterError::OutOfRange("length of the server's address"));
        }
        Ok(())
    }

    fn check_second(&self, key: &[u8; 32], signed: &SignedChange) -> Result<(), RosterError> {
        let second = signed.second.as_ref().ok_or(RosterError::BadSignature)?;
        let parts: [&[u8]; 3] = [self.group.as_bytes(), self.head.as_bytes(), &signed.body];
        Ok(signing::verify(key, JOIN_LABEL, &parts, second)?)
    }

    fn check_new_key(&self, device: &DeviceId) -> Result<(), RosterError> {
        let active = self.devices.values().filter(|device| device.gone.is_none()).count();
        if active >= limits::MAX_DEVICES {
            return Err(RosterError::Full("devices"));
        }
        if self.prefixes.contains_key(&ActorPrefix::of_device(device)) {
            return Err(RosterError::Repeated("device"));
        }
        Ok(())
    }

    fn check_room_for_device(&self, member: &MemberId) -> Result<(), RosterError> {
        let own = |device: &&Device| device.member == *member && device.is_active();
        if self.devices.values().filter(own).count() >= limits::MAX_DEVICES_PER_MEMBER {
            return Err(RosterError::Full("devices of one member"));
        }
        Ok(())
    }

    fn check_predecessor(&self, member: &MemberId, named: Option<&ActorPrefix>) -> Result<(), RosterError> {
        let Some(named) = named else { return Ok(()) };
        let device = self.prefixes.get(named).and_then(|id| self.devices.get(id));
        match device {
            Some(device) if device.member == *member => Ok(()),
            _ => Err(RosterError::Unknown("predecessor")),
        }
    }
}

/// Reads a change: size first, then form.
pub(super) fn decode(bytes: &[u8]) -> Result<(SignedChange, ChangeBody), RosterError> {
    if bytes.len() > limits::MAX_ROSTER_CHANGE {
        return Err(RosterError::TooLarge(bytes.len()));
    }
    let signed: SignedChange = minicbor::decode(bytes).map_err(|_| RosterError::Malformed)?;
    let body = minicbor::decode(&signed.body).map_err(|_| RosterError::Malformed)?;
    Ok((signed, body))
}

/// Checks the author's signature over group, the change before and body.
pub(super) fn check_signature(
    author: &DeviceId,
    group: &GroupId,
    previous: &Hash,
    signed: &SignedChange,
) -> Result<(), RosterError> {
    let parts: [&[u8]; 3] = [group.as_bytes(), previous.as_bytes(), &signed.body];
    Ok(signing::verify(author.as_bytes(), super::CHANGE_LABEL, &parts, &signed.signature)?)
}

impl From<BadSignature> for RosterError {
    fn from(BadSignature: BadSignature) -> Self {
        Self::BadSignature
    }
}
