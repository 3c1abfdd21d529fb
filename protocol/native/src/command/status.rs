//! `status`: where everything stands, as far as this computer knows.

use porchlight_device::{GroupStatus, Problem, Saving, Stage};
use porchlight_wire::Timestamp;
use porchlight_wire::frame::Code;
use serde::Serialize;

use crate::command::desk::Desk;
use crate::command::screen::Answer;
use crate::command::words::{ago, count, plain};
use crate::command::{Failure, RoleName};

/// Prints where every group stands.
pub(crate) fn status(desk: &Desk) -> Result<(), Failure> {
    let mut runner = desk.offline()?;
    let groups = desk.groups(&mut runner)?;
    let now = runner.act(|_, now| now)?;
    desk.show(&Standing::of(&groups, now))
}

/// The answer to `status` and `sync`.
#[derive(Debug, Serialize)]
pub(crate) struct Standing {
    groups: Vec<GroupStanding>,
}

/// Where one group stands. Times are milliseconds since 1970.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupStanding {
    group: String,
    name: String,
    server: String,
    stage: &'static str,
    role: Option<RoleName>,
    saving: &'static str,
    /// Changes that the server has not confirmed.
    waiting: usize,
    position: u64,
    skipped: u32,
    last_sent: Option<u64>,
    /// Since when the server cannot be reached.
    unreachable_since: Option<u64>,
    problem: Option<String>,
    #[serde(skip)]
    now: Timestamp,
}

impl Standing {
    pub(crate) fn of(groups: &[GroupStatus], now: Timestamp) -> Self {
        Self { groups: groups.iter().map(|group| GroupStanding::of(group, now)).collect() }
    }
}

impl GroupStanding {
    pub(crate) fn of(status: &GroupStatus, now: Timestamp) -> Self {
        let unreachable_since = match status.saving {
            Saving::CannotReach { since } => Some(since.millis()),
            Saving::SavedHere | Saving::SavedAndSent => None,
        };
        // A command that does not connect knows nothing of what others did, but it knows what of ours was confirmed.
        let sent = status.waiting == 0 && status.stage == Stage::Active && status.problem.is_none();
        let saving = match (unreachable_since, sent) {
            (Some(_), _) => "cannot_reach",
            (None, true) => "saved_and_sent",
            (None, false) => "saved_here",
        };
        Self {
            group: status.group.to_string(),
            name: status.name.clone(),
            server: status.url.clone(),
            stage: match status.stage {
                Stage::Founding => "founding",
                Stage::Joining => "joining",
                Stage::Active => "active",
            },
            role: status.role.map(RoleName::from),
            saving,
            waiting: status.waiting,
            position: status.position.get(),
            skipped: status.skipped,
            last_sent: status.last_sent.map(Timestamp::millis),
            unreachable_since,
            problem: status.problem.map(problem),
            now,
        }
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let problem = self.problem.as_ref().map(|problem| format!("; {problem}")).unwrap_or_default();
        plain(&format!("{}: {}{problem}", self.name, self.saving_text()))
    }

    fn saving_text(&self) -> String {
        let mut text = match self.saving {
            "cannot_reach" => {
                let since = self.unreachable_since.unwrap_or_default();
                let lost = ago(self.now.millis().saturating_sub(since));
                format!("Cannot reach the group (contact lost {lost}), saved on this computer")
            }
            "saved_and_sent" => "Saved and sent".to_owned(),
            _ => "Saved on this computer".to_owned(),
        };
        if self.waiting > 0 {
            text.push_str(&format!(", {} not sent yet", count(self.waiting as u64, "change")));
        }
        if let Some(time) = self.last_sent {
            text.push_str(&format!(" (last sent {})", ago(self.now.millis().saturating_sub(time))));
        }
        text
    }
}

impl Answer for GroupStanding {
    fn text(&self) -> String {
        let mut text = plain(&self.name);
        if let Some(role) = self.role {
            text.push_str(&format!(" ({})", role.word()));
        }
        match self.stage {
            "joining" => text.push_str("\n  Waiting to be let in; 'sync' asks again"),
            stage => {
                text.push_str(&format!("\n  {}", self.saving_text()));
                if stage == "founding" {
                    text.push_str("\n  The server has not heard of the group yet");
                }
            }
        }
        if let Some(problem) = &self.problem {
            text.push_str(&format!("\n  Attention: {}", plain(problem)));
        }
        if self.skipped > 0 {
            text.push_str(&format!(
                "\n  Passed over: {} that did not fit",
                count(self.skipped.into(), "record")
            ));
        }
        text.push_str(&format!("\n  Server: {}\n  Id: {}", plain(&self.server), self.group));
        text
    }
}

impl Answer for Standing {
    fn text(&self) -> String {
        self.groups.iter().map(Answer::text).collect::<Vec<_>>().join("\n\n")
    }
}

/// What a server's refusal means.
fn refusal(code: Code) -> String {
    match code {
        Code::BAD_TOKEN => "the token is wrong, used up or has run out; ask the host for another".to_owned(),
        Code::GROUPS_CLOSED => "it takes no new groups".to_owned(),
        Code::QUOTA => "its limit for a group is reached".to_owned(),
        Code::TOO_LARGE => "it is too large".to_owned(),
        Code::NOT_ALLOWED => "the role in the group does not allow it".to_owned(),
        Code::CLOCK_JUMPED => "its clock is wrong; the host must look at it".to_owned(),
        Code::STORAGE => "it cannot store anything".to_owned(),
        Code::BUSY => "it has too much to do".to_owned(),
        Code::BAD_PROOF => "it asks to connect anew".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What is wrong, and what a person can do.
pub(crate) fn problem(problem: Problem) -> String {
    match problem {
        Problem::ServerLacksGroup => "the server does not know the group; everything is kept here".to_owned(),
        Problem::OtherHistory => {
            "the server's log is not the one that was read before; everything is kept here".to_owned()
        }
        Problem::OtherServer => {
            "another server answers at the group's address; nothing was sent to it".to_owned()
        }
        Problem::UnsupportedVersion => "the server speaks another version; please update".to_owned(),
        Problem::NotAMember => "the server says that this device is not in the group any more".to_owned(),
        Problem::FoundingRefused(code) => format!("the server did not take the group: {}", refusal(code)),
        Problem::Clone => "another device writes with this device's key; was this folder copied?".to_owned(),
        Problem::EntryRefused(code) => {
            format!("the server refuses what this device wants to send, it is kept: {}", refusal(code))
        }
        Problem::ServerBusy(code) => {
            format!("the server cannot take it at the moment, it is kept: {}", refusal(code))
        }
        Problem::BadKeyBox => {
            "the group's key could not be opened; ask an organizer for a new invitation".to_owned()
        }
    }
}
