//! What follows the list of Snapshots unasked: the newest of them, piece by piece.

use std::collections::VecDeque;

use porchlight_wire::frame::GetPart;
use porchlight_wire::snapshot::{Manifest, PartName};
use porchlight_wire::{GroupId, Hash, limits as protocol};

use crate::limits;
use crate::store::{GroupRow, PartRow, ReadStore, StoreError};

/// A manifest and the Parts that it names, as far as they are still to be sent.
#[derive(Clone, Debug)]
pub struct Ahead {
    parts: VecDeque<PartName>,
    /// How much of the first of them was sent.
    offset: u32,
    /// The longest piece.
    length: u32,
}

impl Ahead {
    /// Everything of a Snapshot, if its manifest is here.
    pub(super) fn of(
        store: &impl ReadStore,
        row: &GroupRow,
        manifest: PartName,
        length: u32,
    ) -> Result<Option<Self>, StoreError> {
        let Some(part) = store.part(row.number, &manifest.hash)?.filter(PartRow::is_whole) else {
            return Ok(None);
        };
        let bytes = store.piece(&part, 0, part.size)?;
        let Ok(read) = Manifest::decode(&bytes) else { return Ok(None) };
        let mut parts = VecDeque::from(read.parts);
        parts.push_front(manifest);
        let longest = u32::try_from(protocol::MAX_PIECE).unwrap_or(u32::MAX);
        let length = length.clamp(limits::MIN_PIECE_AHEAD.min(longest), longest);
        Ok(Some(Self { parts, offset: 0, length }))
    }

    /// The Snapshot, as long as nothing of it was sent.
    pub(super) fn manifest(&self) -> Option<Hash> {
        self.parts.front().map(|part| part.hash)
    }

    /// The next pieces, about as much as fits into one write; none at the end.
    pub(crate) fn next(&mut self, group: GroupId) -> Vec<GetPart> {
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        while let Some(part) = self.parts.front().filter(|_| bytes < limits::READ_AHEAD) {
            let length = self.length.min(part.size.saturating_sub(self.offset));
            if length > 0 {
                pieces.push(GetPart { group, part: part.hash, offset: self.offset, length });
            }
            bytes += length;
            self.offset += length;
            if self.offset >= part.size {
                self.parts.pop_front();
                self.offset = 0;
            }
        }
        pieces
    }

    /// Whether nothing is left to be sent.
    pub(crate) fn is_done(&self) -> bool {
        self.parts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_come_in_order_each_from_its_beginning() {
        let part = |number, size| PartName { hash: Hash::from_bytes([number; 32]), size };
        let large = limits::READ_AHEAD * 2 + 1;
        let parts = VecDeque::from([part(1, 5), part(2, 0), part(3, large), part(4, 7)]);
        let mut ahead = Ahead { parts, offset: 0, length: limits::READ_AHEAD };
        let mut all = Vec::new();
        while !ahead.is_done() {
            let next = ahead.next(GroupId::from_bytes([9; 32]));
            assert!(next.iter().map(|piece| piece.length).sum::<u32>() < 2 * limits::READ_AHEAD);
            all.extend(next.iter().map(|piece| (piece.part.as_bytes()[0], piece.offset, piece.length)));
        }
        let whole = limits::READ_AHEAD;
        assert_eq!(all, [(1, 0, 5), (3, 0, whole), (3, whole, whole), (3, 2 * whole, 1), (4, 0, 7)]);
    }
}
