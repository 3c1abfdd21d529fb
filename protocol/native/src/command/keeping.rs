//! `snapshot`, `forget`, `move-to` and `follow`: what keeps a group usable for years, and on another server.

use porchlight_device::{Device, GroupStatus, Problem, ServerAddress, Token};
use porchlight_documents::{DocumentName, contacts};
use porchlight_native::about::Takes;
use porchlight_native::{About, Address, Runner};
use porchlight_wire::frame::Versions;
use porchlight_wire::{GroupId, ServerKey};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::command::contacts::pick::pick;
use crate::command::contacts::yearly::{Forgotten, Sent};
use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::settling::settle;
use crate::command::status::{GroupStanding, problem};
use crate::command::words::plain;
use crate::command::{Failure, Follow, Forget, MoveTo};

/// Looks at the newest snapshot that waits for this device's word, or makes one.
pub(crate) async fn snapshot(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?.group;
    settle(desk, &mut runner, &[group]).await?.complete()?;
    let deadline = Instant::now() + desk.options().patience();
    let before = status(&mut runner, group)?;
    runner.act(|device, now| device.make_snapshot(group, now))??;
    let status = loop {
        let status = status(&mut runner, group)?;
        if let Some(what) = status.problem {
            return Err(Failure::Problem { group: status.name, what: problem(what) });
        }
        if !status.snapshots.busy && status.waiting == 0 && status.current {
            break status;
        }
        if Instant::now() >= deadline {
            return Err(late(status, "nothing is lost, and it can be done again"));
        }
        // Whatever happens, or nothing: the next look decides.
        let _ = timeout_at(deadline, runner.turn()).await.ok().transpose()?;
    };
    if (before.snapshots.newest, before.snapshots.endorsed, before.snapshots.objected)
        == (status.snapshots.newest, status.snapshots.endorsed, status.snapshots.objected)
    {
        return Err(Failure::NoSnapshot { group: status.name });
    }
    let now = runner.act(|_, now| now)?;
    desk.show(&GroupStanding::of(&status, now))
}

/// Forgets a contact for good, and says who may still hold a copy.
pub(crate) async fn forget(desk: &Desk, wanted: &Forget) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let id = group.group;
    // What others wrote meanwhile must have been read, or the list that is written anew would lack it.
    settle(desk, &mut runner, &[id]).await?.complete()?;
    let all = runner.act(|device, _| device.read(id, &DocumentName::contacts(), contacts::all))??;
    let contact = pick(all, &wanted.contact)?;
    let receipt = runner
        .act(|device, now| device.forget_contact(id, &contact.id, now))?
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let settled = settle(desk, &mut runner, &[id]).await?;
    let sent = if settled.failure.is_none() { Sent::Yes } else { Sent::NotYet };
    desk.show(&Forgotten::of(id.to_string(), contact.id.to_string(), receipt, sent))
}

/// Moves the group, and prints the link by which others can follow.
pub(crate) async fn move_to(desk: &Desk, wanted: &MoveTo) -> Result<(), Failure> {
    let token = wanted.token.as_deref().map(Desk::secret).transpose()?;
    let address: Address = wanted.server.split("#/start/").next().unwrap_or_default().parse()?;
    let parsed = token.as_deref().map(Token::parse).transpose().map_err(porchlight_device::ActError::from)?;
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?.group;
    // The old server is told first, if it answers.
    let _ = settle(desk, &mut runner, &[group]).await?;
    // Everybody follows: a server that does not take the group must be known before anything is signed.
    let about = About::ask(&address, &desk.trust()?, group, parsed.as_ref()).await?;
    let key = taken_by(&about)?;
    let server = ServerAddress { url: address.to_string(), key };
    let link = runner.act(|device, now| device.move_to(group, server, token.as_deref(), now))??;
    wait_for(desk, &mut runner, group, &address.to_string()).await?;
    desk.show(&Moved { group: group.to_string(), server: address.to_string(), link })
}

/// The key of a server that would take the group.
fn taken_by(about: &About) -> Result<ServerKey, Failure> {
    let why = match about.takes {
        _ if about.versions.common(Versions::OURS).is_none() => "it speaks another version; please update",
        Some(Takes::Yes) => return Ok(about.server),
        Some(Takes::Closed) => "it takes no new groups; ask its host",
        Some(Takes::TokenNeeded) => {
            "it wants a token for new groups; ask its host for the start link, and give it with --token"
        }
        Some(Takes::TokenUnknown) => {
            "the token does not count there: it was revoked, or never made there; ask its host for another start link"
        }
        Some(Takes::TokenRunOut) => "the days of the token are over; ask its host for another start link",
        Some(Takes::TokenUsedUp) => "the token is used up; ask its host for another start link",
        Some(Takes::TokenOtherServer) => "the token is of another server than the one at this address",
        Some(Takes::GroupFull) => "the group was there before and has used up its room; ask its host",
        Some(Takes::DiskFull) => "its disk is full; ask its host to make room",
        Some(Takes::Clock) => "its clock is in doubt; ask its host to look at 'porchlight check'",
        Some(Takes::Otherwise) => "it says why in words of a later version; please update",
        None => "it is of an earlier version and cannot say; ask its host to update it",
    };
    Err(Failure::NotTaken(why))
}

/// Follows the group to another server.
pub(crate) async fn follow(desk: &Desk, wanted: &Follow) -> Result<(), Failure> {
    let link = Desk::secret(&wanted.link)?;
    let mut runner = desk.online()?;
    let group = runner
        .act(|device, now| device.follow(&link, now))?
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let groups = settle(desk, &mut runner, &[group]).await?.complete()?;
    let server = groups.into_iter().next().map(|group| group.url).unwrap_or_default();
    desk.show(&Moved { group: group.to_string(), server, link: None })
}

/// Waits until everything of the group is at this server.
async fn wait_for(desk: &Desk, runner: &mut Runner, group: GroupId, url: &str) -> Result<(), Failure> {
    let deadline = Instant::now() + desk.options().patience();
    runner.act(Device::connect)?;
    loop {
        let status = status(runner, group)?;
        if status.url == url && status.current && status.waiting == 0 {
            return Ok(());
        }
        if let Some(what @ Problem::NotTaken(_)) = status.problem {
            return Err(Failure::Problem { group: status.name, what: problem(what) });
        }
        if Instant::now() >= deadline {
            return Err(late(status, "everything is saved here, and 'sync' goes on with it"));
        }
        let _ = timeout_at(deadline, runner.turn()).await.ok().transpose()?;
    }
}

fn late(status: GroupStatus, kept: &'static str) -> Failure {
    Failure::Late { group: status.name, kept }
}

fn status(runner: &mut Runner, group: GroupId) -> Result<GroupStatus, Failure> {
    let groups = runner.act(|device, _| device.groups())?;
    groups.into_iter().find(|one| one.group == group).ok_or(Failure::NoGroup)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Moved {
    group: String,
    server: String,
    /// For those who do not reach the old server; it holds no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl Answer for Moved {
    fn text(&self) -> String {
        let link = self
            .link
            .as_ref()
            .map(|link| format!("\nFor those who do not reach the old server ('follow'):\n\n{link}"));
        format!("The group is at {}{}", plain(&self.server), link.unwrap_or_default())
    }
}
