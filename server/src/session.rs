//! Step 11: the server's end of one connection: frames in; replies, orders and requests out.
//! Next: `server/src/log.rs`.
//!
//! Pure: it does not wait, read a clock or touch the network, so the simulator runs the same code. Whoever drives it
//! carries out [`Session::next_action`] until there is none, after every call of [`Session::handle`]; then, when
//! nothing else is to be done, the catch-up of [`Session::next_read`].

use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::Bytes;
use porchlight_wire::frame::{
    About, Append, Change, ClientFrame, Code, Credential, Found, FrameError, GetBox, KeyBox, LobbyAct,
    LobbyAnswer, LobbyCall, LobbyState, LookupCall, Open, Presence, PutKeys, ServerFrame, Versions, Welcome,
};
use porchlight_wire::limits as protocol;
use porchlight_wire::{Challenge, DeviceId, GroupId, Hash, Position, ServerKey, StoreId, Timestamp};

use crate::limits;
use crate::log::{
    CheckedChange, CheckedEntry, Order, Outcome, Published, SideCall, SideOrder, about_box, refusal,
};
use crate::reader::{Answer, Flow, Request, What};

mod meter;
mod open_groups;
mod outcomes;
mod snapshots;
#[cfg(test)]
mod tests;

use meter::{Meter, weight};
use open_groups::{OpenGroup, OpenGroups};

/// What a session must know of its server and its connection.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The server's public key.
    pub server: ServerKey,
    /// The database's id.
    pub store: StoreId,
    /// The peer's address, as far as addresses are counted.
    pub address: Option<IpAddr>,
    /// How the frames come.
    pub carrier: Carrier,
}

/// How frames come, and which challenges the peer may therefore sign.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// A WebSocket: stays open and listens; its challenges are fresh, made from these random bytes.
    Socket([u8; 32]),
    /// A POST: ends when all is answered; it may sign what [`crate::identity::Identity::shared_challenges`] gives,
    /// because it could not be told a challenge before.
    Post([Challenge; 2]),
}

/// What happens to a session.
#[derive(Debug)]
pub enum Input<'a> {
    /// The peer sent a frame.
    Frame(&'a [u8]),
    /// An order was carried out; in the order of the orders.
    Outcome(Outcome),
    /// A Group that is listened to has new Records.
    Published(&'a Published),
    /// There are Records up to a Position that this connection could not take.
    Behind(GroupId, Position),
    /// Somebody else who listens has told everybody something about a Group.
    Told(GroupId, &'a Bytes),
    /// The last request was answered.
    Answer(Answer),
}

/// What is to be done for a session, at once and in order.
#[derive(Debug)]
pub enum Action {
    /// Send a frame.
    Send(Bytes),
    /// Give it to the log; the [`Outcome`] comes back some time later.
    Order(Order),
    /// Read it; the [`Answer`] comes back before anything else.
    Read(Request),
    /// From now on tell the session what is published in this Group.
    Listen(GroupId),
    /// No longer.
    Leave(GroupId),
    /// Pass a frame on to everybody else who listens, at once or not at all.
    Tell(GroupId, Bytes),
    /// Close the connection, after everything before was sent.
    Close,
}

/// The server's end of a connection.
#[derive(Debug)]
pub struct Session {
    terms: Terms,
    challenges: Vec<Challenge>,
    challenges_made: u64,
    groups: OpenGroups,
    actions: VecDeque<Action>,
    /// A frame that must wait until everything before it is in the log.
    held: Option<Box<ClientFrame>>,
    unanswered: VecDeque<usize>,
    meter: Meter,
    closed: bool,
    /// Which device has shown its key for which Group, known here or not: it may bring back what the server lost.
    proven: Vec<(GroupId, DeviceId)>,
}

impl Session {
    /// A session that greets its peer.
    pub fn new(terms: Terms, now: Timestamp) -> Self {
        let mut session = Self {
            terms,
            challenges: Vec::new(),
            challenges_made: 0,
            groups: OpenGroups::default(),
            actions: VecDeque::new(),
            held: None,
            unanswered: VecDeque::new(),
            meter: Meter::new(now),
            closed: false,
            proven: Vec::new(),
        };
        session.welcome(now);
        session
    }

    /// Takes what happened.
    pub fn handle(&mut self, input: Input<'_>, now: Timestamp) {
        if self.closed {
            return;
        }
        match input {
            Input::Frame(bytes) => self.frame(bytes, now),
            Input::Outcome(outcome) => self.outcome(outcome, now),
            Input::Published(published) => self.published(published),
            Input::Behind(group, position) => {
                if let Some(open) = self.groups.get(&group) {
                    open.reaches(position);
                }
            }
            Input::Told(group, frame) => {
                // Who waits in the lobby hears nothing of what the members do, but that they are sent away.
                let hears = self.groups.admitted(&group).is_some_and(|open| {
                    open.device().is_some() || open.knocked.is_some_and(|device| sends_away(frame, device))
                });
                if hears {
                    self.actions.push_back(Action::Send(frame.clone()));
                }
            }
            Input::Answer(answer) => self.answer(answer),
        }
    }

    /// What is to be done next.
    pub fn next_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front();
        if action.is_none() && self.actions.capacity() > 0 {
            // An idle connection keeps no room for actions.
            self.actions = VecDeque::new();
        }
        action
    }

    /// Whether [`Session::next_read`] has something.
    pub fn wants_read(&self) -> bool {
        !self.closed && self.groups.any_behind()
    }

    /// What is to be read next for a peer that is behind.
    pub fn next_read(&mut self) -> Option<Request> {
        if self.closed { None } else { self.groups.next_read() }
    }

    /// Whether a further frame may be taken: not while one waits, and not when too much waits for the disk.
    pub fn accepts_frames(&self) -> bool {
        let waiting: usize = self.unanswered.iter().sum();
        !self.closed && self.held.is_none() && waiting < limits::UNFINISHED_BYTES_PER_CONNECTION
    }

    /// Whether orders are still to be answered.
    pub fn is_waiting(&self) -> bool {
        !self.closed && (self.held.is_some() || !self.unanswered.is_empty())
    }

    /// Whether a Group is open to the peer.
    pub fn is_admitted(&self) -> bool {
        self.groups.any_admitted()
    }

    /// Whether the connection was refused as a whole: nothing more is taken.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// How large the next frame may be: a stranger has little to say.
    pub fn frame_limit(&self) -> usize {
        if self.groups.any_admitted() || !self.proven.is_empty() {
            protocol::MAX_FRAME
        } else {
            limits::MAX_FRAME_BEFORE_OPEN
        }
    }

    fn frame(&mut self, bytes: &[u8], now: Timestamp) {
        if bytes.len() > self.frame_limit() {
            return self.fail(Code::TOO_LARGE, "the frame is too large");
        }
        match ClientFrame::decode(bytes) {
            Ok(Some(frame)) if self.meter.allows(weight(&frame), bytes.len(), now) => self.take(frame, now),
            Ok(None) if self.meter.allows(1, bytes.len(), now) => {}
            Ok(_) => self.fail(Code::BUSY, "too much at once from this connection"),
            Err(error @ FrameError::TooLarge(_)) => self.fail(Code::TOO_LARGE, &error.to_string()),
            Err(error @ FrameError::Malformed(_)) => self.fail(Code::MALFORMED, &error.to_string()),
        }
    }

    fn take(&mut self, frame: ClientFrame, now: Timestamp) {
        let reads = matches!(
            frame,
            ClientFrame::Open(_)
                | ClientFrame::GetBox(_)
                | ClientFrame::GetRoster(_)
                | ClientFrame::GetPart(_)
                | ClientFrame::GetSnapshots(_)
        );
        if reads && !self.unanswered.is_empty() {
            self.held = Some(Box::new(frame));
            return;
        }
        match frame {
            ClientFrame::Hello(hello) => match Versions::OURS.common(hello.versions) {
                Some(_) => self.welcome(now),
                None => self
                    .fail(Code::UNSUPPORTED_VERSION, "no version in common; the older side needs an update"),
            },
            ClientFrame::Found(found) => self.found(found),
            ClientFrame::Open(open) => self.open(&open),
            ClientFrame::Append(append) => self.append(append),
            ClientFrame::Change(change) => self.change(change),
            ClientFrame::PutBox(put) => self.put_box(put),
            ClientFrame::PutKeys(put) => self.put_keys(put),
            ClientFrame::GetBox(wanted) => self.get_box(wanted),
            ClientFrame::GetRoster(wanted) => {
                if let Some(credential) = self.groups.may_read_roster(&wanted.group) {
                    self.read(wanted.group, credential, What::Roster);
                } else {
                    self.refuse_unopened(About::Group(wanted.group));
                }
            }
            ClientFrame::Presence(presence) => self.presence(presence),
            ClientFrame::Leave(left) => self.drop_group(&left.group),
            ClientFrame::GetKeys(wanted) => self.side(SideCall::Keys(wanted)),
            ClientFrame::Lobby(call) => self.side(SideCall::Lobby(call)),
            ClientFrame::Held(call) => self.side(SideCall::Held(call)),
            ClientFrame::Lookup(call) => self.side(SideCall::Lookup(call)),
            ClientFrame::PutPart(put) => self.put_part(put),
            ClientFrame::GetPart(wanted) => {
                self.send_nothing_ahead(&wanted.group);
                let about = About::Part(wanted.group, wanted.part);
                self.read_for_device(wanted.group, about, What::Part(wanted));
            }
            ClientFrame::GetSnapshots(wanted) => {
                self.send_nothing_ahead(&wanted.group);
                let what = What::Snapshots(wanted.pieces);
                self.read_for_device(wanted.group, About::Group(wanted.group), what);
            }
            ClientFrame::State(state) => self.state(state),
            ClientFrame::Refill(refill) => self.refill(refill),
        }
    }

    fn welcome(&mut self, now: Timestamp) {
        let challenge = match &self.terms.carrier {
            Carrier::Socket(seed) => {
                let number = self.challenges_made.to_be_bytes();
                let made = Hash::of("porchlight/fresh-challenge/1", &[seed, &number]);
                Challenge::from_bytes(*made.as_bytes())
            }
            Carrier::Post([newest, before]) => {
                self.challenges = vec![*before];
                *newest
            }
        };
        self.challenges_made += 1;
        // The one before still counts: an Open may be under way that was signed for it.
        if self.challenges.len() > 1 {
            self.challenges.remove(0);
        }
        self.challenges.push(challenge);
        self.send(&ServerFrame::Welcome(Welcome {
            versions: Versions::OURS,
            server: self.terms.server,
            store: self.terms.store,
            challenge,
            time: now,
        }));
    }

    fn found(&mut self, found: Found) {
        let Some(change) = CheckedChange::read_founding(found.change.into()) else {
            return self.fail(Code::MALFORMED, "the founding cannot be read");
        };
        if found.keys.len() > protocol::MAX_ATTACHMENTS {
            return self.refuse(About::Group(change.group()), Code::TOO_LARGE, "too many keys at once");
        }
        let token = found.token.map(Into::into);
        self.order(Order::Found { change, token, keys: found.keys.into_iter().map(Into::into).collect() });
    }

    fn open(&mut self, open: &Open) {
        let about = About::Group(open.group);
        let server = self.terms.server;
        if !self.challenges.iter().any(|challenge| open.verify(&server, challenge).is_ok()) {
            return self.refuse(about, Code::BAD_PROOF, "the proof does not fit this connection's challenge");
        }
        let listens = matches!(open.credential, Credential::Device(_));
        if let Credential::Device(device) = open.credential {
            self.proven.retain(|(group, _)| *group != open.group);
            self.proven.truncate(protocol::MAX_GROUPS_PER_CONNECTION - 1);
            self.proven.push((open.group, device));
        }
        self.drop_group(&open.group);
        if self.groups.len() >= protocol::MAX_GROUPS_PER_CONNECTION {
            return self.refuse(about, Code::TOO_LARGE, "too many groups on one connection");
        }
        self.groups.add(OpenGroup::new(open.group, open.credential, open.cursor.position));
        // First listen, then read: nothing can fall between.
        if listens {
            self.actions.push_back(Action::Listen(open.group));
        }
        let mut cursors = open.earlier.clone().unwrap_or_default();
        cursors.truncate(protocol::MAX_EARLIER);
        cursors.insert(0, open.cursor);
        let flow = if open.quiet == Some(true) { Flow::Quiet } else { Flow::Records };
        self.read(open.group, open.credential, What::Open(cursors, flow));
    }

    fn append(&mut self, append: Append) {
        let group = append.group;
        if append.entries.len() > protocol::MAX_ENTRIES_PER_APPEND {
            return self.fail(Code::TOO_LARGE, "too many entries at once");
        }
        // A removed device may still hand in what it had made before: an organizer decides about it.
        let removed = self.groups.removed(&group);
        let open = self.groups.admitted(&group).is_some_and(|open| open.device().is_some());
        if !open && removed.is_none() {
            return self.refuse_unopened(About::Group(group));
        }
        let mut entries = Vec::with_capacity(append.entries.len());
        let mut stopped = Vec::new();
        for body in append.entries {
            match CheckedEntry::check(&group, body.into()) {
                Ok(entry) if stopped.contains(&entry.device()) => {}
                Ok(entry) if removed.is_some_and(|device| device != entry.device()) => {}
                Ok(entry) => entries.push(entry),
                Err(bad) => match bad.about {
                    Some(about @ About::Entry(_, device, _)) => {
                        if !stopped.contains(&device) {
                            stopped.push(device);
                            self.refuse(about, bad.code, bad.detail);
                        }
                    }
                    // There is nothing in it that a refusal could name: whoever sends such a thing is broken.
                    _ => return self.fail(bad.code, bad.detail),
                },
            }
        }
        if !entries.is_empty() {
            self.order(Order::Append { group, entries });
        }
    }

    fn change(&mut self, change: Change) {
        let group = change.group;
        let Some(checked) = CheckedChange::read(group, change.previous, change.change.into()) else {
            return self.fail(Code::MALFORMED, "the roster change cannot be read");
        };
        let about = checked.about();
        let Some(by) = self.groups.admitted(&group).map(OpenGroup::credential) else {
            return self.refuse_unopened(about);
        };
        if change.keys.len() + change.boxes.len() > protocol::MAX_ATTACHMENTS {
            return self.refuse(about, Code::TOO_LARGE, "too many keys and boxes at once");
        }
        let keys = change.keys.into_iter().map(Into::into).collect();
        self.order(Order::Change { by, change: checked, keys, boxes: change.boxes });
    }

    /// Passed on unread and kept nowhere.
    fn presence(&mut self, presence: Presence) {
        let about = About::Group(presence.group);
        match self.groups.admitted(&presence.group).map(OpenGroup::device) {
            Some(Some(device)) if device != presence.device => {
                self.refuse(about, Code::NOT_ALLOWED, "a device speaks for itself");
            }
            Some(Some(_)) if presence.ciphertext.len() > protocol::MAX_PRESENCE => {
                self.refuse(about, Code::TOO_LARGE, "that is too much to say at once");
            }
            Some(Some(_)) => {
                let group = presence.group;
                let frame = ServerFrame::Presence(presence).encode().into();
                self.actions.push_back(Action::Tell(group, frame));
            }
            _ => self.refuse_unopened(about),
        }
    }

    fn put_box(&mut self, put: KeyBox) {
        let device = self.groups.admitted(&put.group).is_some_and(|open| open.device().is_some());
        if device {
            self.order(Order::PutBox(put));
        } else {
            self.refuse_unopened(about_box(&put));
        }
    }

    fn put_keys(&mut self, put: PutKeys) {
        let about = About::Side(put.group);
        if self.groups.admitted(&put.group).is_none_or(|open| open.device().is_none()) {
            self.refuse_unopened(about);
        } else if put.keys.len() > protocol::MAX_KEYS_PER_FRAME {
            self.refuse(about, Code::TOO_LARGE, "too many keys at once");
        } else {
            self.order(Order::PutKeys(put));
        }
    }

    fn get_box(&mut self, wanted: GetBox) {
        let about = About::Box(wanted.group, wanted.epoch, wanted.recipient);
        match self.groups.admitted(&wanted.group).map(|open| (open.credential(), open.joined)) {
            None => self.refuse_unopened(about),
            Some((Credential::Invitation(_), false)) => {
                self.refuse(about, Code::NOT_ALLOWED, "join first: the key comes with an accepted Join");
            }
            Some((credential, _)) => self.read(wanted.group, credential, What::Box(wanted)),
        }
    }

    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Opened { group, frame, lacking, from, end, flow } => {
                self.actions.push_back(Action::Send(frame));
                self.actions.extend(lacking.map(Action::Send));
                let Some(open) = self.groups.get(&group) else { return };
                open.admitted = true;
                open.flow = flow;
                open.caught_up_to(from);
                open.reaches(end);
            }
            Answer::Records { group, frame, last, end } => {
                let Some(open) = self.groups.get(&group) else { return };
                match &frame {
                    Some(_) => {
                        open.caught_up_to(last);
                        open.reaches(end);
                    }
                    None => open.give_up(),
                }
                self.actions.extend(frame.map(Action::Send));
            }
            Answer::Frame(frame) => self.actions.push_back(Action::Send(frame)),
            Answer::Frames(frames) => self.actions.extend(frames.into_iter().map(Action::Send)),
            Answer::Following { group, frame, ahead } => {
                self.actions.push_back(Action::Send(frame));
                if let Some(open) = self.groups.get(&group) {
                    open.ahead = Some(Box::new(ahead));
                }
            }
            Answer::Shut(refused) => {
                if let About::Group(group) = refused.about {
                    self.shut(&group, refused.code);
                }
                self.send(&ServerFrame::Refused(refused));
            }
            Answer::Refused(refused) => {
                match refused.about {
                    About::Group(group) => self.give_up(&group),
                    About::Part(group, _) => self.send_nothing_ahead(&group),
                    About::Box(group, epoch, recipient) if refused.code == Code::NO_BOX => {
                        self.tell_wanted(GetBox { group, epoch, recipient });
                    }
                    _ => {}
                }
                self.send(&ServerFrame::Refused(refused));
            }
        }
    }

    /// A device lacks its key box: whoever else listens may hold the key, and supply it.
    fn tell_wanted(&mut self, wanted: GetBox) {
        let group = wanted.group;
        if self.groups.admitted(&group).is_some_and(|open| open.device().is_some()) {
            let frame = ServerFrame::Wanted(wanted).encode().into();
            self.actions.push_back(Action::Tell(group, frame));
        }
    }

    /// A read failed: the peer may ask again, this session does not by itself.
    fn give_up(&mut self, group: &GroupId) {
        match self.groups.get(group) {
            Some(open) if open.admitted => open.give_up(),
            Some(_) => self.drop_group(group),
            None => {}
        }
    }

    fn drop_group(&mut self, group: &GroupId) {
        if self.groups.remove(group) {
            self.actions.push_back(Action::Leave(*group));
        }
    }

    /// Closes a Group on this connection. For a device that was removed a little stays possible: to see the Roster that
    /// says so, and to hand in its work.
    fn shut(&mut self, group: &GroupId, code: Code) {
        match self.groups.get(group) {
            Some(open) if code == Code::REMOVED => {
                open.admitted = false;
                open.removed = true;
                self.actions.push_back(Action::Leave(*group));
            }
            _ => self.drop_group(group),
        }
    }

    /// One who waits in the lobby hears only that they are in now.
    fn tell_admitted(&mut self, group: GroupId, knocked: Option<DeviceId>, published: &Published) {
        let (Some(device), Some(roster)) = (knocked, published.roster()) else { return };
        if roster.entrant(&device).is_ok() {
            let state = LobbyState::Admitted;
            self.send(&ServerFrame::Knocked(LobbyAnswer { group, device, state }));
        }
    }

    fn side(&mut self, call: SideCall) {
        let mut order = SideOrder { by: None, from: self.terms.address, call };
        let group = match &order.call {
            SideCall::Lookup(LookupCall::Get(_)) => None,
            SideCall::Lookup(LookupCall::Put(group, ..)) => Some(*group),
            SideCall::Keys(wanted) => Some(wanted.group),
            SideCall::Lobby(call) => Some(call.group),
            SideCall::Held(call) => Some(call.group),
        };
        if let Some(group) = group {
            order.by = self.groups.admitted(&group).map(OpenGroup::credential);
            if order.by.is_none() {
                return self.refuse_unopened(order.about());
            }
            if let SideCall::Lobby(LobbyCall { act: LobbyAct::Knock(knock), .. }) = &order.call
                && let Some(open) = self.groups.get(&group)
            {
                open.knocked = Some(knock.device);
                self.actions.push_back(Action::Listen(group));
            }
        }
        self.order(Order::Side(Box::new(order)));
    }

    fn order(&mut self, order: Order) {
        self.unanswered.push_back(order.size());
        self.actions.push_back(Action::Order(order));
    }

    fn read(&mut self, group: GroupId, credential: Credential, what: What) {
        self.actions.push_back(Action::Read(Request { group, credential, what }));
    }

    fn send(&mut self, frame: &ServerFrame) {
        self.actions.push_back(Action::Send(frame.encode().into()));
    }

    fn refuse(&mut self, about: About, code: Code, detail: &str) {
        self.send(&ServerFrame::Refused(refusal(about, code, detail)));
    }

    fn refuse_unopened(&mut self, about: About) {
        self.refuse(about, Code::NOT_OPEN, "open the group on this connection first");
    }

    /// Refuses the whole connection. What was ordered before is still carried out.
    fn fail(&mut self, code: Code, detail: &str) {
        self.refuse(About::Connection, code, detail);
        self.actions.push_back(Action::Close);
        self.closed = true;
    }
}

/// Whether a frame tells this newcomer that an organizer decided against them.
fn sends_away(frame: &[u8], newcomer: DeviceId) -> bool {
    let answer = ServerFrame::decode(frame).ok().flatten();
    matches!(answer, Some(ServerFrame::Knocked(LobbyAnswer { device, state: LobbyState::Refused, .. })) if device == newcomer)
}
