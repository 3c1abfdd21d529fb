//! Which pieces of a Snapshot to ask for before the last ones are here: one after another would cost a round to the
//! server for every note of a group that has hundreds.

use std::collections::VecDeque;

use porchlight_wire::frame::{ClientFrame, GetPart};
use porchlight_wire::snapshot::PartName;
use porchlight_wire::{GroupId, Hash, Timestamp};

use super::{Purpose, Reading};
use crate::device::Device;
use crate::group::Group;
use crate::snapshot::{PIECE, Work};

/// So many bytes may be on their way at once: enough for a quick line far away, and little to lose when one breaks.
const BYTES: usize = 256 * 1024;

/// So many pieces may be on their way at once, however small.
const PIECES: usize = 256;

/// A piece to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ask {
    part: Hash,
    offset: usize,
    length: usize,
}

/// What was asked for on the connection that stands. Answers come in the order of the questions.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// Whether the server sends everything unasked, in the order in which it is read.
    unasked: bool,
    /// The lengths of the pieces that are on their way.
    under_way: VecDeque<usize>,
    /// How many Parts, from the one that is read on, were asked for to their end.
    parts: usize,
    /// Up to where the one after those was.
    offset: usize,
}

impl Ahead {
    /// Nothing is to be asked for.
    pub(super) fn unasked() -> Self {
        Self { unasked: true, ..Self::default() }
    }

    /// Whether it all comes unasked.
    pub(super) fn is_unasked(&self) -> bool {
        self.unasked
    }

    /// What to ask for next: `parts` are to come, the first is being read, and `here(part)` says how much of each is here.
    fn more(&mut self, parts: &[PartName], here: impl Fn(&PartName) -> usize) -> Vec<Ask> {
        let mut asks = Vec::new();
        if self.unasked {
            return asks;
        }
        while let Some(part) = parts.get(self.parts) {
            let offset = self.offset.max(here(part));
            // The server says no to an empty one.
            let least = usize::from(part.size == 0);
            let length = PIECE.min((part.size as usize).saturating_sub(offset)).max(least);
            let full =
                self.under_way.iter().sum::<usize>() + length > BYTES || self.under_way.len() >= PIECES;
            if full && !self.under_way.is_empty() {
                break;
            }
            if length > 0 {
                self.under_way.push_back(length);
                asks.push(Ask { part: part.hash, offset, length });
            }
            self.offset = offset + length;
            if self.offset >= part.size as usize {
                (self.parts, self.offset) = (self.parts + 1, 0);
            }
        }
        asks
    }

    /// A piece has come. If it is shorter than what was asked for, the rest is asked for anew, with all that follows.
    pub(super) fn arrived(&mut self, length: usize) {
        if self.under_way.pop_front().is_some_and(|asked| length < asked) {
            *self = Self::default();
        }
    }

    /// The Part that was read is all here.
    pub(super) fn next_part(&mut self) {
        match self.parts.checked_sub(1) {
            Some(parts) => self.parts = parts,
            None => self.offset = 0,
        }
    }
}

impl Device {
    /// Asks for the next pieces.
    pub(in crate::snapshot) fn read_next(&mut self, id: GroupId, now: Timestamp) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let Some(Work::Reading(mut reading)) = group.snapshots.work.take() else { return };
        let asks = reading.asks(group);
        group.snapshots.work = Some(Work::Reading(reading));
        for Ask { part, offset, length } in asks {
            let offset = u32::try_from(offset).unwrap_or(u32::MAX);
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            self.send(id, &ClientFrame::GetPart(GetPart { group: id, part, offset, length }), now);
        }
    }

    /// Goes on over a new connection, or where what came unasked does not fit: it is asked for.
    pub(in crate::snapshot) fn read_anew(&mut self, id: GroupId, now: Timestamp) {
        let mut lacks_roster = false;
        if let Some(group) = self.groups.get_mut(&id)
            && let Some(Work::Reading(mut reading)) = group.snapshots.work.take()
        {
            reading.ahead = Ahead::default();
            lacks_roster = reading.lacks_roster(group);
            group.snapshots.work = Some(Work::Reading(reading));
        }
        if lacks_roster {
            self.ask_for_roster(id, now);
        }
        self.read_next(id, now);
    }
}

impl Reading {
    /// Goes on with the pieces of the current Part that are stored already.
    pub(super) fn take_stored(&mut self, group: &Group) {
        while let Some(piece) = self.stored_piece(group, &self.current, self.bytes.len()) {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// The piece of a Part that is stored and goes on at this place.
    fn stored_piece<'a>(&self, group: &'a Group, part: &PartName, at: usize) -> Option<&'a [u8]> {
        let piece = group.snapshots.pieces.get(&(part.hash, at as u64))?;
        let fits = self.purpose == Purpose::Load && at + piece.len() < part.size as usize;
        (fits && !piece.is_empty()).then_some(piece)
    }

    /// The next pieces to ask for.
    fn asks(&mut self, group: &Group) -> Vec<Ask> {
        let mut parts = vec![self.current];
        if self.index.is_some() {
            parts.extend(self.queue.iter().skip(1).map(|(part, _)| *part));
        }
        let mut ahead = std::mem::take(&mut self.ahead);
        let asks = ahead.more(&parts, |part| {
            let mut here = if part.hash == self.current.hash { self.bytes.len() } else { 0 };
            while let Some(piece) = self.stored_piece(group, part, here) {
                here += piece.len();
            }
            here
        });
        self.ahead = ahead;
        asks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(sizes: &[usize]) -> Vec<PartName> {
        let named = (1..=250).cycle().zip(sizes);
        named.map(|(n, size)| PartName { hash: Hash::from_bytes([n; 32]), size: *size as u32 }).collect()
    }

    /// (number of the Part, offset, length)
    fn asked(ahead: &mut Ahead, parts: &[PartName], here: usize) -> Vec<(u8, usize, usize)> {
        let first = parts.first().map(|part| part.hash);
        let asks = ahead.more(parts, |part| if Some(part.hash) == first { here } else { 0 });
        asks.iter().map(|ask| (ask.part.as_bytes()[0], ask.offset, ask.length)).collect()
    }

    #[test]
    fn small_parts_are_asked_for_together() {
        let parts = parts(&[1000; 300]);
        let mut ahead = Ahead::default();
        assert_eq!(asked(&mut ahead, &parts, 0).len(), PIECES);
        assert_eq!(asked(&mut ahead, &parts, 0), []);
        ahead.arrived(1000);
        ahead.next_part();
        let next = parts.get(1..).unwrap();
        assert_eq!(asked(&mut ahead, next, 0), [(7, 0, 1000)], "the 257th: numbers begin again after 250");
    }

    #[test]
    fn large_parts_are_asked_for_piece_by_piece_up_to_a_bound() {
        let parts = parts(&[PIECE * 3 + 7, PIECE * 9]);
        let mut ahead = Ahead::default();
        let first = [(1, 0, PIECE), (1, PIECE, PIECE), (1, 2 * PIECE, PIECE), (1, 3 * PIECE, 7)];
        let then = [(2, 0, PIECE), (2, PIECE, PIECE)];
        assert_eq!(asked(&mut ahead, &parts, 0), [first.as_slice(), &then].concat());
        ahead.arrived(PIECE);
        assert_eq!(asked(&mut ahead, &parts, PIECE), [(2, 2 * PIECE, PIECE)]);
    }

    #[test]
    fn what_is_here_is_not_asked_for() {
        let mut ahead = Ahead::default();
        assert_eq!(asked(&mut ahead, &parts(&[PIECE + 5, 3]), PIECE), [(1, PIECE, 5), (2, 0, 3)]);
    }

    #[test]
    fn what_came_short_is_asked_for_anew_and_all_that_follows() {
        let parts = parts(&[100, 100]);
        let mut ahead = Ahead::default();
        assert_eq!(asked(&mut ahead, &parts, 0).len(), 2);
        ahead.arrived(40);
        assert_eq!(asked(&mut ahead, &parts, 40), [(1, 40, 60), (2, 0, 100)]);
    }

    #[test]
    fn answers_to_an_earlier_connection_stop_nothing() {
        let parts = parts(&[PIECE * 20]);
        let mut ahead = Ahead::default();
        ahead.arrived(PIECE);
        assert_eq!(asked(&mut ahead, &parts, 2 * PIECE).first(), Some(&(1, 2 * PIECE, PIECE)));
    }
}
