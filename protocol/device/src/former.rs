//! Servers that a Group has left: where the one that it moved to does not answer, a device looks there whether an
//! organizer has moved it back or on, and once a day for some weeks in any case. It says nothing there but which Group it
//! means, and writes nothing: the Group is elsewhere until a RosterChange says otherwise.
//!
//! ```text
//! Open (quiet, at the end that it knows there) → Opened: the same end → nothing new
//!                                              → another end → GetRoster → a MoveTo that it has not read → follow
//! ```

use minicbor::{Decode, Encode};
use porchlight_wire::frame::{
    About, ClientFrame, Code, Credential, GetRoster, Open, RosterList, ServerFrame,
};
use porchlight_wire::record::Cursor;
use porchlight_wire::roster::{ChangeBody, Role, Roster, SignedChange};
use porchlight_wire::{GroupId, ServerKey, Timestamp};

use crate::device::Device;
use crate::group::Group;
use crate::storage::Phase;

/// So many attempts in a row to reach a Group's server must fail before those before it are asked: some seconds, longer
/// than it takes to start a server anew.
const ATTEMPTS: u32 = 4;

/// While they fail, a former server is not asked more often than this.
const AGAIN_MILLIS: u64 = 20_000;

/// Where the Group's server answers, a former one is asked this often: an organizer who cannot reach it, as others can,
/// may have moved the Group back. It costs about 1 kB.
const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// After this long it is asked only if the Group's server does not answer.
const WEEKS_MILLIS: u64 = 30 * DAY_MILLIS;

/// So many former servers are kept.
const MOST: usize = 4;

/// A server that the Group has left.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct StoredFormer {
    #[n(0)]
    pub(crate) url: String,
    #[n(1)]
    server: ServerKey,
    /// The end of its log when it was last looked at: there was nothing new up to there.
    #[n(2)]
    seen: Cursor,
    /// When this device left, by its own clock.
    #[n(3)]
    left: Timestamp,
    /// When it was last asked, by the same.
    #[n(4)]
    asked: Timestamp,
}

impl StoredFormer {
    /// Passes on every time that this device's clock gave.
    pub(crate) fn move_plans(&mut self, mut f: impl FnMut(&mut Timestamp)) {
        f(&mut self.left);
        f(&mut self.asked);
    }
}

/// A look at a former server, on its way.
#[derive(Debug)]
pub(crate) struct Look {
    group: GroupId,
    pub(crate) url: String,
    server: ServerKey,
    /// The end of its log, once it was told and the Roster asked for.
    end: Option<Cursor>,
}

impl Device {
    /// A connection is gone: looks on it are over, and those before this server are asked if it has failed often enough.
    pub(crate) fn look_back(&mut self, url: &str, attempts: u32, now: Timestamp) {
        if self.looks.iter().any(|look| look.url == url) {
            self.looks.retain(|look| look.url != url);
            self.forget_link(url);
        }
        if attempts >= ATTEMPTS {
            let here = self.groups.values().filter(|group| group.stored.url == url).map(|group| group.id);
            for id in here.collect::<Vec<_>>() {
                self.ask_former(id, AGAIN_MILLIS, now);
            }
        }
    }

    /// Asks the former servers that are due though the Group's server answers.
    pub(crate) fn look_back_due(&mut self, id: GroupId, now: Timestamp) {
        if self.groups.get(&id).is_some_and(|group| self.welcome_of(&group.stored.url).is_some()) {
            self.ask_former(id, DAY_MILLIS, now);
        }
    }

    /// When a former server is to be asked next, of those Groups whose server answers.
    pub(crate) fn next_look(&self) -> Option<Timestamp> {
        let open = |group: &&Group| self.links.get(&group.stored.url).is_some_and(crate::link::Link::is_open);
        let groups = self.groups.values().filter(open).filter(|group| group.may_look_back());
        let formers = groups.flat_map(|group| group.stored.former.iter().map(move |one| (group.id, one)));
        let idle = formers.filter(|(id, one)| !self.looks_at(*id, &one.url));
        let due = idle.map(|(_, one)| one).filter(|one| one.asked.since(one.left) < WEEKS_MILLIS);
        due.map(|one| one.asked.plus_millis(DAY_MILLIS)).min()
    }

    fn looks_at(&self, id: GroupId, url: &str) -> bool {
        self.looks.iter().any(|look| look.group == id && look.url == url)
    }

    /// Asks those that were not asked for so long.
    fn ask_former(&mut self, id: GroupId, pause: u64, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id).filter(|group| group.may_look_back()) else { return };
        let mut urls = Vec::new();
        for former in &mut group.stored.former {
            // By a clock that was ahead.
            former.left = former.left.min(now);
            former.asked = former.asked.min(now);
            let is_late = pause == DAY_MILLIS && former.asked.since(former.left) >= WEEKS_MILLIS;
            if now.since(former.asked) >= pause && !is_late {
                former.asked = now;
                urls.push((former.url.clone(), former.server));
            }
        }
        if urls.is_empty() {
            return;
        }
        if pause == DAY_MILLIS {
            // What is due in seconds is not worth a write, and whoever opens the app anew need not wait for it.
            let writes = vec![group.put_self()];
            self.keep(writes);
        }
        for (url, server) in urls {
            if !self.looks_at(id, &url) {
                self.looks.push(Look { group: id, url: url.clone(), server, end: None });
            }
            self.make_links(now);
            self.look_on(&url, now);
        }
    }

    /// Asks for the end of the log, once a former server has greeted.
    pub(crate) fn look_on(&mut self, url: &str, now: Timestamp) {
        let Some(welcome) = self.welcome_of(url) else { return };
        let looks: Vec<(GroupId, ServerKey)> =
            self.looks.iter().filter(|look| look.url == url).map(|look| (look.group, look.server)).collect();
        for (id, server) in looks {
            let Some(group) = self.groups.get(&id).filter(|_| server == welcome.server) else {
                // Another one answers at its address.
                self.end_look(id, url);
                continue;
            };
            let Some(former) = group.stored.former.iter().find(|former| former.url == url) else { continue };
            let credential = Credential::Device(group.keys.id());
            let message = Open::proof_message(&server, &welcome.challenge, &id, credential.key());
            let (proof, cursor) = (group.keys.sign(&message), former.seen);
            let open = Open { group: id, credential, proof, cursor, earlier: None, quiet: Some(true) };
            self.send_to(url, &ClientFrame::Open(open), now);
        }
    }

    /// Takes what a former server says of a Group; gives back anything else.
    pub(crate) fn looked_back(
        &mut self,
        url: &str,
        frame: ServerFrame,
        now: Timestamp,
    ) -> Option<ServerFrame> {
        let Some(id) = frame.group().filter(|id| self.looks_at(*id, url)) else { return Some(frame) };
        let look = self.looks.iter_mut().find(|look| look.group == id && look.url == url)?;
        let group = self.groups.get(&id)?;
        match frame {
            ServerFrame::Opened(opened) if look.end.is_none() => {
                let known = group.stored.former.iter().find(|former| former.url == url).map(|it| it.seen);
                if opened.head.verify(&id, &look.server).is_err() || known == Some(opened.head.cursor) {
                    self.end_look(id, url);
                } else {
                    look.end = Some(opened.head.cursor);
                    self.send_to(url, &ClientFrame::GetRoster(GetRoster { group: id }), now);
                }
            }
            // Taken out there since: only the Roster proves it.
            ServerFrame::Refused(refused)
                if refused.about == About::Group(id)
                    && refused.code == Code::REMOVED
                    && look.end.is_none() =>
            {
                look.end = Some(Cursor::START);
                self.send_to(url, &ClientFrame::GetRoster(GetRoster { group: id }), now);
            }
            ServerFrame::Refused(_) => self.end_look(id, url),
            ServerFrame::Roster(list) => self.former_roster(id, url, &list, now),
            _ => {}
        }
        None
    }

    /// Follows a move that stands in a former server's Roster and was not read yet.
    fn former_roster(&mut self, id: GroupId, url: &str, list: &RosterList, now: Timestamp) {
        let end = self.looks.iter().find(|look| look.group == id && look.url == url).and_then(|it| it.end);
        self.end_look(id, url);
        let Some(group) = self.groups.get_mut(&id) else { return };
        if let Some((to, server)) = group.unread_move(list) {
            // What this device's own person wanted before counts less than what was done.
            let mut writes = Vec::new();
            group.outbox.drop_moves(&id, &mut writes);
            self.persist(writes);
            // Answers to the look are not to be taken for others.
            self.drop_link(url, now);
            self.settle_at(id, to, server, now);
        } else if let Some(former) = group.stored.former.iter_mut().find(|former| former.url == url) {
            // One by whom this device is removed does not say it.
            former.seen = end.filter(|end| *end != Cursor::START).unwrap_or(former.seen);
            let writes = vec![group.put_self()];
            self.keep(writes);
        }
    }

    fn end_look(&mut self, id: GroupId, url: &str) {
        self.looks.retain(|look| look.group != id || look.url != url);
        self.forget_link(url);
    }

    /// The Group is to be spoken of with another server now: looks on its behalf are over.
    pub(crate) fn end_looks(&mut self, id: GroupId) {
        for look in self.looks.extract_if(.., |look| look.group == id).collect::<Vec<_>>() {
            self.forget_link(&look.url);
        }
    }
}

impl Group {
    /// Notes the server that the Group leaves for another address.
    pub(crate) fn leave_server(&mut self, for_url: &str, now: Timestamp) {
        let (url, server) = (self.stored.url.clone(), self.stored.server);
        let former = &mut self.stored.former;
        former.retain(|one| one.url != url && one.url != for_url);
        former.push(StoredFormer { url, server, seen: self.progress.cursor, left: now, asked: now });
        let extra = former.len().saturating_sub(MOST);
        former.drain(..extra);
    }

    fn may_look_back(&self) -> bool {
        matches!(self.stored.phase, Phase::Active) && self.departure().is_none()
    }

    /// Where the newest move in a former server's Roster leads, if this device has not read that and an organizer signed
    /// it.
    fn unread_move(&self, list: &RosterList) -> Option<(String, ServerKey)> {
        let changes = list.changes.iter().map(|one| (one.change.as_slice(), one.time));
        let (roster, hashes) =
            Roster::verify_all(changes).ok().filter(|(roster, _)| roster.group() == self.id)?;
        let to = roster.servers().last()?;
        let at = to.since.checked_sub(1)?;
        let read = self.replayed.as_ref().map_or(0, Roster::length);
        let is_read = self.roster_hashes().iter().take(read).any(|hash| hashes.get(at) == Some(hash));
        if is_read || (to.key == self.stored.server && to.url.as_ref() == Some(&self.stored.url)) {
            return None;
        }
        // Where both servers went on, only an organizer of the branch that was read here counts.
        let ours = self.roster.as_ref()?;
        let signed: SignedChange = minicbor::decode(&list.changes.get(at)?.change).ok()?;
        let body: ChangeBody = minicbor::decode(&signed.body).ok()?;
        let is_organizer =
            |(_, member): (_, &porchlight_wire::roster::Member)| member.role == Role::Organizer;
        if !hashes.contains(&ours.head()) && !ours.active(&body.author).is_ok_and(is_organizer) {
            return None;
        }
        to.url.clone().map(|url| (url, to.key))
    }
}
