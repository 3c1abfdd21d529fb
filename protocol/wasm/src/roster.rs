//! Who is in a Group and what organizers do about it: `{"roster": {"group": …, "ask": {…}}}`.

use porchlight_device::{
    DepartureView, Device, Elsewhere, ElsewhereView, HeldView, InvitationView, LeftWork, Removal, RosterAct,
    WaitingView,
};
use porchlight_wire::{DeviceId, GroupId, InvitationId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, role};
use crate::fault::Fault;
use crate::request::RoleName;

/// What is asked. Ids are hex, as the answers give them. Each act is saved at once and sent when there is a network;
/// the group's `waiting` says whether it is under way, and news `rosterRefused` that it was given up.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Ask {
    /// Takes members, or single devices, out: the Group's key changes with it, and open invitations are turned off.
    /// Of others only organizers. With them go those who are named of circles, all or nothing. Answers nothing.
    Remove {
        #[serde(flatten)]
        who: Who,
        #[serde(default)]
        circles: Vec<OfCircle>,
    },
    /// Answers where else a member is: `{circles: {circle, name, member, memberName, sure, mayRemove, devices}[], closed}`;
    /// `devices` are `{here, there}`, `here` is null where it is not known; `closed` are the names of circles that this
    /// device is not in.
    Elsewhere { member: String },
    /// Leaves the Group with all devices. Refused with `last_organizer`.
    Leave {},
    /// Takes the Group off this device with all that is stored of it. Refused with `still_in` where others are in with it.
    TakeOff {},
    /// Gives a member another role: `organizer`, `member` or `reader`. Refused with `last_organizer`.
    SetRole { member: String, role: RoleName },
    /// Says what a member is called; organizers only.
    Rename { member: String, name: String },
    /// Changes the Group's key.
    Rotate {},
    /// Answers a list of `{id, role, expires, usesLeft, member, vouches, by, open}`: all that are not turned off;
    /// `vouches` is null where no approval is needed, `by` and `member` are ids of members.
    Invitations {},
    /// Turns an invitation off.
    CloseInvitation { invitation: String },
    /// Answers who waits in the lobby, as last heard: a list of
    /// `{device, name, words, time, vouched, needed, invitation}`; `vouched` are ids of members, `needed` is how many
    /// others than the deciding organizer must vouch.
    Lobby {},
    /// Asks the server who waits; news `lobbyChanged` says that `lobby` has the answer.
    #[serde(rename = "askLobby")]
    FetchLobby {},
    /// Vouches for one who waits. Refused with `not_connected`.
    Vouch { device: String },
    /// Lets one in who waits; organizers only.
    Admit { device: String },
    /// Sends one away who waits; organizers only. Refused with `not_connected`.
    Refuse { device: String },
    /// Answers what the server holds of removed devices, as last heard: a list of
    /// `{device, member, changes, documents}`. Organizers only.
    Held {},
    /// Asks the server what it holds; news `heldChanged` says that `held` has the answer.
    #[serde(rename = "askHeld")]
    FetchHeld {},
    /// Lets what a removed device had written in after all.
    AcceptHeld { device: String },
    /// Decides against it, for good. Refused with `not_connected`.
    DiscardHeld { device: String },
}

/// Members and single devices.
#[derive(Debug, Deserialize)]
pub(crate) struct Who {
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    devices: Vec<String>,
}

/// The same of a circle.
#[derive(Debug, Deserialize)]
pub(crate) struct OfCircle {
    circle: String,
    #[serde(flatten)]
    who: Who,
}

impl Who {
    fn out_of(&self, group: GroupId) -> Result<Removal, Fault> {
        let members = ids(&self.members, MemberId::from_hex, "member")?;
        Ok(Removal { group, members, devices: ids(&self.devices, DeviceId::from_hex, "device")? })
    }
}

impl OfCircle {
    fn out_of(&self) -> Result<Removal, Fault> {
        self.who.out_of(GroupId::from_hex(&self.circle).ok_or_else(|| unknown("circle"))?)
    }
}

/// Carries it out.
pub(crate) fn perform(device: &mut Device, group: GroupId, ask: Ask, now: Timestamp) -> Answer {
    match ask {
        Ask::Remove { who, circles } => {
            let of_circles = circles.iter().map(OfCircle::out_of);
            let removals: Result<Vec<_>, _> = [who.out_of(group)].into_iter().chain(of_circles).collect();
            Answer::new(removals.and_then(|removals| Ok(device.remove_everywhere(removals, now)?)))
        }
        Ask::Elsewhere { member } => {
            let member = MemberId::from_hex(&member).ok_or_else(|| unknown("member"));
            let found = member.and_then(|member| Ok(device.elsewhere(group, member, now)?));
            Answer::new(found.map(ElsewhereAnswer::from))
        }
        Ask::Leave {} => Answer::new(device.leave(group, now)),
        Ask::TakeOff {} => Answer::new(device.take_off(group, now)),
        Ask::SetRole { member, role } => {
            let member = MemberId::from_hex(&member).ok_or_else(|| unknown("member"));
            Answer::new(member.and_then(|member| Ok(device.set_role(group, member, role.into(), now)?)))
        }
        Ask::Rename { member, name } => {
            let member = MemberId::from_hex(&member).ok_or_else(|| unknown("member"));
            Answer::new(member.and_then(|member| Ok(device.rename_member(group, &member, &name, now)?)))
        }
        Ask::Rotate {} => Answer::new(device.rotate(group, now)),
        Ask::Invitations {} => {
            let all = device.invitations(group, now);
            Answer::new(all.map(|all| all.into_iter().map(InvitedAnswer::from).collect::<Vec<_>>()))
        }
        Ask::Lobby {} => {
            let all = device.lobby(group);
            Answer::new(all.map(|all| all.iter().map(NewcomerAnswer::from).collect::<Vec<_>>()))
        }
        Ask::FetchLobby {} => Answer::new(device.ask_lobby(group, now)),
        Ask::Held {} => {
            let all = device.held(group).map(<[HeldView]>::to_vec);
            Answer::new(
                all.map(|all| {
                    all.iter().map(|view| HeldAnswer::new(device, group, view)).collect::<Vec<_>>()
                }),
            )
        }
        Ask::FetchHeld {} => Answer::new(device.ask_held(group, now)),
        Ask::Vouch { device: who } => {
            Answer::new(one(&who).and_then(|who| Ok(device.vouch(group, who, now)?)))
        }
        Ask::Admit { device: who } => {
            Answer::new(one(&who).and_then(|who| Ok(device.admit(group, who, now)?)))
        }
        Ask::Refuse { device: who } => {
            Answer::new(one(&who).and_then(|who| Ok(device.refuse(group, who, now)?)))
        }
        Ask::AcceptHeld { device: who } => {
            Answer::new(one(&who).and_then(|who| Ok(device.accept_held(group, who, now)?)))
        }
        Ask::DiscardHeld { device: who } => {
            Answer::new(one(&who).and_then(|who| Ok(device.discard_held(group, who, now)?)))
        }
        Ask::CloseInvitation { invitation } => {
            let invitation = InvitationId::from_hex(&invitation).ok_or_else(|| unknown("invitation"));
            Answer::new(invitation.and_then(|id| Ok(device.close_invitation(group, id, now)?)))
        }
    }
}

fn one(device: &str) -> Result<DeviceId, Fault> {
    DeviceId::from_hex(device).ok_or_else(|| unknown("device"))
}

fn ids<T>(texts: &[String], read: impl Fn(&str) -> Option<T>, what: &str) -> Result<Vec<T>, Fault> {
    texts.iter().map(|text| read(text).ok_or_else(|| unknown(what))).collect()
}

/// A text that is no id.
pub(crate) fn unknown(what: &str) -> Fault {
    Fault::new("misused", format!("not the id of a {what}"))
}

#[derive(Debug, Serialize)]
struct ElsewhereAnswer {
    circles: Vec<CircleAnswer>,
    closed: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CircleAnswer {
    circle: String,
    name: String,
    member: String,
    member_name: String,
    sure: bool,
    may_remove: bool,
    devices: Vec<DeviceAnswer>,
}

#[derive(Debug, Serialize)]
struct DeviceAnswer {
    there: String,
    here: Option<String>,
}

impl From<Elsewhere> for ElsewhereAnswer {
    fn from(found: Elsewhere) -> Self {
        let device = |(there, here): (DeviceId, Option<DeviceId>)| DeviceAnswer {
            there: there.to_string(),
            here: here.map(|id| id.to_string()),
        };
        let circle = |view: ElsewhereView| CircleAnswer {
            circle: view.circle.to_string(),
            name: view.name,
            member: view.member.to_string(),
            member_name: view.member_name,
            sure: view.sure,
            may_remove: view.may_remove,
            devices: view.devices.into_iter().map(device).collect(),
        };
        Self { circles: found.circles.into_iter().map(circle).collect(), closed: found.closed }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InvitedAnswer {
    id: String,
    role: &'static str,
    expires: u64,
    uses_left: u32,
    member: Option<String>,
    vouches: Option<u8>,
    by: String,
    open: bool,
}

impl From<InvitationView> for InvitedAnswer {
    fn from(view: InvitationView) -> Self {
        Self {
            id: view.id.to_string(),
            role: role(view.role),
            expires: view.expires.millis(),
            uses_left: view.uses_left,
            member: view.member.map(|id| id.to_string()),
            vouches: view.vouches,
            by: view.by.to_string(),
            open: view.open,
        }
    }
}

#[derive(Debug, Serialize)]
struct NewcomerAnswer {
    device: String,
    name: String,
    words: String,
    time: u64,
    vouched: Vec<String>,
    needed: u8,
    invitation: String,
}

impl From<&WaitingView> for NewcomerAnswer {
    fn from(view: &WaitingView) -> Self {
        Self {
            device: view.device.to_string(),
            name: view.name.clone(),
            words: view.words.clone(),
            time: view.time.millis(),
            vouched: view.vouched.iter().map(ToString::to_string).collect(),
            needed: view.needed,
            invitation: view.invitation.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct HeldAnswer {
    device: String,
    /// What its member was called, as far as the group still knows.
    name: String,
    changes: usize,
    documents: Vec<String>,
}

impl HeldAnswer {
    fn new(device: &mut Device, group: GroupId, view: &HeldView) -> Self {
        let name = device.member_name(group, &view.member).unwrap_or_default();
        Self {
            device: view.device.to_string(),
            name,
            changes: view.changes,
            documents: view.documents.clone(),
        }
    }
}

/// How this device went: `{bySelf, memberStays, by, time, work}`; `work` is `nothing`, `here`, `held` or `discarded`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DepartureAnswer {
    by_self: bool,
    member_stays: bool,
    by: Option<String>,
    time: u64,
    work: &'static str,
}

impl From<DepartureView> for DepartureAnswer {
    fn from(view: DepartureView) -> Self {
        Self {
            by_self: view.by_self,
            member_stays: view.member_stays,
            by: view.by.map(|id| id.to_string()),
            time: view.time.millis(),
            work: match view.work {
                LeftWork::Nothing => "nothing",
                LeftWork::Here => "here",
                LeftWork::Held => "held",
                LeftWork::Discarded => "discarded",
            },
        }
    }
}

/// `invite`, `closeInvite`, `admit`, `remove`, `leave`, `setRole`, `rotate`, `acceptHeld` or `other`.
pub(crate) fn act(act: RosterAct) -> &'static str {
    match act {
        RosterAct::Invite => "invite",
        RosterAct::CloseInvite => "closeInvite",
        RosterAct::Admit => "admit",
        RosterAct::Remove => "remove",
        RosterAct::Leave => "leave",
        RosterAct::SetRole => "setRole",
        RosterAct::Rotate => "rotate",
        RosterAct::AcceptHeld => "acceptHeld",
        RosterAct::Other => "other",
    }
}
