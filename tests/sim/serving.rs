//! What a server does for its lines: the loop around the real Session, as `server/src/socket.rs` has it.

use porchlight_server::log::{ConnectionId, Order};
use porchlight_server::reader;
use porchlight_server::session::{Action, Carrier, Input, Session, Terms};
use porchlight_server::store::ReadStore;
use porchlight_wire::Timestamp;

use crate::host::Host;
use crate::line::Way;
use crate::sabotage::{Sabotage, Saboteur};
use crate::world::{Happening, World};

impl Host {
    /// The server's end of a new line.
    pub(crate) fn greet(&self, seed: [u8; 32], now: Timestamp) -> Session {
        let store = self.log.as_ref().unwrap().store().store_id();
        let terms =
            Terms { server: self.identity.public(), store, address: None, carrier: Carrier::Socket(seed) };
        Session::new(terms, self.time(now))
    }
}

impl World {
    pub(crate) fn start_host(&mut self, number: usize) {
        let now = self.now;
        self.hosts[number].start(now);
        // What an endorsed Snapshot stands for may go after a minute instead of two weeks.
        self.hosts[number].log.as_mut().unwrap().keep_for(60_000);
    }

    /// Kills a server: all its lines break, and what was not committed is gone.
    pub(crate) fn kill(&mut self, number: usize, off: u64) {
        self.hosts[number].stop();
        self.forget_commit(number);
        self.committing.remove(&number);
        let lines: Vec<u64> =
            self.lines.iter().filter(|(_, line)| line.host == number).map(|(id, _)| *id).collect();
        for id in lines {
            self.break_line(id);
            if let Some(line) = self.lines.get_mut(&id) {
                line.session = None;
            }
        }
        self.counts.fault("server killed");
        self.soon(off, Happening::HostStarts { host: number });
    }

    /// Takes the frames that have arrived on some lines, and does what their sessions want, until none wants anything.
    pub(crate) fn serve(&mut self, mut busy: Vec<u64>) {
        while let Some(id) = busy.pop() {
            self.take_frames(id, &mut busy);
        }
    }

    fn take_frames(&mut self, id: u64, busy: &mut Vec<u64>) {
        loop {
            self.do_actions(id, busy);
            let Some(line) = self.lines.get_mut(&id) else { return };
            let host = &self.hosts[line.host];
            let Some(session) = line.session.as_mut().filter(|session| session.accepts_frames()) else {
                return;
            };
            let Some(frame) = line.arrived.pop_front() else { return };
            session.handle(Input::Frame(&frame), host.time(self.now));
        }
    }

    fn do_actions(&mut self, id: u64, busy: &mut Vec<u64>) {
        loop {
            let Some(line) = self.lines.get_mut(&id) else { return };
            let (number, end) = (line.host, line.end);
            let Some(session) = line.session.as_mut() else { return };
            let request = match session.next_action() {
                Some(Action::Send(frame)) => {
                    if let Err(violation) = self.put(id, Way::Down, frame.to_vec()) {
                        self.model.violation.get_or_insert(violation);
                    }
                    continue;
                }
                Some(Action::Order(order)) => {
                    self.order(number, id, order);
                    continue;
                }
                Some(Action::Listen(group)) => {
                    line.listens.push(group);
                    continue;
                }
                Some(Action::Leave(group)) => {
                    line.listens.retain(|other| *other != group);
                    continue;
                }
                Some(Action::Tell(group, frame)) => {
                    let now = self.hosts[number].time(self.now);
                    let others = self.lines.iter_mut().filter(|(other, line)| {
                        **other != id && line.host == number && line.listens.contains(&group)
                    });
                    for (other, line) in others {
                        if let Some(session) = &mut line.session {
                            session.handle(Input::Told(group, &frame), now);
                            busy.push(*other);
                        }
                    }
                    continue;
                }
                Some(Action::Close) => {
                    line.broken = true;
                    line.session = None;
                    let wait = line.down.since(self.now) + 1;
                    self.soon(wait, Happening::PhoneNotices { end });
                    self.soon(wait, Happening::HostNotices { line: id });
                    return;
                }
                Some(Action::Read(request)) => request,
                None => match session.next_read() {
                    Some(request) => request,
                    None => return,
                },
            };
            let host = &self.hosts[number];
            let Some(log) = &host.log else { return };
            let now = host.time(self.now);
            let answer = reader::answer(log.store(), &host.identity, &host.rosters, &request, now);
            session.handle(Input::Answer(answer), now);
        }
    }

    fn order(&mut self, number: usize, line: u64, order: Order) {
        self.hosts[number].waiting.push((line, order));
        if self.committing.insert(number) {
            self.soon(2, Happening::Commit { host: number });
        }
    }

    /// All that waits becomes durable, together.
    pub(crate) fn commit(&mut self, number: usize) {
        self.committing.remove(&number);
        self.remember_before_commit(number);
        let mut waiting = std::mem::take(&mut self.hosts[number].waiting);
        self.reorder(&mut waiting);
        let host = &mut self.hosts[number];
        let now = host.time(self.now);
        let Some(log) = host.log.as_mut() else { return };
        let (lines, orders): (Vec<u64>, Vec<_>) =
            waiting.into_iter().map(|(line, order)| (line, (ConnectionId(line), order))).unzip();
        if lines.is_empty() {
            return;
        }
        let committed = log.commit(orders, now);
        assert!(committed.failure.is_none(), "{:?}", committed.failure);
        host.told.push((lines, committed));
        match host.kill {
            Some(killing) if killing.commits == 0 => {
                if killing.told {
                    self.tell(number);
                }
                self.kill(number, killing.millis);
            }
            Some(ref mut killing) => {
                killing.commits -= 1;
                self.soon(1, Happening::Tell { host: number });
            }
            None => self.soon(1, Happening::Tell { host: number }),
        }
    }

    /// A server that commits late goes back, when it is killed, to what it was before its last commit.
    fn remember_before_commit(&mut self, number: usize) {
        if self.saboteur.as_ref().is_some_and(|saboteur| saboteur.is(Sabotage::CommitsLate))
            && self.hosts[number].log.take().is_some()
        {
            self.hosts[number].copy_to(&self.folder.path().join("before"));
            self.start_host(number);
        }
    }

    fn forget_commit(&mut self, number: usize) {
        let before = self.folder.path().join("before");
        if self.saboteur.as_ref().is_some_and(|saboteur| saboteur.is(Sabotage::CommitsLate))
            && before.exists()
        {
            std::fs::copy(before, &self.hosts[number].file).unwrap();
        }
    }

    /// Tells those whose orders were carried out, and everybody who listens.
    pub(crate) fn tell(&mut self, number: usize) {
        let told = std::mem::take(&mut self.hosts[number].told);
        let now = self.hosts[number].time(self.now);
        for (lines, committed) in told {
            let mut busy = Vec::new();
            for (id, outcome) in lines.into_iter().zip(committed.outcomes) {
                if let Some(session) = self.lines.get_mut(&id).and_then(|line| line.session.as_mut()) {
                    if self.saboteur.as_mut().is_some_and(Saboteur::keeps_outcome) {
                        continue;
                    }
                    session.handle(Input::Outcome(outcome), now);
                    busy.push(id);
                }
            }
            for published in &committed.published {
                if self.saboteur.as_mut().is_some_and(Saboteur::keeps_news) {
                    continue;
                }
                for (id, line) in &mut self.lines {
                    let listens = line.host == number && line.listens.contains(&published.group());
                    if let Some(session) = line.session.as_mut().filter(|_| listens) {
                        session.handle(Input::Published(published), now);
                        busy.push(*id);
                    }
                }
            }
            busy.reverse();
            self.serve(busy);
        }
    }
}
