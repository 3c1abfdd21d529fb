//! A phone: the real Device, and the loop that lends it a disk, a network and a clock. The third of its kind beside
//! `protocol/native/src/run.rs` and `server/web/src/device/worker.ts`; keep them alike.

use std::collections::BTreeMap;

use porchlight_device::{Device, Event, LinkId, Write};
use porchlight_wire::{MemberId, Timestamp};

use crate::line::Quality;

/// What is stored: what a power cut leaves.
pub(crate) type Disk = BTreeMap<Vec<u8>, Vec<u8>>;

/// A key, and what stood under it before.
type Before = (Vec<u8>, Option<Vec<u8>>);

/// A phone.
pub(crate) struct Phone {
    /// The Device while it runs.
    pub(crate) device: Option<Device>,
    pub(crate) disk: Disk,
    /// What was kept since the last durable transaction, one by one: what each has changed.
    pub(crate) unsynced: Vec<Vec<Before>>,
    /// What was copied from the disk once.
    pub(crate) kept: Option<Disk>,
    pub(crate) quality: Quality,
    /// The Device's connections, and the lines that they are.
    pub(crate) links: BTreeMap<LinkId, u64>,
    /// How far its clock is from the true one, in milliseconds.
    pub(crate) clock: i64,
    pub(crate) wake: Option<Timestamp>,
    /// Crashes once so many further outputs were carried out.
    pub(crate) crash: Option<u8>,
    /// Whether it crashed while Records were being applied, and has not got over them since.
    pub(crate) stumbled: bool,
    /// How long it then stays off.
    pub(crate) off: u64,
    /// Until when its storage takes nothing more.
    pub(crate) full: Timestamp,
    /// Until when its storage cannot be read: the app says so and does not start.
    pub(crate) unreadable: Timestamp,
    /// Its owner's recovery words, on paper.
    pub(crate) words: Option<String>,
    /// As whom its owner comes back by them, and how often they were typed.
    pub(crate) back_as: Option<(MemberId, u32)>,
    pub(crate) events: Vec<Event>,
    /// Runs since the beginning.
    pub(crate) starts: u32,
    /// Wakes without time passing, to notice one that never ends.
    pub(crate) wakes: (Timestamp, u32),
}

impl Phone {
    pub(crate) fn new(quality: Quality) -> Self {
        Self {
            device: None,
            disk: Disk::new(),
            unsynced: Vec::new(),
            kept: None,
            quality,
            links: BTreeMap::new(),
            clock: 0,
            wake: None,
            crash: None,
            stumbled: false,
            off: 0,
            full: Timestamp::default(),
            unreadable: Timestamp::default(),
            words: None,
            back_as: None,
            events: Vec::new(),
            starts: 0,
            wakes: (Timestamp::default(), 0),
        }
    }

    /// Whether Records are being applied: a second crash on the same ones would have them set aside, as it should.
    pub(crate) fn is_applying(&self) -> bool {
        self.disk.keys().any(|key| key.ends_with(b"/mark"))
    }

    /// Whether its storage takes nothing more.
    pub(crate) fn is_full(&self, now: Timestamp) -> bool {
        now < self.full
    }

    /// Whether it has crashed over these Records before.
    pub(crate) fn stumbled_over_this(&self) -> bool {
        self.stumbled && self.is_applying()
    }

    /// Its own idea of what time it is.
    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.millis().saturating_add_signed(self.clock))
    }

    /// When a time by its clock really is.
    pub(crate) fn really(&self, time: Timestamp) -> Timestamp {
        Timestamp::from_millis(time.millis().saturating_add_signed(-self.clock))
    }

    /// One durable transaction: it and everything before it are there to stay.
    pub(crate) fn persist(&mut self, writes: Vec<Write>) {
        self.keep(writes);
        self.unsynced.clear();
    }

    /// One transaction that the power may take back.
    pub(crate) fn keep(&mut self, writes: Vec<Write>) {
        let change = |write| match write {
            Write::Put { key, value } => (key.clone(), self.disk.insert(key, value)),
            Write::Delete { key } => (key.clone(), self.disk.remove(&key)),
        };
        let before = writes.into_iter().map(change).collect();
        self.unsynced.push(before);
    }

    /// Takes back what was kept from some transaction on. Records that were applied since then were not, so to the next
    /// run it looks as if this one had ended over them.
    pub(crate) fn lose_power(&mut self, left: usize) {
        for (key, before) in self.unsynced.split_off(left).into_iter().flatten().rev() {
            match before {
                Some(value) => drop(self.disk.insert(key, value)),
                None => drop(self.disk.remove(&key)),
            }
        }
        self.unsynced.clear();
        self.stumbled |= self.is_applying();
    }
}

#[test]
fn a_crash_that_takes_back_what_was_applied_counts_as_one_over_it() {
    let mut phone = Phone::new(Quality::GOOD);
    let key = b"group/mark".to_vec();
    phone.persist(vec![Write::Put { key: key.clone(), value: Vec::new() }]);
    phone.keep(vec![Write::Delete { key }]);
    assert!(!phone.stumbled_over_this(), "they are applied");
    phone.lose_power(0);
    assert!(phone.stumbled_over_this(), "and are to be applied again");
}
