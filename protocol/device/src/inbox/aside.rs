//! Records that were set aside: they do not fit, so they are passed over, counted and shown, and nothing waits for them.

use minicbor::{Decode, Encode};
use porchlight_wire::record::Record;
use porchlight_wire::{DeviceId, GroupId, MemberId, Position, Timestamp};

use super::entries::At;
use crate::device::{ActError, Device};
use crate::group::Group;
use crate::io::Write;
use crate::storage::{Slot, StoredAside};

/// Of so many a device remembers which they were; beyond that it only counts.
const REMEMBERED: usize = 1_000;

/// Why a Record was set aside. All but the last are the same on every device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum AsideReason {
    /// A RosterChange that breaks a rule.
    #[n(1)]
    Roster,
    /// An Entry of a device that may not write there.
    #[n(2)]
    Author,
    /// An Entry that does not follow its author's last one.
    #[n(3)]
    Sequence,
    /// An Entry that cannot be verified, opened or read.
    #[n(4)]
    Unreadable,
    /// An Entry with a Change that cannot be read or does not fit.
    #[n(5)]
    Change,
    /// An Entry with a Change that builds on one that the log does not hold before it.
    #[n(6)]
    Dependency,
    /// An Entry with a Change that somebody else made.
    #[n(7)]
    Authorship,
    /// This device crashed twice while it took the Record in.
    #[n(8)]
    Quarantined,
}

/// A Record that was set aside, for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideView {
    /// Where it stands in the log.
    pub position: Position,
    /// When the server received it.
    pub time: Timestamp,
    /// Who wrote it, where that can be told.
    pub member: Option<MemberId>,
    /// Why.
    pub reason: AsideReason,
}

impl Device {
    /// The Records of a Group that this device has set aside, oldest first; at most the first 1,000 of them.
    pub fn set_aside(&self, group: GroupId) -> Result<Vec<AsideView>, ActError> {
        let group = self.groups.get(&group).ok_or(ActError::UnknownGroup)?;
        let view = |(position, aside): (&Position, &StoredAside)| AsideView {
            position: *position,
            time: aside.time,
            member: aside.author.and_then(|author| member_of(group, &author)),
            reason: aside.reason,
        };
        Ok(group.aside.iter().map(view).collect())
    }
}

impl Group {
    /// Of Records that were read from Positions of the log, those that changed who is in or who wrote what last. What was
    /// set aside before it could do so must not be undone when it is taken back.
    pub(crate) fn counted<'a>(
        &self,
        records: impl IntoIterator<Item = (Position, &'a Record)>,
    ) -> Vec<Record> {
        let counted = |position: &Position| {
            self.aside.get(position).is_none_or(|aside| match aside.reason {
                AsideReason::Roster | AsideReason::Author | AsideReason::Sequence => false,
                AsideReason::Unreadable
                | AsideReason::Change
                | AsideReason::Dependency
                | AsideReason::Authorship
                | AsideReason::Quarantined => aside.author.is_some(),
            })
        };
        let records = records.into_iter().filter(|(position, _)| counted(position));
        records.map(|(_, record)| record.clone()).collect()
    }
}

/// Notes a Record as set aside.
pub(super) fn note(
    group: &mut Group,
    at: &At,
    author: Option<DeviceId>,
    reason: AsideReason,
    writes: &mut Vec<Write>,
) {
    group.progress.skipped = group.progress.skipped.saturating_add(1);
    if group.aside.len() >= REMEMBERED {
        return;
    }
    let position = at.position;
    let aside = StoredAside { time: at.time, author, reason };
    group.aside.insert(position, aside);
    writes.push(Slot::Aside(position.get()).put(&group.id, &aside));
}

/// The member behind a device, if the Roster knows it.
pub(crate) fn member_of(group: &Group, device: &DeviceId) -> Option<MemberId> {
    Some(group.roster.as_ref()?.device(device)?.member)
}
