//! `status`: where everything stands, as far as this computer knows.

use porchlight_device::{
    AsideReason, DepartureView, ForkReason, GroupStatus, LeftWork, Problem, Saving, Stage,
};
use porchlight_native::Runner;
use porchlight_wire::frame::Code;
use porchlight_wire::{GroupId, MemberId, Position, Timestamp};
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
    let mut standing = Standing::of(&groups, now);
    for (group, line) in groups.iter().zip(&mut standing.groups) {
        line.look_closer(&mut runner, group.group)?;
    }
    desk.show(&standing)
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
    /// Entries of others that came by hand and that the server has not confirmed.
    carried: usize,
    position: u64,
    skipped: u32,
    /// Changes that only a later version can show.
    later: usize,
    /// Which records were set aside.
    set_aside: Vec<Remark>,
    /// Who says that they saw another history of the group.
    forks: Vec<Remark>,
    /// Records that the server had lost and took back from phones.
    put_back: u32,
    /// Up to which record the newest snapshot stands for the log.
    snapshot: Option<u64>,
    /// The same, of the newest that an organizer's other device has endorsed.
    endorsed: Option<u64>,
    objected: bool,
    forgotten: usize,
    last_sent: Option<u64>,
    /// Since when the server cannot be reached.
    unreachable_since: Option<u64>,
    /// Entries that wait for a key of the group.
    parked: usize,
    /// How this device went, if it is not in the group any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    departure: Option<Departure>,
    problem: Option<String>,
    #[serde(skip)]
    now: Timestamp,
}

/// How this device went out of the group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Departure {
    by_self: bool,
    /// Whether the member is still in, with another device.
    member_stays: bool,
    /// Who did it, where the name is known.
    name: Option<String>,
    #[serde(skip)]
    by: Option<MemberId>,
    /// Milliseconds since 1970, by the server's clock.
    time: u64,
    /// "nothing", "here", "held" or "discarded": what was written here and had not reached the others.
    work: &'static str,
}

impl Departure {
    fn of(view: &DepartureView) -> Self {
        let work = match view.work {
            LeftWork::Nothing => "nothing",
            LeftWork::Here => "here",
            LeftWork::Held => "held",
            LeftWork::Discarded => "discarded",
        };
        let DepartureView { by_self, member_stays, by, time, .. } = *view;
        Self { by_self, member_stays, name: None, by, time: time.millis(), work }
    }

    fn text(&self) -> String {
        let who = self.name.as_deref().unwrap_or("an organizer");
        let what = match (self.by_self, self.member_stays) {
            (true, true) => "You took this device out of the group".to_owned(),
            (true, false) => "You left the group".to_owned(),
            (false, true) => format!("{who} took this device out of the group"),
            (false, false) => format!("{who} took you out of the group"),
        };
        let work = match self.work {
            "here" => "; what was not sent is kept here ('bundle export' writes it to a file)",
            "held" => "; what was not sent waits until an organizer decides about it",
            "discarded" => "; an organizer decided against what was not sent, it is kept here",
            _ => "",
        };
        format!("{what}{work}")
    }
}

/// Something to know about a place in the log, and who it comes from.
#[derive(Debug, Serialize)]
struct Remark {
    position: u64,
    time: u64,
    by: Option<String>,
    reason: &'static str,
}

fn aside_word(reason: AsideReason) -> &'static str {
    match reason {
        AsideReason::Roster => "a change of the members that breaks a rule",
        AsideReason::Author => "its author may not write",
        AsideReason::Sequence => "it does not follow what its author wrote before",
        AsideReason::Unreadable => "it cannot be opened or read",
        AsideReason::Change => "a change in it does not fit",
        AsideReason::Dependency => "it builds on something that the group does not have",
        AsideReason::Authorship => "somebody else made what is in it",
        AsideReason::Quarantined => "this device crashed on it twice",
    }
}

fn fork_word(reason: ForkReason) -> &'static str {
    match reason {
        ForkReason::Chain => "other records",
        ForkReason::Ahead => "more records than there were",
        ForkReason::Roster => "another list of members",
    }
}

/// Of many records that were set aside so many are printed, the newest.
const SHOWN: usize = 5;

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
                Stage::Waiting => "waiting",
                Stage::Active => "active",
            },
            role: status.role.map(RoleName::from),
            saving,
            waiting: status.waiting,
            carried: status.carried,
            position: status.position.get(),
            skipped: status.skipped,
            later: status.later,
            set_aside: Vec::new(),
            forks: Vec::new(),
            put_back: status.put_back,
            snapshot: status.snapshots.newest.map(|position| position.get()),
            endorsed: status.snapshots.endorsed.map(|position| position.get()),
            objected: status.snapshots.objected,
            forgotten: status.snapshots.forgotten,
            last_sent: status.last_sent.map(Timestamp::millis),
            unreachable_since,
            parked: status.parked,
            departure: status.departure.as_ref().map(Departure::of),
            problem: status.problem.map(problem),
            now,
        }
    }

    /// Adds what is only worth a look when somebody asks.
    fn look_closer(&mut self, runner: &mut Runner, group: GroupId) -> Result<(), Failure> {
        let (members, aside, forks) =
            runner.act(|device, _| (device.members(group), device.set_aside(group), device.forks(group)))?;
        let members = members?;
        if let Some(departure) = &mut self.departure {
            departure.name =
                runner.act(|device, _| departure.by.and_then(|by| device.member_name(group, &by)))?;
        }
        let remark = |position: Position, time: Timestamp, by: Option<MemberId>, reason| Remark {
            position: position.get(),
            time: time.millis(),
            by: members.iter().find(|member| Some(member.id) == by).map(|member| member.name.clone()),
            reason,
        };
        let aside =
            aside?.into_iter().map(|one| remark(one.position, one.time, one.member, aside_word(one.reason)));
        let forks =
            forks?.into_iter().map(|one| remark(one.position, one.time, one.member, fork_word(one.reason)));
        (self.set_aside, self.forks) = (aside.collect(), forks.collect());
        Ok(())
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
            "joining" | "waiting" => text.push_str("\n  Waiting to be let in; 'sync' asks again"),
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
        if let Some(departure) = &self.departure {
            text.push_str(&format!("\n  {}", plain(&departure.text())));
        }
        if self.parked > 0 {
            text.push_str(&format!(
                "\n  Waiting for the group's key: {}",
                count(self.parked as u64, "record")
            ));
        }
        if self.carried > 0 {
            text.push_str(&format!("\n  Carried for others: {}", count(self.carried as u64, "change")));
        }
        if self.skipped > 0 {
            text.push_str(&format!(
                "\n  Set aside: {} that did not fit",
                count(self.skipped.into(), "record")
            ));
        }
        if self.later > 0 {
            text.push_str(&format!(
                "\n  Of a later version: {}, kept and passed on; update to see what they hold",
                count(self.later as u64, "change")
            ));
        }
        if self.put_back > 0 {
            text.push_str(&format!(
                "\n  The server had old data; {} put back from phones",
                if self.put_back == 1 {
                    "1 change was".to_owned()
                } else {
                    format!("{} changes were", self.put_back)
                }
            ));
        }
        if let Some(snapshot) = self.snapshot {
            let word = match (self.objected, self.endorsed == Some(snapshot)) {
                (true, _) => "somebody found it wrong",
                (false, true) => "endorsed",
                (false, false) => "waits for an organizer's other device",
            };
            text.push_str(&format!("\n  Snapshot: up to record {snapshot}, {word}"));
        }
        if self.forgotten > 0 {
            text.push_str(&format!("\n  Forgotten for good: {}", count(self.forgotten as u64, "document")));
        }
        for Remark { position, by, reason, .. } in self.set_aside.iter().rev().take(SHOWN) {
            let by = by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
            text.push_str("\n    ");
            text.push_str(&plain(&format!("record {position}{by}: {reason}")));
        }
        for Remark { by, reason, .. } in &self.forks {
            let by = by.as_deref().unwrap_or("Somebody");
            text.push_str("\n  ");
            text.push_str(&plain(&format!(
                "Attention: {by} was shown another history of the group by the server: {reason}"
            )));
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
        Problem::NotTaken(code) => format!(
            "the server did not take the group: {}; everything is kept here, and an organizer can bring it there with \
             'move-to' and another start link",
            refusal(code)
        ),
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
        Problem::NoSnapshot => {
            "the server has dropped old records and has no good snapshot; everything is kept here".to_owned()
        }
        Problem::BadKeyBox => {
            "the group's new key cannot be opened on this device; what is written here is kept; ask an organizer to \
             change the key again"
                .to_owned()
        }
        Problem::NoKeyYet => {
            "the group's new key has not come yet; it comes from another member's device, and what is written here \
             is kept"
                .to_owned()
        }
        Problem::Removed => "this device is not in the group any more; what it had is still readable".to_owned(),
    }
}
