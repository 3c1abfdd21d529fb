//! What every command needs: the options, the screen, the device, and the group that is meant.

use std::io::{BufRead, Read};
use std::path::PathBuf;

use porchlight_device::GroupStatus;
use porchlight_native::{Home, Network, Reach, Route, Runner, Store, Trust, Vacant};

use crate::command::screen::{Answer, Screen};
use crate::command::{Failure, Options};

/// The options of this run, and what follows from them.
#[derive(Debug)]
pub(crate) struct Desk {
    options: Options,
    screen: Screen,
}

impl Desk {
    pub(crate) fn new(options: Options) -> Self {
        let screen = if options.json { Screen::Json } else { Screen::Text };
        Self { options, screen }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn show(&self, answer: &impl Answer) -> Result<(), Failure> {
        self.screen.show(answer)
    }

    /// Wakes the device without a network: what it is told waits on the disk.
    pub(crate) fn offline(&self) -> Result<Runner, Failure> {
        self.wake(Vacant::Refuse, Reach::Offline)
    }

    /// Wakes the device with a network.
    pub(crate) fn online(&self) -> Result<Runner, Failure> {
        self.wake(Vacant::Refuse, Reach::Online(self.network()?))
    }

    /// Wakes the device with a network, or makes one where there is none.
    pub(crate) fn online_or_new(&self) -> Result<Runner, Failure> {
        self.wake(Vacant::MoveIn, Reach::Online(self.network()?))
    }

    /// Whose certificates count.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        Ok(Trust::new(self.options.ca_cert.as_deref())?)
    }

    /// What was typed for a secret, or the first line of the input where that was "-".
    pub(crate) fn secret(typed: &str) -> Result<String, Failure> {
        if typed != "-" {
            return Ok(typed.to_owned());
        }
        let mut line = String::new();
        let input = std::io::stdin().lock().take(LONGEST_SECRET).read_line(&mut line);
        input.map_err(|error| Failure::File { verb: "read", path: "the input".into(), error })?;
        Ok(line)
    }

    /// The group that `--group` means, or the only one there is.
    pub(crate) fn group(&self, runner: &mut Runner) -> Result<GroupStatus, Failure> {
        let groups = runner.act(|device, _| device.groups())?;
        match &self.options.group {
            Some(wanted) => named(groups, wanted),
            None => only(groups),
        }
    }

    /// The groups that `--group` means, or all.
    pub(crate) fn groups(&self, runner: &mut Runner) -> Result<Vec<GroupStatus>, Failure> {
        let groups = runner.act(|device, _| device.groups())?;
        match &self.options.group {
            Some(wanted) => Ok(vec![named(groups, wanted)?]),
            None if groups.is_empty() => Err(Failure::NoGroup),
            None => Ok(groups),
        }
    }

    /// One of this device's groups, by its name or the beginning of its id.
    pub(crate) fn named(&self, runner: &mut Runner, wanted: &str) -> Result<GroupStatus, Failure> {
        named(runner.act(|device, _| device.groups())?, wanted)
    }

    fn network(&self) -> Result<Network, Failure> {
        let route = if self.options.http { Route::Requests } else { Route::WebSocket };
        Ok(Network::new(self.trust()?, route))
    }

    fn wake(&self, vacant: Vacant, reach: Reach) -> Result<Runner, Failure> {
        let home = Home::open(&self.home()?, vacant)?;
        Ok(Runner::open(Store::open(home)?, reach)?)
    }

    fn home(&self) -> Result<PathBuf, Failure> {
        match &self.options.home {
            Some(home) => Ok(home.clone()),
            None => Ok(std::env::home_dir().ok_or(Failure::NoHome)?.join(".porchlight")),
        }
    }
}

fn only(mut groups: Vec<GroupStatus>) -> Result<GroupStatus, Failure> {
    match (groups.pop(), groups.is_empty()) {
        (Some(group), true) => Ok(group),
        (None, _) => Err(Failure::NoGroup),
        (Some(last), false) => Err(Failure::WhichGroup(names(groups.iter().chain([&last])))),
    }
}

/// By name in any case, or by the beginning of the id.
fn named(groups: Vec<GroupStatus>, wanted: &str) -> Result<GroupStatus, Failure> {
    let all = names(&groups);
    let fold = |text: &str| text.trim().to_lowercase();
    let wanted = fold(wanted);
    let is_id = wanted.len() >= SHORTEST_ID;
    let meant = |group: &GroupStatus| {
        fold(&group.name) == wanted || (is_id && group.group.to_string().starts_with(&wanted))
    };
    let mut found: Vec<GroupStatus> = groups.into_iter().filter(meant).collect();
    match (found.pop(), found.is_empty()) {
        (Some(group), true) => Ok(group),
        (None, _) => Err(Failure::NoSuchGroup { wanted, all }),
        (Some(_), false) => Err(Failure::WhichGroup(all)),
    }
}

/// As in "Calle Ocho (3f2a90bc), Elm Street (71c0aa2e)".
fn names<'a>(groups: impl IntoIterator<Item = &'a GroupStatus>) -> String {
    let name = |group: &GroupStatus| format!("{} ({})", group.name, group.group.to_string().split_at(8).0);
    groups.into_iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A beginning of an id that is shorter could be a word.
pub(crate) const SHORTEST_ID: usize = 4;

const LONGEST_SECRET: u64 = 64 * 1024;
