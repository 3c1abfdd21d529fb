//! A street for tests: real Devices with disks in memory, and a small server that keeps one Group's log and can be told
//! to do what no honest one does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use porchlight_documents::contacts::{self, Details};
use porchlight_documents::{Document, DocumentName, Kind};
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::frame::{
    About, Accepted, AcceptedEntry, Append, Change, Changed, ClientFrame, Code, Credential, KeyBox, Keys,
    Opened, Records, Refused, RosterList, SealedKey, ServerFrame, TimedChange, Versions, Welcome,
};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::roster::{Roster, SignedChange};
use porchlight_wire::{Challenge, DeviceId, GroupId, Hash, Position, ServerKey, StoreId, Timestamp, limits};

use crate::device::Device;
use crate::io::{Event, Input, LinkId, Output, Write};
use crate::keys::{DeviceKeys, Secret};
use crate::membership::{FoundGroup, InviteOptions, ServerAddress};

/// When every scene begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

const URL: &str = "https://porch.example.org";

/// A phone: the Device and its disk.
pub(crate) struct Phone {
    pub(crate) device: Device,
    pub(crate) disk: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The disk as a loss of power leaves it, where that is less.
    synced: Option<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(crate) events: Vec<Event>,
    /// Whether it may use the network.
    pub(crate) online: bool,
    link: Option<LinkId>,
    /// What the server has sent it so far.
    sent: Option<Position>,
    wake: Option<Timestamp>,
    /// How often it was started, for fresh randomness.
    starts: u8,
    seed: u8,
}

/// A server that keeps one Group's log.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) keys: DeviceKeys,
    pub(crate) records: Vec<Record>,
    pub(crate) roster: Option<Roster>,
    pub(crate) versions: Versions,
    heads: BTreeMap<DeviceId, Vec<Hash>>,
    boxes: Vec<SealedKey>,
    /// Sealing keys by their hash.
    sealing: BTreeMap<Hash, Vec<u8>>,
    /// What it refuses: Entries of these devices, with this code.
    pub(crate) refuses: BTreeMap<DeviceId, Code>,
    /// Frames that it did not know: kinds of a later version.
    pub(crate) unknown: usize,
    /// Presence that it passed on.
    pub(crate) told: Vec<Vec<u8>>,
}

/// Everything.
pub(crate) struct Street {
    pub(crate) host: Host,
    pub(crate) phones: Vec<Phone>,
    pub(crate) now: Timestamp,
    pub(crate) group: GroupId,
}

impl Street {
    /// A Group with this many phones in it, all online and up to date.
    pub(crate) fn of(size: u8) -> Self {
        let keys = DeviceKeys::from_secrets(secret(200), secret(201));
        let host = Host {
            keys,
            records: Vec::new(),
            roster: None,
            versions: Versions::OURS,
            heads: BTreeMap::new(),
            boxes: Vec::new(),
            sealing: BTreeMap::new(),
            refuses: BTreeMap::new(),
            unknown: 0,
            told: Vec::new(),
        };
        let group = GroupId::from_bytes([0; 32]);
        let mut street = Self { host, phones: vec![Phone::new(0)], now: START, group };
        let server = ServerAddress { url: URL.to_owned(), key: street.host.key() };
        let found = FoundGroup {
            name: "Maple Street".to_owned(),
            member_name: "Rosa".to_owned(),
            server,
            token: None,
            country: Some("US".to_owned()),
            zone: None,
            locale: None,
        };
        street.group = street.phones[0].device.found_group(found, START).unwrap();
        street.run();
        for number in 1..size {
            let options = InviteOptions::usual(street.now);
            let link = street.phones[0].device.invite(street.group, options, street.now).unwrap();
            street.run();
            let mut phone = Phone::new(number);
            phone.device.join(&link, &format!("Neighbor {number}"), street.now).unwrap();
            street.phones.push(phone);
            street.run();
        }
        street
    }

    /// Everything that wants to happen now happens.
    pub(crate) fn run(&mut self) {
        for _ in 0..10_000 {
            let mut busy = false;
            for number in 0..self.phones.len() {
                let told = self.host.told.len();
                busy |= self.phones[number].step(&mut self.host, self.group, self.now);
                let news: Vec<Vec<u8>> = self.host.told.iter().skip(told).cloned().collect();
                busy |= !news.is_empty();
                news.iter().for_each(|bytes| self.pass_on(number, bytes));
            }
            if !busy {
                return;
            }
        }
        panic!("the street does not come to rest");
    }

    /// What a phone does at the moment goes to all others that are connected.
    fn pass_on(&mut self, from: usize, bytes: &[u8]) {
        let Ok(Some(ClientFrame::Presence(presence))) = ClientFrame::decode(bytes) else { return };
        let now = self.now;
        let others = self.phones.iter_mut().enumerate().filter(|(number, _)| *number != from);
        others.for_each(|(_, phone)| phone.hear(&ServerFrame::Presence(presence.clone()), now));
    }

    /// Time passes, and what is due happens.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.now = self.now.plus_millis(millis);
        self.run();
    }

    /// Takes a phone's network away.
    pub(crate) fn go_offline(&mut self, number: usize) {
        let phone = &mut self.phones[number];
        phone.online = false;
        phone.sent = None;
        if let Some(link) = phone.link.take() {
            phone.device.handle(Input::Closed { link, reason: "no network".to_owned() }, self.now);
        }
        self.run();
    }

    /// The server gets what a phone sends, and the phone's network is gone before it is answered.
    pub(crate) fn lose_answers(&mut self, number: usize) {
        let phone = &mut self.phones[number];
        for frame in phone.drain() {
            drop(self.host.answer(&frame, &mut phone.sent, self.group, self.now));
        }
        self.go_offline(number);
    }

    /// Gives it back, and lets everything that follows happen.
    pub(crate) fn go_online(&mut self, number: usize) {
        self.phones[number].online = true;
        self.phones[number].device.connect(self.now);
        self.run();
        self.pass(2_000);
    }

    /// Adds a contact on a phone and lets it be sent.
    pub(crate) fn add(&mut self, number: usize, name: &str) {
        self.add_quietly(number, name);
        self.pass(2_000);
    }

    /// Adds a contact to another list and lets it be sent.
    pub(crate) fn add_to(&mut self, number: usize, key: &str, name: &str) {
        self.write(number, &DocumentName { kind: Kind::Contacts, key: key.to_owned() }, name);
        self.pass(2_000);
    }

    /// Adds a contact on a phone; nothing is carried out yet.
    pub(crate) fn add_quietly(&mut self, number: usize, name: &str) {
        self.write(number, &DocumentName::contacts(), name);
    }

    fn write(&mut self, number: usize, document: &DocumentName, name: &str) {
        let details = Details { name: name.to_owned(), ..Details::default() };
        let (group, now) = (self.group, self.now);
        let device = &mut self.phones[number].device;
        device.edit(group, document, now, |editor| contacts::add(editor, details, None)).unwrap();
    }

    /// The names of the contacts that a phone shows, sorted.
    pub(crate) fn names(&mut self, number: usize) -> Vec<String> {
        let list = |document: &Document| contacts::list(document);
        let list = self.phones[number].device.read(self.group, &DocumentName::contacts(), list).unwrap();
        let mut names: Vec<String> = list.into_iter().map(|contact| contact.details.name).collect();
        names.sort();
        names
    }

    /// The Group as a phone knows it.
    pub(crate) fn group_of(&mut self, number: usize) -> &mut crate::group::Group {
        self.phones[number].device.groups.get_mut(&self.group).unwrap()
    }

    /// The key under which a phone writes.
    pub(crate) fn keys_of(&mut self, number: usize) -> DeviceKeys {
        self.group_of(number).keys.clone()
    }
}

impl Phone {
    /// A phone that was never used.
    pub(crate) fn new(seed: u8) -> Self {
        let device = Device::open(Vec::new(), [seed; 32], START).unwrap();
        Self {
            device,
            disk: BTreeMap::new(),
            synced: None,
            events: Vec::new(),
            online: true,
            link: None,
            sent: None,
            wake: None,
            starts: 0,
            seed,
        }
    }

    /// A copy of the phone's disk in another phone.
    pub(crate) fn copy(&self, now: Timestamp) -> Self {
        let mut copy = Self::new(self.seed + 100);
        copy.disk = self.disk.clone();
        copy.restart(now);
        copy
    }

    /// The phone is started again with what is on its disk, as after a crash: outputs not carried out are lost.
    pub(crate) fn restart(&mut self, now: Timestamp) {
        self.starts += 1;
        let stored = self.disk.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut entropy = [self.seed; 32];
        entropy[0] = self.starts;
        entropy[1] = 77;
        self.device = Device::open(stored, entropy, now).unwrap();
        (self.link, self.sent, self.wake) = (None, None, None);
    }

    /// Carries out everything that the Device wants; frames that it sends are returned.
    pub(crate) fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while let Some(output) = self.device.poll_output() {
            match output {
                Output::Persist(writes) => {
                    self.store(writes);
                    self.synced = None;
                }
                Output::Keep(writes) => {
                    self.synced.get_or_insert_with(|| self.disk.clone());
                    self.store(writes);
                }
                Output::Connect { link, .. } => self.link = Some(link),
                Output::Send { frame, .. } => frames.push(frame),
                Output::Close { .. } => (self.link, self.sent) = (None, None),
                Output::WakeAt(time) => self.wake = Some(time),
                Output::Event(event) => self.events.push(event),
            }
        }
        frames
    }

    /// Feeds one frame of the server.
    fn store(&mut self, writes: Vec<Write>) {
        writes.into_iter().for_each(|write| match write {
            Write::Put { key, value } => drop(self.disk.insert(key, value)),
            Write::Delete { key } => drop(self.disk.remove(&key)),
        });
    }

    /// Starts again after a loss of power that took back all it could.
    pub(crate) fn lose_power(&mut self, now: Timestamp) {
        self.disk = self.synced.take().unwrap_or_else(|| self.disk.clone());
        self.restart(now);
    }

    pub(crate) fn hear(&mut self, frame: &ServerFrame, now: Timestamp) {
        if let Some(link) = self.link {
            self.device.handle(Input::Received { link, frame: frame.encode() }, now);
        }
    }

    fn step(&mut self, host: &mut Host, group: GroupId, now: Timestamp) -> bool {
        let before = self.link;
        let frames = self.drain();
        let mut busy = !frames.is_empty();
        if let Some(link) = self.link
            && before != self.link
        {
            busy = true;
            if self.online {
                self.device.handle(Input::Opened { link }, now);
                self.hear(&host.welcome(now), now);
            } else {
                self.link = None;
                self.device.handle(Input::Closed { link, reason: "no network".to_owned() }, now);
            }
        }
        for frame in frames {
            for answer in host.answer(&frame, &mut self.sent, group, now) {
                self.hear(&answer, now);
            }
        }
        if let Some(records) = host.news(&mut self.sent, group) {
            busy = true;
            self.hear(&records, now);
        }
        if self.wake.is_some_and(|wake| wake <= now) {
            busy = true;
            self.wake = None;
            self.device.handle(Input::Tick, now);
        }
        busy
    }
}

impl Host {
    pub(crate) fn key(&self) -> ServerKey {
        ServerKey::from_bytes(*self.keys.id().as_bytes())
    }

    /// The end of its log.
    pub(crate) fn end(&self) -> Cursor {
        self.records.iter().fold(Cursor::START, |cursor, record| cursor.after(record))
    }

    pub(crate) fn head(&self, group: GroupId) -> SignedHead {
        let cursor = self.end();
        let time = self.records.last().map(|record| record.time).unwrap_or_default();
        SignedHead { cursor, time, signature: self.keys.sign(&SignedHead::message(&group, &cursor, time)) }
    }

    /// Appends anything, whatever the rules say.
    pub(crate) fn append(&mut self, kind: RecordKind, body: Vec<u8>, now: Timestamp) {
        self.records.push(Record { time: now, kind, body: body.into() });
    }

    fn welcome(&self, now: Timestamp) -> ServerFrame {
        ServerFrame::Welcome(Welcome {
            versions: self.versions,
            server: self.key(),
            store: StoreId::from_bytes([1; 16]),
            challenge: Challenge::from_bytes([2; 32]),
            time: now,
        })
    }

    /// The Records that a phone does not have yet.
    fn news(&self, sent: &mut Option<Position>, group: GroupId) -> Option<ServerFrame> {
        let from = usize::try_from((*sent)?.get()).unwrap();
        let end = self.end();
        if from >= self.records.len() {
            return None;
        }
        *sent = Some(end.position);
        Some(ServerFrame::Records(Records {
            group,
            generation: end.generation,
            first: Position::new(from as u64 + 1),
            records: self.records[from..].to_vec(),
            head: Some(self.head(group)),
        }))
    }

    fn answer(
        &mut self,
        bytes: &[u8],
        sent: &mut Option<Position>,
        group: GroupId,
        now: Timestamp,
    ) -> VecDeque<ServerFrame> {
        let Some(frame) = ClientFrame::decode(bytes).unwrap() else {
            self.unknown += 1;
            return VecDeque::new();
        };
        match frame {
            ClientFrame::Hello(_) => [self.welcome(now)].into(),
            ClientFrame::Found(found) => {
                self.keep(&found.keys);
                if self.records.is_empty() {
                    self.roster = Some(Roster::found(&found.change, now).unwrap());
                    self.append(RecordKind::ROSTER_CHANGE, found.change.to_vec(), now);
                }
                let hash = Hash::from_bytes(*group.as_bytes());
                let position = Position::new(1);
                [ServerFrame::Changed(Changed { group, hash, position, time: now })].into()
            }
            ClientFrame::Open(open) => {
                if matches!(open.credential, Credential::Device(_)) {
                    *sent = Some(open.cursor.position);
                }
                [ServerFrame::Opened(Opened {
                    group,
                    head: self.head(group),
                    from: None,
                    base: None,
                    next: None,
                })]
                .into()
            }
            ClientFrame::Append(append) => self.take(append, now),
            ClientFrame::Change(change) => [self.change(change, now)].into(),
            ClientFrame::GetBox(wanted) => {
                let is_it = |one: &&SealedKey| (one.epoch, one.recipient) == (wanted.epoch, wanted.recipient);
                match self.boxes.iter().find(is_it).cloned() {
                    Some(key) => [ServerFrame::Box(KeyBox { group, key, path: None })].into(),
                    None => [refused(About::Box(group, wanted.epoch, wanted.recipient), Code::NO_BOX)].into(),
                }
            }
            ClientFrame::GetKeys(wanted) => {
                let keys = wanted.hashes.iter().filter_map(|hash| self.sealing.get(hash).cloned());
                [ServerFrame::Keys(Keys { group, keys: keys.map(Into::into).collect() })].into()
            }
            ClientFrame::GetRoster(_) => {
                let changes = self.records.iter().filter(|record| record.kind == RecordKind::ROSTER_CHANGE);
                let changes =
                    changes.map(|record| TimedChange { time: record.time, change: record.body.clone() });
                [ServerFrame::Roster(RosterList { group, changes: changes.collect() })].into()
            }
            ClientFrame::Presence(_) => {
                self.told.push(bytes.to_vec());
                VecDeque::new()
            }
            _ => VecDeque::new(),
        }
    }

    fn take(&mut self, append: Append, now: Timestamp) -> VecDeque<ServerFrame> {
        assert!(append.entries.len() <= limits::MAX_ENTRIES_PER_APPEND);
        let group = append.group;
        let mut answers = VecDeque::new();
        let mut stopped = BTreeSet::new();
        for body in append.entries {
            let entry = VerifiedEntry::verify(&group, &body).unwrap();
            let (device, sequence) = (entry.device(), entry.header().sequence);
            let known = self.heads.entry(device).or_default();
            let at = usize::try_from(sequence.get()).unwrap();
            let refusal = if stopped.contains(&device) {
                continue;
            } else if let Some(code) = self.refuses.get(&device) {
                Some(*code)
            } else if at <= known.len() {
                (known[at - 1] != entry.id()).then_some(Code::CLONE)
            } else if at != known.len() + 1 {
                Some(Code::OUT_OF_SEQUENCE)
            } else {
                known.push(entry.id());
                self.append(RecordKind::ENTRY, body.to_vec(), now);
                None
            };
            if let Some(code) = refusal {
                stopped.insert(device);
                let about = About::Entry(group, device, sequence);
                answers.push_back(ServerFrame::Refused(Refused { about, code, detail: String::new() }));
            } else {
                let position = self.end().position;
                let entries = vec![AcceptedEntry { device, sequence, position, time: now }];
                let generation = self.end().generation;
                answers.push_back(ServerFrame::Accepted(Accepted { group, generation, entries, head: None }));
            }
        }
        answers
    }

    fn keep(&mut self, keys: &[minicbor::bytes::ByteVec]) {
        self.sealing.extend(keys.iter().map(|key| (crate::key_box::key_hash(key), key.to_vec())));
    }

    fn change(&mut self, change: Change, now: Timestamp) -> ServerFrame {
        let roster = self.roster.as_mut().unwrap();
        let signed: SignedChange = minicbor::decode(&change.change).unwrap();
        let hash = signed.hash(&change.group, &change.previous);
        let about = About::Change(change.group, hash);
        let verified = match roster.verify(&change.change, now) {
            Ok(verified) if change.previous == roster.head() => verified,
            Ok(_) => return refused(about, Code::STALE_ROSTER),
            Err(_) if change.previous != roster.head() => return refused(about, Code::STALE_ROSTER),
            Err(error) => return refused(about, error.code()),
        };
        roster.apply(verified).unwrap();
        self.keep(&change.keys);
        self.boxes.extend(change.boxes);
        self.append(RecordKind::ROSTER_CHANGE, change.change.to_vec(), now);
        let position = self.end().position;
        ServerFrame::Changed(Changed { group: change.group, hash, position, time: now })
    }
}

fn refused(about: About, code: Code) -> ServerFrame {
    ServerFrame::Refused(Refused { about, code, detail: String::new() })
}

fn secret(byte: u8) -> Secret {
    Secret::from_slice(&[byte; 32]).unwrap()
}
