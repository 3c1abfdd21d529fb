//! Entries and Forgets whose key is not here yet, and Entries that build on them: they wait in the order of the log, hold
//! nothing else up, and are applied at their own places once the key has come.

use porchlight_wire::Position;
use porchlight_wire::entry::VerifiedEntry;
use porchlight_wire::record::Record;

use super::entries::{At, open_and_apply};
use super::{AsideReason, Taken, aside};
use crate::forgetting;
use crate::group::Group;
use crate::storage::{Slot, StoredParked};

/// Keeps the Record at the Cursor for later.
pub(crate) fn park(group: &mut Group, record: &Record, taken: &mut Taken) {
    let cursor = group.progress.cursor;
    let parked = StoredParked { generation: cursor.generation, time: record.time, body: record.body.clone() };
    taken.writes.push(Slot::Parked(cursor.position.get()).put(&group.id, &parked));
    group.parked.insert(cursor.position, parked);
}

/// Applies what can be opened now, oldest first.
pub(crate) fn unpark(group: &mut Group) -> Taken {
    let mut taken = Taken::default();
    let positions: Vec<Position> = group.parked.keys().copied().collect();
    let mut forget_waits = false;
    for position in positions {
        let Some(parked) = group.parked.get(&position).cloned() else { continue };
        let at = At { generation: parked.generation, position, time: parked.time };
        let Ok(entry) = VerifiedEntry::verify(&group.id, &parked.body) else {
            // None overtakes another: the first Forget of a Document counts.
            forget_waits =
                forget_waits || !forgetting::take_parked(group, (position, &parked.body), &mut taken);
            if !forget_waits {
                waits_no_more(group, position, &mut taken);
            }
            continue;
        };
        if !group.epochs.contains_key(&entry.header().epoch) {
            continue;
        }
        let outcome = open_and_apply(group, &entry, &at, &mut taken);
        let waits_before = group.parked.range(..position).next().is_some();
        if outcome == Err(AsideReason::Dependency) && waits_before {
            continue;
        }
        waits_no_more(group, position, &mut taken);
        if let Err(reason) = outcome {
            aside::note(group, &at, Some(entry.device()), reason, &mut taken.writes);
        }
    }
    taken
}

fn waits_no_more(group: &mut Group, position: Position, taken: &mut Taken) {
    group.parked.remove(&position);
    taken.writes.push(Slot::Parked(position.get()).delete(&group.id));
}
