//! `recovery`: twelve words on paper that bring this member back when all their devices are gone.

use porchlight_device::{Event, GroupStatus, RecoveryState, Stage, check_recovery_words};
use porchlight_native::{Address, Runner};
use porchlight_wire::GroupId;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::settling::{answered, settle};
use crate::command::words::plain;
use crate::command::{Failure, Recovery, typed};

/// Makes words, adds groups to them, says where they stand, or comes back by them.
pub(crate) async fn run(desk: &Desk, wanted: Recovery) -> Result<(), Failure> {
    match wanted {
        Recovery::Words => {
            let mut runner = in_step(desk).await?;
            let words = runner.act(|device, now| device.make_recovery_words(now))??;
            let groups = ready(desk, &mut runner).await?;
            desk.show(&Standing { words: Some(words), groups })
        }
        Recovery::Add { words } => {
            let words = Desk::secret(&words)?;
            check_recovery_words(&words)?;
            let mut runner = in_step(desk).await?;
            runner.act(|device, now| device.add_recovery_words(&words, now))??;
            let groups = ready(desk, &mut runner).await?;
            desk.show(&Standing { words: None, groups })
        }
        Recovery::Status => {
            let mut runner = desk.offline()?;
            desk.groups(&mut runner)?;
            let groups = standing(&mut runner)?;
            desk.show(&Standing { words: None, groups })
        }
        Recovery::Restore { words, server } => restore(desk, &Desk::secret(&words)?, &server.parse()?).await,
    }
}

/// The device, once it has everything that can be had now.
async fn in_step(desk: &Desk) -> Result<Runner, Failure> {
    let mut runner = desk.online()?;
    let groups: Vec<GroupId> = desk.groups(&mut runner)?.iter().map(|group| group.group).collect();
    settle(desk, &mut runner, &groups).await?;
    Ok(runner)
}

/// Waits until the words are good wherever a server can be reached.
async fn ready(desk: &Desk, runner: &mut Runner) -> Result<Vec<GroupLine>, Failure> {
    let deadline = Instant::now() + desk.options().patience();
    loop {
        while runner.next_now().is_some() {}
        let groups = standing(runner)?;
        let reached = |line: &&GroupLine| {
            let contact = runner.contact(&line.server);
            contact.reached && contact.trouble.is_none()
        };
        if !groups.iter().filter(|line| line.state == State::Waiting).any(|line| reached(&line)) {
            return Ok(groups);
        }
        match timeout_at(deadline, runner.turn()).await {
            Ok(turned) => turned?,
            Err(_) => return Ok(groups),
        }
    }
}

fn standing(runner: &mut Runner) -> Result<Vec<GroupLine>, Failure> {
    let (groups, states) = runner.act(|device, _| (device.groups(), device.recovery()))?;
    let line = |status: GroupStatus| {
        let (_, state) = states.iter().find(|(id, _)| *id == status.group)?;
        let (group, name, server) = (status.group.to_string(), status.name, status.url);
        Some(GroupLine { group, name, server, state: State::from(*state) })
    };
    Ok(groups.into_iter().filter_map(line).collect())
}

/// Comes back into every group that the words find.
async fn restore(desk: &Desk, words: &str, server: &Address) -> Result<(), Failure> {
    check_recovery_words(words)?;
    let mut runner = desk.online_or_new()?;
    runner.act(|device, now| device.restore(&server.to_string(), words, now))??;
    let found = answered(desk, &mut runner, |event| match event {
        Event::ListFound { groups } => Some(Ok(groups.clone())),
        Event::CodeNotFound { code } => Some(Err(*code)),
        _ => None,
    });
    let found = found.await;
    let groups = typed::reached(&runner, server, found)?;
    let settled = settle(desk, &mut runner, &groups).await?;
    let is_in = |status: &&GroupStatus| status.stage == Stage::Active;
    let back: Vec<Back> = settled.groups.iter().filter(is_in).map(Back::of).collect();
    if back.is_empty() {
        return Err(settled.failure.unwrap_or(Failure::NoGroup));
    }
    let note = settled.failure.map(|failure| failure.to_string());
    desk.show(&Restored { groups: back, note })
}

#[derive(Debug, Serialize)]
struct Standing {
    /// To be written on paper: they are not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    groups: Vec<GroupLine>,
}

#[derive(Debug, Serialize)]
struct GroupLine {
    group: String,
    name: String,
    server: String,
    state: State,
}

/// Whether the words bring somebody back into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ready,
    Waiting,
    Lacking,
}

impl From<RecoveryState> for State {
    fn from(state: RecoveryState) -> Self {
        match state {
            RecoveryState::Ready => Self::Ready,
            RecoveryState::Waiting => Self::Waiting,
            RecoveryState::Lacking => Self::Lacking,
        }
    }
}

impl Answer for Standing {
    fn text(&self) -> String {
        let words = self.words.as_ref().map(|words| {
            format!(
                "Write these twelve words on paper, in this order, with a server's address. They are not stored here\n\
                 and not shown again; whoever has them can become you in your groups.\n\n    {words}\n\n"
            )
        });
        let line = |group: &GroupLine| {
            let state = match group.state {
                State::Ready => "the words bring you back",
                State::Waiting => "not yet: make them again when the server can be reached",
                State::Lacking => "there are no words for it",
            };
            format!("{} on {}: {state}", plain(&group.name), plain(&group.server))
        };
        let lines: Vec<String> = self.groups.iter().map(line).collect();
        format!("{}{}", words.unwrap_or_default(), lines.join("\n"))
    }
}

#[derive(Debug, Serialize)]
struct Restored {
    groups: Vec<Back>,
    /// What went wrong with the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Back {
    group: String,
    name: String,
    server: String,
}

impl Back {
    fn of(status: &GroupStatus) -> Self {
        Self { group: status.group.to_string(), name: status.name.clone(), server: status.url.clone() }
    }
}

impl Answer for Restored {
    fn text(&self) -> String {
        let note = self.note.as_ref().map(|note| format!("\nNote: {note}")).unwrap_or_default();
        let names: Vec<String> = self.groups.iter().map(|back| plain(&back.name)).collect();
        format!(
            "You are back in {}{note}\nNext: 'members' shows your old devices; take lost ones out with 'remove --device'",
            names.join(", ")
        )
    }
}
