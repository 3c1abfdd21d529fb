//! Who is in a Group: a linear, hash-chained list of signed RosterChanges, verified alike by server and devices.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteArray;

use crate::{
    ActorPrefix, DeviceId, Epoch, GroupId, Hash, InvitationId, InvitationKey, MemberId, ServerKey, Timestamp,
};

mod boxes;
mod change;
mod effects;
mod error;
mod rules;

pub use boxes::{BoxStep, box_paths, boxes_root, root_of};
pub use change::{
    AcceptHeld, AddDevice, Admit, Allow, CHANGE_LABEL, ChangeBody, ChangeKind, Close, CloseInvite, Found,
    Invite, JOIN_LABEL, Join, KNOCK_LABEL, Leave, MoveTo, NewEpoch, Purpose, Remove, Role, Rotate, SetRole,
    SignedChange, VOUCH_LABEL, Vouch,
};
pub use error::RosterError;
pub use rules::VerifiedChange;

/// The state of a Group after its RosterChanges so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    group: GroupId,
    servers: Vec<Server>,
    head: Hash,
    length: usize,
    members: BTreeMap<MemberId, Member>,
    devices: BTreeMap<DeviceId, Device>,
    prefixes: BTreeMap<ActorPrefix, DeviceId>,
    invitations: BTreeMap<InvitationId, Invitation>,
    epochs: Vec<EpochStart>,
    accepted: BTreeSet<Hash>,
    /// Somebody who holds the newest key should not hold the next one.
    due: bool,
    members_invite: bool,
    closed: bool,
}

/// A server that orders the log from some change on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its key.
    pub key: ServerKey,
    /// Its base address; Found does not say it.
    pub url: Option<String>,
    /// The number of the RosterChange that named it, from 1.
    pub since: usize,
}

/// How an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    /// What proves its EpochKey.
    pub commitment: Hash,
    /// The hash of the RosterChange before the one that started it; zeros for epoch 0. Key boxes name it.
    pub previous: Hash,
    /// The root over its key boxes; zeros for epoch 0.
    pub boxes: Hash,
    /// An earlier EpochKey, sealed under this one, and whose it is; none for epoch 0.
    pub earlier: Option<(Epoch, ByteArray<48>)>,
    /// The Device that started it.
    pub by: DeviceId,
}

/// A person (or bot) in the Group, now or earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What they may do.
    pub role: Role,
    /// When the server received their first change.
    pub since: Timestamp,
    /// Through which invitation they came; none for the founder.
    pub invitation: Option<InvitationId>,
    /// Whether they are in the Group; they may be without a Device, and come back with recovery words.
    pub active: bool,
    /// When they were not in the Group after they had come, in order: what they are to do ends with each of these.
    pub absences: Vec<Absence>,
    /// When they could only read, in order.
    pub reading: Vec<Absence>,
}

impl Member {
    /// Gives them a role from a time on.
    fn take_role(&mut self, role: Role, time: Timestamp) {
        let reads = self.reading.last().is_some_and(|span| span.until.is_none());
        match (reads, role.writes()) {
            (false, false) => self.reading.push(Absence { from: time, until: None }),
            (true, true) => {
                if let Some(span) = self.reading.last_mut() {
                    span.until = Some(time);
                }
            }
            _ => {}
        }
        self.role = role;
    }
}

/// A time during which somebody was not in the Group, or could only read there, by the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// When they left or were removed, or could no longer write.
    pub from: Timestamp,
    /// When they came back, or could write again; nothing as long as that has not happened.
    pub until: Option<Timestamp>,
}

/// One phone, browser or computer, or recovery words, now or earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whose it is.
    pub member: MemberId,
    /// The hash of its sealing key.
    pub sealing: Hash,
    /// What it is for.
    pub purpose: Purpose,
    /// When the server received the change that brought it in.
    pub joined: Timestamp,
    /// The epoch that ran when it came in.
    pub since: Epoch,
    /// The Device whose work it continues.
    pub predecessor: Option<DeviceId>,
    /// Whether it came in with its member's recovery words.
    pub recovered: bool,
    /// How it went, if it is not in the Group any more.
    pub gone: Option<Departure>,
}

/// How a Device went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The last epoch whose key it could hold.
    pub epoch: Epoch,
    /// The Device that signed for it; the same one if its owner left.
    pub by: DeviceId,
    /// When the server received the change.
    pub time: Timestamp,
    /// The number of that change, from 1.
    pub change: usize,
}

/// An invitation and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its public key.
    pub key: InvitationKey,
    /// The hash of its sealing key.
    pub sealing: Hash,
    /// What those who join may do.
    pub role: Role,
    /// Until when.
    pub expires: Timestamp,
    /// How many more may join.
    pub uses_left: u32,
    /// Whose further Device it is for; none for newcomers.
    pub member: Option<MemberId>,
    /// Whether an organizer admits those who ask, and how many must vouch.
    pub vouches: Option<u8>,
    /// The member who made it.
    pub by: MemberId,
    /// The epoch that ran when it was made.
    pub since: Epoch,
    /// Whether it was turned off.
    pub closed: bool,
}

impl Device {
    /// Whether it is in the Group and may act there; a recovery key may not.
    pub fn is_active(&self) -> bool {
        self.gone.is_none() && self.purpose == Purpose::Device
    }
}

impl Invitation {
    /// Whether somebody may still come in through it at `time`.
    pub fn is_open(&self, time: Timestamp) -> bool {
        !self.closed && self.uses_left > 0 && time <= self.expires
    }

    /// Whether an EpochKey is sealed to it at `time`.
    pub fn holds_key(&self, time: Timestamp) -> bool {
        self.is_open(time) && self.vouches.is_none()
    }
}

/// A Device that was active, with a role that writes, when this was made; only [`Roster::writer`] and
/// [`Roster::author`] make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveWriter {
    device: DeviceId,
    member: MemberId,
}

impl ActiveWriter {
    /// The Device.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Whose it is.
    pub fn member(&self) -> MemberId {
        self.member
    }
}

impl Roster {
    /// The Group.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// The server that orders the log now.
    pub fn server(&self) -> ServerKey {
        self.servers.last().map_or(ServerKey::from_bytes([0; 32]), |server| server.key)
    }

    /// All servers that ordered the log, oldest first.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The hash of the last change.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// How many changes it has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Whether the Group has ended.
    pub fn closed(&self) -> bool {
        self.closed
    }

    /// Whether members who are no organizers may invite newcomers.
    pub fn members_invite(&self) -> bool {
        self.members_invite
    }

    /// The newest epoch.
    pub fn epoch(&self) -> Epoch {
        Epoch::new(u32::try_from(self.epochs.len()).unwrap_or(u32::MAX).saturating_sub(1))
    }

    /// How an epoch began.
    pub fn epoch_start(&self, epoch: Epoch) -> Option<EpochStart> {
        self.epochs.get(usize::try_from(epoch.get()).ok()?).copied()
    }

    /// Whether an organizer's device should start an epoch before it writes again: somebody left, an invitation was
    /// turned off or ran out with places unused, or recovery words were replaced.
    pub fn rotation_due(&self, now: Timestamp) -> bool {
        let ran_out = |invitation: &Invitation| {
            !invitation.closed
                && invitation.uses_left > 0
                && invitation.vouches.is_none()
                && now > invitation.expires
        };
        !self.closed && (self.due || self.invitations.values().any(ran_out))
    }

    /// The hashes of the sealing keys that an epoch's key is sealed to, if it starts at `time` and takes `removed` out:
    /// all active devices and recovery keys, and, where nobody is removed, all invitations that need no approval.
    pub fn recipients(&self, removed: Option<&Remove>, time: Timestamp) -> BTreeSet<Hash> {
        let stays = |id: &DeviceId, device: &Device| {
            device.gone.is_none() && removed.is_none_or(|remove| !remove.names(&device.member, id))
        };
        let devices = self.devices.iter().filter(|(id, device)| stays(id, device));
        let mut recipients: BTreeSet<Hash> = devices.map(|(_, device)| device.sealing).collect();
        if removed.is_none() {
            let open = self.invitations.values().filter(|invitation| invitation.holds_key(time));
            recipients.extend(open.map(|invitation| invitation.sealing));
        }
        recipients
    }

    /// All who are or were members, in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.members.iter().map(|(id, member)| (*id, member))
    }

    /// One member, of now or earlier.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.get(id)
    }

    /// All devices and recovery keys of now and earlier, in the order of their ids.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.devices.iter().map(|(id, device)| (*id, device))
    }

    /// One device or recovery key, of now or earlier.
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.get(id)
    }

    /// The device whose Changes begin with this prefix.
    pub fn device_of(&self, prefix: &ActorPrefix) -> Option<DeviceId> {
        self.prefixes.get(prefix).copied()
    }

    /// Whether Changes that begin with this prefix may stand in an Entry of `device`: its own, and those of the devices
    /// whose work it continues.
    pub fn may_carry(&self, device: &DeviceId, prefix: &ActorPrefix) -> bool {
        let mut next = Some(*device);
        // A device names its predecessor when it comes in, so the line goes back in time and ends.
        while let Some(id) = next {
            if ActorPrefix::of_device(&id) == *prefix {
                return true;
            }
            next = self.devices.get(&id).and_then(|device| device.predecessor);
        }
        false
    }

    /// All invitations, open or not.
    pub fn invitations(&self) -> impl Iterator<Item = (InvitationId, &Invitation)> {
        self.invitations.iter().map(|(id, invitation)| (*id, invitation))
    }

    /// One invitation.
    pub fn invitation(&self, id: &InvitationId) -> Option<&Invitation> {
        self.invitations.get(id)
    }

    /// Whether an organizer let this Entry of a removed device in.
    pub fn accepts_held(&self, entry: &Hash) -> bool {
        self.accepted.contains(entry)
    }

    /// The member whose device or recovery key this is: who may read the Roster and fetch key boxes.
    pub fn entrant(&self, device: &DeviceId) -> Result<(MemberId, &Member), RosterError> {
        let known = self.devices.get(device).ok_or(RosterError::NotActive)?;
        if known.gone.is_some() {
            return Err(RosterError::Removed);
        }
        self.members.get(&known.member).map(|member| (known.member, member)).ok_or(RosterError::NotActive)
    }

    /// The member whose active device this is; a recovery key is none.
    pub fn active(&self, device: &DeviceId) -> Result<(MemberId, &Member), RosterError> {
        let entrant = self.entrant(device)?;
        match self.devices.get(device) {
            Some(Device { purpose: Purpose::Device, .. }) => Ok(entrant),
            _ => Err(RosterError::NotAllowed("do this with recovery words")),
        }
    }

    /// Whether Entries of this device are accepted now.
    pub fn writer(&self, device: &DeviceId) -> Result<ActiveWriter, RosterError> {
        if self.closed {
            return Err(RosterError::Closed);
        }
        let (member, Member { role, .. }) = self.active(device)?;
        if !role.writes() {
            return Err(RosterError::NotAllowed("write"));
        }
        Ok(ActiveWriter { device: *device, member })
    }

    /// Whether this Entry of this device is accepted now: its author writes, or an organizer let it in after its author
    /// was removed. [`RosterError::Removed`] means that an organizer may still do so.
    pub fn author(&self, device: &DeviceId, entry: &Hash) -> Result<ActiveWriter, RosterError> {
        match self.devices.get(device) {
            Some(known) if known.gone.is_some() && !self.closed => {
                let wrote = self.members.get(&known.member).is_some_and(|member| member.role.writes());
                if !wrote || known.purpose != Purpose::Device {
                    return Err(RosterError::NotAllowed("write"));
                }
                if !self.accepted.contains(entry) {
                    return Err(RosterError::Removed);
                }
                Ok(ActiveWriter { device: *device, member: known.member })
            }
            _ => self.writer(device),
        }
    }

    /// Whether this device could have held the key of `epoch`: one that ran while it was in.
    pub fn may_hold(&self, device: &DeviceId, epoch: Epoch) -> bool {
        self.devices.get(device).is_some_and(|known| {
            let last = known.gone.map_or_else(|| self.epoch(), |gone| gone.epoch);
            epoch >= known.since && epoch <= last
        })
    }

    /// The invitation, if somebody may still come in through it at `time`.
    pub fn open_invitation(&self, id: &InvitationId, time: Timestamp) -> Result<&Invitation, RosterError> {
        let invitation = self.invitations.get(id).ok_or(RosterError::InvitationClosed)?;
        if invitation.closed || self.closed {
            return Err(RosterError::InvitationClosed);
        }
        if time > invitation.expires {
            return Err(RosterError::InvitationExpired);
        }
        if invitation.uses_left == 0 {
            return Err(RosterError::InvitationUsedUp);
        }
        Ok(invitation)
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
