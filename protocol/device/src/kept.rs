//! The raw Records that a device keeps, back to the last endorsed Snapshot and 30 days: what a server that lost them is
//! given back, proven by the heads that it signed.
//!
//! Sealed Records do not compress, so they are kept as they came, many in one value: a phone holds some hundred
//! kilobytes for a group that works every day, in some dozen values.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minicbor::{Decode, Encode};
use porchlight_wire::entry::{EntryHeader, SealedEntry};
use porchlight_wire::record::{Cursor, Record, RecordKind, SignedHead};
use porchlight_wire::{DeviceId, Generation, GroupId, Hash, Position, Sequence, Timestamp, limits};

use crate::forgetting::is_forget;
use crate::io::Write;
use crate::storage::Slot;

/// A value grows up to this size before the next begins: every Record that arrives alone writes its value anew.
const CHUNK_BYTES: usize = 16 * 1024;

/// Records are kept for this long at least.
pub(crate) const KEEP_MILLIS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Records that follow each other, up to a head that the server signed.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Chunk {
    /// Where they follow.
    #[n(0)]
    pub(crate) before: Cursor,
    /// Their generation.
    #[n(1)]
    pub(crate) generation: Generation,
    /// The Records.
    #[n(2)]
    pub(crate) records: Vec<Record>,
    /// The server's word for their end.
    #[n(3)]
    pub(crate) head: Option<SignedHead>,
}

impl Chunk {
    /// Where they end.
    pub(crate) fn end(&self) -> Cursor {
        self.records.iter().fold(self.before, |at, record| at.after_in(self.generation, record))
    }

    /// The Position of the last Record, for which none has to be hashed.
    pub(crate) fn last_position(&self) -> Position {
        let count = u64::try_from(self.records.len()).unwrap_or(u64::MAX);
        Position::new(self.before.position.get().saturating_add(count))
    }

    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.body.len()).sum()
    }

    fn slot(&self) -> Slot {
        Slot::Kept(self.before.position.next().get())
    }
}

/// What is kept, and what is kept of logs that the server does not have any more.
#[derive(Debug, Default)]
pub(crate) struct KeptLog {
    chunks: VecDeque<Chunk>,
    /// Where the last value ends, once that was asked for: every Record that arrives asks, and hashing the whole value
    /// takes longer than all else that is done with the Record.
    end: Option<Cursor>,
    strays: BTreeMap<u64, Chunk>,
}

impl KeptLog {
    /// Takes a value from the store; they come in the order of their Positions.
    pub(crate) fn restore(&mut self, chunk: Chunk) {
        self.end = None;
        self.chunks.push_back(chunk);
    }

    /// Takes a stray value from the store.
    pub(crate) fn restore_stray(&mut self, number: u64, chunk: Chunk) {
        self.strays.insert(number, chunk);
    }

    /// Keeps Records that follow the last one.
    pub(crate) fn take(&mut self, group: &GroupId, chunk: Chunk, writes: &mut Vec<Write>) {
        let end = self.end.or_else(|| self.chunks.back().map(Chunk::end));
        self.end = Some(chunk.end());
        match self.chunks.back_mut() {
            Some(_) if end != Some(chunk.before) => {
                // A Snapshot has led past a stretch of the log: what is before it is of no use to anybody.
                self.chunks.iter().for_each(|old| writes.push(old.slot().delete(group)));
                self.chunks.clear();
            }
            Some(last)
                if last.generation == chunk.generation
                    && (chunk.head.is_some() || last.head.is_none())
                    && last.bytes() + chunk.bytes() <= CHUNK_BYTES =>
            {
                last.records.extend(chunk.records);
                last.head = chunk.head;
                writes.push(last.slot().put(group, last));
                return;
            }
            _ => {}
        }
        writes.push(chunk.slot().put(group, &chunk));
        self.chunks.push_back(chunk);
    }

    /// Forgets everything: a Snapshot stands for it.
    pub(crate) fn clear(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        self.chunks.iter().for_each(|old| writes.push(old.slot().delete(group)));
        self.chunks.clear();
        self.end = None;
    }

    /// Drops what is older than 30 days and lies before the newest endorsed Snapshot; the last value stays, because its
    /// head proves that the server had the group.
    pub(crate) fn trim(
        &mut self,
        group: &GroupId,
        endorsed: Position,
        before: Timestamp,
        writes: &mut Vec<Write>,
    ) {
        while self.chunks.len() > 1
            && let Some(first) = self.chunks.front()
            && first.last_position() <= endorsed
            && first.records.last().is_none_or(|record| record.time < before)
        {
            writes.push(first.slot().delete(group));
            self.chunks.pop_front();
        }
    }

    /// Where the first kept Record follows; none if nothing is kept.
    pub(crate) fn base(&self) -> Option<Cursor> {
        self.chunks.front().map(|chunk| chunk.before)
    }

    /// The kept values, oldest first.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter()
    }

    /// All kept Records with the Cursor after each, oldest first.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Cursor, &Record)> {
        self.chunks.iter().flat_map(|chunk| {
            let mut at = chunk.before;
            chunk.records.iter().map(move |record| {
                at = at.after_in(chunk.generation, record);
                (at, record)
            })
        })
    }

    /// How much was kept since a Position.
    pub(crate) fn bytes_since(&self, position: Position) -> usize {
        let since = self.chunks.iter().rev().take_while(|chunk| chunk.last_position() > position);
        let bytes = since.map(|chunk| {
            let before = position.get().saturating_sub(chunk.before.position.get());
            let before = usize::try_from(before).unwrap_or(usize::MAX);
            chunk.records.iter().skip(before).map(|record| record.body.len()).sum::<usize>()
        });
        bytes.sum()
    }

    /// The Records from one of the kept values on, up to the server's next word for them, if it is of their generation.
    pub(crate) fn proven_from(&self, index: usize) -> Option<Chunk> {
        let mut following = self.chunks.iter().skip(index);
        let mut whole = following.next()?.clone();
        while whole.head.is_none() {
            let next = following.next().filter(|next| next.generation == whole.generation)?;
            whole.records.extend(next.records.iter().cloned());
            whole.head = next.head;
        }
        Some(whole)
    }

    /// Cursors ever further back, newest first: one of them is on every log that this one began with.
    pub(crate) fn earlier(&self) -> Vec<Cursor> {
        let mut all: Vec<Cursor> = self.base().into_iter().collect();
        all.extend(self.records().map(|(at, _)| at));
        let mut earlier = Vec::new();
        let (mut back, mut step) = (2_usize, 1_usize);
        while let Some(at) = all.len().checked_sub(back).and_then(|index| all.get(index)) {
            if earlier.len() + 2 >= limits::MAX_EARLIER {
                break;
            }
            earlier.push(*at);
            // One by one first: most often little was lost.
            step = if earlier.len() < 8 { 1 } else { step.saturating_mul(2) };
            back = back.saturating_add(step);
        }
        if let Some(base) = self.base().filter(|base| earlier.last() != Some(base)) {
            earlier.push(base);
        }
        earlier
    }

    /// Takes out the Records after a Cursor and keeps them as strays; gives them back to look at.
    pub(crate) fn cut(&mut self, group: &GroupId, to: &Cursor, writes: &mut Vec<Write>) -> Vec<Record> {
        let mut cut = Vec::new();
        let mut strays = Vec::new();
        self.end = None;
        while let Some(mut chunk) = self.chunks.pop_back() {
            if chunk.last_position() <= to.position {
                self.chunks.push_back(chunk);
                break;
            }
            writes.push(chunk.slot().delete(group));
            let keep = to.position.get().saturating_sub(chunk.before.position.get());
            let keep = usize::try_from(keep).unwrap_or(usize::MAX).min(chunk.records.len());
            let gone = chunk.records.split_off(keep);
            let stray = Chunk { before: chunk.end(), records: gone, ..chunk };
            if keep > 0 {
                let left = Chunk { head: None, ..chunk };
                writes.push(left.slot().put(group, &left));
                self.chunks.push_back(left);
            }
            strays.push(stray);
        }
        for stray in strays.into_iter().rev() {
            cut.extend(stray.records.iter().cloned());
            let number = self.strays.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
            writes.push(Slot::Stray(number).put(group, &stray));
            self.strays.insert(number, stray);
        }
        cut
    }

    /// Whether there is anything that the server's log may lack.
    pub(crate) fn has_strays(&self) -> bool {
        !self.strays.is_empty()
    }

    /// What the log may lack, oldest first.
    pub(crate) fn strays(&self) -> impl Iterator<Item = &Chunk> {
        self.strays.values()
    }

    /// Drops the strays all of whose Records are in the log again. Says how many Records came into the log before them
    /// that were not there when they were read: what other phones have put back. Those alone move others into a later
    /// generation; what was merely appended before a stray came back does not, nor what is of an older
    /// generation than `oldest_that_counts`.
    pub(crate) fn drop_known_strays(
        &mut self,
        group: &GroupId,
        oldest_that_counts: Generation,
        writes: &mut Vec<Write>,
    ) -> u32 {
        let Some(oldest) = self.strays.values().next() else { return 0 };
        let (fork, generation) = (oldest.before.position, oldest.generation);
        let own: BTreeSet<Hash> =
            self.strays.values().flat_map(|stray| &stray.records).map(Record::hash).collect();
        let known: BTreeSet<Hash> = self.records().map(|(_, record)| record.hash()).collect();
        let since = self.records().filter(|(at, _)| at.position > fork);
        let (theirs, ours): (Vec<_>, Vec<_>) = since.partition(|(_, record)| !own.contains(&record.hash()));
        let moved = ours.iter().all(|(at, _)| at.generation > generation);
        let counts = |at: &Cursor| at.generation >= oldest_that_counts && at.generation <= generation;
        let others = theirs.iter().filter(|(at, _)| moved && counts(at)).count();
        self.strays.retain(|number, stray| {
            let lacking = stray.records.iter().any(|record| !known.contains(&record.hash()));
            if !lacking {
                writes.push(Slot::Stray(*number).delete(group));
            }
            lacking
        });
        if self.strays.is_empty() { u32::try_from(others).unwrap_or(u32::MAX) } else { 0 }
    }

    /// Whether the log lacks something of these Records that people miss: all but what was said about Snapshots, which
    /// goes where other histories are put in and is said again.
    pub(crate) fn lacks_work(&self, group: &GroupId, records: &[Record]) -> bool {
        let known: BTreeSet<Hash> = self.records().map(|(_, record)| record.hash()).collect();
        records
            .iter()
            .filter(|record| !known.contains(&record.hash()))
            .any(|record| record.kind != RecordKind::STATEMENT || is_forget(group, &record.body).is_some())
    }

    /// The oldest stray.
    pub(crate) fn first_stray(&self) -> Option<&Chunk> {
        self.strays.values().next()
    }

    /// Gives a stray up; its Records are to be sent like any others, if they can be.
    pub(crate) fn drop_first_stray(&mut self, group: &GroupId, writes: &mut Vec<Write>) -> Option<Chunk> {
        let (number, stray) = self.strays.pop_first()?;
        writes.push(Slot::Stray(number).delete(group));
        Some(stray)
    }
}

/// The last Entry of each device before these Records, for the devices that have Entries among them.
pub(crate) fn authors_before(records: &[Record]) -> BTreeMap<DeviceId, (Sequence, Hash)> {
    let mut before = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind == RecordKind::ENTRY) {
        let Ok(entry) = minicbor::decode::<SealedEntry>(&record.body) else { continue };
        let Ok(header) = minicbor::decode::<EntryHeader>(&entry.header) else { continue };
        let last = Sequence::new(header.sequence.get().saturating_sub(1));
        before.entry(entry.device).or_insert((last, header.previous));
    }
    before
}

/// How many of these Records are RosterChanges.
pub(crate) fn roster_changes(records: &[Record]) -> usize {
    records.iter().filter(|record| record.kind == RecordKind::ROSTER_CHANGE).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: GroupId = GroupId::from_bytes([1; 32]);

    fn record(number: u64) -> Record {
        Record {
            time: Timestamp::from_millis(number),
            kind: RecordKind::ENTRY,
            body: number.to_be_bytes().to_vec().into(),
        }
    }

    fn head(cursor: Cursor) -> SignedHead {
        let signature = porchlight_wire::Signature::from_bytes([0; 64]);
        SignedHead { cursor, time: Timestamp::default(), signature }
    }

    fn kept(count: u64) -> (KeptLog, Vec<Cursor>) {
        let (mut kept, mut at, mut all) = (KeptLog::default(), Cursor::START, vec![Cursor::START]);
        for number in 1..=count {
            let before = at;
            at = at.after(&record(number));
            let generation = at.generation;
            let chunk = Chunk { before, generation, records: vec![record(number)], head: Some(head(at)) };
            kept.take(&GROUP, chunk, &mut Vec::new());
            all.push(at);
        }
        (kept, all)
    }

    #[test]
    fn records_that_arrive_alone_share_few_values() {
        let (kept, all) = kept(1000);
        assert_eq!(kept.chunks.len(), 1);
        assert_eq!(kept.chunks[0].head.unwrap().cursor, all[1000]);
        assert!(kept.records().map(|(at, _)| at).eq(all[1..].iter().copied()));
    }

    #[test]
    fn what_was_kept_since_a_position_is_added_up() {
        let (mut kept, all) = kept(5000);
        assert!(kept.chunks.len() > 1);
        let each = record(1).body.len();
        for since in [0, 1, 2047, 2048, 2049, 4999, 5000, 6000] {
            assert_eq!(
                kept.bytes_since(Position::new(since)),
                (5000_usize.saturating_sub(since as usize)) * each
            );
        }
        assert!(kept.chunks.iter().all(|chunk| chunk.last_position() == chunk.end().position));
        kept.cut(&GROUP, &all[4000], &mut Vec::new());
        assert_eq!(kept.bytes_since(Position::new(0)), 4000 * each);
    }

    #[test]
    fn what_follows_is_known_after_a_start_and_after_a_cut() {
        let (mut before, all) = kept(3);
        let mut kept = KeptLog::default();
        before.chunks.drain(..).for_each(|chunk| kept.restore(chunk));
        let next = |before: Cursor, number| {
            let generation = before.generation;
            Chunk { before, generation, records: vec![record(number)], head: Some(head(before)) }
        };
        kept.take(&GROUP, next(all[3], 4), &mut Vec::new());
        assert_eq!(kept.records().count(), 4);
        kept.cut(&GROUP, &all[2], &mut Vec::new());
        kept.take(&GROUP, next(all[2], 3), &mut Vec::new());
        assert_eq!(kept.records().count(), 3);
        kept.take(&GROUP, next(all[2], 3), &mut Vec::new());
        assert_eq!(kept.records().count(), 1, "a gap is led past");
    }

    #[test]
    fn earlier_cursors_reach_back_to_the_first() {
        let (kept, all) = kept(5000);
        let earlier = kept.earlier();
        assert!(earlier.len() <= limits::MAX_EARLIER);
        assert_eq!(earlier[..3], [all[4999], all[4998], all[4997]]);
        assert_eq!(earlier.last(), Some(&Cursor::START));
    }

    #[test]
    fn what_has_no_word_of_the_servers_is_given_with_what_follows_up_to_the_next_one() {
        let (mut kept, mut at, mut all) = (KeptLog::default(), Cursor::START, vec![Cursor::START]);
        for (number, has_head) in [(1, true), (2, false), (3, false), (4, true), (5, false)] {
            let big = Record { body: vec![1; CHUNK_BYTES].into(), ..record(number) };
            let end = at.after(&big);
            let (generation, head) = (at.generation, has_head.then(|| head(end)));
            kept.take(&GROUP, Chunk { before: at, generation, records: vec![big], head }, &mut Vec::new());
            at = end;
            all.push(at);
        }
        for (index, count, end) in [(0, 1, 1), (1, 3, 4), (3, 1, 4)] {
            let found = kept.proven_from(index).unwrap();
            assert_eq!((found.records.len(), found.before), (count, all[index]));
            assert_eq!((found.end(), found.head.unwrap().cursor), (all[end], all[end]));
        }
        assert_eq!((kept.proven_from(4), kept.proven_from(5)), (None, None));
    }

    #[test]
    fn what_is_cut_is_kept_until_the_log_has_it_again() {
        let (mut kept, all) = kept(10);
        let cut = kept.cut(&GROUP, &all[6], &mut Vec::new());
        assert_eq!(cut.len(), 4);
        assert_eq!(kept.chunks.back().unwrap().end(), all[6]);
        assert_eq!(kept.first_stray().unwrap().before, all[6]);
        kept.drop_known_strays(&GROUP, Generation::new(0), &mut Vec::new());
        assert!(kept.has_strays());
        let again = Chunk { before: all[6], generation: all[6].generation, records: cut, head: None };
        kept.take(&GROUP, again, &mut Vec::new());
        kept.drop_known_strays(&GROUP, Generation::new(0), &mut Vec::new());
        assert!(!kept.has_strays());
    }

    #[test]
    fn only_what_moved_others_behind_it_counts_as_put_back() {
        let takes = |generation: u32, numbers: &[u64]| {
            let (mut kept, all) = kept(3);
            kept.cut(&GROUP, &all[2], &mut Vec::new());
            for number in numbers {
                let before = kept.chunks.back().unwrap().end();
                let generation = if *number == 3 { Generation::new(generation) } else { before.generation };
                let chunk = Chunk { before, generation, records: vec![record(*number)], head: None };
                kept.take(&GROUP, chunk, &mut Vec::new());
            }
            kept.drop_known_strays(&GROUP, Generation::new(0), &mut Vec::new())
        };
        let first = kept(3).1[2].generation.get();
        assert_eq!(takes(first + 1, &[7, 3]), 1, "another phone put 7 back, and 3 went behind it");
        assert_eq!(takes(first, &[7, 3]), 0, "7 was written, and 3 was sent again after it");
        assert_eq!(takes(first, &[3]), 0, "3 came back to its place");
    }

    #[test]
    fn only_what_is_old_and_in_an_endorsed_snapshot_is_dropped() {
        let (mut kept, mut at) = (KeptLog::default(), Cursor::START);
        for number in 1..=3 {
            let big = Record { body: vec![1; CHUNK_BYTES].into(), ..record(number) };
            let chunk = Chunk { before: at, generation: at.generation, records: vec![big], head: None };
            at = chunk.end();
            kept.take(&GROUP, chunk, &mut Vec::new());
        }
        let count = |kept: &mut KeptLog, endorsed, before| {
            kept.trim(&GROUP, Position::new(endorsed), Timestamp::from_millis(before), &mut Vec::new());
            kept.chunks.len()
        };
        assert_eq!(count(&mut kept, 0, 100), 3);
        assert_eq!(count(&mut kept, 3, 1), 3);
        assert_eq!(count(&mut kept, 3, 2), 2);
        assert_eq!(count(&mut kept, 9, 100), 1, "the last one stays");
    }
}
