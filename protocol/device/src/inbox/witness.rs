//! Finds out whether the server shows different histories to different people: every Entry holds, sealed, how far its
//! author had read and which Roster they had. Both must be part of what this device has read.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use porchlight_wire::record::Cursor;
use porchlight_wire::{DeviceId, Generation, GroupId, Hash, MemberId, Position, Timestamp};

use super::aside::member_of;
use crate::device::{ActError, Device};
use crate::group::Group;
use crate::io::Write;
use crate::payload::Payload;
use crate::storage::{Slot, StoredChain, StoredFork};

/// Chain values are kept for this long: whoever was away for longer is compared by what came after.
const KEPT_MILLIS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Of so many a device remembers who said so.
const REMEMBERED: usize = 100;

/// The chain at each Position that was read lately.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    values: BTreeMap<(Generation, Position), StoredChain>,
}

impl Trail {
    /// Takes a value from the store.
    pub(crate) fn restore(&mut self, generation: u32, position: u64, value: StoredChain) {
        self.values.insert((Generation::new(generation), Position::new(position)), value);
    }

    /// The chain up to a Position, if it is known.
    pub(crate) fn at(&self, generation: Generation, position: Position) -> Option<Hash> {
        self.values.get(&(generation, position)).map(|value| value.chain)
    }

    /// Forgets what came after a Position: the log goes on otherwise.
    pub(crate) fn cut(&mut self, group: &GroupId, after: Position, writes: &mut Vec<Write>) {
        self.values.retain(|(generation, position), _| {
            let stays = *position <= after;
            if !stays {
                writes.push(slot(*generation, *position).delete(group));
            }
            stays
        });
    }

    /// Notes the chain at a Cursor, and forgets what is too old.
    pub(super) fn note(
        &mut self,
        group: &GroupId,
        cursor: &Cursor,
        time: Timestamp,
        writes: &mut Vec<Write>,
    ) {
        let value = StoredChain { chain: cursor.chain, time };
        self.values.insert((cursor.generation, cursor.position), value);
        writes.push(slot(cursor.generation, cursor.position).put(group, &value));
        while let Some(oldest) = self.values.first_entry() {
            if time.since(oldest.get().time) <= KEPT_MILLIS {
                break;
            }
            let ((generation, position), _) = oldest.remove_entry();
            writes.push(slot(generation, position).delete(group));
        }
    }
}

fn slot(generation: Generation, position: Position) -> Slot {
    Slot::Chain { generation: generation.get(), position: position.get() }
}

/// In what another device's history differs from this one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ForkReason {
    /// It read other Records than this device.
    #[n(1)]
    Chain,
    /// It had read further than the log reached when its Entry came into it.
    #[n(2)]
    Ahead,
    /// It has a RosterChange that this log does not hold.
    #[n(3)]
    Roster,
}

/// Somebody whose device saw another history, for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkView {
    /// Where this device had read to when it found out.
    pub position: Position,
    /// When, by the server's clock.
    pub time: Timestamp,
    /// Who.
    pub member: Option<MemberId>,
    /// In what.
    pub reason: ForkReason,
}

impl Device {
    /// Who says, by what their Entries and bundles hold, that they saw another history; oldest first. Editing goes on,
    /// nothing is dropped meanwhile.
    pub fn forks(&self, group: GroupId) -> Result<Vec<ForkView>, ActError> {
        let group = self.groups.get(&group).ok_or(ActError::UnknownGroup)?;
        let view = |(position, fork): (&Position, &StoredFork)| ForkView {
            position: *position,
            time: fork.time,
            member: member_of(group, &fork.author),
            reason: fork.reason,
        };
        Ok(group.forks.iter().map(view).collect())
    }
}

/// Compares what the author of the Entry at the Cursor had seen with what this device has read.
pub(super) fn compare(group: &mut Group, author: DeviceId, payload: &Payload, writes: &mut Vec<Write>) {
    let here = group.progress.cursor;
    let seen = payload.cursor;
    let ahead = seen.generation > here.generation
        || (seen.generation == here.generation && seen.position >= here.position);
    let reason = if ahead { Some(ForkReason::Ahead) } else { differs(group, &seen, &payload.roster) };
    if let Some(reason) = reason {
        note(group, author, reason, (seen, payload.roster), writes);
    }
}

/// Compares the chain at the Cursor with what those had read there whom this phone met.
pub(super) fn look_back(group: &mut Group, writes: &mut Vec<Write>) {
    let Cursor { generation, position, chain } = group.progress.cursor;
    let Some(met) = group.met.remove(&(generation, position)) else { return };
    writes.push(Slot::Met { generation: generation.get(), position: position.get() }.delete(&group.id));
    if met.chain != chain {
        let seen = Cursor { generation, position, chain: met.chain };
        note(group, met.device, ForkReason::Chain, (seen, met.roster), writes);
    }
}

/// In what a Cursor and a Roster's head contradict what this device has read; unknown is no contradiction.
pub(crate) fn differs(group: &Group, seen: &Cursor, roster: &Hash) -> Option<ForkReason> {
    let chain = group.trail.at(seen.generation, seen.position);
    if chain.is_some_and(|chain| chain != seen.chain) {
        return Some(ForkReason::Chain);
    }
    (!group.changes.contains(roster)).then_some(ForkReason::Roster)
}

/// Remembers that somebody saw another history.
pub(crate) fn note(
    group: &mut Group,
    author: DeviceId,
    reason: ForkReason,
    (cursor, roster): (Cursor, Hash),
    writes: &mut Vec<Write>,
) {
    let position = group.progress.cursor.position;
    if group.forks.len() >= REMEMBERED || group.forks.contains_key(&position) {
        return;
    }
    let fork = StoredFork { time: group.progress.time, author, reason, cursor, roster };
    group.forks.insert(position, fork);
    writes.push(Slot::Fork(position.get()).put(&group.id, &fork));
}
