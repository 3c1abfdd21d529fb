//! The device's end of its connections, one per server: when to connect, what to say, what to make of the answers.
//! Step 9 of a change's life; next: `server/src/socket.rs`.
//!
//! Nothing about what was sent outlives a connection: each starts from what is stored.

use porchlight_wire::frame::{
    About, Append, Change, ClientFrame, Code, Credential, Found, GetBox, GetRoster, Hello, Open, Opened,
    Records, Refused, ServerFrame, Versions, Welcome,
};
use porchlight_wire::{GroupId, Hash, Timestamp};
use rand_core::Rng;

use crate::device::Device;
use crate::group::{Problem, Standing};
use crate::inbox::{self, InboxError};
use crate::io::{Event, LinkId, Output};
use crate::key_box;
use crate::membership::sign_change;
use crate::payload::{DocumentChanges, Payload};
use crate::seal::{self, Place};
use crate::storage::{Phase, StoredEntry};

/// No answer for this long after something was sent: the connection is dead, whatever the socket says.
const ANSWER_MILLIS: u64 = 20_000;

/// A quiet connection is asked for a sign of life this often. Rarely, since it costs data and battery.
const QUIET_MILLIS: u64 = 5 * 60 * 1000;

/// The first and the longest pause between two attempts to connect.
const PAUSE_MILLIS: (u64, u64) = (1_000, 5 * 60 * 1000);

/// After a server said that it cannot store anything, what waits is sent again this much later.
const BUSY_MILLIS: u64 = 30_000;

/// Entries in flight at once.
const IN_FLIGHT: usize = 64;

/// The connection to one server.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) state: LinkState,
    id: Option<LinkId>,
    welcome: Option<Welcome>,
    attempts: u32,
    retry_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    heard_at: Timestamp,
}

/// What a person should know of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Nothing was tried yet.
    Resting,
    /// An attempt is under way, or soon will be, and none has failed since the last connection.
    Connecting,
    /// The server has spoken.
    Open,
    /// Attempts failed since then; another may be under way.
    Failing { since: Timestamp },
}

impl Link {
    fn new(now: Timestamp) -> Self {
        Self {
            state: LinkState::Resting,
            id: None,
            welcome: None,
            attempts: 0,
            retry_at: None,
            asked_at: None,
            heard_at: now,
        }
    }
}

impl Device {
    /// Tries to reach all servers now, as when the app comes to the front or the network is back.
    pub fn connect(&mut self, now: Timestamp) {
        let urls: Vec<String> = self.links.keys().cloned().collect();
        for url in urls {
            if self.links.get(&url).is_some_and(|link| link.id.is_none()) {
                self.dial(&url);
            }
        }
        self.schedule(now);
    }

    /// Makes sure that each Group's server has a Link, and dials those that were never tried.
    pub(crate) fn make_links(&mut self, now: Timestamp) {
        let urls: Vec<String> = self.groups.values().map(|group| group.stored.url.clone()).collect();
        for url in urls {
            let link = self.links.entry(url.clone()).or_insert_with(|| Link::new(now));
            if link.id.is_none() && link.state == LinkState::Resting {
                self.dial(&url);
            }
        }
    }

    pub(crate) fn link_opened(&mut self, id: LinkId, now: Timestamp) {
        let Some(link) = self.links.values_mut().find(|link| link.id == Some(id)) else { return };
        link.heard_at = now;
        link.asked_at = Some(now);
    }

    pub(crate) fn link_closed(&mut self, id: LinkId, now: Timestamp) {
        if let Some(url) = self.url_of(id) {
            self.hang_up(&url, now);
        }
    }

    pub(crate) fn link_received(&mut self, id: LinkId, bytes: &[u8], now: Timestamp) {
        let Some(url) = self.url_of(id) else { return };
        if let Some(link) = self.links.get_mut(&url) {
            link.heard_at = now;
            link.asked_at = None;
        }
        match ServerFrame::decode(bytes) {
            Ok(Some(ServerFrame::Welcome(welcome))) => self.welcomed(&url, welcome, now),
            Ok(Some(frame)) if self.welcome_of(&url).is_some() => self.answered(&url, frame, now),
            // A kind of a later version: not for us.
            Ok(None) => {}
            // A login page, a proxy, another protocol: not the server, so nothing it says counts.
            Ok(Some(_)) | Err(_) => self.drop_link(&url, now),
        }
    }

    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.forget_wake();
        let urls: Vec<String> = self.links.keys().cloned().collect();
        for url in urls {
            self.tick_link(&url, now);
        }
        let groups: Vec<GroupId> = self.groups.keys().copied().collect();
        for id in groups {
            self.flush_due(id, now);
        }
    }

    /// When something of the links or Outboxes is due next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let links = self.links.values().filter_map(|link| match link.id {
            None => link.retry_at,
            Some(_) => Some(link.asked_at.map_or_else(
                || link.heard_at.plus_millis(QUIET_MILLIS),
                |asked| asked.plus_millis(ANSWER_MILLIS),
            )),
        });
        let edits =
            self.groups.values().filter(|group| self.can_send(group.id)).filter_map(|group| group.due);
        links.chain(edits).min()
    }

    /// Seals and sends what waits, if it is due and there is a connection.
    pub(crate) fn flush_due(&mut self, id: GroupId, now: Timestamp) {
        if self.can_send(id) && self.groups.get(&id).and_then(|group| group.due).is_some_and(|due| due <= now)
        {
            self.flush(id, now);
        }
    }

    /// Starts with a Group on a connection that already stands.
    pub(crate) fn enter_open_link(&mut self, id: GroupId, now: Timestamp) {
        let Some(url) = self.groups.get(&id).map(|group| group.stored.url.clone()) else { return };
        if let Some(welcome) = self.welcome_of(&url) {
            self.enter(id, &welcome, now);
        }
    }

    /// Signs the waiting RosterChanges for the newest Roster and sends them, unless that was done already.
    pub(crate) fn send_requests(&mut self, id: GroupId, now: Timestamp) {
        if !self.can_send(id) {
            return;
        }
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(roster) = &group.roster else { return };
        let head = roster.head();
        // One at a time: the next must name the hash of the one before.
        let Some((_, request)) = group.outbox.requests().next() else { return };
        if request.sent_for == Some(head) {
            return;
        }
        let change = sign_change(&group.keys, &id, &head, &request.stored.body, None);
        request.sent_for = Some(head);
        request.hash = change_hash(&id, &head, &change);
        let boxes = request.stored.boxes.clone();
        let change = Change { group: id, previous: head, change: change.into(), keys: Vec::new(), boxes };
        self.send(id, &ClientFrame::Change(change), now);
    }

    fn dial(&mut self, url: &str) {
        let id = LinkId(self.next_link);
        self.next_link = self.next_link.saturating_add(1);
        let Some(link) = self.links.get_mut(url) else { return };
        link.id = Some(id);
        link.retry_at = None;
        link.asked_at = None;
        if link.state == LinkState::Resting {
            link.state = LinkState::Connecting;
        }
        self.outputs.push_back(Output::Connect { link: id, url: url.to_owned() });
    }

    fn tick_link(&mut self, url: &str, now: Timestamp) {
        let Some(link) = self.links.get_mut(url) else { return };
        match link.id {
            None => {
                if link.retry_at.is_some_and(|at| at <= now) {
                    self.dial(url);
                }
            }
            Some(id) => {
                if link.asked_at.is_some_and(|asked| now.since(asked) >= ANSWER_MILLIS) {
                    self.drop_link(url, now);
                } else if link.asked_at.is_none()
                    && link.welcome.is_some()
                    && now.since(link.heard_at) >= QUIET_MILLIS
                {
                    link.asked_at = Some(now);
                    let hello = ClientFrame::Hello(Hello { versions: Versions::OURS });
                    self.outputs.push_back(Output::Send { link: id, frame: hello.encode() });
                }
            }
        }
    }

    /// Ends a connection ourselves.
    fn drop_link(&mut self, url: &str, now: Timestamp) {
        if let Some(id) = self.links.get(url).and_then(|link| link.id) {
            self.outputs.push_back(Output::Close { link: id });
        }
        self.hang_up(url, now);
    }

    /// A connection is gone: note since when, and plan the next attempt.
    fn hang_up(&mut self, url: &str, now: Timestamp) {
        let spread = self.entropy.next_u64();
        let Some(link) = self.links.get_mut(url) else { return };
        // A connection that had worked is tried again soon: most breaks are short, and not worth a word.
        let worked = link.welcome.is_some();
        if worked {
            link.attempts = 0;
        }
        let longest = PAUSE_MILLIS.0.saturating_mul(1 << link.attempts.min(16)).min(PAUSE_MILLIS.1);
        link.attempts = link.attempts.saturating_add(1);
        link.retry_at = Some(now.plus_millis(longest / 2 + spread % (longest / 2).max(1)));
        link.id = None;
        link.welcome = None;
        link.asked_at = None;
        link.state = match link.state {
            LinkState::Open if worked => LinkState::Connecting,
            LinkState::Failing { since } => LinkState::Failing { since },
            _ => LinkState::Failing { since: link.heard_at },
        };
        for group in self.groups.values_mut().filter(|group| group.stored.url == url) {
            group.standing = Standing::Away;
            group.outbox.forget_sent();
            self.outputs.push_back(Output::Event(Event::StatusChanged { group: group.id }));
        }
    }

    fn welcomed(&mut self, url: &str, welcome: Welcome, now: Timestamp) {
        let Some(link) = self.links.get_mut(url) else { return };
        let first = link.welcome.is_none();
        let speaks = welcome.versions.common(Versions::OURS).is_some();
        if speaks {
            link.state = LinkState::Open;
            link.welcome = Some(welcome.clone());
        }
        if !first {
            return;
        }
        let groups: Vec<GroupId> =
            self.groups.values().filter(|group| group.stored.url == url).map(|group| group.id).collect();
        for id in groups {
            if speaks {
                self.enter(id, &welcome, now);
            } else {
                self.problem(id, Problem::UnsupportedVersion);
            }
        }
        if !speaks {
            self.drop_link(url, now);
        }
    }

    /// Says everything there is to say for a Group, without waiting for answers in between.
    fn enter(&mut self, id: GroupId, welcome: &Welcome, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        if group.stored.server != welcome.server {
            self.problem(id, Problem::OtherServer);
            return;
        }
        match &group.stored.phase {
            Phase::Joining(_) => self.knock(id, now),
            Phase::Founding(token) => {
                let token = token.clone();
                let Some(change) = group.founding.clone() else { return };
                let keys = vec![key_box::public_key(group.keys.sealing()).into()];
                self.send(id, &ClientFrame::Found(Found { change: change.into(), token, keys }), now);
                self.open_group(id, now);
            }
            Phase::Active => self.open_group(id, now),
        }
    }

    /// Opens the Group as one of its Devices, and sends what waits.
    pub(crate) fn open_group(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.standing = Standing::Opening;
        let credential = Credential::Device(group.keys.id());
        self.send_open(id, credential, now);
        if self.groups.get(&id).is_some_and(crate::group::Group::is_in) {
            self.flush(id, now);
            self.send_requests(id, now);
        }
    }

    pub(crate) fn send_open(&mut self, id: GroupId, credential: Credential, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Some(welcome) = self.welcome_of(&group.stored.url) else { return };
        let message = Open::proof_message(&welcome.server, &welcome.challenge, &id, credential.key());
        let proof = match credential {
            Credential::Device(_) => group.keys.sign(&message),
            Credential::Invitation(_) => match group.invitation() {
                Some(secret) => secret.sign(&message),
                None => return,
            },
        };
        let cursor = group.progress.cursor;
        self.send(id, &ClientFrame::Open(Open { group: id, credential, proof, cursor }), now);
    }

    fn answered(&mut self, url: &str, frame: ServerFrame, now: Timestamp) {
        // A server speaks for the Groups that it keeps, and for no other's.
        let about = frame.group();
        if about.is_some_and(|id| self.groups.get(&id).is_none_or(|group| group.stored.url != url)) {
            return;
        }
        match frame {
            ServerFrame::Welcome(_) => {}
            ServerFrame::Opened(opened) => self.opened(url, &opened, now),
            ServerFrame::Records(records) => self.records(url, &records, now),
            ServerFrame::Accepted(accepted) => {
                if accepted.head.is_none() {
                    return;
                }
                let records =
                    self.groups.get(&accepted.group).and_then(|group| inbox::own_records(group, &accepted));
                match records {
                    Some(records) => self.records(url, &records, now),
                    None => self.drop_link(url, now),
                }
            }
            ServerFrame::Changed(changed) => self.roster_changed(&changed, now),
            ServerFrame::Roster(list) => self.roster_listed(&list, now),
            ServerFrame::Box(key_box) => self.box_arrived(&key_box, now),
            ServerFrame::Refused(refused) => self.refused(url, &refused, now),
        }
    }

    fn opened(&mut self, url: &str, opened: &Opened, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&opened.group) else { return };
        if opened.head.verify(&group.id, &group.stored.server).is_err() {
            self.drop_link(url, now);
            return;
        }
        if !inbox::continues(&group.progress.cursor, &opened.head) {
            self.problem(opened.group, Problem::OtherHistory);
            return;
        }
        group.standing = Standing::Open { end: opened.head.cursor };
        group.problem = None;
        self.event(Event::StatusChanged { group: opened.group });
        self.check_pinned(opened.group);
    }

    fn records(&mut self, url: &str, records: &Records, now: Timestamp) {
        let id = records.group;
        let Some(group) = self.groups.get_mut(&id) else { return };
        // Without the Group's key nothing can be opened; the log is asked for again once the key is here.
        if !group.is_in() || matches!(group.standing, Standing::Away) {
            return;
        }
        match inbox::take(group, records) {
            Ok(taken) => {
                self.persist(taken.writes);
                for name in taken.changed {
                    self.event(Event::DocumentChanged { group: id, name });
                }
                if taken.members {
                    self.event(Event::MembersChanged { group: id });
                }
                self.event(Event::StatusChanged { group: id });
                self.check_pinned(id);
                self.send_requests(id, now);
                self.send_entries(id, now);
            }
            Err(InboxError::OtherHistory | InboxError::NotTheServer) => {
                self.problem(id, Problem::OtherHistory)
            }
            Err(InboxError::Gap { .. }) => self.drop_link(url, now),
        }
    }

    fn refused(&mut self, url: &str, refused: &Refused, now: Timestamp) {
        let code = refused.code;
        match refused.about {
            About::Connection => self.drop_link(url, now),
            About::Group(id) => self.group_refused(id, code, now),
            About::Entry(id, device, _) => {
                let Some(group) = self.groups.get_mut(&id) else { return };
                if device != group.keys.id() {
                    return;
                }
                match code {
                    Code::CLONE => self.problem(id, Problem::Clone),
                    Code::STORAGE | Code::BUSY | Code::QUOTA | Code::CLOCK_JUMPED => {
                        group.outbox.forget_sent();
                        group.due = Some(now.plus_millis(BUSY_MILLIS));
                        self.problem(id, Problem::ServerBusy(code));
                    }
                    // The Group itself was refused, and that was said already.
                    Code::NOT_OPEN => {}
                    _ => self.problem(id, Problem::EntryRefused(code)),
                }
            }
            About::Change(id, hash) => self.change_refused(id, &hash, code, now),
            About::Box(id, ..) => self.box_refused(id, code),
        }
    }

    fn group_refused(&mut self, id: GroupId, code: Code, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        if matches!(group.stored.phase, Phase::Joining(_)) {
            self.knock_refused(id, code, now);
            return;
        }
        let founding = matches!(group.stored.phase, Phase::Founding(_));
        let problem = match code {
            Code::BAD_TOKEN | Code::GROUPS_CLOSED | Code::QUOTA if founding => Problem::FoundingRefused(code),
            // The Found before it was refused, and that was said already.
            Code::UNKNOWN_GROUP if founding => return,
            Code::UNKNOWN_GROUP => Problem::ServerLacksGroup,
            Code::OTHER_HISTORY => Problem::OtherHistory,
            Code::NOT_A_MEMBER => Problem::NotAMember,
            Code::STORAGE | Code::BUSY | Code::CLOCK_JUMPED | Code::BAD_PROOF => {
                self.server_busy(id, code, now);
                return;
            }
            other => Problem::EntryRefused(other),
        };
        self.problem(id, problem);
    }

    /// The server cannot serve a Group now: connect anew after the usual pause, and start over from what is stored.
    pub(crate) fn server_busy(&mut self, id: GroupId, code: Code, now: Timestamp) {
        self.problem(id, Problem::ServerBusy(code));
        if let Some(url) = self.groups.get(&id).map(|group| group.stored.url.clone()) {
            self.drop_link(&url, now);
        }
    }

    /// Seals what waits and sends it.
    fn flush(&mut self, id: GroupId, now: Timestamp) {
        while self.seal_next(id, now) {}
        if let Some(group) = self.groups.get_mut(&id) {
            group.due = None;
        }
        self.send_entries(id, now);
    }

    /// Seals one Entry out of the Changes that wait; says whether there was one.
    fn seal_next(&mut self, id: GroupId, now: Timestamp) -> bool {
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let Some((epoch, key)) = group.newest_key() else { return false };
        let key = key.clone();
        let Some(roster) = group.roster.as_ref().map(porchlight_wire::roster::Roster::head) else {
            return false;
        };
        let gathered = group.outbox.gather();
        if gathered.is_empty() {
            return false;
        }
        let numbers: Vec<u64> = gathered.iter().map(|(number, _)| *number).collect();
        let mut documents: Vec<DocumentChanges> = Vec::new();
        for (_, edit) in gathered {
            match documents.last_mut().filter(|last| last.kind == edit.kind && last.key == edit.key) {
                Some(last) => last.changes.push(edit.change.clone()),
                None => documents.push(DocumentChanges {
                    kind: edit.kind.clone(),
                    key: edit.key.clone(),
                    changes: vec![edit.change.clone()],
                }),
            }
        }
        let (last, previous) = group.own_last();
        let place = Place { group: id, sequence: last.next(), previous, epoch };
        let payload = Payload { documents, cursor: group.progress.cursor, roster, clock: now };
        let Ok(sealed) = seal::seal(&payload, &place, &group.keys, &key, &mut self.entropy) else {
            return false;
        };
        let changes = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let stored =
            StoredEntry { sequence: place.sequence, id: sealed.id, bytes: sealed.bytes.into(), changes };
        let mut writes = Vec::new();
        group.outbox.sealed(&id, &numbers, stored, &mut writes);
        group.sealed_at = Some(now);
        self.persist(writes);
        true
    }

    fn send_entries(&mut self, id: GroupId, now: Timestamp) {
        if !self.can_send(id) {
            return;
        }
        loop {
            let Some(group) = self.groups.get_mut(&id) else { return };
            let in_flight = group.outbox.entries().filter(|entry| entry.sent).count();
            let entries = group.outbox.take_unsent(IN_FLIGHT.saturating_sub(in_flight));
            if entries.is_empty() {
                return;
            }
            let entries = entries.into_iter().map(Into::into).collect();
            self.send(id, &ClientFrame::Append(Append { group: id, entries }), now);
        }
    }

    pub(crate) fn ask_for_box(
        &mut self,
        id: GroupId,
        epoch: porchlight_wire::Epoch,
        recipient: Hash,
        now: Timestamp,
    ) {
        self.send(id, &ClientFrame::GetBox(GetBox { group: id, epoch, recipient }), now);
    }

    pub(crate) fn ask_for_roster(&mut self, id: GroupId, now: Timestamp) {
        self.send(id, &ClientFrame::GetRoster(GetRoster { group: id }), now);
    }

    /// Sends a frame on the connection to a Group's server, from which an answer is expected.
    pub(crate) fn send(&mut self, id: GroupId, frame: &ClientFrame, now: Timestamp) {
        let Some(group) = self.groups.get(&id) else { return };
        let Some(link) = self.links.get_mut(&group.stored.url) else { return };
        let (Some(link_id), Some(_)) = (link.id, &link.welcome) else { return };
        link.asked_at.get_or_insert(now);
        self.outputs.push_back(Output::Send { link: link_id, frame: frame.encode() });
    }

    /// The server's word for something that has gone wrong with a Group; everything is kept.
    pub(crate) fn problem(&mut self, id: GroupId, problem: Problem) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.problem = Some(problem);
        let keeps_going =
            matches!(problem, Problem::ServerBusy(_) | Problem::EntryRefused(_) | Problem::Clone);
        if !keeps_going {
            group.standing = Standing::Away;
        }
        self.event(Event::StatusChanged { group: id });
    }

    /// Once current, the Roster must hold every RosterChange that this device has verified before.
    fn check_pinned(&mut self, id: GroupId) {
        let Some(group) = self.groups.get(&id) else { return };
        if group.is_current() && group.progress.pinned.is_some() {
            self.problem(id, Problem::OtherHistory);
        }
    }

    fn can_send(&self, id: GroupId) -> bool {
        self.groups.get(&id).is_some_and(|group| {
            matches!(group.standing, Standing::Opening | Standing::Open { .. })
                && self.links.get(&group.stored.url).is_some_and(|link| link.welcome.is_some())
        })
    }

    pub(crate) fn welcome_of(&self, url: &str) -> Option<Welcome> {
        self.links.get(url).and_then(|link| link.welcome.clone())
    }

    fn url_of(&self, id: LinkId) -> Option<String> {
        self.links.iter().find(|(_, link)| link.id == Some(id)).map(|(url, _)| url.clone())
    }
}

/// The hash by which a server names a RosterChange that was signed to follow `previous`.
pub(crate) fn change_hash(group: &GroupId, previous: &Hash, change: &[u8]) -> Option<Hash> {
    let signed: porchlight_wire::roster::SignedChange = minicbor::decode(change).ok()?;
    Some(signed.hash(group, previous))
}
