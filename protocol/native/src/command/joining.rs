//! `invite` and `join`: how others come in.

use porchlight_device::{GroupStatus, InviteOptions, Stage};
use porchlight_native::Runner;
use porchlight_wire::GroupId;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;

use crate::command::desk::Desk;
use crate::command::roles;
use crate::command::screen::Answer;
use crate::command::settling::settle;
use crate::command::typed;
use crate::command::words::{count, plain};
use crate::command::{Failure, Invite, Join, RoleName};

/// Makes an invitation, and tells the server of it if that can be reached.
pub(crate) async fn invite(desk: &Desk, wanted: &Invite) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let member = match &wanted.member {
        Some(name) => Some(roles::member(&mut runner, group.group, name)?.id),
        None => None,
    };
    let uses = if member.is_some() { 1 } else { wanted.uses };
    let vouches = wanted.approval.then(|| wanted.vouches.unwrap_or(0));
    let (link, expires) = runner.act(|device, now| {
        let expires = now.plus_millis(wanted.days.saturating_mul(DAY_MILLIS));
        let options = InviteOptions { role: wanted.role.into(), uses, expires, member, vouches };
        device.invite(group.group, options, now).map(|link| (link, expires))
    })??;
    let settled = settle(desk, &mut runner, &[group.group]).await?;
    let words = match &settled.failure {
        None if wanted.code => Some(typed::told(desk, &mut runner, group.group, &link).await?),
        _ => None,
    };
    let note =
        settled.failure.map(|failure| format!("the link works once the server has heard of it: {failure}"));
    desk.show(&Invited {
        group: group.group.to_string(),
        name: group.name,
        link,
        words,
        role: wanted.role,
        uses,
        approval: wanted.approval,
        vouches: wanted.vouches.unwrap_or(0),
        member: wanted.member.clone(),
        expires: expires.millis(),
        days: wanted.days,
        sent: note.is_none(),
        note,
    })
}

/// Joins through a link, and waits until this device is in or it is clear why not.
pub(crate) async fn join(desk: &Desk, wanted: &Join) -> Result<(), Failure> {
    // Looked at first, so that a text which is no link makes no device.
    let typed = Desk::secret(wanted.code.as_ref().or(wanted.link.as_ref()).map_or("", String::as_str))?;
    let (mut runner, link) = match &wanted.server {
        Some(server) => {
            let server = server.parse()?;
            porchlight_device::check_code(&typed)?;
            let mut runner = desk.online_or_new()?;
            let found = typed::found(desk, &mut runner, &server, &typed).await?;
            (runner, found.link())
        }
        None => {
            porchlight_device::Invitation::parse(&typed).map_err(porchlight_device::ActError::from)?;
            (desk.online_or_new()?, typed)
        }
    };
    let group = runner.act(|device, now| device.join_saying(&link, &wanted.member, &wanted.words, now))??;
    let groups = settle(desk, &mut runner, &[group]).await?.complete()?;
    let joined = groups.into_iter().next().ok_or(Failure::NoGroup)?;
    if joined.stage == Stage::Waiting {
        return desk.show(&Asked { group: group.to_string(), name: joined.name, waiting: true });
    }
    desk.show(&Joined::of(&mut runner, group, joined)?)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invited {
    group: String,
    name: String,
    /// Whoever has it can join: it is as secret as a key.
    link: String,
    /// The same as six words, good for a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    role: RoleName,
    uses: u32,
    /// Whether an organizer must let in those who ask.
    approval: bool,
    /// How many members must vouch.
    vouches: u8,
    /// Whose further device, or way back in, it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// Milliseconds since 1970.
    expires: u64,
    #[serde(skip)]
    days: u64,
    /// Whether the server has heard of it.
    sent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Answer for Invited {
    fn text(&self) -> String {
        let uses = match &self.member {
            Some(member) => format!("a device of {}", plain(member)),
            None if self.uses == 1 => "1 person".to_owned(),
            None => format!("{} people", self.uses),
        };
        let approval = if self.approval { "; an organizer lets in those who ask" } else { "" };
        let what = format!(
            "Invitation to {} for {uses} ({}), good for {}{approval}",
            plain(&self.name),
            self.role.word(),
            count(self.days, "day")
        );
        let note = self.note.as_ref().map(|note| format!("\nNote: {note}")).unwrap_or_default();
        let words = self.words.as_ref().map(|words| {
            format!("\n\nOr tell them the server's address and these words, good for a day:\n\n    {words}")
        });
        let words = words.unwrap_or_default();
        format!("{what}\n\n{}\n\n{}{words}{note}", self.link, picture(&self.link))
    }
}

#[derive(Debug, Serialize)]
struct Asked {
    group: String,
    name: String,
    /// An organizer decides; 'sync' asks again.
    waiting: bool,
}

impl Answer for Asked {
    fn text(&self) -> String {
        format!("You asked to be let into {}; an organizer decides, and 'sync' asks again", plain(&self.name))
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Joined {
    group: String,
    name: String,
    server: String,
    role: Option<RoleName>,
    members: usize,
}

impl Joined {
    fn of(runner: &mut Runner, group: GroupId, status: GroupStatus) -> Result<Self, Failure> {
        let members = runner.act(|device, _| device.members(group))??.len();
        Ok(Self {
            group: group.to_string(),
            name: status.name,
            server: status.url,
            role: status.role.map(RoleName::from),
            members,
        })
    }
}

impl Answer for Joined {
    fn text(&self) -> String {
        format!("You are in {}, with {}", plain(&self.name), count(self.members as u64, "member"))
    }
}

/// A link as a QR code, light on dark as terminals mostly are.
fn picture(link: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) else { return String::new() };
    code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
}

const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;
