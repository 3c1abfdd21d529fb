//! `circles`: smaller groups inside the group, listed in it and founded from it.

use clap::{Args, Subcommand};
use porchlight_device::{ActError, CircleStanding, CircleView, GroupStatus, Token};
use porchlight_documents::index::Circle;
use porchlight_native::{About, Runner};
use porchlight_wire::GroupId;
use serde::Serialize;

use crate::command::Failure;
use crate::command::desk::{Desk, SHORTEST_ID};
use crate::command::founding::server_key;
use crate::command::roles::finish;
use crate::command::screen::Answer;
use crate::command::settling::settle;
use crate::command::words::{count, plain};

#[derive(Debug, Subcommand)]
pub(crate) enum Circles {
    /// Print the circles, and which of them this device is in
    List,
    /// Make a circle: a group of its own on the same server, in which only you are at first; organizers only
    Add(Add),
    /// Call a circle something else, or say what it is for; organizers only
    Rename(Rename),
    /// Take a circle off the list; the circle itself goes on as it is. Organizers only
    Remove {
        /// Its name, or the beginning of its id
        circle: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is called
    name: String,
    /// What it is for, in one line
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    purpose: String,
    /// The token, or the whole start link, where the server wants one for new groups; "-" reads it from the input
    #[arg(long, value_name = "TOKEN|LINK", allow_hyphen_values = true, conflicts_with = "existing")]
    token: Option<String>,
    /// List this group, in which you are already, instead of founding one
    #[arg(long, value_name = "NAME|ID")]
    existing: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// Its name, or the beginning of its id
    circle: String,
    /// What it is called from now on
    name: String,
    /// What it is for, in one line; what was said before stays without this
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
}

/// Carries it out.
pub(crate) async fn run(desk: &Desk, wanted: Circles) -> Result<(), Failure> {
    match wanted {
        Circles::List => list(desk),
        Circles::Add(wanted) => add(desk, wanted).await,
        Circles::Rename(wanted) => rename(desk, wanted).await,
        Circles::Remove { circle } => remove(desk, &circle).await,
    }
}

fn list(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.offline()?;
    let group = desk.group(&mut runner)?.group;
    let circles = runner.act(|device, _| device.circles(group))??;
    desk.show(&Listed { group: group.to_string(), circles: circles.iter().map(Line::of).collect() })
}

async fn add(desk: &Desk, wanted: Add) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let circle = Circle { name: wanted.name, purpose: wanted.purpose };
    let id = match &wanted.existing {
        Some(existing) => {
            let id = desk.named(&mut runner, existing)?.group;
            runner.act(|device, now| device.list_circle(group.group, id, &circle, None, now))??;
            id
        }
        None => found(desk, &mut runner, &group, &circle, wanted.token.as_deref()).await?,
    };
    let settled = settle(desk, &mut runner, &[group.group, id]).await?;
    let note = settled.failure.map(|failure| format!("the circle is saved here, not sent yet: {failure}"));
    desk.show(&Added {
        group: group.group.to_string(),
        circle: id.to_string(),
        name: circle.name.trim().to_owned(),
        sent: note.is_none(),
        note,
    })
}

async fn found(
    desk: &Desk,
    runner: &mut Runner,
    group: &GroupStatus,
    circle: &Circle,
    token: Option<&str>,
) -> Result<GroupId, Failure> {
    let token = token.map(Desk::secret).transpose()?;
    let parsed = token.as_deref().map(Token::parse).transpose().map_err(ActError::from)?;
    let about = About::fetch(&group.url.parse()?, &desk.trust()?).await;
    server_key(about, parsed.as_ref())?;
    Ok(runner.act(|device, now| device.found_circle(group.group, circle, token, now))??)
}

async fn rename(desk: &Desk, wanted: Rename) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let before = meant(&mut runner, group.group, &wanted.circle)?;
    let circle = Circle { name: wanted.name, purpose: wanted.purpose.unwrap_or(before.purpose) };
    runner.act(|device, now| device.list_circle(group.group, before.id, &circle, None, now))??;
    let text = format!("{} is now called {}", plain(&before.name), plain(circle.name.trim()));
    finish(desk, &mut runner, &group, text).await
}

async fn remove(desk: &Desk, wanted: &str) -> Result<(), Failure> {
    let mut runner = desk.online()?;
    let group = desk.group(&mut runner)?;
    let circle = meant(&mut runner, group.group, wanted)?;
    runner.act(|device, now| device.drop_circle(group.group, circle.id, now))??;
    let text = format!("{} is off the list; the circle itself goes on", plain(&circle.name));
    finish(desk, &mut runner, &group, text).await
}

/// The circle that is meant, by name or by the beginning of the id.
fn meant(runner: &mut Runner, group: GroupId, wanted: &str) -> Result<CircleView, Failure> {
    let circles = runner.act(|device, _| device.circles(group))??;
    let wanted = wanted.trim().to_lowercase();
    let is_meant = |circle: &CircleView| {
        circle.name.to_lowercase() == wanted
            || (wanted.len() >= SHORTEST_ID && circle.id.to_string().starts_with(&wanted))
    };
    let mut fitting = circles.into_iter().filter(is_meant);
    match (fitting.next(), fitting.next()) {
        (Some(circle), None) => Ok(circle),
        (None, _) => Err(Failure::Usage(format!("no circle is called '{}'", plain(&wanted)))),
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "several circles are called '{}'; say the beginning of an id",
            plain(&wanted)
        ))),
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    group: String,
    circles: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    name: String,
    purpose: String,
    /// "in", "asked" or "out".
    standing: &'static str,
    /// How many are in it, where this device is.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<usize>,
}

impl Line {
    fn of(view: &CircleView) -> Self {
        let (standing, members) = match view.standing {
            CircleStanding::In { members } => ("in", Some(members)),
            CircleStanding::OnTheWay => ("asked", None),
            CircleStanding::Outside => ("out", None),
        };
        let (name, purpose) = (view.name.clone(), view.purpose.clone());
        Self { id: view.id.to_string(), name, purpose, standing, members }
    }
}

impl Answer for Listed {
    fn text(&self) -> String {
        if self.circles.is_empty() {
            return "No circles: everybody in the group sees everything".to_owned();
        }
        let line = |circle: &Line| {
            let purpose = match circle.purpose.as_str() {
                "" => String::new(),
                purpose => format!(": {}", plain(purpose)),
            };
            let standing = match (circle.standing, circle.members) {
                ("in", Some(1)) => "you are in it, 1 person".to_owned(),
                ("in", members) => format!("you are in it, {} people", members.unwrap_or_default()),
                ("asked", _) => "you asked to come in".to_owned(),
                _ => "you are not in it; ask an organizer".to_owned(),
            };
            let id = circle.id.get(..8).unwrap_or_default();
            format!("{}{purpose} ({standing}; {id})", plain(&circle.name))
        };
        let number = count(self.circles.len() as u64, "circle");
        let lines: Vec<_> = self.circles.iter().map(line).collect();
        format!("{number}\n{}", lines.join("\n"))
    }
}

#[derive(Debug, Serialize)]
struct Added {
    group: String,
    circle: String,
    name: String,
    /// Whether the server has it.
    sent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Answer for Added {
    fn text(&self) -> String {
        let note = self.note.as_ref().map(|note| format!("Note: {note}\n")).unwrap_or_default();
        let id = self.circle.get(..8).unwrap_or_default();
        format!(
            "Added the circle {}\n{note}Next: 'invite --group {id}' makes a link for those who are to be in it",
            plain(&self.name)
        )
    }
}
