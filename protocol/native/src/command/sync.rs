//! `sync`: once until everything is in step, or for as long as somebody watches.

use std::collections::BTreeMap;
use std::io;

use porchlight_device::{Event, GroupStatus};
use porchlight_documents::{DocumentName, Kind};
use porchlight_native::Runner;
use porchlight_wire::{GroupId, Timestamp};
use serde::Serialize;

use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::roles;
use crate::command::screen::Answer;
use crate::command::settling::settle;
use crate::command::status::{GroupStanding, Standing};
use crate::command::words::{count, plain};

/// Sends and fetches everything, and says where it stands.
pub(crate) async fn once(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let wanted: Vec<GroupId> = desk.groups(&mut runner)?.iter().map(|group| group.group).collect();
    let settled = settle(desk, &mut runner, &wanted).await?;
    let now = runner.act(|_, now| now)?;
    let groups = settled.complete()?;
    desk.show(&Standing::of(&groups, now))
}

/// Stays connected and tells what happens, until it is told to stop.
pub(crate) async fn watch(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let mut told = BTreeMap::new();
    let mut stop = std::pin::pin!(stop());
    desk.groups(&mut runner)?;
    runner.act(porchlight_device::Device::connect)?;
    loop {
        tokio::select! {
            stopped = &mut stop => return stopped.map_err(Failure::Runtime),
            turned = runner.turn() => turned?,
        }
        let mut news = Vec::new();
        while let Some(event) = runner.next_now() {
            news.push(event);
        }
        for event in news {
            tell(desk, &mut runner, &mut told, event)?;
        }
    }
}

fn tell(
    desk: &Desk,
    runner: &mut Runner,
    told: &mut BTreeMap<GroupId, GroupStatus>,
    event: Event,
) -> Result<(), Failure> {
    let (groups, now) = runner.act(|device, now| (device.groups(), now))?;
    let status = |id: GroupId| groups.iter().find(|group| group.group == id);
    let name = |id: GroupId| status(id).map(|group| plain(&group.name)).unwrap_or_default();
    let news = match event {
        Event::DocumentChanged { group, name: document } => {
            let text = format!("{}: the {} changed", name(group), called(&document));
            News {
                event: "document_changed",
                group,
                document: Some(document.to_string()),
                reason: None,
                text,
            }
        }
        Event::MembersChanged { group } => {
            News::of("members_changed", group, format!("{}: who is in it changed", name(group)))
        }
        Event::PutBack { group, records } => News::of(
            "put_back",
            group,
            format!(
                "{}: the server had old data; {} put back from here",
                name(group),
                count(records.into(), "record")
            ),
        ),
        Event::Joined { group } => News::of("joined", group, format!("{}: you are in", name(group))),
        Event::JoinFailed { group, reason } => {
            let text = format!("Joining failed: {reason}");
            News { event: "join_failed", group, document: None, reason: Some(reason.to_string()), text }
        }
        Event::PresenceChanged { group } => {
            News::of("presence_changed", group, format!("{}: somebody is at work", name(group)))
        }
        Event::LobbyChanged { group } => {
            News::of("lobby_changed", group, format!("{}: who waits to be let in changed", name(group)))
        }
        Event::HeldChanged { group } => {
            News::of("held_changed", group, format!("{}: work of removed devices was looked at", name(group)))
        }
        // Whoever asked for these waits for them.
        Event::CodeKept { .. }
        | Event::CodeRefused { .. }
        | Event::CodeFound { .. }
        | Event::ListFound { .. }
        | Event::CodeNotFound { .. } => return Ok(()),
        Event::RosterRefused { group, act, code } => {
            News::of("roster_refused", group, format!("{}: {}", name(group), roles::refused(act, code)))
        }
        Event::CarriedRefused { group, .. } => News::of(
            "carried_refused",
            group,
            format!("{}: the server refused what came by hand; it is not shown any more", name(group)),
        ),
        Event::StatusChanged { group } => {
            let Some(status) = status(group) else { return Ok(()) };
            if told.insert(group, status.clone()).is_some_and(|before| is_same(&before, status)) {
                return Ok(());
            }
            return desk.show(&StatusNews::of(status, now));
        }
    };
    desk.show(&news)
}

fn called(document: &DocumentName) -> &'static str {
    match document.kind {
        Kind::Index => "group's details",
        Kind::Contacts => "contact list",
        Kind::Schedule => "shifts",
        Kind::Note => "notes",
        Kind::Decision => "decisions",
    }
}

/// Positions and times go on all the time: that alone is no news.
fn is_same(before: &GroupStatus, now: &GroupStatus) -> bool {
    let essence =
        |status: &GroupStatus| (status.stage, status.saving, status.waiting, status.problem, status.role);
    essence(before) == essence(now)
}

/// One line of what `--watch` tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct News {
    event: &'static str,
    #[serde(serialize_with = "as_text")]
    group: GroupId,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip)]
    text: String,
}

impl News {
    fn of(event: &'static str, group: GroupId, text: String) -> Self {
        Self { event, group, document: None, reason: None, text }
    }
}

impl Answer for News {
    fn text(&self) -> String {
        self.text.clone()
    }
}

/// A group stands otherwise than before.
#[derive(Debug, Serialize)]
struct StatusNews {
    event: &'static str,
    #[serde(flatten)]
    standing: GroupStanding,
}

impl StatusNews {
    fn of(status: &GroupStatus, now: Timestamp) -> Self {
        Self { event: "status", standing: GroupStanding::of(status, now) }
    }
}

impl Answer for StatusNews {
    fn text(&self) -> String {
        self.standing.line()
    }
}

fn as_text<S: serde::Serializer>(group: &GroupId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(group)
}

/// Ends when somebody presses Ctrl-C or the system asks the command to stop.
#[cfg(unix)]
async fn stop() -> io::Result<()> {
    let mut asked = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = asked.recv() => Ok(()),
    }
}

/// Ends when somebody presses Ctrl-C.
#[cfg(not(unix))]
async fn stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
