//! The world of a run: phones, servers and the lines between them, in virtual time. Everything that happens stands in
//! one queue, and what is left to chance is drawn in that order: the same seed is the same run.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_device::{Device, FoundGroup, Input, InviteOptions, LinkId, Output, ServerAddress, Write};
use porchlight_wire::{GroupId, Timestamp};

use crate::chance::{Chance, Concern};
use crate::host::Host;
use crate::liar::Liar;
use crate::line::{End, Line, Quality, Way};
use crate::model::Model;
use crate::phone::{Disk, Phone};
use crate::sabotage::{Sabotage, Saboteur};

/// When every run begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// What all names and texts hold, and no frame may.
pub(crate) const CANARY: &str = "Kanarienvogel";

/// So much may wait at once, and a phone may wake so often while no time passes.
const MOST_HAPPENINGS: usize = 4_000;
const MOST_WAKES: u32 = 2_000;
const MOST_OUTPUTS: usize = 2_000;

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation(pub(crate) String);

pub(crate) type Outcome<T = ()> = Result<T, Violation>;

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A phone's call reaches the server.
    Calls {
        line: u64,
    },
    /// The phone hears that the line stands.
    Stands {
        end: End,
    },
    Frame {
        line: u64,
        way: Way,
        frame: Vec<u8>,
    },
    /// The phone hears that the line is gone, or never was.
    PhoneNotices {
        end: End,
    },
    HostNotices {
        line: u64,
    },
    Wake {
        phone: usize,
        at: Timestamp,
    },
    Start {
        phone: usize,
        run: u32,
    },
    Commit {
        host: usize,
    },
    Tell {
        host: usize,
    },
    HostStarts {
        host: usize,
    },
}

/// What was done, for the summary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) steps: u64,
    pub(crate) happenings: u64,
    pub(crate) frames: u64,
    pub(crate) checks: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(crate) fn fault(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.happenings += other.happenings;
        self.frames += other.frames;
        self.checks += other.checks;
        other.faults.iter().for_each(|(kind, count)| *self.faults.entry(kind).or_default() += count);
    }
}

/// Everything.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) queue: BTreeMap<(Timestamp, u64), Happening>,
    serial: u64,
    network: Chance,
    entropy: Chance,
    power: Chance,
    pub(crate) hosts: Vec<Host>,
    pub(crate) phones: Vec<Phone>,
    pub(crate) lines: BTreeMap<u64, Line>,
    pub(crate) group: GroupId,
    pub(crate) model: Model,
    pub(crate) counts: Counts,
    pub(crate) liar: Liar,
    pub(crate) saboteur: Option<Saboteur>,
    /// Hosts whose next commit, or telling, stands in the queue.
    pub(crate) committing: BTreeSet<usize>,
    /// A fingerprint of everything that happened.
    pub(crate) trace: u64,
    pub(crate) folder: tempfile::TempDir,
}

impl World {
    /// A group on the first server, with this many phones in it, all in step.
    pub(crate) fn new(seed: u64, phones: u8, sabotage: Option<Sabotage>) -> Outcome<Self> {
        let folder = match tempfile::tempdir_in("/dev/shm") {
            Ok(folder) => folder,
            Err(_) => tempfile::tempdir().unwrap(),
        };
        let host = |number: u8, file: &str| {
            Host::new(&format!("https://{number}.example.org"), number, folder.path().join(file))
        };
        // The third says that it is the first, where there are two histories.
        let hosts = vec![host(1, "server-1"), host(2, "server-2"), host(1, "twin")];
        let mut world = Self {
            now: START,
            queue: BTreeMap::new(),
            serial: 0,
            network: Chance::new(seed, Concern::Network),
            entropy: Chance::new(seed, Concern::Entropy),
            power: Chance::new(seed, Concern::Power),
            hosts,
            phones: Vec::new(),
            lines: BTreeMap::new(),
            group: GroupId::from_bytes([0; 32]),
            model: Model::default(),
            counts: Counts::default(),
            liar: Liar::default(),
            saboteur: sabotage.map(|sabotage| Saboteur::new(sabotage, seed)),
            committing: BTreeSet::new(),
            trace: 0,
            folder,
        };
        world.start_host(0);
        world.start_host(1);
        world.phones.push(Phone::new(Quality::GOOD));
        world.start_phone(0)?;
        let found = FoundGroup {
            name: format!("{CANARY} Street"),
            member_name: format!("{CANARY} Rosa"),
            server: world.address(0),
            token: None,
            country: None,
            zone: None,
            locale: None,
        };
        let now = world.now;
        let device = world.phones[0].device.as_mut().unwrap();
        world.group = device.found_group(found, now).unwrap();
        world.drain(0)?;
        world.pass(1_000)?;
        for _ in 1..phones {
            world.invite()?;
            world.pass(2_000)?;
        }
        Ok(world)
    }

    pub(crate) fn address(&self, host: usize) -> ServerAddress {
        let host = &self.hosts[host];
        ServerAddress { url: host.url.clone(), key: host.identity.public() }
    }

    /// A newcomer with a new phone, if an organizer's phone is on.
    pub(crate) fn invite(&mut self) -> Outcome {
        let number = self.phones.len();
        self.phones.push(Phone::new(Quality::GOOD));
        self.start_phone(number)?;
        self.come_in(number)
    }

    /// A phone without a group takes an invitation, from the first who may make one.
    pub(crate) fn come_in(&mut self, number: usize) -> Outcome {
        let (group, now) = (self.group, self.now);
        let invited = self.phones.iter_mut().enumerate().find_map(|(who, phone)| {
            let at = phone.time(now);
            let link = phone.device.as_mut()?.invite(group, InviteOptions::usual(now), at).ok()?;
            Some((who, link))
        });
        let Some((who, link)) = invited else { return Ok(()) };
        self.drain(who)?;
        let phone = &mut self.phones[number];
        let at = phone.time(self.now);
        if let Some(device) = phone.device.as_mut() {
            device.join(&link, &format!("{CANARY} Neighbor {number}"), at).unwrap();
        }
        self.drain(number)
    }

    pub(crate) fn soon(&mut self, millis: u64, happening: Happening) {
        self.at(self.now.plus_millis(millis), happening);
    }

    fn at(&mut self, time: Timestamp, happening: Happening) {
        self.serial += 1;
        self.queue.insert((time.max(self.now), self.serial), happening);
    }

    /// Time passes, and what is due happens.
    pub(crate) fn pass(&mut self, millis: u64) -> Outcome {
        let end = self.now.plus_millis(millis);
        while self.next_at().is_some_and(|at| at <= end) {
            self.happen()?;
        }
        self.now = end;
        Ok(())
    }

    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next thing happens.
    pub(crate) fn happen(&mut self) -> Outcome {
        let Some(((at, _), happening)) = self.queue.pop_first() else { return Ok(()) };
        self.now = self.now.max(at);
        self.counts.happenings += 1;
        self.note(&happening);
        match happening {
            Happening::Calls { line } => self.called(line),
            Happening::Stands { end } => self.stands(end)?,
            Happening::Frame { line, way, frame } => self.arrives(line, way, frame)?,
            Happening::PhoneNotices { end } => self.line_lost(end)?,
            Happening::HostNotices { line } => drop(self.lines.remove(&line)),
            Happening::Wake { phone, at } => self.wake(phone, at)?,
            Happening::Start { phone, run } => {
                if self.phones[phone].device.is_none() && self.phones[phone].starts == run {
                    self.start_phone(phone)?;
                }
            }
            Happening::Commit { host } => self.commit(host),
            Happening::Tell { host } => self.tell(host),
            Happening::HostStarts { host } => {
                if self.hosts[host].log.is_none() {
                    self.start_host(host);
                }
            }
        }
        if self.queue.len() > MOST_HAPPENINGS {
            return Err(Violation(format!("{} things wait to happen at once", self.queue.len())));
        }
        Ok(())
    }

    /// Adds what happens to the fingerprint of the run.
    fn note(&mut self, happening: &Happening) {
        let (kind, which, size) = match happening {
            Happening::Calls { line } => (1, *line, 0),
            Happening::Stands { end } => (2, end.phone as u64, 0),
            Happening::Frame { line, way, frame } => (3 + *way as u64, *line, frame.len()),
            Happening::PhoneNotices { end } => (5, end.phone as u64, usize::try_from(end.link.0).unwrap()),
            Happening::HostNotices { line } => (6, *line, 0),
            Happening::Wake { phone, .. } => (7, *phone as u64, 0),
            Happening::Start { phone, .. } => (8, *phone as u64, 0),
            Happening::Commit { host } => (9, *host as u64, 0),
            Happening::Tell { host } => (10, *host as u64, 0),
            Happening::HostStarts { host } => (11, *host as u64, 0),
        };
        for part in [self.now.millis(), kind, which, size as u64] {
            self.trace = (self.trace ^ part).wrapping_mul(0x100_0000_01b3).rotate_left(23);
        }
    }

    // ---- phones ---------------------------------------------------------------------------------------------

    /// Starts a phone's app from its disk.
    pub(crate) fn start_phone(&mut self, number: usize) -> Outcome {
        let mut entropy = self.entropy.bytes();
        if let Some(saboteur) = &mut self.saboteur {
            saboteur.entropy(&mut entropy);
        }
        let now = self.now;
        let phone = &mut self.phones[number];
        if now < phone.unreadable {
            self.counts.fault("phone's storage could not be read");
            let run = phone.starts;
            self.soon(3_000, Happening::Start { phone: number, run });
            return Ok(());
        }
        phone.starts += 1;
        let stored = phone.disk.clone().into_iter().collect();
        let device = Device::open(stored, entropy, phone.time(self.now));
        let device = device.map_err(|error| Violation(format!("phone {number} does not start: {error}")))?;
        phone.device = Some(device);
        self.drain(number)
    }

    /// Ends a phone's app as a flat battery does; what was stored stays.
    pub(crate) fn crash(&mut self, number: usize) {
        let phone = &mut self.phones[number];
        phone.device = None;
        phone.wake = None;
        phone.crash = None;
        let (off, run) = (phone.off, phone.starts);
        if let Some(saboteur) = &mut self.saboteur {
            saboteur.crashed(number);
        }
        for line in std::mem::take(&mut phone.links).into_values() {
            self.let_go(line);
        }
        self.counts.fault("phone crashed");
        self.soon(off, Happening::Start { phone: number, run });
    }

    /// What was stored and need not outlive the power is lost from some moment on.
    fn cut_power(&mut self, number: usize) {
        let unsynced = self.phones[number].unsynced.len();
        let left = self.power.below(u64::try_from(unsynced).unwrap() + 1);
        self.phones[number].lose_power(usize::try_from(left).unwrap());
        if left < u64::try_from(unsynced).unwrap() {
            self.counts.fault("power took back what was kept");
        }
    }

    /// Puts other storage into a phone that is off.
    pub(crate) fn replace_disk(&mut self, number: usize, disk: Disk) -> Outcome {
        self.phones[number].off = 0;
        self.crash(number);
        self.phones[number].disk = disk;
        self.phones[number].unsynced.clear();
        self.start_phone(number)
    }

    /// Carries out what a Device wants, in order, until it wants nothing.
    pub(crate) fn drain(&mut self, number: usize) -> Outcome {
        for _ in 0..MOST_OUTPUTS {
            let phone = &mut self.phones[number];
            let Some(output) = phone.device.as_mut().and_then(Device::poll_output) else { return Ok(()) };
            match phone.crash {
                Some(0) if phone.stumbled_over_this() => phone.crash = None,
                Some(0) => {
                    phone.stumbled = phone.is_applying();
                    self.crash(number);
                    self.cut_power(number);
                    return Ok(());
                }
                Some(left) => phone.crash = Some(left - 1),
                None => {}
            }
            self.carry_out(number, output)?;
        }
        Err(Violation(format!("phone {number} never comes to an end")))
    }

    fn carry_out(&mut self, number: usize, output: Output) -> Outcome {
        let phone = &mut self.phones[number];
        match output {
            Output::Persist(writes) | Output::Keep(writes)
                if phone.is_full(self.now) && !phone.stumbled_over_this() =>
            {
                self.refuse_to_store(number, &writes);
            }
            Output::Persist(mut writes) => {
                if let Some(saboteur) = &mut self.saboteur {
                    saboteur.writes(number, &mut writes);
                }
                match &self.saboteur {
                    Some(saboteur) if saboteur.is(Sabotage::StoresSoon) => phone.keep(writes),
                    _ => phone.persist(writes),
                }
            }
            Output::Keep(mut writes) => {
                match &mut self.saboteur {
                    // What may be late anyway hides nothing that must not be.
                    Some(saboteur) if !saboteur.is(Sabotage::StoresLate) => {
                        saboteur.writes(number, &mut writes);
                    }
                    _ => {}
                }
                phone.keep(writes);
            }
            Output::Connect { link, url } => self.call(number, link, &url),
            Output::Send { link, frame } => {
                if let Some(line) = phone.links.get(&link).copied() {
                    self.put(line, Way::Up, frame)?;
                }
            }
            Output::Close { link } => {
                if let Some(line) = phone.links.remove(&link) {
                    self.let_go(line);
                }
            }
            Output::WakeAt(time) => {
                if self.saboteur.as_mut().is_some_and(Saboteur::forgets_wake) {
                    return Ok(());
                }
                phone.wake = Some(time);
                let at = phone.really(time);
                self.at(at, Happening::Wake { phone: number, at: time });
            }
            Output::Event(event) => phone.events.push(event),
        }
        Ok(())
    }

    /// There is no room: the app says so, carries out nothing of what was to follow, and is started again some time.
    fn refuse_to_store(&mut self, number: usize, writes: &[Write]) {
        self.counts.fault("phone's storage was full");
        if self.saboteur.as_ref().is_some_and(|saboteur| saboteur.is(Sabotage::StoresNowhere))
            || writes.is_empty()
        {
            return;
        }
        self.phones[number].stumbled = self.phones[number].is_applying();
        self.phones[number].off = 3_000;
        self.crash(number);
    }

    fn wake(&mut self, number: usize, at: Timestamp) -> Outcome {
        let phone = &mut self.phones[number];
        if phone.wake != Some(at) {
            return Ok(());
        }
        phone.wake = None;
        phone.wakes = if phone.wakes.0 == self.now { (self.now, phone.wakes.1 + 1) } else { (self.now, 0) };
        if phone.wakes.1 > MOST_WAKES {
            return Err(Violation(format!("phone {number} wakes again and again without time passing")));
        }
        self.feed(number, Input::Tick)
    }

    pub(crate) fn feed(&mut self, number: usize, input: Input) -> Outcome {
        let phone = &mut self.phones[number];
        let time = phone.time(self.now);
        let Some(device) = phone.device.as_mut() else { return Ok(()) };
        device.handle(input, time);
        self.drain(number)
    }

    // ---- lines ----------------------------------------------------------------------------------------------

    fn call(&mut self, number: usize, link: LinkId, url: &str) {
        let end = End { phone: number, run: self.phones[number].starts, link };
        let quality = self.phones[number].quality;
        let delay = quality.draw(&mut self.network);
        let host = self.hosts.iter().position(|host| host.url == url);
        let host = host.map(|host| self.reached(number, host));
        let (Some(host), true) = (host, quality.there) else {
            let wait = delay + self.network.below(10_000);
            return self.soon(wait, Happening::PhoneNotices { end });
        };
        self.serial += 1;
        let id = self.serial;
        let now = self.now;
        let line = Line {
            end,
            host,
            session: None,
            listens: Vec::new(),
            arrived: std::collections::VecDeque::new(),
            up: now,
            down: now,
            carried: 0,
            broken: false,
        };
        self.lines.insert(id, line);
        self.phones[number].links.insert(link, id);
        self.soon(delay, Happening::Calls { line: id });
    }

    fn called(&mut self, id: u64) {
        let Some(line) = self.lines.get(&id) else { return };
        let (end, host) = (line.end, line.host);
        let delay = self.phones[end.phone].quality.draw(&mut self.network);
        let at = self.now.plus_millis(delay);
        // Whoever calls gives up some time, whatever the network does.
        if line.broken || self.hosts[host].log.is_none() {
            self.lines.remove(&id);
            return self.at(at, Happening::PhoneNotices { end });
        }
        let seed = self.entropy.bytes();
        if let Some(line) = self.lines.get_mut(&id) {
            line.down = at;
            line.session = Some(self.hosts[host].greet(seed, self.now));
        }
        self.at(at, Happening::Stands { end });
        self.serve(vec![id]);
    }

    fn stands(&mut self, end: End) -> Outcome {
        let phone = &self.phones[end.phone];
        if phone.starts == end.run && phone.links.contains_key(&end.link) {
            self.feed(end.phone, Input::Opened { link: end.link })?;
        }
        Ok(())
    }

    /// Puts a frame on a line: it arrives after those before it, or breaks the line.
    pub(crate) fn put(&mut self, id: u64, way: Way, mut frame: Vec<u8>) -> Outcome {
        self.counts.frames += 1;
        if self.saboteur.as_ref().is_some_and(|saboteur| saboteur.is(Sabotage::EndorsesAll))
            && let Some(line) = self.lines.get(&id).filter(|_| way == Way::Up)
            && let Some(instead) = self.endorsed_instead(line.end.phone, &frame)
        {
            frame = instead;
        }
        if memchr::memmem::find(&frame, CANARY.as_bytes()).is_some() {
            return Err(Violation("a frame can be read by whoever sees it".to_owned()));
        }
        if way == Way::Down {
            let Some(said) = self.said_instead(id, frame) else { return Ok(()) };
            frame = said;
        }
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.broken) else { return Ok(()) };
        let quality = self.phones[line.end.phone].quality;
        line.carried += frame.len();
        let too_much = quality.bytes.is_some_and(|most| line.carried > most);
        let lost = quality.breaks.is_some_and(|times| self.network.once_in(times));
        if too_much || lost || !quality.there {
            self.counts.fault("line broke in the middle of a frame");
            self.break_line(id);
            return Ok(());
        }
        let at = self.now.plus_millis(quality.draw(&mut self.network));
        let last = if way == Way::Up { &mut line.up } else { &mut line.down };
        let at = at.max(*last);
        *last = at;
        let frames = match &mut self.saboteur {
            Some(saboteur) => saboteur.frames(way, frame),
            None => vec![frame],
        };
        for frame in frames {
            self.at(at, Happening::Frame { line: id, way, frame });
        }
        Ok(())
    }

    /// Nothing put on the line from now on arrives. Each end learns of it some time, or never.
    pub(crate) fn break_line(&mut self, id: u64) {
        let Some(line) = self.lines.get_mut(&id).filter(|line| !line.broken) else { return };
        line.broken = true;
        let end = line.end;
        if self.network.once_in(4) {
            self.counts.fault("line went silent");
        } else {
            let wait = self.network.below(3_000);
            self.soon(wait, Happening::PhoneNotices { end });
        }
        let wait = 3_000 + self.network.below(60_000);
        self.soon(wait, Happening::HostNotices { line: id });
    }

    /// A phone ends its side; what is under way still arrives.
    fn let_go(&mut self, id: u64) {
        let Some(line) = self.lines.get(&id) else { return };
        let at = line.up.max(self.now).plus_millis(1 + self.network.below(50));
        self.at(at, Happening::HostNotices { line: id });
    }

    fn line_lost(&mut self, end: End) -> Outcome {
        let phone = &mut self.phones[end.phone];
        if phone.starts != end.run {
            return Ok(());
        }
        phone.links.remove(&end.link);
        self.feed(end.phone, Input::Closed { link: end.link, reason: "gone".to_owned() })
    }

    fn arrives(&mut self, id: u64, way: Way, frame: Vec<u8>) -> Outcome {
        let Some(line) = self.lines.get_mut(&id) else { return Ok(()) };
        match way {
            Way::Up => {
                line.arrived.push_back(frame);
                self.serve(vec![id]);
                Ok(())
            }
            Way::Down => {
                let End { phone, link, .. } = line.end;
                if self.phones[phone].links.get(&link) != Some(&id) {
                    return Ok(());
                }
                self.feed(phone, Input::Received { link, frame })
            }
        }
    }
}
