//! A hostile server: orders what waits as it likes, holds back, says things again, shows two histories, makes things up.
//! Each of these is harmless or noticed, and once it stops everybody has everything.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ed25519_dalek::{Signer, SigningKey};
use porchlight_server::log::Order;
use porchlight_tests::forgery::encoded;
use porchlight_wire::frame::{Records, ServerFrame};
use porchlight_wire::record::{Cursor, Record, RecordKind};
use porchlight_wire::roster::{
    AddDevice, CHANGE_LABEL, ChangeBody, ChangeKind, JOIN_LABEL, Purpose, SignedChange,
};
use porchlight_wire::{ActorPrefix, DeviceId, Hash, Position, Signature, Timestamp, signing};

use crate::line::Way;
use crate::world::{Outcome, Violation, World};

mod tests;

/// The second server that says it is the first.
pub(crate) const TWIN: usize = 2;

/// Frames of a line that can be said again.
const REMEMBERED: usize = 8;

/// What the server is up to.
#[derive(Default)]
pub(crate) struct Liar {
    /// Whether phones may believe that a line says all there is, or that there is something else.
    lied: bool,
    /// Whether what waits for the next commit comes in another order.
    pub(crate) reorders: bool,
    /// Until when which phone is told nothing new.
    withheld: BTreeMap<usize, Timestamp>,
    /// What was sent down each line last.
    said: BTreeMap<u64, Vec<Vec<u8>>>,
    /// To whom something is added to the next Records, and all members who were made up.
    adds: Option<(usize, Added)>,
    invented: Vec<DeviceId>,
    /// Where histories part while there are two.
    forked_at: Option<Cursor>,
    /// Whether both of them went on: somebody must have noticed.
    must_be_noticed: bool,
}

/// What a hostile server adds to a log, for one phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// A member.
    Member,
    /// An Entry that is there already.
    Entry,
}

impl World {
    /// Entries that nobody has seen yet come in another order; those of one line stay in theirs.
    pub(crate) fn reorder(&mut self, waiting: &mut [(u64, Order)]) {
        if std::mem::take(&mut self.liar.reorders) {
            self.counts.fault("hostile server ordered as it liked");
            waiting.sort_by_key(|(line, _)| Reverse(*line));
        }
    }

    pub(crate) fn withhold(&mut self, who: usize, millis: u64) {
        self.liar.lied = true;
        self.liar.withheld.insert(who, self.now.plus_millis(millis));
    }

    /// Says again what it said to a phone.
    pub(crate) fn say_again(&mut self, who: usize) -> Outcome {
        let Some(line) = self.phones[who].links.values().next().copied() else { return Ok(()) };
        let said = self.liar.said.get(&line).cloned().unwrap_or_default();
        self.liar.lied = true;
        self.counts.fault("hostile server said things again");
        said.into_iter().try_for_each(|frame| self.put(line, Way::Down, frame))
    }

    pub(crate) fn add_to_log(&mut self, who: usize, what: Added) {
        self.liar.adds = Some((who, what));
    }

    /// What goes down in the place of a frame; nothing if it is held back.
    pub(crate) fn said_instead(&mut self, line: u64, frame: Vec<u8>) -> Option<Vec<u8>> {
        let who = self.lines.get(&line)?.end.phone;
        let mut frame = frame;
        if let Ok(Some(ServerFrame::Records(records))) = ServerFrame::decode(&frame) {
            if self.liar.withheld.get(&who).is_some_and(|until| self.now < *until) {
                self.counts.fault("hostile server held something back");
                return None;
            }
            if let Some((_, what)) = self.liar.adds.filter(|(whom, _)| *whom == who)
                && let Some(more) = self.with_more(line, records, what)
            {
                frame = more;
            }
        }
        let said = self.liar.said.entry(line).or_default();
        said.push(frame.clone());
        if said.len() > REMEMBERED {
            said.remove(0);
        }
        Some(frame)
    }

    /// The same Records and one more, with the server's word for it.
    fn with_more(&mut self, line: u64, mut records: Records, what: Added) -> Option<Vec<u8>> {
        let head = records.head?;
        let record = match what {
            Added::Entry => records.records.iter().find(|record| record.kind == RecordKind::ENTRY)?.clone(),
            Added::Member => self.made_up_member()?,
        };
        let record = Record { time: head.time, ..record };
        let cursor = head.cursor.after_in(records.generation, &record);
        let host = &mut self.hosts[self.lines.get(&line)?.host];
        records.head = Some(host.identity.sign_head(&self.group, cursor, record.time));
        records.records.push(record);
        // What was read of a log that is not there is given back to it.
        host.went_back = true;
        (self.liar.adds, self.liar.lied) = (None, true);
        self.counts.fault(match what {
            Added::Entry => "hostile server added an entry twice",
            Added::Member => "hostile server made up a member",
        });
        Some(ServerFrame::Records(records).encode())
    }

    /// A RosterChange by which a stranger is said to be a phone of whoever made the group.
    fn made_up_member(&mut self) -> Option<Record> {
        let sponsor = self.forger(0)?.device();
        let key = SigningKey::from_bytes(Hash::of(&self.model.text(), &[]).as_bytes());
        let author = DeviceId::from_bytes(key.verifying_key().to_bytes());
        let kind = ChangeKind::AddDevice(AddDevice {
            sponsor: ActorPrefix::of_device(&sponsor),
            sealing: Hash::of("a key", &[]),
            purpose: Purpose::Device,
            predecessor: None,
        });
        let (body, previous) = (ChangeBody { author, kind }.encode(), self.row()?.roster_head);
        let parts: [&[u8]; 3] = [self.group.as_bytes(), previous.as_bytes(), &body];
        let sign =
            |label| Signature::from_bytes(key.sign(&signing::signed_message(label, &parts)).to_bytes());
        let (signature, second) = (sign(CHANGE_LABEL), Some(sign(JOIN_LABEL)));
        let change = encoded(&SignedChange { body: body.into(), signature, second }).ok()?;
        self.liar.invented.push(author);
        Some(Record { time: self.now, kind: RecordKind::ROSTER_CHANGE, body: change.into() })
    }

    /// From now on every other phone is shown a history of its own.
    pub(crate) fn part_histories(&mut self) {
        if self.liar.forked_at.is_some() || self.model.host != 0 {
            return;
        }
        let Some(row) = self.row() else { return };
        let there = self.texts_of_others(None);
        self.model.server_lost(&there);
        self.with_database(|world, host| {
            let to = world.hosts[TWIN].file.clone();
            world.hosts[host].copy_to(&to);
        });
        self.hosts[TWIN].clock = self.hosts[0].clock;
        self.start_host(TWIN);
        self.hosts[0].went_back = true;
        self.liar.forked_at = Some(row.head);
        self.counts.fault("hostile server showed two histories");
        self.break_lines_of(0, |phone| phone % 2 == 1);
    }

    /// The server that a phone reaches where it calls this one.
    pub(crate) fn reached(&self, phone: usize, host: usize) -> usize {
        let parted = self.liar.forked_at.is_some() && host == 0 && phone % 2 == 1;
        if parted { TWIN } else { host }
    }

    /// There is one history again, and nothing is held back any more.
    pub(crate) fn stop_lying(&mut self) {
        self.liar.adds = None;
        // What was held back on a line that stands nobody can know of, and whoever was told nonsense waits until they are
        // told to try again: an honest server is called anew.
        self.liar.withheld.clear();
        if std::mem::take(&mut self.liar.lied) {
            (0..TWIN).for_each(|host| self.break_lines_of(host, |_| true));
        }
        let Some(from) = self.liar.forked_at.take() else { return };
        let end = |host: usize| {
            let store = self.hosts[host].log.as_ref()?.store();
            porchlight_server::store::ReadStore::group(store, &self.group).ok()?.map(|row| row.head)
        };
        let (one, other) = (end(0).unwrap_or(from), end(TWIN).unwrap_or(from));
        let both_go_on = one.position > from.position && other.position > from.position;
        self.liar.must_be_noticed |= both_go_on && self.has_read_beyond(from.position);
        self.break_lines_of(TWIN, |_| true);
        self.hosts[TWIN].stop();
    }

    /// Whether one of those who were shown the second history has read on in it: what was held back nobody can compare.
    fn has_read_beyond(&mut self, fork: Position) -> bool {
        let shown = (1..self.phones.len()).step_by(2).collect::<Vec<_>>();
        shown.into_iter().any(|who| self.status(who).is_some_and(|status| status.position > fork))
    }

    fn break_lines_of(&mut self, host: usize, of: impl Fn(usize) -> bool) {
        let all = self.lines.iter().filter(|(_, line)| line.host == host && of(line.end.phone));
        for id in all.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.break_line(id);
            if let Some(line) = self.lines.get_mut(&id) {
                line.session = None;
            }
        }
    }

    /// Nobody believes in a member whom the server made up, and two histories were noticed.
    pub(crate) fn look_at_what_the_server_said(&mut self) -> Outcome {
        self.counts.checks += 1;
        let (group, mut noticed) = (self.group, !self.liar.must_be_noticed);
        for who in 0..self.phones.len() {
            noticed |= self.status(who).is_some_and(|status| status.forks > 0 || status.put_back > 0);
            let Some(device) = self.phones[who].device.as_mut() else { continue };
            let members = device.members(group).unwrap_or_default();
            let invented = |device: &DeviceId| self.liar.invented.contains(device);
            if members.iter().flat_map(|member| &member.devices).any(|device| invented(&device.id)) {
                return Err(Violation(format!("phone {who} believes in a member whom the server made up")));
            }
        }
        match noticed {
            true => Ok(()),
            false => Err(Violation("nobody noticed that there were two histories".to_owned())),
        }
    }
}
