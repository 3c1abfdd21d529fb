//! The loop that lends a Device its disk, its network and its clock.
//!
//! The twin of `server/web/src/device/worker.ts` (step 3 of a change's trail): the same loop in another language. Keep
//! the two alike. After every call on the device its outputs are carried out, in order, until there are none.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use porchlight_device::{Device, Event, Input, LinkId, OpenError, Output, Write};
use porchlight_wire::Timestamp;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::consume_budget;
use tokio::time::sleep;

use crate::link::{Link, Network, Order, Told};
use crate::store::{Outlives, Store, StoreError};

/// A Device at work.
pub struct Runner {
    device: Device,
    store: Store,
    reach: Reach,
    links: BTreeMap<LinkId, Link>,
    inbox: mpsc::Receiver<(LinkId, Told)>,
    /// A copy for each Link; this one also keeps the inbox open while there is none.
    to_inbox: mpsc::Sender<(LinkId, Told)>,
    /// What is known of each server that was tried.
    contacts: BTreeMap<String, Contact>,
    events: VecDeque<Event>,
    wake: Option<Timestamp>,
    /// How much was heard since something was due.
    in_a_row: usize,
    condition: Condition,
}

/// Whether a device may use the network.
#[derive(Clone, Debug)]
pub enum Reach {
    /// It is not to connect: what it wants to send waits on the disk.
    Offline,
    /// It may reach servers like this.
    Online(Network),
}

/// How it went with one server since the device was woken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Whether it has ever said anything.
    pub reached: bool,
    /// Why the last Link to it ended, where something went wrong and it has not spoken since.
    pub trouble: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Sound,
    /// The disk failed: the device knows more than the disk does, so nothing of it may leave any more.
    Broken,
}

impl Runner {
    /// Wakes the device that lives in this store. Inside a tokio runtime, if it may use the network.
    pub fn open(store: Store, reach: Reach) -> Result<Self, RunError> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|_| RunError::Entropy)?;
        let device = Device::open(store.load()?, entropy, now()?)?;
        let (to_inbox, inbox) = mpsc::channel(INBOX);
        let mut runner = Self {
            device,
            store,
            reach,
            links: BTreeMap::new(),
            inbox,
            to_inbox,
            contacts: BTreeMap::new(),
            events: VecDeque::new(),
            wake: None,
            in_a_row: 0,
            condition: Condition::Sound,
        };
        runner.drain()?;
        Ok(runner)
    }

    /// The device, to look at.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How it went with the server at this base address; nothing is known of one that was not tried.
    pub fn contact(&self, server: &str) -> Contact {
        self.contacts.get(server).cloned().unwrap_or_default()
    }

    /// Does something to the device. When this returns, what it did is on the disk and on its way.
    pub fn act<T>(&mut self, f: impl FnOnce(&mut Device, Timestamp) -> T) -> Result<T, RunError> {
        let done = f(&mut self.device, now()?);
        self.drain()?;
        Ok(done)
    }

    /// Runs until the device has something to tell. May be dropped while it waits; nothing is lost by that.
    pub async fn next(&mut self) -> Result<Event, RunError> {
        loop {
            match self.next_now() {
                Some(event) => return Ok(event),
                None => self.turn().await?,
            }
        }
    }

    /// Waits for one thing to happen outside and lets the device deal with it. May be dropped while it waits.
    pub async fn turn(&mut self) -> Result<(), RunError> {
        let now = now()?;
        if self.wake.is_some_and(|wake| wake <= now) {
            // Whatever else wants to run here does so now and then.
            consume_budget().await;
            // What is here already goes first: Records that follow on each other are taken in together.
            if self.in_a_row < INBOX
                && let Ok((link, told)) = self.inbox.try_recv()
            {
                self.in_a_row += 1;
                return self.hear(link, told);
            }
            return self.tick();
        }
        tokio::select! {
            told = self.inbox.recv() => match told {
                Some((link, told)) => self.hear(link, told),
                // Not while `to_inbox` is here.
                None => Err(RunError::Broken),
            },
            () = until(self.wake) => self.tick(),
        }
    }

    /// What the device has told and nobody has asked for yet, without waiting.
    pub fn next_now(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn hear(&mut self, link: LinkId, told: Told) -> Result<(), RunError> {
        // What a Link told before the device hung up is not for a device that has forgotten it.
        let Some(server) = self.links.get(&link).map(|link| link.server().to_owned()) else { return Ok(()) };
        let contact = self.contacts.entry(server).or_default();
        let input = match told {
            Told::Opened => Input::Opened { link },
            Told::Received(frame) => {
                *contact = Contact { reached: true, trouble: None };
                Input::Received { link, frame }
            }
            Told::Done => Input::Closed { link, reason: "all is said".to_owned() },
            Told::Failed(reason) => {
                contact.trouble = Some(reason.clone());
                Input::Closed { link, reason }
            }
        };
        if matches!(input, Input::Closed { .. }) {
            self.links.remove(&link);
        }
        self.device.handle(input, now()?);
        self.drain()?;
        if let Some(link) = self.links.get(&link) {
            link.order(Order::Heard);
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), RunError> {
        // Also before that time by the computer's clock: the clock may have been set, and the device finds out.
        self.wake = None;
        self.in_a_row = 0;
        self.device.handle(Input::Tick, now()?);
        self.drain()
    }

    fn drain(&mut self) -> Result<(), RunError> {
        while self.condition == Condition::Sound {
            let Some(output) = self.device.poll_output() else { return Ok(()) };
            self.carry_out(output)?;
        }
        Err(RunError::Broken)
    }

    fn carry_out(&mut self, output: Output) -> Result<(), RunError> {
        match output {
            // Waits for the disk right here: nothing that follows may happen before it is done.
            Output::Persist(writes) => self.commit(&writes, Outlives::Power)?,
            Output::Keep(writes) => self.commit(&writes, Outlives::Program)?,
            Output::Connect { link, url } => {
                if let Reach::Online(network) = &self.reach {
                    self.links.insert(link, network.connect(link, url, self.to_inbox.clone()));
                }
            }
            Output::Send { link, frame } => {
                if let Some(link) = self.links.get(&link) {
                    link.order(Order::Send(frame));
                }
            }
            Output::Close { link } => {
                self.links.remove(&link);
            }
            Output::WakeAt(time) => self.wake = Some(time),
            Output::Event(event) => self.events.push_back(event),
        }
        Ok(())
    }

    fn commit(&mut self, writes: &[Write], outlives: Outlives) -> Result<(), RunError> {
        let committed = self.store.commit(writes, outlives);
        if committed.is_err() {
            self.condition = Condition::Broken;
            self.links.clear();
        }
        Ok(committed?)
    }
}

/// Sleeps until then, or for a while: a computer that was asleep, or whose clock was set, must look again.
async fn until(wake: Option<Timestamp>) {
    let rest = match (wake, now()) {
        (Some(time), Ok(now)) => Duration::from_millis(time.since(now)),
        _ => LONGEST_SLEEP,
    };
    sleep(rest.min(LONGEST_SLEEP)).await;
}

/// The computer's clock.
fn now() -> Result<Timestamp, RunError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| RunError::Clock)?;
    Ok(Timestamp::from_millis(u64::try_from(since.as_millis()).map_err(|_| RunError::Clock)?))
}

/// Why a device cannot go on. End it; everything that was reported as done is on the disk.
#[derive(Debug, Error)]
pub enum RunError {
    /// The disk failed, or holds something that cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the disk holds makes no device. It was left as it is.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk failed earlier.
    #[error("the device stopped because it could not save")]
    Broken,
    /// The system gives no randomness.
    #[error("the system gives no random numbers")]
    Entropy,
    /// The clock stands before 1970.
    #[error("this computer's clock is wrong")]
    Clock,
}

/// Frames that wait for the device before their Links have to.
const INBOX: usize = 64;

const LONGEST_SLEEP: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use std::path::Path;

    use porchlight_device::{FoundGroup, ServerAddress};
    use porchlight_documents::contacts::{self, Details};
    use porchlight_documents::{DocumentName, Editor};
    use porchlight_wire::{GroupId, ServerKey};

    use super::*;
    use crate::home::{Home, Vacant};

    fn wake(folder: &Path) -> Runner {
        let store = Store::open(Home::open(folder, Vacant::MoveIn).unwrap()).unwrap();
        Runner::open(store, Reach::Offline).unwrap()
    }

    fn found(runner: &mut Runner) -> GroupId {
        let found = FoundGroup {
            name: "Maple Street".into(),
            member_name: "Rosa".into(),
            server: ServerAddress {
                url: "https://porch.example.org".into(),
                key: ServerKey::from_bytes([1; 32]),
            },
            token: None,
            country: None,
            zone: None,
            locale: None,
        };
        runner.act(|device, now| device.found_group(found, now)).unwrap().unwrap()
    }

    fn add(runner: &mut Runner, group: GroupId, note: &str) -> Result<(), RunError> {
        let person = Details { name: "Mrs. Tran".into(), note: note.into(), ..Details::default() };
        let add = |editor: &mut Editor<'_>| contacts::add(editor, person, None);
        runner.act(|device, now| drop(device.edit(group, &DocumentName::contacts(), now, add).unwrap()))
    }

    fn count(runner: &mut Runner, group: GroupId) -> usize {
        let count = |list: &porchlight_documents::Document| contacts::list(list).len();
        runner.act(|device, _| device.read(group, &DocumentName::contacts(), count)).unwrap().unwrap()
    }

    #[test]
    fn what_was_done_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut runner = wake(folder.path());
        let group = found(&mut runner);
        add(&mut runner, group, "").unwrap();
        assert!(runner.next_now().is_some());
        drop(runner);
        assert_eq!(count(&mut wake(folder.path()), group), 1);
    }

    #[test]
    fn a_device_whose_disk_is_full_says_so_and_does_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut runner = wake(folder.path());
        let group = found(&mut runner);
        runner.store.fill_up();
        let long = "ring twice ".repeat(5_000);
        assert!(matches!(add(&mut runner, group, &long), Err(RunError::Store(_))));
        assert!(matches!(add(&mut runner, group, ""), Err(RunError::Broken)));
        drop(runner);
        assert_eq!(count(&mut wake(folder.path()), group), 0);
    }
}
