//! Keeps a Record that crashes the program from crashing it for ever: before Records of others are applied, a mark that
//! says so is stored; whoever finds the mark after a start knows what ended the run before.
//!
//! Records therefore wait for one more call of the Device: by then its outputs, and the mark among them, were carried
//! out. What arrives meanwhile and follows on them is taken in with them, which costs much less than each by itself. A
//! batch that crashed is taken one by one; a Record that crashed twice is set aside.

use std::collections::VecDeque;

use porchlight_wire::frame::Records;
use porchlight_wire::{GroupId, Position, limits};

use crate::io::Write;
use crate::storage::{Slot, StoredMark};

/// So many crashes on one Record are enough.
const CRASHES: u32 = 2;

/// Frames of Records that wait to be applied, and what is known of earlier crashes.
#[derive(Debug, Default)]
pub(crate) struct Caution {
    waiting: VecDeque<Records>,
    /// The mark that is in the store.
    mark: Option<StoredMark>,
    /// The mark that an earlier run left behind.
    found: Option<StoredMark>,
}

/// What may be done now with the Records that wait.
#[derive(Debug)]
pub(crate) enum Step {
    /// Apply these.
    Apply(Records),
    /// Set the first of these aside without looking at it.
    Quarantine(Records),
}

impl Caution {
    /// Takes the mark of an earlier run from the store.
    pub(crate) fn restore(&mut self, mark: StoredMark) {
        self.mark = Some(mark);
        self.found = Some(mark);
    }

    /// Whether Records wait.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether an earlier run crashed over the Records that are marked.
    pub(crate) fn crashed_before(&self) -> bool {
        self.mark.is_some_and(|mark| mark.attempts > 1)
    }

    /// Puts Records in the row, and stores what is about to happen if they are with the first.
    pub(crate) fn queue(&mut self, group: &GroupId, records: Records, writes: &mut Vec<Write>) {
        if self.joins(&records) {
            let Some(last) = self.waiting.back_mut() else { return };
            last.records.extend(records.records);
            last.head = records.head;
        } else {
            self.waiting.push_back(records);
        }
        if self.waiting.len() == 1 {
            self.mark_next(group, writes);
        }
    }

    /// Whether these follow on what waits and may be taken in with it.
    pub(crate) fn joins(&self, records: &Records) -> bool {
        let Some(last) = self.waiting.back().filter(|_| self.found.is_none()) else { return false };
        let count = last.records.len().saturating_add(records.records.len());
        let size = |records: &Records| records.records.iter().map(|record| record.body.len()).sum::<usize>();
        let end =
            u64::try_from(last.records.len()).ok().and_then(|count| last.first.get().checked_add(count));
        records.generation == last.generation
            && end == Some(records.first.get())
            && count <= limits::MAX_RECORDS_PER_FRAME
            && size(last).saturating_add(size(records)) <= limits::RECORDS_FRAME_TARGET
    }

    /// Forgets what waits: it is asked for again on the next connection.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The Records to apply in this call; the mark for them was stored in an earlier one.
    pub(crate) fn next(&mut self) -> Option<Step> {
        let mut records = self.waiting.pop_front()?;
        let Some(mark) = self.mark.filter(|_| !records.records.is_empty()) else {
            return Some(Step::Apply(records));
        };
        let count = mark.last.get().saturating_sub(mark.first.get()).saturating_add(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count < records.records.len() {
            let rest = records.records.split_off(count);
            let Records { group, generation, .. } = records;
            let head = records.head.take();
            self.waiting.push_front(Records {
                group,
                generation,
                first: mark.last.next(),
                records: rest,
                head,
            });
        }
        Some(if mark.attempts > CRASHES { Step::Quarantine(records) } else { Step::Apply(records) })
    }

    /// After a step: what was marked is done; marks what is next, or takes the mark away.
    pub(crate) fn done(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        if self.waiting.is_empty() {
            if self.mark.take().is_some() {
                self.found = None;
                writes.push(Slot::Mark.delete(group));
            }
        } else {
            self.mark_next(group, writes);
        }
    }

    fn mark_next(&mut self, group: &GroupId, writes: &mut Vec<Write>) {
        let Some(records) = self.waiting.front().filter(|records| !records.records.is_empty()) else {
            return;
        };
        let count = u64::try_from(records.records.len()).unwrap_or(u64::MAX);
        let (first, end) = (records.first, Position::new(records.first.get().saturating_add(count - 1)));
        let mark = self.plan(first, end);
        self.mark = Some(mark);
        writes.push(Slot::Mark.put(group, &mark));
    }

    /// The mark for Records from `first` to `end`: all at once, unless an earlier run crashed among them.
    fn plan(&self, first: Position, end: Position) -> StoredMark {
        let all = StoredMark { first, last: end, attempts: 1, careful: Position::new(0) };
        let Some(found) = self.found else { return all };
        if found.first == found.last && first <= found.first && found.first <= end {
            // Everything before the one that crashed goes first, by itself.
            if first < found.first {
                let last = Position::new(found.first.get() - 1);
                return StoredMark { last, careful: found.careful, ..all };
            }
            let attempts = found.attempts.saturating_add(1);
            return StoredMark { first, last: first, attempts, careful: found.careful };
        }
        let careful = found.careful.max(found.last);
        if first <= careful { StoredMark { first, last: first, attempts: 1, careful } } else { all }
    }
}

#[cfg(test)]
mod tests {
    use porchlight_wire::record::{Record, RecordKind};
    use porchlight_wire::{Generation, Timestamp};

    use super::*;

    fn records(first: u64, count: usize, size: usize) -> Records {
        let record =
            Record { kind: RecordKind::ENTRY, time: Timestamp::from_millis(1), body: vec![0; size].into() };
        Records {
            group: GroupId::from_bytes([1; 32]),
            generation: Generation::new(1),
            first: Position::new(first),
            records: vec![record; count],
            head: None,
        }
    }

    fn queue(caution: &mut Caution, records: Records) -> Option<StoredMark> {
        caution.queue(&GroupId::from_bytes([1; 32]), records, &mut Vec::new());
        caution.mark
    }

    fn taken(caution: &mut Caution) -> Vec<(u64, usize)> {
        let mut steps = Vec::new();
        while let Some(Step::Apply(records)) = caution.next() {
            steps.push((records.first.get(), records.records.len()));
            caution.done(&GroupId::from_bytes([1; 32]), &mut Vec::new());
        }
        steps
    }

    #[test]
    fn records_that_follow_on_those_that_wait_are_taken_with_them_under_one_mark() {
        let mut caution = Caution::default();
        queue(&mut caution, records(5, 2, 10));
        let mark = queue(&mut caution, records(7, 3, 10)).unwrap();
        assert_eq!((mark.first, mark.last), (Position::new(5), Position::new(9)));
        queue(&mut caution, records(11, 1, 10));
        assert_eq!(taken(&mut caution), [(5, 5), (11, 1)], "10 is missing");
    }

    #[test]
    fn what_waits_grows_no_larger_than_a_frame() {
        let mut caution = Caution::default();
        queue(&mut caution, records(1, 1, limits::RECORDS_FRAME_TARGET - 5));
        queue(&mut caution, records(2, 1, 10));
        assert_eq!(taken(&mut caution), [(1, 1), (2, 1)]);
        queue(&mut caution, records(1, limits::MAX_RECORDS_PER_FRAME, 1));
        queue(&mut caution, records(1 + limits::MAX_RECORDS_PER_FRAME as u64, 1, 1));
        assert_eq!(taken(&mut caution).len(), 2);
    }

    #[test]
    fn nothing_joins_what_crashed_before() {
        let mut caution = Caution::default();
        let (first, last) = (Position::new(5), Position::new(6));
        caution.restore(StoredMark { first, last, attempts: 1, careful: Position::new(0) });
        queue(&mut caution, records(5, 2, 10));
        queue(&mut caution, records(7, 1, 10));
        assert_eq!(taken(&mut caution), [(5, 1), (6, 1), (7, 1)]);
    }
}
