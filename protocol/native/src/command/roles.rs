//! `remove`, `leave`, `role`, `rotate` and `invitations`: what organizers and members do about who is in.

use porchlight_device::{GroupStatus, InvitationView, MemberView, RosterAct};
use porchlight_native::Runner;
use porchlight_wire::frame::Code;
use porchlight_wire::{DeviceId, GroupId, MemberId};
use serde::Serialize;

use crate::command::desk::{Desk, SHORTEST_ID};
use crate::command::screen::Answer;
use crate::command::settling::settle;
use crate::command::words::{ago, plain};
use crate::command::{Failure, Remove, RoleName, SetRole};

/// Takes a member or a device out.
pub(crate) async fn remove(desk: &Desk, wanted: &Remove) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let id = group.group;
    let (members, devices, text) = match (&wanted.device, &wanted.member) {
        (Some(device), _) => {
            let device = device_of(&mut runner, id, device)?;
            let text = format!("The device {} is out", device.to_string().split_at(DEVICE_SHOWN).0);
            (Vec::new(), vec![device], text)
        }
        (None, name) => {
            let member = member(&mut runner, id, name.as_deref().unwrap_or_default())?;
            let text = format!("{} is out", plain(&member.name));
            (vec![member.id], Vec::new(), text)
        }
    };
    runner.act(|device, now| device.remove(id, members, devices, now))??;
    finish(desk, &mut runner, &group, text).await
}

/// Leaves the group.
pub(crate) async fn leave(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    runner.act(|device, now| device.leave(group.group, now))??;
    finish(desk, &mut runner, &group, format!("You left {}", plain(&group.name))).await
}

/// Gives a member another role.
pub(crate) async fn set_role(desk: &Desk, wanted: &SetRole) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let member = member(&mut runner, group.group, &wanted.member)?;
    let role = wanted.role.into();
    runner.act(|device, now| device.set_role(group.group, member.id, role, now))??;
    let text = format!("{} is now {}", plain(&member.name), wanted.role.word());
    finish(desk, &mut runner, &group, text).await
}

/// Changes the group's key.
pub(crate) async fn rotate(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    runner.act(|device, now| device.rotate(group.group, now))??;
    finish(desk, &mut runner, &group, "The group's key is changed".to_owned()).await
}

/// Prints the open invitations.
pub(crate) fn invitations(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.offline()?;
    let group = desk.group(&mut runner)?.group;
    let (all, members, now) =
        runner.act(|device, now| (device.invitations(group, now), device.members(group), now))?;
    let (all, members) = (all?, members?);
    let line = |view: &InvitationView| Invited::of(view, &members, now.millis());
    let open = all.iter().filter(|view| view.open).map(line).collect();
    desk.show(&Invitations { group: group.to_string(), invitations: open })
}

/// Turns an invitation off.
pub(crate) async fn close_invitation(desk: &Desk, wanted: &str) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let all = runner.act(|device, now| device.invitations(group.group, now))??;
    let wanted = wanted.to_lowercase();
    let mut fitting = all.iter().filter(|one| !wanted.is_empty() && one.id.to_string().starts_with(&wanted));
    let (Some(one), None) = (fitting.next(), fitting.next()) else {
        return Err(Failure::Usage(format!(
            "'{}' is not the beginning of one invitation's id; 'invitations' lists them",
            plain(&wanted)
        )));
    };
    runner.act(|device, now| device.close_invitation(group.group, one.id, now))??;
    finish(desk, &mut runner, &group, "The invitation is turned off".to_owned()).await
}

/// The member that is meant, by name or by the beginning of the id.
pub(crate) fn member(runner: &mut Runner, group: GroupId, wanted: &str) -> Result<MemberView, Failure> {
    let mut members = runner.act(|device, _| device.members(group))??;
    let wanted = wanted.trim().to_lowercase();
    let is_meant = |member: &MemberView| {
        member.name.to_lowercase() == wanted
            || (wanted.len() >= SHORTEST_ID && member.id.to_string().starts_with(&wanted))
    };
    members.retain(is_meant);
    match (members.pop(), members.is_empty()) {
        (Some(member), true) => Ok(member),
        (None, _) => Err(Failure::Usage(format!("nobody in the group is called '{}'", plain(&wanted)))),
        (Some(_), false) => Err(Failure::Usage(format!(
            "several are called '{}'; say the beginning of an id",
            plain(&wanted)
        ))),
    }
}

fn device_of(runner: &mut Runner, group: GroupId, wanted: &str) -> Result<DeviceId, Failure> {
    let members = runner.act(|device, _| device.members(group))??;
    let wanted = wanted.trim().to_lowercase();
    let all = members.iter().flat_map(|member| &member.devices).map(|device| device.id);
    let mut fitting = all.filter(|id| wanted.len() >= SHORTEST_ID && id.to_string().starts_with(&wanted));
    match (fitting.next(), fitting.next()) {
        (Some(device), None) => Ok(device),
        _ => Err(Failure::Usage(format!(
            "'{}' is not the beginning of one device's id; 'members' shows them",
            plain(&wanted)
        ))),
    }
}

/// Waits until the server has taken it, and says so, or what became of it.
pub(crate) async fn finish(
    desk: &Desk,
    runner: &mut Runner,
    group: &GroupStatus,
    text: String,
) -> Result<(), Failure> {
    let settled = settle(desk, runner, &[group.group]).await?;
    if let Some((act, code)) = settled.given_up.first() {
        return Err(Failure::Problem { group: group.name.clone(), what: refused(*act, *code) });
    }
    let gone = settled.groups.iter().any(|status| status.departure.is_some());
    let waits = settled.groups.iter().any(|status| status.waiting > 0);
    let note = settled.failure.filter(|_| !gone).map(|failure| format!("not done yet: {failure}"));
    let (sent, group) = (gone || (note.is_none() && !waits), group.group.to_string());
    desk.show(&Done { group, sent, note, text })
}

/// Why a change of who is in was given up.
pub(crate) fn refused(act: RosterAct, code: Code) -> String {
    let what = match act {
        RosterAct::Invite => "the invitation was not made",
        RosterAct::CloseInvite => "the invitation was not turned off",
        RosterAct::Admit => "the newcomer was not let in",
        RosterAct::Remove => "nobody was taken out",
        RosterAct::Leave => "you are still in",
        RosterAct::SetRole => "the role is as it was",
        RosterAct::Rotate => "the key is as it was",
        RosterAct::AcceptHeld => "the work was not let in",
        RosterAct::Other => "the change was not made",
    };
    let why = match code {
        Code::LAST_ORGANIZER => "the group needs an organizer, name another one first",
        Code::NOT_ALLOWED => "your role does not allow it",
        Code::GROUP_CLOSED => "the group has ended",
        _ => "somebody was quicker, and it makes no sense any more",
    };
    format!("{what}: {why}")
}

#[derive(Debug, Serialize)]
struct Done {
    group: String,
    /// Whether the server has taken it.
    sent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip)]
    text: String,
}

impl Answer for Done {
    fn text(&self) -> String {
        let note = self.note.as_ref().map(|note| format!("\nNote: {note}")).unwrap_or_default();
        if self.sent { self.text.clone() } else { format!("Saved on this computer{note}") }
    }
}

#[derive(Debug, Serialize)]
struct Invitations {
    group: String,
    invitations: Vec<Invited>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invited {
    id: String,
    role: RoleName,
    uses_left: u32,
    /// Milliseconds since 1970.
    expires: u64,
    approval: bool,
    vouches: u8,
    /// Whose further device, or way back in, it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    by: Option<String>,
    #[serde(skip)]
    now: u64,
}

impl Invited {
    fn of(view: &InvitationView, members: &[MemberView], now: u64) -> Self {
        let name =
            |id: MemberId| members.iter().find(|member| member.id == id).map(|member| member.name.clone());
        Self {
            id: view.id.to_string(),
            role: view.role.into(),
            uses_left: view.uses_left,
            expires: view.expires.millis(),
            approval: view.vouches.is_some(),
            vouches: view.vouches.unwrap_or(0),
            member: view.member.and_then(name),
            by: name(view.by),
            now,
        }
    }
}

impl Answer for Invitations {
    fn text(&self) -> String {
        if self.invitations.is_empty() {
            return "No invitation is open".to_owned();
        }
        let line = |one: &Invited| {
            let left =
                ago(one.expires.saturating_sub(one.now)).replace(" ago", "").replace("just now", "a moment");
            let id = one.id.split_at(SHORTEST_ID.max(8)).0;
            let whom = match &one.member {
                Some(name) => format!("a device of {}", plain(name)),
                None => format!("{} ({})", people(one.uses_left), one.role.word()),
            };
            let approval = if one.approval { ", an organizer lets them in" } else { "" };
            let by = one.by.as_ref().map(|name| format!(", made by {}", plain(name))).unwrap_or_default();
            format!("{id}: for {whom}{approval}, good for {left}{by}")
        };
        self.invitations.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

const DEVICE_SHOWN: usize = 12;

fn people(number: u32) -> String {
    if number == 1 { "1 more person".to_owned() } else { format!("{number} more people") }
}
