//! The device's end of its connections, one per server: when to connect, and when to give a connection up.
//! Step 9 of a change's life; next: `server/src/socket.rs`.
//!
//! Nothing about what was sent outlives a connection: each starts from what is stored.

use porchlight_wire::frame::{ClientFrame, Code, Hello, ServerFrame, Versions, Welcome};
use porchlight_wire::{GroupId, Timestamp};
use rand_core::Rng;

use crate::device::Device;
use crate::epochs::Seeking;
use crate::group::{Group, Problem, Standing};
use crate::io::{Event, LinkId, Output};

mod answers;
mod sending;

pub(crate) use answers::BUSY_MILLIS;

/// No answer for this long after something was sent: the connection is dead, whatever the socket says. The first time; a
/// line that crawls needs longer for a large frame, and the device sees nothing of a frame before it has all of it. So each
/// time in a row that nothing came the next one gets twice as long, up to the longest: a full frame at 4 kB a second.
const ANSWER_MILLIS: (u64, u64) = (20_000, 320_000);

/// A quiet connection is asked for a sign of life this often, so that one that has died silently is noticed by those who
/// only read, too. Rarely, since it costs data and battery: about 250 bytes each time with all that is around the frames,
/// 5 kB an hour.
const QUIET_MILLIS: u64 = 3 * 60 * 1000;

/// The same while somebody touches the app or has just come back to it: what they see should be what there is. At most
/// 15 kB an hour.
const ATTENDED_MILLIS: u64 = 60 * 1000;

/// The first and the longest pause between two attempts to connect.
const PAUSE_MILLIS: (u64, u64) = (1_000, 5 * 60 * 1000);

/// Where somebody waits for the connection, attempts follow on each other after half of this up to all of it: many may
/// wait for one server.
const WISHED_MILLIS: u64 = 4_000;

/// When the server was last heard is kept this often.
const HEARD_MILLIS: u64 = 5 * 60 * 1000;

/// The connection to one server.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) state: LinkState,
    id: Option<LinkId>,
    welcome: Option<Welcome>,
    /// When the welcome came, by this device's clock.
    welcomed_at: Timestamp,
    attempts: u32,
    retry_at: Option<Timestamp>,
    /// The last wish to connect was granted; the next one is then.
    wish_at: Timestamp,
    asked_at: Option<Timestamp>,
    /// How long an answer may take once the server has greeted.
    patience: u64,
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
    /// Passes on every time that this device's clock gave.
    pub(crate) fn move_plans(&mut self, mut f: impl FnMut(&mut Timestamp)) {
        for time in [&mut self.welcomed_at, &mut self.heard_at, &mut self.wish_at] {
            f(time);
        }
        for time in [&mut self.retry_at, &mut self.asked_at].into_iter().flatten() {
            f(time);
        }
        if let LinkState::Failing { since } = &mut self.state {
            f(since);
        }
    }

    /// `heard` is when the server was last heard before the app was opened, if it was.
    fn new(heard: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            state: LinkState::Resting,
            id: None,
            welcome: None,
            welcomed_at: now,
            attempts: 0,
            retry_at: None,
            wish_at: now,
            asked_at: None,
            patience: ANSWER_MILLIS.0,
            heard_at: heard.map_or(now, |at| at.min(now)),
        }
    }

    /// An answer came: the next may take twice as long as this one, and no less than any before on this network. A small
    /// answer says nothing of how long a large one takes.
    fn heard(&mut self, now: Timestamp) {
        self.heard_at = now;
        // The greeting is small, and says nothing of how long a large frame takes.
        if let (Some(asked), Some(_)) = (self.asked_at, &self.welcome) {
            let took = now.since(asked).saturating_mul(2);
            self.patience = took.clamp(self.patience, ANSWER_MILLIS.1);
        }
        self.asked_at = None;
    }

    /// By how many milliseconds the server's clock was ahead of this device's when it last said the time.
    pub(crate) fn ahead(&self) -> Option<i64> {
        let told = self.welcome.as_ref()?.time.millis();
        Some(told.cast_signed().saturating_sub(self.welcomed_at.millis().cast_signed()))
    }

    /// Whether the server has spoken, and may be spoken to.
    pub(crate) fn is_open(&self) -> bool {
        self.welcome.is_some()
    }

    /// No answer came.
    fn lose_patience(&mut self) {
        if self.welcome.is_some() {
            self.patience = self.patience.saturating_mul(2).min(ANSWER_MILLIS.1);
        }
    }

    /// How long an answer may take now; a greeting never takes long.
    fn patience(&self) -> u64 {
        if self.welcome.is_some() { self.patience } else { ANSWER_MILLIS.0 }
    }
}

impl Device {
    /// Tries to reach all servers now, or seconds after it was last called: when the app comes to the front, somebody
    /// touches it, or the network is back. May be called as often as that happens. Where a connection seems to stand, it is
    /// asked for a sign of life if there was none for a while.
    pub fn connect(&mut self, now: Timestamp) {
        let urls: Vec<String> = self.links.keys().cloned().collect();
        for url in urls {
            self.ask_for_life(&url, ATTENDED_MILLIS, now);
            let spread = self.entropy.next_u64();
            let Some(link) = self.links.get_mut(&url).filter(|link| link.id.is_none()) else { continue };
            // Perhaps on another network, which may be quicker.
            link.patience = ANSWER_MILLIS.0;
            if link.wish_at > now {
                link.retry_at = link.retry_at.map(|at| at.min(link.wish_at));
            } else {
                link.wish_at = now.plus_millis(WISHED_MILLIS / 2 + spread % (WISHED_MILLIS / 2));
                self.dial(&url);
            }
        }
        self.schedule(now);
    }

    /// Makes sure that each Group's server has a Link, and dials those that were never tried.
    pub(crate) fn make_links(&mut self, now: Timestamp) {
        let reach = self.groups.values().filter(|group| group.departure().is_none() || group.has_left_work());
        let searched = self.search.iter().map(|search| search.url.clone());
        let searched = searched.chain(self.looks.iter().map(|look| look.url.clone()));
        let urls: Vec<String> = reach.map(|group| group.stored.url.clone()).chain(searched).collect();
        for url in urls {
            let there = self.groups.values().filter(|group| group.stored.url == url);
            let heard = there.filter_map(|group| group.progress.heard).max();
            let link = self.links.entry(url.clone()).or_insert_with(|| Link::new(heard, now));
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
            link.heard(now);
        }
        let frame = ServerFrame::decode(bytes);
        if !matches!(&frame, Ok(Some(ServerFrame::Records(records))) if self.joins_waiting(records)) {
            self.take_waiting(now);
        }
        match frame {
            Ok(Some(ServerFrame::Welcome(welcome))) => self.welcomed(&url, welcome, now),
            Ok(Some(frame)) if self.welcome_of(&url).is_some() => {
                let frame = self.looked_up(&url, frame, now);
                if let Some(frame) = frame.and_then(|frame| self.looked_back(&url, frame, now)) {
                    self.answered(&url, frame, now);
                }
            }
            // A kind of a later version: not for us.
            Ok(None) if self.welcome_of(&url).is_some() => {}
            // A login page, a proxy, another protocol: not the server, so nothing it says counts.
            Ok(_) | Err(_) => self.drop_link(&url, now),
        }
        if self.welcome_of(&url).is_some() {
            self.keep_heard(&url, now);
        }
    }

    /// Keeps when the server was last heard, now and then: a phone is opened and put away all day, and says truly since
    /// when it has not reached the group.
    fn keep_heard(&mut self, url: &str, now: Timestamp) {
        let is_old = |at: Timestamp| at > now || now.since(at) >= HEARD_MILLIS;
        let there = self.groups.values_mut().filter(|group| group.stored.url == url);
        let old = there.filter(|group| group.progress.heard.is_none_or(is_old));
        let write = |group: &mut Group| {
            group.progress.heard = Some(now);
            group.put_progress()
        };
        let writes = old.map(write).collect();
        self.keep(writes);
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
            self.seek_again(id, now);
            self.give_again(id, now);
            self.look_back_due(id, now);
            self.consider_snapshot(id, now);
            self.keep_due_views(id, now);
        }
    }

    /// When something of the links or Outboxes is due next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let links = self.links.values().filter_map(|link| match (link.id, link.asked_at) {
            (None, _) => link.retry_at,
            (Some(_), Some(asked)) => Some(asked.plus_millis(link.patience())),
            // Not before the server has spoken: an attempt is ended by whoever makes it.
            (Some(_), None) => link.welcome.as_ref().map(|_| link.heard_at.plus_millis(QUIET_MILLIS)),
        });
        let edits =
            self.groups.values().filter(|group| self.can_send(group.id)).filter_map(|group| group.due);
        // Records wait only for the next call.
        let records = self.groups.values().any(|group| group.caution.is_waiting());
        let snapshots =
            self.groups.values().filter(|group| group.is_idle() && group.snapshots.work.is_none());
        let snapshots = snapshots.filter_map(|group| group.snapshots.due);
        let lacking = self.groups.values().filter_map(|group| group.mending.retry_at);
        let keys = self.groups.values().filter_map(|group| group.seeking.retry_at);
        let views = self.groups.values().filter_map(|group| group.shelf.views_due());
        links
            .chain(edits)
            .chain(lacking)
            .chain(keys)
            .chain(views)
            .chain(self.next_look())
            .chain(snapshots)
            .chain(records.then_some(Timestamp::default()))
            .min()
    }

    /// Starts with a Group on a connection that already stands.
    pub(crate) fn enter_open_link(&mut self, id: GroupId, now: Timestamp) {
        let Some(url) = self.groups.get(&id).map(|group| group.stored.url.clone()) else { return };
        if let Some(welcome) = self.welcome_of(&url) {
            self.enter(id, &welcome, now);
        }
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
            Some(_) => {
                if link.asked_at.is_some_and(|asked| now.since(asked) >= link.patience()) {
                    link.lose_patience();
                    self.drop_link(url, now);
                } else {
                    self.ask_for_life(url, QUIET_MILLIS, now);
                }
            }
        }
    }

    /// Asks for a sign of life on a connection on which nothing was heard for so long, and nothing is expected.
    fn ask_for_life(&mut self, url: &str, quiet: u64, now: Timestamp) {
        let Some(link) = self.links.get_mut(url).filter(|link| link.asked_at.is_none()) else { return };
        let (Some(id), Some(_)) = (link.id, &link.welcome) else { return };
        if now.since(link.heard_at) >= quiet {
            link.asked_at = Some(now);
            let hello = ClientFrame::Hello(Hello { versions: Versions::OURS });
            self.outputs.push_back(Output::Send { link: id, frame: hello.encode() });
        }
    }

    /// No Group uses this server any more, unless one does.
    pub(crate) fn forget_link(&mut self, url: &str) {
        let searched = self.search.as_ref().is_some_and(|search| search.url == url);
        let searched = searched || self.looks.iter().any(|look| look.url == url);
        if searched || self.groups.values().any(|group| group.stored.url == url) {
            return;
        }
        if let Some(id) = self.links.remove(url).and_then(|link| link.id) {
            self.outputs.push_back(Output::Close { link: id });
        }
    }

    /// Ends a connection ourselves.
    pub(crate) fn drop_link(&mut self, url: &str, now: Timestamp) {
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
        let attempts = link.attempts;
        self.search_again(url);
        for group in self.groups.values_mut().filter(|group| group.stored.url == url) {
            self.covering.forget_sent(&group.id);
            group.standing = Standing::Away;
            group.entering = false;
            group.mending = crate::refill::Mending::default();
            group.seeking = Seeking::default();
            group.forget_said();
            self.outputs.push_back(Output::Event(Event::StatusChanged { group: group.id }));
        }
        self.look_back(url, attempts, now);
    }

    fn welcomed(&mut self, url: &str, welcome: Welcome, now: Timestamp) {
        let Some(link) = self.links.get_mut(url) else { return };
        let first = link.welcome.is_none();
        let speaks = welcome.versions.common(Versions::OURS).is_some();
        if speaks {
            link.state = LinkState::Open;
            link.welcome = Some(welcome.clone());
            link.welcomed_at = now;
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
        if speaks {
            self.search_on(now);
            self.look_on(url, now);
        } else {
            self.search_in_vain(url, Code::UNSUPPORTED_VERSION);
            self.drop_link(url, now);
        }
    }

    /// Sends a frame to which no answer comes.
    pub(crate) fn tell(&mut self, id: GroupId, frame: &ClientFrame) {
        let Some(link) = self.groups.get(&id).and_then(|group| self.links.get(&group.stored.url)) else {
            return;
        };
        if let (Some(link), Some(_)) = (link.id, &link.welcome) {
            self.outputs.push_back(Output::Send { link, frame: frame.encode() });
        }
    }

    /// Sends a frame on the connection to a Group's server, from which an answer is expected.
    pub(crate) fn send(&mut self, id: GroupId, frame: &ClientFrame, now: Timestamp) {
        let Some(url) = self.groups.get(&id).map(|group| group.stored.url.clone()) else { return };
        self.send_to(&url, frame, now);
    }

    /// The same on the connection to any server.
    pub(crate) fn send_to(&mut self, url: &str, frame: &ClientFrame, now: Timestamp) {
        let Some(link) = self.links.get_mut(url) else { return };
        let (Some(link_id), Some(_)) = (link.id, &link.welcome) else { return };
        link.asked_at.get_or_insert(now);
        self.outputs.push_back(Output::Send { link: link_id, frame: frame.encode() });
    }

    pub(crate) fn can_send(&self, id: GroupId) -> bool {
        self.groups.get(&id).is_some_and(|group| {
            group.may_send()
                && matches!(group.standing, Standing::Opening | Standing::Open { .. })
                && self.links.get(&group.stored.url).is_some_and(Link::is_open)
        })
    }

    pub(crate) fn welcome_of(&self, url: &str) -> Option<Welcome> {
        self.links.get(url).and_then(|link| link.welcome.clone())
    }

    /// What time it is for a Group's server, as far as can be told: by its rules invitations run out.
    pub(crate) fn server_time(&self, id: GroupId, now: Timestamp) -> Timestamp {
        let Some(group) = self.groups.get(&id) else { return now };
        let link = self.links.get(&group.stored.url);
        let told = link.and_then(|link| {
            // The server says the time again before more has passed; if more seems to have, the clock was set.
            let passed = now.since(link.welcomed_at).min(QUIET_MILLIS + ANSWER_MILLIS.1);
            link.welcome.as_ref().map(|welcome| welcome.time.plus_millis(passed))
        });
        told.unwrap_or(now).max(group.progress.time)
    }

    fn url_of(&self, id: LinkId) -> Option<String> {
        self.links.iter().find(|(_, link)| link.id == Some(id)).map(|(url, _)| url.clone())
    }
}

#[cfg(test)]
mod tests {
    use porchlight_wire::{Challenge, ServerKey, StoreId};

    use super::*;
    use crate::io::Input;
    use crate::membership::{FoundGroup, ServerAddress};
    use crate::scene::Street;

    const MINUTE: u64 = 60_000;
    const KEY: ServerKey = ServerKey::from_bytes([1; 32]);

    fn found() -> FoundGroup {
        let server = ServerAddress { url: "https://porch.example.org".into(), key: KEY };
        let (name, member_name) = ("Maple Street".to_owned(), "Rosa".to_owned());
        FoundGroup { name, member_name, server, token: None, country: None, zone: None, locale: None }
    }

    #[test]
    fn an_attempt_that_takes_long_wakes_nobody_meanwhile() {
        let start = Timestamp::from_millis(1_790_000_000_000);
        let mut device = Device::open(Vec::new(), [1; 32], start).unwrap();
        device.found_group(found(), start).unwrap();
        let wishes = |device: &mut Device, minutes: u64| {
            device.handle(Input::Tick, start.plus_millis(minutes * MINUTE));
            std::iter::from_fn(|| device.poll_output()).filter(|it| matches!(it, Output::WakeAt(_))).count()
        };
        assert_eq!(wishes(&mut device, 1), 0, "it is called, and has not answered");
        assert_eq!(wishes(&mut device, 10), 0, "it still has not");
    }

    #[test]
    fn whoever_waits_for_a_connection_waits_seconds_and_many_wishes_are_not_many_attempts() {
        let mut now = Timestamp::from_millis(1_790_000_000_000);
        let mut device = Device::open(Vec::new(), [1; 32], now).unwrap();
        device.found_group(found(), now).unwrap();
        // Every attempt fails at once. Says how many there were up to a time, while somebody wishes for more or nobody does.
        let mut attempts = |device: &mut Device, until: Timestamp, wishes: bool| {
            let mut count = 0;
            while now < until {
                while let Some(output) = device.poll_output() {
                    if let Output::Connect { link, .. } = output {
                        count += 1;
                        device.handle(Input::Closed { link, reason: "no network".to_owned() }, now);
                    }
                }
                now = now.plus_millis(100);
                if wishes { device.connect(now) } else { device.handle(Input::Tick, now) }
            }
            count
        };
        let after = |minutes: u64| Timestamp::from_millis(1_790_000_000_000).plus_millis(minutes * MINUTE);
        attempts(&mut device, after(60), false);
        assert!(attempts(&mut device, after(70), false) <= 5, "the pause has grown to minutes");
        let wished = attempts(&mut device, after(71), true);
        assert!((15..=30).contains(&wished), "{wished} attempts in a minute of wishes");
        assert!(attempts(&mut device, after(81), false) <= 5, "nobody wishes any more");
    }

    /// How long after somebody has touched the app, or nobody has, a connection is given up on which nothing comes any more
    /// since ten seconds before.
    fn noticed_after(touches: bool) -> u64 {
        let mut street = Street::of(1);
        street.pass(10_000 + ATTENDED_MILLIS);
        let start = street.now;
        let device = &mut street.phones[0].device;
        for second in 0..1_000 {
            let now = start.plus_millis(second * 1_000);
            if touches {
                device.connect(now)
            } else {
                device.handle(Input::Tick, now)
            }
            device.handle(Input::Tick, now);
            if std::iter::from_fn(|| device.poll_output()).any(|it| matches!(it, Output::Close { .. })) {
                return second;
            }
        }
        panic!("it is not noticed");
    }

    #[test]
    fn a_connection_that_died_silently_is_noticed_by_those_who_only_read() {
        assert_eq!(noticed_after(true), 20, "somebody looks at it");
        assert!(noticed_after(false) <= 200, "nobody does");
    }

    #[test]
    fn each_time_that_nothing_comes_the_next_answer_may_take_longer() {
        let mut now = Timestamp::from_millis(1_790_000_000_000);
        let mut device = Device::open(Vec::new(), [1; 32], now).unwrap();
        device.found_group(found(), now).unwrap();
        let (store, challenge) = (StoreId::from_bytes([2; 16]), Challenge::from_bytes([3; 32]));
        let mut waited = Vec::new();
        while waited.len() < 6 {
            let dialed = |output| if let Output::Connect { link, .. } = output { Some(link) } else { None };
            let Some(link) = std::iter::from_fn(|| device.poll_output()).find_map(dialed) else {
                now = now.plus_millis(100);
                device.handle(Input::Tick, now);
                continue;
            };
            device.handle(Input::Opened { link }, now);
            let welcome = Welcome { versions: Versions::OURS, server: KEY, store, challenge, time: now };
            device.handle(Input::Received { link, frame: ServerFrame::Welcome(welcome).encode() }, now);
            let asked = now;
            while !std::iter::from_fn(|| device.poll_output()).any(|it| matches!(it, Output::Close { .. })) {
                now = now.plus_millis(1_000);
                device.handle(Input::Tick, now);
            }
            waited.push(now.since(asked) / 1_000);
        }
        assert_eq!(waited, [20, 40, 80, 160, 320, 320]);
    }

    #[test]
    fn a_server_that_had_no_room_is_no_problem_any_more_once_it_has_stored_what_waited() {
        let mut street = Street::of(2);
        let ben = street.keys_of(1).id();
        street.host.refuses.insert(ben, Code::STORAGE);
        street.add(1, "Ana");
        let problem = |street: &mut Street| street.phones[1].device.groups()[0].problem;
        assert_eq!(problem(&mut street), Some(Problem::ServerBusy(Code::STORAGE)));
        street.host.refuses.clear();
        street.pass(2 * BUSY_MILLIS);
        assert_eq!(problem(&mut street), None);
        assert_eq!(street.names(0), ["Ana"]);
    }
}
