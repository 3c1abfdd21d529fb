//! What each kind of RosterChange says. Fields that are not there are left out of the map.
//!
//! ```text
//!  1 Found       { 0: suite, 1: server key, 2: sealing key hash, 3: commitment to EpochKey 0 }
//!  2 Invite      { 0: invitation key, 1: sealing key hash, 2: role, 3: expires, 4: uses, ? 5: member, ? 6: vouches }
//!  3 CloseInvite { 0: invitation id }
//!  4 Join        { 0: invitation id, 1: sealing key hash, ? 2: predecessor }
//!  5 Admit       { 0: invitation id, 1: device, 2: sealing key hash, 3: knock, ? 4: [* { 0: voucher, 1: signature }] }
//!  6 AddDevice   { 0: sponsor, 1: sealing key hash, 2: purpose (0 device, 1 recovery key), ? 3: predecessor }
//!  7 Remove      { ? 0: [* member id], ? 1: [* device], ? 2: epoch }
//!  8 Leave       { }
//!  9 SetRole     { 0: member id, 1: role }
//! 10 Rotate      { 0: epoch }
//! 11 AcceptHeld  { 0: [* entry id] }
//! 12 MoveTo      { 0: server key, 1: address (text) }
//! 13 Close       { }
//! 14 Allow       { 0: members may invite }
//! epoch          = { 0: commitment, 1: root of its key boxes, 2: earlier EpochKey sealed (48), ? 3: that one's number }
//! ```
//! Voucher, sponsor and predecessor are ActorPrefixes (8 bytes): no two devices of a Roster share one.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::Role;
use crate::{
    ActorPrefix, DeviceId, Epoch, GroupId, Hash, InvitationId, InvitationKey, MemberId, ServerKey, Signature,
    Timestamp, signing,
};

/// The label under which one who asks through an invitation signs: "porchlight/knock/1" group invitation device
/// sealing key hash.
pub const KNOCK_LABEL: &str = "porchlight/knock/1";

/// The label under which a member vouches: "porchlight/vouch/1" group invitation device.
pub const VOUCH_LABEL: &str = "porchlight/vouch/1";

/// Makes a Group; its author becomes the first organizer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Found {
    /// Which algorithms the Group uses.
    #[n(0)]
    pub suite: u8,
    /// The server that orders the Group's log.
    #[n(1)]
    pub server: ServerKey,
    /// The hash of the author's sealing key.
    #[n(2)]
    pub sealing: Hash,
    /// What proves the EpochKey of epoch 0.
    #[n(3)]
    pub commitment: Hash,
}

/// Opens an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Invite {
    /// Signs the Joins of those who hold the link.
    #[n(0)]
    pub key: InvitationKey,
    /// The hash of the invitation's sealing key, to which the EpochKey is sealed.
    #[n(1)]
    pub sealing: Hash,
    /// What those who join may do.
    #[n(2)]
    pub role: Role,
    /// Joins that the server receives after this are refused.
    #[n(3)]
    pub expires: Timestamp,
    /// How many may join.
    #[n(4)]
    pub uses: u32,
    /// Whose further Device, or way back in, it is for; none for newcomers.
    #[n(5)]
    pub member: Option<MemberId>,
    /// Whether an organizer must admit those who ask, and how many members must vouch for each of them. Then no
    /// EpochKey is sealed to the invitation, and its sealing key is the one that requests are sealed to.
    #[n(6)]
    pub vouches: Option<u8>,
}

/// Turns an invitation off.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CloseInvite {
    /// Which.
    #[n(0)]
    pub invitation: InvitationId,
}

/// Adds its author.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Join {
    /// Through which invitation.
    #[n(0)]
    pub invitation: InvitationId,
    /// The hash of the author's sealing key.
    #[n(1)]
    pub sealing: Hash,
    /// The Device of the same Member whose work it continues.
    #[n(2)]
    pub predecessor: Option<ActorPrefix>,
}

/// Adds one who asked through an invitation that needs approval, in the Role that the invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Admit {
    /// Through which invitation they asked.
    #[n(0)]
    pub invitation: InvitationId,
    /// Their Device.
    #[n(1)]
    pub device: DeviceId,
    /// The hash of its sealing key.
    #[n(2)]
    pub sealing: Hash,
    /// Its signature over [`Admit::knock_message`]: nobody is added who did not ask.
    #[n(3)]
    pub knock: Signature,
    /// Members who know them.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub vouches: Vec<Vouch>,
}

impl Admit {
    /// What a newcomer signs to ask for being let in.
    pub fn knock_message(
        group: &GroupId,
        invitation: &InvitationId,
        device: &DeviceId,
        sealing: &Hash,
    ) -> Vec<u8> {
        let parts: [&[u8]; 4] =
            [group.as_bytes(), invitation.as_bytes(), device.as_bytes(), sealing.as_bytes()];
        signing::signed_message(KNOCK_LABEL, &parts)
    }

    /// What a member signs to vouch for a newcomer.
    pub fn vouch_message(group: &GroupId, invitation: &InvitationId, device: &DeviceId) -> Vec<u8> {
        let parts: [&[u8]; 3] = [group.as_bytes(), invitation.as_bytes(), device.as_bytes()];
        signing::signed_message(VOUCH_LABEL, &parts)
    }
}

/// A member's word for a newcomer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Vouch {
    /// The Device that signed.
    #[n(0)]
    pub by: ActorPrefix,
    /// Its signature over [`Admit::vouch_message`].
    #[n(1)]
    pub signature: Signature,
}

/// What a key in the Roster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// A phone, browser or computer.
    #[n(0)]
    Device,
    /// Recovery words: reads the Roster, opens the Group's key and adds a Device; nothing else.
    #[n(1)]
    Recovery,
}

/// Adds its author as a further key of the sponsor's Member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AddDevice {
    /// The Device or recovery key of the same Member that signs as the second.
    #[n(0)]
    pub sponsor: ActorPrefix,
    /// The hash of the author's sealing key.
    #[n(1)]
    pub sealing: Hash,
    /// What it is for. A new recovery key takes the place of the Member's earlier one.
    #[n(2)]
    pub purpose: Purpose,
    /// The Device of the same Member whose work it continues.
    #[n(3)]
    pub predecessor: Option<ActorPrefix>,
}

/// Takes Members or Devices out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Remove {
    /// Whole Members.
    #[n(0)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub members: Vec<MemberId>,
    /// Single Devices or recovery keys.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub devices: Vec<DeviceId>,
    /// The epoch that shuts them out. Only organizers start one; who removes keys of their own leaves it out.
    #[n(2)]
    pub epoch: Option<NewEpoch>,
}

impl Remove {
    /// Whether it takes this Device of this Member out.
    pub fn names(&self, member: &MemberId, device: &DeviceId) -> bool {
        self.members.contains(member) || self.devices.contains(device)
    }
}

/// Starts an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewEpoch {
    /// What proves its EpochKey.
    #[n(0)]
    pub commitment: Hash,
    /// The root over its key boxes, see [`super::boxes_root`].
    #[n(1)]
    pub boxes: Hash,
    /// An earlier EpochKey, sealed under the new one: never the reverse.
    #[n(2)]
    pub sealed: ByteArray<48>,
    /// Whose key that is; left out for the epoch just before. Another one where that was bad.
    #[n(3)]
    pub from: Option<Epoch>,
}

/// Takes its author's Member out, with all Devices.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Leave {}

/// Gives a Member another Role.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SetRole {
    /// Whom.
    #[n(0)]
    pub member: MemberId,
    /// What they may do from now on.
    #[n(1)]
    pub role: Role,
}

/// Starts a new epoch; invitations that ran out get no key any more.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rotate {
    /// The epoch.
    #[n(0)]
    pub epoch: NewEpoch,
}

/// Lets Entries of removed Devices into the log after all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AcceptHeld {
    /// Their ids.
    #[n(0)]
    pub entries: Vec<Hash>,
}

/// Names the server that orders the log from here on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MoveTo {
    /// Its key.
    #[n(0)]
    pub server: ServerKey,
    /// Its base address, without a slash at its end.
    #[n(1)]
    pub url: String,
}

/// Ends the Group: nothing is appended after it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Close {}

/// Sets what members may do besides reading and writing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Allow {
    /// Whether members who are no organizers may invite newcomers.
    #[n(0)]
    pub members_invite: bool,
}
