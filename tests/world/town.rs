//! A town for tests: phones with disks in memory, servers with databases in a folder, and lines between them.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::sync::Arc;

use porchlight_device::{
    Device, Event, FoundGroup, GroupStatus, Input, InviteOptions, LinkId, Output, ServerAddress, Write,
};
use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Document, DocumentName};
use porchlight_server::identity::Identity;
use porchlight_server::log::{ConnectionId, Founding, Log, Order, confirm};
use porchlight_server::reader;
use porchlight_server::rosters::Rosters;
use porchlight_server::session::{Action, Carrier, Input as SessionInput, Session, Terms};
use porchlight_server::store::{ReadStore, SqliteStore};
use porchlight_wire::frame::ClientFrame;
use porchlight_wire::roster::Role;
use porchlight_wire::{GroupId, Position, Timestamp};

pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
pub(crate) const HOUR: u64 = 60 * 60 * 1000;

/// One server and everybody who is connected to it.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) identity: Arc<Identity>,
    pub(crate) log: Log<SqliteStore>,
    rosters: Arc<Rosters>,
    founding: Founding,
    lines: BTreeMap<ConnectionId, Line>,
    pub(crate) file: String,
    /// What it passed on to those who listen and kept nowhere.
    pub(crate) told: Vec<Vec<u8>>,
    /// Bytes after which a line breaks.
    pub(crate) breaks_after: Option<usize>,
}

struct Line {
    session: Session,
    phone: usize,
    link: LinkId,
    listens: Vec<GroupId>,
    carried: usize,
}

/// A phone: the Device and its disk.
pub(crate) struct Phone {
    pub(crate) device: Device,
    pub(crate) disk: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Everything that it has ever stored.
    pub(crate) ever: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) events: Vec<Event>,
    pub(crate) online: bool,
    wake: Option<Timestamp>,
    /// What it wanted last, as far as that was not carried out yet.
    outputs: VecDeque<Output>,
    links: BTreeMap<LinkId, (usize, ConnectionId)>,
    /// Bytes that came from servers.
    pub(crate) received: usize,
    /// How often it asked for something after it had heard from a server.
    pub(crate) trips: usize,
    heard: bool,
}

/// Everything.
pub(crate) struct Town {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) servers: Vec<Server>,
    pub(crate) phones: Vec<Phone>,
    pub(crate) now: Timestamp,
    pub(crate) group: GroupId,
    pub(crate) connections: u64,
}

impl Town {
    /// A group on the first server, with this many phones in it.
    pub(crate) fn of(size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut town = Self {
            folder,
            servers: Vec::new(),
            phones: Vec::new(),
            now: START,
            group: GroupId::from_bytes([0; 32]),
            connections: 0,
        };
        town.add_server("https://one.example.org", 9, Founding::Open);
        town.phones.push(Phone::new(0));
        let found = FoundGroup {
            name: "Maple Street".to_owned(),
            member_name: "Rosa".to_owned(),
            server: town.address(0),
            token: None,
            country: None,
            zone: None,
            locale: None,
        };
        let now = town.now;
        town.group = town.phones[0].device.found_group(found, now).unwrap();
        town.run();
        for _ in 1..size {
            town.join();
        }
        town
    }

    /// One more phone comes in through an invitation of the first.
    pub(crate) fn join(&mut self) -> usize {
        let number = self.invite();
        self.pass(3_000);
        number
    }

    /// A phone that is about to come in; nothing is carried out yet.
    pub(crate) fn invite(&mut self) -> usize {
        let (group, now) = (self.group, self.now);
        let link = self.phones[0].device.invite(group, InviteOptions::usual(now), now).unwrap();
        self.run();
        self.newcomer(&link)
    }

    /// A phone that is about to come in by a link; nothing is carried out yet.
    pub(crate) fn newcomer(&mut self, link: &str) -> usize {
        self.asking(link, &format!("Neighbor {}", self.phones.len()), "")
    }

    /// A phone that is in no group yet.
    pub(crate) fn stranger(&mut self) -> usize {
        let number = self.phones.len();
        self.phones.push(Phone::new(u8::try_from(number).unwrap()));
        number
    }

    /// The same with a name and a few words to those who decide.
    pub(crate) fn asking(&mut self, link: &str, name: &str, words: &str) -> usize {
        let number = self.stranger();
        self.phones[number].device.join_saying(link, name, words, self.now).unwrap();
        number
    }

    pub(crate) fn add_server(&mut self, url: &str, seed: u8, founding: Founding) -> usize {
        let file = format!("server-{}", self.servers.len());
        let identity = Arc::new(Identity::from_secret(&[seed; 32]));
        let rosters = Arc::new(Rosters::default());
        let store = SqliteStore::open(&self.folder.path().join(&file)).unwrap();
        let log = Log::new(store, Arc::clone(&identity), Arc::clone(&rosters), founding).unwrap();
        let (url, lines) = (url.to_owned(), BTreeMap::new());
        let (told, breaks_after) = (Vec::new(), None);
        self.servers.push(Server { url, identity, log, rosters, founding, lines, file, told, breaks_after });
        self.servers.len() - 1
    }

    pub(crate) fn address(&self, server: usize) -> ServerAddress {
        let server = &self.servers[server];
        ServerAddress { url: server.url.clone(), key: server.identity.public() }
    }

    /// Copies a server's database.
    pub(crate) fn back_up(&self, server: usize, name: &str) {
        for end in ["", "-wal"] {
            let from = self.folder.path().join(format!("{}{end}", self.servers[server].file));
            fs::copy(from, self.folder.path().join(format!("{name}{end}"))).unwrap();
        }
    }

    /// All bytes of a database that was backed up.
    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        ["", "-wal"]
            .iter()
            .flat_map(|end| fs::read(self.folder.path().join(format!("{name}{end}"))).unwrap())
            .collect()
    }

    /// Puts another database in a server's place: a backup, or an empty one. All lines break.
    pub(crate) fn replace(&mut self, server: usize, name: &str) {
        self.disconnect(server);
        let path = self.folder.path().join(name);
        let old = &mut self.servers[server];
        old.file = name.to_owned();
        old.rosters = Arc::new(Rosters::default());
        let mut store = SqliteStore::open(&path).unwrap();
        // Its operator looks at the clock when starting it.
        confirm(&mut store, self.now).unwrap();
        old.log = Log::new(store, Arc::clone(&old.identity), Arc::clone(&old.rosters), old.founding).unwrap();
    }

    /// Up to where a server has no Records of the group any more.
    pub(crate) fn base(&self, server: usize) -> Position {
        self.servers[server].log.store().group(&self.group).unwrap().unwrap().base.position
    }

    /// Ends all lines of a server.
    pub(crate) fn disconnect(&mut self, server: usize) {
        let lines = std::mem::take(&mut self.servers[server].lines);
        for line in lines.into_values() {
            let phone = &mut self.phones[line.phone];
            if phone.links.remove(&line.link).is_some() {
                let reason = "gone".to_owned();
                phone.device.handle(Input::Closed { link: line.link, reason }, self.now);
            }
        }
    }

    /// Takes a phone's network away, or gives it back.
    pub(crate) fn set_online(&mut self, phone: usize, online: bool) {
        self.phones[phone].online = online;
        let links = std::mem::take(&mut self.phones[phone].links);
        for (link, (server, connection)) in links {
            self.servers[server].lines.remove(&connection);
            let reason = "no network".to_owned();
            self.phones[phone].device.handle(Input::Closed { link, reason }, self.now);
        }
        if online {
            let now = self.now;
            self.phones[phone].device.connect(now);
        }
        self.pass(3_000);
    }

    /// A phone gives the group a new key, which reaches all that are online.
    pub(crate) fn rotate(&mut self, phone: usize) {
        self.phones[phone].device.rotate(self.group, self.now).unwrap();
        self.pass(3_000);
    }

    /// Adds a contact and lets it be sent.
    pub(crate) fn add(&mut self, phone: usize, name: &str) {
        self.add_quietly(phone, name);
        self.pass(2_000);
    }

    pub(crate) fn add_quietly(&mut self, phone: usize, name: &str) {
        self.add_with(phone, name, "");
    }

    pub(crate) fn add_with(&mut self, phone: usize, name: &str, note: &str) {
        let details = Details { name: name.to_owned(), note: note.to_owned(), ..Details::default() };
        let (group, now) = (self.group, self.now);
        let device = &mut self.phones[phone].device;
        let add = |editor: &mut porchlight_documents::Editor<'_>| contacts::add(editor, details, None);
        device.edit(group, &DocumentName::contacts(), now, add).unwrap();
    }

    /// Adds contacts that no line carries at once and no log keeps small: their notes do not compress.
    pub(crate) fn fill(&mut self, phone: usize, count: u64) {
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        for number in 0..count {
            let mut letter = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
            };
            let note: String = (0..3_000).map(|_| letter()).collect();
            self.add_with(phone, &format!("Person {number:03}"), &note);
            self.pass(2_000);
        }
    }

    /// One phone makes a Snapshot, and an organizer's looks at it.
    pub(crate) fn endorse_a_snapshot(&mut self, maker: usize, judge: usize) {
        self.phones[maker].device.make_snapshot(self.group, self.now).unwrap();
        self.pass(60 * 60_000);
        let status = self.status(judge).snapshots;
        assert!(status.endorsed.is_some(), "{status:?}");
        assert!(!status.objected);
    }

    /// Makes the member of a phone an organizer.
    pub(crate) fn make_organizer(&mut self, phone: usize) {
        let members = self.phones[phone].device.members(self.group).unwrap();
        let own = members.iter().find(|member| member.is_self).unwrap().id;
        self.phones[0].device.set_role(self.group, own, Role::Organizer, self.now).unwrap();
        self.pass(3_000);
    }

    /// Somebody comes in through an invitation of this phone.
    pub(crate) fn join_by(&mut self, phone: usize) -> usize {
        let (group, now) = (self.group, self.now);
        let link = self.phones[phone].device.invite(group, InviteOptions::usual(now), now).unwrap();
        self.pass(3_000);
        let joined = self.newcomer(&link);
        self.pass(60_000);
        joined
    }

    /// The names of the contacts that a phone shows.
    pub(crate) fn names(&mut self, phone: usize) -> Vec<String> {
        let list = |document: &Document| contacts::list(document);
        let read = self.phones[phone].device.read(self.group, &DocumentName::contacts(), list).unwrap();
        read.into_iter().map(|contact| contact.details.name).collect()
    }

    pub(crate) fn status(&mut self, phone: usize) -> GroupStatus {
        let group = self.group;
        self.phones[phone].device.groups().into_iter().find(|status| status.group == group).unwrap()
    }

    /// Everybody who is online has everything, and shows the same.
    pub(crate) fn assert_all_alike(&mut self, names: &[&str]) {
        for phone in 0..self.phones.len() {
            let status = self.status(phone);
            assert!(status.current && status.waiting == 0, "phone {phone}: {status:?}");
            assert_eq!(status.problem, None, "phone {phone}");
            assert_eq!(self.names(phone), names, "phone {phone}");
        }
    }

    /// Time passes, in steps, and everything that is due happens.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.run();
        let end = self.now.plus_millis(millis);
        while self.now < end {
            let next =
                self.phones.iter().filter_map(|phone| phone.wake).filter(|wake| *wake > self.now).min();
            self.now = next.map_or(end, |next| next.min(end));
            self.run();
        }
    }

    /// Days pass on the servers.
    pub(crate) fn pass_days(&mut self, days: u64) {
        for _ in 0..days * 24 {
            self.now = self.now.plus_millis(HOUR);
            for server in &mut self.servers {
                server.log.tick(self.now).unwrap();
            }
        }
        self.run();
        for server in &mut self.servers {
            while server.log.prune(self.now).unwrap() {}
        }
    }

    /// Everything that wants to happen now happens.
    pub(crate) fn run(&mut self) {
        for _ in 0..100_000 {
            let mut busy = false;
            for number in 0..self.phones.len() {
                busy |= self.step(number);
            }
            if !busy {
                return;
            }
        }
        panic!("the town does not come to rest");
    }

    /// One phone does what it wants to do now.
    pub(crate) fn step(&mut self, number: usize) -> bool {
        let mut busy = false;
        while let Some(output) = self.phones[number].next_output() {
            busy = true;
            self.carry_out(number, output);
        }
        if self.phones[number].wake.is_some_and(|wake| wake <= self.now) {
            busy = true;
            self.phones[number].wake = None;
            let now = self.now;
            self.phones[number].device.handle(Input::Tick, now);
        }
        busy
    }

    /// One phone does what it wants, now and when it is due, up to the first frame of this kind: that one is still to go.
    pub(crate) fn step_up_to(&mut self, number: usize, is_it: impl Fn(&ClientFrame) -> bool) {
        for _ in 0..100 {
            while let Some(output) = self.phones[number].next_output() {
                if let Output::Send { frame, .. } = &output
                    && ClientFrame::decode(frame).unwrap().is_some_and(|frame| is_it(&frame))
                {
                    return self.phones[number].outputs.push_front(output);
                }
                self.carry_out(number, output);
            }
            self.now = self.phones[number].wake.take().map_or(self.now, |wake| wake.max(self.now));
            self.phones[number].device.handle(Input::Tick, self.now);
        }
        panic!("phone {number} sends no such frame");
    }

    fn carry_out(&mut self, number: usize, output: Output) {
        match output {
            Output::Persist(writes) | Output::Keep(writes) => {
                for write in writes {
                    match write {
                        Write::Put { key, value } => {
                            self.phones[number].ever.push((key.clone(), value.clone()));
                            self.phones[number].disk.insert(key, value);
                        }
                        Write::Delete { key } => drop(self.phones[number].disk.remove(&key)),
                    }
                }
            }
            Output::Connect { link, url } => self.connect(number, link, &url),
            Output::Send { link, frame } => self.send(number, link, &frame),
            Output::Close { link } => {
                if let Some((server, connection)) = self.phones[number].links.remove(&link) {
                    self.servers[server].lines.remove(&connection);
                }
            }
            Output::WakeAt(time) => self.phones[number].wake = Some(time),
            Output::Event(event) => self.phones[number].events.push(event),
        }
    }

    fn connect(&mut self, number: usize, link: LinkId, url: &str) {
        let server = self.servers.iter().position(|server| server.url == url);
        let Some(server) = server.filter(|_| self.phones[number].online) else {
            let reason = "cannot be reached".to_owned();
            self.phones[number].device.handle(Input::Closed { link, reason }, self.now);
            return;
        };
        self.connections += 1;
        let id = ConnectionId(self.connections);
        let here = &mut self.servers[server];
        let seed = [u8::try_from(self.connections % 251).unwrap(); 32];
        let terms = Terms {
            server: here.identity.public(),
            store: here.log.store().store_id(),
            address: None,
            carrier: Carrier::Socket(seed),
        };
        let session = Session::new(terms, self.now);
        here.lines.insert(id, Line { session, phone: number, link, listens: Vec::new(), carried: 0 });
        self.phones[number].links.insert(link, (server, id));
        self.phones[number].device.handle(Input::Opened { link }, self.now);
        self.work(server, VecDeque::from([id]));
    }

    fn send(&mut self, number: usize, link: LinkId, frame: &[u8]) {
        let Some((server, id)) = self.phones[number].links.get(&link).copied() else { return };
        if !self.carries(server, id, frame.len()) {
            return;
        }
        let now = self.now;
        if let Some(line) = self.servers[server].lines.get_mut(&id) {
            assert!(line.session.accepts_frames());
            line.session.handle(SessionInput::Frame(frame), now);
        }
        self.work(server, VecDeque::from([id]));
    }

    /// Counts what a line carries; when it is too much, the line breaks and what was on it is lost.
    fn carries(&mut self, server: usize, id: ConnectionId, bytes: usize) -> bool {
        let limit = self.servers[server].breaks_after;
        let Some(line) = self.servers[server].lines.get_mut(&id) else { return false };
        line.carried += bytes;
        if limit.is_none_or(|limit| line.carried <= limit) {
            return true;
        }
        let (phone, link) = (line.phone, line.link);
        self.servers[server].lines.remove(&id);
        self.phones[phone].links.remove(&link);
        self.phones[phone].device.handle(Input::Closed { link, reason: "broken".to_owned() }, self.now);
        false
    }

    /// Carries out what sessions want, until none wants anything.
    fn work(&mut self, server: usize, mut waiting: VecDeque<ConnectionId>) {
        let now = self.now;
        while let Some(id) = waiting.pop_front() {
            let here = &mut self.servers[server];
            let Some(line) = here.lines.get_mut(&id) else { continue };
            let action = line.session.next_action();
            let request = match action {
                Some(Action::Send(frame)) => {
                    let (phone, link) = (line.phone, line.link);
                    if self.carries(server, id, frame.len()) {
                        self.phones[phone].received += frame.len();
                        self.phones[phone].heard = true;
                        let frame = frame.to_vec();
                        self.phones[phone].device.handle(Input::Received { link, frame }, now);
                    }
                    waiting.push_back(id);
                    continue;
                }
                Some(Action::Order(order)) => {
                    waiting.push_back(id);
                    self.order(server, id, order, &mut waiting);
                    continue;
                }
                Some(Action::Listen(group)) => {
                    line.listens.push(group);
                    waiting.push_back(id);
                    continue;
                }
                Some(Action::Leave(group)) => {
                    line.listens.retain(|other| *other != group);
                    waiting.push_back(id);
                    continue;
                }
                Some(Action::Tell(group, frame)) => {
                    here.told.push(frame.to_vec());
                    for (other, line) in &mut here.lines {
                        if *other != id && line.listens.contains(&group) {
                            line.session.handle(SessionInput::Told(group, &frame), now);
                            waiting.push_back(*other);
                        }
                    }
                    waiting.push_back(id);
                    continue;
                }
                Some(Action::Close) => {
                    let (phone, link) = (line.phone, line.link);
                    here.lines.remove(&id);
                    self.phones[phone].links.remove(&link);
                    let reason = "closed".to_owned();
                    self.phones[phone].device.handle(Input::Closed { link, reason }, now);
                    continue;
                }
                Some(Action::Read(request)) => request,
                None => match line.session.next_read() {
                    Some(request) => request,
                    None => continue,
                },
            };
            let answer = reader::answer(here.log.store(), &here.identity, &here.rosters, &request, now);
            if let Some(line) = here.lines.get_mut(&id) {
                line.session.handle(SessionInput::Answer(answer), now);
            }
            waiting.push_back(id);
        }
    }

    fn order(&mut self, server: usize, id: ConnectionId, order: Order, waiting: &mut VecDeque<ConnectionId>) {
        let now = self.now;
        let here = &mut self.servers[server];
        let committed = here.log.commit(vec![(id, order)], now);
        assert!(committed.failure.is_none(), "{:?}", committed.failure);
        for outcome in committed.outcomes {
            if let Some(line) = here.lines.get_mut(&id) {
                line.session.handle(SessionInput::Outcome(outcome), now);
            }
        }
        for published in &committed.published {
            for (other, line) in &mut here.lines {
                if line.listens.contains(&published.group()) {
                    line.session.handle(SessionInput::Published(published), now);
                    waiting.push_back(*other);
                }
            }
        }
    }
}

impl Phone {
    fn new(seed: u8) -> Self {
        Self {
            device: Device::open(Vec::new(), [seed + 1; 32], START).unwrap(),
            disk: BTreeMap::new(),
            ever: Vec::new(),
            events: Vec::new(),
            online: true,
            wake: None,
            outputs: VecDeque::new(),
            links: BTreeMap::new(),
            received: 0,
            trips: 0,
            heard: false,
        }
    }
}

impl Phone {
    /// The next thing that the device wants, after all that it wanted before it was answered.
    fn next_output(&mut self) -> Option<Output> {
        let outputs = &mut self.outputs;
        if outputs.is_empty() {
            outputs.extend(std::iter::from_fn(|| self.device.poll_output()));
            let asks = |output: &Output| match output {
                Output::Send { frame, .. } => {
                    !matches!(ClientFrame::decode(frame), Ok(Some(ClientFrame::Append(_))))
                }
                _ => false,
            };
            if outputs.iter().any(asks) && std::mem::take(&mut self.heard) {
                self.trips += 1;
            }
        }
        outputs.pop_front()
    }
}

impl Town {
    /// Starts a phone anew from its disk.
    pub(crate) fn restart(&mut self, phone: usize) {
        let links = std::mem::take(&mut self.phones[phone].links);
        for (server, connection) in links.into_values() {
            self.servers[server].lines.remove(&connection);
        }
        let stored = self.phones[phone].disk.clone().into_iter().collect();
        let mut entropy = [77; 32];
        entropy[0] = u8::try_from(self.connections % 251).unwrap();
        self.phones[phone].wake = None;
        self.phones[phone].outputs.clear();
        self.phones[phone].device = Device::open(stored, entropy, self.now).unwrap();
        self.run();
    }
}
