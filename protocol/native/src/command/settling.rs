//! Waiting until groups are in step with their servers: everything sent, everything fetched.

use std::collections::BTreeMap;

use porchlight_device::{Event, GroupStatus, RecoveryState, RosterAct, Stage};
use porchlight_native::Runner;
use porchlight_wire::GroupId;
use porchlight_wire::frame::Code;
use tokio::time::{Instant, timeout_at};

use crate::command::Failure;
use crate::command::desk::Desk;
use crate::command::status::problem;

/// What became of the groups that were waited for.
#[derive(Debug)]
pub(crate) struct Settled {
    /// Those that are still here, as they stand.
    pub(crate) groups: Vec<GroupStatus>,
    /// Changes of who is in that were given up, and why.
    pub(crate) given_up: Vec<(RosterAct, Code)>,
    /// The first thing that went wrong, if one did.
    pub(crate) failure: Option<Failure>,
}

impl Settled {
    /// Nothing, or what went wrong.
    pub(crate) fn complete(self) -> Result<Vec<GroupStatus>, Failure> {
        match self.failure {
            None => Ok(self.groups),
            Some(failure) => Err(failure),
        }
    }
}

/// Connects, and waits until each of these groups is in step or cannot be.
pub(crate) async fn settle(desk: &Desk, runner: &mut Runner, wanted: &[GroupId]) -> Result<Settled, Failure> {
    let deadline = Instant::now() + desk.options().patience();
    let mut refused = BTreeMap::new();
    let mut given_up = Vec::new();
    runner.act(porchlight_device::Device::connect)?;
    loop {
        while let Some(event) = runner.next_now() {
            match event {
                Event::JoinFailed { group, reason } => drop(refused.insert(group, reason)),
                Event::RosterRefused { act, code, .. } => given_up.push((act, code)),
                _ => {}
            }
        }
        let groups = status_of(runner, wanted)?;
        let answers = groups.iter().map(|group| verdict(group, runner));
        let open = answers.clone().any(|verdict| matches!(verdict, Verdict::Waiting));
        let failed = answers.filter_map(Verdict::failure).next();
        let failed = refused.values().next().map(|reason| Failure::NotLetIn(*reason)).or(failed);
        if !open {
            return Ok(Settled { groups, given_up, failure: failed });
        }
        match timeout_at(deadline, runner.turn()).await {
            Ok(turned) => turned?,
            Err(_) => {
                let late = groups.iter().find(|group| !is_in_step(group)).map(|group| late(group, runner));
                return Ok(Settled { failure: failed.or(late), given_up, groups });
            }
        }
    }
}

/// Waits for what a server answers to something that was just asked.
pub(crate) async fn answered<T>(
    desk: &Desk,
    runner: &mut Runner,
    mut read: impl FnMut(&Event) -> Option<T>,
) -> Result<T, Failure> {
    let deadline = Instant::now() + desk.options().patience();
    loop {
        while let Some(event) = runner.next_now() {
            if let Some(answer) = read(&event) {
                return Ok(answer);
            }
        }
        timeout_at(deadline, runner.turn())
            .await
            .map_err(|_| Failure::Usage("the server did not answer in time".to_owned()))??;
    }
}

/// Whether everything of the group is sent and fetched.
pub(crate) fn is_in_step(group: &GroupStatus) -> bool {
    let nothing_more = group.stage == Stage::Active && group.current && group.waiting == 0;
    // Who waits for an organizer's word has said everything there is to say.
    nothing_more || group.stage == Stage::Waiting
}

fn status_of(runner: &mut Runner, wanted: &[GroupId]) -> Result<Vec<GroupStatus>, Failure> {
    let mut groups = runner.act(|device, _| device.groups())?;
    groups.retain(|group| wanted.contains(&group.group));
    Ok(groups)
}

enum Verdict {
    InStep,
    Waiting,
    Failed(Failure),
}

impl Verdict {
    fn failure(self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::InStep | Self::Waiting => None,
        }
    }
}

/// A problem is final for this run. So is a server that did not say a word: trying again is for the next run. One
/// that spoke and then broke off is given time to come back.
fn verdict(group: &GroupStatus, runner: &Runner) -> Verdict {
    let contact = runner.contact(&group.url);
    if is_in_step(group) {
        // Recovery words may not be relied on before their list is with the server: it is on its way.
        let words = (group.group, RecoveryState::Waiting);
        if runner.device().recovery().contains(&words) { Verdict::Waiting } else { Verdict::InStep }
    } else if let Some(what) = group.problem {
        Verdict::Failed(Failure::Problem { group: group.name.clone(), what: problem(what) })
    } else if let Some(why) = contact.trouble.filter(|_| !contact.reached) {
        Verdict::Failed(Failure::NotReached { server: group.url.clone(), why, kept: kept(group) })
    } else {
        Verdict::Waiting
    }
}

fn late(group: &GroupStatus, runner: &Runner) -> Failure {
    match runner.contact(&group.url).trouble {
        Some(why) => Failure::NotReached { server: group.url.clone(), why, kept: kept(group) },
        None => Failure::Late { group: group.name.clone(), kept: kept(group) },
    }
}

/// What is safe although the server did not confirm it.
fn kept(group: &GroupStatus) -> &'static str {
    match group.stage {
        Stage::Joining | Stage::Waiting => "the invitation is kept, and 'sync' tries again",
        Stage::Founding | Stage::Active => "everything is saved here",
    }
}
