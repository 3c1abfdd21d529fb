//! Deliberate faults, to show that the simulation finds such: each breaks one promise of the device, the server or what
//! lies between, without touching their code. The product has no switch for any of them.

use std::collections::BTreeMap;

use porchlight_device::Write;

use crate::chance::{Chance, Concern};
use crate::line::Way;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Outbox: what is typed is not stored.
    LosesEdits,
    /// Seal: a sealed Entry is sent before it is stored, so it is sealed twice.
    LosesEntries,
    /// Outbox: what was sealed stays among what is to be sealed.
    KeepsEdits,
    /// Outbox: what the log has accepted waits for ever.
    KeepsEntries,
    /// Inbox: how far the log was read is not stored.
    LosesProgress,
    /// Inbox: the last Entry of each author is not stored.
    LosesAuthors,
    /// Roster: a change of it is not stored.
    LosesRoster,
    /// Keys: the group's key is not stored.
    LosesKeys,
    /// Merge: Changes of others are shown and not stored.
    LosesChanges,
    /// Ledger: where a Claim stands in the log is not stored.
    LosesClaims,
    /// Inbox: which Records were set aside is not stored.
    LosesAside,
    /// Snapshot: what is found wrong is endorsed.
    EndorsesAll,
    /// Log: raw Records are not kept, so a server cannot be given back what it lost.
    LosesKept,
    /// Disk: what should be stored together is stored in part.
    TearsWrites,
    /// Disk: what must outlive the power is on the disk only once the next of its kind is.
    StoresLate,
    /// Disk: what must outlive the power need only outlive the program.
    StoresSoon,
    /// Disk: what it has no room for is taken for stored.
    StoresNowhere,
    /// Seal: each start of the app draws the same randomness.
    DrawsAlike,
    /// Clock: a wish to be woken is forgotten.
    ForgetsWakes,
    /// Network: a frame never arrives, and the line goes on.
    SkipsFrames,
    /// Network: two frames change places.
    SwapsFrames,
    /// Network: a bit of what is sent up is another one.
    FlipsBits,
    /// Hub: nobody is told what is new.
    TellsNobody,
    /// Session: who sent something is not told that it was accepted.
    AcceptsSilently,
    /// Log: it says that something is durable before it is.
    CommitsLate,
    /// Hub: everybody is told twice, the second time of a place behind the end.
    SkipsRecords,
}

impl Sabotage {
    pub(crate) const ALL: [Self; 26] = [
        Self::LosesEdits,
        Self::LosesEntries,
        Self::KeepsEdits,
        Self::KeepsEntries,
        Self::LosesProgress,
        Self::LosesAuthors,
        Self::LosesRoster,
        Self::LosesKeys,
        Self::LosesChanges,
        Self::LosesClaims,
        Self::LosesAside,
        Self::EndorsesAll,
        Self::LosesKept,
        Self::TearsWrites,
        Self::StoresLate,
        Self::StoresSoon,
        Self::StoresNowhere,
        Self::DrawsAlike,
        Self::ForgetsWakes,
        Self::SkipsFrames,
        Self::SwapsFrames,
        Self::FlipsBits,
        Self::TellsNobody,
        Self::AcceptsSilently,
        Self::CommitsLate,
        Self::SkipsRecords,
    ];

    /// The values of which it loses what is put, and those of which it loses that they go.
    fn slots(self) -> (&'static str, &'static str) {
        match self {
            Self::LosesEdits => ("/edit/", ""),
            Self::LosesEntries => ("/entry/", ""),
            Self::KeepsEdits => ("", "/edit/"),
            Self::KeepsEntries => ("", "/entry/"),
            Self::LosesProgress => ("/progress", ""),
            Self::LosesAuthors => ("/author/", ""),
            Self::LosesRoster => ("/roster/", ""),
            Self::LosesKeys => ("/epoch/", ""),
            Self::LosesChanges => ("/change/", ""),
            Self::LosesClaims => ("/claim/", ""),
            Self::LosesAside => ("/aside/", ""),
            Self::LosesKept => ("/kept/", ""),
            _ => ("", ""),
        }
    }
}

/// Who breaks it, here and there.
pub(crate) struct Saboteur {
    pub(crate) sabotage: Sabotage,
    chance: Chance,
    /// A frame that is held back until the next one the same way.
    held: Option<Vec<u8>>,
    /// What each phone has not stored yet.
    late: BTreeMap<usize, Vec<Write>>,
}

impl Saboteur {
    pub(crate) fn new(sabotage: Sabotage, seed: u64) -> Self {
        Self { sabotage, chance: Chance::new(seed, Concern::Sabotage), held: None, late: BTreeMap::new() }
    }

    pub(crate) fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == sabotage
    }

    pub(crate) fn entropy(&self, entropy: &mut [u8; 32]) {
        if self.is(Sabotage::DrawsAlike) {
            // Phones still differ from one another; their runs do not.
            *entropy = [entropy[0] % 2; 32];
        }
    }

    /// What becomes of what is to be stored in one transaction.
    pub(crate) fn writes(&mut self, phone: usize, writes: &mut Vec<Write>) {
        let (put, delete) = self.sabotage.slots();
        writes.retain(|write| {
            let (key, part) = match write {
                Write::Put { key, .. } => (key, put),
                Write::Delete { key } => (key, delete),
            };
            part.is_empty() || memchr::memmem::find(key, part.as_bytes()).is_none()
        });
        match self.sabotage {
            Sabotage::TearsWrites if self.chance.once_in(4) => writes.truncate(writes.len() / 2),
            Sabotage::StoresLate => std::mem::swap(writes, self.late.entry(phone).or_default()),
            _ => {}
        }
    }

    /// A phone crashes.
    pub(crate) fn crashed(&mut self, phone: usize) {
        self.late.remove(&phone);
    }

    pub(crate) fn forgets_wake(&mut self) -> bool {
        self.is(Sabotage::ForgetsWakes) && self.chance.once_in(2)
    }

    pub(crate) fn keeps_outcome(&mut self) -> bool {
        self.is(Sabotage::AcceptsSilently) && self.chance.once_in(2)
    }

    pub(crate) fn keeps_news(&mut self) -> bool {
        self.is(Sabotage::TellsNobody) || (self.is(Sabotage::SkipsRecords) && self.chance.once_in(3))
    }

    /// What arrives in the place of a frame.
    pub(crate) fn frames(&mut self, way: Way, mut frame: Vec<u8>) -> Vec<Vec<u8>> {
        match (self.sabotage, way) {
            (Sabotage::SkipsFrames, Way::Down) if self.chance.once_in(4) => Vec::new(),
            (Sabotage::SwapsFrames, Way::Down) => match self.held.take() {
                Some(held) => vec![frame, held],
                None if self.chance.once_in(3) => {
                    self.held = Some(frame);
                    Vec::new()
                }
                None => vec![frame],
            },
            (Sabotage::FlipsBits, Way::Up) if frame.len() > 200 => {
                let at = frame.len() - 20;
                frame[at] ^= 1;
                vec![frame]
            }
            _ => vec![frame],
        }
    }
}
