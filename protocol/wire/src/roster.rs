//! Who is in a Group: a linear, hash-chained list of signed RosterChanges, verified alike by server and devices.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::frame::Code;
use crate::{
    ActorPrefix, DeviceId, Epoch, GroupId, Hash, InvitationId, InvitationKey, MemberId, ServerKey, Timestamp,
    limits, signing,
};

mod change;

pub use change::{
    CHANGE_LABEL, ChangeBody, ChangeKind, CloseInvite, Found, Invite, JOIN_LABEL, Join, Role, SignedChange,
};

/// The state of a Group after its RosterChanges so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    group: GroupId,
    server: ServerKey,
    head: Hash,
    length: usize,
    members: BTreeMap<MemberId, Member>,
    devices: BTreeMap<DeviceId, Device>,
    invitations: BTreeMap<InvitationId, Invitation>,
    epochs: Vec<EpochStart>,
}

/// How an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    /// What proves its EpochKey.
    pub commitment: Hash,
    /// The hash of the RosterChange before the one that started it; zeros for epoch 0. Key boxes name it.
    pub previous: Hash,
}

/// A person (or bot) in the Group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What they may do.
    pub role: Role,
    /// When the server received their first change.
    pub since: Timestamp,
    /// Through which invitation they came; none for the founder.
    pub invitation: Option<InvitationId>,
}

/// One phone, browser or computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whose it is.
    pub member: MemberId,
    /// The hash of its sealing key.
    pub sealing: Hash,
    /// The epoch that ran when it came in.
    pub since: Epoch,
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
    /// Whether an organizer turned it off.
    pub closed: bool,
}

/// A Device that was active, with a role that writes, when this was made; only [`Roster::writer`] makes one.
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

/// A RosterChange that fits a certain Roster; only [`Roster::verify`] and [`Roster::found`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedChange {
    body: ChangeBody,
    hash: Hash,
    previous: Hash,
    time: Timestamp,
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
    /// Starts from the exact bytes of a Found, received at `time`.
    pub fn found(bytes: &[u8], time: Timestamp) -> Result<Self, RosterError> {
        let signed = decode(bytes)?;
        let body: ChangeBody = minicbor::decode(&signed.body).map_err(|_| RosterError::Malformed)?;
        let ChangeKind::Found(found) = &body.kind else { return Err(RosterError::NotFounded) };
        check_signature(&body.author, &GroupId::from_bytes([0; 32]), &Hash::ZERO, &signed)?;
        if found.suite != limits::SUITE {
            return Err(RosterError::UnknownSuite(found.suite));
        }
        let group = signed.founded_group();
        let member = MemberId::of_first_device(&body.author);
        let device = Device { member, sealing: found.sealing, since: Epoch::new(0) };
        Ok(Self {
            group,
            server: found.server,
            head: Hash::from_bytes(*group.as_bytes()),
            length: 1,
            members: [(member, Member { role: Role::Organizer, since: time, invitation: None })].into(),
            devices: [(body.author, device)].into(),
            invitations: BTreeMap::new(),
            epochs: vec![EpochStart { commitment: found.commitment, previous: Hash::ZERO }],
        })
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

    /// Checks the exact bytes of the next change, received at `time`: size, form, signatures, then rules.
    pub fn verify(&self, bytes: &[u8], time: Timestamp) -> Result<VerifiedChange, RosterError> {
        let signed = decode(bytes)?;
        let body: ChangeBody = minicbor::decode(&signed.body).map_err(|_| RosterError::Malformed)?;
        check_signature(&body.author, &self.group, &self.head, &signed)?;
        if self.length >= limits::MAX_ROSTER {
            return Err(RosterError::Full("changes"));
        }
        match &body.kind {
            ChangeKind::Found(_) => return Err(RosterError::FoundedTwice),
            ChangeKind::Invite(invite) => self.check_invite(&body.author, invite)?,
            ChangeKind::CloseInvite(close) => self.check_close_invite(&body.author, close)?,
            ChangeKind::Join(join) => self.check_join(&body.author, join, &signed, time)?,
            ChangeKind::Unknown(_) => {
                self.active(&body.author)?;
            }
        }
        let hash = signed.hash(&self.group, &self.head);
        Ok(VerifiedChange { body, hash, previous: self.head, time })
    }

    /// Takes a change that was verified against exactly this Roster.
    pub fn apply(&mut self, change: VerifiedChange) -> Result<(), RosterError> {
        if change.previous != self.head {
            return Err(RosterError::Stale);
        }
        let author = change.body.author;
        match change.body.kind {
            ChangeKind::Invite(invite) => {
                let invitation = Invitation {
                    key: invite.key,
                    sealing: invite.sealing,
                    role: invite.role,
                    expires: invite.expires,
                    uses_left: invite.uses,
                    closed: false,
                };
                self.invitations.insert(InvitationId::of_key(&invite.key), invitation);
            }
            ChangeKind::CloseInvite(close) => {
                if let Some(invitation) = self.invitations.get_mut(&close.invitation) {
                    invitation.closed = true;
                }
            }
            ChangeKind::Join(join) => self.apply_join(author, &join, change.time),
            ChangeKind::Found(_) | ChangeKind::Unknown(_) => {}
        }
        self.head = change.hash;
        self.length = self.length.saturating_add(1);
        Ok(())
    }

    /// The Group.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// The server that orders the log.
    pub fn server(&self) -> ServerKey {
        self.server
    }

    /// The hash of the last change.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// How many changes it has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The newest epoch.
    pub fn epoch(&self) -> Epoch {
        Epoch::new(u32::try_from(self.epochs.len()).unwrap_or(u32::MAX).saturating_sub(1))
    }

    /// How an epoch began.
    pub fn epoch_start(&self, epoch: Epoch) -> Option<EpochStart> {
        self.epochs.get(usize::try_from(epoch.get()).ok()?).copied()
    }

    /// All members, in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.members.iter().map(|(id, member)| (*id, member))
    }

    /// One member.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.get(id)
    }

    /// All devices, in the order of their ids.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.devices.iter().map(|(id, device)| (*id, device))
    }

    /// One device.
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.get(id)
    }

    /// All invitations, open or not.
    pub fn invitations(&self) -> impl Iterator<Item = (InvitationId, &Invitation)> {
        self.invitations.iter().map(|(id, invitation)| (*id, invitation))
    }

    /// One invitation.
    pub fn invitation(&self, id: &InvitationId) -> Option<&Invitation> {
        self.invitations.get(id)
    }

    /// The member whose active device this is.
    pub fn active(&self, device: &DeviceId) -> Result<(MemberId, &Member), RosterError> {
        let id = self.devices.get(device).ok_or(RosterError::NotActive)?.member;
        self.members.get(&id).map(|member| (id, member)).ok_or(RosterError::NotActive)
    }

    /// Whether Entries of this device are accepted now.
    pub fn writer(&self, device: &DeviceId) -> Result<ActiveWriter, RosterError> {
        let (member, Member { role, .. }) = self.active(device)?;
        if !role.writes() {
            return Err(RosterError::NotAllowed("write"));
        }
        Ok(ActiveWriter { device: *device, member })
    }

    /// Whether this device could have held the key of `epoch`: one that ran since it came in.
    pub fn may_hold(&self, device: &DeviceId, epoch: Epoch) -> bool {
        self.devices.get(device).is_some_and(|known| epoch >= known.since && epoch <= self.epoch())
    }

    /// The invitation, if somebody may still join through it at `time`.
    pub fn open_invitation(&self, id: &InvitationId, time: Timestamp) -> Result<&Invitation, RosterError> {
        let invitation = self.invitations.get(id).ok_or(RosterError::InvitationClosed)?;
        if invitation.closed {
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

    fn check_organizer(&self, device: &DeviceId, act: &'static str) -> Result<(), RosterError> {
        match self.active(device)? {
            (_, Member { role: Role::Organizer, .. }) => Ok(()),
            _ => Err(RosterError::NotAllowed(act)),
        }
    }

    fn check_invite(&self, author: &DeviceId, invite: &Invite) -> Result<(), RosterError> {
        self.check_organizer(author, "invite")?;
        if self.invitations.contains_key(&InvitationId::of_key(&invite.key)) {
            return Err(RosterError::Repeated("invitation"));
        }
        let open = self.invitations.values().filter(|other| !other.closed && other.uses_left > 0).count();
        if open >= limits::MAX_OPEN_INVITATIONS {
            return Err(RosterError::Full("open invitations"));
        }
        if invite.uses == 0 || invite.uses > limits::MAX_INVITATION_USES {
            return Err(RosterError::OutOfRange("uses of an invitation"));
        }
        Ok(())
    }

    fn check_close_invite(&self, author: &DeviceId, close: &CloseInvite) -> Result<(), RosterError> {
        self.check_organizer(author, "close an invitation")?;
        match self.invitations.get(&close.invitation) {
            Some(invitation) if !invitation.closed => Ok(()),
            _ => Err(RosterError::InvitationClosed),
        }
    }

    fn check_join(
        &self,
        author: &DeviceId,
        join: &Join,
        signed: &SignedChange,
        time: Timestamp,
    ) -> Result<(), RosterError> {
        let invitation = self.open_invitation(&join.invitation, time)?;
        let second = signed.second.as_ref().ok_or(RosterError::BadSignature)?;
        let parts: [&[u8]; 3] = [self.group.as_bytes(), self.head.as_bytes(), &signed.body];
        signing::verify(invitation.key.as_bytes(), JOIN_LABEL, &parts, second)
            .map_err(|_| RosterError::BadSignature)?;
        if self.devices.len() >= limits::MAX_DEVICES {
            return Err(RosterError::Full("devices"));
        }
        let prefix = ActorPrefix::of_device(author);
        if self.devices.keys().any(|other| ActorPrefix::of_device(other) == prefix) {
            return Err(RosterError::Repeated("device"));
        }
        Ok(())
    }

    fn apply_join(&mut self, author: DeviceId, join: &Join, time: Timestamp) {
        let member = MemberId::of_first_device(&author);
        let Some(invitation) = self.invitations.get_mut(&join.invitation) else { return };
        invitation.uses_left = invitation.uses_left.saturating_sub(1);
        let joined = Member { role: invitation.role, since: time, invitation: Some(join.invitation) };
        self.members.insert(member, joined);
        // Whoever holds the newest key can open all earlier ones, so a newcomer may name any epoch from its own on.
        let since = self.epoch();
        self.devices.insert(author, Device { member, sealing: join.sealing, since });
    }
}

fn decode(bytes: &[u8]) -> Result<SignedChange, RosterError> {
    if bytes.len() > limits::MAX_ROSTER_CHANGE {
        return Err(RosterError::TooLarge(bytes.len()));
    }
    minicbor::decode(bytes).map_err(|_| RosterError::Malformed)
}

fn check_signature(
    author: &DeviceId,
    group: &GroupId,
    previous: &Hash,
    signed: &SignedChange,
) -> Result<(), RosterError> {
    let parts: [&[u8]; 3] = [group.as_bytes(), previous.as_bytes(), &signed.body];
    signing::verify(author.as_bytes(), CHANGE_LABEL, &parts, &signed.signature)
        .map_err(|_| RosterError::BadSignature)
}

/// Why a RosterChange is refused. Each has a wire code, see [`RosterError::code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RosterError {
    /// Refused unread.
    #[error("the roster change has {0} bytes, more than the {max} allowed", max = limits::MAX_ROSTER_CHANGE)]
    TooLarge(usize),
    /// Not the form this version knows.
    #[error("the roster change cannot be read")]
    Malformed,
    /// Somebody changed it, it is of another Group, or it follows another change.
    #[error("the roster change's signature does not fit")]
    BadSignature,
    /// The first change must be Found.
    #[error("the roster does not begin with its founding")]
    NotFounded,
    /// Only the first change may be Found.
    #[error("the group was founded already")]
    FoundedTwice,
    /// Made with algorithms that this version does not know; update.
    #[error("the group uses suite {0}, which this version does not know")]
    UnknownSuite(u8),
    /// The author is not an active device of the Group.
    #[error("the device is not in the group")]
    NotActive,
    /// The author's role does not allow it.
    #[error("the role does not allow to {0}")]
    NotAllowed(&'static str),
    /// No such invitation is open.
    #[error("the invitation was turned off or is not known")]
    InvitationClosed,
    /// Too late.
    #[error("the invitation has run out")]
    InvitationExpired,
    /// Everybody it was for is in.
    #[error("the invitation's places are taken")]
    InvitationUsedUp,
    /// Something that must be unique is there already.
    #[error("there is such a {0} already")]
    Repeated(&'static str),
    /// A limit of the protocol.
    #[error("the group has no room for more {0}")]
    Full(&'static str),
    /// A number outside its bounds.
    #[error("the {0} are out of range")]
    OutOfRange(&'static str),
    /// Verified against an earlier state: read the newer list and verify again.
    #[error("the roster went on meanwhile")]
    Stale,
}

impl RosterError {
    /// The code with which a server refuses the change.
    pub fn code(self) -> Code {
        match self {
            Self::TooLarge(_) | Self::Full(_) => Code::TOO_LARGE,
            Self::Malformed => Code::MALFORMED,
            Self::BadSignature => Code::BAD_SIGNATURE,
            Self::UnknownSuite(_) => Code::UNSUPPORTED_VERSION,
            Self::NotActive => Code::NOT_A_MEMBER,
            Self::NotAllowed(_) => Code::NOT_ALLOWED,
            Self::InvitationClosed => Code::INVITATION_CLOSED,
            Self::InvitationExpired => Code::INVITATION_EXPIRED,
            Self::InvitationUsedUp => Code::INVITATION_USED_UP,
            Self::NotFounded | Self::FoundedTwice | Self::Repeated(_) | Self::OutOfRange(_) => {
                Code::RULE_BROKEN
            }
            Self::Stale => Code::STALE_ROSTER,
        }
    }
}

#[cfg(test)]
mod tests;
