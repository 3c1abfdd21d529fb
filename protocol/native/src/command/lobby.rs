//! `lobby` and `held`: who waits to be let in, and what waits of those who were taken out.

use porchlight_device::{Event, HeldView, WaitingView};
use porchlight_native::Runner;
use porchlight_wire::roster::Role;
use porchlight_wire::{GroupId, MemberId};
use serde::Serialize;

use crate::command::desk::{Desk, SHORTEST_ID};
use crate::command::roles::finish;
use crate::command::screen::Answer;
use crate::command::settling::{answered, settle};
use crate::command::words::{ago, count, plain};
use crate::command::{Failure, Held, Lobby};

/// Lists who waits, vouches, lets in or sends away.
pub(crate) async fn run(desk: &Desk, wanted: Lobby) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let id = group.group;
    settle(desk, &mut runner, &[id]).await?.complete()?;
    runner.act(|device, now| device.ask_lobby(id, now))??;
    answer(desk, &mut runner, is_lobby).await?;
    let all = runner.act(|device, _| device.lobby(id).map(<[WaitingView]>::to_vec))??;
    let text = match wanted {
        Lobby::List => return show(desk, &mut runner, id, &all),
        Lobby::Admit { who } => {
            let one = pick(&all, &who)?;
            runner.act(|device, now| device.admit(id, one.device, now))??;
            format!("{} is in", plain(&one.name))
        }
        Lobby::Vouch { who } => {
            let one = pick(&all, &who)?;
            runner.act(|device, now| device.vouch(id, one.device, now))??;
            answer(desk, &mut runner, is_lobby).await?;
            format!("You vouched for {}", plain(&one.name))
        }
        Lobby::Refuse { who } => {
            let one = pick(&all, &who)?;
            runner.act(|device, now| device.refuse(id, one.device, now))??;
            answer(desk, &mut runner, is_lobby).await?;
            format!("You sent {} away", plain(&one.name))
        }
    };
    finish(desk, &mut runner, &group, text).await
}

/// Lists what is held, lets it in or decides against it.
pub(crate) async fn held(desk: &Desk, wanted: Held) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let id = group.group;
    settle(desk, &mut runner, &[id]).await?.complete()?;
    let members = runner.act(|device, _| device.members(id))??;
    // The server tells nobody else, and would not say so.
    if !members.iter().any(|member| member.is_self && member.role == Role::Organizer) {
        return Err(Failure::Usage("only organizers see what is held".to_owned()));
    }
    runner.act(|device, now| device.ask_held(id, now))??;
    answer(desk, &mut runner, is_held).await?;
    let all = runner.act(|device, _| device.held(id).map(<[HeldView]>::to_vec))??;
    let mut lines = Vec::new();
    for view in &all {
        lines.push(Work::of(view, name(&mut runner, id, view.member)?));
    }
    let pick = |who: &str| {
        let who = who.trim().to_lowercase();
        let fits = |work: &Work| {
            work.name.to_lowercase() == who || (who.len() >= SHORTEST_ID && work.device.starts_with(&who))
        };
        let found = lines.iter().zip(&all).find(|(work, _)| fits(work));
        found.map(|(_, view)| view.device).ok_or_else(|| {
            Failure::Usage(format!("nothing is held of '{}'; 'held' lists what is", plain(&who)))
        })
    };
    match wanted {
        Held::List => desk.show(&HeldWork { group: id.to_string(), held: lines }),
        Held::Accept { who } => {
            let device = pick(&who)?;
            runner.act(|it, now| it.accept_held(id, device, now))??;
            finish(desk, &mut runner, &group, "It is in".to_owned()).await
        }
        Held::Discard { who } => {
            let device = pick(&who)?;
            runner.act(|it, now| it.discard_held(id, device, now))??;
            answer(desk, &mut runner, is_held).await?;
            finish(desk, &mut runner, &group, "It is not taken; its author keeps it".to_owned()).await
        }
    }
}

fn is_lobby(event: &Event) -> bool {
    matches!(event, Event::LobbyChanged { .. })
}

fn is_held(event: &Event) -> bool {
    matches!(event, Event::HeldChanged { .. })
}

/// Waits for the server's answer.
async fn answer(desk: &Desk, runner: &mut Runner, is_it: fn(&Event) -> bool) -> Result<(), Failure> {
    answered(desk, runner, |event| is_it(event).then_some(())).await
}

fn pick(all: &[WaitingView], who: &str) -> Result<WaitingView, Failure> {
    let who = who.trim().to_lowercase();
    let fits = |view: &&WaitingView| {
        view.name.to_lowercase() == who
            || (who.len() >= SHORTEST_ID && view.device.to_string().starts_with(&who))
    };
    let mut found = all.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.clone()),
        (None, _) => {
            Err(Failure::Usage(format!("nobody called '{}' waits; 'lobby' lists who does", plain(&who))))
        }
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "several called '{}' wait; say the beginning of the device's id",
            plain(&who)
        ))),
    }
}

fn name(runner: &mut Runner, group: GroupId, member: MemberId) -> Result<String, Failure> {
    Ok(runner.act(|device, _| device.member_name(group, &member))?.unwrap_or_default())
}

fn show(desk: &Desk, runner: &mut Runner, group: GroupId, all: &[WaitingView]) -> Result<(), Failure> {
    let now = runner.act(|_, now| now.millis())?;
    let mut waiting = Vec::new();
    for view in all {
        let mut vouched = Vec::new();
        for member in &view.vouched {
            vouched.push(name(runner, group, *member)?);
        }
        waiting.push(Newcomer {
            device: view.device.to_string(),
            name: view.name.clone(),
            words: view.words.clone(),
            time: view.time.millis(),
            vouched,
            needed: view.needed,
            now,
        });
    }
    desk.show(&Waiting { group: group.to_string(), waiting })
}

#[derive(Debug, Serialize)]
struct Waiting {
    group: String,
    waiting: Vec<Newcomer>,
}

#[derive(Debug, Serialize)]
struct Newcomer {
    device: String,
    name: String,
    words: String,
    /// Milliseconds since 1970, by the server's clock.
    time: u64,
    /// Who vouched.
    vouched: Vec<String>,
    /// How many must.
    needed: u8,
    #[serde(skip)]
    now: u64,
}

impl Answer for Waiting {
    fn text(&self) -> String {
        if self.waiting.is_empty() {
            return "Nobody waits".to_owned();
        }
        let line = |one: &Newcomer| {
            let words = if one.words.is_empty() { String::new() } else { format!(": {}", plain(&one.words)) };
            let vouched = if one.needed == 0 {
                String::new()
            } else {
                format!(", vouched for by {} of {}", one.vouched.len(), one.needed)
            };
            let (id, asked) = (shown(&one.device), ago(one.now.saturating_sub(one.time)));
            format!("{} ({id}), asked {asked}{vouched}{words}", plain(&one.name))
        };
        self.waiting.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[derive(Debug, Serialize)]
struct HeldWork {
    group: String,
    held: Vec<Work>,
}

#[derive(Debug, Serialize)]
struct Work {
    device: String,
    name: String,
    changes: usize,
    documents: Vec<String>,
}

impl Work {
    fn of(view: &HeldView, name: String) -> Self {
        let HeldView { device, changes, documents, .. } = view;
        Self { device: device.to_string(), name, changes: *changes, documents: documents.clone() }
    }
}

impl Answer for HeldWork {
    fn text(&self) -> String {
        if self.held.is_empty() {
            return "Nothing is held".to_owned();
        }
        let line = |work: &Work| {
            let (id, what) = (shown(&work.device), plain(&work.documents.join(", ")));
            format!("{} ({id}): {} ({what})", plain(&work.name), count(work.changes as u64, "change"))
        };
        self.held.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn shown(device: &str) -> &str {
    device.get(..12).unwrap_or(device)
}
